"""One simulation of fields as it was asked for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, UnsupportedError

__all__ = ["FieldRequest", "check_dtype", "check_fused", "refuse_events", "thread_count"]

Array = NDArray[np.float64]


@dataclass(slots=True)
class FieldRequest:
    """What was asked for, all values worked out.

    Attributes
    ----------
    method : str
    start, end : float
    parameters, state : ndarray
        At the beginning.
    times : ndarray or None
        Of the output.
    rtol : float
    atol : ndarray or float
    described : str
        How the absolute tolerance came about.
    limits : dict
        Limits on steps, by the names of `integrate`.
    linear_solver, preconditioner, jacobian : object
        As the user gave them.
    dtype : str
        Of the numbers in fused steps.
    threads : int, optional
        That share the loops over cells.
    """

    method: str
    start: float
    end: float
    parameters: Array
    state: Array
    times: Array | None
    rtol: float
    atol: Array | float
    described: str
    limits: dict[str, Any]
    linear_solver: Any = "auto"
    preconditioner: Any = "auto"
    jacobian: Any = "auto"
    dtype: str = "float64"
    threads: int | None = None


def refuse_events(events: Any) -> None:
    """Refuse events: fields have none yet.

    Raises
    ------
    UnsupportedError
        If there are any.
    """
    if events:
        raise UnsupportedError(
            "Models of fields have no events. What changes at a known time can be written into the equations: "
            "piecewise(1, t > 2, 0). What ends a run is a tracker: trackers=[sn.track.steady_state()]."
        )


def check_dtype(dtype: Any) -> str:
    """Return the name of a type of numbers.

    Raises
    ------
    InputError
        Unless it is one of the two that there are.
    """
    try:
        name = str(np.dtype(dtype).name)
    except TypeError:
        name = ""
    if dtype is None or name not in ("float64", "float32"):
        raise InputError(f'dtype is {dtype!r}; choose "float64" or "float32".')
    return name


def check_fused(r: FieldRequest) -> str:
    """Return the method of fused steps; refuse numbers of single precision where there are none of fixed size.

    Raises
    ------
    UnsupportedError
        With what there is.
    """
    method = r.method.lower()
    if method == "auto" and "fixed_step" in r.limits:
        return "rk4"
    if method not in ("euler", "ssprk33", "rk4") or "fixed_step" not in r.limits:
        raise UnsupportedError(
            f'dtype="float32" is for steps of fixed size: method="rk4", "ssprk33" or "euler" with step=…; '
            f'method="{r.method}" {"" if "fixed_step" in r.limits else "with error control "}needs double precision, '
            'dtype="float64".'
        )
    return method


def thread_count(threads: Any) -> int | None:
    """Return how many threads the user wants; None leaves it to a measurement.

    Raises
    ------
    InputError
        Unless it is None, "auto" or a positive whole number.
    """
    if threads is None or (isinstance(threads, str) and threads == "auto"):
        return None
    if isinstance(threads, bool) or not isinstance(threads, int | np.integer) or threads < 1:
        raise InputError(f'threads is {threads!r}; give a positive whole number, or "auto".')
    return int(threads)
