"""Compiled models of fields: derivatives, Jacobians, and solutions."""

import functools
import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnum.simulators.arguments import (
    finite_number,
    interval,
    limits,
    method_name,
    output_times,
    relative_tolerance,
)
from symnum.simulators.fields.kernels import FieldKernels
from symnum.simulators.fields.layout import FieldLayout, Snapshot
from symnum.simulators.fields.request import FieldRequest
from symnum.simulators.fields.run import FieldWatch
from symnum.simulators.fields.solution import FieldSolution
from symnum.simulators.fields.trackers.base import Tracker, check_trackers
from symnum.simulators.fields.values import absolute_tolerances, field_parameters, initial_fields
from symnum.simulators.report import CompileReport
from symnum.systems.stencils.system import StencilSystem

if TYPE_CHECKING:
    import scipy.sparse

__all__ = ["FieldSimulator"]

Array = NDArray[np.float64]
Values = ArrayLike | Mapping[Any, Any] | None


class FieldSimulator:
    """A compiled model of fields on a grid.

    Attributes
    ----------
    system : StencilSystem
        What was compiled.
    kernels : FieldKernels
        "rhs", "jacobian", "jacobian_vector", ..., compiled at first use.
    layout : FieldLayout
        Names and axes of the fields, and where they lie in a state.
    """

    def __init__(self, system: StencilSystem) -> None:
        self.system = system
        self.kernels = FieldKernels(system)
        self.layout = FieldLayout(system)

    # Names and numbers ----------------------------------------------------------------------

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the fields."""
        return self.layout.names

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters, those that are arrays at the end."""
        arrays = tuple(a.name for a in self.system.arrays.values() if a.kind == "parameter")
        return (*self.system.parameter_names, *arrays)

    def defaults(self) -> tuple[Array, Array]:
        """Return the initial state, shape (n_states,), and the parameters, shape (n_parameters,).

        Raises
        ------
        MissingValueError
            If the model leaves one of them open.
        """
        p = field_parameters(self.system)
        return self._initial(p), p

    def snapshot(self, y0: Values = None, params: Values = None, t: float = 0.0) -> Snapshot:
        """Return the fields at the beginning: ``sim.snapshot()["u"]``."""
        p = field_parameters(self.system, params)
        return Snapshot(t, self._initial(p, y0, t), self.layout)

    def _initial(self, p: Array, given: Any = None, time: float = 0.0) -> Array:
        return initial_fields(self.system, self.layout, p, given, time)

    # Evaluation -----------------------------------------------------------------------------

    def rhs(self, t: float, y: Values, p: Values = None) -> Array:
        """Return `f(t, y, p)`, shape (n_states,)."""
        return self._evaluate("rhs", t, y, p)

    def jacobian(self, t: float, y: Values, p: Values = None) -> "scipy.sparse.csc_matrix":
        """Return `df/dy` as a sparse matrix, shape (n_states, n_states).

        Couplings of all cells with all others, through integrals over the domain, are left out of it.
        """
        import scipy.sparse

        values = self._evaluate("jacobian", t, y, p)
        facts = self.kernels["jacobian"].compiled.facts
        n = self.system.size
        return scipy.sparse.csc_matrix((values, facts["indices"].copy(), facts["indptr"].copy()), shape=(n, n))

    def observe(self, t: float, y: Values, p: Values = None) -> Array:
        """Return the observables, shape (n_observables,)."""
        return self._evaluate("observables", t, y, p)

    def _evaluate(self, name: str, t: float, y: Values, p: Values) -> Array:
        time = finite_number("t", t)
        parameters = field_parameters(self.system, p)
        state = np.ascontiguousarray(self._initial(parameters, y, time))
        return self.kernels[name].evaluate(time, state, parameters)

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
        jacobian: str = "auto",
        trackers: Any = None,
        progress: bool | Callable[[float, float], Any] | None = None,
    ) -> FieldSolution:
        """Integrate from `t_span[0]` to `t_span[1]`."""
        start, end = interval(t_span)
        name, rtol = method_name(method), relative_tolerance(rtol)
        given = limits(timeout_s, max_steps, first_step, max_step, step) | {"controller": controller}
        deadline = given.pop("timeout_s", None)
        times = output_times(t_eval)
        watchers = check_trackers(trackers)
        p = field_parameters(self.system, params)
        state = self._initial(p, y0, start)
        tolerance, described = absolute_tolerances(self.layout, atol, rtol, state)
        request = FieldRequest(
            name, start, end, p, state, times, rtol, tolerance, described, given, linear_solver, preconditioner,
            jacobian,
        )  # fmt: skip
        return self._integrate(request, watchers, deadline, progress)

    def _integrate(
        self,
        request: FieldRequest,
        trackers: tuple[Tracker, ...],
        timeout_s: float | None,
        progress: bool | Callable[[float, float], Any] | None,
    ) -> FieldSolution:
        from symnum.integrators.integrate import integrate

        r = request
        prepared = self._prepare(r)
        watch = FieldWatch(self.layout, trackers, self._rates(r.parameters), keeps_record=r.times is None)
        watch.begin(r.start, r.end, r.state)
        raw = integrate(
            prepared.method, prepared.problem, r.start, r.end, r.state, r.times, r.rtol, r.atol,
            timeout_s=timeout_s, progress=progress, observer=watch, events=self._switching(r), **r.limits,
        )  # fmt: skip
        return self._solution(raw, r, watch, prepared)

    def _prepare(self, r: FieldRequest) -> Any:
        try:
            prepare = importlib.import_module("symnum.simulators.fields.prepare").prepare
        except ImportError:
            from symnum.simulators.fields.simple_problem import simple_problem

            return simple_problem(self.kernels, self.system.size, r.parameters, r.method)
        return prepare(
            self.system, self.kernels.get_kernel, r.parameters, t0=r.start, t1=r.end, y0=r.state, rtol=r.rtol,
            method=r.method, linear_solver=r.linear_solver, preconditioner=r.preconditioner, jacobian=r.jacobian,
        )  # fmt: skip

    def _switching(self, r: FieldRequest) -> Any:
        return None

    def _rates(self, p: Array) -> Callable[[float, Array], Array]:
        """Return the right-hand side as a function of time and state, with memory of its own."""

        def rates(t: float, y: Array) -> Array:
            return self.kernels["rhs"].evaluate(t, np.ascontiguousarray(y), p)

        return rates

    def _solution(self, raw: Any, r: FieldRequest, watch: FieldWatch, prepared: Any) -> FieldSolution:
        component = raw.component if raw.component is not None and raw.component >= 0 else None
        failed = None if component is None else self.layout.state_name(component)
        reached = raw.time if watch.stopped is None else watch.stopped
        t, frames = raw.t, raw.y.T
        if watch.stopped is not None:
            sign = 1.0 if r.end >= r.start else -1.0
            kept = int(np.searchsorted(sign * t, sign * reached, side="right"))
            t, frames = t[:kept], frames[:kept]
        watch.finish(reached, raw(reached), raw.status)
        reason = f" ({watch.message})" if watch.message else ""
        return FieldSolution(
            t=t,
            frames=frames,
            status=raw.status,
            message=raw.status.explain(reached, component, failed) + reason,
            stats={
                "t_span": (r.start, r.end),
                "t_reached": reached,
                "rtol": r.rtol,
                "atol": r.described,
                "method": raw.method,
                "method_reason": prepared.reason,
                **raw.statistics.as_dict(),
            },
            layout=self.layout,
            parameters=r.parameters,
            parameter_names=self.parameter_names,
            observable_names=tuple(self.system.observables),
            observe=functools.partial(self._observe_one, r.parameters) if self.system.observables else None,
            interpolate=raw if r.times is None else None,
            independent=self.system.independent.name,
            title=self.system.name,
            trackers=watch.trackers,
            request=r,
        )

    def _observe_one(self, p: Array, t: float, y: Array) -> Array:
        return self.kernels["observables"].evaluate(t, np.ascontiguousarray(y), p)

    # Reports --------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """Readable form of the right-hand side: its loops, and the terms in them."""
        from symnum.simulators.fields.source import readable

        return readable(self.system)

    @property
    def compile_report(self) -> CompileReport:
        """Seconds, operation counts and code bytes of every kernel compiled so far."""
        return CompileReport({name: k.compiled.facts for name, k in self.kernels.items() if k.is_compiled})

    def __repr__(self) -> str:
        compiled = ", ".join(name for name, kernel in self.kernels.items() if kernel.is_compiled) or "nothing"
        cells = "×".join(str(n) for n in self.layout.geometry.shape)
        return (
            f"<FieldSimulator of {self.system.name}: {', '.join(self.layout.names)} on {cells} cells, "
            f"{self.system.size} states; compiled: {compiled}>"
        )
