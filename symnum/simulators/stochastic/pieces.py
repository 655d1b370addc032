"""The record of a trajectory, event by event: times and reactions; populations are made of them afterwards."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symnum.integrators.stochastic import layout as at

if TYPE_CHECKING:
    from symnum.integrators.stochastic.trajectory import Trajectory
    from symnum.systems.propensities import Propensities

__all__ = ["Pieces", "populations_after"]

Array = NDArray[np.float64]
Whole = NDArray[np.int32]

_FIRST_ROOM, _LARGEST_ROOM = 1024, 1 << 20
MEMORY_BUDGET = 4 << 30
"""Bytes that all populations together may take."""


class Pieces:
    """Events of one trajectory; a new piece begins where something else than a reaction changes populations.

    Parameters
    ----------
    memory : Trajectory
        Whose engine writes the record.
    t0 : float
    y0 : ndarray, shape (n_states,)
    """

    def __init__(self, memory: "Trajectory", t0: float, y0: Array) -> None:
        self._memory = memory
        self._starts = [(t0, y0.copy())]
        self._ends: list[float] = []
        self._times: list[list[Array]] = [[]]
        self._fired: list[list[Whole]] = [[]]
        self._room = _FIRST_ROOM
        self._count = 0
        self._attach()

    def _attach(self) -> None:
        self._now_times, self._now_fired = np.zeros(self._room), np.zeros(self._room, np.int32)
        i = self._memory.integers
        i[at.I_TIMES], i[at.I_FIRED] = self._now_times.ctypes.data, self._now_fired.ctypes.data
        i[at.I_CAPACITY], i[at.I_RECORDED] = self._room, 0

    def _take(self) -> None:
        """Take over what the engine has written."""
        used = int(self._memory.integers[at.I_RECORDED])
        self._count += used
        self._times[-1].append(self._now_times[:used])
        self._fired[-1].append(self._now_fired[:used])

    def has_room(self) -> bool:
        """Provide room for more events; False where the populations would take more memory than is allowed."""
        if self._memory.integers[at.I_RECORDED] < self._room:
            return True
        self._take()
        self._room = min(2 * self._room, _LARGEST_ROOM)
        self._attach()
        return 8 * self._count * (self._memory.tables.n_states + 1) <= MEMORY_BUDGET

    def cut(self, t: float, y: Array) -> None:
        """Begin a new piece with other populations."""
        self._take()
        self._ends.append(t)
        self._times.append([])
        self._fired.append([])
        self._starts.append((t, y.copy()))
        self._attach()

    def finish(self, t: float) -> None:
        """End the last piece."""
        self._take()
        self._ends.append(t)
        self._memory.integers[at.I_CAPACITY] = 0

    def arrays(self, propensities: "Propensities") -> tuple[Array, Array, Whole, NDArray[np.int64]]:
        """Return times, populations, reactions (-1 where none happened), and the number of the piece, in order."""
        times, columns, reactions, numbers = [], [], [], []
        for k, (start, y0) in enumerate(self._starts):
            fired = np.concatenate([*self._fired[k], np.zeros(0, np.int32)])
            y = populations_after(propensities, y0, fired)
            times.append(np.concatenate([[start], *self._times[k], [self._ends[k]]]))
            columns += [y, y[:, -1:]]
            reactions.append(np.concatenate([[-1], fired, [-1]]).astype(np.int32))
            numbers.append(np.full(len(fired) + 2, k))
        return (
            np.concatenate(times),
            np.concatenate(columns, axis=1),
            np.concatenate(reactions),
            np.concatenate(numbers),
        )


def populations_after(propensities: "Propensities", y0: Array, fired: Whole) -> Array:
    """Return the populations at the beginning and after each reaction, shape (n_states, n_events + 1)."""
    p = propensities
    out = np.zeros((p.n_states, len(fired) + 1))
    out[:, 0] = y0
    counts = np.diff(p.change_offsets)[fired]
    column = np.repeat(np.arange(1, len(fired) + 1), counts)
    first = np.concatenate(([0], np.cumsum(counts)))[:-1]
    place = np.arange(int(counts.sum())) - np.repeat(first, counts) + np.repeat(p.change_offsets[fired], counts)
    out[p.change_states[place], column] = p.change_values[place]
    return np.cumsum(out, axis=1, out=out)
