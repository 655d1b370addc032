"""What a run on a device gives, in the form in which integrators give theirs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError
from symnum.integrators.observing import Reached
from symnum.integrators.status import Status
from symnum.simulators.cuda.run import DeviceRun
from symnum.simulators.fields.run import FieldWatch

__all__ = ["Counts", "DeviceResult", "Outputs"]

Array = NDArray[np.float64]

# How far, of the interval, a time may be from one that was asked for.
_NEAR = 1e-9


@dataclass(frozen=True)
class Counts:
    """What a run cost."""

    values: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return counts by name."""
        return dict(self.values)


class Outputs:
    """Outputs of a run as they come, for whoever looks at them on the way.

    Parameters
    ----------
    run : DeviceRun
    kept : ndarray or None
        Times of which the states are kept to the end; None for the beginning and what was reached.
    watch : FieldWatch
    """

    def __init__(self, run: DeviceRun, kept: Array | None, watch: FieldWatch) -> None:
        self.run, self.watch = run, watch
        self._ends_only = kept is None
        self._kept = [run.request.start, run.request.end] if kept is None else kept.tolist()
        self._wanted = set(self._kept)
        self.states: dict[float, Array] = {}
        self._taken = 0
        self._near = _NEAR * abs(run.request.end - run.request.start)

    def look(self, now: dict[str, float]) -> Status | None:
        """Show what there is now; a status ends the run."""
        self.run.read_outputs(now)
        self._take()
        status = self.watch.observe(Reached(now["t"], lambda times: self._read(times, now)))
        sign = self.run.sign
        for t in [t for t in self.states if t not in self._wanted and sign * t < sign * now["t"]]:
            del self.states[t]
        return status

    def _take(self) -> None:
        times = self.run.request.times[self._taken :].tolist()
        for t, state in zip(times, self.run.frames, strict=False):
            self.states[t] = state
        self._taken += len(self.run.frames)
        self.run.frames = []

    def _read(self, times: Array, now: dict[str, float]) -> Array:
        return np.array([self._at(float(t), now) for t in times])

    def _at(self, t: float, now: dict[str, float]) -> Array:
        found = min(self.states, key=lambda known: abs(known - t), default=None)
        if found is not None and abs(found - t) <= self._near:
            return self.states[found]
        assert abs(t - now["t"]) <= self._near, "a time that was not asked for"
        return self.run.row(int(now["row y"]))

    def finish(self, now: dict[str, float], last: Array) -> tuple[Array, Array]:
        """Return the times that were kept, as far as they were reached, and their states, shape (n_states, n_times)."""
        self.run.read_outputs(now)
        self._take()
        if self._ends_only:
            self.states[now["t"]] = last
            self._kept = [self.run.request.start, now["t"]]
        reached = [t for t in self._kept if t in self.states]
        return np.array(reached), np.array([self.states[t] for t in reached]).reshape(-1, last.size).T


@dataclass
class DeviceResult:
    """The result of a run; attributes as those of `symnum.integrators.raw_solution.RawSolution`."""

    t: Array
    y: Array
    status: Status
    time: float
    component: int | None
    method: str
    statistics: Counts
    last: Array

    def __call__(self, t: Any) -> Array:
        """Return the state at the time reached, the only one that is kept beside the outputs.

        Raises
        ------
        InputError
            For any other time.
        """
        if np.ndim(t) or float(t) != self.time:
            raise InputError("A run on a device keeps no continuous solution; pass the times you need as t_eval.")
        return self.last
