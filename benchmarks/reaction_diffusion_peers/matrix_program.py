"""Three fields by banded matrices on a square grid, as a NumPy program, and SciPy's solution of it.

A' = D (My A + A Mx) + a1 - A - A B + C, B' = 1 - B - A B + C, C' = 1 - C + A B - C with D = 100, from zero; no flux
through the sides, which the matrices say by an entry of 2. Published with a1 = 1 in the last columns, so that nothing
depends on the row; the second variant feeds the inside of a quarter of a circle in a corner instead.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

N, D, END = 32, 100.0, 10.0
RTOL, ATOL = 1e-3, 1e-6
TIGHT_RTOL, TIGHT_ATOL = 1e-11, 1e-13
#: Published variant at t = 10 (tolerance 1e-10): the means of A, B and C, and their values at the first point.
MEANS = (0.443056463103, 1.23075675494, 0.769152445202)
FIRST = (0.327808273751, 1.28870368778, 0.711205512365)
#: Entries of the Jacobian where something can stand.
ENTRIES = 13184


def second_difference(n: int) -> Array:
    """Banded matrix of neighbours less twice the value; at the ends the one neighbour counts twice."""
    matrix = np.diag(np.full(n, -2.0)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)
    matrix[0, 1] = matrix[-1, -2] = 2.0
    return matrix


def feed(variant: str, n: int = N) -> Array:
    """Where A is fed: in the last columns (25/32 and on), or about a corner."""
    if variant == "published":
        columns = (np.arange(n) >= round(25 * n / 32)).astype(float)
        return np.tile(columns, (n, 1))
    place = (np.arange(n) + 0.5) / n
    return ((place[:, None] ** 2 + (1.0 - place) ** 2) <= 0.25).astype(float)


MY = second_difference(N)
MX = MY.T.copy()
FEED = {variant: feed(variant) for variant in ("published", "corner")}


def program(t: float, u: Any, a1: Array = FEED["published"]) -> Any:
    """The right-hand side as a user writes it: arrays of shape (3, 32, 32) in and out."""
    A, B, C = u
    reaction = A * B - C
    dA = D * (MY @ A + A @ MX) + a1 - A - reaction
    dB = 1.0 - B - reaction
    dC = 1.0 - C + reaction
    return np.stack([dA, dB, dC])


def corner_program(t: float, u: Any) -> Any:
    """The right-hand side of the variant in which rows and columns matter."""
    return program(t, u, FEED["corner"])


PROGRAMS: dict[str, Callable[[float, Any], Any]] = {"published": program, "corner": corner_program}


# --- by SciPy


@dataclass
class SciPyProblem:
    """What SciPy is given: flat states, and the analytic Jacobian as a sparse matrix."""

    f: Callable[[float, Array], Array]
    jacobian: Callable[[float, Array], Any]

    def solve(self, rtol: float, atol: float, *, dense: bool = False, method: str = "BDF") -> Array:
        """The state at t = 10, shape (3, 32, 32); `dense` leaves the Jacobian to dense differences."""
        from scipy.integrate import solve_ivp

        jacobian = None if dense else self.jacobian
        y0 = np.zeros(3 * N * N)
        found = solve_ivp(self.f, (0.0, END), y0, method=method, jac=jacobian, rtol=rtol, atol=atol, t_eval=[END])
        assert found.success, found.message
        end: Array = found.y[:, -1].reshape(3, N, N)
        return end


def _flat(program: Callable[[float, Any], Any], t: float, y: Array) -> Array:
    flat: Array = program(t, y.reshape(3, N, N)).ravel()
    return flat


def scipy_problem(variant: str) -> SciPyProblem:
    """The program for SciPy, with the constant part of its Jacobian made once."""
    import scipy.sparse as sp

    eye, cells = sp.identity(N), N * N
    diffusion = D * (sp.kron(sp.csr_matrix(MY), eye) + sp.kron(eye, sp.csr_matrix(MX.T)))

    def jacobian(t: float, y: Array) -> Any:
        a, b = sp.diags(y[:cells]), sp.diags(y[cells : 2 * cells])
        one = sp.identity(cells)
        return sp.bmat([[diffusion - one - b, -a, one], [-b, -one - a, one], [b, a, -2.0 * one]], format="csc")

    return SciPyProblem(partial(_flat, PROGRAMS[variant]), jacobian)
