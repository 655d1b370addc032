"""Kernels of one phase without shared memory: what most kernels are, but for what a thread writes."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from codegen.cuda.kernel import Emit, Guard, guarded
from codegen.cuda.layout import THREADS, Layout
from codegen.cuda.text import Text

__all__ = ["EachElement", "OnePhase", "blocks_for", "place_of_thread"]


def blocks_for(count: int) -> int:
    """Return how many blocks have a thread for each of `count` things."""
    return -(-count // THREADS)


def place_of_thread(text: Text, block: str = "%block") -> str:
    """Return the number of a thread among those of all blocks."""
    start = text.line(f"mul i64 {block}, {THREADS}")
    return text.line(f"add i64 {start}, %thread")


class OnePhase(ABC):
    """A kernel of one phase, which does nothing where a slot of its guard is zero."""

    guard: Guard = None

    def shared(self, layout: Layout) -> int:
        """Return 0: no shared memory."""
        return 0

    def phases(self, layout: Layout) -> list[Emit]:
        """Return the one phase."""
        return [guarded(self.guard, self._write)]

    @abstractmethod
    def _write(self, text: Text, layout: Layout) -> None:
        """Write what a thread does."""


class EachElement(OnePhase):
    """A kernel with a thread for each of some elements."""

    @abstractmethod
    def count(self, layout: Layout) -> int:
        """Return the number of elements."""

    def launch(self, layout: Layout) -> tuple[int, int]:
        """Return blocks and threads per block."""
        return blocks_for(self.count(layout)), THREADS

    @contextmanager
    def element(self, text: Text, layout: Layout) -> Iterator[str]:
        """Do what follows for the element of a thread; gives its number, and leaves out threads that have none."""
        place = place_of_thread(text)
        with text.only_if(text.line(f"icmp ult i64 {place}, {self.count(layout)}")):
            yield place
