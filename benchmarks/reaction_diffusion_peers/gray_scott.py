"""The problem of the throughput: explicit Euler steps of Gray and Scott's model on a periodic square."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Diffusivities, feed and kill; the cells are 1 wide and steps 1 long. Stripes stay for ever: where v dies out, numbers
#: become subnormal, and a step takes ten times as long.
DU, DV, FEED, KILL = 0.16, 0.08, 0.04, 0.06
#: What v has everywhere and always, so that its square is no subnormal number; before the stripes come it is small.
ALIVE = 1e-100
#: Largest difference from NumPy's values after the same steps; the values are of order 1.
ALLOWED = 1e-12


def initial(n: int) -> tuple[Array, Array]:
    """Both fields on n by n cells: smooth, nowhere symmetric, and such that stripes come of them.

    Large grids hold the waves of 256 by 256 cells again and again: between longer ones v would die out.
    """
    x = 2 * np.pi * max(1, n // 256) * (np.arange(n) + 0.5) / n
    waves = 0.5 + 0.3 * np.sin(4 * x + 0.3)[:, None] * np.sin(3 * x) + 0.2 * np.cos(x[:, None] + 2 * x)
    return 1.0 - 0.6 * waves, 0.3 * waves


def laplacian(u: Array) -> Array:
    """Sum of the four neighbours less four times the value."""
    rows, columns = np.roll(u, 1, 0) + np.roll(u, -1, 0), np.roll(u, 1, 1) + np.roll(u, -1, 1)
    total: Array = rows + columns - 4.0 * u
    return total


def numpy_steps(u: Array, v: Array, steps: int) -> tuple[Array, Array]:
    """The answer that all tools are held against."""
    for _ in range(steps):
        reaction = u * v * v
        u, v = (
            u + DU * laplacian(u) - reaction + FEED * (1.0 - u),
            v + DV * laplacian(v) + reaction - (FEED + KILL) * v,
        )
    return u, v
