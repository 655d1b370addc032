"""The result of a simulation of fields."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnum.display import format_bytes, format_seconds, html_table, plain_table
from symnum.errors import InputError, UnsupportedError
from symnum.simulators.fields.layout import FieldLayout, Snapshot, name_of
from symnum.simulators.fields.probing import STATISTICS, probe
from symnum.simulators.fields.values import unknown_name

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["FieldSolution"]

Array = NDArray[np.float64]


class FieldSolution:
    """Fields over time, with their coordinates, and what was done to get them.

    Attributes
    ----------
    t : ndarray, shape (n_times,)
        Times: those of `t_eval`, or every accepted step. After a failure, as far as it got.
    frames : ndarray, shape (n_times, n_states)
        The states, one after the other; read from the file where they have been stored in one.
    status : Status
        How it ended.
    message : str
        The same in a sentence.
    stats : dict
        Method and the reason for it, steps, evaluations, seconds, tolerances.
    parameters : ndarray, shape (n_parameters,)
    layout : FieldLayout
        Names, axes, and where fields lie in a state.
    storage : Path or None
        The file that holds the frames.
    trackers : tuple
        What watched the run, with what it has recorded.
    """

    def __init__(
        self,
        *,
        t: Array,
        frames: Any,
        status: Any,
        message: str,
        stats: dict[str, Any],
        layout: FieldLayout,
        parameters: Array,
        parameter_names: tuple[str, ...] = (),
        observable_names: tuple[str, ...] = (),
        observe: Callable[[float, Array], Array] | None = None,
        interpolate: Callable[[Array], Array] | None = None,
        independent: str = "t",
        title: str = "",
        storage: Any = None,
        trackers: tuple[Any, ...] = (),
        request: Any = None,
    ) -> None:
        self.t, self._frames = t, frames
        self.status, self.message, self.stats = status, message, stats
        self.layout, self.parameters, self.parameter_names = layout, parameters, parameter_names
        self.observable_names = observable_names
        self.independent, self.title = independent, title
        self.storage, self.trackers = storage, trackers
        self._observe, self._interpolate, self._request = observe, interpolate, request
        self._observed: Array | None = None

    # What it is ---------------------------------------------------------------------------

    @property
    def success(self) -> bool:
        """Whether the end of the interval was reached, or a tracker found that it is enough."""
        return bool(self.status.ok)

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return self.layout.names

    @property
    def frames(self) -> Array:
        """All states, shape (n_times, n_states)."""
        if not isinstance(self._frames, np.ndarray):
            return np.stack([self._frames[k] for k in range(len(self.t))]) if len(self.t) else np.zeros((0, 0))
        return self._frames

    @property
    def y(self) -> Array:
        """All states, shape (n_states, n_times), as in other solutions."""
        return self.frames.T

    def __len__(self) -> int:
        return len(self.t)

    def __getitem__(self, key: Any) -> Array:
        """Return a field, shape (n_times,) and that of the grid, or an observable, shape (n_times,).

        Raises
        ------
        UnknownNameError
            If there is neither.
        """
        name = name_of(key)
        if name in self.layout.names:
            if isinstance(self._frames, np.ndarray):
                return self.layout.view(self._frames, name)
            return np.asarray(self._frames.field(name))
        if name in self.observable_names:
            values: Array = self.observables[self.observable_names.index(name)]
            return values
        raise unknown_name(name, (*self.layout.names, *self.observable_names))

    def _ipython_key_completions_(self) -> list[str]:
        """Return what can stand in ``sol[...]``, for tab completion in IPython and Jupyter."""
        return [*self.layout.names, *self.observable_names]

    @property
    def observables(self) -> Array:
        """All observables, shape (n_observables, n_times)."""
        if self._observed is None:
            rows = [self._observe(float(t), self._frame(k)) for k, t in enumerate(self.t)] if self._observe else []
            self._observed = np.array(rows).reshape(len(rows), -1).T if rows else np.zeros((0, len(self.t)))
        return self._observed

    def integral(self, key: Any) -> Array:
        """Return the integral of a field over the domain at every time, shape (n_times,)."""
        return self._statistic("integral", key)

    def mean(self, key: Any) -> Array:
        """Return the mean of a field over the domain at every time, shape (n_times,)."""
        return self._statistic("mean", key)

    def min(self, key: Any) -> Array:
        """Return the smallest value of a field at every time, shape (n_times,)."""
        return self._statistic("min", key)

    def max(self, key: Any) -> Array:
        """Return the largest value of a field at every time, shape (n_times,)."""
        return self._statistic("max", key)

    def std(self, key: Any) -> Array:
        """Return how far a field is from its mean (root of the mean square) at every time, shape (n_times,)."""
        return self._statistic("std", key)

    def _statistic(self, which: str, key: Any) -> Array:
        name, one = self.layout.check(key), STATISTICS[which]
        return np.array([one(self.layout, self.layout.view(self._frame(k), name)) for k in range(len(self.t))])

    def probe(self, key: Any, t: ArrayLike | None = None, **point: float) -> Array:
        """Return a field at a point, linear between the centres of cells: ``sol.probe("u", x=0.3, y=0.5)``.

        It is of second order whatever the model's is, and knows nothing of conditions at the sides: from the outermost
        centres to the side the line through the last two goes on.

        Parameters
        ----------
        key : str or Symbol
        t : float or array_like, optional
            Times (see `__call__`); by default all that were kept.
        **point
            Coordinates by axis; axes that are left out remain, so that ``sol.probe("u", y=0.5)`` is a line for every
            time.

        Returns
        -------
        ndarray, shape (n_times,) and that of the axes that remain; without the first of a single time

        Raises
        ------
        UnknownNameError
            If there is no such field or axis.
        InputError
            For places outside the grid, and times that were not kept.
        """
        name = self.layout.check(key)
        if t is not None:
            return probe(self.layout, self.layout.view(self(t).T, name), point)
        found = [probe(self.layout, self.layout.view(self._frame(k), name), point) for k in range(len(self.t))]
        return np.array(found)

    def _frame(self, k: int) -> Array:
        frame: Array = self._frames[k]
        return frame

    # In time ------------------------------------------------------------------------------

    @property
    def has_continuous_form(self) -> bool:
        """Whether `sol(t)` can be evaluated at any time."""
        return self._interpolate is not None

    def __call__(self, t: ArrayLike) -> Array:
        """Return states, shape (n_states,) or (n_states, n_times), at any time of the interval reached.

        With `t_eval` only the fields at those times are kept, and only those can be asked for.

        Raises
        ------
        InputError
            For other times.
        """
        try:
            times = np.atleast_1d(np.asarray(t, np.float64))
        except (TypeError, ValueError):
            raise InputError(f"sol(t) takes times, not {t!r}.") from None
        low, high = sorted((self.stats["t_span"][0], self.stats["t_reached"]))
        if times.size and not (times.min() >= low and times.max() <= high):
            raise InputError(f"sol(t) is defined for {low:g} <= t <= {high:g}; {times.tolist()[:3]} was asked for.")
        values = self._at(times) if self._interpolate is None else self._interpolate(times)
        return values[:, 0] if np.ndim(t) == 0 else values

    def _at(self, times: Array) -> Array:
        close = 1e-12 * max(float(np.max(np.abs(self.t), initial=0.0)), 1e-300)
        places = [int(np.argmin(np.abs(self.t - time))) if len(self.t) else -1 for time in times]
        for place, time in zip(places, times, strict=True):
            if place < 0 or abs(self.t[place] - time) > close:
                raise InputError(
                    f"only the fields at the times of t_eval were kept, and {time:g} is none of them; add it to "
                    "t_eval, or leave t_eval out to keep every step."
                )
        return np.stack([self._frame(k) for k in places], axis=1)

    def at(self, t: float) -> Snapshot:
        """Return all fields at one time: ``sol.at(2.0)["u"]``."""
        return Snapshot(float(t), self(float(t)), self.layout)

    def nearest(self, t: float | None = None) -> int:
        """Return the number of the frame closest to a time; by default the last."""
        if not len(self.t):
            raise InputError(f"This solution holds no frame: {self.message}")
        return len(self.t) - 1 if t is None else int(np.argmin(np.abs(self.t - t)))

    # Elsewhere ----------------------------------------------------------------------------

    def field(self, key: Any, t: float | None = None) -> "xarray.DataArray":
        """Return a field as an `xarray.DataArray` with coordinates and units.

        Parameters
        ----------
        key : str or Symbol
        t : float, optional
            One time (see `__call__`); by default all that were kept.

        Raises
        ------
        UnknownNameError
            If there is no such field.
        MissingDependencyError
            If xarray is not installed.
        """
        from symnum.simulators.fields.arrays import field_array

        return field_array(self, self.layout.check(key), t)

    def to_xarray(self) -> "xarray.Dataset":
        """Return all fields, and the observables over time, as an `xarray.Dataset`.

        Raises
        ------
        MissingDependencyError
            If xarray is not installed.
        """
        from symnum.simulators.fields.arrays import dataset

        return dataset(self)

    def plot(self, fields: Any = None, t: Any = None, **options: Any) -> Any:
        """Draw fields at one or several times; see `symnum.simulators.fields.plotting.plot_fields`."""
        from symnum.simulators.fields.plotting.plot_fields import plot_fields

        return plot_fields(self, fields, t, **options)

    def plot_kymograph(self, field: Any = None, **options: Any) -> "Axes":
        """Draw a field along one axis against time; see `symnum.simulators.fields.plotting.kymograph`."""
        from symnum.simulators.fields.plotting.kymograph import plot_kymograph

        return plot_kymograph(self, field, **options)

    def plot_integrals(self, fields: Any = None, **options: Any) -> "Axes":
        """Draw means of fields (or ``of="max"``, ...), and observables, against time."""
        from symnum.simulators.fields.plotting.integrals import plot_integrals

        return plot_integrals(self, fields, **options)

    def movie(self, path: Any, field: Any = None, **options: Any) -> Any:
        """Write a film of a field; see `symnum.simulators.fields.plotting.movie`."""
        from symnum.simulators.fields.plotting.movie import write_movie

        return write_movie(self, path, field, **options)

    # Display ------------------------------------------------------------------------------

    def _rows(self) -> list[tuple[str, str]]:
        s = self.stats
        grid = " × ".join(f"{axis.name} {len(axis.centres)}" for axis in self.layout.axes)
        number = self._frames.itemsize if isinstance(self._frames, np.ndarray) else 8
        size = number * self.layout.size * len(self.t)
        where = f"in {self.storage.name}" if self.storage is not None else "in memory"
        rows = [
            ("status", f"{self.status.name.lower()}: {self.message}"),
            ("fields", f"{', '.join(self.layout.names)} on {grid} cells"),
            ("method", f"{s['method']} ({s['method_reason']})"),
            ("interval", f"{s['t_span'][0]:g} … {s['t_reached']:g}"),
            ("frames", f"{len(self.t)}, {format_bytes(size)} {where}"),
            ("steps", f"{s['steps']} ({s['rejected']} rejected)"),
            ("evaluations", f"{s['rhs_evaluations']} right-hand sides, {s['jacobian_evaluations']} Jacobians"),
        ]
        if s.get("linear_solver"):
            kind = f"{s['linear_solver']}" + (f", {s['preconditioner']}" if s.get("preconditioner") else "")
            rows.append(("linear algebra", f"{s['factorisations']} factorisations, {s['solves']} solves, {kind}"))
        if s.get("rtol") is not None:
            rows.append(("tolerances", f"rtol {s['rtol']:g}, atol {s['atol']}"))
        rows.append(("time", format_seconds(s["seconds"])))
        return rows

    def __repr__(self) -> str:
        return f"FieldSolution {self.title}\n" + plain_table(self._rows(), indent="  ")

    def _repr_html_(self) -> str:
        return html_table(("solution", self.title), self._rows(), left=True)

    def __getstate__(self) -> dict[str, Any]:
        """Keep the numbers; the continuous form lives in this process only."""
        if self.storage is not None:
            raise UnsupportedError(f'the frames of this solution are in "{self.storage}"; pickle its path instead.')
        state = dict(self.__dict__)
        state["_observed"] = self.observables
        state["_observe"] = state["_interpolate"] = state["_request"] = None
        return state
