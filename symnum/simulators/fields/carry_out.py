"""Carries out a request for fields: with the integrators, or in fused steps of fixed size."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.simulators.fields.fixed_steps import FUSED, KEPT_BYTES, FixedRun, FixedSteps
from symnum.simulators.fields.request import FieldRequest, check_fused

if TYPE_CHECKING:
    from symnum.simulators.fields.run import FieldWatch
    from symnum.simulators.fields.simulator import FieldSimulator
    from symnum.simulators.fields.stage import Stage

__all__ = ["carry_out"]

Progress = bool | Callable[[float, float], Any] | None


def carry_out(
    simulator: "FieldSimulator",
    r: FieldRequest,
    stage: "Stage",
    watch: "FieldWatch",
    timeout_s: float | None,
    progress: Progress,
) -> tuple[Any, str]:
    """Return what an integrator gives, and why its method was taken.

    Parameters
    ----------
    simulator : FieldSimulator
    r : FieldRequest
    stage : Stage
        Where to begin.
    watch : FieldWatch
        Who looks on.
    timeout_s : float or None
    progress : bool, callable or None
    """
    from symnum.integrators.integrate import integrate
    from symnum.simulators.fields.prepare import prepare

    if r.dtype != "float64" or (r.method.lower() in FUSED and "fixed_step" in r.limits):
        return _fixed(simulator, r, stage, watch, timeout_s, progress)
    kernels = simulator.kernels_for(r.threads)
    begin = stage.origin_in(r)
    prepared = prepare(
        simulator.system, kernels.get_kernel, r.parameters, t0=begin.t, t1=begin.end, y0=begin.state, rtol=r.rtol,
        method=r.method, linear_solver=r.linear_solver, preconditioner=r.preconditioner, jacobian=r.jacobian,
    )  # fmt: skip
    raw = integrate(
        prepared.method, prepared.problem, begin.t, r.end, begin.state, stage.wanted(r), r.rtol, r.atol,
        timeout_s=timeout_s, progress=progress, observer=watch, checkpoint=stage.plan, resume=stage.solver,
        events=simulator.switching.events(prepared.problem), **r.limits,
    )  # fmt: skip
    return raw, prepared.reason


def _fixed(
    simulator: "FieldSimulator",
    r: FieldRequest,
    stage: "Stage",
    watch: "FieldWatch",
    timeout_s: float | None,
    progress: Progress,
) -> tuple[FixedRun, str]:
    """Take steps of fixed size, fused with the right-hand side."""
    key = check_fused(r), r.dtype, r.threads
    if key not in simulator.steppers:
        from codegen.stencils import compile_stepper

        simulator.steppers[key] = compile_stepper(simulator.system, key[0], key[1], threads=r.threads)
    stepper = simulator.steppers[key]
    begin = stage.origin_in(r)
    breaks = simulator.switching.times(r.parameters, begin.t, r.end)
    steps = FixedSteps(begin.t, r.end, r.limits["fixed_step"], breaks)
    run = FixedRun(stepper, steps, begin.t, begin.state, r.parameters, simulator.rates(r.parameters))
    if stage.solver is not None:
        run.restore(stage.solver)
    kept = stage.wanted(r)
    if kept is None:
        size = stepper.size * np.dtype(r.dtype).itemsize
        run.every = run.every or max(1, -(-steps.count * size // KEPT_BYTES))
        kept = steps.boundaries(run.every)
    run.drive(kept, watch, timeout_s, r.limits.get("max_steps"), progress, stage.plan)
    depth, tile = stepper.blocking()
    blocks = f"{depth} steps at a time on {tile} layers of cells" if tile else "one sweep over the grid each"
    return run, f"chosen by the user; steps fused with the right-hand side, {blocks}"
