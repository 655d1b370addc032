"""The numbers that make a method out of an engine."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class MultistepFormulas:
    """Backward differentiation formulas with one free constant for each order.

    Attributes
    ----------
    kappa : tuple of float
        Constants of orders 1, 2, ...; zero gives the plain backward differentiation formula.
    angles : tuple of float
        Degrees of the wedge of A(alpha)-stability of each order.
    """

    name: str
    kappa: tuple[float, ...]
    angles: tuple[float, ...]
    reference: str

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine: leading coefficients at 1..k, error constants at 9..8+k."""
        out = np.zeros(16)
        for order, kappa in enumerate(self.kappa, start=1):
            harmonic = sum(1.0 / j for j in range(1, order + 1))
            out[order] = (1.0 - kappa) * harmonic
            out[8 + order] = 1.0 / (order + 1) + kappa * harmonic
        return out


@dataclass(frozen=True)
class RungeKuttaTableau:
    """An explicit Runge-Kutta pair whose last stage is the first of the next step.

    Attributes
    ----------
    a : tuple of tuple of float
        Strictly lower triangle, row by row; the last row holds the weights of the step.
    c : tuple of float
        Nodes.
    error : tuple of float
        Weights of the step minus weights of the embedded method.
    interpolant : tuple of tuple of float
        One row a stage: coefficients of its weight as a polynomial in the fraction of the step, powers 1, 2, ...
    order, embedded_order, interpolant_order : int
        Orders of the step, of the embedded method and of the continuous solution.
    stability : float
        Reach of the stability region along the negative real axis.
    """

    name: str
    a: tuple[tuple[float, ...], ...]
    c: tuple[float, ...]
    error: tuple[float, ...]
    interpolant: tuple[tuple[float, ...], ...]
    order: int
    embedded_order: int
    interpolant_order: int
    stability: float
    reference: str

    @property
    def stages(self) -> int:
        """Number of stages, the shared one included."""
        return len(self.c)

    @property
    def degree(self) -> int:
        """Degree of the continuous solution in the fraction of the step."""
        return len(self.interpolant[0])

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine: nodes, error weights, the matrix a (square), the interpolant."""
        s = self.stages
        square = np.zeros((s, s))
        for i, row in enumerate(self.a):
            square[i, : len(row)] = row
        parts = [np.array(self.c), np.array(self.error), square.ravel(), np.array(self.interpolant).ravel()]
        return np.concatenate(parts)
