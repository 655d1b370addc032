"""Arguments of `Simulator.solve`, checked: intervals, times, tolerances and limits."""

import functools
import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnum.errors import InputError, ShapeError, UnknownNameError, suggest

__all__ = [
    "absolute_tolerance",
    "finite_number",
    "interval",
    "limits",
    "method_name",
    "output_times",
    "relative_tolerance",
]

# A state this many decades under rtol times its typical size counts as zero. Larger values let slow, stiff decays
# drift below zero and run away (Robertson's problem to t = 1e11 at rtol 1e-3 does from 1e-4 on).
ABSOLUTE = 1e-6
# No state's typical size is taken to be smaller than this fraction of the largest one's.
SPREAD = 1e-6
# States up to which tolerances that follow from the initial state are remembered.
_REMEMBERED = 100
_DEFAULT = "a millionth of rtol times each state's typical size"


def interval(t_span: Any) -> tuple[float, float]:
    """Return the first and the last time.

    Raises
    ------
    InputError
        Unless `t_span` is two different finite numbers.
    """
    if isinstance(t_span, str) or not isinstance(t_span, Sequence | np.ndarray) or len(t_span) != 2:
        raise InputError(f"t_span is {t_span!r}; give two numbers, such as (0.0, 10.0).")
    start, end = (finite_number("t_span", t) for t in t_span)
    if start == end:
        raise InputError(f"t_span is ({start}, {end}); it needs two different times.")
    return start, end


def output_times(t_eval: Any) -> NDArray[np.float64] | None:
    """Return the times of output as an array of floats.

    Raises
    ------
    InputError
        If they are not finite real numbers.
    """
    if t_eval is None:
        return None
    if isinstance(t_eval, np.ndarray) and t_eval.dtype == np.float64 and t_eval.ndim == 1:
        times = np.ascontiguousarray(t_eval)
        if np.isfinite(times).all():
            return times
    try:
        raw = np.atleast_1d(np.asarray(t_eval if hasattr(t_eval, "__len__") else list(_iterable(t_eval))))
        if np.iscomplexobj(raw):
            raise TypeError("complex numbers")
        times = np.ascontiguousarray(raw, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"t_eval must be real numbers, such as np.linspace(0, 10, 101); it cannot be read: {error}."
        ) from None
    if not np.isfinite(times).all():
        raise InputError("t_eval holds a value that is not finite.")
    return times


def _iterable(value: Any) -> Any:
    return [value] if isinstance(value, Real) else value


def relative_tolerance(rtol: Any) -> float:
    """Return the relative tolerance.

    Raises
    ------
    InputError
        Unless it is a number from 0 up to 1.
    """
    if not isinstance(rtol, Real) or isinstance(rtol, bool) or not 0 <= float(rtol) < 1:
        raise InputError(f"rtol is {rtol!r}; give a number from 0 up to 1, such as 1e-6.")
    return float(rtol)


def absolute_tolerance(
    atol: ArrayLike | Mapping[Any, Any] | None, rtol: float, y0: NDArray[np.float64], names: Sequence[str]
) -> tuple[NDArray[np.float64], str]:
    """Return one absolute tolerance per state, and a few words on how they came about.

    Parameters
    ----------
    atol : float, array_like of shape (n_states,), mapping by name, or None
        None, and states that a mapping leaves out: a millionth of `rtol` times the typical size.
    rtol : float
        Relative tolerance.
    y0 : ndarray of float64, shape (n_states,)
        Initial state: the typical size of those that are not zero.
    names : sequence of str
        Names of the states.

    Raises
    ------
    InputError, ShapeError, UnknownNameError
        For values that are negative or no numbers, a wrong length, and a name that is no state.
    """
    if isinstance(atol, float) and 0.0 < atol < math.inf:
        return np.full(len(y0), atol), f"{atol:g} (given)"
    if atol is None or isinstance(atol, Mapping):
        if not atol and len(y0) <= _REMEMBERED:
            return _default_tolerance(rtol, y0.tobytes())
        values, words = ABSOLUTE * rtol * _typical_sizes(y0), _DEFAULT
        if atol:
            words = "by name, and " + words
            for key, value in atol.items():
                name = getattr(key, "name", key)
                if name not in names:
                    raise UnknownNameError(f'atol names "{name}", which is no state.{suggest(str(name), list(names))}')
                values[list(names).index(name)] = finite_number(f'atol["{name}"]', value)
    else:
        try:
            given = np.asarray(atol, dtype=np.float64)
        except (TypeError, ValueError):
            raise InputError(f"atol is {atol!r}; give a number, one per state, or a dictionary by name.") from None
        if given.ndim and given.shape != y0.shape:
            raise ShapeError(f"atol has shape {given.shape}; give one number or one per state, {y0.shape}.")
        values, words = np.broadcast_to(given, y0.shape).astype(np.float64), "given"
    if not np.all(np.isfinite(values)) or np.any(values < 0) or (rtol == 0 and np.any(values == 0)):
        raise InputError("atol must be finite and not negative, and not zero where rtol is.")
    return values, _described(values, words)


def _described(values: NDArray[np.float64], words: str) -> str:
    low, high = (values.min(), values.max()) if values.size else (0.0, 0.0)
    return f"{low:g} ({words})" if low == high else f"{low:.3g} … {high:.3g} ({words})"


@functools.lru_cache(maxsize=64)
def _default_tolerance(rtol: float, y0: bytes) -> tuple[NDArray[np.float64], str]:
    """Return what follows from the initial state, which repeated solves often have in common."""
    if rtol == 0:
        raise InputError("atol must be finite and not negative, and not zero where rtol is.")
    values = ABSOLUTE * rtol * _typical_sizes(np.frombuffer(y0))
    values.flags.writeable = False
    return values, _described(values, _DEFAULT)


def _typical_sizes(y0: NDArray[np.float64]) -> NDArray[np.float64]:
    size = np.abs(y0)
    smallest, largest = (size[size > 0].min(), size.max()) if np.any(size > 0) else (1.0, 1.0)
    typical: NDArray[np.float64] = np.maximum(np.where(size > 0, size, smallest), SPREAD * largest)
    return typical


def limits(
    timeout_s: Any = None,
    max_steps: Any = None,
    first_step: Any = None,
    max_step: Any = None,
    step: Any = None,
) -> dict[str, Any]:
    """Return the limits that were given, checked, by name; `step` under "fixed_step".

    Raises
    ------
    InputError
        For one that is not a positive number.
    """
    found: dict[str, Any] = {}
    sizes = (("timeout_s", timeout_s), ("first_step", first_step), ("max_step", max_step), ("step", step))
    for name, value in sizes:
        if value is not None:
            found[name] = value if value == math.inf else finite_number(name, value)
            if not found[name] > 0:
                raise InputError(f"{name} is {value!r}; it must be positive.")
    if found.get("step") == math.inf:
        raise InputError("step is inf; it must be finite.")
    if "step" in found:
        found["fixed_step"] = found.pop("step")
    if found.get("timeout_s") == math.inf:
        del found["timeout_s"]
    if max_steps is not None:
        if isinstance(max_steps, bool) or not isinstance(max_steps, int | np.integer) or not 0 < max_steps < 2**62:
            raise InputError(f"max_steps is {max_steps!r}; it must be a positive whole number.")
        found["max_steps"] = int(max_steps)
    return found


def method_name(method: Any) -> str:
    """Return the name of a method.

    Raises
    ------
    InputError
        If it is no text.
    """
    if not isinstance(method, str):
        raise InputError(f'method is {method!r}; give a name such as "auto", "tsit5" or "ndf".')
    return method


def finite_number(name: str, value: Any) -> float:
    """Return a finite real number.

    Raises
    ------
    InputError
        If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise InputError(f"{name} is {value!r}; give a finite number.")
    return float(value)
