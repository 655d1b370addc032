"""The result of a simulation."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnum.display import format_seconds, html_table, plain_table
from symnum.errors import InputError, UnknownNameError, needs, suggest
from symnum.simulators.event_table import EventTable

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

__all__ = ["Solution"]

Evaluator = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


class Solution:
    """A trajectory with its names, its continuous form, and what was done to get it.

    Attributes
    ----------
    t : ndarray, shape (n_times,)
        Times: those of `t_eval`, or every accepted step. After a failure, as far as it got.
    y : ndarray, shape (n_states, n_times)
        States.
    status : Status
        How it ended; `Status.SUCCESS` is the only good end.
    message : str
        The same in a sentence, with the time reached and the state concerned.
    stats : dict
        Method and the reason for it, steps, evaluations, factorisations, seconds, tolerances.
    parameters : ndarray, shape (n_parameters,)
        The parameters used; where events change some, those at the beginning.
    events : EventTable
        What happened: name, time, state before and after. At such a time without `t_eval`, `t` and `y` have both the
        state before and the state after; with it, and in ``sol(t)``, the state after counts.
    """

    def __init__(
        self,
        *,
        t: NDArray[np.float64],
        y: NDArray[np.float64],
        status: Any,
        message: str,
        stats: dict[str, Any],
        state_names: Sequence[str],
        parameter_names: Sequence[str],
        parameters: NDArray[np.float64],
        observable_names: Sequence[str] = (),
        observe: Evaluator | None = None,
        interpolate: Callable[..., NDArray[np.float64]] | None = None,
        independent: str = "t",
        title: str = "",
        failed_state: str | None = None,
        events: EventTable | None = None,
        changing_parameters: NDArray[np.float64] | None = None,
        request: Any = None,
    ) -> None:
        self.t, self.y = t, y
        self.status, self.message, self.stats = status, message, stats
        self.parameters = parameters
        self.failed_state = failed_state
        self.state_names, self.parameter_names = tuple(state_names), tuple(parameter_names)
        self.observable_names = tuple(observable_names)
        self.independent, self.title = independent, title
        self.events = EventTable() if events is None else events
        self._changing_parameters = changing_parameters  # shape (n_parameters, n_times), where events change some
        self._observe, self._interpolate = observe, interpolate
        self._request = request
        self._observed: NDArray[np.float64] | None = None
        self._index = {name: i for i, name in enumerate(self.state_names)}

    @property
    def success(self) -> bool:
        """Whether the end of the interval was reached."""
        return bool(self.status.ok)

    @property
    def has_continuous_form(self) -> bool:
        """Whether `sol(t)` can be evaluated."""
        return self._interpolate is not None

    def __getitem__(self, key: Any) -> NDArray[np.float64]:
        """Return the values of a state or observable, by name or symbol, shape (n_times,).

        Where events change parameters, theirs too.

        Raises
        ------
        UnknownNameError
            If the model has neither state nor observable of that name.
        """
        name = getattr(key, "name", key)
        if not isinstance(name, str):
            raise UnknownNameError(f"sol[…] takes one name or symbol, not {key!r}; for several, ask for each.")
        if name in self._index:
            values: NDArray[np.float64] = self.y[self._index[name]]
            return values
        if name in self.observable_names:
            observed: NDArray[np.float64] = self.observables[self.observable_names.index(name)]
            return observed
        if name in self.parameter_names and self._changing_parameters is not None:
            changing: NDArray[np.float64] = self._changing_parameters[self.parameter_names.index(name)]
            return changing
        known = [*self.state_names, *self.observable_names]
        raise UnknownNameError(
            f'The solution has no state or observable "{name}".{suggest(str(name), known)} '
            "See sol.state_names and sol.observable_names."
        )

    def _ipython_key_completions_(self) -> list[str]:
        """Return what can stand in ``sol[...]``, for tab completion in IPython and Jupyter."""
        return [*self.state_names, *self.observable_names]

    @property
    def observables(self) -> NDArray[np.float64]:
        """All observables, shape (n_observables, n_times)."""
        if self._observed is None:
            if self._observe is None:
                self._observed = np.zeros((0, len(self.t)))
            else:
                self._observed = self._observe(self.t, self.y)
        return self._observed

    def __call__(self, t: ArrayLike, side: Literal["left", "right"] = "right") -> NDArray[np.float64]:
        """Return the states at any time of the interval reached, shape (n_states,) or (n_states, n_times).

        Parameters
        ----------
        t : float or array_like
            Times.
        side : {"right", "left"}
            Which state to give where an event has changed it: the one after, or the one before.

        Raises
        ------
        InputError
            Outside the interval, or if the solution keeps no continuous form.
        """
        try:
            times = np.atleast_1d(np.asarray(t, dtype=np.float64))
        except (TypeError, ValueError):
            raise InputError(f"sol(t) takes times, not {t!r}.") from None
        if self._interpolate is None:
            raise InputError("This solution keeps no continuous form; pass the times you need as t_eval.")
        low, high = sorted((self.stats["t_span"][0], self.stats["t_reached"]))
        if times.size and not (times.min() >= low and times.max() <= high):
            raise InputError(f"sol(t) is defined for {low:g} <= t <= {high:g}; {times.tolist()[:3]} was asked for.")
        if side not in ("left", "right"):
            raise InputError(f'side={side!r}: choose "left" (the state before an event) or "right" (after it).')
        values = self._interpolate(times) if side == "right" else self._interpolate(times, side)
        return values[:, 0] if np.ndim(t) == 0 else values

    def to_dataframe(self) -> "pandas.DataFrame":
        """Return states and observables as a `pandas.DataFrame` indexed by time.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        with needs('to_dataframe() needs pandas; install the extra "dataframe", or use sol.t and sol.y.'):
            import pandas
        columns = dict(zip(self.state_names, self.y, strict=True))
        columns |= dict(zip(self.observable_names, self.observables, strict=True))
        return pandas.DataFrame(columns, index=pandas.Index(self.t, name=self.independent))

    def plot(self, names: Sequence[Any] | None = None, ax: "Axes | None" = None, **options: Any) -> "Axes":
        """Draw states and observables against time; see `symnum.simulators.plotting.plot_solution`."""
        from symnum.simulators.plotting import plot_solution

        return plot_solution(self, names, ax=ax, **options)

    # Display ------------------------------------------------------------------------------

    def _rows(self) -> list[tuple[str, str]]:
        s = self.stats
        rows = [
            ("status", f"{self.status.name.lower()}: {self.message}"),
            ("method", f"{s['method']} ({s['method_reason']})"),
            (
                "interval",
                f"{s['t_span'][0]:g} … {s['t_reached']:g}, {len(self.t)} times, {len(self.y)} states",
            ),
            ("steps", f"{s['steps']} ({s['rejected']} rejected)"),
            (
                "evaluations",
                f"{s['rhs_evaluations']} right-hand sides, {s['jacobian_evaluations']} Jacobians",
            ),
            ("tolerances", f"rtol {s['rtol']:g}, atol {s['atol']}"),
            ("time", format_seconds(s["seconds"])),
        ]
        if s.get("initial_note"):
            rows.insert(2, ("initial values", s["initial_note"]))
        if len(self.events):
            names = ", ".join(dict.fromkeys(event.name for event in self.events[:50]))
            rows.insert(3, ("events", f"{len(self.events)}: {names}"))
        if s["factorisations"]:
            solver = f"{s['factorisations']} factorisations, {s['solves']} solves, {s['linear_solver']}"
            rows.insert(-2, ("linear algebra", solver))
        return rows

    def __repr__(self) -> str:
        return f"Solution {self.title}\n" + plain_table(self._rows(), indent="  ")

    def _repr_html_(self) -> str:
        return html_table(("solution", self.title), self._rows(), left=True)

    def __len__(self) -> int:
        return len(self.t)

    def __getstate__(self) -> dict[str, Any]:
        """Keep the numbers; the continuous form lives in this process only."""
        state = dict(self.__dict__)
        state["_observed"] = self.observables
        state["_observe"] = state["_interpolate"] = state["_request"] = None
        return state
