"""One simulation of fields as it was asked for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FieldRequest"]

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
