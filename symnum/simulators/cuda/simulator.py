"""Models of fields whose simulations stay on a CUDA device."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codegen.cuda.module import KernelModule
from codegen.cuda.precision import Precision, precision_of
from symnum.errors import InputError, UnsupportedError
from symnum.integrators.status import Status
from symnum.simulators.cuda.device import find_device
from symnum.simulators.cuda.methods import METHODS, MadePlan, Wanted, choose, make_plan
from symnum.simulators.cuda.result import Counts, DeviceResult, Outputs
from symnum.simulators.cuda.run import DeviceRun, Request, counts
from symnum.simulators.fields.request import FieldRequest
from symnum.simulators.fields.run import FieldWatch
from symnum.simulators.fields.simulator import FieldSimulator
from symnum.simulators.fields.solution import FieldSolution
from symnum.simulators.fields.stage import Stage
from symnum.systems.stencils.system import StencilSystem

__all__ = ["CudaSimulator"]

Array = NDArray[np.float64]
Values = ArrayLike | Mapping[Any, Any] | None


class CudaSimulator(FieldSimulator):
    """A model of fields, compiled for a CUDA device.

    `solve` keeps the state, the stages of a step, the decision about its size and the outputs on the device; the host
    queues launches and looks how far they have come. Other values (`rhs`, `jacobian`, `observe`) come from the
    processor's kernels.

    Parameters
    ----------
    system : StencilSystem
    target : {"cuda", "cuda-simulator"}
    dtype : {"float64", "float32"}
        Of the fields on the device; times and step sizes are float64 in any case.
    rows_per_thread : int
        Cells that a thread computes one after the other, so that they share loads; 0 for a choice by size.

    Attributes
    ----------
    device : Device
        Where it runs.

    Raises
    ------
    MissingDeviceError
        If there is no device.
    """

    keeps_checkpoints = False

    def __init__(
        self, system: StencilSystem, target: str = "cuda", dtype: Any = "float64", rows_per_thread: int = 0
    ) -> None:
        super().__init__(system)
        self.real: Precision = precision_of(dtype)
        self.target, self.device = target, find_device(target)
        self.rows_per_thread = rows_per_thread
        self._plans: dict[Wanted, MadePlan] = {}

    def device_module(self, method: str = "auto", *, step: float | None = None) -> KernelModule:
        """Return the kernels of a method, from which `codegen.cuda.ptx.make_ptx` makes PTX."""
        return self._made(choose(method, step, None, False, np.array([0.0, step or 1.0]))[0]).module

    def _made(self, wanted: Wanted) -> MadePlan:
        if wanted not in self._plans:
            self._plans[wanted] = make_plan(self.system, self.real, wanted, self.rows_per_thread)
        return self._plans[wanted]

    def _integrate(
        self,
        r: FieldRequest,
        trackers: tuple[Any, ...],
        timeout_s: float | None,
        progress: bool | Callable[[float, float], Any] | None,
        stage: Stage | None = None,
    ) -> FieldSolution:
        """Carry out a request from its beginning, or from a stage on."""
        stage = Stage(r.start, r.state) if stage is None else stage
        watch = FieldWatch(
            self.layout,
            trackers,
            lambda t, y: self.kernels["rhs"].evaluate(t, np.ascontiguousarray(y), r.parameters),
            r.times,
            stage.file,
            stage.written,
            r.times is None,
        )
        watch.begin(stage.t, r.end, stage.state)
        try:
            raw, reason = self._on_device(r, stage, watch, timeout_s, progress)
        except BaseException:
            if stage.file is not None:
                stage.file.release()
            raise
        return self._solution(raw, r, stage, watch, reason)

    def _on_device(
        self,
        r: FieldRequest,
        stage: Stage,
        watch: FieldWatch,
        timeout_s: float | None,
        progress: bool | Callable[[float, float], Any] | None,
    ) -> tuple[DeviceResult, str]:
        """Return what the device gives, and why this method was taken."""
        began = time.perf_counter()
        _check(r)
        wanted = stage.wanted(r)
        times = _all_times(np.array([stage.t, r.end]) if wanted is None else wanted, r, stage, watch)
        plan, reason = self._choose(r, stage.t, times)
        request = _device_request(r, stage, times)
        request.breaks = self._breaks(r.parameters, stage.t, r.end)
        run = self._made(plan).run(self.device, request, self.system)
        with run:
            result = self._carry_out(run, Outputs(run, wanted, watch), r, stage, (began, timeout_s), progress, plan)
        return result, reason

    def _carry_out(
        self,
        run: DeviceRun,
        outputs: Outputs,
        r: FieldRequest,
        stage: Stage,
        clock: tuple[float, float | None],
        progress: bool | Callable[[float, float], Any] | None,
        plan: Wanted,
    ) -> DeviceResult:
        watch, (began, timeout_s) = outputs.watch, clock
        if watch.trackers or stage.file is not None:
            run.observer = outputs.look
        now = self._go(run, None if timeout_s is None else began + timeout_s, r, progress)
        if run.observer is not None and run.status is not Status.RUNNING and watch.stopped is None:
            run.status = outputs.look(now) or run.status
        return self._result(run, outputs, now, plan, began)

    def _result(
        self, run: DeviceRun, outputs: Outputs, now: dict[str, float], plan: Wanted, began: float
    ) -> DeviceResult:
        last = run.row(int(now["row y"]))
        t, y = outputs.finish(now, last)
        about = {
            **counts(now), "seconds": time.perf_counter() - began, "device": self.device.name,
            "device_simulated": self.device.simulated, "dtype": self.real.name,
        }  # fmt: skip
        culprit = run.culprit(now)
        return DeviceResult(t, y, run.status, now["t"], culprit, plan.method, Counts(about), last)

    def _solution(self, raw: Any, r: FieldRequest, stage: Stage, watch: FieldWatch, reason: str) -> FieldSolution:
        solution = super()._solution(raw, r, stage, watch, reason)
        solution._interpolate = None  # a device keeps no continuous solution
        return solution

    def _breaks(self, p: Array, start: float, end: float) -> list[float]:
        """Times at which the right-hand side switches, in the order of the run."""
        return sorted(self.switching.times(p, start, end), reverse=end < start)

    def _choose(self, r: FieldRequest, start: float, times: Array) -> tuple[Wanted, str]:
        limits = r.limits
        return choose(
            r.method, limits.get("fixed_step"), limits.get("controller"), np.ndim(r.atol) > 0,
            [start, *times.tolist(), r.end],
        )  # fmt: skip

    def _go(
        self,
        run: DeviceRun,
        deadline: float | None,
        request: FieldRequest,
        progress: bool | Callable[[float, float], Any] | None,
    ) -> dict[str, float]:
        from symnum.integrators.progress import progress_report

        bar = progress_report(request.start, request.end, progress)
        try:
            now = run.go(deadline, bar)
            if bar is not None and run.status.ok:
                bar.finish(request.end)
            return now
        finally:
            if bar is not None:
                bar.close()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the device and what was made for it, which live in this process only."""
        return {**super().__getstate__(), "device": None, "_plans": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Look for a device of this process."""
        self.__dict__.update(state)
        self.device = find_device(self.target)

    def __repr__(self) -> str:
        cells = "×".join(str(n) for n in self.layout.geometry.shape)
        return (
            f"<CudaSimulator of {self.system.name}: {', '.join(self.layout.names)} on {cells} cells, {self.real.name}; "
            f"{self.device.name}>"
        )


def _check(request: FieldRequest) -> None:
    """Refuse what only the processor can do, and times that make no sense."""
    given = {
        "linear_solver": request.linear_solver not in ("auto", None),
        "preconditioner": request.preconditioner not in ("auto", None),
        "jacobian": request.jacobian not in ("auto", None),
    }
    if request.dtype != "float64":
        raise UnsupportedError(f"dtype={request.dtype!r}: tell a device beforehand, build_simulator(..., dtype=…).")
    asked = [name for name, is_given in given.items() if is_given]
    if asked:
        raise UnsupportedError(
            f"{', '.join(asked)}: not on a device, whose methods ({', '.join(METHODS)}) are explicit or exact in the "
            'linear part; leave it out, or build with target="cpu".'
        )
    times = request.times
    if times is not None and times.size:
        sign = 1.0 if request.end >= request.start else -1.0
        if np.any(sign * np.diff(times) < 0.0):
            raise InputError("t_eval must be ordered from t0 to t1; sort it first")
        if not (sign * times[0] >= sign * request.start and sign * times[-1] <= sign * request.end):
            raise InputError(f"t_eval must lie within the interval ({request.start}, {request.end})")


def _all_times(kept: Array, r: FieldRequest, stage: Stage, watch: FieldWatch) -> Array:
    """Times at which the device must leave the state: of the output, of the file, and of those who look on."""
    sign = 1.0 if r.end >= stage.t else -1.0
    times = [kept]
    if stage.file is not None and r.times is not None:
        times.append(r.times[stage.written :])
    for tracker in watch.trackers:
        if tracker.every is not None:
            count = int(abs(r.end - stage.t) / tracker.every * (1.0 + 1e-12) + 1e-9)
            looks = stage.t + sign * tracker.every * np.arange(count + 1)
            times.append(np.minimum(looks, r.end) if sign > 0.0 else np.maximum(looks, r.end))
    return sign * np.unique(sign * np.concatenate(times))


def _device_request(r: FieldRequest, stage: Stage, times: Array) -> Request:
    limits = r.limits
    step = limits.get("fixed_step") or limits.get("first_step") or 0.0
    return Request(
        stage.t, r.end, stage.state, r.parameters, times, r.rtol, r.atol, limits.get("max_steps", 10_000_000),
        float(step), float(limits.get("max_step", 1e300)),
    )  # fmt: skip
