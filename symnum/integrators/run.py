"""Carries one engine's run: state arrays, slices, time limit, interruption, progress."""

import _thread
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from symnum.integrators import layout as at
from symnum.integrators.compiled import CompiledCallback
from symnum.integrators.problem import KernelProblem, LinearSolver
from symnum.integrators.record import MEMORY_BUDGET, Interpolant, Record
from symnum.integrators.status import Status

if TYPE_CHECKING:
    from symnum.integrators.interrupts import HeldInterrupts

Array = npt.NDArray[np.float64]

#: Seconds of compiled work between two looks at the clock and at Ctrl-C.
SLICE_SECONDS = 0.05

#: Unknowns from which the steps of an implicit method run beside the main thread: one factorisation may take longer
#: than anybody wants to wait after Ctrl-C.
BESIDE = 400
#: Seconds between two looks at Ctrl-C then, and those in which a step may still come to its end.
_LOOK, _GRACE = 0.05, 0.4


def address_of(array: npt.NDArray[Any]) -> int:
    """Return the address of an array's data (half the cost of ``array.ctypes.data``)."""
    place: int = array.__array_interface__["data"][0]
    return place


class Run:
    """One engine on one problem, from one point on.

    Parameters
    ----------
    engine : CompiledCallback
        The compiled ``advance`` function.
    problem : KernelProblem
        What is integrated.
    record : Record
        Receives the accepted steps.
    work : ndarray
        Work vectors, shape (rows, n).
    """

    def __init__(self, engine: CompiledCallback, problem: KernelProblem, record: Record, work: Array) -> None:
        self.engine = engine
        self.problem = problem
        self.record = record
        self.earlier: list[Record] = []  # pieces of the record that events have closed
        self.work = work
        self.integers = np.zeros(at.INTEGERS, np.int64)
        self.reals = np.zeros(at.REALS)
        self.kept: list[Any] = []
        self.solver: LinearSolver | None = None
        self.counted_before: dict[str, object] = {}  # the solver's own statistics when the run began
        self.lent: list[tuple[list[LinearSolver], LinearSolver]] = []  # further solvers, and where they belong
        self.jacobian = ""
        self.tolerance_share = 1.0  # of the user's absolute tolerance that one step may use
        self.new_interpolant: Callable[[Run], Interpolant] | None = None  # where it belongs to one record
        self.pooled: Any = None  # what a pool of runs knows of it
        self.matrix_divisor = 1.0  # what was factorised is M - (R_GAMMA / matrix_divisor) J
        self.interrupts: HeldInterrupts | None = None
        self.memory_budget: int | None = None  # bytes of the record, where not `MEMORY_BUDGET`
        self.is_abandoned = False  # a step goes on in another thread, with the problem's memory
        self._arguments = (address_of(self.integers), address_of(self.reals), address_of(work))
        self.integers[[at.I_SIZE, at.I_RHS, at.I_CONTEXT, at.I_PARAMETERS]] = (
            problem.size,
            problem.rhs_address,
            problem.context_address,
            address_of(problem.parameters),
        )
        self.integers[at.I_COMPONENT] = -1

    def reset(self, integers: npt.NDArray[np.int64], reals: Array, work: Array) -> None:
        """Be as after setting up, with an empty record; what is given are the arrays from then."""
        self.integers[:] = integers
        self.reals[:] = reals
        self.work[:] = work
        self.earlier = []
        self.interrupts = None
        old = self.record
        self.record = Record(old.size, old.coefficients, old.overlap, old.interpolant)
        self.complete_record()

    def complete_record(self) -> None:
        """Give the record an interpolant of its own, where it needs one."""
        if self.new_interpolant is not None:
            self.record.interpolant = self.new_interpolant(self)

    def begin(self, t0: float, t1: float, y0: Array) -> None:
        """Enter the initial point."""
        self.reals[at.R_TIME] = t0
        self.reals[at.R_END] = t1
        self._attach(self.record.begin(t0, y0))

    def go_on_from(self, record: Record) -> None:
        """Take further steps from the end of a record."""
        self.record = record
        self._attach(record.blocks[-1])

    def begin_anew(self) -> None:
        """Let the next step begin from the last accepted point, without a memory of those before."""
        self.integers[at.I_STARTED] = 0
        self.reals[at.R_TIME] = self.last_point()[0]

    def _attach(self, block: Any) -> None:
        row = block.used - 1
        i = self.integers
        i[at.I_TIMES] = address_of(block.times)
        i[at.I_ORDERS] = address_of(block.orders)
        i[at.I_STATES] = address_of(block.states)
        i[at.I_SEGMENTS] = address_of(block.segments)
        i[at.I_CAPACITY] = block.rows
        i[at.I_ROW] = row

    @property
    def records(self) -> list[Record]:
        """All pieces of the record, in order."""
        return [*self.earlier, self.record]

    @property
    def time(self) -> float:
        """Time reached."""
        return float(self.reals[at.R_TIME])

    @property
    def takes_long_steps(self) -> bool:
        """Whether one step may take longer than anybody wants to wait after Ctrl-C."""
        return self.solver is not None and self.problem.size >= BESIDE

    def slice(self, attempts: int, deadline: float | None = None) -> Status:
        """Take up to so many attempts."""
        self.integers[at.I_SLICE] = attempts
        status = Status.RUNNING
        beside = self.takes_long_steps
        while True:
            code = self._call_beside(deadline) if beside else self.engine.call(*self._arguments)
            if isinstance(code, Status):
                return code
            self.record.blocks[-1].used = int(self.integers[at.I_ROW]) + 1
            if code != at.RECORD_FULL:
                return Status(code)
            budget = MEMORY_BUDGET if self.memory_budget is None else self.memory_budget
            if sum(r.nbytes for r in self.records) > budget and not self.make_room():
                return Status.MEMORY_LIMIT
            self._attach(self.record.extend())
            if self.integers[at.I_SLICE] <= 0:
                return status

    def _call_beside(self, deadline: float | None) -> int | Status:
        """Call the engine in another thread; a status where it could not be waited for."""
        codes: list[int] = []
        kept: list[Any] = []  # what the engine writes to, where nobody waits for it any longer
        done = threading.Event()  # Ctrl-C in `Thread.join` makes Python 3.11 believe that the thread has ended

        def call(kept: list[Any] = kept) -> None:
            codes.append(self.engine.call(*self._arguments))
            done.set()

        stopped: Status | None = None
        waited = 0.0
        _thread.start_new_thread(call, ())  # `Thread.start` waits, and Ctrl-C can end that
        while not codes:
            # Python looks for Ctrl-C where a loop goes back: every such place lies within.
            try:
                while not done.wait(_LOOK):
                    if self.interrupts is not None and self.interrupts.pending:
                        stopped = Status.INTERRUPTED
                    elif deadline is not None and time.perf_counter() >= deadline:
                        stopped = stopped or Status.TIMEOUT
                    if stopped is not None:
                        self.integers[at.I_SLICE] = 0  # the engine stops after this step
                        waited += _LOOK
                        if waited >= _GRACE:
                            self._abandon(kept)
                            return stopped
            except KeyboardInterrupt:
                stopped = Status.INTERRUPTED
        if stopped is Status.INTERRUPTED and codes[0] == at.RUNNING:
            self.record.blocks[-1].used = int(self.integers[at.I_ROW]) + 1
            return stopped
        return codes[0]

    def _abandon(self, kept: list[Any]) -> None:
        """Keep what was reached; the step that is being computed keeps the memory that it writes to."""
        kept += [self.integers, self.reals, self.work, self.kept, self.record.blocks[-1]]
        kept += [self.problem, self.solver, self.lent]
        self.is_abandoned = True
        self.integers, self.reals, self.work = self.integers.copy(), self.reals.copy(), self.work.copy()
        self.record.blocks[-1].used = int(self.integers[at.I_ROW]) + 1
        self.begin_anew()

    def make_room(self) -> bool:
        """Let go of old blocks if their output is not needed; replaced where `t_eval` is given."""
        return False

    def drive(
        self, deadline: float | None, report: Callable[[float], None] | None, first: int | None = None
    ) -> Status:
        """Run to the end, or to the time limit, or to Ctrl-C.

        Parameters
        ----------
        deadline : float or None
            Value of `time.perf_counter` at which to stop.
        report : callable or None
            Given the time reached after each slice.
        """
        attempts = first or self._first_attempts()
        try:
            while True:
                began = time.perf_counter()
                status = self.slice(attempts, deadline)
                if status is not Status.RUNNING:
                    return status
                if self.interrupts is not None and self.interrupts.pending:
                    return Status.INTERRUPTED
                now = time.perf_counter()
                if deadline is not None and now >= deadline:
                    return Status.TIMEOUT
                if report is not None:
                    report(self.time)
                factor = SLICE_SECONDS / max(now - began, 1e-4)
                attempts = int(min(max(attempts * min(factor, 8.0), 1), 1_000_000))
        except KeyboardInterrupt:
            self.record.blocks[-1].used = int(self.integers[at.I_ROW]) + 1
            return Status.INTERRUPTED

    def _first_attempts(self) -> int:
        """Attempts of the first slice, before it is known how long one takes."""
        size = self.problem.size
        if size >= BESIDE and self.solver is not None:
            return 1
        return max(8, 40_000 // (size + 20)) if size < BESIDE else max(1, 40_000 // size)

    def scale_of_matrix(self) -> float:
        """Return c of the matrix M - c J that was factorised last."""
        return float(self.reals[at.R_GAMMA]) / self.matrix_divisor

    def return_solvers(self) -> None:
        """Let other runs have the linear solvers; their analysis of the pattern is worth more than their memory."""
        if self.is_abandoned:
            return
        if self.solver is not None:
            self.problem.return_solver(self.solver)
        for place, solver in self.lent:
            place.append(solver)

    def last_point(self) -> tuple[float, Array]:
        """Return the last accepted time and a copy of the value there."""
        block = self.record.blocks[-1]
        return float(block.times[block.used - 1]), block.states[block.used - 1].copy()
