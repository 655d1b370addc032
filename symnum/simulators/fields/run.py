"""One run of a simulation of fields: who looks on, where frames are written, and why it ended."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symnum.integrators.observing import Reached
from symnum.integrators.status import Status
from symnum.simulators.fields.layout import FieldLayout, Snapshot
from symnum.simulators.fields.trackers.base import Tracker
from symnum.simulators.fields.trackers.steady_state import SteadyStateTracker

__all__ = ["FieldWatch", "FrameStore"]

Array = NDArray[np.float64]

#: Bytes of states that are read off the continuous solution at once.
_AT_ONCE = 1 << 26


class FrameStore(Protocol):
    """Takes frames, one after the other."""

    def write(self, number: int, t: float, state: Array) -> None:
        """Write a frame; after that it is safe."""


class FieldWatch:
    """Hands what is reached to trackers and to a file, in the order of time.

    Parameters
    ----------
    layout : FieldLayout
    trackers : sequence of Tracker
    rhs : callable
        Of time and state, for trackers that need rates.
    times : ndarray or None
        Times of the frames that go to the store.
    store : FrameStore, optional
    written : int
        Frames that it has already.
    keeps_record : bool
        Whether the integrator keeps all steps.

    Attributes
    ----------
    stopped : float or None
        Time at which a tracker has ended the run.
    stopped_at : ndarray or None
        The state there.
    message : str
        Why.
    """

    def __init__(
        self,
        layout: FieldLayout,
        trackers: Sequence[Tracker],
        rhs: Callable[[float, Array], Array],
        times: Array | None = None,
        store: FrameStore | None = None,
        written: int = 0,
        keeps_record: bool = True,
    ) -> None:
        self.layout, self.trackers, self.keeps_record = layout, tuple(trackers), keeps_record
        self._times, self._store, self.written = times, store, written
        self.stopped: float | None = None
        self.stopped_at: Array | None = None
        self.message = ""
        self._sign = 1.0
        for tracker in self.trackers:
            if isinstance(tracker, SteadyStateTracker):
                tracker.rhs = rhs

    def begin(self, t: float, t_end: float, state: Array) -> None:
        """Show the beginning."""
        self._sign = 1.0 if t_end >= t else -1.0
        start = Snapshot(t, state, self.layout)
        for tracker in self.trackers:
            tracker.reset(start, t_end)

    def all_times(self, end: float) -> Array:
        """Return all simulated times from here on at which somebody wants to look, not in order."""
        store = self._times[self.written :] if self._store is not None and self._times is not None else np.zeros(0)
        return np.concatenate([store, *(tracker.schedule(end) for tracker in self.trackers)])

    def observe(self, reached: Reached) -> Status | None:
        """Look at what there is now."""
        times, wanted = self._due(reached.time)
        rows = max(1, _AT_ONCE // (8 * self.layout.size))
        for first in range(0, len(times), rows):
            states = reached.read(times[first : first + rows])
            for t, who, state in zip(times[first : first + rows], wanted[first : first + rows], states, strict=True):
                status = self._show(float(t), who, state)
                if status is not None:
                    return status
        return self._by_the_clock(reached)

    def _due(self, reached: float) -> tuple[Array, list[list[Tracker | None]]]:
        """Return times to look at, in order, and for each who wants to; None stands for the store."""
        pairs: list[tuple[float, int, Tracker | None]] = []
        if self._store is not None and self._times is not None:
            ahead = self._times[self.written :]
            count = int(np.searchsorted(self._sign * ahead, self._sign * reached, side="right"))
            pairs += [(float(t), -1, None) for t in ahead[:count]]
        for k, tracker in enumerate(self.trackers):
            pairs += [(float(t), k, tracker) for t in tracker.times(reached)]
        pairs.sort(key=lambda pair: (self._sign * pair[0], pair[1]))
        times: list[float] = []
        wanted: list[list[Tracker | None]] = []
        for t, _, who in pairs:
            if who is None or not times or times[-1] != t:
                times.append(t)
                wanted.append([])
            wanted[-1].append(who)
        return np.array(times), wanted

    def _show(self, t: float, who: list[Tracker | None], state: Array) -> Status | None:
        for tracker in who:
            if tracker is None:
                assert self._store is not None
                self._store.write(self.written, t, state)
                self.written += 1
                continue
            status = tracker.handle(Snapshot(t, state, self.layout))
            if status is not None:
                return self._stop(t, state, tracker, status)
        return None

    def _by_the_clock(self, reached: Reached) -> Status | None:
        due = [tracker for tracker in self.trackers if tracker.is_due]
        if due:
            fields = Snapshot(reached.time, reached.read(np.array([reached.time]))[0], self.layout)
            for tracker in due:
                status = tracker.handle(fields)
                if status is not None:
                    return self._stop(reached.time, fields.state, tracker, status)
        return None

    def _stop(self, t: float, state: Array, tracker: Tracker, status: Status) -> Status:
        self.stopped, self.stopped_at, self.message = t, np.array(state, np.float64), tracker.message
        return status

    def finish(self, t: float, state: Array, status: Status) -> None:
        """Show the end."""
        end = Snapshot(t, state, self.layout)
        for tracker in self.trackers:
            tracker.finish(end, status)
