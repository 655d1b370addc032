"""What all threads of an ensemble share, and what one thread does with a block of trajectories."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.integrators.ensembles.co_moments import co_moments
from symnum.integrators.ensembles.moments import moments
from symnum.integrators.run import address_of
from symnum.integrators.status import Status
from symnum.simulators.stochastic.ensembles.counts import Counts
from symnum.simulators.stochastic.ensembles.merge_tree import MergeTree
from symnum.simulators.stochastic.ensembles.moments import Moments, merge_moments
from symnum.simulators.stochastic.ensembles.protocol import Ends, Source
from symnum.simulators.stochastic.ensembles.quantities import Observing, Quantities

__all__ = ["Failure", "Gathered", "Thread"]

Array = NDArray[np.float64]

_BLOCK, _LIGHT_BLOCK, _BLOCK_BYTES = 64, 256, 2 << 20
_COUNTS_BYTES, _ALL_COUNTS_BYTES = 64 << 20, 512 << 20
_MOST_BINS, _LEAST_BINS = 1024, 64
_MOST_PAIRED = 16
_SUCCESS, _TERMINAL = int(Status.SUCCESS), int(Status.TERMINAL_EVENT)


def block_size(n: int, cells: int, is_light: bool) -> int:
    """Return the number of trajectories in a block, a power of two.

    It may depend on anything but time and threads: sums are rounded as the blocks are.
    """
    most, share = (_LIGHT_BLOCK, 16) if is_light else (_BLOCK, 64)
    limit = min(most, max(n // share, 1), max(_BLOCK_BYTES // (8 * max(cells, 1)), 1))
    return 1 << (limit.bit_length() - 1)


def number_of_bins(cells: int, wanted: int | bool | None) -> int:
    """Return the number of bins of each quantity at each time; 0 for no histograms."""
    if wanted is not None and not isinstance(wanted, bool):
        return wanted
    if wanted is False:
        return 0
    bins = _MOST_BINS
    while bins > _LEAST_BINS and 4 * bins * cells > _COUNTS_BYTES:
        bins //= 2
    return bins if wanted or 4 * bins * cells <= _COUNTS_BYTES else 0


def good_ends(codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which trajectories came to the end of the interval or to a terminal event."""
    good: NDArray[np.bool_] = (codes == _SUCCESS) | (codes == _TERMINAL)
    return good


@dataclass(frozen=True)
class Failure:
    """A trajectory that failed.

    Attributes
    ----------
    trajectory : int
        Its number: ``sim.solve(..., seed=ens.stats["seed"], trajectory=number)`` runs it again.
    status : Status
    time : float
        Time reached.
    reaction : str or None
        What the reaction is called that is to blame.
    """

    trajectory: int
    status: Status
    time: float
    reaction: str | None

    @property
    def message(self) -> str:
        """The same in a sentence."""
        return self.status.explain_reaction(self.time, self.reaction)


class Gathered:
    """Statistics of all blocks so far, under one lock.

    Parameters
    ----------
    source : Source
    quantities : Quantities
    grid : ndarray, shape (n_times,)
    n : int
        Number of trajectories asked for.
    keep : int
        Trajectories that are kept: so many first ones.
    bins : int
        Bins of each histogram; 0 for none.
    threads : int
    """

    def __init__(
        self, source: Source, quantities: Quantities, grid: Array, n: int, keep: int, bins: int, threads: int
    ) -> None:
        self.source, self.quantities, self.grid, self.n = source, quantities, grid, n
        width = max(len(quantities), len(quantities.kept))
        self.block = block_size(n, len(grid) * width, source.is_light)
        self.blocks = -(-n // self.block)
        self.codes = np.zeros(n, np.int32)
        self.cut = 0  # trajectories that had begun when the run was stopped
        self.events = 0
        self.failures: list[Failure] = []
        self.kept = np.empty((keep, len(grid), len(quantities)))
        self.tree: MergeTree[Moments] = MergeTree(merge_moments)
        self.pairs = 1 < len(quantities) <= _MOST_PAIRED
        self.lock = threading.Lock()
        self.counts: list[tuple[threading.Lock, Counts]] = []
        if bins:
            size = 4 * bins * len(grid) * len(quantities)
            sets = max(min(threads, _ALL_COUNTS_BYTES // max(size, 1)), 1)
            made = (Counts(len(grid), quantities.whole, bins) for _ in range(sets))
            self.counts = [(threading.Lock(), counts) for counts in made]
        self.done = 0

    def enter(self, number: int, first: int, ends: Ends, part: Moments, events: int, was_cut: bool) -> None:
        """Take what a thread has made of a block."""
        codes = ends.codes
        failed = [] if part.n == len(codes) else np.flatnonzero(~good_ends(codes)).tolist()
        with self.lock:
            self.codes[first : first + len(codes)] = codes
            self.events += events
            self.cut += was_cut
            self.done += len(codes)
            for k in failed:
                reaction = int(ends.reactions[k])
                name = self.source.reaction_name(reaction) if reaction >= 0 else None
                self.failures.append(Failure(first + k, Status(int(codes[k])), float(ends.times[k]), name))
            self.tree.add(number, part)

    def finish(self) -> tuple[Moments, Counts | None]:
        """Return the moments and counts of all."""
        shape = (len(self.grid), len(self.quantities))
        total = self.tree.total() or Moments(0, np.zeros(shape), np.zeros(shape))
        self.failures.sort(key=lambda failure: failure.trajectory)
        if not self.counts:
            return total, None
        counts = self.counts[0][1]
        for _, other in self.counts[1:]:
            counts.merge(other)
        return total, counts


class Thread:
    """One thread's runner and memory.

    Parameters
    ----------
    gathered : Gathered
    number : int
        Number of the thread.
    observing : callable
        Makes an `Observing`, or None where no observables are recorded.
    """

    def __init__(self, gathered: Gathered, number: int, observing: Callable[[], Observing | None]) -> None:
        g = self._gathered = gathered
        self._runner: Any = g.source.runner()
        self._observing = observing()
        self._states = np.empty((g.block, len(g.grid), len(g.quantities.kept)))
        shape = (g.block, len(g.grid), len(g.quantities))
        self._values = self._states if self._observing is None else np.empty(shape)
        self._counts = g.counts[number % len(g.counts)] if g.counts else None
        self._scratch = np.zeros(len(g.quantities))

    def block(self, number: int, stop: Callable[[], bool]) -> None:
        """Run a block and enter what it gives."""
        g = self._gathered
        first = number * g.block
        count = min(g.block, g.n - first)
        ends = Ends(count)
        is_kept = first + count <= len(g.kept)
        values = g.kept[first : first + count] if is_kept else self._values[:count]
        states = values if self._observing is None else self._states[:count]
        before = self._runner.events
        done = self._runner.run(first, states, ends, stop)
        if done < count:
            values, states, ends = values[:done], states[:done], ends[:done]
        if self._observing is not None and done:
            self._observing(states, values, self._runner.changes)
        if not is_kept and first < len(g.kept):
            g.kept[first : first + done] = values[: len(g.kept) - first]
        good = good_ends(ends.codes).astype(np.int32)
        part = self._moments(values, good)
        if self._counts is not None:
            with self._counts[0]:
                self._counts[1].add(values, good)
        g.enter(number, first, ends, part, self._runner.events - before, done < count)

    def _moments(self, values: Array, good: NDArray[np.int32]) -> Moments:
        rows, times, width = values.shape
        both = np.empty((2, times, width))
        part = Moments(0, both[0], both[1])
        x, which, mean = address_of(values), address_of(good), address_of(both)
        part.n = moments.call(x, which, rows, times * width, mean, mean + 8 * times * width)
        if self._gathered.pairs:
            part.products = np.empty((times, width * (width - 1) // 2))
            scratch, products = address_of(self._scratch), address_of(part.products)
            co_moments.call(x, which, rows, times, width, mean, scratch, products)
        return part
