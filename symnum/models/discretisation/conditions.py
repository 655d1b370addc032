"""Which condition a quantity obeys at the sides of the grid: its own, or one that follows from its fields'."""

from typing import Any

from symnum.errors import BoundaryError
from symnum.models.discretisation.atoms import atoms, is_operator
from symnum.models.reaction_diffusion.boundary import Condition
from symnum.models.reaction_diffusion.problem import FieldProblem
from symnum.terms.canonical import Symbol

__all__ = ["Conditions"]


class Conditions:
    """Conditions of quantities.

    Fields have conditions, and names of terms may have. The result of an operator that differentiates twice, such as
    ``laplacian(u)`` within another operator, has the kind of condition that the fields in it have, with zero as the
    target: where u keeps its value, its Laplacian is zero; where nothing of u passes, nothing of its Laplacian does.
    All other quantities have none: their values beyond the grid are computed from those of the fields there.
    """

    def __init__(self, problem: FieldProblem) -> None:
        self._problem = problem
        self._names = {s.name: s for s in (*problem.equations, *problem.definitions)}
        self._axes = problem.grid.axis_names
        self._found: dict[Any, Condition | None] = {}

    def of(self, term: Any, axis: int, side: int) -> Condition | None:
        """Return the condition of a field, a name or the result of an operator, or None.

        Raises
        ------
        BoundaryError
            If one would follow from those of several fields, which differ.
        """
        key = (term, axis, side)
        if key not in self._found:
            self._found[key] = self._find(term, axis, side)
        return self._found[key]

    def _find(self, term: Any, axis: int, side: int) -> Condition | None:
        if isinstance(term, Symbol):
            if term.name in self._names and term.name in self._problem.boundary:
                return self._problem.boundary[term.name][self._axes[axis]][side]
            return None
        if not is_operator(term) or not self._differentiates_twice(term, axis):
            return None
        found = self._inherited(term, axis, side)
        kinds = {c.kind for c in found}
        if len(kinds) > 1:
            sign, verb = "-+"[side], " and ".join(sorted(kinds))
            raise BoundaryError(
                f"What {term} obeys at the side {self._axes[axis]}{sign} does not follow from its fields, whose "
                f"conditions there are of the kinds {verb}. Give it a name among the equations, and boundary "
                "conditions of its own."
            )
        if not found:
            return None
        first = found[0]
        return Condition(first.kind, 0, first.value_factor, first.derivative_factor)

    def _inherited(self, term: Any, axis: int, side: int) -> list[Condition]:
        """Return the conditions of all fields in a term."""
        if isinstance(term, Symbol):
            own = self.of(term, axis, side)
            if own is not None:
                return [own]
            inner = self._problem.definitions.get(term)
            return [] if inner is None else self._inherited(inner, axis, side)
        return [c for atom in atoms(term, into=True) for c in self._inherited(atom, axis, side)]

    def _differentiates_twice(self, term: Any, axis: int) -> bool:
        if term.function == "D":
            return bool(term.args[1].name == self._axes[axis]) and int(term.args[2]) > 1
        return term.function in ("laplacian", "divergence", "advection")
