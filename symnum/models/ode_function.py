"""Equations from a Python function in SciPy's form, ``f(t, y)`` or ``f(t, y, p)``, called on symbols."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from symnum.errors import InputError, ShapeError
from symnum.models.names import as_symbol, split_names

__all__ = ["TracedEquations", "trace_equations"]


class TracedEquations(NamedTuple):
    """What a function gave: right-hand sides by state, and the names that it did not say itself."""

    pairs: list[tuple[Any, Any]]
    parameters: dict[str, Any]
    initial: dict[Any, Any]


def trace_equations(
    function: Callable[..., Any], *, states: Any, parameters: Any, initial: Any, time: Any
) -> TracedEquations:
    """Return the equations that a function ``f(t, y)``, ``f(t, y, p)`` or ``f(t, y, k1, k2, ...)`` computes.

    Parameters
    ----------
    function : callable
        Returns the derivative of `y`, in its order, as a list, tuple or array.
    states : str, iterable of names, int or None
        Names of the states, or how many there are; by default as many as `initial` has, named after the
        second argument: ``y0, y1, ...``.
    parameters : mapping, str, iterable or None
        Parameters by name, or their values in order. By default those that the function's arguments name.
    initial : mapping, sequence of numbers, or None
    time : Symbol

    Raises
    ------
    InputError
        If the number of states is not known.
    ShapeError
        If the function does not return one derivative for each state.
    TracingError
        If the function needs to know a value.
    """
    names = _argument_names(function)
    symbols = _states(names[1], states, initial)
    rest = names[2:]
    given = _parameters(rest, parameters)
    together = _together(rest, given, parameters)
    arguments = [time, _vector([s.name for s in symbols])]
    if together:
        arguments.append(_vector(list(given)))
    else:
        arguments += [as_symbol(name) for name in given]
    rows = _rows(function, arguments, len(symbols))
    return TracedEquations(list(zip(symbols, rows, strict=True)), given, _initial(symbols, initial))


def _argument_names(function: Callable[..., Any]) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(names) < 2:
        raise InputError(
            f"{getattr(function, '__name__', function)} takes {len(names)} arguments; equations come from a "
            "function f(t, y) or f(t, y, p) that returns the derivative of y."
        )
    return names


def _states(name: str, states: Any, initial: Any) -> list[Any]:
    if isinstance(states, int):
        return [as_symbol(f"{name}{i}") for i in range(states)]
    if states is not None:
        return split_names(states)
    if isinstance(initial, Mapping) and initial:
        return [as_symbol(key) for key in initial]
    if initial is not None and np.ndim(initial) == 1 and len(initial):
        return [as_symbol(f"{name}{i}") for i in range(len(initial))]
    raise InputError(
        f'how many states {name} has cannot be seen from the function. Give states="x v", states=2, '
        "initial values, initial=[1.0, 0.0], or for a function on arrays their shape, shape=(64, 64)."
    )


def _parameters(rest: list[str], parameters: Any) -> dict[str, Any]:
    """Return parameters by name, with values or None."""
    if isinstance(parameters, Mapping):
        return {as_symbol(key).name: value for key, value in parameters.items()}
    if parameters is None:
        return dict.fromkeys(rest)
    values = parameters if isinstance(parameters, str) else list(parameters)
    if isinstance(values, list) and all(isinstance(v, int | float | np.number) for v in values):
        names = rest if len(rest) == len(values) > 1 else [f"{rest[0]}{i}" for i in range(len(values))] if rest else []
        return dict(zip(names, values, strict=False))
    return {symbol.name: None for symbol in split_names(values)}


def _together(rest: list[str], given: dict[str, Any], parameters: Any) -> bool:
    """Tell whether the function takes all its parameters as one argument."""
    if parameters is None or not rest:
        return False
    if set(rest) == set(given):
        ordered = {name: given[name] for name in rest}
        given.clear()
        given.update(ordered)
        return False
    if len(rest) == 1:
        return True
    if len(rest) == len(given):
        raise InputError(
            f"the function's parameters are called {', '.join(rest)}, and values were given for "
            f"{', '.join(given)}. Use the same names."
        )
    raise InputError(
        f"the function takes {len(rest)} parameters ({', '.join(rest)}), and {len(given)} were given "
        f"({', '.join(given)}). Give each of them: parameters={{{rest[0]!r}: 1.0, ...}}."
    )


def _vector(names: list[str]) -> Any:
    from symnum.terms.trace.arrays import TermArray, array

    class NamedArray(TermArray):
        """An array of terms whose elements can also be had by name."""

        def __getitem__(self, key: Any) -> Any:
            if isinstance(key, str):
                if key not in names:
                    raise InputError(f'there is no "{key}" among {", ".join(names)}.')
                return np.asarray(self)[names.index(key)]
            found = super().__getitem__(key)
            return found.view(TermArray) if isinstance(found, NamedArray) else found

    return array([as_symbol(name) for name in names]).view(NamedArray)


def _rows(function: Callable[..., Any], arguments: list[Any], count: int) -> list[Any]:
    from symnum.terms.trace.tracing import call_on_symbols

    result = call_on_symbols(function, arguments, {})
    rows = np.asarray(result, dtype=object)
    rows = rows.reshape(1) if rows.ndim == 0 else rows
    if rows.shape != (count,):
        raise ShapeError(
            f"{getattr(function, '__name__', 'the function')} returned {' x '.join(map(str, rows.shape))} "
            f"derivatives for {count} states; return one for each state, in their order."
        )
    return list(rows)


def _initial(symbols: list[Any], initial: Any) -> dict[Any, Any]:
    if initial is None:
        return {}
    if isinstance(initial, Mapping):
        return dict(initial)
    values = [initial] if np.ndim(initial) == 0 else [v.item() if isinstance(v, np.generic) else v for v in initial]
    if len(values) != len(symbols):
        raise ShapeError(f"{len(values)} initial values were given for {len(symbols)} states.")
    return dict(zip(symbols, values, strict=True))


def is_function(equations: Mapping[Any, Any] | Iterable[Any] | str | Callable[..., Any]) -> bool:
    """Tell whether equations are given as a Python function."""
    return callable(equations) and not isinstance(equations, Mapping | str | type)
