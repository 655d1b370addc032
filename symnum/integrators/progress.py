"""A progress bar on standard error, shown when asked for or when a run at a terminal takes long."""

import sys
import time
from collections.abc import Callable

_PATIENCE = 2.0
_WIDTH = 30


class ProgressBar:
    """Draws one line for the part of the interval that is done.

    Parameters
    ----------
    t0, t1 : float
        The interval.
    wanted : bool or None
        True: at once; None: after 2 s, at a terminal; False: never.
    """

    def __init__(self, t0: float, t1: float, wanted: bool | None) -> None:
        self._t0, self._span = t0, t1 - t0
        self._began = time.perf_counter()
        self._next = self._began + (0.0 if wanted else _PATIENCE)
        self._drawn = False

    def __call__(self, t: float) -> None:
        """Show the time reached (at most five times a second)."""
        now = time.perf_counter()
        if now < self._next:
            return
        self._next = now + 0.2
        done = min(max((t - self._t0) / self._span, 0.0), 1.0)
        full = int(done * _WIDTH)
        bar = "\N{FULL BLOCK}" * full + "\N{LIGHT SHADE}" * (_WIDTH - full)
        sys.stderr.write(f"\r{bar} {100 * done:3.0f} %  t = {t:<12.6g} {now - self._began:6.1f} s")
        sys.stderr.flush()
        self._drawn = True

    def close(self) -> None:
        """Wipe the line."""
        if self._drawn:
            sys.stderr.write("\r" + " " * (_WIDTH + 40) + "\r")
            sys.stderr.flush()


def progress_bar(t0: float, t1: float, wanted: bool | None) -> ProgressBar | None:
    """Return a bar, or None where none may be shown."""
    if wanted is False or t1 == t0 or (wanted is None and not sys.stderr.isatty()):
        return None
    return ProgressBar(t0, t1, wanted)


Report = Callable[[float], None]
