"""Explicit Runge-Kutta pairs."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from symnum.integrators.tableaus.one_step import OneStep

__all__ = ["RungeKuttaTableau"]


@dataclass(frozen=True)
class RungeKuttaTableau(OneStep):
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
        One row a stage: coefficients of its weight as a polynomial in the fraction x of the step: of x, x^2, ..., or
        with `chebyshev` of x T_0(2x - 1), x T_1(2x - 1), ... (high degrees lose digits in powers).
    order, embedded_order, interpolant_order : int
        Orders of the step, of the embedded method and of the continuous solution.
    stability : float
        Reach of the stability region along the negative real axis.
    extra_a, extra_c : tuple
        Rows and nodes of stages that only the continuous solution needs; they are evaluated when it is read.
    second_error : tuple of float
        Weights of another, lower estimate (empty: none). The estimate is then e5^2 / (e5^2 + 0.01 e3^2)^(1/2) with
        the norms e5 of the first and e3 of this one, as in DOP853.
    second_order : int
        Order of the embedded method of the second estimate.
    positivity : float
        Radius of strong stability preservation (absolute monotonicity), 0 where there is none.
    """

    family: ClassVar[str] = "explicit"
    implicit: ClassVar[bool] = False

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
    extra_a: tuple[tuple[float, ...], ...] = ()
    extra_c: tuple[float, ...] = ()
    second_error: tuple[float, ...] = ()
    second_order: int = 0
    positivity: float = 0.0
    chebyshev: bool = False

    @property
    def stages(self) -> int:
        """Number of stages, the shared one included."""
        return len(self.c)

    @property
    def degree(self) -> int:
        """Degree of the continuous solution in the fraction of the step."""
        return len(self.interpolant[0])

    @property
    def control_order(self) -> int:
        """Power of the step size that the error estimate follows."""
        if self.second_error:
            return 2 * (self.embedded_order + 1) - (self.second_order + 1)
        return super().control_order

    @property
    def properties(self) -> dict[str, object]:
        """Reach of stability along the negative real axis, radius of strong stability preservation."""
        found: dict[str, object] = {"real interval": self.stability}
        if self.positivity:
            found["strong stability"] = self.positivity
        return found

    @property
    def late(self) -> bool:
        """Whether the last stage is not needed to judge the step."""
        return self.error[-1] == 0.0 and len(self.c) > 2

    @cached_property
    def idle(self) -> int:
        """Stage that only the error estimate needs, left out with fixed steps; 0 if there is none."""
        used = np.any(self.matrix != 0.0, axis=0)
        used |= np.any(np.array(self.interpolant) != 0.0, axis=1)
        found = np.flatnonzero(~used[: self.stages - 1])
        return int(found[-1]) if len(found) else 0

    def weights_at(self, fraction: float) -> npt.NDArray[np.float64]:
        """Return the weight of every stage in the continuous solution at a fraction of the step."""
        powers = np.full(self.degree, fraction) ** np.arange(self.degree)
        if self.chebyshev:
            powers = np.cos(np.arange(self.degree) * np.arccos(2.0 * fraction - 1.0))
        return np.array(self.interpolant) @ (fraction * powers)

    @cached_property
    def kept(self) -> npt.NDArray[np.int64]:
        """Stages that a step must keep for its continuous solution to be completed later; empty if it never is."""
        if not self.extra_c:
            return np.zeros(0, np.int64)
        used = np.any(np.array(self.interpolant)[: self.stages] != 0.0, axis=1)
        for row in self.extra_a:
            used |= np.array(row[: self.stages]) != 0.0
        return np.flatnonzero(used).astype(np.int64)

    @cached_property
    def matrix(self) -> npt.NDArray[np.float64]:
        """All rows, those of the continuous solution included, as a square matrix."""
        rows = self.a + self.extra_a
        square = np.zeros((len(rows), len(rows)))
        for i, row in enumerate(rows):
            square[i, : len(row)] = row
        return square

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine: nodes, both error weights, the matrix (square), the interpolant by stages."""
        count = len(self.matrix)
        head = np.zeros((3, count))
        head[0] = self.c + self.extra_c
        head[1, : self.stages] = self.error
        head[2, : len(self.second_error)] = self.second_error
        return np.concatenate([head.ravel(), self.matrix.ravel(), np.array(self.interpolant).ravel()])
