"""Ensembles as data frames and as xarray data sets, where these packages are installed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.errors import needs

if TYPE_CHECKING:
    import pandas

    from symnum.simulators.stochastic.ensembles.ensemble import Ensemble

__all__ = ["to_dataframe", "to_xarray"]


def to_dataframe(ensemble: "Ensemble", q: Sequence[float] = (0.05, 0.5, 0.95)) -> "pandas.DataFrame":
    """Return means, standard deviations and quantiles, indexed by time.

    Parameters
    ----------
    ensemble : Ensemble
    q : sequence of float
        Quantiles, from 0 to 1.

    Returns
    -------
    pandas.DataFrame
        With columns of two levels: the quantity, then "mean", "std", "q0.05", ...

    Raises
    ------
    MissingDependencyError
        If pandas is not installed.
    """
    with needs('to_dataframe() needs pandas; install the extra "dataframe", or use ens.mean(...) and its kin.'):
        import pandas
    columns: dict[tuple[str, str], Any] = {}
    for name in ensemble.names:
        columns[name, "mean"], columns[name, "std"] = ensemble.mean(name), ensemble.std(name)
        if len(q):
            for level, values in zip(q, ensemble.quantile(name, list(q)), strict=True):
                columns[name, f"q{level:g}"] = values
    made = pandas.DataFrame(columns, index=pandas.Index(ensemble.t, name=ensemble.independent))
    made.columns.names = ["quantity", "statistic"]
    return made


def to_xarray(ensemble: "Ensemble", q: Sequence[float] = (0.05, 0.5, 0.95)) -> Any:
    """Return means, standard deviations, quantiles and the kept trajectories as an `xarray.Dataset`.

    Parameters
    ----------
    ensemble : Ensemble
    q : sequence of float
        Quantiles, from 0 to 1.

    Raises
    ------
    MissingDependencyError
        If xarray is not installed.
    """
    with needs("to_xarray() needs xarray: pip install xarray."):
        import xarray  # type: ignore[import-not-found, unused-ignore]
    time, names = ensemble.independent, list(ensemble.names)
    by_time = ("quantity", time)
    parts: dict[str, Any] = {
        "mean": (by_time, np.array([ensemble.mean(name) for name in names])),
        "std": (by_time, np.array([ensemble.std(name) for name in names])),
        "trajectories": (("trajectory", time, "quantity"), ensemble.trajectories.values),
    }
    coordinates: dict[str, Any] = {time: ensemble.t, "quantity": names, "trajectory": ensemble.trajectories.numbers}
    if len(q):
        levels = np.array([ensemble.quantile(name, list(q)) for name in names])
        parts["quantile"] = (("quantity", "q", time), levels)
        coordinates["q"] = list(q)
    about = {k: ensemble.stats[k] for k in ("method", "method_reason")} | {"seed": str(ensemble.stats["seed"])}
    about |= {"n": ensemble.n, "requested": ensemble.requested}
    return xarray.Dataset(parts, coordinates, about)
