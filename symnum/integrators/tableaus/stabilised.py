"""Runge-Kutta-Chebyshev methods."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from symnum.integrators.tableaus.one_step import OneStep

__all__ = ["StabilisedFormulas"]


@dataclass(frozen=True)
class StabilisedFormulas(OneStep):
    """A Runge-Kutta-Chebyshev method, whose stages follow from their number.

    Attributes
    ----------
    damping : float
        What moves the polynomials off the edge of stability, times the square of the number of stages.
    order, interpolant_order : int
        Orders of the step and of the continuous solution.
    reach : float
        Reach of the stability region along the negative real axis, over the square of the number of stages.
    """

    family: ClassVar[str] = "stabilised"
    implicit: ClassVar[bool] = False
    stages: ClassVar[int] = 2
    degree: ClassVar[int] = 3

    name: str
    damping: float
    order: int
    interpolant_order: int
    reach: float
    reference: str

    @property
    def control_order(self) -> int:
        """Power of the step size that the error estimate follows."""
        return self.order + 1

    @property
    def properties(self) -> dict[str, object]:
        """Reach of stability along the negative real axis over the square of the number of stages."""
        return {"real interval over stages squared": self.reach}

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine."""
        return np.array([self.damping])
