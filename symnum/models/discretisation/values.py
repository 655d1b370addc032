"""The value of a term at a place: in a cell, on a face, beyond a side of the grid, as a term of elements of arrays.

Values far from all sides are made first, with the box of places that they depend on. Near a side they are made again
only where that box reaches it, and once for each way of reaching it: what is the same in many border regions, such as
differences along the other axes, is made once.
"""

from typing import Any

from symnum.errors import BoundaryError
from symnum.models.discretisation.atoms import atoms, is_operator
from symnum.models.discretisation.axes import Axis
from symnum.models.discretisation.conditions import Conditions
from symnum.models.discretisation.ghosts import Rule, derivative_rule, ghost_rule, middle_rule
from symnum.models.discretisation.places import INSIDE, Box, Where, merge_boxes, near_borders
from symnum.models.discretisation.tables import Tables
from symnum.models.discretisation.weights import staggered_offsets
from symnum.models.reaction_diffusion.problem import FieldProblem
from symnum.terms.canonical import Symbol, add, multiply, power
from symnum.terms.substitute import substitute

__all__ = ["Values"]

#: Powers of the radius that areas grow with.
_POWERS = {"cartesian": 0, "polar": 1, "cylindrical": 1, "spherical": 2}


class Values:
    """Values of terms at places, for the fields of one problem.

    Parameters
    ----------
    problem : FieldProblem
    tables : Tables
        Where the symbols of elements, and tables of numbers, are kept.
    """

    def __init__(self, problem: FieldProblem, tables: Tables) -> None:
        grid = problem.grid
        self.problem = problem
        self.tables = tables
        self.conditions = Conditions(problem)
        power_of_radius = _POWERS[grid.kind]
        self.axes = tuple(
            Axis(axis, k, self._is_periodic(axis.name), power_of_radius if grid.is_radial(axis.name) else 0, tables)
            for k, axis in enumerate(grid.axes)
        )
        self.sums: dict[Any, Any] = {}
        self._coordinates = {symbol: k for k, symbol in enumerate(grid.coordinates)}
        self._far: dict[Any, tuple[Any, Box]] = {}
        self._near: dict[Any, Any] = {}
        self._boxes: list[Box] = []
        self._on_sides: list[tuple[Any, int, int]] = []

    def _is_periodic(self, axis: str) -> bool:
        return any(sides[axis][0].kind == "periodic" for sides in self.problem.boundary.values())

    @property
    def centre(self) -> Where:
        """The cell of the loop, far from all sides."""
        return Where((0,) * len(self.axes), (INSIDE,) * len(self.axes), self.problem.order)

    def box(self, term: Any) -> Box:
        """Return the places that the value of a term in a cell depends on."""
        self.value(term, self.centre)
        return self._far[term, self.centre.place, self.problem.order][1] if _is_term(term) else None

    # Values ---------------------------------------------------------------------------------

    def value(self, term: Any, where: Where) -> Any:
        """Return the value of a term at a place.

        Parameters
        ----------
        term : canonical term or number
        where : Where
        """
        if not _is_term(term):
            return term
        key = (term, where.place, where.order)
        found = self._far.get(key)
        if found is None:
            self._boxes.append(None)
            result = self._evaluate(term, Where(where.place, self.centre.corner, where.order))
            found = self._far[key] = (result, self._boxes.pop())
        if self._boxes:
            self._boxes[-1] = merge_boxes(self._boxes[-1], found[1])
        corner = near_borders(where.corner, found[1])
        if corner == self.centre.corner:
            return found[0]
        near = (key, corner)
        if near not in self._near:
            self._near[near] = self._evaluate(term, Where(where.place, corner, where.order))
        return self._near[near]

    def _evaluate(self, term: Any, where: Where) -> Any:
        if isinstance(term, Symbol):
            return self._symbol(term, where)
        if is_operator(term):
            return self._operator(term, where)
        return substitute(term, {atom: self.value(atom, where) for atom in atoms(term)})

    def _symbol(self, symbol: Any, where: Where) -> Any:
        if symbol in self._coordinates:
            return self._coordinate(self._coordinates[symbol], where)
        if symbol in self.problem.equations:
            found = self._around(symbol, where)
            return found if found is not None else self.tables.element(symbol.name, where.place)
        if symbol in self.problem.definitions:
            return self._definition(symbol, where)
        if symbol.name in self.problem.arrays:
            from symnum.models.discretisation.coefficients import coefficient

            return coefficient(self, symbol, where)
        return symbol

    def _definition(self, symbol: Any, where: Where) -> Any:
        inner = self.problem.definitions[symbol]
        if symbol.name not in self.problem.boundary:
            return self.value(inner, where)
        found = self._around(symbol, where)
        return found if found is not None else self.value(inner, where)

    def _operator(self, term: Any, where: Where) -> Any:
        from symnum.models.discretisation.operators import OPERATORS

        if term.function == "integral":
            return OPERATORS["integral"](self, term, where)
        self.seen(where)
        found = self._beyond(term, where)
        return found if found is not None else OPERATORS[term.function](self, term, where)

    def seen(self, where: Where) -> None:
        """Keep in mind that a value depends on a place."""
        if self._boxes:
            self._boxes[-1] = merge_boxes(self._boxes[-1], tuple((k, k) for k in where.place))

    # Coordinates ----------------------------------------------------------------------------

    def _coordinate(self, axis: int, where: Where) -> Any:
        self.seen(where)
        for side in (0, 1):
            depth = where.depth(axis, side)
            if depth is not None and depth < 0:
                return float(self.axes[axis].position(self.axes[axis].absolute(side, depth)))
        return self.axes[axis].coordinate(where.place[axis])

    def radius(self, axis: int, where: Where) -> Any:
        """Return the coordinate along an axis at a place."""
        return self._coordinate(axis, where)

    def absolute(self, axis: int, where: Where) -> int | None:
        """Return the absolute place along an axis near whose side this is, in half cells."""
        for side in (0, 1):
            depth = where.depth(axis, side)
            if depth is not None:
                return self.axes[axis].absolute(side, depth)
        return None

    # Beyond the sides -----------------------------------------------------------------------

    def _beyond(self, term: Any, where: Where) -> Any:
        """Return the value of what has boundary conditions in a cell beyond a side, None in the grid."""
        for axis in range(len(self.axes)):
            if where.corner[axis] == INSIDE or where.is_face(axis):
                continue
            side = where.outside(axis)
            condition = None if side is None else self.conditions.of(term, axis, side)
            if side is None or condition is None:
                continue
            depth = where.depth(axis, side)
            assert depth is not None
            rule = ghost_rule(self.axes[axis], side, condition.kind, where.order, depth)
            return self._by_rule(term, where, axis, side, rule)
        return None

    def _by_rule(self, term: Any, where: Where, axis: int, side: int, rule: Rule) -> Any:
        summands = [
            multiply((w, self.value(term, where.at_depth(axis, side, 2 * k)))) for k, w in enumerate(rule.cells) if w
        ]
        if rule.side:
            summands.append(multiply((rule.side, self.on_side(term, where, axis, side))))
        return add(summands)

    def on_side(self, term: Any, where: Where, axis: int, side: int) -> Any:
        """Return the value of what has a boundary condition on a side."""
        if (term, axis, side) in self._on_sides:
            raise BoundaryError(
                f"The boundary value of {term} at the side {self.axes[axis].name}{'-+'[side]} depends on itself; it "
                "may depend on other fields, whose boundary values do not depend on it in turn."
            )
        self._on_sides.append((term, axis, side))
        try:
            return self._value_on_side(term, where, axis, side)
        finally:
            self._on_sides.pop()

    def _value_on_side(self, term: Any, where: Where, axis: int, side: int) -> Any:
        condition = self.conditions.of(term, axis, side)
        assert condition is not None
        here = where.at_depth(axis, side, -1)
        if condition.kind == "dirichlet":
            return self.value(condition.target, here)
        if condition.kind == "axis":
            return self._by_rule(term, where, axis, side, middle_rule(self.axes[axis], where.order))
        rule = derivative_rule(self.axes[axis], side, condition.kind, where.order)
        a, b = self.value(condition.value_factor, here), self.value(condition.derivative_factor, here)
        inner = self._by_rule(term, where, axis, side, Rule(rule.cells, 0))
        # a U - b (inner + side U) = g, with the derivative inwards in brackets
        whole = add((a, multiply((-float(rule.side), b))))
        if isinstance(whole, int | float) and abs(whole) <= 1e-9 * abs(float(rule.side) * b):
            raise BoundaryError(
                f"The condition {a}*u + {b}*du/dn at an end of {self.axes[axis].name} does not say what the value "
                f"there is: with cells of this width the two terms cancel. Check the sign of {b} (n points outwards), "
                "or change the number of cells."
            )
        return multiply((add((self.value(condition.target, here), multiply((b, inner)))), power(whole, -1)))

    def derivative_on_side(self, term: Any, where: Where, axis: int, side: int) -> Any:
        """Return the derivative along an axis of what has a boundary condition, on a side of that axis."""
        condition = self.conditions.of(term, axis, side)
        assert condition is not None
        if condition.kind == "axis":
            return 0
        if condition.kind == "neumann":
            outwards = self.value(condition.target, where.at_depth(axis, side, -1))
            return multiply((-1 if side == 0 else 1, outwards))
        rule = derivative_rule(self.axes[axis], side, condition.kind, where.order)
        return multiply((1 if side == 0 else -1, self._by_rule(term, where, axis, side, rule)))

    # Between cells --------------------------------------------------------------------------

    def _around(self, term: Any, where: Where) -> Any:
        """Return the value, beyond a side or on a face, of what has values in cells; None in cells."""
        self.seen(where)
        found = self._beyond(term, where)
        axis = where.face()
        return self.interpolate(term, where, axis) if found is None and axis is not None else found

    def interpolate(self, term: Any, where: Where, axis: int) -> Any:
        """Return the value of a term on a face, from its values in the cells on both sides of it."""
        side = where.on_side(axis)
        if side is not None and self.conditions.of(term, axis, side) is not None:
            return self.on_side(term, where, axis, side)
        return self.combine(term, where, axis, staggered_offsets(0, where.order), 0)

    def combine(self, term: Any, where: Where, axis: int, offsets: tuple[int, ...], derivative: int) -> Any:
        """Return a derivative of a term, from its values at places around this one along an axis."""
        weights = self.axes[axis].weights(where.place[axis], offsets, derivative, self.absolute(axis, where))
        return add(
            multiply((w, self.value(term, where.moved(axis, k))))
            for k, w in zip(offsets, weights, strict=True)
            if not is_zero(w)
        )


def is_zero(value: Any) -> bool:
    """Whether a term is the number zero."""
    return not _is_term(value) and value == 0


def _is_term(term: Any) -> bool:
    return hasattr(term, "_order")
