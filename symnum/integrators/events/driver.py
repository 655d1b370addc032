"""Carries a run through its events: to the next known time, to what the watch function finds, and on from there."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from symnum.integrators import layout, record
from symnum.integrators.events import places as at
from symnum.integrators.events.accumulation import Accumulation
from symnum.integrators.events.cutting import cut_step, new_piece
from symnum.integrators.events.execution import Execution, Outcome
from symnum.integrators.events.problem import EventProblem
from symnum.integrators.events.schedule import Schedule, Stop
from symnum.integrators.events.watcher import Watcher
from symnum.integrators.record import CompletedPolynomials
from symnum.integrators.run import Run
from symnum.integrators.status import Status

if TYPE_CHECKING:
    from symnum.integrators.consistent import Constraints

Array = npt.NDArray[np.float64]

#: Algebraic unknowns that move by more than so many tolerances where an event begins anew have jumped.
_JUMP = 100.0


class EventDriver:
    """The events of one solve.

    Parameters
    ----------
    problem : EventProblem
    size : int
        Number of states.
    t0, t1 : float
        The interval.

    Attributes
    ----------
    happenings : list of Happening
        What happened, in order.
    history : list of (int, float, ndarray)
        Parameters from the beginning and after each change: number of the piece of the record, time, values.
    culprit : str
        Name of the event that ended the run, where one did.
    """

    def __init__(self, problem: EventProblem, size: int, t0: float, t1: float) -> None:
        self.problem, self.t1 = problem, t1
        self.watcher = Watcher(problem, size)
        self.schedule = Schedule(problem, t0, t1)
        self.execution = Execution(problem, self.watcher, self.schedule)
        self.happenings = self.execution.happenings
        self.history: list[tuple[int, float, Array]] = []
        self.culprit = ""
        self._accumulation = Accumulation(t0, t1)
        self._pieces = self._bytes = 0
        self._stop: Stop | None = None
        self._now = t0
        self._has_begun = self._is_aimed = False
        self._constraints: Constraints | None = None

    def drive(
        self, run: Run, t: float, y: Array, deadline: float | None, report: Callable[[float], None] | None
    ) -> Status:
        """Run to the end of the interval, to a terminal event, or to the time limit or a failure.

        Parameters
        ----------
        run : Run
            Not begun yet.
        t : float
        y : ndarray, shape (n,)
        deadline, report
            As for `Run.drive`.
        """
        run.begin(t, self.t1, y)
        self.attach(run)
        try:
            status = self._begin(run, t, y) if not self._has_begun else self._resume(run, t, y)
            return self._carry_on(run, status, deadline, report)
        except KeyboardInterrupt:
            return Status.INTERRUPTED

    def go_on(self, run: Run, deadline: float | None, report: Callable[[float], None] | None) -> Status:
        """Go on with a run and with events whose state has been restored; as `drive` otherwise."""
        try:
            return self._carry_on(run, Status.RUNNING, deadline, report)
        except KeyboardInterrupt:
            return Status.INTERRUPTED

    def _carry_on(
        self, run: Run, status: Status, deadline: float | None, report: Callable[[float], None] | None
    ) -> Status:
        while status is Status.RUNNING:
            status = self._step(run, deadline, report)
            if status is Status.RUNNING and run.interrupts is not None and run.interrupts.pending:
                return Status.INTERRUPTED
            if status is Status.RUNNING and deadline is not None and time.perf_counter() >= deadline:
                return Status.TIMEOUT
        return status

    def attach(self, run: Run) -> None:
        """Have a run call the watch function, if anything must be watched."""
        self._pieces += 1
        changes = any(np.any(rule.targets < 0) for rule in self.problem.rules)
        watched = bool(np.any(self.problem.kinds & at.WATCHED))
        if watched or (changes and isinstance(run.record.interpolant, CompletedPolynomials)):
            self.watcher.attach(run)

    def _begin(self, run: Run, t: float, y: Array) -> Status:
        """What happens at the very beginning."""
        self._has_begun = True
        self.history.append((0, t, self.problem.parameters.copy()))
        self.schedule.update(y)
        after = self.schedule.smooth_from(t, y)
        return self._after(run, t, self.execution.begin(t, y, after), after)

    def _resume(self, run: Run, t: float, y: Array) -> Status:
        """Go on with another method from where one has stopped."""
        self.execution.settle(t, y, t)
        self.watcher.begin()
        self._now, self._is_aimed = t, False
        return Status.RUNNING

    def _step(self, run: Run, deadline: float | None, report: Callable[[float], None] | None) -> Status:
        """Run to the next event or known time, and do what is to be done there."""
        moves = self._aim(run)
        accepted = int(run.integers[layout.I_ACCEPTED])
        status = run.drive(deadline, report) if moves else Status.SUCCESS
        if run.integers[layout.I_FIXED] == 0:
            run.reals[layout.R_FIRST_STEP] = 0.0  # what was asked for the first step is not for those after events
        if status is Status.EVENT:
            return self._found(run)
        if status is Status.SUCCESS:
            return self._arrived(run)
        if self._accumulation.is_likely and run.integers[layout.I_ACCEPTED] - accepted <= 1:
            self.culprit = self.happenings[-1].name if self.happenings else ""
            return Status.EVENTS_ACCUMULATE
        return status

    def _aim(self, run: Run) -> bool:
        """Set the time to run to; whether there is any way to go."""
        if not self._is_aimed:
            self._is_aimed = True
            self._stop = self.schedule.next(self._now, run.last_point()[1])
            run.reals[layout.R_END] = self.t1 if self._stop is None else self._stop.before
        return bool(self.schedule.forward * (run.reals[layout.R_END] - run.reals[layout.R_TIME]) > 0.0)

    def _found(self, run: Run) -> Status:
        """Events in the last step: the first one that changes anything cuts it."""
        watcher = self.watcher
        code = watcher.result
        while code == at.EVENT_FOUND:
            t, y = watcher.time, watcher.state.copy()
            outcome = self.execution.at_change(t, y)
            if outcome.restarts or outcome.is_terminal:
                cut_step(run, watcher.form, watcher.degree, t, y)
                return self._after(run, t, outcome, t)
            if outcome.happened and self._accumulation.note(t):
                return self._accumulates(outcome)
            code = watcher.resume()
        if code == at.FAILED:
            return Status.KERNEL_FAILURE
        if code == at.TOO_OFTEN:
            self.culprit = self.problem.rules[0].name
            return Status.EVENTS_ACCUMULATE
        return Status.RUNNING

    def _arrived(self, run: Run) -> Status:
        """The end of the interval, or a time known beforehand."""
        stop = self._stop
        if stop is None:
            return Status.SUCCESS
        block = run.record.blocks[-1]
        if block.times[block.used - 1] == stop.before:
            block.times[block.used - 1] = stop.time
        run.reals[layout.R_TIME] = stop.time
        outcome = self.execution.at_known_time(stop.time, run.last_point()[1], stop.after)
        status = self._after(run, stop.time, outcome, stop.after)
        if status is Status.RUNNING and stop.time == self.t1:
            run.reals[layout.R_TIME] = stop.time
            return Status.SUCCESS
        return status

    def _after(self, run: Run, t: float, outcome: Outcome, start: float) -> Status:
        """Begin anew after what has happened; `start` is where the solution is smooth again."""
        self._now, self._is_aimed = t, False
        if run.problem.mass is not None and not self._make_consistent(run, start, outcome):
            return Status.NEWTON_FAILURE
        if outcome.has_changed:
            new_piece(run, t, outcome.y)
            self._pieces += 1
            self._bytes += run.earlier[-1].nbytes
            if self._bytes > record.MEMORY_BUDGET:
                if not run.make_room():
                    return Status.MEMORY_LIMIT
                self._bytes = 0
            if outcome.parameters_changed:
                self.history.append((self._pieces - 1, t, self.problem.parameters.copy()))
        run.integers[layout.I_STARTED] = 0
        if outcome.is_terminal:
            self.culprit = outcome.happened[-1]
            return Status.TERMINAL_EVENT
        if outcome.is_endless or (outcome.by_condition and self._accumulation.note(t)):
            return self._accumulates(outcome)
        self.watcher.begin()
        run.reals[layout.R_TIME] = start
        return Status.RUNNING

    def _make_consistent(self, run: Run, t: float, outcome: Outcome) -> bool:
        """Let algebraic equations hold again, by changing what they determine; whether that was possible."""
        from symnum.integrators.consistent import Constraints
        from symnum.integrators.multistep import GIVEN_SLOPE
        from symnum.integrators.stepping import ATOL

        if self._constraints is None:
            self._constraints = Constraints(run.problem)
        found = self._constraints.solve(t, outcome.y)
        if not found.converged:
            run.integers[layout.I_COMPONENT] = found.unknown
            return False
        tolerated = run.reals[layout.R_RTOL] * np.abs(found.y) + run.work[ATOL]
        if outcome.has_changed or np.any(np.abs(found.y - outcome.y) > _JUMP * tolerated):
            outcome.y, outcome.has_changed = found.y, True
            if outcome.happened:
                self.happenings[-1] = replace(self.happenings[-1], after=found.y)
        if self.watcher.form == at.POINTS:
            run.work[GIVEN_SLOPE] = self._constraints.slope(t, outcome.y, self.t1 - t)
        return True

    def _accumulates(self, outcome: Outcome) -> Status:
        self.culprit = outcome.happened[-1] if outcome.happened else ""
        return Status.EVENTS_ACCUMULATE
