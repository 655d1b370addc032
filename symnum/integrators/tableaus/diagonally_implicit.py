"""Runge-Kutta methods whose implicit stages share one matrix, whole or additive."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from symnum.integrators.tableaus.one_step import OneStep
from symnum.integrators.tableaus.square import square

__all__ = ["DiagonallyImplicitTableau"]


@dataclass(frozen=True)
class DiagonallyImplicitTableau(OneStep):
    """A Runge-Kutta method whose stages share one matrix, with an explicit first stage; whole or additive (IMEX).

    The last row of `a` holds the weights of the step, so its last derivative is the first of the next step. Of an
    additive method one part of the right-hand side is treated with `a` and the other with `explicit_a`, both with the
    same nodes and weights.

    Attributes
    ----------
    a : tuple of tuple of float
        Lower triangle, row by row; the first row is empty, every other ends with the same number.
    c : tuple of float
        Nodes.
    error : tuple of float
        Weights of the step minus weights of the embedded method; empty where the error of order 3 is estimated by
        differences of the last three derivatives.
    order, embedded_order, interpolant_order : int
        Orders of the step, of the embedded method and of the continuous solution.
    l_stable : bool
        Whether it is L-stable; all of them are A-stable.
    explicit_a : tuple of tuple of float
        Strictly lower triangle of the explicit part, row by row; empty where there is none.
    """

    family: ClassVar[str] = "sdirk"
    implicit: ClassVar[bool] = True
    degree: ClassVar[int] = 3

    name: str
    a: tuple[tuple[float, ...], ...]
    c: tuple[float, ...]
    error: tuple[float, ...]
    order: int
    embedded_order: int
    interpolant_order: int
    l_stable: bool
    reference: str
    explicit_a: tuple[tuple[float, ...], ...] = ()

    @property
    def stages(self) -> int:
        """Number of stages, the explicit first one included."""
        return len(self.c)

    @property
    def gamma(self) -> float:
        """The number on the diagonal."""
        return self.a[-1][-1]

    @property
    def properties(self) -> dict[str, object]:
        """Kinds of stability, and whether a split right-hand side is made use of."""
        return {"A-stable": True, "L-stable": self.l_stable, "additive": bool(self.explicit_a)}

    @cached_property
    def matrix(self) -> npt.NDArray[np.float64]:
        """All rows as a square matrix."""
        return square(self.a)

    @cached_property
    def explicit_matrix(self) -> npt.NDArray[np.float64]:
        """All rows of the explicit part as a square matrix; zeros where there is none."""
        return square(self.explicit_a) if self.explicit_a else np.zeros((self.stages, self.stages))

    @cached_property
    def predictor(self) -> npt.NDArray[np.float64]:
        """Weights of earlier stages in the first guess of each: the line or parabola through the first ones."""
        out = np.zeros((self.stages, self.stages))
        for s in range(1, self.stages):
            known = min(s, 3)
            nodes = np.array(self.c[:known])
            for j in range(known):
                others = np.delete(nodes, j)
                out[s, j] = np.prod((self.c[s] - others) / (nodes[j] - others))
        return out

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine: nodes, error weights, weights less the last explicit row, predictor, both matrices."""
        error = self.error or (0.0,) * self.stages
        rest = self.matrix[-1] - self.explicit_matrix[-1]
        vectors = np.array([self.c, error, rest])
        return np.concatenate(
            [v.ravel() for v in (vectors, self.predictor, self.matrix, self.explicit_matrix)]
        )
