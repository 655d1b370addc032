"""Stabilised methods whose stability polynomials are a quadratic times an orthogonal polynomial (ROCK)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from symnum.integrators.tableaus.one_step import OneStep

__all__ = ["OrthogonalFormulas", "StabilityPolynomial", "monic_recurrence"]

Array = npt.NDArray[np.float64]

#: Places of a polynomial in the engine's table: stages, reach, sigma, tau, factor of the error estimate, and where its
#: recurrence (mu, kappa alternately) begins in the whole table.
STAGES, REACH, SIGMA, TAU, SHARE, BEGINNING = range(6)
COLUMNS = 6

#: Rounding of a step over the fourth power of its stages, in units in the last place, and the share of the relative
#: tolerance that it may take. The quadratic is as large at the end of the interval as the orthogonal polynomial is
#: small there, and errors of the stages before it grow by as much.
ROUNDING, ROUNDING_SHARE = 0.4, 0.1


def monic_recurrence(stages: int, centre: float, width: float) -> tuple[Array, Array]:
    """Return the recurrence of the polynomials orthogonal for the weight w^2 / sqrt(1 - x^2), up to degree stages - 2.

    With u = 1 - x they are p_k+1 = (u - a_k) p_k - b_k p_k-1, and w = (u - A)^2 + B^2 for A and B the centre and the
    width over the square of the number of stages. The recurrence of Chebyshev's polynomials is changed for the factors
    u - A - iB and u - A + iB of the weight, one after the other, twice.

    Parameters
    ----------
    stages : int
    centre, width : float

    Returns
    -------
    a, b : ndarray, shape (stages - 2,)

    References
    ----------
    W. Gautschi, Orthogonal Polynomials: Computation and Approximation, Oxford University Press (2004), section 2.5.
    """
    a, b = np.ones(stages + 2, np.complex128), np.full(stages + 2, 0.25 + 0.0j)
    b[1] = 0.5
    zero = complex(centre, width) / stages**2
    for root in 2 * (zero, zero.conjugate()):
        ratios, last = [], 1.0 + 0.0j
        b[0] = 0.0
        for x, y in zip(a.tolist(), b.tolist(), strict=True):
            last = root - x - y / last
            ratios.append(last)
        r = np.array(ratios)
        a = a[1:] + r[1:] - r[:-1]
        b = np.append(0.0, b[1:-1] * r[1:-1] / r[:-2])
    return a.real.copy(), b.real.copy()


class StabilityPolynomial(NamedTuple):
    """R(z) = w(z) P(z) of a number of stages, from three numbers, in units of one over the square of that number.

    With u = 1 - x from 0 to 2 on the interval of orthogonality, the quadratic w has its zeros at centre +- i width, and
    z = 0 lies at -origin.

    Attributes
    ----------
    stages : int
        Its degree.
    centre, width, origin : float

    References
    ----------
    A. Abdulle and A. A. Medovikov, Second order Chebyshev methods based on orthogonal polynomials, Numerische
    Mathematik 90 (2001) 1.
    """

    stages: int
    centre: float
    width: float
    origin: float

    def coefficients(self) -> "StageNumbers":
        """Return what a step needs: the recurrence of P, which is one at z = 0, and the finishing stages.

        Rounding in the recurrence is made good in sigma and tau, so that R(0) = R'(0) = R''(0) = 1 to the last digits.
        """
        a, b = monic_recurrence(self.stages, self.centre, self.width)
        place = -self.origin / self.stages**2
        ratios, last = [], 1.0  # of neighbouring polynomials at z = 0
        slope = before = 0.0  # derivatives by u over values there
        for x, y in zip(a.tolist(), b.tolist(), strict=True):
            falling = y / last
            last = place - x - falling
            slope, before = (1.0 + (place - x) * slope - falling * before) / last, slope
            ratios.append(last)
        ratio = np.array(ratios)
        centre, width = self.centre / self.stages**2, self.width / self.stages**2
        slope += 2.0 * (place - centre) / ((place - centre) ** 2 + width**2)
        mu = 1.0 / (slope * ratio)
        kappa = np.append(0.0, b[1:] / (ratio[1:] * ratio[:-1]))
        return StageNumbers.finished(self.stages, mu, kappa, -(2.0 - place) * slope)


@dataclass(frozen=True)
class StageNumbers:
    """Numbers of a step with a given number of stages s.

    The stages are K_1 = y + h mu_1 f(y), K_j = K_j-1 + kappa_j (K_j-1 - K_j-2) + h mu_j f(K_j-1) up to j = s - 2 (so
    nu_j = -1 - kappa_j), and the quadratic factor 1 + 2 sigma z + tau z^2 is made by two more.

    Attributes
    ----------
    stages : int
    mu, kappa : ndarray, shape (stages - 2,)
    sigma, tau : float
    reach : float
        Length of the interval of stability.
    third : float
        Third derivative of the stability polynomial at 0, where that of the solution is 1.
    """

    stages: int
    mu: Array
    kappa: Array
    sigma: float
    tau: float
    reach: float
    third: float

    @classmethod
    def finished(cls, stages: int, mu: Array, kappa: Array, reach: float) -> "StageNumbers":
        """Return the numbers with sigma and tau from the conditions of order 2."""
        p = q = r = 0.0  # derivatives of P at 0
        dp = dq = dr = 0.0  # what they grew by in the last stage
        for m, k in zip(mu.tolist(), kappa.tolist(), strict=True):
            dp, dq, dr = k * dp + m, k * dq + 2.0 * m * p, k * dr + 3.0 * m * q
            p, q, r = p + dp, q + dq, r + dr
        sigma = 0.5 * (1.0 - p)
        tau = 0.5 * (1.0 - q - 4.0 * sigma * p)
        return cls(stages, mu, kappa, sigma, tau, reach, r + 6.0 * sigma * q + 6.0 * tau * p)

    def values(self, z: Array) -> Array:
        """Return the stability polynomial at each `z`, by the recurrence of the step."""
        before, last = np.zeros_like(z), np.ones_like(z)
        for m, k in zip(self.mu.tolist(), self.kappa.tolist(), strict=True):
            before, last = last, last + k * (last - before) + m * z * last
        return np.asarray(last * (1.0 + 2.0 * self.sigma * z + self.tau * z * z), np.float64)


@dataclass(frozen=True)
class OrthogonalFormulas(OneStep):
    """A stabilised method of order 2 with a table of stability polynomials.

    Attributes
    ----------
    polynomials : tuple of StabilityPolynomial
        By increasing number of stages.
    damping : float
        Largest value of the polynomials between the neighbourhood of 0 and the end of the interval.
    order, embedded_order, interpolant_order : int
        Orders of the step, of the embedded method and of the continuous solution.
    reach : float
        Reach of the stability region along the negative real axis, over the square of the number of stages, where these
        are many.
    """

    family: ClassVar[str] = "stabilised"
    implicit: ClassVar[bool] = False
    stages: ClassVar[int] = 3
    degree: ClassVar[int] = 3

    name: str
    polynomials: tuple[StabilityPolynomial, ...]
    damping: float
    order: int
    embedded_order: int
    interpolant_order: int
    reach: float
    reference: str

    @property
    def properties(self) -> dict[str, object]:
        """Reach of stability along the negative real axis over the square of the number of stages."""
        return {"real interval over stages squared": self.reach}

    @cached_property
    def numbers(self) -> tuple[StageNumbers, ...]:
        """Numbers of a step for each number of stages."""
        return tuple(polynomial.coefficients() for polynomial in self.polynomials)

    @cached_property
    def table(self) -> Array:
        """Array for the engine: one row of `COLUMNS` numbers for each polynomial, then the recurrences."""
        return np.concatenate([np.ravel(list(self._rows())), *_recurrences(self.numbers)])

    def usable(self, rtol: float) -> int:
        """Return how many of the polynomials leave rounding within the relative tolerance; at least one.

        Examples
        --------
        >>> from symnum.integrators.methods.rock2 import ROCK2
        >>> [ROCK2.polynomials[ROCK2.usable(rtol) - 1].stages for rtol in (1e-4, 1e-8)]
        [567, 55]
        """
        limit = (ROUNDING_SHARE * rtol / (ROUNDING * float(np.finfo(np.float64).eps))) ** 0.25
        return max(sum(polynomial.stages <= limit for polynomial in self.polynomials), 1)

    def _rows(self) -> Iterable[list[float]]:
        beginning = COLUMNS * len(self.polynomials)
        for n in self.numbers:
            yield [n.stages, n.reach, n.sigma, n.tau, 1.0 - n.tau / n.sigma**2, beginning]
            beginning += 2 * len(n.mu)


def _recurrences(numbers: Iterable[StageNumbers]) -> Iterable[Array]:
    for n in numbers:
        yield np.column_stack([n.mu, n.kappa]).ravel()
