"""Those who look at a run while it goes on: output that is written away, and what may stop the run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from symnum.integrators.status import Status

__all__ = ["Observer", "Reached", "StoppedByObserver"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reached:
    """How far a run has come, and the solution up to there.

    Attributes
    ----------
    time : float
        Time reached.
    read : callable
        From times, shape (m,), to states, shape (m, n): for times between the last look and this one.
    """

    time: float
    read: Callable[[Array], Array]


class Observer(Protocol):
    """Looks at a run between slices of work, before its record is let go, and at the end.

    Attributes
    ----------
    keeps_record : bool
        Whether the record of all steps is kept while there is memory. Without it each block is let go when it is
        full: what is wanted of it has been taken by then.
    """

    keeps_record: bool

    def observe(self, reached: Reached) -> Status | None:
        """Take note of what was reached; a status ends the run."""


class StoppedByObserver(KeyboardInterrupt):
    """Ends a run as Ctrl-C does; the observer has said how it ended."""
