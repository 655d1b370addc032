"""The class of models of fields that react, diffuse and flow."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.models.model import LONGEST_ENTRY, Model
from symnum.models.reaction_diffusion.boundary import Sides
from symnum.models.reaction_diffusion.grid import Grid

if TYPE_CHECKING:  # loops over cells are made when asked for
    from symnum.models.reaction_diffusion.equations import FieldEquations
    from symnum.models.reaction_diffusion.problem import FieldProblem
    from symnum.systems.stencils.system import StencilSystem

__all__ = ["ReactionDiffusionModel"]


class ReactionDiffusionModel(Model):
    """Equations for fields on a grid: an immutable model, made by `symnum.reaction_diffusion`.

    Attributes
    ----------
    grid : Grid
    fields : tuple of Symbol
        In the order of the equations.
    right_hand_sides : tuple of term
        As written, of ``D(u, t) = ...``, with the terms of diffusivities.
    definitions : dict of Symbol to term
        Names for terms, as written.
    boundary : mapping of str to mapping of str to (Condition, Condition)
        By field and axis, the conditions at the low and the high side.
    order : int
        Of the differences in space.
    """

    def __init__(self, **parts: Any) -> None:
        self._set(**parts)

    grid: Grid
    fields: tuple[Any, ...]
    right_hand_sides: tuple[Any, ...]
    definitions: dict[Any, Any]
    boundary: Mapping[str, Mapping[str, Sides]]
    order: int
    units: Mapping[str, str]
    arrays: Mapping[str, NDArray[np.float64]]
    initial_terms: Mapping[Any, Any]
    initial_arrays: Mapping[str, NDArray[np.float64]]
    diffusivities: tuple[tuple[str, Any], ...]
    problem: "FieldProblem"

    @property
    def states(self) -> tuple[Any, ...]:
        """The fields; a solver's states are their values in all cells."""
        return self.fields

    @property
    def initial_values(self) -> tuple[Any, ...]:  # type: ignore[override]
        """The initial value of each field: a number, a term in coordinates and parameters, or None."""
        return tuple(self.initial_terms.get(f) for f in self.fields)

    @property
    def equations(self) -> "FieldEquations":
        """The equations, a sequence of ``D(u, t) = ...``."""
        from symnum.models.reaction_diffusion.equations import FieldEquations

        return FieldEquations(self)

    @cached_property
    def _system(self) -> "StencilSystem":
        from symnum.models.reaction_diffusion.system import make_system

        return make_system(self)

    def system(self) -> "StencilSystem":  # type: ignore[override]
        """Return the model as loops over boxes of cells, which is what simulators compile.

        Raises
        ------
        GridError
            If the grid has too few cells for the differences.
        """
        return self._system

    def initial_state(self, parameters: Mapping[Any, float] | None = None) -> dict[str, NDArray[np.float64]]:
        """Return the initial values of all fields that have some, in every cell.

        Parameters
        ----------
        parameters : mapping, optional
            Values in place of the model's.

        Returns
        -------
        dict of str to ndarray of float64, shape grid.shape

        Raises
        ------
        MissingValueError
            If a parameter that is needed has no value.
        """
        from symnum.models.reaction_diffusion.system import initial_fields

        return initial_fields(self, parameters or {})

    def replace(self, **changes: Any) -> "ReactionDiffusionModel":
        """Return the model made again with other arguments: on a finer grid, with another boundary, of another order.

        Parameters
        ----------
        **changes
            Arguments of `symnum.reaction_diffusion`. Parameters and initial values given here come to those of the
            model; all else takes the place of what was given.

        Raises
        ------
        UnknownNameError
            For what is no argument.
        UnsupportedError
            If the model was unpickled, and with that has no arguments.

        Examples
        --------
        >>> import symnum as sn
        >>> model = sn.reaction_diffusion({"u": "D*laplacian(u)"}, grid=sn.Grid(x=(0, 1, 64)), parameters={"D": 1})
        >>> model.replace(grid=sn.Grid(x=(0, 1, 128)), order=4)
        <ReactionDiffusionModel fields: 1 field on 128 cells, 1 parameter>
          D(u, t) = D*laplacian(u)
        """
        from symnum.models.reaction_diffusion.remake import remake

        return remake(self, changes)

    def to_text(self, *, limit: int | None = None, width: int = LONGEST_ENTRY) -> str:
        """Write the model in the text form that `sn.reaction_diffusion` reads; arrays are left out, with a comment.

        Parameters
        ----------
        limit : int, optional
            Greatest number of entries in each section; a comment says what was left out.
        width : int
            Greatest length of an entry where `limit` is given; longer ones are cut.
        """
        from symnum.models.reaction_diffusion.write_text import write_fields

        return write_fields(self, limit, width)

    def _summary(self) -> str:
        shape = "×".join(map(str, self.grid.shape))
        fields, parameters = len(self.fields), len(self.parameters)
        return (
            f"{fields} field{'s' * (fields != 1)} on {shape} cells, {parameters:,} parameter{'s' * (parameters != 1)}"
        )

    def _rows(self) -> Any:
        return self.equations.lines()

    def with_events(self, events: Any) -> "ReactionDiffusionModel":
        """Refuse events: fields have none yet.

        Raises
        ------
        UnsupportedError
            If there are any.
        """
        from symnum.simulators.fields.request import refuse_events

        refuse_events(events)
        return self

    def to_ode_system(self) -> Any:
        """Refuse: there is an equation for each cell, and `system` keeps them as loops."""
        from symnum.errors import UnsupportedError

        raise UnsupportedError("A model of fields has an equation for each cell; .system() gives them as loops.")

    def __eq__(self, other: object) -> bool:
        """Whether two models are written alike; names and arrays of numbers do not count."""
        if not isinstance(other, ReactionDiffusionModel):
            return NotImplemented
        return self is other or (
            (self.grid, self.fields, self.right_hand_sides, self.definitions, self.order, self.parameters)
            == (other.grid, other.fields, other.right_hand_sides, other.definitions, other.order, other.parameters)
            and self.parameter_values == other.parameter_values
            and self.initial_values == other.initial_values
            and repr(self.boundary) == repr(other.boundary)
        )

    def __hash__(self) -> int:
        return hash((self.fields, self.parameters, self.grid))

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is computed on demand."""
        return {key: value for key, value in self.__dict__.items() if key not in ("_system", "arguments")}
