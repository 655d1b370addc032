"""Writes the state of a running integration to a file from time to time."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symnum.errors import SymnumWarning
from symnum.integrators.checkpoint_file import write_checkpoint

__all__ = ["CheckpointPlan"]

#: Most of the time that may go into writing: one part in so many.
_SHARE = 20.0


@dataclass
class CheckpointPlan:
    """Where, how often and under which name checkpoints are written.

    Attributes
    ----------
    path : Path
        From `checkpoint_path`.
    every_s : float
        Seconds between two files; more where writing one takes long.
    identity : dict
        What a run must have in common with the file to go on from it; a tree of numbers, text and arrays.
    """

    path: Path
    every_s: float
    identity: dict[str, Any]
    _next: float = field(default=0.0, repr=False)
    _has_failed: bool = field(default=False, repr=False)

    def begin(self) -> None:
        """Start the clock."""
        self._next = time.perf_counter() + self.every_s

    def when_due(self, state: Callable[[], dict[str, Any]]) -> None:
        """Write the state if it is time."""
        if time.perf_counter() >= self._next:
            self.write(state())

    def write(self, state: dict[str, Any]) -> None:
        """Write the state now. A file that cannot be written is no reason to lose the run: a warning says so once."""
        began = time.perf_counter()
        try:
            write_checkpoint(self.path, {"identity": self.identity, "run": state})
        except OSError as error:
            if not self._has_failed:
                warnings.warn(
                    f'the checkpoint "{self.path}" could not be written: {error}; the run goes on without.',
                    SymnumWarning,
                    stacklevel=2,
                )
            self._has_failed = True
        now = time.perf_counter()
        self._next = now + max(self.every_s, _SHARE * (now - began))
