"""What all trackers have in common: when they look, and how they end a run."""

import math
import time
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError
from symnum.integrators.status import Status
from symnum.simulators.fields.layout import Snapshot

__all__ = ["Tracker", "check_trackers"]

Array = NDArray[np.float64]


class Tracker:
    """Looks at the fields of a run from time to time.

    A tracker of your own overrides `handle`, and `begin` and `finish` if it needs them. What a tracker sees is read
    from the continuous solution, so the steps of the run do not depend on it.

    Parameters
    ----------
    every : float, optional
        Simulated time between two looks.
    every_s : float, optional
        Seconds on the clock between two looks. Without either it looks `looks` times, or whenever the run takes breath,
        several times a second.

    Attributes
    ----------
    message : str
        Why it has ended the run, if it has.
    looks : int
        How often it looks, evenly, where neither is given; 0: by the clock. A run that ends by what a tracker sees must
        not depend on the clock.

    Raises
    ------
    InputError
        If both are given, or one is not positive.

    Examples
    --------
    >>> import symnum as sn
    >>> class Largest(sn.track.Tracker):
    ...     def handle(self, fields):
    ...         print(f"{fields.t:g}: {fields['u'].max():.3f}")
    """

    looks = 0
    _in_process: tuple[str, ...] = ()

    def __init__(self, every: float | None = None, every_s: float | None = None) -> None:
        if every is not None and every_s is not None:
            raise InputError("every counts simulated time and every_s seconds on the clock; give one of them.")
        for name, value in (("every", every), ("every_s", every_s)):
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, Real) or not 0.0 < float(value) < math.inf:
                raise InputError(f"{name} is {value!r}; give a positive number.")
        self.every = None if every is None else float(every)
        self.every_s = None if every_s is None else float(every_s)
        self.message = ""
        self._has_rhythm = every is not None or every_s is not None
        self._count = 0
        self._due = 0.0

    # To be overridden ---------------------------------------------------------------------

    def begin(self, start: Snapshot, t_end: float) -> None:
        """Get ready; called before the first look with the fields at the beginning."""

    def handle(self, fields: Snapshot) -> Status | None:
        """Look at the fields; a status ends the run."""

    def finish(self, fields: Snapshot, status: Status) -> None:
        """Clean up; called with the last fields."""

    def __getstate__(self) -> dict[str, Any]:
        """Keep what was seen; functions of the user's own and of the run live in this process only."""
        return {key: None if key in self._in_process else value for key, value in self.__dict__.items()}

    # Scheduling ---------------------------------------------------------------------------

    def reset(self, start: Snapshot, t_end: float) -> None:
        """Begin with a run."""
        if "function" in self._in_process and self.__dict__["function"] is None:
            raise InputError("this tracker was copied or read from a file, without its function; make a new one.")
        self._count, self._due, self.message = 0, time.perf_counter(), ""
        self._first, self._end, self._sign = start.t, t_end, 1.0 if t_end >= start.t else -1.0
        if self.looks and not self._has_rhythm:
            self.every = abs(t_end - start.t) / self.looks
        self.begin(start, t_end)

    def times(self, reached: float) -> Array:
        """Return the simulated times not seen yet at which it looks, up to the one reached."""
        found = self.schedule(reached)
        self._count += len(found)
        return found

    def schedule(self, until: float) -> Array:
        """Return the same times, and leave them to be seen."""
        if self.every is None:
            return np.zeros(0)
        last = math.floor(self._sign * (until - self._first) / self.every * (1.0 + 1e-12) + 1e-9)
        times = np.asarray(self._first + self._sign * self.every * np.arange(self._count, last + 1), np.float64)
        if until != self._end:
            return times[self._sign * times <= self._sign * until]
        return np.minimum(times, until) if self._sign > 0.0 else np.maximum(times, until)  # rounded beyond the end

    @property
    def is_due(self) -> bool:
        """Whether a look at the clock says so."""
        if self.every is not None:
            return False
        now = time.perf_counter()
        if now < self._due:
            return False
        if self.every_s is not None:
            self._due = now + self.every_s
        return True


def check_trackers(given: Any) -> tuple[Tracker, ...]:
    """Return the trackers of a run.

    Raises
    ------
    InputError
        If something among them is no tracker.
    """
    if given is None:
        return ()
    listed = [given] if isinstance(given, Tracker) or callable(given) else list(given)
    for entry in listed:
        if not isinstance(entry, Tracker):
            hint = "sn.track.callback(f, every=1.0)" if callable(entry) else "sn.track.plot(every=1.0)"
            raise InputError(f"{entry!r} is no tracker; write trackers=[{hint}].")
    return tuple(listed)
