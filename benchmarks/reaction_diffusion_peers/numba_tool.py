"""Gray and Scott's model written by hand in Numba, and the copy that is the roof."""

from typing import Any

import numba
import numpy as np

from reaction_diffusion_peers.gray_scott import DU, DV, FEED, KILL, Array, initial

DISTRIBUTION = "numba"


@numba.njit(fastmath=True, error_model="numpy")
def _step(u: Array, v: Array, un: Array, vn: Array) -> None:
    """One step on arrays with a frame of one cell, which holds the values of the opposite side."""
    n, m = u.shape[0] - 2, u.shape[1] - 2
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            a, b = u[i, j], v[i, j]
            r = a * b * b
            un[i, j] = a + DU * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4 * a) - r + FEED * (1 - a)
            vn[i, j] = b + DV * (v[i - 1, j] + v[i + 1, j] + v[i, j - 1] + v[i, j + 1] - 4 * b) + r - (FEED + KILL) * b
        un[i, 0], un[i, m + 1] = un[i, m], un[i, 1]
        vn[i, 0], vn[i, m + 1] = vn[i, m], vn[i, 1]
    un[0], un[n + 1] = un[n], un[1]
    vn[0], vn[n + 1] = vn[n], vn[1]


@numba.njit(fastmath=True, error_model="numpy")
def _steps(u: Array, v: Array, un: Array, vn: Array, pairs: int) -> None:
    for _ in range(pairs):
        _step(u, v, un, vn)
        _step(un, vn, u, v)


@numba.njit
def _copies(u: Array, v: Array, un: Array, vn: Array, pairs: int) -> None:
    """Two arrays are read and two written, as a step does, there and back again."""
    for _ in range(pairs):
        for i in range(u.size):
            un[i] = u[i]
            vn[i] = v[i]
        for i in range(u.size):
            u[i] = un[i]
            v[i] = vn[i]


def fused_copies(buffers: list[Array], steps: int) -> None:
    """Copy both fields in one loop."""
    _copies(*[b.reshape(-1) for b in buffers], steps // 2)


def library_copies(buffers: list[Array], steps: int) -> None:
    """Copy both fields by the C library, one after the other."""
    u, v, un, vn = buffers
    for _ in range(steps // 2):
        un[:] = u
        vn[:] = v
        u[:] = un
        v[:] = vn


def framed(values: Array) -> Array:
    """An array with a frame of one cell from the opposite sides."""
    return np.ascontiguousarray(np.pad(values, 1, mode="wrap"))


class Tool:
    """Both fields and their next values, advanced in pairs of steps."""

    def __init__(self, n: int, dtype: str = "float64") -> None:
        u, v = (framed(f).astype(dtype) for f in initial(n))
        self.buffers: list[Any] = [u, v, u.copy(), v.copy()]

    def run(self, steps: int) -> None:
        """Advance by an even number of steps."""
        _steps(*self.buffers, steps // 2)

    def state(self) -> tuple[Array, Array]:
        """Both fields now."""
        return self.buffers[0][1:-1, 1:-1], self.buffers[1][1:-1, 1:-1]
