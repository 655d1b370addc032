"""Stabilised steps on a device, which itself finds out how many stages a step needs.

The number of stages, and how often the power iteration for the spectral radius goes round, is known to the device
alone. So the host queues the same few launches again and again, and the control block says what they mean: one round
of the power iteration, one stage, or the evaluation at the end of a step with its error. Formulas and rules are those
of `symnum.integrators.stabilised`.
"""

from codegen.cuda.control_kernel import ControlKernel
from codegen.cuda.kernel import Row, Scale, Term, Update
from codegen.cuda.output_kernel import OutputKernel
from codegen.cuda.pointwise_kernel import PointwiseKernel
from codegen.cuda.program import Program, Scalar
from codegen.cuda.reduction import Reduction, ReductionKernel
from symnum.integrators import layout as codes
from symnum.integrators.tableaus import OrthogonalFormulas, StabilisedFormulas
from symnum.simulators.cuda.chebyshev_stages import chebyshev_recurrence
from symnum.simulators.cuda.explicit_plan import FIRST_TRIAL, begin_adaptive
from symnum.simulators.cuda.orthogonal_stages import orthogonal_recurrence
from symnum.simulators.cuda.plan import Plan, PlanBuilder
from symnum.simulators.cuda.stabilised_rounds import (
    AGAIN,
    DIRECTION,
    END,
    MEASURE,
    POWER,
    STAGES,
    Recurrence,
    doing,
)
from symnum.simulators.cuda.stepping import Control, judge, next_target

__all__ = ["START_SLOTS", "stabilised_plan"]

_ROWS = 9
_ESTIMATE_AGE, _POWER_STEPS = 25, 50

START_SLOTS = {"mode": float(MEASURE), "measuring": 1.0, "take direction": 1.0}


def stabilised_plan(
    builder: PlanBuilder, method: StabilisedFormulas | OrthogonalFormulas, control: Control, tolerance: Row | None
) -> Plan:
    """Return the plan of a Runge-Kutta-Chebyshev method, or of one with orthogonal polynomials."""
    if isinstance(method, StabilisedFormulas):
        recurrence = chebyshev_recurrence(method, control.fixed)
    else:
        recurrence = orthogonal_recurrence(method, control.fixed)
    begin = begin_adaptive(builder, control, tolerance, STAGES)
    begin.append(builder.add(PointwiseKernel("direction", (Update(DIRECTION, (Term("row slope"),)),), None)))
    step = [builder.add(PointwiseKernel("form", (Update("row formed", recurrence.formed),), ("run", "forming")))]
    moved, time = Update("row out", recurrence.moved), Scale(1.0, ("t stage",))
    step += builder.evaluation("row in", [moved], (time,), ("run", "evaluating"))
    name, sums = builder.reduction(_measured(recurrence, tolerance))
    decide = Program()
    _decide(decide, recurrence, control)
    steps = (*recurrence.before, decide, *recurrence.choose)
    step += [name, builder.add(ControlKernel("decide", sums, steps, search=True))]
    # The cubic through both ends, as the integrators keep it.
    rows: list[tuple[Row, tuple[float, ...], bool]] = [
        ("row new", (0.0, -3.0, 2.0), False),
        ("row y", (0.0, 3.0, -2.0), False),
        ("row end", (1.0, -2.0, 1.0), True),
        ("row slope", (0.0, -1.0, 1.0), True),
    ]
    output = builder.add(OutputKernel("output", "row new", "row y", rows))
    resume = [builder.add(ControlKernel("resume", (), None, search=True, guard="paused")), output]
    plan = Plan(builder.kernels, begin, [*step, output], resume, _ROWS, (0, 1), direction=DIRECTION)
    plan.numbers = recurrence.numbers
    return plan


def _measured(recurrence: Recurrence, tolerance: Row | None) -> ReductionKernel:
    error = (*recurrence.error, Term(DIRECTION, Scale(1.0, ("take direction",), True)))
    weights: tuple[Row, ...] = ("row y", "row new")
    reductions = Reduction("error", error, weights), Reduction("y size", (Term("row y"),), weights)
    return ReductionKernel("measure", reductions, ("run", "measuring"), tolerance)


def _decide(c: Program, recurrence: Recurrence, control: Control) -> None:
    """What follows from what has just been computed."""
    mode = c["mode"]
    c["evaluations"] = c["evaluations"] + c["evaluating"]
    c["accepted"] = 0.0
    length = control.mean(c["error"])
    with c.only_if(mode == float(MEASURE)):
        c["distance"] = control.epsilon**0.5 * c.larger(control.mean(c["y size"]), 1.0)
        c["round"] = 0.0
        c["found"] = 0.0
        _push_direction(c, recurrence, length)
    with c.only_if(mode == float(POWER)):
        _power_round(c, recurrence, length, control)
    with c.only_if(mode == float(END)):
        _end_step(c, length, control)
    recurrence.stage(c)


def _push_direction(c: Program, recurrence: Recurrence, length: Scalar) -> None:
    """The next evaluation is a little further along the direction."""
    c["mode"] = float(POWER)
    doing(c, forming=1.0, evaluating=1.0, measuring=1.0)
    c["take direction"], c["take error"] = 1.0, 0.0
    c["row formed"], c["row base"] = float(FIRST_TRIAL), c["row y"]
    c["row pushed"], c["push"] = float(DIRECTION), c["distance"] / length
    c["row in"], c["row out"] = float(FIRST_TRIAL), float(DIRECTION)
    c["t stage"] = c["t"]
    recurrence.plain(c, True)


def _power_round(c: Program, recurrence: Recurrence, length: Scalar, control: Control) -> None:
    before, found = c["found"], length / c["distance"]
    bad = ~(length < 1e300)
    settled = (length == 0.0) | ((c["round"] > 0.0) & (abs(found - before) <= 0.01 * found))
    done = settled | (c["round"] >= float(_POWER_STEPS - 1))
    c["found"] = found
    c["round"] = c["round"] + 1.0
    with c.only_if(~done):
        _push_direction(c, recurrence, length)
    with c.only_if(done & ~bad):
        c["radius"], c["current"], c["age"] = 1.2 * found, 1.0, 0.0
        c["mode"] = float(AGAIN)
    with c.only_if(bad):
        _shorten(c, codes.NOT_FINITE, control)
        c["mode"] = float(MEASURE)
        doing(c, measuring=1.0)


def _shorten(c: Program, cause: int, control: Control) -> None:
    """Fail before there is an error to judge."""
    c["cause"], c["step"], c["grow"] = float(cause), 0.25 * c["h"], 1.0
    if control.fixed:
        c["status"] = float(cause)
    next_target(c)


def _end_step(c: Program, length: Scalar, control: Control) -> None:
    error = c.where(c.is_finite(length), 0.0, length) if control.fixed else length
    judge(c, control, error, 0.0)
    accepted = c["accepted"] == 1.0
    age = c["age"]
    c["age"] = c.where(accepted, age + 1.0, age)
    stale = c.where(accepted, c["age"] - float(_ESTIMATE_AGE) + 1.0, age) >= 1.0
    c["current"] = c.where(stale, 0.0, c["current"])
    next_target(c)
    c["mode"] = c.where(c["current"] == 1.0, float(AGAIN), float(MEASURE))
    doing(c, measuring=1.0)
    c["take direction"], c["take error"] = 1.0, 0.0
