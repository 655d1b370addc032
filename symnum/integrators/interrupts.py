"""Ctrl-C waits until a run can be left: between two slices, not in the middle of an event."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

__all__ = ["HeldInterrupts"]


class HeldInterrupts:
    """Notes Ctrl-C instead of raising it, as long as the context lasts.

    Does nothing in threads other than the main one, or where somebody else handles Ctrl-C.

    Attributes
    ----------
    pending : bool
        Whether Ctrl-C has been pressed.
    """

    def __init__(self) -> None:
        self.pending = False
        self._before: Any = None

    def __enter__(self) -> "HeldInterrupts":
        """Take over."""
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.pending = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let Ctrl-C be what it was."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
