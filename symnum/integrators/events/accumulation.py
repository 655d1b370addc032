"""Events that follow one another without end within a short time."""

from collections import deque

__all__ = ["Accumulation"]

#: So many times within such a share of the time scale are taken for a sequence without end, whatever their distances:
#: at such distances, the interval would see more than 10^13 of them.
AT_ONCE = (20, 1e-12)

#: So many times within such a share of the time scale are taken for one if they also follow faster and faster: in less
#: than such a share of the time that as many took before. Many events at equal distances let time pass.
FASTER = (1000, 1e-5, 0.9)


class Accumulation:
    """Notes when events happen, and tells when they no longer let time pass.

    Parameters
    ----------
    t0, t1 : float
        The interval.
    """

    def __init__(self, t0: float, t1: float) -> None:
        self._span = abs(t1 - t0)
        self._times: deque[float] = deque(maxlen=2 * FASTER[0])

    def note(self, t: float) -> bool:
        """Take note of a time; whether too many lie too close together."""
        self._times.append(t)
        return self._within(*AT_ONCE) or self._get_faster(*FASTER)

    def _within(self, count: int, share: float) -> bool:
        if len(self._times) < count:
            return False
        now = self._times[-1]
        return abs(now - self._times[-count]) <= share * max(abs(now), self._span)

    def _get_faster(self, count: int, share: float, ratio: float) -> bool:
        if len(self._times) < 2 * count or not self._within(count, share):
            return False
        earlier = abs(self._times[-count] - self._times[-2 * count])
        return abs(self._times[-1] - self._times[-count]) <= ratio * earlier

    @property
    def is_likely(self) -> bool:
        """Whether the steps of a solver that fails now have been made small by events."""
        return self._within(AT_ONCE[0], 1e-9)
