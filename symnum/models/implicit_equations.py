"""Reading differential-algebraic equations: which names are unknowns, mass matrices, and the system made of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from symnum.errors import InputError, ParseError, ShapeError, UnknownNameError, suggest
from symnum.models.names import Scope, as_expression, as_symbol, split_names
from symnum.models.text import Fragment
from symnum.models.values import (
    check_observables,
    read_initial,
    read_observables,
    read_values,
    with_observables,
)
from symnum.systems.dae import assemble_system
from symnum.systems.implicit import (
    DERIVATIVE,
    D,
    ImplicitEquation,
    all_symbols,
    by_time_alone,
    implicit_equation,
)
from symnum.systems.ode import ODESystem

__all__ = ["Row", "Written", "holds_derivative", "read_implicit", "read_mass"]


class Row(NamedTuple):
    """One equation before it is read: ``D(state) = right``, or ``left = right`` where `state` is None."""

    state: Any
    left: Any
    right: Any


@dataclass(frozen=True)
class Written:
    """What a differential-algebraic model was made from.

    Attributes
    ----------
    equations : tuple of (left, right)
        As written, observables replaced by their expressions.
    unknowns : tuple of Symbol
        All, eliminated ones included.
    initial : dict of str to number or term
        Initial values and guesses.
    observables : dict of str to term
        Those of the user.
    """

    equations: tuple[tuple[Any, Any], ...]
    unknowns: tuple[Any, ...]
    initial: dict[str, Any] = field(default_factory=dict)
    observables: dict[str, Any] = field(default_factory=dict)


def holds_derivative(value: Any) -> bool:
    """Tell whether a term holds ``D(...)``."""
    from symnum.terms.canonical import Call
    from symnum.terms.traverse import subterms

    if isinstance(value, str | int | float | None):
        return False
    parts = subterms([as_expression(value)])
    return any(isinstance(part, Call) and part.function == DERIVATIVE for part in parts)


def read_implicit(
    rows: Sequence[Row],
    time: Any,
    *,
    parameters: dict[str, Any],
    is_open: bool,
    initial: dict[str, Any],
    observables: dict[str, Any],
    unknowns: Any,
    mass: Any,
    tearing: bool,
    name: str,
) -> tuple[ODESystem, Written]:
    """Make a system of equations some of which are not ``D(x) = f``.

    Parameters
    ----------
    rows : sequence of Row
    time : Symbol
    parameters, initial, observables : dict
        As passed and written, still to be read.
    is_open : bool
        Whether names that are no unknowns are parameters.
    unknowns : str, iterable of names or None
        Those that the user names.
    mass : matrix or None
        See `read_mass`; then all rows are ``D(x) = f``.
    tearing : bool
        Whether algebraic unknowns that equations give explicitly become expressions.

    Returns
    -------
    system : ODESystem
    written : Written
    """
    names = dict.fromkeys(s.name for s in split_names(unknowns))
    known = (*names, *(row.state for row in rows if row.state is not None), *parameters, time)
    scope = Scope(
        {s.name: s for s in map(as_symbol, (*observables, *known))},
        "a name of this model",
        is_open=True,
        functions={DERIVATIVE: D},
    )
    sides = [tuple(by_time_alone(side, time) for side in _read(row, scope)) for row in rows]
    check_observables(observables, {n: "an unknown" for n in (getattr(left, "name", None) for left, _ in sides) if n})
    terms = read_observables({s.name: s for s in _scope_of(scope).values()}, observables)
    pairs = [tuple(with_observables(side, terms) for side in pair) for pair in sides] if terms else sides
    equations = [implicit_equation(left, right) for left, right in pairs]
    found = _unknowns(equations, names, initial, parameters, is_open, time, set(observables))
    others = [n for n in all_symbols(equations) if n not in found and n is not time and n.name not in parameters]
    symbols = tuple(dict.fromkeys([*map(as_symbol, parameters), *others]))
    if mass is not None:
        equations = read_mass(mass, equations, [row.state for row in rows], symbols)
    check_observables(
        observables, dict.fromkeys(parameters, "a parameter") | {s.name: "an unknown" for s in found}
    )
    values = read_initial(found, symbols, initial, "an unknown")
    start = {s.name: v for s, v in zip(found, values, strict=True) if v is not None}
    system = assemble_system(
        equations,
        found,
        parameters=symbols,
        independent=time,
        parameter_values=read_values(symbols, parameters),
        initial=start,
        observables=terms,
        name=name,
        tearing=tearing,
        keep_mass=mass is not None,
    )
    return system, Written(tuple((e.left, e.right) for e in equations), found, start, terms)


def _scope_of(scope: Scope) -> dict[str, Any]:
    return {**scope.known, **scope.found}


def _read(row: Row, scope: Scope) -> tuple[Any, Any]:
    """Read both sides of an equation; errors say which equation."""
    where = f"in the equation for {row.state.name}: " if row.state is not None else "in an equation: "
    left = D(row.state) if row.state is not None else _side(row.left, scope, where)
    return left, _side(row.right, scope, where)


def _side(value: Any, scope: Scope, where: str) -> Any:
    if isinstance(value, Fragment):
        return value.expression(scope)
    try:
        return scope.read(value)
    except ParseError as error:
        place: dict[str, Any] = {
            "text": error.text,
            "file": error.file,
            "line": error.line,
            "column": error.column,
        }
        raise type(error)(where + error.reason, **place) from None
    except InputError as error:
        raise type(error)(where + str(error)) from None


def _unknowns(
    equations: Sequence[ImplicitEquation],
    named: Mapping[str, None],
    initial: Mapping[str, Any],
    parameters: Mapping[str, Any],
    is_open: bool,
    time: Any,
    observables: set[str],
) -> tuple[Any, ...]:
    """Return the unknowns, in order: named ones, differentiated ones, defined ones, and what else must be one."""
    present = {s.name: s for s in all_symbols(equations)}
    found: dict[str, Any] = {n: present.get(n) or as_symbol(n) for n in named}
    for equation in equations:
        found.update({z.name: z for z in equation.derivatives})
    for equation in equations:
        if equation.defines is not None:
            found.setdefault(equation.defines.name, equation.defines)
    found.update({n: present[n] for n in initial if n in present and n not in found})
    for n in (*parameters, time.name):
        if n in found:
            what = "the independent variable" if n == time.name else "a parameter"
            raise InputError(f'"{n}" is {what} and also an unknown of an equation; rename one of them.')
    rest = {n: s for n, s in present.items() if n not in found and n not in parameters and s is not time}
    if len(found) + len(rest) == len(equations) or (not is_open and not rest):
        found |= rest
    elif not is_open:
        missing = next(iter(rest))
        known = [*found, *parameters]
        raise UnknownNameError(
            f'"{missing}" is neither a parameter nor an unknown with an equation.{suggest(missing, known)} '
            f"There are {len(equations)} equations for {', '.join([*found, *rest])}."
        )
    else:
        found |= _needed(equations, found, rest)
    return tuple(found.values())


def _needed(
    equations: Sequence[ImplicitEquation], found: Mapping[str, Any], rest: Mapping[str, Any]
) -> dict[str, Any]:
    """Return which of the names that stand in algebraic equations are unknowns: all, or none is needed."""
    lacking = len(equations) - len(found)
    algebraic = {s.name for e in equations if not e.derivatives for s in e.symbols}
    candidates = {n: s for n, s in rest.items() if n in algebraic}
    if lacking <= 0:
        return {}
    if len(candidates) == lacking or not rest:
        return candidates
    raise InputError(
        f"There are {len(equations)} equations and {len(found)} known unknowns ({', '.join(found)}); which of "
        f"{', '.join(rest)} are unknowns too is not clear. Name all unknowns, "
        f'states="{" ".join([*found, *list(candidates or rest)[:lacking]])}", or the parameters, parameters={{...}}.'
    )


def read_mass(
    mass: Any, equations: Sequence[ImplicitEquation], states: Sequence[Any], parameters: Sequence[Any]
) -> list[ImplicitEquation]:
    """Return equations ``sum of M[i, j] D(x_j) = f_i`` for right-hand sides and a mass matrix.

    Parameters
    ----------
    mass : nested sequence, array, sparse matrix or mapping
        Square, rows by equation and columns by state; one-dimensional for a diagonal one. A mapping has pairs of
        names or places as keys, others being zero, or single names with the diagonal, others being one. Entries are
        numbers, or terms or text in parameters.
    equations : sequence of ImplicitEquation
        ``D(x) = f`` for each state.
    states, parameters : sequence of Symbol

    Raises
    ------
    ShapeError, UnknownNameError, InputError
        For a wrong shape, a name that is no state, and an entry that depends on anything but parameters.
    """
    from symnum.terms.canonical import add, multiply

    size = len(states)
    scope = Scope(
        {s.name: s for s in parameters}, "a parameter", fix="The entries of a mass matrix are constant."
    )
    entries = {place: scope.read(_whole(value)) for place, value in _entries(mass, states).items()}
    out = []
    for i in range(size):
        row = {states[j]: v for (k, j), v in sorted(entries.items()) if k == i}
        left = add([multiply((v, D(z))) for z, v in row.items()]) if row else 0
        out.append(implicit_equation(left, equations[i].rest))
    return out


def _entries(mass: Any, states: Sequence[Any]) -> dict[tuple[int, int], Any]:
    """Return the entries of a matrix that are not zero, by row and column."""
    size = len(states)
    if isinstance(mass, Mapping):
        return _by_name(mass, states)
    if hasattr(mass, "tocoo"):
        matrix = mass.tocoo()
        _check_shape(matrix.shape, size)
        out: dict[tuple[int, int], Any] = {}
        for i, j, v in zip(matrix.row.tolist(), matrix.col.tolist(), matrix.data.tolist(), strict=True):
            out[i, j] = out.get((i, j), 0) + v
        return {place: v for place, v in out.items() if v != 0}
    rows = mass.tolist() if hasattr(mass, "tolist") else list(mass)
    if rows and not any(_is_sequence(row) for row in rows):
        _check_shape((len(rows), len(rows)), size)
        return {(i, i): v for i, v in enumerate(rows) if not _is_zero(v)}
    rows = [list(row) for row in rows]
    _check_shape((len(rows), max(map(len, rows), default=0)), size)
    _check_shape((len(rows), min(map(len, rows), default=0)), size)
    return {(i, j): v for i, row in enumerate(rows) for j, v in enumerate(row) if not _is_zero(v)}


def _whole(value: Any) -> Any:
    """Return whole numbers of an array of floats as such: a derivative with the factor 1.0 is that derivative."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str) and not hasattr(value, "name")


def _is_zero(value: Any) -> bool:
    return isinstance(value, int | float) and value == 0


def _check_shape(shape: tuple[int, ...], size: int) -> None:
    if shape != (size, size):
        raise ShapeError(
            f"mass has {shape[0]} rows and {shape[1]} columns; for {size} equations it must have {size} of both."
        )


def _by_name(mass: Mapping[Any, Any], states: Sequence[Any]) -> dict[tuple[int, int], Any]:
    place = {s.name: i for i, s in enumerate(states)}

    def find(key: Any) -> int:
        if isinstance(key, int) and 0 <= key < len(states):
            return key
        name = getattr(key, "name", key)
        if name not in place:
            raise UnknownNameError(
                f"mass names {key!r}, which is no state.{suggest(str(name), list(place))} Keys are states, or pairs of "
                'them: {("x", "x"): 1}.'
            )
        return place[name]

    if all(isinstance(key, tuple) for key in mass):
        return {(find(i), find(j)): v for (i, j), v in mass.items() if not _is_zero(v)}
    diagonal: dict[int, Any] = dict.fromkeys(range(len(states)), 1)
    diagonal.update({find(key): v for key, v in mass.items()})
    return {(i, i): v for i, v in diagonal.items() if not _is_zero(v)}
