"""Run times of variants of one piece, interleaved: machine code of all, called in turn, process time.

One slice is a call of a loop in machine code that lasts long against the clock's resolution. In every round each
variant has one slice, the order turning, so that what slows the machine for a while slows all of them; compared are
the slices of one round, and reported the median of the ratios.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codegen.repeated import RepeatedKernel
from symnum.laboratory.statistics import median, quantile

__all__ = ["Timing", "time_interleaved"]

SLICE_S = 4e-4
_FIRST_ROUNDS = 2


class Timing(NamedTuple):
    """Run time of one variant.

    Attributes
    ----------
    seconds : float
        Of one evaluation of the piece; median.
    gain : float
        How many times faster than the first variant; median over the rounds.
    low, high : float
        Quartiles of that.
    """

    seconds: float
    gain: float
    low: float
    high: float


def time_interleaved(
    kernels: Sequence[RepeatedKernel], points: NDArray[np.float64], repeats: int, slice_s: float = SLICE_S
) -> list[Timing]:
    """Time kernels of equal copies on the same points.

    Parameters
    ----------
    kernels : sequence of RepeatedKernel
        The first is what the others are compared with.
    points : ndarray, shape (count, copies * n_symbols)
    repeats : int
        Rounds.
    slice_s : float
        How long one slice should last.
    """
    output = np.zeros(kernels[0].copies * kernels[0].n_outputs)
    rounds = [_rounds(kernel, points, output, slice_s) for kernel in kernels]
    spent = np.empty((repeats, len(kernels)))
    for turn in range(repeats):
        for k in range(len(kernels)):
            place = (k + turn) % len(kernels)
            spent[turn, place] = _slice(kernels[place], points, output, rounds[place]) / rounds[place]
    each = spent / (len(points) * kernels[0].copies)
    result = []
    for place in range(len(kernels)):
        ratios = (each[:, 0] / np.maximum(each[:, place], 1e-15)).tolist()
        seconds = median(each[:, place].tolist())
        result.append(Timing(seconds, median(ratios), quantile(ratios, 0.25), quantile(ratios, 0.75)))
    return result


def _slice(
    kernel: RepeatedKernel, points: NDArray[np.float64], output: NDArray[np.float64], rounds: int
) -> float:
    begin = time.process_time()
    kernel.run(points, rounds, output)
    return time.process_time() - begin


def _rounds(
    kernel: RepeatedKernel, points: NDArray[np.float64], output: NDArray[np.float64], slice_s: float
) -> int:
    """Return how many rounds over the points last about `slice_s`."""
    rounds = _FIRST_ROUNDS
    kernel.run(points, 1, output)
    while True:
        seconds = min(_slice(kernel, points, output, rounds) for _ in range(2))
        if seconds >= slice_s / 4:
            return max(1, round(rounds * slice_s / seconds))
        rounds *= 4
