"""The record of a trajectory, step by step: times and states, for methods whose steps are more than one event."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.simulators.stochastic.pieces import MEMORY_BUDGET, Pieces

if TYPE_CHECKING:
    from symnum.integrators.stochastic.trajectory import Trajectory

__all__ = ["StepPieces", "pieces_of"]

Array = NDArray[np.float64]
Whole = NDArray[np.int32]

_FIRST_ROOM, _LARGEST_BYTES = 512, 1 << 24


class StepPieces:
    """Steps of one trajectory; a new piece begins where something else than a step changes the state.

    Parameters
    ----------
    memory : Trajectory
        Whose engine writes the record.
    t0 : float
    y0 : ndarray, shape (n_states,)
    """

    def __init__(self, memory: "Trajectory", t0: float, y0: Array) -> None:
        self._memory, self._size = memory, len(y0)
        self._room, self._count, self._piece = _FIRST_ROOM, 0, 0
        self._parts: list[tuple[Array, Array, Whole, int]] = []
        self._enter(t0, y0)
        self._attach()

    def _enter(self, t: float, y: Array) -> None:
        """Add one point that is no step."""
        self._parts.append((np.array([t]), y.reshape(1, -1).copy(), np.array([-1], np.int32), self._piece))

    def _attach(self) -> None:
        self._times, self._fired = np.zeros(self._room), np.zeros(self._room, np.int32)
        self._states = np.zeros((self._room, max(self._size, 1)))
        i = self._memory.integers
        i[at.I_TIMES], i[at.I_FIRED] = self._times.ctypes.data, self._fired.ctypes.data
        i[own.I_POPULATION_RECORD] = self._states.ctypes.data
        i[at.I_CAPACITY], i[at.I_RECORDED] = self._room, 0

    def _take(self) -> None:
        used = int(self._memory.integers[at.I_RECORDED])
        self._count += used
        states = self._states[:used, : self._size]
        self._parts.append((self._times[:used], states, self._fired[:used], self._piece))

    def has_room(self) -> bool:
        """Provide room for more steps; False where they would take more memory than is allowed."""
        if self._memory.integers[at.I_RECORDED] < self._room:
            return True
        self._take()
        self._room = max(_FIRST_ROOM, min(2 * self._room, _LARGEST_BYTES // (8 * self._size + 8)))
        self._attach()
        return 8 * self._count * (self._size + 1) <= MEMORY_BUDGET

    def cut(self, t: float, y: Array) -> None:
        """Begin a new piece with another state."""
        self._take()
        self._enter_end(t)
        self._piece += 1
        self._enter(t, y)
        self._attach()

    def _enter_end(self, t: float) -> None:
        last = next(part for part in reversed(self._parts) if len(part[0]))
        self._enter(t, last[1][-1])

    def finish(self, t: float) -> None:
        """End the last piece."""
        self._take()
        self._enter_end(t)
        self._memory.integers[at.I_CAPACITY] = 0

    def arrays(self, propensities: Any) -> tuple[Array, Array, Whole, NDArray[np.int64]]:
        """Return times, states, reactions (-1 for a step of many), and the number of the piece, in order."""
        times, states, fired, numbers = zip(*self._parts, strict=True)
        counts = [len(part) for part in times]
        return (
            np.concatenate(times),
            np.ascontiguousarray(np.concatenate(states).T),
            np.concatenate(fired),
            np.repeat(np.array(numbers, np.int64), counts),
        )


def pieces_of(memory: "Trajectory", t0: float, y0: Array) -> Pieces | StepPieces:
    """Return the record that suits the method of a trajectory."""
    from symnum.integrators.stochastic.approximate_registry import ApproximateMethod

    return (StepPieces if isinstance(memory.method, ApproximateMethod) else Pieces)(memory, t0, y0)
