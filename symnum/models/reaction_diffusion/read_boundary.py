"""Boundary conditions as users write them, made complete: one for each field, axis and side."""

import inspect
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import BoundaryError, DuplicateNameError, ShapeError, UnknownNameError, suggest
from symnum.models.names import Scope
from symnum.models.reaction_diffusion.boundary import Condition, Sides, dirichlet, neumann, periodic, robin
from symnum.models.reaction_diffusion.grid import SIDES, Grid
from symnum.models.text import Fragment, Source
from symnum.terms.canonical import Symbol

__all__ = ["read_boundary", "read_condition"]

_FIX = 'sn.dirichlet(value), sn.neumann(slope), sn.robin(a, b, target) or "periodic"'
_MAKERS = {"dirichlet": (dirichlet, 1), "neumann": (neumann, 1), "robin": (robin, 3), "periodic": (periodic, 0)}
_WORDS = {
    "periodic": periodic(),
    "neumann": neumann(),
    "no-flux": neumann(),
    "noflux": neumann(),
    "no flux": neumann(),
    "zero-flux": neumann(),
    "dirichlet": dirichlet(),
}
_CALL = re.compile(r"(dirichlet|neumann|robin|periodic)\s*\((.*)\)", re.DOTALL)
_ALL = ("*", "all")

#: What a dictionary may say instead, as in some other programs.
_DICTIONARY_KEYS = frozenset({"type", "value", "derivative", "const", "mixed"})


def read_boundary(
    given: Any,
    *,
    grid: Grid,
    fields: Iterable[str],
    definitions: Iterable[str] = (),
    scope: Scope,
    arrays: dict[str, NDArray[np.float64]],
) -> dict[str, dict[str, Sides]]:
    """Return conditions by field and axis; definitions are there only if something is given for them by name.

    Parameters
    ----------
    given : condition, text, mapping or None
        One condition for all; or, by field, side, or (field, side), what holds there. What is said of a field goes
        before what is said of all. By default nothing flows through a side.
    grid : Grid
    fields, definitions : iterable of str
    scope : Scope
        What names in values mean.
    arrays : dict of str to ndarray
        Where values go that are arrays along a side, with the names by which conditions call them.

    Raises
    ------
    UnknownNameError
        If something is neither a field nor a side.
    DuplicateNameError
        If a side is given twice.
    BoundaryError
        If a condition is none, or periodic at one end only.
    """
    fields, definitions = list(fields), list(definitions)
    table = _Table(grid, fields, definitions, scope, arrays)
    table.read(given)
    named = [d for d in definitions if any(key[0] == d for key in table.special)]
    return {name: {a: table.sides(name, a) for a in grid.axis_names} for name in (*fields, *named)}


class _Table:
    """Conditions by field (or all), axis and end."""

    def __init__(
        self,
        grid: Grid,
        fields: list[str],
        definitions: list[str],
        scope: Scope,
        arrays: dict[str, NDArray[np.float64]],
    ) -> None:
        self.grid, self.fields, self.definitions, self.scope, self.arrays = grid, fields, definitions, scope, arrays
        self.names: dict[Any, str] = {}
        self.general: dict[tuple[str, int], Condition] = {}
        self.special: dict[tuple[str, str, int], Condition] = {}

    def read(self, given: Any) -> None:
        if given is None:
            return
        if not isinstance(given, Mapping) or _is_condition(given):
            self._all_sides(None, given)
            return
        seen: set[str] = set()
        for key, value in given.items():
            parts = key if isinstance(key, tuple) else (key,)
            names = [str(getattr(part, "name", part)).strip() for part in parts]
            label = " at ".join(names)
            if label in seen:
                raise DuplicateNameError(f'boundary= has "{label}" twice, as a symbol and as text. Remove one.')
            seen.add(label)
            self._entry(names, value)

    def _entry(self, names: list[str], value: Any) -> None:
        if len(names) == 2:
            self._check_field(names[0])
            self._side(None if names[0] in _ALL else names[0], names[1], value)
        elif len(names) == 1 and (names[0] in _ALL or names[0] in (*self.fields, *self.definitions)):
            self._field(None if names[0] in _ALL else names[0], value)
        elif len(names) == 1 and self._is_side(names[0]):
            self._side(None, names[0], value)
        else:
            self._check_field(" ".join(names))

    def _is_side(self, name: str) -> bool:
        stem = SIDES.get(name, name).rstrip("+-")
        return stem in self.grid.axis_names or name in SIDES

    def _check_field(self, name: str) -> None:
        if name in (*self.fields, *self.definitions, *_ALL):
            return
        known = [*self.fields, *self.definitions, *self.grid.axis_names]
        sides = ", ".join(f'"{a}-", "{a}+"' for a in self.grid.axis_names)
        raise UnknownNameError(
            f'boundary= names "{name}", which is neither a field nor a side; the fields are {", ".join(self.fields)}, '
            f'the sides {sides}.{suggest(name, known)} Write boundary={{"{self.fields[0]}": '
            f'{{"{self.grid.axis_names[0]}-": sn.dirichlet(1.0)}}}}.'
        )

    def _field(self, field: str | None, value: Any) -> None:
        if not isinstance(value, Mapping) or _is_condition(value):
            self._all_sides(field, value)
            return
        for key, condition in value.items():
            self._side(field, str(getattr(key, "name", key)).strip(), condition)

    def _all_sides(self, field: str | None, value: Any) -> None:
        if isinstance(value, list | tuple) and self.grid.dimensions > 1:
            raise BoundaryError(
                f"{value!r:.80} has conditions for several sides; say which: "
                + ", ".join(f'"{a}": (low, high)' for a in self.grid.axis_names)
                + "."
            )
        for axis in self.grid.axis_names:
            self._put(field, axis, axis, value)

    def _side(self, field: str | None, name: str, value: Any) -> None:
        axis, ends = self.grid.side(name)
        if len(ends) == 1:
            self._set(field, axis, ends[0], self._condition(value, field, axis, name), name)
        else:
            self._put(field, axis, name, value)

    def _put(self, field: str | None, axis: str, name: str, value: Any) -> None:
        """Set both ends of an axis, but for the middle of a radial grid."""
        pair = list(value) if isinstance(value, list | tuple) else [value, value]
        if len(pair) != 2:
            raise BoundaryError(f'"{name}" has {len(pair)} conditions; an axis has two ends: (low, high).')
        for end, one in enumerate(pair):
            if end == 0 and self.grid.has_middle(axis):
                if isinstance(value, list | tuple) and one is not None:
                    self._no_middle(axis)
                continue
            self._set(field, axis, end, self._condition(one, field, axis, name), name)

    def _condition(self, value: Any, field: str | None, axis: str, name: str) -> Condition:
        where = f"the boundary condition for {field or 'all fields'} at {name}"
        return read_condition(value, self.scope, where, partial(self._array, axis, where))

    def _array(self, axis: str, where: str, value: Any) -> Any:
        """Keep numbers along a side, and return the symbol that stands for them."""
        wanted = tuple(n for n, name in zip(self.grid.shape, self.grid.axis_names, strict=True) if name != axis)
        numbers = np.array(value, np.float64)
        if numbers.shape != wanted:
            along = " and ".join(name for name in self.grid.axis_names if name != axis)
            fix = f"one number for each cell along {along}, so the shape {wanted}" if along else "a single number"
            raise ShapeError(f"An array in {where} has the shape {numbers.shape}; it needs {fix}.")
        if not np.all(np.isfinite(numbers)):
            raise BoundaryError(f"An array in {where} has numbers that are not finite.")
        name = f"boundary_{len(self.arrays)}"
        self.arrays[name] = np.expand_dims(numbers, self.grid.axis_number(axis))
        return Symbol(name)

    def _no_middle(self, axis: str) -> None:
        raise BoundaryError(
            f"The low side of {axis} is the middle of the grid, which is no boundary: give a condition for "
            f'"{axis}+" alone.'
        )

    def _set(self, field: str | None, axis: str, end: int, condition: Condition, name: str) -> None:
        if end == 0 and self.grid.has_middle(axis):
            self._no_middle(axis)
        if condition.kind == "periodic" and self.grid.is_radial(axis):
            raise BoundaryError(
                f'The axis {axis} of a {self.grid.kind} grid cannot be periodic; give "{axis}+" a value.'
            )
        table: dict[Any, Condition] = self.general if field is None else self.special
        key: Any = (axis, end) if field is None else (field, axis, end)
        if key in table:
            who = "all fields" if field is None else field
            raise DuplicateNameError(
                f'The side "{axis}{"-+"[end]}" is given twice for {who}, as "{self.names[key]}" and as "{name}". '
                "Remove one of the two."
            )
        table[key] = condition
        self.names[key] = name

    def sides(self, name: str, axis: str) -> Sides:
        """Return the conditions at both ends, defaults filled in."""
        low, high = (self.special.get((name, axis, e), self.general.get((axis, e))) for e in (0, 1))
        if self.grid.has_middle(axis):
            return Condition("axis"), high or neumann()
        if self.grid.axis(axis).periodic:
            low, high = low or periodic(), high or periodic()
            if "periodic" not in (low.kind, high.kind):
                raise BoundaryError(
                    f"{name} has conditions at both ends of {axis}, which is a periodic axis of the grid: leave {axis} "
                    "out of periodic= of the grid, or the conditions out of boundary=."
                )
        kinds = [None if c is None else c.kind for c in (low, high)]
        if "periodic" in kinds and kinds != ["periodic", "periodic"]:
            if None not in kinds:
                fix = f'write "{axis}": "periodic", or no periodic condition there'
                if self.grid.axis(axis).periodic:
                    fix = f"leave {axis} out of periodic= of the grid, or the condition out of boundary="
                raise BoundaryError(f"{name} is periodic at one end of {axis} only, and both ends meet: {fix}.")
            return periodic(), periodic()
        return low or neumann(), high or neumann()


def _is_condition(value: Mapping[Any, Any]) -> bool:
    return bool(value) and all(isinstance(key, str) and key in _DICTIONARY_KEYS for key in value)


def read_condition(value: Any, scope: Scope, where: str, keep: Any = None) -> Condition:
    """Return one condition from a condition, text, a dictionary, or a value, which is that of the field.

    Parameters
    ----------
    value : Condition, str, Fragment, mapping, number or term
    scope : Scope
        What names mean.
    where : str
        What it is, for messages.
    keep : callable, optional
        Takes an array of values along the side, returns the symbol that stands for it.

    Raises
    ------
    BoundaryError
        If it is none of these.
    """
    if isinstance(value, Mapping):
        value = _from_dictionary(value, where)
    if isinstance(value, str):
        value = Source(value).statements()[0] if value.strip() else ""
    if isinstance(value, Fragment):
        return _from_text(value, scope, where)
    if not isinstance(value, Condition):
        if not _is_value(value):
            raise BoundaryError(f"{value!r:.80} is no condition, in {where}. Give {_FIX}, or a number.")
        value = dirichlet(value)
    if value.kind == "periodic":
        return periodic()
    parts = (value.target, value.value_factor, value.derivative_factor)
    return _checked(Condition(value.kind, *(_term(part, scope, where, keep) for part in parts)), where)


def _is_value(value: Any) -> bool:
    from symnum.terms.interface import is_expr, is_symbol

    return inspect.isfunction(value) or hasattr(value, "__float__") or is_expr(value) or is_symbol(value)


def _from_dictionary(value: Mapping[Any, Any], where: str) -> Condition:
    """Read ``{"value": 1}``, ``{"derivative": 0}`` and ``{"type": "mixed", "value": a, "const": b}``."""
    given = dict(value)
    if not _is_condition(given):
        raise BoundaryError(f"{value!r:.80} is no condition, in {where}. Give {_FIX}.")
    kind = given.pop("type", None)
    if "mixed" in given:
        kind, given["value"] = "mixed", given.pop("mixed")
    if kind == "mixed" and "derivative" not in given:
        return robin(given.get("value", 0), 1, given.get("const", 0))
    if kind in (None, "value", "dirichlet") and set(given) == {"value"}:
        return dirichlet(given["value"])
    if (kind is None and set(given) == {"derivative"}) or (kind in ("derivative", "neumann") and len(given) == 1):
        return neumann(next(iter(given.values())))
    raise BoundaryError(f"{value!r:.80} is no condition, in {where}. Give {_FIX}.")


def _from_text(text: Fragment, scope: Scope, where: str) -> Condition:
    word = text.text.strip().lower()
    if word in _WORDS:
        return _WORDS[word]
    if word.replace("_", "").isalpha() and word not in scope.known and suggest(word, list(_WORDS)):
        raise BoundaryError(f'"{word}" is no condition, in {where}.{suggest(word, list(_WORDS))} Give {_FIX}.')
    match = _CALL.fullmatch(text.masked)
    if match is None:
        return _checked(dirichlet(text.expression(scope)), where)
    make, count = _MAKERS[match[1]]
    inner = text.cut(match.start(2), match.end(2))
    arguments = [part.expression(scope) for part in inner.split()] if inner.start < inner.stop else []
    if len(arguments) > count or (match[1] == "robin" and len(arguments) < 2):
        raise text.error(
            f"{match[1]} takes {'two or three values' if count == 3 else f'at most {count}'} and has {len(arguments)}. "
            "robin(a, b, target) is a*u + b*du/dn = target, with the outward normal n."
        )
    return _checked(make(*arguments), where)  # type: ignore[operator]


def _term(value: Any, scope: Scope, where: str, keep: Any) -> Any:
    if keep is not None and isinstance(value, np.ndarray) and value.ndim > 0:
        return keep(value)
    if inspect.isfunction(value):
        value = _of_function(value, scope, where)
    try:
        return scope.read(value)
    except UnknownNameError as error:
        raise UnknownNameError(f"In {where}: {error}") from None


def _of_function(function: Any, scope: Scope, where: str) -> Any:
    """Return what a function of coordinates, time or parameters gives, told from the names of its arguments."""
    names = list(inspect.signature(function).parameters)
    try:
        return function(*(scope(name) for name in names))
    except UnknownNameError as error:
        raise UnknownNameError(
            f"In {where}: {error} A function is called on what its arguments are named after: lambda y, t: ..."
        ) from None


def _checked(condition: Condition, where: str) -> Condition:
    numbers = (condition.target, condition.value_factor, condition.derivative_factor)
    for number in numbers:
        if isinstance(number, float) and (number != number or abs(number) == float("inf")):
            raise BoundaryError(f"{condition} has a value that is not finite, in {where}.")
        if isinstance(number, complex):
            raise BoundaryError(f"{condition} has a complex value, in {where}; give real numbers.")
    if condition.kind == "robin" and all(isinstance(n, int | float) and n == 0 for n in numbers[1:]):
        raise BoundaryError(
            f"{condition} says nothing of the field, in {where}: in a*u + b*du/dn = target one of a and b is not zero."
        )
    return condition
