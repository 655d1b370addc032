"""Run an ensemble: the one door for every stochastic method."""

import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, SymnumWarning
from symnum.integrators.progress import progress_report
from symnum.integrators.status import Status
from symnum.simulators.stochastic.ensembles.ensemble import Ensemble
from symnum.simulators.stochastic.ensembles.gathering import Gathered, Thread, good_ends, number_of_bins
from symnum.simulators.stochastic.ensembles.protocol import SourceMaker
from symnum.simulators.stochastic.ensembles.quantities import Observing, Quantities
from symnum.simulators.stochastic.ensembles.report import status_words
from symnum.simulators.stochastic.ensembles.threads import run_blocks, usable_threads

__all__ = ["simulate_ensemble"]

Array = NDArray[np.float64]

KEPT_BYTES = 256 << 20
"""Bytes that trajectories may take that are kept by default."""


def simulate_ensemble(
    make_source: SourceMaker,
    model: Any,
    n: int,
    span: tuple[float, float],
    grid: Array,
    p: Array,
    seed: int,
    *,
    is_whole: bool = True,
    names: Sequence[Any] | None = None,
    threads: int | None = None,
    progress: bool | Callable[[float, float], Any] | None = None,
    timeout_s: float | None = None,
    keep: Any = "auto",
    histogram: Any = "auto",
) -> Ensemble:
    """Run trajectories 0 … n - 1 and return their statistics.

    Parameters
    ----------
    make_source : callable
        Given the states that are wanted, returns the source of trajectories; see `protocol`.
    model : JumpModel or alike
        With `system`, `observables` and `compiled`, for the observables.
    n : int
    span : (float, float)
    grid : ndarray, shape (n_times,)
        Output times.
    p : ndarray
        Parameters.
    seed : int
        For the report.
    is_whole : bool
        Whether states are whole numbers.
    names, threads, progress, timeout_s, keep, histogram
        As for `StochasticSimulator.ensemble`.
    """
    began = time.perf_counter()
    n, quantities = _count("n", n), Quantities(model.system, names, is_whole)
    cells = len(grid) * len(quantities)
    wanted = usable_threads() if threads is None else _count("threads", threads)
    bins = number_of_bins(cells, _histogram(histogram))
    source, kernel = make_source(quantities.kept), quantities.kernel(model)
    gathered = Gathered(source, quantities, grid, n, _kept(keep, n, cells), bins, wanted)
    used = min(wanted, gathered.blocks)
    report = progress_report(0.0, float(n), progress, "trajectories")

    def observing() -> Observing | None:
        return None if kernel is None else Observing(quantities, kernel, grid, p)

    try:
        status = run_blocks(
            gathered.blocks,
            used,
            lambda thread: Thread(gathered, thread, observing).block,
            timeout_s,
            None if report is None else lambda: report(float(gathered.done)),
        )
        if report is not None and status.ok:
            report.finish(float(n))
    finally:
        if report is not None:
            report.close()
    stats = {
        "method": source.method,
        "method_reason": source.reason,
        "seed": seed,
        "t_span": span,
        "reaction_events": gathered.events,
        "threads": used,
        "block": gathered.block,
        "states_recorded": len(quantities.columns),
        "seconds": time.perf_counter() - began,
    }
    return _result(gathered, status, stats, model.system)


def _result(gathered: Gathered, status: Status, stats: dict[str, Any], system: Any) -> Ensemble:
    ends = (Status.SUCCESS, Status.TERMINAL_EVENT)
    counted = Counter({end.name.lower(): int(np.sum(gathered.codes == end)) for end in ends})
    for failure in gathered.failures:
        blamed = f': reaction "{failure.reaction}"' if failure.reaction else ""
        counted[failure.status.name.lower() + blamed] += 1
    stopped = None if status.ok else status.name.lower()
    if stopped is not None:
        counted[f"{stopped} on the way"] = gathered.cut
        counted["not begun"] = gathered.n - gathered.done - gathered.cut
    moments, counts = gathered.finish()
    codes = gathered.codes[: len(gathered.kept)]
    good = np.flatnonzero(good_ends(codes))
    values = gathered.kept if len(good) == len(gathered.kept) else gathered.kept[good]
    made = Ensemble(
        t=gathered.grid,
        names=gathered.quantities.names,
        requested=gathered.n,
        moments=moments,
        counts=counts,
        trajectories=(values, good.astype(np.int64)),
        status={words: count for words, count in counted.items() if count},
        failures=gathered.failures,
        stopped=stopped,
        stats=stats,
        independent=system.independent.name,
        title=system.name,
        whole=gathered.quantities.whole,
    )
    if made.failures:
        warnings.warn(_warning(made), SymnumWarning, stacklevel=4)
    return made


def _warning(made: Ensemble) -> str:
    first = made.failures[0]
    return (
        f"{len(made.failures):,} of {made.requested:,} trajectories failed, and the statistics are of the others: "
        f"{status_words(made.status)}. The first is trajectory {first.trajectory}: {first.message} See ens.failures."
    )


def _count(name: str, value: Any, most: int = 2**32 - 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= int(value) <= most:
        raise InputError(f"{name}={value!r}: give a whole number from 1 to {most:,}.")
    return int(value)


def _histogram(wanted: Any) -> int | bool | None:
    if isinstance(wanted, str) and wanted == "auto":
        return None
    if isinstance(wanted, bool):
        return wanted
    if isinstance(wanted, int | np.integer) and 2 <= int(wanted) <= 1 << 20:
        return int(wanted)
    raise InputError(f'histogram={wanted!r}: give "auto", True, False, or the number of bins, from 2 to 2^20.')


def _kept(keep: Any, n: int, cells: int) -> int:
    """Return how many trajectories are kept."""
    if isinstance(keep, str) and keep == "auto":
        return min(n, KEPT_BYTES // (8 * max(cells, 1)))
    if isinstance(keep, bool):
        return n if keep else 0
    if isinstance(keep, int | np.integer) and int(keep) >= 0:
        return min(int(keep), n)
    raise InputError(f'keep={keep!r}: give "auto", True, False, or the number of trajectories to keep.')
