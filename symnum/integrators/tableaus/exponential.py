"""Exponential Rosenbrock methods."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from symnum.integrators.tableaus.one_step import OneStep
from symnum.integrators.tableaus.square import square

__all__ = ["DEGREE", "ExponentialTableau"]

#: Sixteenths of the step at which the continuous solution is taken, near the extrema of a Chebyshev polynomial, before
#: the end; and the degree of the polynomial.
SIXTEENTHS = (1, 2, 5, 8, 11, 14, 15)
DEGREE = len(SIXTEENTHS) + 1


@dataclass(frozen=True)
class ExponentialTableau(OneStep):
    """An exponential Rosenbrock method; see `symnum.integrators.exponential` for its formulas.

    Attributes
    ----------
    c : tuple of float
        Nodes of the stages.
    a : tuple of tuple of float
        Strictly lower triangle: weights of earlier differences in the stages.
    third, left_out : tuple of float
        Weights of the differences with phi_3 in the embedded method, and those that the step adds: with phi_3 where the
        step is of order 3, else with phi_4.
    order, embedded_order, interpolant_order : int
        Orders of the step, of the embedded method and of the continuous solution.
    """

    family: ClassVar[str] = "exponential"
    implicit: ClassVar[bool] = False
    degree: ClassVar[int] = DEGREE

    name: str
    c: tuple[float, ...]
    a: tuple[tuple[float, ...], ...]
    third: tuple[float, ...]
    left_out: tuple[float, ...]
    order: int
    embedded_order: int
    interpolant_order: int
    reference: str

    @property
    def stages(self) -> int:
        """Number of stages, the first one, which is the value itself, not counted."""
        return len(self.c)

    @property
    def properties(self) -> dict[str, object]:
        """Linear problems with constant coefficients are solved exactly."""
        return {"exact for linear problems": True}

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine: nodes, both weights, the matrix (square), the polynomial and where it is taken."""
        x = np.array([*SIXTEENTHS, 16.0]) / 16.0
        polynomial = np.linalg.inv(x[:, None] ** np.arange(1, DEGREE + 1))
        weights = np.array([self.c, self.third, self.left_out])
        return np.concatenate([weights.ravel(), square(self.a).ravel(), SIXTEENTHS, polynomial.ravel()])
