"""Events that follow one another without end within a short time."""

from collections import deque

#: So many times at which events happen, within such a share of the time scale, are taken for a sequence without end.
LIMITS = ((20, 1e-12), (1000, 1e-5))


class Accumulation:
    """Notes when events happen, and tells when they no longer let time pass.

    Parameters
    ----------
    t0, t1 : float
        The interval.
    """

    def __init__(self, t0: float, t1: float) -> None:
        self._span = abs(t1 - t0)
        self._times: deque[float] = deque(maxlen=LIMITS[-1][0])

    def note(self, t: float) -> bool:
        """Take note of a time; whether too many lie too close together."""
        self._times.append(t)
        return any(self._within(count, share) for count, share in LIMITS)

    def _within(self, count: int, share: float) -> bool:
        if len(self._times) < count:
            return False
        now = self._times[-1]
        return abs(now - self._times[-count]) <= share * max(abs(now), self._span)

    @property
    def is_likely(self) -> bool:
        """Whether the steps of a solver that fails now have been made small by events."""
        return self._within(LIMITS[0][0], 1e-9)
