"""Stochastic simulators: trajectories of a model whose populations change by single events."""

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnum.errors import InputError, UnsupportedError
from symnum.simulators.arguments import interval, limits, output_times
from symnum.simulators.stochastic.ensembles.mixin import SimulatesEnsembles
from symnum.simulators.stochastic.event_plans import EventMaker, JumpEventPlans
from symnum.simulators.stochastic.model import JumpModel, Values
from symnum.simulators.stochastic.solution import JumpSolution
from symnum.systems.jump import JumpSystem

__all__ = ["StochasticSimulator"]

Array = NDArray[np.float64]

_KEPT_CHOICES = 16


class StochasticSimulator(SimulatesEnsembles):
    """A compiled stochastic model.

    Attributes
    ----------
    system : JumpSystem
        What was compiled.
    model : JumpModel
        Tables and kernels, for whoever runs trajectories.
    """

    def __init__(self, system: JumpSystem) -> None:
        self.system = system
        self.model = JumpModel(system)
        self._choices: dict[tuple[bytes, bytes], tuple[str, str]] = {}

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the states, in declaration order."""
        return self.system.state_names

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters, in declaration order."""
        return self.system.parameter_names

    def defaults(self) -> tuple[Array, Array]:
        """Return the initial populations, shape (n_states,), and the parameters, shape (n_parameters,)."""
        p, y = self.model.start()
        return y, p

    def solve(
        self,
        t_span: tuple[float, float],
        y0: Values = None,
        params: Values = None,
        t_eval: ArrayLike | None = None,
        method: str = "auto",
        *,
        seed: int | None = None,
        trajectory: int = 0,
        timeout_s: float | None = None,
        max_events: int | None = None,
        progress: bool | Callable[[float, float], Any] | None = None,
        events: Any = None,
    ) -> JumpSolution:
        """Simulate one trajectory from `t_span[0]` to `t_span[1]`.

        Parameters
        ----------
        t_span : (float, float)
            First and last time.
        y0, params : array_like, mapping or None
            Initial populations and parameters: by position, or by name for those that differ from the model's own.
        t_eval : array_like, optional
            Times of output; by default every event. The trajectory does not depend on it.
        method : str
            "auto", or a name of `symnum.integrators.stochastic.registry`.
        seed : int, optional
            Key of the random stream; by default one from the operating system, which ``sol.stats["seed"]`` tells.
        trajectory : int
            Number of the trajectory: each has a stream of its own.
        timeout_s : float, optional
            Seconds after which the partial result is returned.
        max_events : int, optional
            Most reactions that may happen.
        progress : bool or callable, optional
            Whether to show a progress bar; by default after two seconds on a terminal or in a notebook. A callable
            gets the part that is done, from 0 to 1, and the time reached.
        events : iterable of Event, optional
            More events beside those of the model; see `symnum.event`.

        Returns
        -------
        JumpSolution
            Check `sol.success`; a failed run keeps what it has computed.

        Raises
        ------
        InputError, UnknownNameError, MissingValueError, ShapeError
            For input that cannot be taken.

        Examples
        --------
        >>> import symnum as sn
        >>> net = sn.reaction_network("k, 0 --> X; g, X --> 0", parameters={"k": 10.0, "g": 1.0}, initial={"X": 5})
        >>> sol = sn.build_simulator(net, kind="ssa").solve((0.0, 10.0), t_eval=[0.0, 5.0, 10.0], seed=1)
        >>> sol["X"].shape
        (3,)
        """
        from symnum.simulators.stochastic.make_solution import make_solution
        from symnum.simulators.stochastic.one_run import OneRun

        began = time.perf_counter()
        start, end = forward_interval(t_span)
        limit = limits(timeout_s).get("timeout_s")
        most = limits(max_steps=max_events).get("max_steps") if max_events is not None else None
        p, state = self.model.start(params, y0, start)
        number, seed = trajectory_number(trajectory), seed_number(seed)
        plan = self.event_plans.plan(events)
        name, reason = self.choose_method(method, p, state)
        memory = self.model.trajectory(name, p, seed)
        watched = None if plan is None else EventMaker(plan, self.model, memory).events((start, end))
        run = OneRun(memory, (start, end), state, grid_times(t_eval, (start, end)), number, watched)
        run.drive(limit, most, progress)
        about = {"method": name, "method_reason": reason, "seed": seed, "trajectory": number}
        made = make_solution(self.model, run, about, () if plan is None else tuple(plan.names))
        made.stats["seconds"] = time.perf_counter() - began
        return made

    @functools.cached_property
    def event_plans(self) -> JumpEventPlans:
        """Events and discontinuities, taken apart and compiled once."""
        return JumpEventPlans(self.model)

    def choose_method(self, name: str, p: Array, y0: Array) -> tuple[str, str]:
        """Return the exact method that a name stands for, and why it was chosen.

        Parameters
        ----------
        name : str
            "auto", or a name of `symnum.integrators.stochastic.registry`.
        p, y0 : ndarray
            Parameters and initial populations.

        Raises
        ------
        UnknownNameError
            If there is no such method.
        UnsupportedError
            For rates that depend on time, with a method that does not take them.
        """
        from symnum.integrators.stochastic.approximate_registry import approximate_method, is_approximate
        from symnum.integrators.stochastic.registry import exact_method

        is_timed = bool(self.system.propensities.time_dependent.any())
        name = str(name).lower()
        if name != "auto":
            method = approximate_method(name) if is_approximate(name) else exact_method(name)
            if is_timed and not method.takes_time:
                raise UnsupportedError(
                    f'Some rates depend on time, which "{method.name}" does not take; choose '
                    'method="integrated_hazard", or "auto".'
                )
            return method.text, "as asked for"
        if is_timed:
            return "integrated_hazard", "rates depend on time"
        key = (p.tobytes(), y0.tobytes())
        if key not in self._choices:
            self._choices[key] = self._choose(p, y0)
            while len(self._choices) > _KEPT_CHOICES:
                del self._choices[next(iter(self._choices))]
        return self._choices[key]

    def _choose(self, p: Array, y0: Array) -> tuple[str, str]:
        from symnum.integrators.stochastic.choose import choose_exact

        constants = self.model.constants(p)
        is_plain = bool(np.all((constants >= 0.0) & (constants < np.inf)))
        return choose_exact(
            self.system.n_reactions, is_plain, lambda name, seed: self.model.trajectory(name, p, seed), 0.0, y0
        )

    def __repr__(self) -> str:
        sizes = f"{len(self.state_names)} states, {self.system.n_reactions} reactions"
        return f"<StochasticSimulator {self.system.name}: {sizes}>"


def forward_interval(t_span: Any) -> tuple[float, float]:
    """Return the first and the last time.

    Raises
    ------
    InputError
        If they are no finite numbers, or time would run backwards.
    """
    start, end = interval(t_span)
    if end < start:
        raise InputError(f"t_span={t_span} runs backwards; a stochastic simulation goes forward in time.")
    return start, end


def grid_times(t_eval: ArrayLike | None, span: tuple[float, float]) -> Array | None:
    """Return the times of output, ascending.

    Raises
    ------
    InputError
        If they are not finite real numbers, do not ascend, or lie outside the interval.
    """
    times = output_times(t_eval)
    if times is None or not len(times):
        return times
    if np.any(np.diff(times) < 0):
        raise InputError("t_eval must ascend; sort it: t_eval=np.sort(times).")
    if times[0] < span[0] or times[-1] > span[1]:
        raise InputError(f"t_eval must lie within t_span: {times[0]:g} to {times[-1]:g} is not within {span}.")
    return times


def seed_number(seed: Any) -> int:
    """Return a seed between 0 and 2^64, one from the operating system for None.

    Raises
    ------
    InputError
        For anything else.
    """
    if seed is None:
        import secrets

        return secrets.randbits(64)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= int(seed) < 2**64:
        raise InputError(f"seed={seed!r}: give a whole number from 0 to 2^64 - 1, or None for one that is drawn.")
    return int(seed)


def trajectory_number(number: Any) -> int:
    """Return the number of a trajectory.

    Raises
    ------
    InputError
        For anything but a whole number from 0 to 2^63 - 1.
    """
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or not 0 <= int(number) < 2**63:
        raise InputError(f"trajectory={number!r}: trajectories are numbered 0, 1, 2, ...")
    return int(number)
