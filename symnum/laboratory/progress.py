"""A progress bar on standard error, shown when asked for, or at a terminal when it takes long."""

import sys
import time

__all__ = ["Progress"]

_PATIENCE = 2.0
_WIDTH = 30


class Progress:
    """Draws one line for the part that is done; `wanted` None: at a terminal after 2 s."""

    def __init__(self, total: int, wanted: bool | None) -> None:
        self._total, self._began = max(total, 1), time.perf_counter()
        self._shown = bool(wanted) or (wanted is None and sys.stderr.isatty())
        self._next = self._began + (0.0 if wanted else _PATIENCE)
        self._drawn = 0

    def __call__(self, done: int, what: str) -> None:
        """Show what is done (at most five times a second)."""
        now = time.perf_counter()
        if not self._shown or now < self._next:
            return
        self._next = now + 0.2
        full = done * _WIDTH // self._total
        bar = "\N{FULL BLOCK}" * full + "\N{LIGHT SHADE}" * (_WIDTH - full)
        line = f"{bar} {done:,} of {self._total:,}  {what[:40]}  {now - self._began:.0f} s"
        sys.stderr.write("\r" + line.ljust(self._drawn))
        sys.stderr.flush()
        self._drawn = max(self._drawn, len(line))

    def close(self) -> None:
        """Wipe the line."""
        if self._drawn:
            sys.stderr.write("\r" + " " * self._drawn + "\r")
            sys.stderr.flush()
