"""Run times of tapes beside each other: one emitter, machine code of all, random points, the tapes taking turns."""

import time

import numpy as np
from numpy.typing import NDArray

from codegen.repeated import RepeatedKernel
from codegen.tape import Tape

__all__ = ["time_tapes"]

_SLICE_S = 2e-3
_MOST_POINTS = 64
_TABLE = 20_000


def time_tapes(
    tapes: list[Tape], n_states: int, n_parameters: int, rounds: int, seed: int = 0
) -> list[NDArray[np.float64]]:
    """Return seconds of one evaluation of each tape, shape (rounds,), the tapes taking turns within a round.

    Parameters
    ----------
    tapes : list of Tape
        Of the same states and parameters.
    n_states, n_parameters, rounds : int
    seed : int
        Of the points.
    """
    draw = np.random.default_rng(seed)
    count = max(1, min(_MOST_POINTS, _TABLE // max(n_states, 1)))
    points = np.exp(draw.uniform(-1.0, 1.0, (count, n_states)))
    parameters = np.exp(draw.uniform(-1.0, 1.0, n_parameters))
    kernels = [RepeatedKernel(tape, 1, n_states, n_parameters, len(tape.output)) for tape in tapes]
    for kernel in kernels:
        kernel.set_parameters(parameters)
    loops = [_loops(kernel, points) for kernel in kernels]
    seconds = [np.empty(rounds) for _ in tapes]
    for turn in range(rounds):
        for k in range(len(kernels)):
            place = (k + turn) % len(kernels)
            spent = _slice(kernels[place], points, loops[place])
            seconds[place][turn] = spent / loops[place] / count
    return seconds


def _slice(kernel: RepeatedKernel, points: NDArray[np.float64], loops: int) -> float:
    start = time.process_time()
    kernel.run(points, loops)
    return time.process_time() - start


def _loops(kernel: RepeatedKernel, points: NDArray[np.float64]) -> int:
    kernel.run(points, 1)
    loops = 2
    while (spent := _slice(kernel, points, loops)) < _SLICE_S / 4:
        loops *= 4
    return max(1, round(loops * _SLICE_S / spent))
