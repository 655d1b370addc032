"""`sn.trace`: calling an ordinary function on symbols, and saying where and why that cannot be done."""

import inspect
import linecache
import re
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from symnum.errors import ConditionError, InputError, SymnumError, TracingError
from symnum.terms import interface
from symnum.terms.structures import structure
from symnum.terms.trace.arrays import TermArray, array

_NOT_THE_USERS = (
    Path(__file__).resolve().parents[2],
    Path(np.__file__).resolve().parent,
    Path(sysconfig.get_paths()["stdlib"]).resolve(),
)
_INSTALLED = Path(np.__file__).resolve().parent.parent
"""Where other packages are; an error in one of them is reported at the line that called it."""


def trace(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Return the terms that a Python function computes, by calling it on symbols.

    Parameters
    ----------
    function : callable
        Arithmetic, NumPy's functions, slicing, matrix products, loops over lengths, calls of other functions.
    *arguments, **keywords
        What to call it with. A term, array or list of terms, or number goes in as it is; text makes symbols of
        these names (``"x"`` one, ``"x y"`` an array); a shape makes an array of symbols that are named after the
        argument: ``(3,)`` or 3 for an argument ``y`` gives ``y0, y1, y2``, ``(2, 2)`` gives ``y0_0, y0_1, ...``.

    Returns
    -------
    term, TermArray, or what the function makes of them
        Tuples, lists and mappings stay what they are.

    Raises
    ------
    TracingError
        If the function needs to know a value: a condition in ``if`` or ``while``, ``math.sin``, an array of
        floats that terms are written into. The message names the line and the fix.

    Notes
    -----
    The function runs once; what it decides by anything but its arguments is decided for good. ``==`` between
    terms compares their structure: write ``np.where(np.equal(x, 0), a, b)`` for a choice by value. In matrix
    products (``A @ y``, ``np.dot``) the zeros of an array of floats count as exact, so that what is sparse stays so.

    Examples
    --------
    >>> import numpy as np
    >>> import symnum as sn
    >>> sn.trace(lambda t, y: np.sin(t) * y[0] + np.sum(y**2), "t", 2)
    y0*sin(t) + y0^2 + y1^2
    """
    names = _argument_names(function, len(arguments))
    given = [_argument(value, name) for value, name in zip(arguments, names, strict=True)]
    named = {name: _argument(value, name) for name, value in keywords.items()}
    return call_on_symbols(function, given, named)


def call_on_symbols(function: Callable[..., Any], arguments: list[Any], keywords: Mapping[str, Any]) -> Any:
    """Call a function on terms and return its result; faults become `TracingError` with the user's line."""
    try:
        result = function(*arguments, **keywords)
    except TracingError:
        raise
    except (SymnumError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise explained(function, error) from error
    return _cleaned(function, result)


def _argument_names(function: Callable[..., Any], count: int) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        parameters = ()  # type: ignore[assignment]
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [*positional[:count], *[f"x{i}_" for i in range(len(positional), count)]]


def _argument(value: Any, name: str) -> Any:
    make = structure().symbol
    if isinstance(value, str):
        words = value.replace(",", " ").split()
        if not words:
            raise InputError(f'no names were given for the argument {name}; give "x" or "x y".')
        return make(words[0]) if len(words) == 1 else array([make(word) for word in words])
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value,)
    if isinstance(value, tuple) and all(isinstance(n, int) and not isinstance(n, bool) for n in value):
        made = np.empty(value, dtype=object)
        for place in np.ndindex(value):
            made[place] = make(name + "_".join(map(str, place)))
        return made.view(TermArray) if value else made[()]
    if isinstance(value, list | tuple | np.ndarray) and value:
        return array(value)
    return value


def _cleaned(function: Callable[..., Any], result: Any) -> Any:
    if isinstance(result, np.ndarray):
        return array(result) if result.ndim else array(result)[()]
    if isinstance(result, np.generic):
        return result.item()
    if isinstance(result, list | tuple) and type(result) in (list, tuple):
        return type(result)(_cleaned(function, part) for part in result)
    if isinstance(result, dict):
        return {key: _cleaned(function, part) for key, part in result.items()}
    if interface.is_symbol(result) or interface.is_expr(result) or interface.is_constant(result):
        return result
    if isinstance(result, bool | int | float | complex) or hasattr(result, "numerator"):
        return result
    raise TracingError(
        f"{name_of(function)} returned {type(result).__name__}, where terms, numbers or arrays of them were expected"
        + ("; a return statement is missing." if result is None else ".")
    )


def name_of(function: Callable[..., Any]) -> str:
    """Return what a function is called."""
    return str(getattr(function, "__name__", type(function).__name__))


def explained(function: Callable[..., Any], error: Exception) -> TracingError:
    """Return an error that names the user's line that led to another, and the fix."""
    where = _users_line(error)
    place = f'at line {where[1]} of {Path(where[0]).name}, "{where[2]}", ' if where else ""
    return TracingError(f"{name_of(function)} cannot be called on symbols: {place}{_reason(error, where)}")


def _users_line(error: Exception) -> tuple[str, int, str] | None:
    """Return file, number and text of the last line of the user's own code that led to an error."""
    found = installed = None
    step = error.__traceback__
    while step is not None:
        frame: FrameType = step.tb_frame
        file = Path(frame.f_code.co_filename)
        if file.suffix != ".pyx" and not any(file.resolve().is_relative_to(folder) for folder in _NOT_THE_USERS):
            line = (str(file), step.tb_lineno, linecache.getline(str(file), step.tb_lineno).strip())
            if file.resolve().is_relative_to(_INSTALLED):
                installed = line
            else:
                found = line
        step = step.tb_next
    return found or installed


def _reason(error: Exception, where: tuple[str, int, str] | None) -> str:
    line = where[2] if where else ""
    if isinstance(error, ConditionError):
        if re.search(r"\b(where|maximum|minimum|clip|sign)\(|(?<![.\w])(max|min)\(", line):
            return (
                "a function compares terms in a plain array or with Python's max and min. Make the array with "
                "sn.array([...]), and use np.where, np.maximum, np.minimum."
            )
        return (
            "the way on depends on a condition between symbols, which is not known before they have values. "
            "Write np.where(condition, a, b) or sn.piecewise(a, condition, b) instead of if, and "
            "(a < b) & (b < c) to combine conditions."
        )
    if any(sign in str(error) for sign in ("has no float value", "must be real number", "__trunc__", "as an integer")):
        return (
            "a number is needed where there is a term. Use NumPy's functions instead of math's (np.sin, not "
            "math.sin), and arrays that can hold terms: np.zeros_like(y), np.zeros(n, dtype=object) or sn.array([...])."
        )
    if "loop of ufunc does not support" in str(error) or "setting an array element" in str(error):
        return (
            "NumPy cannot compute on a plain array of both terms and numbers; make it with sn.array([...])."
        )
    return f"{str(error).rstrip('.')}." if isinstance(error, SymnumError) else f"{type(error).__name__}: {error}"
