"""`ensemble(...)` of stochastic simulators."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnum.errors import InputError
from symnum.simulators.arguments import limits
from symnum.simulators.stochastic.ensembles.ensemble import Ensemble
from symnum.simulators.stochastic.model import Values

__all__ = ["SimulatesEnsembles"]

Array = NDArray[np.float64]


class SimulatesEnsembles:
    """Gives a stochastic simulator its `ensemble`; `_ensemble_source` may be replaced for other methods."""

    def ensemble(
        self,
        n: int,
        t_span: tuple[float, float] | None = None,
        t_eval: ArrayLike | None = None,
        y0: Values = None,
        params: Values = None,
        seed: int | None = None,
        method: str = "auto",
        *,
        names: Sequence[Any] | None = None,
        threads: int | None = None,
        progress: bool | Callable[[float, float], Any] | None = None,
        timeout_s: float | None = None,
        max_events: int | None = None,
        events: Any = None,
        keep: Any = "auto",
        histogram: Any = "auto",
    ) -> Ensemble:
        """Simulate trajectories 0 … n - 1 on threads, and gather their statistics on the way.

        Trajectory i is that of ``solve(..., seed=seed, trajectory=i)``, and no number depends on the threads.

        Parameters
        ----------
        n : int
            Number of trajectories.
        t_span : (float, float), optional
            First and last time; by default from 0 (or the first output time, if that is less) to the last output time.
        t_eval : array_like, optional
            Output times; 101 times, evenly spaced, by default.
        y0, params : array_like, mapping or None
            Initial populations and parameters, as for `solve`.
        seed : int, optional
            Key of all random streams; by default one from the operating system, which ``ens.stats["seed"]`` tells.
        method : str
            As for `solve`.
        names : sequence of str or Symbol, optional
            States and observables to record; all by default. Large models take less memory with few.
        threads : int, optional
            As many as there are processors by default.
        progress : bool or callable, optional
            Whether to show a progress bar; by default after two seconds on a terminal or in a notebook. A callable
            gets the part that is done, from 0 to 1, and the number of trajectories done.
        timeout_s : float, optional
            Seconds after which the ensemble of the trajectories that are done is returned, as after Ctrl-C.
        max_events : int, optional
            Most reactions of one trajectory.
        events : iterable of Event, optional
            More events beside those of the model; see `symnum.event`.
        keep : "auto", bool or int
            How many trajectories are kept: as many first ones as fit in 256 MB, all, none, or so many.
        histogram : "auto", bool or int
            Whether values are counted, and in how many bins for each quantity and time: up to 1,024 within 64 MB
            ("auto": none where 64 bins would not fit).

        Returns
        -------
        Ensemble
            Check `ens.success`, or `ens.status`.

        Raises
        ------
        InputError, UnknownNameError, MissingValueError, ShapeError
            For input that cannot be taken.

        Warns
        -----
        SymnumWarning
            If trajectories failed.

        Examples
        --------
        >>> import symnum as sn
        >>> net = sn.reaction_network("k, 0 --> X; g, X --> 0", parameters={"k": 10.0, "g": 1.0}, initial={"X": 0})
        >>> ens = sn.build_simulator(net, kind="ssa").ensemble(100, t_eval=[0.0, 5.0, 10.0], seed=1)
        >>> ens.n, ens.mean("X").shape, ens.quantile("X", [0.05, 0.95]).shape
        (100, (3,), (2, 3))
        """
        from symnum.simulators.stochastic.ensembles.simulate import simulate_ensemble
        from symnum.simulators.stochastic.simulator import seed_number

        span, grid = _times(t_span, t_eval)
        limit = limits(timeout_s).get("timeout_s")
        most = limits(max_steps=max_events).get("max_steps") if max_events is not None else None
        number = seed_number(seed)
        simulator: Any = self
        p, start = simulator.model.start(params, y0, span[0])

        def make_source(kept: NDArray[np.int32]) -> Any:
            return self._ensemble_source(method, p, start, span, grid, number, kept, events, most)

        return simulate_ensemble(
            make_source,
            simulator.model,
            n,
            span,
            grid,
            p,
            number,
            is_whole=self._states_are_whole,
            names=names,
            threads=threads,
            progress=progress,
            timeout_s=limit,
            keep=keep,
            histogram=histogram,
        )

    _states_are_whole = True

    def _ensemble_source(
        self,
        method: str,
        p: Array,
        y0: Array,
        span: tuple[float, float],
        grid: Array,
        seed: int,
        kept: NDArray[np.int32],
        events: Any,
        max_events: int | None,
    ) -> Any:
        """Return the source of trajectories; see `symnum.simulators.stochastic.ensembles.protocol`."""
        from symnum.simulators.stochastic.ensembles.exact import ExactSource

        simulator: Any = self
        plan = simulator.event_plans.plan(events)
        name, reason = simulator.choose_method(method, p, y0)
        return ExactSource(simulator.model, name, reason, p, y0, span, grid, seed, kept, plan, max_events)


def _times(t_span: Any, t_eval: Any) -> tuple[tuple[float, float], Array]:
    """Return first and last time, and the output times."""
    from symnum.simulators.stochastic.simulator import forward_interval, grid_times

    if t_span is None:
        if t_eval is None or not np.size(t_eval):
            raise InputError("Give t_span=(first, last), or the output times as t_eval.")
        times = grid_times(t_eval, (-np.inf, np.inf))
        assert times is not None
        t_span = (min(0.0, float(times[0])), float(times[-1]))
    span = forward_interval(t_span)
    grid = grid_times(t_eval, span)
    if grid is None:
        grid = np.linspace(*span, 101)
    if not len(grid):
        raise InputError("t_eval is empty; give at least one output time.")
    return span, grid
