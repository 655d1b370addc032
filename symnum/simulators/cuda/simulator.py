"""Models of fields whose simulations stay on a CUDA device."""

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codegen.cuda.module import KernelModule
from codegen.cuda.precision import Precision, precision_of
from symnum.errors import InputError, UnsupportedError
from symnum.simulators.cuda.device import find_device
from symnum.simulators.cuda.methods import METHODS, MadePlan, Wanted, choose, make_plan
from symnum.simulators.cuda.run import DeviceRun, Request, counts
from symnum.simulators.fields.request import FieldRequest
from symnum.simulators.fields.simulator import FieldSimulator
from symnum.simulators.fields.solution import FieldSolution
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

    def __init__(
        self, system: StencilSystem, target: str = "cuda", dtype: Any = "float64", rows_per_thread: int = 0
    ) -> None:
        super().__init__(system)
        self.real: Precision = precision_of(dtype)
        self.device = find_device(target)
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
        request: FieldRequest,
        trackers: tuple[Any, ...],
        timeout_s: float | None,
        progress: bool | Callable[[float, float], Any] | None,
        stage: Any = None,
    ) -> FieldSolution:
        began = time.perf_counter()
        _check(request, trackers)
        if stage is not None:
            raise UnsupportedError(
                "storage and resume are not for devices yet; read the outputs of t_eval and save them."
            )
        wanted, reason = self._choose(request)
        run = self._made(wanted).run(self.device, _device_request(request), self.system)
        now = self._go(run, None if timeout_s is None else began + timeout_s, request, progress)
        culprit = run.culprit(now)
        t, frames = _frames(run, request, now)
        run.finish()
        stats = {
            "t_span": (request.start, request.end), "t_reached": now["t"], "rtol": request.rtol,
            "atol": request.described, "method": wanted.method, "method_reason": reason, **counts(now),
            "seconds": time.perf_counter() - began, "device": self.device.name,
            "device_simulated": self.device.simulated, "dtype": self.real.name,
        }  # fmt: skip
        failed = None if culprit is None else self.layout.state_name(culprit)
        return FieldSolution(
            t=t, frames=frames, status=run.status, message=run.status.explain(now["t"], culprit, failed), stats=stats,
            layout=self.layout, parameters=request.parameters, parameter_names=self.parameter_names,
            observable_names=tuple(self.system.observables),
            observe=functools.partial(self._observe_one, request.parameters) if self.system.observables else None,
            independent=self.system.independent.name, title=self.system.name, request=request,
        )  # fmt: skip

    def _choose(self, request: FieldRequest) -> tuple[Wanted, str]:
        limits = request.limits
        times = [request.start, *([] if request.times is None else request.times), request.end]
        return choose(
            request.method, limits.get("fixed_step"), limits.get("controller"), np.ndim(request.atol) > 0, times
        )

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

    def __repr__(self) -> str:
        cells = "×".join(str(n) for n in self.layout.geometry.shape)
        return (
            f"<CudaSimulator of {self.system.name}: {', '.join(self.layout.names)} on {cells} cells, {self.real.name}; "
            f"{self.device.name}>"
        )


def _check(request: FieldRequest, trackers: tuple[Any, ...]) -> None:
    """Refuse what only the processor can do."""
    given = {
        "trackers": bool(trackers),
        "linear_solver": request.linear_solver not in ("auto", None),
        "preconditioner": request.preconditioner not in ("auto", None),
        "jacobian": request.jacobian not in ("auto", None),
    }
    asked = [name for name, is_given in given.items() if is_given]
    if asked:
        raise UnsupportedError(
            f"{', '.join(asked)}: not on a device, whose methods ({', '.join(METHODS)}) are explicit or exact in the "
            'linear part, and whose state is not looked at on the way; leave it out, or build with target="cpu".'
        )
    times = request.times
    if times is not None and times.size:
        sign = 1.0 if request.end >= request.start else -1.0
        if np.any(sign * np.diff(times) < 0.0):
            raise InputError("t_eval must be ordered from t0 to t1; sort it first")
        if not (sign * times[0] >= sign * request.start and sign * times[-1] <= sign * request.end):
            raise InputError(f"t_eval must lie within the interval ({request.start}, {request.end})")


def _device_request(request: FieldRequest) -> Request:
    """Without `t_eval`, the end alone is wanted."""
    times = np.array([request.end]) if request.times is None else request.times
    limits = request.limits
    step = limits.get("fixed_step") or limits.get("first_step") or 0.0
    return Request(
        request.start, request.end, request.state, request.parameters, times, request.rtol, request.atol,
        limits.get("max_steps", 10_000_000), float(step), float(limits.get("max_step", 1e300)),
    )  # fmt: skip


def _frames(run: DeviceRun, request: FieldRequest, now: dict[str, float]) -> tuple[Array, Array]:
    """Return times and states: of `t_eval` as far as it was reached, or of the beginning and what was reached."""
    run.read_outputs(now)
    if request.times is not None:
        t, frames = request.times[: len(run.frames)], run.frames
    else:
        reached = run.frames[-1] if run.frames else run.row(int(now["row y"]))
        t, frames = np.array([request.start, now["t"]]), [request.state, reached]
    return t, np.array(frames).reshape(len(t), run.layout.size)
