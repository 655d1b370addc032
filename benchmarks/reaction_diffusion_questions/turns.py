"""Competitors that take turns, in an order that changes."""

import random
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import harness


@dataclass
class Times:
    """CPU seconds of the same work, again and again."""

    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    @property
    def least(self) -> float:
        """The least disturbed one."""
        return min(self.seconds)


def take_turns(
    work: Mapping[str, Callable[[], Any]], rounds: int, measured: Callable[[str, Any], float] | None = None
) -> dict[str, Times]:
    """CPU seconds of all competitors, by name.

    Parameters
    ----------
    work : mapping of str to callable
    rounds : int
        How often each has its turn.
    measured : callable, optional
        ``measured(name, result)``: the seconds that the work itself reports, where it runs in another process.
    """
    times = {name: Times() for name in work}
    for turn in range(rounds):
        order = list(work)
        random.Random(turn).shuffle(order)  # nobody always runs after the same one
        for name in order:
            spent, result = harness.cpu_seconds(work[name])
            times[name].seconds.append(spent if measured is None else measured(name, result))
    return times
