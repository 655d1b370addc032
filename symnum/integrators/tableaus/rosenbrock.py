"""Rosenbrock methods, and the forms in which papers give them."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from symnum.integrators.tableaus.one_step import OneStep
from symnum.integrators.tableaus.square import square

__all__ = ["RosenbrockTableau", "stiffly_accurate_interpolant", "transformed"]


@dataclass(frozen=True)
class RosenbrockTableau(OneStep):
    """A Rosenbrock method whose stages share one matrix, in the form that needs no products with the Jacobian.

    With U_i in place of the stages k_i, U = (gamma_ij) k, a = (alpha_ij) (gamma_ij)^-1 and
    c = 1/gamma - (gamma_ij)^-1 (Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.7).

    Attributes
    ----------
    gamma : float
        The number on the diagonal of (gamma_ij).
    nodes, drifts : tuple of float
        Row sums of (alpha_ij) and of (gamma_ij): times of the stages, and weights of the derivative by time.
    a, c : tuple of tuple of float
        Strictly lower triangles, row by row.
    weights, error : tuple of float
        Weights of U in the step, and in the difference to the embedded method.
    interpolant : tuple of tuple of float
        One row a stage: coefficients of its weight as a polynomial in the fraction of the step, powers 1, 2, ...
    order, embedded_order, interpolant_order : int
        Orders of the step, of the embedded method and of the continuous solution.
    l_stable : bool
        Whether it is L-stable; all of them are A-stable.
    shared_stage : int
        Stage whose right-hand side is that of the end of the step; 0 if there is none.
    """

    family: ClassVar[str] = "rosenbrock"
    implicit: ClassVar[bool] = True

    name: str
    gamma: float
    nodes: tuple[float, ...]
    drifts: tuple[float, ...]
    a: tuple[tuple[float, ...], ...]
    c: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]
    error: tuple[float, ...]
    interpolant: tuple[tuple[float, ...], ...]
    order: int
    embedded_order: int
    interpolant_order: int
    l_stable: bool
    reference: str
    shared_stage: int = 0

    @property
    def stages(self) -> int:
        """Number of stages."""
        return len(self.nodes)

    @property
    def degree(self) -> int:
        """Degree of the continuous solution in the fraction of the step."""
        return len(self.interpolant[0])

    @property
    def properties(self) -> dict[str, object]:
        """Kinds of stability."""
        return {"A-stable": True, "L-stable": self.l_stable}

    def weights_at(self, fraction: float) -> npt.NDArray[np.float64]:
        """Return the weight of every U in the continuous solution at a fraction of the step."""
        return np.array(self.interpolant) @ fraction ** np.arange(1.0, self.degree + 1)

    def ordinary(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the matrices (alpha_ij) and (gamma_ij); a row of weights times the second is that of the stages."""
        inverse = np.eye(self.stages) / self.gamma - square(self.c)
        full = np.asarray(np.linalg.inv(inverse), np.float64)
        return square(self.a) @ full, full

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine: six vectors, both matrices (square), the interpolant.

        The vectors are nodes, drifts, weights, error weights, and weights and slopes in the middle of the step.
        """
        powers = np.arange(1.0, self.degree + 1)
        slopes = np.array(self.interpolant) @ (powers * 0.5 ** (powers - 1.0))
        vectors = (self.nodes, self.drifts, self.weights, self.error, self.weights_at(0.5), slopes)
        matrices = (square(self.a), square(self.c), np.array(self.interpolant))
        return np.concatenate([np.array(vectors).ravel(), *(m.ravel() for m in matrices)])


def transformed(
    alpha: npt.ArrayLike, gamma: npt.ArrayLike, *rows: npt.ArrayLike
) -> tuple[tuple[tuple[float, ...], ...], ...]:
    """Return a, c and further rows of weights of a Rosenbrock method that is given by its stages.

    Parameters
    ----------
    alpha, gamma : array_like, shape (stages, stages)
        The matrices, the diagonal of the second constant.
    *rows : array_like, shape (..., stages)
        Weights of the stages.
    """
    full = np.asarray(gamma, np.float64)
    inverse = np.linalg.inv(full)
    a = np.tril(np.asarray(alpha, np.float64) @ inverse, -1)
    c = np.tril(np.eye(len(full)) / full[0, 0] - inverse, -1)
    made = [a, c, *(np.asarray(r, np.float64) @ inverse for r in rows)]
    return tuple(tuple(tuple(float(x) for x in r) for r in np.atleast_2d(m)) for m in made)


def stiffly_accurate_interpolant(
    weights: tuple[float, ...], *rows: tuple[float, ...]
) -> tuple[tuple[float, ...], ...]:
    """Return the interpolant x w + x (1 - x) (r_1 + x r_2 + x^2 r_3 + ...) of weights w and rows r, by stages."""
    powers = np.zeros((len(rows) + 1, len(weights)))
    powers[0] = weights
    powers[:-1] += rows
    powers[1:] -= rows
    return tuple(tuple(float(x) for x in column) for column in powers.T)
