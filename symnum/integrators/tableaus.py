"""The numbers that make a method out of an engine."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import factorial
from typing import ClassVar

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
    additive : bool
        Whether an explicit part of a right-hand side is carried on from its last values.
    """

    family: ClassVar[str] = "multistep"
    implicit: ClassVar[bool] = True
    stages: ClassVar[int] = 1

    name: str
    kappa: tuple[float, ...]
    angles: tuple[float, ...]
    reference: str
    additive: bool = False

    @property
    def orders(self) -> tuple[int, ...]:
        """Orders that the method chooses from."""
        return tuple(range(1, len(self.kappa) + 1))

    @property
    def interpolant_order(self) -> int:
        """Highest order of the continuous solution: that of the step."""
        return len(self.kappa)

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows."""
        return 1.0

    @property
    def properties(self) -> dict[str, object]:
        """Angles of A(alpha)-stability, by order."""
        return {
            "angles of stability": dict(zip(self.orders, self.angles, strict=True)),
            "additive": self.additive,
        }

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
class AdamsFormulas:
    """Adams-Bashforth-Moulton formulas: k derivatives predict, one more corrects, k = 1, 2, ...

    Attributes
    ----------
    steps : int
        Largest k; a step with k is of order k + 1.
    intervals : tuple of float
        Reach of the stability region along the negative real axis for each k.
    """

    family: ClassVar[str] = "adams"
    implicit: ClassVar[bool] = False
    stages: ClassVar[int] = 2

    name: str
    steps: int
    intervals: tuple[float, ...]
    reference: str

    @property
    def orders(self) -> tuple[int, ...]:
        """Orders that the method chooses from."""
        return tuple(range(2, self.steps + 2))

    @property
    def interpolant_order(self) -> int:
        """Highest order of the continuous solution: that of the step."""
        return self.steps + 1

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows."""
        return 1.0

    @property
    def properties(self) -> dict[str, object]:
        """Real intervals of stability, by order."""
        return {"real intervals": dict(zip(self.orders, self.intervals, strict=True))}

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine, rows of 16: error constants, factorials, 1/(k + 1), all at k."""
        count = 16
        constants = [Fraction(1)]  # of the corrector: c_k + c_{k-1}/2 + ... + c_0/(k + 1) = 0
        for k in range(1, count):
            constants.append(-sum((constants[k - j] / (j + 1) for j in range(1, k + 1)), Fraction(0)))
        out = np.zeros((3, count))
        out[0] = [abs(float(c)) for c in constants]
        out[1] = [float(factorial(k)) for k in range(count)]
        out[2] = 1.0 / np.arange(1.0, count + 1.0)
        return out.ravel()


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
    def orders(self) -> tuple[int, ...]:
        """The order, as a tuple."""
        return (self.order,)

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
        return min(self.order, self.embedded_order) + 1

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows."""
        return self.order / self.control_order

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


@dataclass(frozen=True)
class RosenbrockTableau:
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
    def orders(self) -> tuple[int, ...]:
        """The order, as a tuple."""
        return (self.order,)

    @property
    def stages(self) -> int:
        """Number of stages."""
        return len(self.nodes)

    @property
    def degree(self) -> int:
        """Degree of the continuous solution in the fraction of the step."""
        return len(self.interpolant[0])

    @property
    def control_order(self) -> int:
        """Power of the step size that the error estimate follows."""
        return min(self.order, self.embedded_order) + 1

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows."""
        return self.order / self.control_order

    @property
    def properties(self) -> dict[str, object]:
        """Kinds of stability."""
        return {"A-stable": True, "L-stable": self.l_stable}

    def weights_at(self, fraction: float) -> npt.NDArray[np.float64]:
        """Return the weight of every U in the continuous solution at a fraction of the step."""
        return np.array(self.interpolant) @ fraction ** np.arange(1.0, self.degree + 1)

    def ordinary(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the matrices (alpha_ij) and (gamma_ij); a row of weights times the second is that of the stages."""
        inverse = np.eye(self.stages) / self.gamma - _square(self.c)
        full = np.asarray(np.linalg.inv(inverse), np.float64)
        return _square(self.a) @ full, full

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine: six vectors, both matrices (square), the interpolant.

        The vectors are nodes, drifts, weights, error weights, and weights and slopes in the middle of the step.
        """
        powers = np.arange(1.0, self.degree + 1)
        slopes = np.array(self.interpolant) @ (powers * 0.5 ** (powers - 1.0))
        vectors = (self.nodes, self.drifts, self.weights, self.error, self.weights_at(0.5), slopes)
        matrices = (_square(self.a), _square(self.c), np.array(self.interpolant))
        return np.concatenate([np.array(vectors).ravel(), *(m.ravel() for m in matrices)])


@dataclass(frozen=True)
class CollocationTableau:
    """A fully implicit method of three stages by collocation, the last of them at the end of the step.

    The inverse of its matrix has one real eigenvalue and a complex pair.

    Attributes
    ----------
    nodes : tuple of float
        Collocation points as fractions of the step; the last is 1.
    eigenvalue, complex_eigenvalue : float, complex
        Of the inverse of the matrix; the second has a positive imaginary part.
    error : tuple of float
        Weights of the stages in the error estimate, for the filter with the real eigenvalue.
    order, embedded_order, interpolant_order : int
        Orders of the step, of the embedded method and of the continuous solution.
    l_stable : bool
        Whether it is L-stable.
    """

    family: ClassVar[str] = "radau"
    implicit: ClassVar[bool] = True
    stages: ClassVar[int] = 3
    degree: ClassVar[int] = 3

    name: str
    nodes: tuple[float, float, float]
    eigenvalue: float
    complex_eigenvalue: complex
    error: tuple[float, float, float]
    order: int
    embedded_order: int
    interpolant_order: int
    l_stable: bool
    reference: str

    @property
    def orders(self) -> tuple[int, ...]:
        """The order, as a tuple."""
        return (self.order,)

    @property
    def control_order(self) -> int:
        """Power of the step size that the error estimate follows."""
        return min(self.order, self.embedded_order) + 1

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows."""
        return self.order / self.control_order

    @property
    def properties(self) -> dict[str, object]:
        """Kinds of stability."""
        return {"A-stable": True, "L-stable": self.l_stable}

    @cached_property
    def powers(self) -> npt.NDArray[np.float64]:
        """Coefficients of the polynomial in the fraction of the step, powers 1 to 3, by stages."""
        return np.linalg.inv(np.array(self.nodes)[:, None] ** np.arange(1.0, 4.0))

    @cached_property
    def matrix(self) -> npt.NDArray[np.float64]:
        """The matrix (a_ij): integrals of the Lagrange polynomials up to the nodes."""
        nodes = np.array(self.nodes)
        lagrange = np.linalg.inv(nodes[:, None] ** np.arange(3.0))
        return np.asarray(
            (nodes[:, None] ** np.arange(1.0, 4.0) / np.arange(1.0, 4.0)) @ lagrange, np.float64
        )

    @cached_property
    def transformation(self) -> npt.NDArray[np.float64]:
        """The matrix T of eigenvectors: the real one, and real and imaginary part of the complex one."""
        inverse = np.linalg.inv(self.matrix)

        def vector(eigenvalue: complex) -> npt.NDArray[np.complex128]:
            # Of the conjugate, whose parts T needs; its last component is one.
            shifted = inverse - np.conj(eigenvalue) * np.eye(3)
            return np.append(np.linalg.solve(shifted[:2, :2], -shifted[:2, 2]), 1.0)

        pair = vector(self.complex_eigenvalue)
        return np.column_stack([vector(self.eigenvalue).real, pair.real, pair.imag])

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """nodes, T, its inverse, error weights, powers, eigenvalues, weights and slopes at 1/2."""
        half = 0.5 ** np.arange(1.0, 4.0)
        eigenvalues = [self.eigenvalue, self.complex_eigenvalue.real, self.complex_eigenvalue.imag]
        parts = (
            np.array(self.nodes),
            self.transformation,
            np.linalg.inv(self.transformation),
            np.array(self.error),
            self.powers,
            np.array(eigenvalues),
            half @ self.powers,
            (2.0 * np.arange(1.0, 4.0) * half) @ self.powers,
        )
        return np.concatenate([p.ravel() for p in parts])


@dataclass(frozen=True)
class DiagonallyImplicitTableau:
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
    def orders(self) -> tuple[int, ...]:
        """The order, as a tuple."""
        return (self.order,)

    @property
    def stages(self) -> int:
        """Number of stages, the explicit first one included."""
        return len(self.c)

    @property
    def gamma(self) -> float:
        """The number on the diagonal."""
        return self.a[-1][-1]

    @property
    def control_order(self) -> int:
        """Power of the step size that the error estimate follows."""
        return min(self.order, self.embedded_order) + 1

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows."""
        return self.order / self.control_order

    @property
    def properties(self) -> dict[str, object]:
        """Kinds of stability, and whether a split right-hand side is made use of."""
        return {"A-stable": True, "L-stable": self.l_stable, "additive": bool(self.explicit_a)}

    @cached_property
    def matrix(self) -> npt.NDArray[np.float64]:
        """All rows as a square matrix."""
        return _square(self.a)

    @cached_property
    def explicit_matrix(self) -> npt.NDArray[np.float64]:
        """All rows of the explicit part as a square matrix; zeros where there is none."""
        return _square(self.explicit_a) if self.explicit_a else np.zeros((self.stages, self.stages))

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


@dataclass(frozen=True)
class ExponentialTableau:
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
    degree: ClassVar[int] = 3

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
    def orders(self) -> tuple[int, ...]:
        """The order, as a tuple."""
        return (self.order,)

    @property
    def stages(self) -> int:
        """Number of stages, the first one, which is the value itself, not counted."""
        return len(self.c)

    @property
    def control_order(self) -> int:
        """Power of the step size that the error estimate follows."""
        return min(self.order, self.embedded_order) + 1

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows."""
        return self.order / self.control_order

    @property
    def properties(self) -> dict[str, object]:
        """Linear problems with constant coefficients are solved exactly."""
        return {"exact for linear problems": True}

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine: nodes, both weights, the matrix (square)."""
        return np.concatenate(
            [np.array([self.c, self.third, self.left_out]).ravel(), _square(self.a).ravel()]
        )


@dataclass(frozen=True)
class StabilisedFormulas:
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

    name: str
    damping: float
    order: int
    interpolant_order: int
    reach: float
    reference: str

    @property
    def orders(self) -> tuple[int, ...]:
        """The order, as a tuple."""
        return (self.order,)

    @property
    def control_order(self) -> int:
        """Power of the step size that the error estimate follows."""
        return self.order + 1

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows."""
        return self.order / self.control_order

    @property
    def properties(self) -> dict[str, object]:
        """Reach of stability along the negative real axis over the square of the number of stages."""
        return {"real interval over stages squared": self.reach}

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine."""
        return np.array([self.damping])


def _square(rows: tuple[tuple[float, ...], ...]) -> npt.NDArray[np.float64]:
    out = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out


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


#: What a registry entry may hold.
Numbers = (
    AdamsFormulas
    | CollocationTableau
    | DiagonallyImplicitTableau
    | ExponentialTableau
    | MultistepFormulas
    | RosenbrockTableau
    | RungeKuttaTableau
    | StabilisedFormulas
)
