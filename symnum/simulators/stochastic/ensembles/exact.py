"""Trajectories of engines that keep the memory of one trajectory, block by block.

Short ones run many to a call; one that takes long is run in slices of 50 ms, so that it can be stopped. Both give the
same numbers.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.integrators.status import Status
from symnum.integrators.stochastic import layout as at
from symnum.simulators.stochastic.ensembles.protocol import Ends
from symnum.simulators.stochastic.event_plans import EventMaker
from symnum.simulators.stochastic.model import JumpModel

if TYPE_CHECKING:
    from symnum.integrators.stochastic.events import JumpEvents

__all__ = ["ExactRunner", "ExactSource"]

Array = NDArray[np.float64]
Stop = Callable[[], bool]

SLICE_SECONDS = 0.05
_FIRST_SLICE, _LARGEST_SLICE = 20_000, 100_000_000
#: Seconds from which a trajectory is run by itself: calling it so costs some ten microseconds.
_LONG = 3e-3
_GUARD = _FEW_EVENTS = 20_000
_ENDLESS = 1 << 62


class ExactSource:
    """A jump model with a method, values and output times.

    Parameters
    ----------
    model : JumpModel
    method, reason : str
        Name of the method, and why it was chosen.
    p, y0 : ndarray
        Parameters and initial populations.
    span : (float, float)
    grid : ndarray
        Output times, ascending.
    seed : int
    kept : ndarray of int32
        States that are written.
    plan : EventPlan, optional
    max_events : int, optional
        Most reactions of one trajectory.
    """

    def __init__(
        self,
        model: JumpModel,
        method: str,
        reason: str,
        p: Array,
        y0: Array,
        span: tuple[float, float],
        grid: Array,
        seed: int,
        kept: NDArray[np.int32],
        plan: Any = None,
        max_events: int | None = None,
    ) -> None:
        self.model, self.method, self.reason, self.p, self.y0 = model, method, reason, p, y0
        self.span, self.grid, self.seed, self.kept, self.plan = span, grid, seed, kept, plan
        self.most = max_events or _ENDLESS
        self.is_light = plan is None and self._ends_soon()

    def _ends_soon(self) -> bool:
        """Whether trajectory 0 has less than so many events; compiles in this thread what all threads need."""
        memory = self.model.trajectory(self.method, self.p, self.seed)
        memory.begin(self.span[0], self.y0, 0)
        return memory.advance(self.span[1], True, _FEW_EVENTS) != at.RUNNING

    def runner(self) -> "ExactRunner":
        """Return a runner of the calling thread's own."""
        return ExactRunner(self)

    def reaction_name(self, reaction: int) -> str:
        """Return what a message calls a reaction."""
        return self.model.system.reaction_name(reaction)


class ExactRunner:
    """The memory of one thread; see `symnum.simulators.stochastic.ensembles.protocol.Runner`."""

    def __init__(self, source: ExactSource) -> None:
        self.source = source
        self.memory = source.model.trajectory(source.method, source.p, source.seed)
        self.memory.keep(source.kept)
        self._maker = None if source.plan is None else EventMaker(source.plan, source.model, self.memory)
        self.events = 0
        self.changes: dict[int, list[tuple[float, Array]]] = {}
        self._slice = _FIRST_SLICE
        self._seconds = _LONG if source.plan is None else float("inf")  # of one trajectory, about
        self._average = 0.0  # events of one trajectory, about
        self._finished = 0

    def run(self, first: int, out: Array, ends: Ends, stop: Stop) -> int:
        """Run trajectories ``first, first + 1, ...``; return how many came to their end."""
        self.changes = {}
        done, count = 0, len(out)
        while done < count and not stop():
            began = time.thread_time()  # on a busy machine the clock says little about a trajectory
            before = self.events
            if self._seconds >= _LONG:
                few = 1
                if not self._one(first + done, out, ends, done, stop):
                    break
            else:
                few = min(count - done, int(SLICE_SECONDS / self._seconds) + 1)
                if not self._many(first + done, out[done : done + few], ends[done : done + few], stop):
                    break
            done += few
            self._finished += few
            if self.source.plan is None:
                self._seconds = (time.thread_time() - began) / few + 1e-7
            self._average = max((self.events - before) / few, 0.5 * self._average)
        return done

    def _many(self, first: int, out: Array, ends: Ends, stop: Stop) -> bool:
        """Run short trajectories in one call, and those anew that failed or turn out to be long."""
        source, memory = self.source, self.memory
        guard = min(max(_GUARD, int(10 * self._average)), source.most)
        memory.integers[at.I_MAX_EVENTS] = guard
        self.events += memory.run_batch(first, source.span, source.y0, source.grid, out, ends.codes)
        if np.all(ends.codes == at.STOPPED):
            return True
        for k in np.flatnonzero(ends.codes != at.STOPPED).tolist():
            self.events -= guard if ends.codes[k] == at.TOO_MANY_EVENTS else 0
            is_counted = ends.codes[k] != at.TOO_MANY_EVENTS
            if not self._one(first + k, out, ends, k, stop, is_counted):
                return False
        return True

    def _one(self, number: int, out: Array, ends: Ends, k: int, stop: Stop, is_counted: bool = False) -> bool:
        """Run one trajectory in slices; return whether it came to its end."""
        source, memory = self.source, self.memory
        span, here = source.span, out[k]
        if self._maker is not None and not np.array_equal(memory.parameters, source.p):
            self._maker.set_parameters(source.p)
        memory.begin(span[0], source.y0, number, source.grid, here)
        history = [(span[0], source.p)]
        if self._maker is None:
            code = self._in_slices(stop)
        else:
            code = self._through_events(self._maker.events(span), history, stop)
        self.events += 0 if is_counted else int(memory.integers[at.I_EVENTS])
        if code is None:
            return False
        done = int(memory.integers[at.I_GRID_NEXT])
        if code == at.TERMINAL:
            here[done:] = memory.populations[source.kept]  # it stays what it was when the event ended the run
        elif code != at.STOPPED:
            here[done:] = np.nan
        if len(history) > 1:
            self.changes[k] = history
        ends.codes[k] = code
        ends.times[k] = memory.reals[at.R_TIME]
        names = code not in (at.STOPPED, at.TERMINAL) and Status(code).names_reaction
        ends.reactions[k] = memory.integers[at.I_REACTION] if names else -1
        return True

    def _in_slices(self, stop: Stop, end: float | None = None, is_end: bool = True) -> int | None:
        """Go on to a time; return how it ended, None where it was stopped."""
        memory, most = self.memory, self.source.most
        while True:
            began = time.perf_counter()
            left = most - int(memory.integers[at.I_EVENTS])
            code = memory.advance(self.source.span[1] if end is None else end, is_end, min(self._slice, left))
            if code != at.RUNNING:
                return code
            if memory.integers[at.I_EVENTS] >= most:
                return at.TOO_MANY_EVENTS
            if stop():
                return None
            factor = SLICE_SECONDS / max(time.perf_counter() - began, 1e-4)
            self._slice = int(min(max(self._slice * min(factor, 8.0), 100), _LARGEST_SLICE))

    def _through_events(
        self, happening: "JumpEvents", history: list[tuple[float, Array]], stop: Stop
    ) -> int | None:
        """Go on to the end through the events of the model; return how it ended, None where it was stopped."""
        memory = self.memory
        outcome = happening.begin()
        while True:
            if outcome.parameters_changed:
                history.append((float(memory.reals[at.R_TIME]), memory.parameters.copy()))
            if outcome.is_terminal:
                return at.TERMINAL
            aim, is_end = happening.aim()
            code = self._in_slices(stop, aim, is_end)
            if code is None or (code == at.STOPPED and is_end):
                return code
            if code not in (at.STOPPED, at.CONDITION):
                return code
            outcome = happening.arrived() if code == at.STOPPED else happening.changed()
            if stop():
                return None
