"""Compiled models of fields: derivatives, Jacobians, and solutions."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnum.display import elide, html_table
from symnum.errors import UnsupportedError
from symnum.integrators.status import Status
from symnum.simulators.arguments import (
    finite_number,
    interval,
    limits,
    method_name,
    output_times,
    relative_tolerance,
)
from symnum.simulators.fields.carry_out import carry_out
from symnum.simulators.fields.checkpoints import checkpoint_plan
from symnum.simulators.fields.fixed_steps import FUSED, FixedRun
from symnum.simulators.fields.identity import system_digest
from symnum.simulators.fields.kernels import FieldKernel, FieldKernels
from symnum.simulators.fields.layout import FieldLayout, Snapshot, label
from symnum.simulators.fields.request import FieldRequest, check_dtype, refuse_events, thread_count
from symnum.simulators.fields.run import FieldWatch
from symnum.simulators.fields.solution import FieldSolution
from symnum.simulators.fields.stage import Left, Stage, go_on, stage_of
from symnum.simulators.fields.storage.content import About, Plan
from symnum.simulators.fields.storage.door import create_file
from symnum.simulators.fields.switching import Switching
from symnum.simulators.fields.trackers.base import Tracker, check_trackers
from symnum.simulators.fields.values import (
    absolute_tolerances,
    field_parameters,
    fields_without_values,
    initial_fields,
)
from symnum.simulators.report import CompileReport
from symnum.systems.stencils.evaluate import evaluate_initial
from symnum.systems.stencils.system import StencilSystem

if TYPE_CHECKING:
    import scipy.sparse

__all__ = ["FieldSimulator"]

Array = NDArray[np.float64]
Values = ArrayLike | Mapping[Any, Any] | None

#: States up to which every step is kept unless `t_eval` says which times are wanted.
EVERY_STEP = 2000
#: States from which initial values are worth machine code.
COMPILED_START = 1 << 20
#: Frames that are kept of larger ones, and bytes that these may take in memory.
FRAMES, FRAMES_BYTES = 101, 1 << 28


#: Ends of a run after which it can go on as if nothing had been.
_HALTS = (Status.TIMEOUT, Status.INTERRUPTED, Status.TOO_MANY_STEPS)


def _can_go_on(raw: Any, watch: FieldWatch) -> bool:
    return raw.status in _HALTS and watch.stopped is None and hasattr(raw, "state")


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
    dtype : {"float64", "float32"}
        Of the numbers in `rhs` and in `solve`, unless that is told otherwise.
    """

    #: Whether the state of its integrators can be written to files.
    keeps_checkpoints = True

    def __init__(self, system: StencilSystem, dtype: str = "float64") -> None:
        self.system, self.dtype = system, check_dtype(dtype)
        self.kernels = FieldKernels(system)
        self.layout = FieldLayout(system)
        self._others: dict[int, FieldKernels] = {}  # by the number of threads, where the user has chosen it
        self.steppers: dict[tuple[str, str, int | None], Any] = {}  # of fixed steps, by method, type and threads

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
        compiled = self.system.size >= COMPILED_START and not fields_without_values(self.system)
        return initial_fields(self.system, self.layout, p, given, time, self._compiled_start if compiled else None)

    def _compiled_start(self, p: Array, time: float) -> Array:
        """Return the model's own initial values by machine code; by NumPy where they have functions that it has not."""
        try:
            return self.kernels["initial"].evaluate(time, np.zeros(0), p)
        except UnsupportedError:
            return evaluate_initial(self.system, p, time)

    # Evaluation -----------------------------------------------------------------------------

    def rhs(self, t: float, y: Values, p: Values = None) -> Array:
        """Return `f(t, y, p)`, shape (n_states,), in the simulator's type of numbers."""
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
        if name == "rhs" and self.dtype != "float64":
            return self._single.evaluate(time, state, parameters)
        return self.kernels[name].evaluate(time, state, parameters)

    @functools.cached_property
    def _single(self) -> FieldKernel:
        return FieldKernel(self.system, "rhs", dtype=self.dtype)

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
        dtype: str | None = None,
        threads: int | str = "auto",
        trackers: Any = None,
        storage: str | Path | None = None,
        overwrite: bool = False,
        progress: bool | Callable[[float, float], Any] | None = None,
        checkpoint: str | Path | None = None,
        checkpoint_every_s: float = 60.0,
        events: Any = None,
    ) -> FieldSolution:
        """Integrate from `t_span[0]` to `t_span[1]`.

        Parameters
        ----------
        t_span : (float, float)
            First and last time.
        y0 : array_like, mapping or None
            Initial values: by field, for those that differ from the model's own, a number, an array of the grid's
            shape, or a function of the coordinates; or the whole state, field after field.
        params : array_like, mapping or None
            Parameters: by name for those that differ from the model's own (arrays for those that vary in space), or by
            position.
        t_eval : array_like, optional
            Times of output; only these are kept then. By default every accepted step is, and of more than 2,000
            states 101 equally spaced times (fewer if they would take more than 256 MB). The steps do not depend on it.
        rtol : float
            Relative tolerance.
        atol : float, array_like or mapping, optional
            Absolute tolerance: one number, or a dictionary by field. By default a thousandth of `rtol` times the
            largest initial value of each field. `sol.stats["atol"]` tells it.
        method : str
            "auto", or a name of `symnum.integrators.registry`. With `step`, "euler", "ssprk33" and "rk4" are steps
            fused with the right-hand side, several of them on each block of cells while it is in cache.
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
        linear_solver : str
            What implicit methods solve their equations with; "auto" chooses by size and kind of grid.
        preconditioner : str, None or object
            Of iterative linear solvers.
        jacobian : {"auto", "analytic", "coloured", "differences", "free"}
            From symbols; by differences; or none, only its products with vectors.
        dtype : {"float64", "float32"}, optional
            Of the numbers; by default that of the simulator. Single precision is for steps of fixed size ("euler",
            "ssprk33", "rk4" with `step`; "auto" is "rk4" then); the solution holds arrays of this type.
        threads : int or "auto"
            That share the loops over cells; "auto" is one for small grids, and for large ones as many as pay. The
            values do not depend on it.
        trackers : Tracker or sequence of Tracker, optional
            What watches the run; see `symnum.track`.
        storage : str or Path, optional
            ``"run.zarr"`` or ``"run.h5"``: frames are written to this file while the run goes on, and are not kept in
            memory; at the times of `t_eval`, by default at 101 equally spaced ones. `resume` goes on from it, also
            after the end of the process.
        overwrite : bool
            Replace a file that is there.
        progress : bool or callable, optional
            Whether to show a progress bar; by default after two seconds on a terminal or in a notebook. A callable
            gets the part that is done, from 0 to 1, and the time reached, at most five times a second.
        checkpoint : str or Path, optional
            A file, "run.npz", to which the whole state is written from time to time and at the end, also after Ctrl-C,
            a time limit or a failure; `resume` goes on from it to exactly the numbers of a run that was never stopped.
            The frames so far are part of it, unless `storage` has them.
        checkpoint_every_s : float
            Seconds between two such files.
        events
            Refused: fields have none yet.

        Returns
        -------
        FieldSolution
            Check `sol.success`; a failed run keeps what it has computed.

        Raises
        ------
        InputError, UnknownNameError, MissingValueError, ShapeError
            For input that cannot be taken.
        UnsupportedError
            For what is not there for this method.
        MissingDependencyError
            If the storage needs a package that is not installed.
        """
        refuse_events(events)
        start, end = interval(t_span)
        name, rtol = method_name(method), relative_tolerance(rtol)
        given = limits(timeout_s, max_steps, first_step, max_step, step) | {"controller": controller}
        deadline = given.pop("timeout_s", None)
        times = output_times(t_eval)
        watchers = check_trackers(trackers)
        if times is None and (storage is not None or self.system.size > EVERY_STEP):
            most = FRAMES if storage is not None else max(2, FRAMES_BYTES // (8 * self.system.size))
            times = np.linspace(start, end, min(FRAMES, most))
        p = field_parameters(self.system, params)
        state = self._initial(p, y0, start)
        is_fused = "fixed_step" in given and name.lower() in FUSED  # without tolerances
        tolerance, described = absolute_tolerances(self.layout, atol, rtol, state, expand=not is_fused)
        request = FieldRequest(
            name, start, end, p, state, times, rtol, tolerance, described, given, linear_solver, preconditioner,
            jacobian, self.dtype if dtype is None else check_dtype(dtype), thread_count(threads),
        )  # fmt: skip
        stage = Stage(start, state)
        self._with_checkpoint(stage, request, checkpoint, checkpoint_every_s)
        if storage is not None:
            stage.file = create_file(storage, self._plan(request), overwrite)
            self._with_checkpoint(stage, request, checkpoint, checkpoint_every_s)
        return self._integrate(request, watchers, deadline, progress, stage)

    def _with_checkpoint(self, stage: Stage, r: FieldRequest, path: str | Path | None, every_s: float) -> None:
        """Let a run write checkpoints."""
        if path is not None and not self.keeps_checkpoints:
            raise UnsupportedError("checkpoint= is for runs on the processor; storage=\"run.zarr\" keeps the frames of "
                                   "this one, and resume goes on from the last.")  # fmt: skip
        stage.plan = checkpoint_plan(path, every_s, r, stage, self.digest)

    def resume(
        self,
        source: "str | Path | FieldSolution",
        t_end: float | None = None,
        *,
        t_eval: ArrayLike | None = None,
        timeout_s: float | None = None,
        max_steps: int | None = None,
        preconditioner: Any = None,
        trackers: Any = None,
        progress: bool | Callable[[float, float], Any] | None = None,
        checkpoint: str | Path | None = None,
        checkpoint_every_s: float = 60.0,
    ) -> FieldSolution:
        """Go on from a checkpoint, a file of frames, or a solution.

        Method, tolerances and parameters are those of the first `solve`. A run that was stopped (Ctrl-C, `timeout_s`,
        `max_steps`, with a checkpoint also the end of the process) goes on to exactly the numbers that it would have
        given without a stop. From a file of frames the run begins anew at the last one; so does a run that has reached
        its end, was ended by a tracker, or has failed, from its last point.

        Parameters
        ----------
        source : str, Path or FieldSolution
            The ``checkpoint`` or the ``storage`` of a run, whatever has ended it, or what `solve` has returned.
        t_end : float, optional
            Another end; by default the one of the first solve.
        t_eval : array_like, optional
            Further times of output, beyond those of the first solve; needed if `t_end` lies beyond its end.
        timeout_s, max_steps, trackers, progress, checkpoint, checkpoint_every_s
            As for `solve`, from here on; a checkpoint of the first solve does not count any more.
        preconditioner
            What a file cannot hold: an object of the user's own, if the first solve had one.

        Returns
        -------
        FieldSolution
            The whole of it, from the first time on.

        Raises
        ------
        CheckpointError
            If the file is damaged or belongs to another model.
        InputError
            For an end or times that have been passed.
        """
        request, stage = stage_of(self, source)
        given = limits(timeout_s, max_steps)
        deadline = given.pop("timeout_s", None)
        request = go_on(request, stage, t_end, output_times(t_eval), given, preconditioner)
        self._with_checkpoint(stage, request, checkpoint, checkpoint_every_s)
        if stage.file is not None:
            stage.file.extend(self.system.independent.name, About(self.digest, request))
        return self._integrate(request, check_trackers(trackers), deadline, progress, stage)

    @functools.cached_property
    def digest(self) -> str:
        """What identifies the model."""
        return system_digest(self.system)

    def _plan(self, request: FieldRequest) -> Plan:
        numbers = dict(zip(self.system.parameter_names, request.parameters.tolist(), strict=False))
        name = self.system.independent.name
        return Plan(self.layout, About(self.digest, request), self.system.name, name, numbers)

    def _integrate(
        self,
        r: FieldRequest,
        trackers: tuple[Tracker, ...],
        timeout_s: float | None,
        progress: bool | Callable[[float, float], Any] | None,
        stage: Stage | None = None,
    ) -> FieldSolution:
        """Carry out a request from its beginning, or from a stage on."""
        stage = Stage(r.start, r.state) if stage is None else stage
        watch = FieldWatch(
            self.layout, trackers, self.rates(r.parameters), r.times, stage.file, stage.written, r.times is None
        )
        watch.begin(stage.t, r.end, stage.state)
        try:
            raw, reason = carry_out(self, r, stage, watch, timeout_s, progress)
        except BaseException:
            if stage.file is not None:
                stage.file.release()
            raise
        return self._solution(raw, r, stage, watch, reason)

    @functools.cached_property
    def switching(self) -> Switching:
        """Times at which the right-hand side is not smooth."""
        return Switching(self.system)

    def kernels_for(self, threads: int | None) -> FieldKernels:
        """Return the kernels for a number of threads."""
        if threads is None:
            return self.kernels
        return self._others.setdefault(threads, FieldKernels(self.system, threads))

    def rates(self, p: Array) -> Callable[[float, Array], Array]:
        """Return the right-hand side as a function of time and state, with memory of its own."""

        def rates(t: float, y: Array) -> Array:
            return self.kernels["rhs"].evaluate(t, np.ascontiguousarray(y, np.float64), p)

        return rates

    def _solution(self, raw: Any, r: FieldRequest, stage: Stage, watch: FieldWatch, reason: str) -> FieldSolution:
        component = raw.component if raw.component is not None and raw.component >= 0 else None
        failed = None if component is None else self.layout.state_name(component)
        reached = raw.time if watch.stopped is None else watch.stopped
        last = np.ascontiguousarray(raw(reached)) if watch.stopped_at is None else watch.stopped_at
        t, frames = stage.frames(r, raw, reached, self.system.independent.name, raw.status.name)
        watch.finish(reached, last, raw.status)
        words = f" {watch.message[0].upper()}{watch.message[1:]}." if watch.message else ""
        return FieldSolution(
            t=t,
            frames=frames,
            status=raw.status,
            message=raw.status.explain(reached, component, failed) + words,
            stats={
                "t_span": (r.start, r.end),
                "t_reached": reached,
                "rtol": None if isinstance(raw, FixedRun) else r.rtol,
                "atol": r.described,
                "method": raw.method,
                "method_reason": reason,
                **raw.statistics.as_dict(),
            },
            layout=self.layout,
            parameters=r.parameters,
            parameter_names=self.parameter_names,
            observable_names=tuple(self.system.observables),
            observe=functools.partial(self._observe_one, r.parameters) if self.system.observables else None,
            interpolate=raw if r.times is None and stage.is_first and not isinstance(raw, FixedRun) else None,
            independent=self.system.independent.name,
            title=self.system.name,
            storage=None if stage.file is None else stage.file.path,
            trackers=watch.trackers,
            request=Left(self.digest, r, reached, last, stage, raw if _can_go_on(raw, watch) else None),
        )

    def _observe_one(self, p: Array, t: float, y: Array) -> Array:
        return self.kernels["observables"].evaluate(t, np.ascontiguousarray(y, np.float64), p)

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

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_single"} | {"steppers": {}}

    def _rows(self) -> list[tuple[str, str]]:
        compiled = ", ".join(name for name, kernel in self.kernels.items() if kernel.is_compiled)
        rows = [("fields", ", ".join(label(name, self.layout.field(name).unit) for name in self.layout.names))]
        for axis in self.layout.axes:
            kind = ", periodic" if axis.periodic else ""
            unit = f" {axis.unit}" if axis.unit else ""
            rows.append((axis.name, f"{axis.edges[0]:g} … {axis.edges[-1]:g}{unit}, {len(axis.centres)} cells{kind}"))
        rows += [("states", f"{self.system.size:,}"), ("parameters", elide(", ".join(self.parameter_names)) or "none")]
        if self.system.observables:
            rows.append(("observables", ", ".join(self.system.observables)))
        return [*rows, ("compiled", compiled or "nothing yet")]

    def _repr_html_(self) -> str:
        return html_table(("simulator", self.system.name), self._rows(), left=True)

    def __repr__(self) -> str:
        compiled = ", ".join(name for name, kernel in self.kernels.items() if kernel.is_compiled) or "nothing"
        cells = "×".join(str(n) for n in self.layout.geometry.shape)
        return (
            f"<FieldSimulator of {self.system.name}: {', '.join(self.layout.names)} on {cells} cells, "
            f"{self.system.size} states; compiled: {compiled}>"
        )
