"""The Brusselator on a periodic square, with a disc that is fed from t = 1.1: by NumPy, Numba and Fourier modes.

u' = B + u^2 v - (A + 1) u + alpha Lu + source, v' = A u - u^2 v + alpha Lv, in the points i/n of the unit square.
"""

from typing import Any

import numba
import numpy as np
import scipy.sparse as sp
from scipy.integrate import solve_ivp

Array = np.ndarray[Any, np.dtype[np.float64]]

A, B, ALPHA = 3.4, 1.0, 10.0
FED_FROM, FEED = 1.1, 5.0
#: Published means of u and v on 32 by 32 points. Those at t = 5 are good to about 3e-6: see `sharp_means`.
MEANS = {2.0: (0.42251975, 3.70249151), 5.0: (2.37442085, 3.30981550)}


def points(n: int) -> Array:
    """Coordinates along each axis."""
    return np.arange(n) / n


def initial(n: int) -> Array:
    """Both fields at the start, shape (2, n, n)."""
    x = points(n)
    flat = np.ones(n)
    return np.array(
        [22.0 * np.multiply.outer(flat, (x * (1 - x)) ** 1.5), 27.0 * np.multiply.outer((x * (1 - x)) ** 1.5, flat)]
    )


def disc(n: int) -> Array:
    """1 where the source is."""
    x = points(n)
    return (((x[:, None] - 0.3) ** 2 + (x - 0.6) ** 2) <= 0.01).astype(float)


def numpy_rhs(t: float, y: Array, n: int) -> Array:
    """What every compiled right-hand side is held against."""
    u, v = y.reshape(2, n, n)
    reaction, scale = u * u * v, ALPHA * n**2
    du = B + reaction - (A + 1.0) * u + scale * _laplacian(u) + (FEED * disc(n) if t >= FED_FROM else 0.0)
    dv = A * u - reaction + scale * _laplacian(v)
    return np.concatenate([du.ravel(), dv.ravel()])


def _laplacian(u: Array) -> Array:
    total: Array = np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4.0 * u
    return total


def sharp_means(times: tuple[float, ...], n: int = 32, tolerance: float = 1e-9) -> list[tuple[float, float]]:
    """Means of u and v at times after the source is on, by SciPy's Radau, which begins anew where it is put on.

    Tolerances of 1e-9 and 1e-11 agree to ten digits.
    """
    ring = sp.diags([np.ones(n - 1), np.full(n, -2.0), np.ones(n - 1)], [-1, 0, 1]).tolil()
    ring[0, -1] = ring[-1, 0] = 1.0
    diffusion = ALPHA * n**2 * sp.kronsum(ring, ring)

    def jacobian(t: float, y: Array) -> Any:
        u, v = np.split(y, 2)
        cross, square = sp.diags(2 * u * v), sp.diags(u * u)
        first = [diffusion + cross - (A + 1.0) * sp.identity(n * n), square]
        return sp.bmat([first, [A * sp.identity(n * n) - cross, diffusion - square]], format="csc")

    def run(y: Array, start: float, end: float, on: float, wanted: tuple[float, ...]) -> Array:
        found = solve_ivp(
            lambda _, y: numpy_rhs(on, y, n), (start, end), y, "Radau", wanted, jac=jacobian,
            rtol=tolerance, atol=0.1 * tolerance,
        )  # fmt: skip
        assert found.success, found.message
        values: Array = found.y
        return values

    before = run(initial(n).ravel(), 0.0, FED_FROM, FED_FROM - 1.0, (FED_FROM,))[:, -1]
    after = run(before, FED_FROM, times[-1], FED_FROM, times)
    return [(float(y[: n * n].mean()), float(y[n * n :].mean())) for y in after.T]


# --- Numba, by hand


@numba.njit(fastmath=True, error_model="numpy", inline="always")
def _cell(
    u: Array, v: Array, du: Array, dv: Array, source: Array, on: float, scale: float,
    i: int, up: int, down: int, j: int, left: int, right: int,
) -> None:  # fmt: skip
    a, b = u[i, j], v[i, j]
    r = a * a * b
    du[i, j] = (
        B + r - (A + 1.0) * a + on * source[i, j]
        + scale * (u[up, j] + u[down, j] + u[i, left] + u[i, right] - 4.0 * a)
    )  # fmt: skip
    dv[i, j] = A * a - r + scale * (v[up, j] + v[down, j] + v[i, left] + v[i, right] - 4.0 * b)


@numba.njit(fastmath=True, error_model="numpy")
def numba_rhs(t: float, y: Array, source: Array, out: Array) -> None:
    """One call on shape (2, n, n): inner loops without wrapped indices, so that they are vectorised."""
    n = y.shape[1]
    scale, on = ALPHA * n * n, FEED if t >= FED_FROM else 0.0
    u, v, du, dv = y[0], y[1], out[0], out[1]
    for i in range(n):
        up, down = (i - 1 if i > 0 else n - 1), (i + 1 if i < n - 1 else 0)
        _cell(u, v, du, dv, source, on, scale, i, up, down, 0, n - 1, 1)
        for j in range(1, n - 1):
            _cell(u, v, du, dv, source, on, scale, i, up, down, j, j - 1, j + 1)
        _cell(u, v, du, dv, source, on, scale, i, up, down, n - 1, n - 2, 0)


@numba.njit
def numba_calls(count: int, y: Array, source: Array, out: Array) -> float:
    """Call the right-hand side so often; what is returned keeps the compiler from leaving calls out."""
    total = 0.0
    for k in range(count):
        numba_rhs(2.0 + k, y, source, out)
        total += out[0, 0, 0]
    return total


# --- an independent solution: Fourier modes of the same difference operator, exponential Runge-Kutta of order 4


def fourier_solution(n: int, end: float, steps: int, finest: int | None = None) -> Array:
    """Both fields at `end` <= 1.1 by the method of Cox and Matthews with fixed steps, shape (2, n, n).

    Parameters
    ----------
    n : int
        Points along each axis.
    end : float
    steps : int
    finest : int, optional
        Take the initial values and the eigenvalues of the difference operator on so many points, a multiple of
        `n`: what the modes that `n` points hold do on the finer grid.
    """
    m, h = finest or n, end / steps
    k = np.fft.fftfreq(n, 1 / n)
    along = ALPHA * m**2 * (2.0 * np.cos(2 * np.pi * k / m) - 2.0)
    diffusion = along[:, None] + along[: n // 2 + 1]
    linear = np.array([diffusion - (A + 1.0), diffusion])
    half, full, q, f1, f2, f3 = _coefficients(linear, h)

    def rest(w: Array) -> Array:
        u, v = np.fft.irfft2(w, s=(n, n))
        r = u * u * v
        return np.fft.rfft2(np.array([B + r, A * u - r]))  # type: ignore[return-value]

    w = np.fft.rfft2(initial(m))[:, k.astype(int), : n // 2 + 1] * (n / m) ** 2
    for _ in range(steps):
        n0 = rest(w)
        a = half * w + q * n0
        na = rest(a)
        nb = rest(half * w + q * na)
        nc = rest(half * a + q * (2.0 * nb - n0))
        w = full * w + f1 * n0 + f2 * (na + nb) + f3 * nc
    return np.fft.irfft2(w, s=(n, n))


def _coefficients(linear: Array, h: float) -> tuple[Array, ...]:
    """Exponentials and weights of a step, by means over a circle about each eigenvalue (Kassam and Trefethen 2005)."""
    z = h * linear
    circle = np.exp(1j * np.pi * (np.arange(1, 33) - 0.5) / 32)
    q, f1, f2, f3 = (np.zeros_like(z) for _ in range(4))
    for point in circle:
        s = z + point
        e = np.exp(s)
        q += h * ((np.exp(s / 2) - 1) / s).real / 32
        f1 += h * ((-4 - s + e * (4 - 3 * s + s**2)) / s**3).real / 32
        f2 += h * (2 * (2 + s + e * (s - 2)) / s**3).real / 32
        f3 += h * ((-4 - 3 * s - s**2 + e * (4 - s)) / s**3).real / 32
    return np.exp(z / 2), np.exp(z), q, f1, f2, f3
