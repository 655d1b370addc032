"""Numbers for parameters and initial states: defaults, overrides by name, and expressions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnum.errors import InputError, MissingValueError, ShapeError, UnknownNameError, suggest
from symnum.systems.ode import ODESystem
from symnum.terms.evaluate import evaluate
from symnum.terms.traverse import free_symbols

__all__ = ["eliminated_values", "initial_state", "open_guesses", "parameter_values"]

Values = ArrayLike | Mapping[Any, Any] | None


def parameter_values(system: ODESystem, given: Values = None) -> NDArray[np.float64]:
    """Return the parameter array in declaration order.

    Defaults may be expressions in other parameters; they follow the values given.

    Parameters
    ----------
    system : ODESystem
        The model.
    given : array_like of shape (n_parameters,), mapping, or None
        Values by position, or by name or symbol; None takes the defaults.

    Raises
    ------
    UnknownNameError, ShapeError, MissingValueError, InputError
        For a name that the model does not have, a wrong length, a parameter without a value, and
        a value that is no finite number.
    """
    symbols = system.parameters
    if given is not None and not isinstance(given, Mapping):
        return _array(given, len(symbols), "params")
    values = dict(zip(symbols, system.parameter_values, strict=True))
    values.update(_by_symbol(given or {}, symbols, "parameter"))
    numbers = _evaluate_all(values)
    missing = [s.name for s in symbols if numbers[s] is None]
    if missing:
        raise _missing("parameter", "params", missing)
    return _finite([numbers[s] for s in symbols], [s.name for s in symbols], "parameter")


def initial_state(
    system: ODESystem,
    parameters: NDArray[np.float64],
    given: Values = None,
    time: float = 0.0,
    label: str = "y0",
) -> NDArray[np.float64]:
    """Return the initial state in declaration order.

    Parameters
    ----------
    system : ODESystem
        The model.
    parameters : ndarray of float64, shape (n_parameters,)
        Initial values may be expressions in them.
    given : array_like of shape (n_states,), mapping, or None
        Values by position, or by name or symbol; None takes the defaults. Species of a network for
        which nobody gave a value start at zero, unless that is all of them; so do algebraic states, whose values
        are found later, and eliminated unknowns are left out.
    time : float
        Initial value of the independent variable.
    label : str
        What the user calls it, for errors.

    Raises
    ------
    UnknownNameError, ShapeError, MissingValueError, InputError
        As for `parameter_values`.
    """
    symbols = system.states
    if given is not None and not isinstance(given, Mapping):
        return _array(given, len(symbols), label)
    values = dict(zip(symbols, system.initial_values, strict=True))
    if system.eliminated and given:
        given = {key: v for key, v in given.items() if getattr(key, "name", key) not in system.eliminated}
    values.update(_by_symbol(given or {}, symbols, "state"))
    values.update({s: 0.0 for s in system.algebraic_states if values[s] is None})
    missing = [s for s in symbols if values[s] is None]
    if missing and system.starts_at_zero and len(missing) < len(symbols):
        values.update(dict.fromkeys(missing, 0.0))
    elif missing:
        raise _missing("state", "y0", [s.name for s in missing])
    known = {s: float(v) for s, v in zip(system.parameters, parameters, strict=True)}
    known[system.independent] = time
    symbolic = [s for s in symbols if not _is_number(values[s])]
    if symbolic:
        results = evaluate([values[s] for s in symbolic], known)
        values.update(zip(symbolic, results, strict=True))
    return _finite([values[s] for s in symbols], [s.name for s in symbols], "initial value")


def open_guesses(system: ODESystem, given: Values) -> list[int]:
    """Return the places of algebraic states for which nobody gave a value."""
    if given is not None and not isinstance(given, Mapping):
        return []
    named = {getattr(key, "name", key) for key in given or {}}
    algebraic = set(system.algebraic_states)
    return [
        j
        for j, (s, value) in enumerate(zip(system.states, system.initial_values, strict=True))
        if s in algebraic and value is None and s.name not in named
    ]


def eliminated_values(
    system: ODESystem, parameters: NDArray[np.float64], given: Values, time: float
) -> dict[str, float]:
    """Return the initial values that were given for eliminated unknowns, by name."""
    values = dict(system.eliminated_initial)
    if isinstance(given, Mapping):
        passed = {getattr(key, "name", key): value for key, value in given.items()}
        values.update({name: value for name, value in passed.items() if name in system.eliminated})
    known = {s: float(v) for s, v in zip(system.parameters, parameters, strict=True)}
    known[system.independent] = time
    return {name: _real(evaluate(value, known), name, "unknown") for name, value in values.items()}


def _real(value: Any, name: str, label: str) -> float:
    if isinstance(value, complex | np.complexfloating):
        raise InputError(f'The value of {label} "{name}" is {value!s}, a complex number; give a real number.')
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) or type(value).__name__ == "Fraction"


def _by_symbol(given: Mapping[Any, Any], symbols: Sequence[Any], label: str) -> dict[Any, Any]:
    by_name = {s.name: s for s in symbols}
    out = {}
    for key, value in given.items():
        name = getattr(key, "name", key)
        if name not in by_name:
            raise UnknownNameError(
                f'This model has no {label} "{name}".{suggest(str(name), list(by_name))} '
                f"Its {label}s are {_some(list(by_name))}."
            )
        if not _is_number(value) and not hasattr(value, "name") and not _is_term(value):
            raise InputError(f'The value of {label} "{name}" is {value!r}; give a real number.')
        out[by_name[name]] = value
    return out


def _is_term(value: Any) -> bool:
    from symnum.terms.interface import is_expr

    return bool(is_expr(value))


def _evaluate_all(values: dict[Any, Any]) -> dict[Any, float | None]:
    """Evaluate values that depend on one another, in order of dependence."""
    done: dict[Any, float | None] = {
        s: (None if v is None else float(v)) for s, v in values.items() if v is None or _is_number(v)
    }
    waiting = {s: free_symbols(v) for s, v in values.items() if s not in done}
    while waiting:
        ready = [s for s, needs in waiting.items() if all(n in done for n in needs)]
        if not ready:
            names = ", ".join(f'"{s.name}"' for s in list(waiting)[:5])
            unknown = sorted({n.name for needs in waiting.values() for n in needs if n not in values})
            why = f"they use {', '.join(unknown)}, which is no parameter" if unknown else "they depend on one another"
            raise InputError(f"The parameters {names} cannot be evaluated: {why}. Give them numbers.")
        for s in ready:
            needs = waiting.pop(s)
            if any(done[n] is None for n in needs):
                done[s] = None
            else:
                done[s] = _real(evaluate(values[s], {n: done[n] for n in needs}), s.name, "parameter")
    return done


def _array(given: ArrayLike, n: int, label: str) -> NDArray[np.float64]:
    try:
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ShapeError(f"{label} must be {n} numbers in declaration order or a dictionary: {error}") from error
    if array.shape != (n,):
        raise ShapeError(f"{label} has shape {array.shape}, but the model needs ({n},), in declaration order.")
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise InputError(f"{label}[{bad[0]}] is {array[bad[0]]}; every value must be a finite number.")
    return np.ascontiguousarray(array)


def _finite(values: Sequence[Any], names: Sequence[str], label: str) -> NDArray[np.float64]:
    array = np.array([_real(v, name, label) for v, name in zip(values, names, strict=True)], dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise InputError(f'The {label} of "{names[bad[0]]}" is {array[bad[0]]}; give a finite number.')
    return array


def _missing(label: str, argument: str, names: list[str]) -> MissingValueError:
    fix = ", ".join(f'"{n}": …' for n in names[:3]) + (", …" if len(names) > 3 else "")
    error = MissingValueError(
        f"{len(names)} {label}{'s have' if len(names) > 1 else ' has'} no value: {_some(names)}. "
        f"Pass {argument}={{{fix}}}."
    )
    error.names = tuple(names)
    return error


def _some(names: list[str], n: int = 8) -> str:
    return ", ".join(names[:n]) + (f", … ({len(names)} in all)" if len(names) > n else "")
