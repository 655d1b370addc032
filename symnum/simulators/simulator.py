"""Compiled models: values and derivatives of the right-hand side, and solutions."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codegen.rewriting import CLASSICAL, Rewriting
from symnum.errors import CheckpointError, InputError
from symnum.simulators.algebraic import check_consistency
from symnum.simulators.arguments import (
    absolute_tolerance,
    finite_number,
    interval,
    limits,
    method_name,
    output_times,
    relative_tolerance,
)
from symnum.simulators.checkpoints import (
    Request,
    checkpoint_plan,
    events_digest,
    go_on_to,
    options_of,
    request_from,
)
from symnum.simulators.event_table import EventTable
from symnum.simulators.events import EventPlan, EventPlans
from symnum.simulators.kernels import Kernels
from symnum.simulators.linear_algebra import LinearAlgebra
from symnum.simulators.problem_pool import ProblemPool
from symnum.simulators.report import CompileReport
from symnum.simulators.solution import Solution
from symnum.simulators.start_values import parameters_of_run, start_values
from symnum.simulators.values import initial_state, parameter_values
from symnum.systems.events import as_events
from symnum.systems.ode import ODESystem

if TYPE_CHECKING:
    import scipy.sparse

    from symnum.integrators.problem import KernelProblem
    from symnum.simulators.algebraic import Start
    from symnum.simulators.problem_pool import PooledProblem
    from symnum.simulators.rewrite_report import SimulatorRewriting

__all__ = ["Simulator"]

Values = ArrayLike | Mapping[Any, Any] | None


def _event_stats(raw: Any) -> dict[str, int]:
    return {"events": len(raw.events), "condition_evaluations": raw.condition_evaluations}


def _changing(raw: Any) -> NDArray[np.float64] | None:
    """Parameters at each time of the output, shape (n_parameters, n_times), where events have changed some."""
    if raw.parameter_index is None:
        return None
    values: NDArray[np.float64] = np.array(raw.parameters)[raw.parameter_index].T
    return values


class Simulator:
    """A compiled model.

    Attributes
    ----------
    system : ODESystem
        What was compiled.
    kernels : Kernels
        "rhs", "jacobian" and "observables", compiled at first use.
    """

    def __init__(self, system: ODESystem, rewriting: Rewriting = CLASSICAL) -> None:
        self.system = system
        self.kernels = Kernels(system, rewriting)
        self._known_start: tuple[float, NDArray[np.float64], NDArray[np.float64]] | None = None

    # Names and numbers ----------------------------------------------------------------------

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the states, in declaration order."""
        return self.system.state_names

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters, in declaration order."""
        return self.system.parameter_names

    def defaults(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the initial state, shape (n_states,), and the parameters, shape (n_parameters,).

        Raises
        ------
        MissingValueError
            If the model leaves one of them open.
        """
        p = parameter_values(self.system)
        return initial_state(self.system, p), p

    @functools.cached_property
    def is_autonomous(self) -> bool:
        """Whether the right-hand side does not depend on time."""
        from symnum.terms.traverse import free_symbols

        fluxes = self.system.fluxes
        rates = self.system.rhs if fluxes is None else fluxes.rates.values()
        return not any(self.system.independent in free_symbols(rate) for rate in rates)

    # Evaluation -----------------------------------------------------------------------------

    def rhs(self, t: float, y: Values, p: Values = None) -> NDArray[np.float64]:
        """Return `f(t, y, p)`, shape (n_states,)."""
        return self._evaluate("rhs", t, y, p)

    def jacobian(self, t: float, y: Values, p: Values = None) -> "scipy.sparse.csc_matrix":
        """Return `df/dy` as a sparse matrix, shape (n_states, n_states)."""
        import scipy.sparse

        values = self._evaluate("jacobian", t, y, p)
        indptr, indices = self.pattern
        n = len(self.system.states)
        return scipy.sparse.csc_matrix((values, indices.copy(), indptr.copy()), shape=(n, n))

    def observe(self, t: float, y: Values, p: Values = None) -> NDArray[np.float64]:
        """Return the observables, shape (n_observables,)."""
        return self._evaluate("observables", t, y, p)

    @property
    def pattern(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Pattern of the Jacobian in compressed columns: `indptr`, `indices`."""
        facts = self.kernels["jacobian"].compiled.facts
        return facts["indptr"], facts["indices"]

    def _evaluate(self, name: str, t: float, y: Values, p: Values) -> NDArray[np.float64]:
        time = finite_number("t", t)
        parameters = parameter_values(self.system, p)
        state = np.ascontiguousarray(initial_state(self.system, parameters, y, time, label="y"))
        handle = self.kernels[name]
        context = handle.context(parameters)
        out = np.zeros(handle.compiled.n_outputs)
        handle.compiled.call(
            time, state.ctypes.data, parameters.ctypes.data, context.address, out.ctypes.data
        )
        return out

    # Simulation -----------------------------------------------------------------------------

    def solve(
        self,
        t_span: tuple[float, float],
        y0: Values = None,
        params: Values = None,
        t_eval: ArrayLike | None = None,
        rtol: float = 1e-6,
        atol: ArrayLike | Mapping[Any, Any] | None = None,
        method: str = "auto",
        timeout_s: float | None = None,
        *,
        max_steps: int | None = None,
        first_step: float | None = None,
        max_step: float | None = None,
        step: float | None = None,
        controller: str | None = None,
        linear_solver: str = "auto",
        preconditioner: Any = "auto",
        jacobian: str = "analytic",
        consistency: str = "fix",
        events: Any = None,
        progress: bool | Callable[[float, float], Any] | None = None,
        checkpoint: str | Path | None = None,
        checkpoint_every_s: float = 60.0,
    ) -> Solution:
        """Integrate from `t_span[0]` to `t_span[1]`.

        Parameters
        ----------
        t_span : (float, float)
            First and last time.
        y0, params : array_like, mapping or None
            Initial state and parameters: by position, or by name for those that differ from the
            model's own.
        t_eval : array_like, optional
            Times of output; every accepted step by default. The result does not depend on it.
        rtol : float
            Relative tolerance.
        atol : float, array_like or mapping, optional
            Absolute tolerance: one number, one per state, or a dictionary by name. By default a
            millionth of `rtol` times each state's typical size: its initial value, or for states
            that start at zero the smallest one that is not. `sol.stats["atol"]` tells it.
        method : str
            "auto", "auto-switching" (turns between explicit and stiff in small systems too), or a name of
            `symnum.integrators.registry`.
        timeout_s : float, optional
            Seconds after which the partial result is returned.
        max_steps : int, optional
            Most steps.
        first_step, max_step : float, optional
            Size of the first step and greatest size.
        step : float, optional
            Fixed size of all steps but the last, without error control; for one-step methods.
        controller : {"i", "pi", "pid"}, optional
            Step-size control of one-step methods; by default what suits the method.
        linear_solver : {"auto", "dense", "banded", "sparse", "gmres", "bicgstab"}
            What implicit methods solve their equations with; "auto" chooses by size and pattern.
        preconditioner : {"auto", "ilu", "ilut", "diagonal", "none"}, None or object
            For "gmres" and "bicgstab"; an object is the user's own, see
            `symnum.integrators.UserPreconditioner`.
        jacobian : {"analytic", "coloured", "differences", "free"}
            From symbols; by differences in groups of independent columns; by differences one column
            at a time; or none, only its products with vectors. `sol.stats` tells what was used.
        consistency : {"fix", "check", "none"}
            With algebraic equations: solve them for the algebraic unknowns at the start, beginning at the values given
            (`sol.stats["initial_changes"]` tells what changed); refuse values that do not satisfy them; or start from
            the values as they are.
        events : iterable of Event, optional
            More events beside those of the model; see `symnum.event`.
        progress : bool or callable, optional
            Whether to show a progress bar; by default after two seconds on a terminal or in a notebook. A callable
            gets the part that is done, from 0 to 1, and the time reached, at most five times a second.
        checkpoint : str or Path, optional
            A file, "run.npz", to which the state is written from time to time and at the end, also after Ctrl-C, a
            time limit or a failure; `resume` goes on from it.
        checkpoint_every_s : float
            Seconds between two such files.

        Returns
        -------
        Solution
            Check `sol.success`; a failed run keeps what it has computed. `sol.events` tells what happened.

        Raises
        ------
        InputError, UnknownNameError, MissingValueError, ShapeError
            For input that cannot be taken.
        UnsupportedError
            For a method that does not take algebraic equations or a mass matrix, where the model has them.
        InitialValueError, SingularMatrixError
            Where no initial values satisfy the algebraic equations, or these do not determine their unknowns.
        EventError
            Where events bring one another about at one time, without end.
        """
        plan = self._events.plan(events, self.is_autonomous)
        start, end = interval(t_span)
        name, rtol = method_name(method), relative_tolerance(rtol)
        given = limits(timeout_s, max_steps, first_step, max_step, step) | {"controller": controller}
        deadline = given.pop("timeout_s", None)
        times = output_times(t_eval)
        p, state = self._start_values(params, y0, start)
        choice = LinearAlgebra.of(linear_solver, preconditioner, jacobian)
        pooled = self._problems.borrow(p, choice, self._method_of_kernels(name))
        problem, begin = self._consistent(pooled.problem, y0, start, state, rtol, check_consistency(consistency))
        tolerance, described = absolute_tolerance(atol, rtol, begin.state, self.state_names)
        tolerance = begin.above_rounding(tolerance) if atol is None else tolerance
        about = begin.as_stats() if self.system.mass is not None or self.system.eliminated else {}
        request = Request(
            name, start, end, p, begin.state, times, rtol, tolerance, described, given, choice, events, about, self
        )
        return self._integrate(request, pooled, problem, plan, deadline, progress, (checkpoint, checkpoint_every_s))

    def _integrate(
        self,
        request: Request,
        pooled: "PooledProblem",
        problem: "KernelProblem",
        plan: EventPlan | None,
        timeout_s: float | None,
        progress: bool | Callable[[float, float], Any] | None,
        file: tuple[str | Path | None, float],
        state: dict[str, Any] | None = None,
    ) -> Solution:
        """Carry out a request, from its beginning or from a state."""
        from symnum.integrators.integrate import integrate

        digests = {} if file[0] is None else self._digests(request.events)
        raw = integrate(
            request.method, problem, request.start, request.end, request.state, request.times, request.rtol,
            request.atol, progress=progress, timeout_s=timeout_s,
            events=None if plan is None else plan.problem(problem),
            checkpoint=checkpoint_plan(*file, request, digests), resume=state, **request.limits,
        )  # fmt: skip
        if not raw.is_abandoned:
            raw.release()
            pooled.touched = plan is not None
            self._problems.give_back(pooled)
        return self._solution(raw, request, () if plan is None else plan.names)

    def _digests(self, events: Any) -> dict[str, str]:
        """What identifies the model, how it was rewritten, and its events."""
        more = self.system.bind_events(as_events(events))
        return {
            "model": self._digest,
            "parameters": repr([str(value) for value in self.system.parameter_values]),
            "rewriting": self.kernels["rhs"].rewriting.identity,
            "events": events_digest((*self.system.events, *more)),
        }

    @functools.cached_property
    def _digest(self) -> str:
        from codegen.system_tape import system_digest

        return system_digest(self.system)

    def resume(
        self,
        source: str | Path | Solution,
        t_end: float | None = None,
        *,
        params: Values = None,
        t_eval: ArrayLike | None = None,
        timeout_s: float | None = None,
        max_steps: int | None = None,
        preconditioner: Any = None,
        events: Any = None,
        progress: bool | Callable[[float, float], Any] | None = None,
        checkpoint: str | Path | None = None,
        checkpoint_every_s: float = 60.0,
    ) -> Solution:
        """Go on from a checkpoint, or from a solution of this simulator.

        Method, tolerances, parameters and all else are those of the first `solve`. A run that was stopped (Ctrl-C,
        `timeout_s`, `max_steps`, the end of the process) goes on to exactly the numbers that it would have given
        without a stop. One that has reached its end, or has failed, begins anew from its last point.

        Parameters
        ----------
        source : str, Path or Solution
            The file of a checkpoint, or what `solve` has returned in this process.
        t_end : float, optional
            Another end; by default the one of the first solve.
        params : array_like, mapping or None
            Checked against the parameters of the run where given.
        t_eval : array_like, optional
            Further times of output, beyond those of the first solve.
        timeout_s, max_steps, progress, checkpoint, checkpoint_every_s
            As for `solve`, from here on; those of the first solve do not count any more.
        preconditioner, events
            What a file cannot hold: the same objects as in the first solve, where there were any.

        Returns
        -------
        Solution
            The whole of it, from the first time on.

        Raises
        ------
        CheckpointError
            If the file is damaged or belongs to another model, other parameters or other events.
        InputError
            For an end or times that have been passed, and after a terminal event.

        Examples
        --------
        >>> import symnum as sn
        >>> sim = sn.build_simulator(sn.ode_system({"x": "-x"}, initial={"x": 1.0}))
        >>> part = sim.solve((0.0, 1.0), max_steps=5)
        >>> bool((sim.resume(part).y == sim.solve((0.0, 1.0)).y).all())
        True
        """
        from symnum.simulators.algebraic import with_mass

        request, state = self._source(source, preconditioner, events)
        here = None if params is None else parameters_of_run(self.system, params, request.parameters)
        if here is not None and not np.array_equal(here, request.parameters):
            raise CheckpointError(self._other_parameters(here, request.parameters))
        given = limits(timeout_s, max_steps)
        request = options_of(request, t_end, t_eval, given.get("max_steps"))
        go_on_to(state, request)
        plan = self._events.plan(request.events, self.is_autonomous)
        pooled = self._problems.borrow(request.parameters, request.choice, self._method_of_kernels(request.method))
        problem = with_mass(pooled.problem, self.system, pooled.problem.parameters)
        file = checkpoint, checkpoint_every_s
        return self._integrate(request, pooled, problem, plan, given.get("timeout_s"), progress, file, state)

    def _source(self, source: Any, preconditioner: Any, events: Any) -> tuple[Request, dict[str, Any]]:
        """Return what was asked for, and the state that was reached."""
        if isinstance(source, Solution):
            request, raw = source._request, source._interpolate
            if request is None or raw is None:
                raise InputError("this solution has been copied or read from a file; go on from a checkpoint instead.")
            if request.owner is not self:
                raise CheckpointError("this solution is of another simulator; go on with the one that made it.")
            state: dict[str, Any] = raw.state()  # type: ignore[attr-defined]
            return request, state
        from symnum.integrators.checkpoint_file import read_checkpoint

        tree = read_checkpoint(source)
        if not isinstance(tree, dict) or not isinstance(tree.get("identity"), dict) or "run" not in tree:
            raise CheckpointError(f'"{source}" holds no run.')
        request = request_from(tree["identity"], Path(source), self._digests(events), preconditioner, events, self)
        if request.parameters.shape != (len(self.parameter_names),) or request.state.shape != (len(self.state_names),):
            raise CheckpointError(f'the checkpoint "{source}" belongs to a model of another size.')
        return request, tree["run"]

    def _other_parameters(self, here: NDArray[np.float64], there: NDArray[np.float64]) -> str:
        names = [
            f"{name} = {there[i]:.6g} (here {here[i]:.6g})"
            for i, name in enumerate(self.parameter_names)
            if here[i] != there[i]
        ]
        more = "" if len(names) <= 5 else f" and {len(names) - 5} more"
        return f"the run has other parameters: {', '.join(names[:5])}{more}; leave params out to go on with its own."

    def consistent_state(
        self, y0: Values = None, params: Values = None, t: float = 0.0, consistency: str = "fix"
    ) -> NDArray[np.float64]:
        """Return the initial state from which `solve` would start, shape (n_states,).

        Parameters
        ----------
        y0, params, consistency
            As for `solve`.
        t : float
            Time of the start.

        Raises
        ------
        InitialValueError, SingularMatrixError
            As for `solve`.
        """
        time = finite_number("t", t)
        p, state = self._start_values(params, y0, time)
        problem = self._problems.borrow(p, LinearAlgebra(), "auto").problem
        _, begin = self._consistent(problem, y0, time, state, 1e-6, check_consistency(consistency))
        return begin.state

    def _method_of_kernels(self, name: str) -> str:
        """With a mass matrix the automatic choice may need the derivative by time."""
        return "rodas5p" if name.lower() == "auto" and self.system.mass is not None else name

    def _consistent(
        self, problem: "KernelProblem", y0: Values, t: float, state: NDArray[np.float64], rtol: float, mode: str
    ) -> "tuple[KernelProblem, Start]":
        """Return the problem with its mass matrix, and initial values that satisfy the algebraic equations."""
        from symnum.simulators.algebraic import Start, consistent_start, with_mass

        if self.system.mass is None and not self.system.eliminated:
            return problem, Start(state)
        problem = with_mass(problem, self.system, problem.parameters)
        observe = functools.partial(self._observe_one, problem.parameters)
        tolerance = (max(rtol, 1e-12), 1e-6 * max(rtol, 1e-12))
        return problem, consistent_start(problem, self.system, y0, t, state, tolerance, mode, observe)

    def _observe_one(self, p: NDArray[np.float64], t: float, y: NDArray[np.float64]) -> NDArray[np.float64]:
        values: NDArray[np.float64] = self._observe_all(p, np.array([t]), y[:, None])[:, 0]
        return values

    @functools.cached_property
    def _events(self) -> EventPlans:
        return EventPlans(self.system)

    @functools.cached_property
    def _problems(self) -> ProblemPool:
        parts = None
        if self.system.parts is not None:
            rewriting = self.kernels["rhs"].rewriting
            parts = Kernels(self.system.part(0), rewriting), Kernels(self.system.part(1), rewriting)
        return ProblemPool(self.kernels, len(self.system.states), self.is_autonomous, parts)

    def _start_values(
        self, params: Values, y0: Values, start: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return parameters and initial state; those of the model itself are worked out once for each first time."""
        if params is not None or y0 is not None:
            return start_values(self.system, params, y0, start)
        known = self._known_start
        if known is None or known[0] != start:
            known = self._known_start = start, *start_values(self.system, None, None, start)
        return known[1].copy(), known[2].copy()

    def _solution(self, raw: Any, request: Request, events: Sequence[str]) -> Solution:
        names, p = self.state_names, request.parameters
        failed = names[raw.component] if raw.component is not None and raw.component >= 0 else None
        return Solution(
            t=raw.t,
            y=raw.y,
            status=raw.status,
            message=raw.status.explain(raw.time, raw.component, failed)
            + (f' The event is "{raw.culprit}".' if raw.culprit else ""),
            stats={
                "t_span": (request.start, request.end),
                "t_reached": raw.time,
                "rtol": request.rtol,
                "atol": request.described,
                "method": raw.method,
                "method_reason": raw.reason,
                **raw.statistics.as_dict(),
                **request.about_start,
                **(_event_stats(raw) if events else {}),
            },
            state_names=names,
            parameter_names=self.parameter_names,
            parameters=p,
            observable_names=tuple(self.system.observables),
            observe=functools.partial(self._observe_pieces, raw, p) if self.system.observables else None,
            interpolate=raw,
            independent=self.system.independent.name,
            title=self.system.name,
            failed_state=failed,
            events=EventTable(raw.events, names, self.parameter_names, events),
            changing_parameters=_changing(raw),
            request=request,
        )

    def _observe_pieces(
        self, raw: Any, p: NDArray[np.float64], t: NDArray[np.float64], y: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the observables; where events have changed parameters, with those of each time."""
        if raw.parameter_index is None:
            return self._observe_all(p, t, y)
        out = np.empty((len(self.system.observables), len(t)))
        for i in np.unique(raw.parameter_index):
            here = raw.parameter_index == i
            out[:, here] = self._observe_all(raw.parameters[i], t[here], y[:, here])
        return out

    def _observe_all(
        self, p: NDArray[np.float64], t: NDArray[np.float64], y: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        handle = self.kernels["observables"]
        context = handle.context(p)
        call = handle.compiled.call
        states = np.ascontiguousarray(y.T)
        out = np.zeros((len(t), handle.compiled.n_outputs))
        for i, time in enumerate(t):
            call(time, states[i].ctypes.data, p.ctypes.data, context.address, out[i].ctypes.data)
        return np.ascontiguousarray(out.T)

    # Reports --------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """Readable code of the compiled right-hand side; `sim.kernels["jacobian"].source` likewise."""
        return self.kernels["rhs"].source

    @property
    def compile_report(self) -> CompileReport:
        """Seconds, operation counts and code bytes of every kernel compiled so far."""
        return CompileReport(
            {name: handle.compiled.facts for name, handle in self.kernels.items() if handle.is_compiled}
        )

    @property
    def rewrite_report(self) -> "SimulatorRewriting":
        """What rewriting did to the right-hand side, compiled now if it is not; `.measure()` times it."""
        from symnum.simulators.rewrite_report import SimulatorRewriting

        handle = self.kernels["rhs"]
        facts = handle.compiled.facts
        return SimulatorRewriting(self.system, handle.rewriting, facts.get("rewriting", {}), facts["cached"])

    def __repr__(self) -> str:
        compiled = [name for name, handle in self.kernels.items() if handle.is_compiled]
        state = ", ".join(compiled) or "nothing"
        return (
            f"<Simulator of {self.system.name}: {len(self.system.states)} states, "
            f"{len(self.system.parameters)} parameters; compiled: {state}>"
        )
