"""Carries one trajectory: slices, time limit, Ctrl-C, progress, records of events."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.simulators.stochastic.model import JumpModel, context_of
from symnum.simulators.stochastic.solution import JumpSolution, Steps, populations_after

if TYPE_CHECKING:
    from symnum.integrators.status import Status
    from symnum.integrators.stochastic.trajectory import Trajectory

__all__ = ["OneRun"]

Array = NDArray[np.float64]

#: Seconds of compiled work between two looks at the clock and at Ctrl-C.
SLICE_SECONDS = 0.05
_FIRST_SLICE, _LARGEST_SLICE = 20_000, 100_000_000
_FIRST_RECORD, _LARGEST_RECORD = 1024, 1 << 20
_MEMORY_BUDGET = 4 << 30


class OneRun:
    """One trajectory with its output.

    Parameters
    ----------
    model : JumpModel
    memory : Trajectory
    span : (float, float)
    y0 : ndarray, shape (n_states,)
    grid : ndarray or None
        Output times, ascending; None records every event.
    trajectory : int
        Its number.
    """

    def __init__(
        self, model: JumpModel, memory: "Trajectory", span: tuple[float, float], y0: Array, grid: Any, trajectory: int
    ) -> None:
        self.model, self.memory, self.span, self.y0 = model, memory, span, y0
        self.number = trajectory
        self.grid: Array | None = grid
        self.out = np.zeros((0 if grid is None else len(grid), len(y0)))
        self.times: list[Array] = []
        self.fired: list[NDArray[np.int32]] = []
        self.status: Status | None = None
        memory.begin(span[0], y0, trajectory, self.grid, self.out if grid is not None else None)
        self._room = _FIRST_RECORD
        self._attach()

    # ------------------------------------------------------------------------------ driving

    def drive(self, timeout_s: float | None, max_events: int | None, progress: Any, plan: Any) -> None:
        """Run to the end, a limit, or Ctrl-C."""
        from symnum.integrators.interrupts import HeldInterrupts
        from symnum.integrators.progress import progress_report

        report = progress_report(*self.span, progress)
        deadline = None if timeout_s is None else time.perf_counter() + timeout_s
        try:
            with HeldInterrupts() as interrupts:
                self.status = self._drive(deadline, max_events, report, interrupts)
            if report is not None and self.status.ok:
                report.finish(self.span[1])
        finally:
            if report is not None:
                report.close()
        self._detach()

    def _drive(
        self, deadline: float | None, max_events: int | None, report: Callable[[float], None] | None, interrupts: Any
    ) -> "Status":
        from symnum.integrators.status import Status
        from symnum.integrators.stochastic import layout as at

        events = _FIRST_SLICE
        while True:
            began = time.perf_counter()
            allowed = events if max_events is None else min(events, max_events - self.events_done)
            code = self.memory.advance(self.span[1], True, allowed)
            if code == at.STOPPED:
                return Status.SUCCESS
            if code == at.RECORD_FULL:
                if not self._more_room():
                    return Status.MEMORY_LIMIT
            elif code != at.RUNNING:
                return Status(code)
            now = time.perf_counter()
            if interrupts.pending:
                return Status.INTERRUPTED
            if max_events is not None and self.events_done >= max_events:
                return Status.TOO_MANY_EVENTS
            if deadline is not None and now >= deadline:
                return Status.TIMEOUT
            if report is not None:
                report(self.time)
            factor = SLICE_SECONDS / max(now - began, 1e-4)
            events = int(min(max(allowed * min(factor, 8.0), 1), _LARGEST_SLICE))

    @property
    def events_done(self) -> int:
        """Reactions that have happened."""
        from symnum.integrators.stochastic import layout as at

        return int(self.memory.integers[at.I_EVENTS])

    @property
    def time(self) -> float:
        """Time reached."""
        from symnum.integrators.stochastic import layout as at

        return float(self.memory.reals[at.R_TIME])

    # ------------------------------------------------------------------------------ records of events

    def _attach(self) -> None:
        if self.grid is not None:
            return
        from symnum.integrators.stochastic import layout as at

        self.times.append(np.zeros(self._room))
        self.fired.append(np.zeros(self._room, np.int32))
        i = self.memory.integers
        i[at.I_TIMES], i[at.I_FIRED] = self.times[-1].ctypes.data, self.fired[-1].ctypes.data
        i[at.I_CAPACITY], i[at.I_RECORDED] = self._room, 0

    def _more_room(self) -> bool:
        """Provide room for more events; False where the populations would take more memory than is allowed."""
        count = sum(map(len, self.times))
        if 8 * count * len(self.y0) > _MEMORY_BUDGET:
            return False
        self._room = min(2 * self._room, _LARGEST_RECORD)
        self._attach()
        return True

    def _detach(self) -> None:
        """Cut the last piece of the record to what is in it."""
        if self.grid is None:
            from symnum.integrators.stochastic import layout as at

            used = int(self.memory.integers[at.I_RECORDED])
            self.times[-1], self.fired[-1] = self.times[-1][:used], self.fired[-1][:used]

    # ------------------------------------------------------------------------------ the result

    def solution(self, about: dict[str, Any], began: float) -> JumpSolution:
        """Return what was computed."""
        from symnum.integrators.stochastic import layout as at

        system, i = self.model.system, self.memory.integers
        assert self.status is not None
        reached = self.time
        t, y, reactions = self._output(reached)
        reaction = int(i[at.I_REACTION])
        failed = system.reaction_name(reaction) if self.status.names_reaction and reaction >= 0 else None
        stats = {
            **about,
            "t_span": self.span,
            "t_reached": reached,
            "reaction_events": self.events_done,
            "rate_evaluations": int(i[at.I_EVALUATIONS]),
            "rejections": int(i[at.I_REJECTIONS]),
            "seconds": time.perf_counter() - began,
        }
        made = JumpSolution(
            t=t,
            y=y,
            status=self.status,
            message=self.status.explain_reaction(reached, failed),
            stats=stats,
            state_names=system.state_names,
            parameter_names=system.parameter_names,
            parameters=self.memory.parameters,
            observable_names=tuple(system.observables),
            observe=self._observe if system.observables else None,
            interpolate=Steps(t, y) if self.grid is None else None,
            independent=system.independent.name,
            title=system.name,
        )
        made.reactions = reactions
        made.failed_reaction = failed
        return made

    def _output(self, reached: float) -> tuple[Array, Array, NDArray[np.int32] | None]:
        from symnum.integrators.stochastic import layout as at

        if self.grid is not None:
            done = int(self.memory.integers[at.I_GRID_NEXT])
            return self.grid[:done], np.ascontiguousarray(self.out[:done].T), None
        fired = np.concatenate(self.fired)
        y = populations_after(self.model.system.propensities, self.y0, fired)
        t = np.concatenate([[self.span[0]], *self.times, [reached]])
        return t, np.concatenate([y, y[:, -1:]], axis=1), fired

    def _observe(self, t: Array, y: Array) -> Array:
        kernel = self.model.compiled(list(self.model.system.observables.values()))
        p = self.memory.parameters
        context = context_of(kernel, p)
        out = np.zeros((len(t), kernel.n_outputs))
        columns = np.ascontiguousarray(y.T)
        for k in range(len(t)):
            kernel.call(t[k], columns[k].ctypes.data, p.ctypes.data, context.address, out[k].ctypes.data)
        return np.ascontiguousarray(out.T)
