"""The memory of the watch function, and its connection to a run."""

import numpy as np
import numpy.typing as npt

from symnum.errors import UnsupportedError
from symnum.integrators import layout
from symnum.integrators.events import places as at
from symnum.integrators.events.bernstein import ROW, tables
from symnum.integrators.events.problem import EventProblem, EventRule
from symnum.integrators.record import (
    BackwardPoints,
    Block,
    CompletedPolynomials,
    SlopeIntegrals,
    StepPolynomials,
)
from symnum.integrators.run import Run, address_of

Array = npt.NDArray[np.float64]


class Watcher:
    """Watches the conditions of events on every step of a run.

    Parameters
    ----------
    problem : EventProblem
    size : int
        Number of states.

    Attributes
    ----------
    truth : ndarray of int64
        Whether each comparison is true.
    conditions, changed : ndarray of int64
        Whether each condition was true before, and is now.
    held : ndarray of int64
        Signs that comparisons which are zero where a run begins take at once, or 0.
    noise : ndarray
        How far from zero comparisons that have just changed may be without meaning anything.
    """

    def __init__(self, problem: EventProblem, size: int) -> None:
        atoms, events = len(problem.kinds), problem.conditions
        self.problem, self.size = problem, size
        self.integers = np.zeros(at.INTEGERS, np.int64)
        self.reals = np.zeros(at.REALS_COUNT)
        self.truth = np.zeros(atoms, np.int64)
        self.conditions = np.zeros(events, np.int64)
        self.changed = np.zeros(events, np.int64)
        self.held = np.zeros(atoms, np.int64)
        self.noise = np.zeros(atoms)
        self.state = np.zeros(size)
        self._masks = np.array([_watched_changes(rule) for rule in problem.rules[:events]], np.int64)
        self._kept = [self._buffers(atoms), self._masks]
        i = self.integers
        i[[at.ATOMS, at.EVENTS, at.NEEDED_COUNT]] = atoms, events, len(problem.needed)
        i[[at.KERNEL, at.CONTEXT]] = problem.kernel_address, problem.context_address
        for place, array in (
            (at.NEEDED, problem.needed), (at.KINDS, problem.kinds), (at.DEGREES, problem.degrees),
            (at.PROGRAMS, problem.programs), (at.STARTS, problem.starts), (at.MASKS, self._masks),
            (at.STATE, self.state), (at.TRUTH, self.truth), (at.EVENT_TRUTH, self.conditions),
            (at.EVENT_NEW, self.changed), (at.HELD, self.held), (at.NOISE, self.noise), (at.REALS, self.reals),
        ):  # fmt: skip
            i[place] = address_of(array)

    def _buffers(self, atoms: int) -> Array:
        sizes = {
            at.VALUES: atoms, at.LOW: atoms, at.HIGH: atoms, at.SAMPLED: atoms * at.SAMPLES,
            at.STACKED: at.STACK * ROW, at.WAITING: 3 * at.PIECES, at.MARKS: atoms, at.WEIGHTS: 80,
        }  # fmt: skip
        buffer = np.zeros(sum(sizes.values()))
        place = address_of(buffer)
        for slot, size in sizes.items():
            self.integers[slot] = place
            place += 8 * size
        return buffer

    @property
    def time(self) -> float:
        """Time of the event that was found."""
        return float(self.reals[at.TIME])

    @property
    def evaluations(self) -> int:
        """How often the comparisons were evaluated."""
        return int(self.integers[at.CALLS])

    @property
    def result(self) -> int:
        """What the watch function returned last."""
        return int(self.integers[at.RESULT])

    def attach(self, run: Run) -> None:
        """Have a run call the watch function after every step.

        Raises
        ------
        UnsupportedError
            If the continuous solution of its method has no compiled form.
        """
        from symnum.integrators.events.watch import watch

        self._run, self._watch = run, watch
        i, record = self.integers, run.record
        i[[at.STORED, at.FORM_DEGREE]] = record.coefficients, record.coefficients
        interpolant = record.interpolant
        if isinstance(interpolant, CompletedPolynomials):
            self._attach_completion(run)
        elif isinstance(interpolant, BackwardPoints):
            i[at.FORM], i[at.FORM_DEGREE] = at.POINTS, int(run.integers[layout.I_MAX_ORDER])
        elif isinstance(interpolant, SlopeIntegrals):
            i[at.FORM], i[at.FORM_DEGREE] = at.SLOPES, int(run.integers[layout.I_MAX_ORDER]) + 1
        elif type(interpolant) is StepPolynomials:
            i[at.FORM] = at.POWERS
        else:
            raise UnsupportedError('Events cannot be located with this method; choose another, as in method="tsit5".')
        self._choose_degree()
        run.integers[layout.I_WATCH] = watch.address
        run.integers[layout.I_WATCHER] = address_of(i)

    def _choose_degree(self) -> None:
        """Sample at few points where that is enough for all comparisons."""
        degrees = self.problem.degrees[(self.problem.kinds & at.WATCHED) != 0] * self.degree
        is_low = len(degrees) == 0 or (degrees.min() >= 0 and degrees.max() <= at.LOW_DEGREE)
        table = tables(at.LOW_DEGREE if is_low else at.DEGREE)
        self._kept.append(table)
        self.integers[at.USED_DEGREE], self.integers[at.MATRIX] = table.shape[1] - 1, address_of(table)

    def _attach_completion(self, run: Run) -> None:
        """Let steps be completed at once, in place: parameters may be others later."""
        from symnum.integrators.explicit import complete

        degree, total = int(run.integers[layout.I_DEGREE]), int(run.integers[layout.I_TOTAL])
        work, polynomial = np.zeros((1 + total, self.size)), np.zeros((degree, self.size))
        self._kept += [work, polynomial]
        i = self.integers
        i[at.FORM], i[at.FORM_DEGREE] = at.CHEBYSHEV, degree
        i[[at.COMPLETE, at.COMPLETE_WORK, at.POLYNOMIAL]] = complete.address, address_of(work), address_of(polynomial)
        run.integers[layout.I_PARAMETERS] = address_of(run.problem.parameters)
        run.record.interpolant = StoredChebyshev(degree)

    def begin(self) -> None:
        """Say that the next step begins anew, with `held` for what is zero there."""
        self.integers[at.FIRST] = 1
        self.integers[at.RESUMED] = 0

    def resume(self) -> int:
        """Look at the rest of the step in which an event was found; 1 where there is another."""
        self.integers[at.RESUMED] = 1
        run = self._run
        return int(self._watch.call(address_of(run.integers), address_of(run.reals), address_of(run.work)))

    def judge(self) -> None:
        """Set `changed` from `truth`."""
        p = self.problem
        for e in range(p.conditions):
            stack: list[int] = []
            for code in p.programs[p.starts[e] : p.starts[e + 1]].tolist():
                if code >= 0:
                    stack.append(int(self.truth[code]))
                elif code == at.NOT:
                    stack[-1] ^= 1
                else:
                    last = stack.pop()
                    stack[-1] = stack[-1] & last if code == at.AND else stack[-1] | last
            self.changed[e] = stack[0]

    @property
    def form(self) -> int:
        """`places.POWERS`, `CHEBYSHEV`, `POINTS` or `SLOPES`."""
        return int(self.integers[at.FORM])

    @property
    def degree(self) -> int:
        """Degree of the continuous solution."""
        return int(self.integers[at.FORM_DEGREE])


def _watched_changes(rule: EventRule) -> int:
    """Return the changes at which to stop: both where an event that waits may be called off."""
    return rule.changes if rule.persistent else at.RISES | at.FALLS


class StoredChebyshev(CompletedPolynomials):
    """Chebyshev polynomials that were completed when the step was taken.

    Parameters
    ----------
    degree : int
        How many coefficients there are; more may be stored.
    """

    def __init__(self, degree: int) -> None:
        self._degree = degree

    def release(self) -> None:
        """Nothing of the model is needed to read what is stored."""

    def segments(self, block: Block, rows: npt.NDArray[np.intp]) -> tuple[Array, npt.NDArray[np.intp]]:
        """Return coefficients, shape (any, degree, n), and which of them belong to each row."""
        return block.segments[:, : self._degree], rows
