"""Runs whose steps have a given size: the host knows beforehand how many there are between two outputs."""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from symnum.integrators.interrupts import HeldInterrupts
from symnum.integrators.status import Status
from symnum.simulators.cuda.run import FIRST_BATCH, LARGEST_BATCH, LOOK, DeviceRun

__all__ = ["ScheduledRun", "steps_between"]

# A step this much longer than asked for is the one that was asked for.
_ROUNDING = 1e-9
# Relative difference of two sizes of steps that count as the same.
_SAME = 1e-11
# Steps between two looks of the device at whether all numbers are finite.
_CHECKED = 32


def steps_between(start: float, end: float, step: float) -> int:
    """Return how many equal steps, none longer than `step`, lead from one time to another.

    Examples
    --------
    >>> steps_between(0.0, 1.0, 0.1), steps_between(0.0, 1.0, 0.3)
    (10, 4)
    """
    return max(1, math.ceil(abs(end - start) / step - _ROUNDING))


class ScheduledRun(DeviceRun):
    """Goes from one time of output to the next with equal steps.

    Parameters are those of `DeviceRun`; the slot "resized" of a plan that has it is set where steps change their size.
    """

    def go(self, deadline: float | None, report: Callable[[float], None] | None = None) -> dict[str, float]:
        """Run to the end, the time limit or Ctrl-C; return the control block there."""
        self.upload()
        self.memory.queue(["early"])
        self.memory.queue(self.plan.begin)
        r, sign = self.request, self.sign
        targets = sorted({*r.times.tolist(), *r.breaks, r.end} - {r.start}, key=lambda t: sign * t)
        self._batch = FIRST_BATCH
        now = self.look()
        with HeldInterrupts() as interrupts:
            self._interrupts = interrupts
            try:
                for target in targets:
                    now = self._go_to(target, now, deadline, report)
                    if self.status is not Status.RUNNING:
                        return now
                    self._keep(target, now)
            except KeyboardInterrupt:
                self.status = Status.INTERRUPTED
                return self.look()
        self.status = Status.SUCCESS
        return now

    def read_outputs(self, now: dict[str, float]) -> None:
        """Do nothing: outputs are read where steps end at them."""

    def _keep(self, target: float, now: dict[str, float]) -> None:
        wanted = int(np.count_nonzero(self.request.times == target))
        if wanted:
            state = self.row(int(now["row y"]))
            self.frames += [state.copy() for _ in range(wanted)]

    def _go_to(self, target: float, now: dict[str, float], deadline: float | None, report: Any) -> dict[str, float]:
        count = steps_between(now["t"], target, self.request.first_step)
        h = (target - now["t"]) / count
        if target in self.request.breaks:
            h *= 1.0 - 0.1 * _SAME  # stages at the end of the last step must not see what begins there
        if not math.isclose(h, self.size_of_steps, rel_tol=_SAME):
            self.size_of_steps = h
            self.set("h", h)
            if "resized" in self.layout.slots:
                self.set("resized", 1.0)
        left = min(count, int(self.request.max_steps - now["attempts"]))
        short = left < count
        while left > 0 and self.status is Status.RUNNING:
            began = time.perf_counter()
            batch = min(self._batch, left)
            left -= batch
            self._queue(batch)
            now = self.look()
            if left == 0 and not short and now["status"] == 0.0:
                self.set("t", target)  # not a sum of rounded steps
                now["t"] = target
            if report is not None:
                report(now["t"])
            took = max(time.perf_counter() - began, 1e-4)
            self._batch = int(min(max(self._batch * min(LOOK / took, 8.0), 1), LARGEST_BATCH))
            self._judge(now, left == 0, deadline)
        if short and self.status is Status.RUNNING:
            self.status = Status.TOO_MANY_STEPS
        return now

    def _queue(self, count: int) -> None:
        """Queue steps, and now and then a look whether all is finite, after which nothing more happens if it is not."""
        while count > 0:
            many, one = (
                divmod(min(count, _CHECKED), self.plan.many_steps) if self.plan.many else (0, min(count, _CHECKED))
            )
            self.memory.queue(self.plan.many, many)
            self.memory.queue(self.plan.step, one)
            self.memory.queue(self.plan.resume)
            count -= _CHECKED

    size_of_steps = 0.0

    def _judge(self, now: dict[str, float], is_last: bool, deadline: float | None) -> None:
        if now["status"] != 0.0:
            self.status = Status(int(now["status"]))
        elif (seen := self.observer(now) if self.observer is not None else None) is not None:
            self.status = seen
        elif self._interrupts.pending:
            self.status = Status.INTERRUPTED
        elif (
            deadline is not None and time.perf_counter() >= deadline and not (is_last and now["t"] == self.request.end)
        ):
            self.status = Status.TIMEOUT
