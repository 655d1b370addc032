"""The result of many trajectories."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnum.display import html_table, plain_table
from symnum.errors import InputError, UnknownNameError, suggest
from symnum.simulators.stochastic.ensembles.counts import Counts
from symnum.simulators.stochastic.ensembles.gathering import Failure
from symnum.simulators.stochastic.ensembles.histogram import Histogram
from symnum.simulators.stochastic.ensembles.moments import Moments
from symnum.simulators.stochastic.ensembles.quantiles import quantiles_of_counts
from symnum.simulators.stochastic.ensembles.trajectories import Trajectories

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

__all__ = ["Ensemble"]

Array = NDArray[np.float64]


class Ensemble:
    """Statistics of many trajectories, and as many trajectories as were kept.

    All statistics are of the `n` trajectories that came to their end; `status` counts the others.

    Attributes
    ----------
    t : ndarray, shape (n_times,)
        Output times.
    n : int
        Number of trajectories that came to the end of the interval, or to a terminal event.
    requested : int
        Number of trajectories asked for.
    names : tuple of str
        States and observables that were recorded.
    status : dict
        Number of trajectories by how they ended, in words; a failure with the reaction that is to blame. The numbers
        add up to `requested`.
    failures : tuple of Failure
        Each trajectory that failed: number, status, time, reaction.
    stopped : str or None
        Why the ensemble is not complete: "timeout" or "interrupted".
    trajectories : Trajectories
        Those that were kept.
    stats : dict
        Method and the reason for it, seed, reactions in all, seconds, threads, trajectories in a block.
    """

    def __init__(
        self,
        *,
        t: Array,
        names: Sequence[str],
        requested: int,
        moments: Moments,
        counts: Counts | None,
        trajectories: tuple[Array, NDArray[np.int64]],
        status: dict[str, int],
        failures: Sequence[Failure],
        stopped: str | None,
        stats: dict[str, Any],
        independent: str = "t",
        title: str = "",
        whole: NDArray[np.bool_] | None = None,
    ) -> None:
        self.t, self.names, self.requested, self.n = t, tuple(names), requested, moments.n
        self.status, self.failures, self.stopped, self.stats = status, tuple(failures), stopped, stats
        self.independent, self.title = independent, title
        self.whole = np.zeros(len(self.names), bool) if whole is None else whole
        self._moments, self._counts = moments, counts
        self._place = {name: i for i, name in enumerate(self.names)}
        self.trajectories = Trajectories(*trajectories, self.names, self._index)

    @property
    def success(self) -> bool:
        """Whether all trajectories that were asked for came to their end."""
        return self.n == self.requested

    def _index(self, key: Any) -> int:
        name = getattr(key, "name", key)
        if not isinstance(name, str):
            raise UnknownNameError(f"An ensemble takes one name or symbol, not {key!r}; for several, ask for each.")
        if name not in self._place:
            raise UnknownNameError(
                f'The ensemble has no state or observable "{name}".{suggest(name, list(self.names))} See ens.names.'
            )
        return self._place[name]

    def __getitem__(self, key: Any) -> Array:
        """Return the kept trajectories of a state or observable, shape (number kept, n_times)."""
        return self.trajectories[self._index_name(key)]

    def _index_name(self, key: Any) -> str:
        return self.names[self._index(key)]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.names)

    # ------------------------------------------------------------------------------ moments

    def mean(self, name: Any) -> Array:
        """Return the mean of a state or observable, shape (n_times,); NaN without trajectories."""
        i = self._index(name)
        values: Array = self._moments.mean[:, i] if self.n else np.full(len(self.t), np.nan)
        return values.copy()

    def var(self, name: Any, ddof: int = 1) -> Array:
        """Return the variance, shape (n_times,): the sum of squares about the mean, divided by ``n - ddof``.

        Parameters
        ----------
        name : str or Symbol
        ddof : int
            1 gives the unbiased estimate of the law's variance, 0 the variance of these trajectories.
        """
        return self._divided(self._moments.squares[:, self._index(name)], ddof)

    def std(self, name: Any, ddof: int = 1) -> Array:
        """Return the standard deviation, shape (n_times,); see `var`."""
        deviation: Array = np.sqrt(self.var(name, ddof))
        return deviation

    def covariance(self, first: Any, second: Any, ddof: int = 1) -> Array:
        """Return the covariance of two quantities at each time, shape (n_times,).

        Raises
        ------
        InputError
            If more than 16 quantities were recorded and not all trajectories kept.
        """
        i, j = sorted((self._index(first), self._index(second)))
        if i == j:
            return self.var(first, ddof)
        products = self._moments.products
        if products is not None:
            width = len(self.names)
            return self._divided(products[:, i * width - i * (i + 1) // 2 + j - i - 1], ddof)
        if len(self.trajectories) < self.n:
            raise InputError(
                f"Covariances of {len(self.names)} quantities were not recorded; name those of interest: "
                f'ensemble(..., names=["{self.names[i]}", "{self.names[j]}"]).'
            )
        a, b = (self.trajectories.values[:, :, k] - self._moments.mean[:, k] for k in (i, j))
        return self._divided((a * b).sum(axis=0), ddof)

    def _divided(self, sums: Array, ddof: int) -> Array:
        if self.n - ddof <= 0:
            return np.full(len(self.t), np.nan)
        quotient: Array = sums / (self.n - ddof)
        return quotient

    # ------------------------------------------------------------------------------ distributions

    def quantile(self, name: Any, q: ArrayLike) -> Array:
        """Return quantiles, shape (n_times,), or (n_q, n_times) for several.

        Between two values they are interpolated linearly, as `numpy.quantile` does. They are exact where
        `resolution` is 0, otherwise good to that.

        Parameters
        ----------
        name : str or Symbol
        q : float or array_like
            From 0 to 1.

        Raises
        ------
        InputError
            If `q` is not between 0 and 1, or neither histograms nor all trajectories were kept.
        """
        i = self._index(name)
        try:
            levels = np.atleast_1d(np.asarray(q, np.float64))
        except (TypeError, ValueError):
            levels = np.array([np.nan])
        if levels.ndim != 1 or not np.all((levels >= 0.0) & (levels <= 1.0)):
            raise InputError(f"q={q!r}: quantiles are asked for by numbers from 0 to 1, such as 0.5 or [0.05, 0.95].")
        if self.n == 0:
            values = np.full((len(levels), len(self.t)), np.nan)
        elif self._counts is not None and not self._counts_are_exact(i) and len(self.trajectories) == self.n:
            values = np.quantile(self.trajectories.values[:, :, i], levels, axis=0)
        else:
            values = quantiles_of_counts(self._counted(i), i, self.n, levels)
        return values[0] if np.ndim(q) == 0 else values

    def _counts_are_exact(self, i: int) -> bool:
        assert self._counts is not None
        return bool(np.all(self._counts.whole[:, i] != 0) and np.all(self._counts.exponents[:, i] == 0))

    def resolution(self, name: Any) -> Array:
        """Return how much a quantile may be off at each time, shape (n_times,): 0, or the width of the bins."""
        i = self._index(name)
        if len(self.trajectories) == self.n or self._counts is None:
            return np.zeros(len(self.t))
        widths = self._counted(i).widths(i)
        return np.where((self._counts.whole[:, i] != 0) & (widths == 1.0), 0.0, widths)

    def histogram(self, name: Any, t: float | None = None) -> Histogram:
        """Return how often each value came up at a time.

        Parameters
        ----------
        name : str or Symbol
        t : float, optional
            One of the output times; the last one by default.

        Raises
        ------
        InputError
            If `t` is no output time, or neither histograms nor all trajectories were kept.
        """
        i, k = self._index(name), self.time_index(t)
        counts = self._counted(i)
        row = counts.counts[k, i].astype(np.int64)
        used = np.flatnonzero(row)
        first, last = (int(used[0]), int(used[-1])) if len(used) else (0, -1)
        width = float(counts.widths(i)[k])
        edges = ((int(counts.bases[k, i]) + np.arange(first, last + 2)) * width).astype(np.float64)
        lost = int(counts.lost[k, i])
        return Histogram(self.names[i], float(self.t[k]), row[first : last + 1], edges, width, lost)

    def _counted(self, i: int) -> Counts:
        if self._counts is None:
            if len(self.trajectories) < self.n:
                raise InputError(
                    "Histograms were not recorded: they would take too much memory, or histogram=False was given. "
                    f'Name what is of interest, ensemble(..., names=["{self.names[i]}"]), or set histogram=True.'
                )
            made = Counts(len(self.t), self.whole, 1024)
            values = np.ascontiguousarray(self.trajectories.values)
            made.add(values, np.ones(len(values), np.int32))
            self._counts = made
        return self._counts

    def time_index(self, t: float | None = None) -> int:
        """Return the place of an output time; of the last one for None.

        Raises
        ------
        InputError
            If `t` is none of the output times.
        """
        if t is None:
            return len(self.t) - 1
        k = int(np.argmin(np.abs(self.t - t)))
        span = float(self.t[-1] - self.t[0]) or 1.0
        if not abs(self.t[k] - t) <= 1e-9 * max(span, abs(float(t))):
            raise InputError(f"t={t:g} is no output time; the nearest is {self.t[k]:g}. Add it to t_eval.")
        return k

    # ------------------------------------------------------------------------------ out

    def to_dataframe(self, q: Sequence[float] = (0.05, 0.5, 0.95)) -> "pandas.DataFrame":
        """Return means, deviations and quantiles as a data frame; see `symnum...ensembles.tables.to_dataframe`."""
        from symnum.simulators.stochastic.ensembles.tables import to_dataframe

        return to_dataframe(self, q)

    def to_xarray(self, q: Sequence[float] = (0.05, 0.5, 0.95)) -> Any:
        """Return means, deviations, quantiles and kept trajectories as an `xarray.Dataset`."""
        from symnum.simulators.stochastic.ensembles.tables import to_xarray

        return to_xarray(self, q)

    def plot(
        self,
        names: Any = None,
        band: tuple[float, float] | None = (0.05, 0.95),
        trajectories: int = 5,
        ax: "Axes | None" = None,
        **options: Any,
    ) -> "Axes":
        """Draw means with a band between two quantiles, and some trajectories; see `plot_bands.plot_bands`."""
        from symnum.simulators.stochastic.ensembles.plot_bands import plot_bands

        return plot_bands(self, names, band, trajectories, ax=ax, **options)

    def plot_histogram(self, name: Any, t: float | None = None, ax: "Axes | None" = None, **options: Any) -> "Axes":
        """Draw how often each value came up at a time; see `plot_histogram.plot_histogram`."""
        from symnum.simulators.stochastic.ensembles.plot_histogram import plot_histogram

        return plot_histogram(self, name, t, ax=ax, **options)

    def plot_histogram_over_time(self, name: Any, ax: "Axes | None" = None, **options: Any) -> "Axes":
        """Draw histograms against time as a map of colours; see `plot_histogram_over_time`."""
        from symnum.simulators.stochastic.ensembles.plot_histogram_over_time import plot_histogram_over_time

        return plot_histogram_over_time(self, name, ax=ax, **options)

    def plot_phase(
        self, first: Any, second: Any, t: float | None = None, ax: "Axes | None" = None, **options: Any
    ) -> "Axes":
        """Draw one quantity against another at a time, a point for each kept trajectory; see `plot_phase`."""
        from symnum.simulators.stochastic.ensembles.plot_phase import plot_phase

        return plot_phase(self, first, second, t, ax=ax, **options)

    # ------------------------------------------------------------------------------ display

    def _rows(self) -> list[tuple[str, str]]:
        from symnum.simulators.stochastic.ensembles.report import report_rows

        return report_rows(self)

    def __repr__(self) -> str:
        return f"Ensemble {self.title}\n" + plain_table(self._rows(), indent="  ")

    def _repr_html_(self) -> str:
        return html_table(("ensemble", self.title), self._rows(), left=True)

    def __len__(self) -> int:
        return self.n
