"""What tracing a program on arrays gives: a model on a grid that says what was found."""

from collections.abc import Mapping
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.display import html_table
from symnum.systems.stencils.access import FIXED
from symnum.systems.stencils.flat import flat_access, flat_places
from symnum.systems.stencils.grid import Field
from symnum.systems.stencils.region import Region
from symnum.systems.stencils.system import StencilSystem

__all__ = ["TracedModel"]


class TracedModel:
    """A program on arrays as loops over cells; made by `symnum.trace` with a shape.

    Parameters
    ----------
    system : StencilSystem
    """

    def __init__(self, system: StencilSystem) -> None:
        self._system = system
        self.name = system.name

    def system(self) -> StencilSystem:
        """Return the model as a system on a grid, which is what simulators compile."""
        return self._system

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the state."""
        return self._system.fields

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return self._system.field_names

    @property
    def parameters(self) -> tuple[Any, ...]:
        """The parameters that are single numbers."""
        return self._system.parameters

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters that are single numbers."""
        return self._system.parameter_names

    @property
    def regions(self) -> tuple[Region, ...]:
        """The boxes of cells, with what is computed in each of them."""
        return self._system.regions

    @cached_property
    def offsets(self) -> Mapping[str, tuple[tuple[int, ...], ...]]:
        """By field, how far away the cells are that are read in the box with the most cells."""
        found = {}
        for field in self.fields:
            boxes = [r for r in self.regions if any(target.array == field.array for target, _ in r.stores)]
            largest = max(boxes, key=lambda r: np.prod(r.shape, dtype=np.int64))
            found[field.name] = tuple(
                sorted({tuple(i.offset for i in a.indices) for a in largest.loads.values() if self._is_neighbour(a)})
            )
        return found

    def _is_neighbour(self, access: Any) -> bool:
        is_state = self._system.arrays[access.array].kind == "state"
        return is_state and all(i.axis != FIXED for i in access.indices)

    def sparsity(self) -> Any:
        """Return which states the derivative of each state depends on, other than through sums over the domain.

        Returns
        -------
        scipy.sparse.csc_array of bool, shape (n, n)
        """
        from scipy.sparse import coo_array

        rows, columns = self._entries()
        n = self._system.size
        pattern = coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(n, n)).tocsc()
        pattern.sum_duplicates()
        return pattern

    def _entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        from symnum.terms.differentiate import differentiate

        system, rows, columns = self._system, [], []
        for region in system.regions:
            for target, term in region.stores:
                at = flat_places(flat_access(target, system.arrays[target.array], region.box), region.box)
                for symbol, access in region.loads.items():
                    array = system.arrays[access.array]
                    if array.kind == "state" and differentiate(term, symbol) != 0:
                        rows.append(at)
                        columns.append(flat_places(flat_access(access, array, region.box), region.box))
        none = np.zeros(0, np.int64)
        return np.concatenate([none, *rows]), np.concatenate([none, *columns])

    def __repr__(self) -> str:
        shapes = ", ".join(f"{f.name} {'×'.join(map(str, self._system.arrays[f.array].shape))}" for f in self.fields)
        sums = f", {len(self._system.sums)} sums over the domain" if self._system.sums else ""
        return f"<TracedModel {self.name}: {shapes}; {len(self.regions)} boxes of cells{sums}>"

    def _rows(self) -> list[list[str]]:
        largest = sorted(self.regions, key=lambda r: -np.prod(r.shape, dtype=np.int64))[:20]
        return [
            [
                " × ".join(f"{a}:{b}" for a, b in r.box),
                "; ".join(f"d{target} = {term}"[:200] for target, term in r.stores),
            ]
            for r in largest
        ]

    def __str__(self) -> str:
        (box, text), *others = self._rows()
        lines = [repr(self)[1:-1], f"  {box}: {text}", *(f"  {other}: alike" for other, _ in others)]
        hidden = len(self.regions) - len(others) - 1
        return "\n".join([*lines, f"  and {hidden} more"] if hidden > 0 else lines)

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self)[1:-1])}</p>" + html_table(["cells", "derivatives"], self._rows(), left=True)
