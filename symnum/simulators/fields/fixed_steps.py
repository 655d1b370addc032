"""Steps of fixed size, fused with the right-hand side: what drives them to the times that are wanted."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.compiling.aligned import aligned_copy
from symnum.display import format_bytes
from symnum.errors import CheckpointError, InputError
from symnum.integrators.interrupts import HeldInterrupts
from symnum.integrators.observing import Reached
from symnum.integrators.progress import Progress, progress_report
from symnum.integrators.statistics import Statistics
from symnum.integrators.status import Status
from symnum.simulators.fields.layout import all_finite

if TYPE_CHECKING:
    from codegen.stencils.stepper import StencilStepper
    from symnum.integrators.checkpointing import CheckpointPlan
    from symnum.simulators.fields.run import FieldWatch

__all__ = ["FUSED", "FixedRun", "FixedSteps", "hermite"]

Array = NDArray[np.float64]
Rates = Callable[[float, Array], Array]

#: Methods whose steps are fused with the right-hand side.
FUSED = ("euler", "ssprk33", "rk4")

#: Bytes of steps that are kept where nobody says which times are wanted.
KEPT_BYTES = 1 << 28
#: Seconds of work between two looks at the clock.
_SLICE_SECONDS = 0.05
#: Part of a step that rounding may make of none.
_CLOSE = 1e-9


def hermite(t: Any, ends: tuple[float, float], values: tuple[Array, Array], rates: tuple[Array, Array]) -> Array:
    """Return the cubic polynomial through values and rates at both ends of a step, shape (times, n)."""
    h = ends[1] - ends[0]
    x = (np.atleast_1d(t)[:, None] - ends[0]) / h
    start = (1 + 2 * x) * (1 - x) ** 2 * values[0] + x * (1 - x) ** 2 * h * rates[0]
    return np.asarray(start + x**2 * (3 - 2 * x) * values[1] + x**2 * (x - 1) * h * rates[1])


class FixedSteps:
    """Where the steps of a run begin and end: a fixed distance apart, and at times when the equations change.

    Parameters
    ----------
    start, end, step : float
        The interval, and the size of the steps (positive).
    breaks : sequence of float
        Times within, at which a step must end.

    Attributes
    ----------
    pieces : list of (float, int, float)
        Time at the start, number of steps, and size of the last one, if it is another; else 0.

    Examples
    --------
    >>> FixedSteps(0.0, 1.0, 0.25, [0.6]).pieces
    [(0.0, 3, 0.1), (0.6, 2, 0.15)]
    """

    def __init__(self, start: float, end: float, step: float, breaks: Sequence[float] = ()) -> None:
        sign = 1.0 if end >= start else -1.0
        self.step, self.end = sign * step, end
        inside = sorted({b for b in breaks if sign * start < sign * b < sign * end}, key=lambda b: sign * b)
        self.pieces: list[tuple[float, int, float]] = []
        self.ends = [*inside, end]
        for first, last in zip([start, *inside], self.ends, strict=True):
            whole = int(np.floor((last - first) / self.step * (1.0 + 1e-13) + _CLOSE))
            rest = last - first - whole * self.step
            is_short = abs(rest) > _CLOSE * step
            # A step up to a time when the equations change is taken by itself: none of it may see what comes after.
            last_size = round(rest, 15) if is_short else self.step if last != end else 0.0
            self.pieces.append((first, whole + is_short, last_size))

    @property
    def count(self) -> int:
        """Number of all steps."""
        return sum(n for _, n, _ in self.pieces)

    def boundaries(self, every: int) -> Array:
        """Return the times at every so many steps, and the end."""
        times = [np.array([first]) + self.step * np.arange(n) for first, n, _ in self.pieces]
        return np.append(np.concatenate(times)[::every], self.end)


class FixedRun:
    """A run, and afterwards what an integrator would give.

    Parameters
    ----------
    stepper : StencilStepper
    steps : FixedSteps
    state : ndarray, shape (n,)
    parameters : ndarray
    rates : callable
        The right-hand side, of time and state.

    Attributes
    ----------
    t, y : ndarray, shapes (m,) and (n, m)
    status : Status
    time : float
        Reached.
    component : int or None
        First state that is not finite, if one is not.
    method : str
    statistics : Statistics
    every : int
        How many steps lie between frames, where nobody has said which times are wanted; 0 where somebody has.
    """

    def __init__(
        self, stepper: "StencilStepper", steps: FixedSteps, start: float, state: Array, parameters: Array, rates: Rates
    ) -> None:
        self._stepper, self._steps, self._rates = stepper, steps, rates
        kind = np.dtype(stepper.kernel.dtype)
        self._y = aligned_copy(np.ascontiguousarray(state, kind))
        self._p = np.ascontiguousarray(parameters, kind)
        self.method, self.time = stepper.method, start
        self.component: int | None = None
        self.status = Status.RUNNING
        self.statistics = Statistics()
        self.t: Array = np.zeros(0)
        self.y: Array = np.zeros((len(state), 0))
        self._batch, self._least = 1, max(1, 2 * stepper.blocking().depth)
        self.every = 0
        self._place, self._last_step, self._seconds, self._began = (0, 0), 1 << 62, 0.0, time.perf_counter()
        self._frames: Array = np.empty((0, len(state)), self._y.dtype)  # with room for all that are wanted
        self._count = 0

    def __call__(self, t: float) -> Array:
        """Return the last state."""
        return self._y

    def state(self) -> dict[str, Any]:
        """Return what `restore` goes on from: a tree of numbers and arrays."""
        return {
            "fixed": self.method, "status": self.status.name, "time": self.time, "y": np.array(self._y),
            "piece": self._place[0], "done": self._place[1], "every": self.every,
            "frames": self._frames[: self._count], "steps": self.statistics.steps,
            "evaluations": self.statistics.rhs_evaluations, "seconds": self._seconds + self._spent(),
        }  # fmt: skip

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on from a state, with the same system, steps and times.

        Raises
        ------
        CheckpointError
            If it is none of these steps.
        """
        try:
            y, frames = np.asarray(saved["y"]), np.asarray(saved["frames"])
            fits = saved["fixed"] == self.method and y.shape == self._y.shape and y.dtype == self._y.dtype
            fits = fits and frames.shape[1:] == y.shape
            self._place = int(saved["piece"]), int(saved["done"])
            if not fits or self._place[1] > self._steps.pieces[self._place[0]][1]:
                raise CheckpointError("the checkpoint is of other steps.")
            self._y[:], self.time, self.every = y, float(saved["time"]), int(saved["every"])
            self._frames, self._count = frames, len(frames)
            self.statistics.steps = int(saved["steps"])
            self.statistics.rhs_evaluations, self._seconds = int(saved["evaluations"]), float(saved["seconds"])
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise CheckpointError(f"the checkpoint lacks a part of the state: {error!r}.") from None

    def _spent(self) -> float:
        return time.perf_counter() - self._began

    def drive(
        self,
        kept: Array,
        watch: "FieldWatch",
        timeout_s: float | None,
        most: int | None,
        progress: Progress,
        plan: "CheckpointPlan | None" = None,
    ) -> None:
        """Take all steps.

        Parameters
        ----------
        kept : ndarray
            Times whose states are kept, in order.
        watch : FieldWatch
            Who looks on.
        timeout_s : float or None
        most : int or None
            Most steps.
        progress : bool, callable or None
        plan : CheckpointPlan, optional
            Where the state is written from time to time, and at the end.
        """
        self._began = time.perf_counter()
        deadline = None if timeout_s is None else self._began + timeout_s
        bar = progress_report(self._steps.pieces[0][0], self._steps.end, progress)
        self._make_room(len(kept))
        ahead = kept[self._count :]
        sign = 1.0 if self._steps.step > 0 else -1.0
        wanted = np.unique(np.concatenate([sign * ahead, sign * watch.all_times(self._steps.end)])) * sign
        self._last_step = self.statistics.steps + (1 << 62 if most is None else most)
        if plan is not None:
            plan.begin()
        try:
            with HeldInterrupts() as interrupts:
                self._pieces(wanted, {float(t) for t in ahead}, watch, (deadline, bar, interrupts, plan))
        except KeyboardInterrupt:
            self.status = Status.INTERRUPTED
        finally:
            if bar is not None:
                bar.close()
        if plan is not None:
            plan.write(self.state())
        self.statistics.seconds = self._seconds + self._spent()
        self.statistics.accepted = self.statistics.steps
        self.statistics.last_step = abs(self._steps.step)
        self.t = kept[: self._count]
        self.y = self._frames[: self._count].T

    def _make_room(self, count: int) -> None:
        """Reserve memory for all frames, which is taken when they are written."""
        if count == len(self._frames):
            return
        try:
            room = np.empty((count, len(self._y)), self._y.dtype)
        except MemoryError:
            size = format_bytes(count * self._y.nbytes)
            raise InputError(
                f"the {count} frames that are asked for take {size}, more memory than there is; name fewer times in "
                't_eval, or let a file have them, storage="run.zarr".'
            ) from None
        room[: self._count] = self._frames[: self._count]
        self._frames = room

    # ------------------------------------------------------------------------------------ steps

    def _pieces(self, wanted: Array, kept: set[float], watch: "FieldWatch", limits: tuple[Any, ...]) -> None:
        place = self._show(wanted, 0, self.time, None, kept, watch)
        sign = np.copysign(np.inf, self._steps.step)
        for number, ((begin, count, short), last) in enumerate(zip(self._steps.pieces, self._steps.ends, strict=True)):
            if number < self._place[0]:
                continue
            # Right after the time at which the equations change, and up to right before the next such time.
            first = begin if begin == self._steps.pieces[0][0] else float(np.nextafter(begin, sign))
            before_last = last if last == self._steps.end else float(np.nextafter(last, -sign))
            done = self._place[1] if number == self._place[0] else 0
            while done < count and self.status is Status.RUNNING:
                ahead = self._ahead(wanted[place:], first, done, count, last)
                if ahead > 0:
                    self._take(first + done * self._steps.step, self._steps.step, ahead)
                    done += ahead
                    self.time = last if done == count and not short else first + done * self._steps.step
                    before = None
                else:
                    start = first + done * self._steps.step
                    size = before_last - start if short and done == count - 1 else self._steps.step
                    before = self.time, np.array(self._y, np.float64)
                    self._take(start, size, 1)
                    done += 1
                    self.time = last if done == count else first + done * self._steps.step
                place = self._show(wanted, place, self.time, before, kept, watch)
                self._place = number, done
                self._look(limits, watch)
            if self.status is not Status.RUNNING:
                return
        self.status = Status.SUCCESS

    def _ahead(self, wanted: Array, first: float, done: int, count: int, last: float) -> int:
        """Return how many whole steps can be taken at once: none if something is wanted within the next one."""
        h = self._steps.step
        whole = count - 1 if self._steps.pieces[self._steps.ends.index(last)][2] else count
        most = min(whole - done, self._batch, self._last_step - self.statistics.steps)
        if len(wanted):
            distance = (wanted[0] - first) / h - done
            most = min(most, int(np.floor(distance + _CLOSE)))
        return max(most, 0)

    def _take(self, t: float, h: float, count: int) -> None:
        began = time.perf_counter()
        self._stepper.advance(t, h, count, self._y, self._p)
        spent = max(time.perf_counter() - began, 1e-7)
        self.statistics.steps += count
        self.statistics.rhs_evaluations += count * self._stages
        if count == self._batch or spent > _SLICE_SECONDS:
            factor = min(_SLICE_SECONDS / spent, 8.0)
            self._batch = max(self._least, min(int(count * factor), 10_000_000))

    @property
    def _stages(self) -> int:
        return {"euler": 1, "ssprk33": 3, "rk4": 4}[self.method]

    def _show(
        self, wanted: Array, place: int, t: float, before: tuple[float, Array] | None, kept: set[float],
        watch: "FieldWatch",
    ) -> int:  # fmt: skip
        """Hand over the states at wanted times up to here; return how many times are dealt with."""
        if not all_finite(self._y):
            self.status, self.component = Status.NOT_FINITE, int(np.flatnonzero(~np.isfinite(self._y))[0])
            return place
        states: dict[float, Array] = {}
        slack = _CLOSE * self._steps.step
        while place < len(wanted) and (wanted[place] - t - slack) * self._steps.step <= 0.0:
            when = float(wanted[place])
            states[when] = self._state_at(when, t, before)
            if when in kept:
                self._frames[self._count] = states[when]
                self._count += 1
            place += 1
        reached = max((t, *states), key=lambda s: s * self._steps.step)
        status = watch.observe(Reached(reached, lambda times: self._read(states, times)))
        if status is not None and self.status is Status.RUNNING:
            self.status = status
        return place

    def _state_at(self, when: float, t: float, before: tuple[float, Array] | None) -> Array:
        if before is None or abs(when - t) <= _CLOSE * abs(self._steps.step):
            return self._y
        if abs(when - before[0]) <= _CLOSE * abs(self._steps.step):
            return np.asarray(before[1], self._y.dtype)
        here = np.asarray(self._y, np.float64)
        rates = self._rates(before[0], before[1]), self._rates(t, here)
        return np.asarray(hermite(when, (before[0], t), (before[1], here), rates)[0], self._y.dtype)

    def _read(self, states: dict[float, Array], times: Array) -> Array:
        rows = []
        for t in times:
            close = min(states, key=lambda s: abs(s - t), default=None)
            near = close is not None and abs(close - t) <= 1e-6 * abs(self._steps.step)
            rows.append(states[close] if close is not None and near else np.array(self._y))
        return np.array(rows)

    def _look(self, limits: tuple[Any, ...], watch: "FieldWatch") -> None:
        """See whether somebody or something ends the run here."""
        deadline, bar, interrupts, plan = limits
        if self.status is not Status.RUNNING:
            return
        if interrupts.pending:
            self.status = Status.INTERRUPTED
        elif deadline is not None and time.perf_counter() >= deadline:
            self.status = Status.TIMEOUT
        elif self.statistics.steps >= self._last_step and self.time != self._steps.end:
            self.status = Status.TOO_MANY_STEPS
        elif plan is not None:
            plan.when_due(self.state)
        if bar is not None:
            bar(self.time)
            if self.time == self._steps.end:
                bar.finish(self.time)
