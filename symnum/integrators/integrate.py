"""The one door to all integrators."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from symnum.errors import CheckpointError, InputError, ShapeError
from symnum.integrators import layout as at
from symnum.integrators.checkpointing import CheckpointPlan
from symnum.integrators.choose import choose_method, explicit_method
from symnum.integrators.events.driver import EventDriver
from symnum.integrators.events.driver_state import begin_anew, restore_driver, save_driver
from symnum.integrators.events.problem import EventProblem
from symnum.integrators.families import method_run
from symnum.integrators.interrupts import HeldInterrupts
from symnum.integrators.observing import Observer, Reached, StoppedByObserver
from symnum.integrators.problem import KernelProblem
from symnum.integrators.progress import Progress, progress_report
from symnum.integrators.raw_solution import RawSolution
from symnum.integrators.read_records import all_points, points_of, read_records
from symnum.integrators.record import LONG_BUDGET, LONG_ROW, Record
from symnum.integrators.registry import Method, find_method
from symnum.integrators.run import Run
from symnum.integrators.run_pool import SMALL, RunPool
from symnum.integrators.run_state import restore_run, save_run, save_solver
from symnum.integrators.statistics import gather
from symnum.integrators.status import Status
from symnum.integrators.with_mass import check_mass, choose_with_mass

__all__ = ["integrate"]

Array = npt.NDArray[np.float64]

#: What an automatic choice turns to when the explicit method meets stiffness.
STIFF_METHOD = "ndf"

#: What goes both ways.
SWITCHING = "auto-switching"

#: Steps that a stiff method must find smooth before "auto-switching" goes back to an explicit one; visits there that
#: end before `SHORT_VISIT` steps make it four times as patient.
PATIENCE, SHORT_VISIT = 40, 60

#: States from which "auto" goes both ways too: in smaller systems a turn costs more than the steps that it saves.
WORTH_TURNING = 30

#: Share of the explicit method's stability interval that counts as stiff where turning back is cheap.
VISIT_SHARE = 0.35

#: Ends of a run that leave the stepping as it was, so that it can go on as if nothing had been.
_CAN_GO_ON = (
    Status.RUNNING, Status.TIMEOUT, Status.INTERRUPTED, Status.TOO_MANY_STEPS, Status.MEMORY_LIMIT,
)  # fmt: skip


def integrate(
    method: str,
    problem: KernelProblem,
    t0: float,
    t1: float,
    y0: npt.ArrayLike,
    t_eval: npt.ArrayLike | None = None,
    rtol: float = 1e-6,
    atol: npt.ArrayLike = 1e-9,
    *,
    max_steps: int = 10_000_000,
    first_step: float | None = None,
    max_step: float | None = None,
    fixed_step: float | None = None,
    controller: str | None = None,
    max_order: int | None = None,
    timeout_s: float | None = None,
    progress: Progress = None,
    events: EventProblem | None = None,
    checkpoint: CheckpointPlan | None = None,
    resume: dict[str, Any] | None = None,
    observer: Observer | None = None,
) -> RawSolution:
    """Integrate y' = f(t, y, p), or M y' = f(t, y, p), from `t0` to `t1`.

    Parameters
    ----------
    method : str
        "auto", which turns from an explicit to a stiff method where it must, and in systems of 30 states or more back
        where it may, "auto-switching", which does so in all systems, or a name of `registry.METHODS`.
    problem : KernelProblem
        The model, behind addresses.
    t0, t1 : float
        The interval; `t1` may lie before `t0`.
    y0 : array_like, shape (n,)
        Initial values.
    t_eval : array_like, shape (m,), optional
        Times of the output, ordered from `t0` to `t1`; without it every accepted step is returned. The steps, and
        so the values, do not depend on it.
    rtol : float
        Relative tolerance.
    atol : float or array_like, shape (n,)
        Absolute tolerance.
    max_steps : int
        Limit on attempted steps.
    first_step, max_step : float, optional
        Sizes, positive.
    fixed_step : float, optional
        Steps of this size, without error control; for one-step methods.
    controller : {"i", "pi", "pid"}, optional
        Step-size control of one-step methods; by default what suits the method.
    max_order : int, optional
        Highest order of a multistep method.
    timeout_s : float, optional
        Wall-clock limit; the part reached is returned with `Status.TIMEOUT`.
    progress : bool or callable, optional
        True shows a progress bar, False never; by default it shows at a terminal after 2 s. A callable gets the part
        of the interval that is done, from 0 to 1, and the time reached; it may raise `KeyboardInterrupt` to stop.
    events : EventProblem, optional
        What happens on the way; its parameters are the problem's.
    checkpoint : CheckpointPlan, optional
        Where to write the state from time to time, and at the end.
    resume : dict, optional
        State to go on from, with the same problem, tolerances, method and `t0`; `max_steps` counts from here.
    observer : Observer, optional
        Looks at the solution while it comes about, and may end the run.

    Returns
    -------
    RawSolution
        Also after a failure, Ctrl-C or the time limit, with everything up to the time reached.

    Raises
    ------
    UnknownNameError, ShapeError, InputError
        For arguments that cannot be used.
    UnsupportedError
        If the method does not take the problem's mass matrix.
    CheckpointError
        If `resume` does not fit.
    """
    start = np.ascontiguousarray(y0, np.float64)
    wanted = None if t_eval is None else np.array(t_eval, np.float64)
    tolerance = _check(problem, t0, t1, start, wanted, rtol, atol)
    job = _Job(
        problem, float(t0), float(t1), wanted, float(rtol), tolerance, max_steps, first_step, max_step, max_order,
        controller, fixed_step, events,
    )  # fmt: skip
    job.observer = observer
    return job.run(method, start, timeout_s, progress, checkpoint, resume)


def _check(
    problem: KernelProblem,
    t0: float,
    t1: float,
    y0: Array,
    t_eval: Array | None,
    rtol: float,
    atol: npt.ArrayLike,
) -> Array | float:
    """Refuse arguments that make no sense; return the absolute tolerance."""
    n = problem.size
    if y0.shape != (n,):
        raise ShapeError(f"y0 has shape {y0.shape}; the model has {n} states, so it must be ({n},)")
    if not (math.isfinite(t0) and math.isfinite(t1)):
        raise InputError(f"the interval ({t0}, {t1}) must be finite")
    if not 0.0 <= rtol < 1.0:
        raise InputError(f"rtol = {rtol} must lie between 0 and 1; 1e-6 is usual")
    tolerance = atol if isinstance(atol, float) else np.asarray(atol, np.float64)
    if not isinstance(tolerance, float) and tolerance.shape not in ((), (n,)):
        raise ShapeError(f"atol has shape {tolerance.shape}; give one number or {n}")
    least = tolerance if isinstance(tolerance, float) else tolerance.min(initial=np.inf)
    if not least >= 0.0 or (rtol == 0.0 and not least > 0.0):
        raise InputError("atol must not be negative, and rtol and atol must not both be zero")
    if t_eval is not None and t_eval.size:
        _check_times(t_eval, t0, t1)
    return tolerance


def _check_times(t_eval: Array, t0: float, t1: float) -> None:
    sign = 1.0 if t1 >= t0 else -1.0
    if t_eval.ndim != 1:
        raise ShapeError(f"t_eval has shape {t_eval.shape}; it must be one-dimensional")
    if len(t_eval) > 1 and np.any(sign * np.diff(t_eval) < 0.0):
        raise InputError("t_eval must be ordered from t0 to t1; sort it first")
    ends = sign * t_eval[0], sign * t_eval[-1]
    if not (ends[0] >= sign * t0 and ends[1] <= sign * t1):
        raise InputError(f"t_eval must lie within the interval ({t0}, {t1})")


class _Job:
    """One call of `integrate`: its engine runs and the output taken so far."""

    def __init__(
        self, problem: KernelProblem, t0: float, t1: float, t_eval: Array | None, rtol: float, atol: Array | float,
        max_steps: int, first_step: float | None, max_step: float | None, max_order: int | None,
        controller: str | None, fixed_step: float | None, events: EventProblem | None,
    ) -> None:  # fmt: skip
        self.problem, self.t0, self.t1, self.t_eval = problem, t0, t1, t_eval
        self.rtol, self.atol, self.max_order, self.controller = rtol, atol, max_order, controller
        self.max_steps, self.first_step, self.max_step = max_steps, first_step, max_step
        self.fixed_step = fixed_step
        self.events = None if events is None else EventDriver(events, problem.size, t0, t1)
        self.runs: list[Run] = []
        self.names: list[str] = []  # of the runs' methods
        self.reason = ""
        self.is_automatic = False
        self.patience = 0  # steps
        self.done: list[Array] = []  # output taken before blocks were let go
        self.taken = 0
        self.status = Status.RUNNING
        self.seconds = 0.0  # of what was done before
        self._began = time.perf_counter()
        self._solvers: list[dict[str, Any]] = []  # as they were when given back
        self._interrupts: HeldInterrupts | None = None
        self._kept: list[Run] = []  # by the pool, with their solvers
        self.observer: Observer | None = None
        self._ended: Status | None = None  # by the observer
        self._pools = events is None and problem.size <= SMALL and problem.mass is None and problem.split is None

    def run(
        self, name: str, y0: Array, timeout_s: float | None, progress: Progress, plan: CheckpointPlan | None,
        resume: dict[str, Any] | None,
    ) -> RawSolution:  # fmt: skip
        deadline = None if timeout_s is None else self._began + timeout_s
        bar = progress_report(self.t0, self.t1, progress)
        report: Callable[[float], None] | None = bar
        if plan is not None or resume is not None or self.observer is not None:
            self._pools = False
        if plan is not None:
            plan.begin()
        if plan is not None or self.observer is not None:
            report = self._report(bar, plan)
        try:
            if self.events is None and plan is None:
                self._engines(name, y0, deadline, report, resume)
            else:
                with HeldInterrupts() as self._interrupts:
                    self._engines(name, y0, deadline, report, resume)
            self._observe_end()
            if plan is not None:
                plan.write(self.state())
            if bar is not None and self.status is Status.SUCCESS:
                bar.finish(self.t1)
            raw = self._solution()
            if self._pools:
                self._give_back(raw)
            return raw
        finally:
            if bar is not None:
                bar.close()
            self._return_solvers()

    def _report(
        self, bar: Callable[[float], None] | None, plan: CheckpointPlan | None
    ) -> Callable[[float], None]:
        def report(t: float) -> None:
            self._observe()
            if self._ended is not None:
                raise StoppedByObserver
            if plan is not None:
                plan.when_due(self.state)
            if bar is not None:
                bar(t)

        return report

    def _observe(self) -> None:
        """Let the observer look at what is there."""
        if self.observer is not None and self._ended is None and self.runs:
            block = self.runs[-1].record.blocks[-1]
            reached = Reached(float(block.times[block.used - 1]), lambda times: read_records(self._records(), times))
            self._ended = self.observer.observe(reached)

    def _observe_end(self) -> None:
        """Let it look once more; its word on how the run ended counts."""
        self._observe()
        if self._ended is not None:
            self.status = self._ended

    def _engines(
        self, name: str, y0: Array, deadline: float | None, report: Callable[[float], None] | None,
        resume: dict[str, Any] | None,
    ) -> None:  # fmt: skip
        """Run to the end with one method, or with one after the other."""
        if self.problem.mass is None:
            is_large = name.lower() == "auto" and self.problem.size >= WORTH_TURNING
            self.patience = PATIENCE if is_large or name.lower() == SWITCHING else 0
        if resume is None:
            method = self._choose(name, y0)
            self.status = self._engine(method, self.t0, y0, self.is_automatic, deadline, report)
        else:
            self.status = self._go_on(resume, deadline, report)
        while self.status in (Status.STIFF, Status.NONSTIFF):
            t, y = self.runs[-1].last_point()
            self.status = self._engine(self._other_method(t), t, y, self._switches, deadline, report)

    @property
    def _switches(self) -> bool:
        """Whether methods that are turned to may be left again."""
        return self.patience > 0

    def _other_method(self, t: float) -> Method:
        """Return the method to turn to, and say why."""
        if self.status is Status.NONSTIFF:
            name = explicit_method(self.rtol)
            self.reason += f"; no longer stiff at t = {t:.6g}, so {name} went on from there"
        else:
            name = STIFF_METHOD
            again = "again " if len(self.runs) > 1 else ""
            self.reason += f"; it turned out stiff {again}at t = {t:.6g}, so {name} went on from there"
            if len(self.runs) > 1 and self.runs[-1].integers[at.I_ACCEPTED] < SHORT_VISIT:
                self.patience *= 4
        return find_method(name)

    def _choose(self, name: str, y0: Array) -> Method:
        self.reason = "chosen by the user"
        self.is_automatic = name.lower() in ("auto", SWITCHING)
        if self.is_automatic:
            if self.problem.mass is None:
                name, self.reason = choose_method(self.problem, self.t0, self.t1, y0, self.rtol)
            else:
                name, self.reason = choose_with_mass(self.problem)
        return find_method(name)

    def _engine(
        self, method: Method, t: float, y: Array, detect: bool, deadline: float | None,
        report: Callable[[float], None] | None,
    ) -> Status:  # fmt: skip
        """Run a method from a point on."""
        problem = self.problem
        check_mass(method, problem)
        if problem.mass is not None and problem.slope is None and method.family == "multistep" and t != self.t1:
            from symnum.integrators.consistent import initial_slope

            problem = replace(problem, slope=initial_slope(problem, t, self.t1, y))
        run = self._new_run(method, problem, detect)
        if self.events is not None:
            return self.events.drive(run, t, y, deadline, report)
        run.begin(t, self.t1, y)
        return run.drive(deadline, report) if t != self.t1 else Status.SUCCESS

    def _new_run(self, method: Method, problem: KernelProblem, detect: bool) -> Run:
        if self.fixed_step is not None and not method.one_step and not self.runs:
            raise InputError(
                f'"{method.name}" chooses its own steps; fixed steps are for one-step methods, such as the explicit '
                'method="rk4"'
            )
        run = self._borrow_run(method, problem, detect)
        if self._switches and self.runs and method.family == "explicit":
            run.reals[at.R_STABILITY] *= VISIT_SHARE
        self._limits(run)
        run.interrupts = self._interrupts
        if self.t_eval is not None:
            run.make_room = self._take_output  # type: ignore[method-assign]
            if 8 * run.record.size * (1 + run.record.coefficients) > LONG_ROW:
                run.memory_budget = LONG_BUDGET
        if self.observer is not None and not self.observer.keeps_record:
            run.memory_budget = 0
        self.runs.append(run)
        self.names.append(method.name)
        return run

    def _borrow_run(self, method: Method, problem: KernelProblem, detect: bool) -> Run:
        """Return a run of a method, one that was set up before where the problem is small."""
        settings = {
            "detect_stiffness": detect, "controller": self.controller, "max_order": self.max_order,
            "patience": self.patience,
        }  # fmt: skip
        if self._pools:
            return RunPool.of(problem).borrow(method, self.rtol, self.atol, **settings)
        return method_run(method.numbers, problem, self.rtol, self.atol, **settings)  # type: ignore[arg-type]

    def _limits(self, run: Run) -> None:
        sign = 1.0 if self.t1 >= self.t0 else -1.0
        used = sum(int(r.integers[at.I_ATTEMPTS]) for r in self.runs)
        run.integers[at.I_MAX_ATTEMPTS] = max(self.max_steps - used, 0)
        run.reals[at.R_MAX_STEP] = self.max_step if self.max_step is not None else 1e300
        if self.runs:
            return
        if self.fixed_step is not None:
            run.integers[at.I_FIXED] = 1
            run.reals[at.R_FIRST_STEP] = sign * self.fixed_step
        elif self.first_step is not None:
            run.reals[at.R_FIRST_STEP] = sign * self.first_step

    # ------------------------------------------------------------------------------------ stop and go on

    def state(self) -> dict[str, Any]:
        """Return the state between two slices, as a tree whose arrays are those of this job."""
        solvers = self._solvers or [save_solver(run) for run in self.runs]
        return {
            "names": self.names,
            "reason": self.reason,
            "is_automatic": self.is_automatic,
            "patience": self.patience,
            "status": self.status.name,
            "is_exact": not any(run.is_abandoned for run in self.runs),
            "seconds": self.seconds + time.perf_counter() - self._began,
            "t0": self.t0,
            "t1": self.t1,
            "t_eval": self.t_eval,
            "done": self.done,
            "taken": self.taken,
            "runs": [save_run(run, solver) for run, solver in zip(self.runs, solvers, strict=True)],
            "events": None if self.events is None else save_driver(self.events),
        }

    def _go_on(
        self, saved: dict[str, Any], deadline: float | None, report: Callable[[float], None] | None
    ) -> Status:
        """Go on from a state."""
        try:
            names, runs, status = list(saved["names"]), list(saved["runs"]), Status[saved["status"]]
            self.reason, self.is_automatic = str(saved["reason"]), bool(saved["is_automatic"])
            self.done, self.taken, self.seconds = list(saved["done"]), int(saved["taken"]), float(saved["seconds"])
            self.patience = int(saved["patience"])
            is_exact, t1, events = bool(saved["is_exact"]), float(saved["t1"]), saved["events"]
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"the checkpoint lacks a part of the state: {error!r}.") from None
        if not runs or len(names) != len(runs) or (events is None) != (self.events is None):
            raise CheckpointError("the checkpoint does not fit the model.")
        for i, (name, part) in enumerate(zip(names, runs, strict=True)):
            run = self._new_run(find_method(str(name)), self.problem, self.is_automatic and (i == 0 or self._switches))
            if self.events is not None:
                self.events.attach(run)
            restore_run(run, part, goes_on=i == len(runs) - 1)
        self._more_steps()
        if self.events is not None:
            restore_driver(self.events, events, run)
        if t1 != self.t1 and self.events is not None:
            self.events._is_aimed = False
        run.reals[at.R_END] = self.t1
        if self.events is not None and self.events._is_aimed and self.events._stop is not None:
            run.reals[at.R_END] = self.events._stop.before
        if status not in _CAN_GO_ON or not is_exact:
            if run.last_point()[0] == self.t1:
                return status
            self._begin_anew(run)
        if self.events is not None:
            return self.events.go_on(run, deadline, report)
        return run.drive(deadline, report) if run.time != self.t1 else Status.SUCCESS

    def _more_steps(self) -> None:
        """Let `max_steps` count from here."""
        own = int(self.runs[-1].integers[at.I_ATTEMPTS])
        self.runs[-1].integers[at.I_MAX_ATTEMPTS] = self.max_steps + own
        self.max_steps += sum(int(r.integers[at.I_ATTEMPTS]) for r in self.runs)

    def _begin_anew(self, run: Run) -> None:
        """Let a run that had come to an end begin again from its last point."""
        run.begin_anew()
        if self.events is not None:
            begin_anew(self.events, run)
        if self.problem.mass is not None and find_method(self.names[-1]).family == "multistep":
            from symnum.integrators.consistent import initial_slope
            from symnum.integrators.multistep import GIVEN_SLOPE

            t, y = run.last_point()
            run.work[GIVEN_SLOPE] = initial_slope(self.problem, t, self.t1, y)

    # ------------------------------------------------------------------------------------ output

    def _take_output(self) -> bool:
        """Read off the requested times so far, then let go of the blocks they came from."""
        assert self.t_eval is not None
        self._observe()
        count = self._count(self.runs[-1].time)
        self.done.append(read_records(self._records(), self.t_eval[self.taken : count]))
        self.taken = count
        for run in self.runs:
            run.earlier.clear()
        self.runs[-1].record.release()
        return True

    def _records(self) -> list[Record]:
        return [record for run in self.runs for record in run.records]

    def _count(self, reached: float) -> int:
        assert self.t_eval is not None
        sign = 1.0 if self.t1 >= self.t0 else -1.0
        return int(np.searchsorted(sign * self.t_eval, sign * reached, side="right"))

    def _solution(self) -> RawSolution:
        run, status = self.runs[-1], self.status
        records = self._records()
        if self.t_eval is None:
            t, y = all_points(records)
        else:
            count = self._count(run.time)
            t = self.t_eval[:count]
            parts = [*self.done, read_records(records, self.t_eval[self.taken : count])]
            y = parts[0] if len(parts) == 1 else np.concatenate(parts)
        component = int(run.integers[at.I_COMPONENT])
        culprit = component if status.names_component and component >= 0 else None
        statistics = gather(self.runs, self.seconds + time.perf_counter() - self._began)
        names = ", ".join(self.names)
        raw = RawSolution(t, y.T, status, run.time, culprit, names, self.reason, statistics, records, _job=self)
        if self.events is not None:
            raw.events, raw.culprit = self.events.happenings, self.events.culprit
            raw.condition_evaluations = self.events.watcher.evaluations
            raw.parameters = [p for _, _, p in self.events.history]
            if len(raw.parameters) > 1:
                raw.parameter_index = self._parameter_index(self.events, t, records)
        return raw

    def _parameter_index(self, events: EventDriver, t: Array, records: list[Record]) -> npt.NDArray[np.int64]:
        """Return which parameters hold at each time of the output."""
        if self.t_eval is None:
            pieces = np.repeat(np.arange(len(records)), [len(times) for times, _ in points_of(records)])
            return np.searchsorted([number for number, _, _ in events.history], pieces, side="right") - 1
        sign = 1.0 if self.t1 >= self.t0 else -1.0
        since = sign * np.array([time for _, time, _ in events.history])
        return np.searchsorted(since, sign * t, side="right") - 1

    def _give_back(self, raw: RawSolution) -> None:
        pool = RunPool.of(self.problem)
        for run in self.runs:
            run.__dict__.pop("make_room", None)  # it belongs to this job
            if pool.give_back(run, raw):
                self._kept.append(run)

    def _return_solvers(self) -> None:
        self._solvers = [save_solver(run) for run in self.runs]
        for run in self.runs:
            if run not in self._kept:
                run.return_solvers()
