"""The reactions of a network as a sequence whose members are made when looked at."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, overload

from symnum.display import elide, html_table
from symnum.models.reaction_network.arrays import ReactionArrays
from symnum.models.reaction_network.make_reaction import Reaction

__all__ = ["Reactions"]

_SHOWN = 20
_WIDTH = 240


class Reactions(Sequence[Reaction]):
    """The reactions of a network.

    Parameters
    ----------
    arrays : ReactionArrays
        The reactions as arrays.
    species : tuple of Symbol
        The species that the arrays number.
    """

    def __init__(self, arrays: ReactionArrays, species: tuple[Any, ...]) -> None:
        self._arrays = arrays
        self._species = species

    def __len__(self) -> int:
        return self._arrays.n_reactions

    @overload
    def __getitem__(self, index: int) -> Reaction: ...
    @overload
    def __getitem__(self, index: slice) -> list[Reaction]: ...
    def __getitem__(self, index: int | slice) -> Reaction | list[Reaction]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        r = range(len(self))[index]
        a = self._arrays
        return Reaction(
            rate=a.rates[a.rate_index[r]],
            reactants=self._side(a.reactants_of(r)),
            products=self._side(a.products_of(r)),
            name=a.names.get(r),
            mass_action=bool(a.mass_action[r]),
        )

    def _side(self, indices: list[int]) -> dict[Any, int]:
        return {self._species[i]: n for i, n in Counter(indices).items()}

    def _lines(self) -> list[str]:
        return [elide(str(self[i]), _WIDTH) for i in range(min(len(self), _SHOWN))]

    def __repr__(self) -> str:
        lines = self._lines()
        if len(self) > _SHOWN:
            lines.append(f"… and {len(self) - _SHOWN:,} more")
        return "\n".join(lines) or "<no reactions>"

    def _repr_html_(self) -> str:
        more = f"<p>… and {len(self) - _SHOWN:,} more</p>" if len(self) > _SHOWN else ""
        return html_table([f"{len(self):,} reactions"], [[line] for line in self._lines()], left=True) + more

    def _repr_latex_(self) -> str:
        lines = [self[i]._latex() for i in range(min(len(self), _SHOWN))]
        if len(self) > _SHOWN:
            lines.append(f"\\text{{({len(self) - _SHOWN:,} more)}}")
        return "$\\displaystyle \\begin{gathered}" + " \\\\ ".join(lines) + "\\end{gathered}$"
