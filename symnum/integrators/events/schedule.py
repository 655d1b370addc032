"""Times that are known beforehand: where comparisons in time alone change, given times, and the ends of delays."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from symnum.errors import InputError
from symnum.integrators.events import places as at
from symnum.integrators.events.problem import EventProblem, EventRule
from symnum.integrators.events.scanning import TimeScanner

Array = npt.NDArray[np.float64]

_SPACING = 2.220446049250313e-16

#: Units in the last place within which times are the same.
SAME = 4.0

_WIDEST = 1e-9


@dataclass
class Waiting:
    """An event whose condition has changed and which is not carried out yet.

    Attributes
    ----------
    rule : int
        Its number.
    time : float
        When it is due.
    values : ndarray or None
        All values when its condition changed, where those count.
    """

    rule: int
    time: float
    values: Array | None


@dataclass
class Stop:
    """A time to be stepped onto: the solution is smooth up to `before` and from `after` on."""

    time: float
    before: float
    after: float
    atoms: list[int] = field(default_factory=list)
    rules: list[int] = field(default_factory=list)


class Schedule:
    """What is known of the times ahead.

    Parameters
    ----------
    problem : EventProblem
    t0, t1 : float
        The interval.
    """

    def __init__(self, problem: EventProblem, t0: float, t1: float) -> None:
        self.problem, self.t0, self.t1 = problem, t0, t1
        self.forward = 1.0 if t1 >= t0 else -1.0
        self.waiting: list[Waiting] = []
        self.roots = np.zeros(0)
        self._slopes = np.zeros(0)
        self._values = np.zeros(0)
        self._given: list[tuple[int, Array, float, float]] = []
        self._state = np.zeros(0)
        self._scanner = TimeScanner(self._scanned) if len(problem.scans) else None

    def _scanned(self, t: float) -> Array:
        return self.problem.compare(t, self._state)[self.problem.scans]

    def update(self, y: Array) -> None:
        """Compute all times anew; to be called at the beginning and when parameters have changed.

        Raises
        ------
        InputError
            For a period that is not positive, or a time that is no number.
        """
        p = self.problem
        self._state = y.copy()
        if self._scanner is not None:
            self._scanner.forget()
        values = self._values = p.values(self.t0, y)
        slopes, constants = values[p.lines[:, 1]], values[p.lines[:, 2]]
        with np.errstate(all="ignore"):
            self.roots = np.where(slopes != 0.0, -constants / slopes, np.nan) + 0.0
        self._slopes = slopes
        self._given = []
        for number, rule in enumerate(p.rules):
            if len(rule.times) or rule.period >= 0:
                self._given.append((number, *self._times_of(rule, values)))

    def _times_of(self, rule: EventRule, values: Array) -> tuple[Array, float, float]:
        times = values[rule.times]
        period, first = (values[rule.period], values[rule.first]) if rule.period >= 0 else (0.0, 0.0)
        if not np.all(np.isfinite([*times, period, first])):
            raise InputError(f'A time of the event "{rule.name}" is not a finite number; give its parameters values.')
        if rule.period >= 0 and not period > 0.0:
            raise InputError(f'The period of the event "{rule.name}" is {period:g}; it must be positive.')
        return np.sort(self.forward * times), float(period), float(first)

    def set_truth(self, t: float, truth: npt.NDArray[np.int64]) -> None:
        """Set the comparisons that change at known times as they are from `t` on."""
        for (atom, _, constant), root, slope in zip(self.problem.lines.tolist(), self.roots, self._slopes, strict=True):
            if slope == 0.0 or not np.isfinite(root):
                value = self._values[constant]
                counts = self.problem.kinds[atom] & at.ZERO_COUNTS
                truth[atom] = value > 0.0 or (value == 0.0 and counts != 0)
            else:
                passed = self.forward * (t - root) >= -SAME * _SPACING * abs(root)
                truth[atom] = passed == (slope * self.forward > 0.0)

    def given_at(self, t: float) -> list[int]:
        """Return the events whose given times include `t`."""
        near = SAME * _SPACING * abs(t)
        out = []
        for number, times, period, first in self._given:
            hit = bool(np.any(np.abs(self.forward * times - t) <= near))
            if period > 0.0:
                k = round((t - first) / period)
                hit = hit or (k >= 0 and abs(first + k * period - t) <= near)
            if hit:
                out.append(number)
        return out

    def due(self, t: float) -> list[Waiting]:
        """Take out the events whose delay has ended at `t`."""
        near = SAME * _SPACING * abs(t)
        found = [w for w in self.waiting if self.forward * (w.time - t) <= near]
        self.waiting = [w for w in self.waiting if self.forward * (w.time - t) > near]
        return found

    def next(self, t: float, y: Array) -> Stop | None:
        """Return the next time after `t` at which something is known to happen, up to the end of the interval."""
        candidates = [r for r in self.roots if np.isfinite(r)] + [w.time for w in self.waiting]
        for _, times, period, first in self._given:
            candidates += [self.forward * x for x in self._first_after(times, t)]
            if period > 0.0:
                candidates += self._periodic(period, first, t)
        near = SAME * _SPACING * abs(t)
        ahead = [c for c in candidates if self.forward * (c - t) > near and self.forward * (self.t1 - c) >= 0.0]
        time = float(min(ahead, key=lambda c: self.forward * c)) if ahead else self.t1
        if self._scanner is not None:  # between known times, where the functions may jump
            margin = 2.0 * SAME * _SPACING * self.forward
            root = self._scanner.next(t + margin * abs(t), time - margin * abs(time))
            if root is not None:
                return self._around(root, y, self.problem.scans)
        if not ahead:
            return None
        return self._around(self.t1 if abs(time - self.t1) <= 2.0 * SAME * _SPACING * abs(time) else time, y)

    def smooth_from(self, t: float, y: Array) -> float:
        """Return `t`, or a time right after it where something happens at `t` itself."""
        near = SAME * _SPACING * abs(t)
        known = bool(np.any(np.abs(self.roots - t) <= near)) or bool(self.given_at(t))
        if known:
            return self._around(t, y).after
        if self._scanner is not None and np.any(self._scanned(t) == 0.0):
            return t + self.forward * max(SAME * _SPACING * abs(t), 1e-17 * abs(self.t1 - self.t0))
        return t

    def _first_after(self, times: Array, t: float) -> list[float]:
        near = SAME * _SPACING * abs(t)
        place = int(np.searchsorted(times, self.forward * t + near, side="right"))
        return times[place : place + 1].tolist()

    def _periodic(self, period: float, first: float, t: float) -> list[float]:
        k = (t - first) / period
        whole = math.floor(k) if self.forward > 0.0 else math.ceil(k)
        numbers = [whole + self.forward * i for i in (-1, 0, 1, 2)]
        return [first + n * period for n in numbers if n >= 0.0]

    def _around(self, time: float, y: Array, scans: npt.NDArray[np.int64] | None = None) -> Stop:
        """Find how far before and after a time the comparisons in time have surely their values before and after."""
        p, spacing = self.problem, _SPACING * abs(time)
        near = [
            (atom, slope)
            for (atom, _, _), root, slope in zip(p.lines.tolist(), self.roots, self._slopes, strict=True)
            if np.isfinite(root) and abs(root - time) <= SAME * spacing
        ]
        distance = max(SAME * spacing, 5e-324)
        while (near or scans is not None) and distance < _WIDEST * max(abs(time), 1e-300):
            before, after = (p.compare(time + s * self.forward * distance, y) for s in (-1.0, 1.0))
            crossed = scans is None or bool(np.any(before[scans] * after[scans] < 0.0))
            if crossed and all(before[i] * a * self.forward < 0.0 < after[i] * a * self.forward for i, a in near):
                break
            distance *= 2.0
        return Stop(time, time - self.forward * distance, time + self.forward * distance)
