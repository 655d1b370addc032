"""Carries one trajectory: slices, time limit, Ctrl-C, progress, events."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.integrators import status as ends
from symnum.integrators.stochastic import layout as at
from symnum.simulators.stochastic.step_pieces import pieces_of

if TYPE_CHECKING:
    from symnum.integrators.interrupts import HeldInterrupts
    from symnum.integrators.stochastic.events import JumpEvents
    from symnum.integrators.stochastic.trajectory import Trajectory

__all__ = ["OneRun"]

Array = NDArray[np.float64]
Status = ends.Status

#: Seconds of compiled work between two looks at the clock and at Ctrl-C.
SLICE_SECONDS = 0.05
_FIRST_SLICE, _LARGEST_SLICE = 20_000, 100_000_000


class OneRun:
    """One trajectory with its output.

    Parameters
    ----------
    memory : Trajectory
    span : (float, float)
    y0 : ndarray, shape (n_states,)
    grid : ndarray or None
        Output times, ascending; None records every event.
    trajectory : int
        Its number.
    events : JumpEvents, optional

    Attributes
    ----------
    pieces : Pieces, StepPieces or None
        The record of events or steps, where all are wanted.
    out : ndarray, shape (n_times, n_states)
        Populations at the output times.
    history : list of (float, ndarray)
        Parameters from the beginning and from each change on.
    """

    def __init__(
        self,
        memory: "Trajectory",
        span: tuple[float, float],
        y0: Array,
        grid: Array | None,
        trajectory: int,
        events: "JumpEvents | None" = None,
    ) -> None:
        self.memory, self.span, self.grid, self.events = memory, span, grid, events
        self.out = np.zeros((0 if grid is None else len(grid), len(y0)))
        self.status = Status.RUNNING
        self.history = [(span[0], memory.parameters.copy())]
        memory.begin(span[0], y0, trajectory, grid, self.out if grid is not None else None)
        self.pieces = pieces_of(memory, span[0], y0) if grid is None else None

    def drive(
        self,
        timeout_s: float | None = None,
        max_events: int | None = None,
        progress: bool | Callable[[float, float], Any] | None = None,
    ) -> None:
        """Run to the end, a limit, or Ctrl-C."""
        from symnum.integrators.interrupts import HeldInterrupts
        from symnum.integrators.progress import progress_report

        report = progress_report(*self.span, progress)
        self._deadline = None if timeout_s is None else time.perf_counter() + timeout_s
        self._most, self._slice = max_events, _FIRST_SLICE
        try:
            with HeldInterrupts() as interrupts:
                self.status = self._drive(report, interrupts)
            if report is not None and self.status.ok:
                report.finish(self.time)
        finally:
            if report is not None:
                report.close()
        if self.pieces is not None:
            self.pieces.finish(self.time)

    def _drive(self, report: Callable[[float], None] | None, interrupts: "HeldInterrupts") -> Status:
        if self.events is not None and self._after(self.events.begin()):
            return Status.TERMINAL_EVENT
        while True:
            stop, is_end = (self.span[1], True) if self.events is None else self.events.aim()
            code = at.RUNNING
            while code == at.RUNNING:
                began = time.perf_counter()
                code = self.memory.advance(stop, is_end, self._allowed())
                ended = self._looked_at(code, report, interrupts)
                if ended is not None:
                    return ended
                code = at.RUNNING if code == at.RECORD_FULL else code
                factor = SLICE_SECONDS / max(time.perf_counter() - began, 1e-4)
                self._slice = int(min(max(self._slice * min(factor, 8.0), 100), _LARGEST_SLICE))
            if code == at.STOPPED and is_end:
                return Status.SUCCESS
            assert self.events is not None
            if self._after(self.events.arrived() if code == at.STOPPED else self.events.changed()):
                return Status.TERMINAL_EVENT

    def _allowed(self) -> int:
        return self._slice if self._most is None else min(self._slice, self._most - self.events_done)

    def _looked_at(
        self, code: int, report: Callable[[float], None] | None, interrupts: "HeldInterrupts"
    ) -> Status | None:
        """Look at a code, at limits and at Ctrl-C; return how the run ends, None where it goes on."""
        if self.pieces is not None and not self.pieces.has_room():
            return Status.MEMORY_LIMIT
        if code == at.STOPPED or code == at.CONDITION:
            return None
        if code not in (at.RUNNING, at.RECORD_FULL):
            return Status(code)
        if interrupts.pending:
            return Status.INTERRUPTED
        if self._most is not None and self.events_done >= self._most:
            return Status.TOO_MANY_EVENTS
        if self._deadline is not None and time.perf_counter() >= self._deadline:
            return Status.TIMEOUT
        if report is not None:
            report(self.time)
        return None

    def _after(self, outcome: Any) -> bool:
        """Enter what an event has changed; return whether it ends the run."""
        if outcome.has_changed and self.pieces is not None:
            self.pieces.cut(self.time, outcome.y)
        if outcome.parameters_changed:
            self.history.append((self.time, self.memory.parameters.copy()))
        if outcome.is_terminal and self.grid is not None:
            self._write_outputs_here()
        return bool(outcome.is_terminal)

    def _write_outputs_here(self) -> None:
        """Write the output times up to now: at a terminal event the state after it counts."""
        assert self.grid is not None
        done = int(self.memory.integers[at.I_GRID_NEXT])
        passed = int(np.searchsorted(self.grid, self.time, side="right"))
        self.out[done:passed] = self.memory.populations[:-1]
        self.memory.integers[at.I_GRID_NEXT] = max(done, passed)

    @property
    def events_done(self) -> int:
        """Reactions that have happened."""
        return int(self.memory.integers[at.I_EVENTS])

    @property
    def time(self) -> float:
        """Time reached."""
        return float(self.memory.reals[at.R_TIME])
