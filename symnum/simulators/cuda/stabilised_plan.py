"""Runge-Kutta-Chebyshev steps on a device, which itself finds out how many stages a step needs.

The number of stages, and how often the power iteration for the spectral radius goes round, is known to the device
alone. So the host queues the same few launches again and again, and the control block says what they mean: one round
of the power iteration, one stage, or the evaluation at the end of a step with its error. Formulas and rules are those
of `symnum.integrators.stabilised`.
"""

from codegen.cuda.control_kernel import ControlKernel
from codegen.cuda.kernel import RATE, Row, Scale, Term, Update
from codegen.cuda.output_kernel import OutputKernel
from codegen.cuda.pointwise_kernel import PointwiseKernel
from codegen.cuda.program import Program, Scalar
from codegen.cuda.reduction import Reduction, ReductionKernel
from symnum.integrators import layout as codes
from symnum.integrators.tableaus import StabilisedFormulas
from symnum.simulators.cuda.explicit_plan import FIRST_TRIAL, begin_adaptive
from symnum.simulators.cuda.plan import Plan, PlanBuilder
from symnum.simulators.cuda.stepping import Control, judge, next_target

__all__ = ["START_SLOTS", "stabilised_plan"]

_DIRECTION, _STAGES = 5, 6  # three rows for stages
_ROWS = 9
_ESTIMATE_AGE, _POWER_STEPS, _MOST_STAGES = 25, 50, 10_000

#: What a launch of the step means: measure the direction, one round of the power iteration, one stage, the end of a
#: step, and nothing, because the step has to be shorter.
_MEASURE, _POWER, _STAGE, _END, _AGAIN = range(5)

START_SLOTS = {"mode": float(_MEASURE), "measuring": 1.0, "take direction": 1.0}


def stabilised_plan(builder: PlanBuilder, method: StabilisedFormulas, control: Control, tolerance: Row | None) -> Plan:
    """Return the plan of a Runge-Kutta-Chebyshev method."""
    begin = begin_adaptive(builder, control, tolerance, _STAGES)
    begin.append(builder.add(PointwiseKernel("direction", (Update(_DIRECTION, (Term("row slope"),)),), None)))
    formed = Update("row formed", (Term("row y"), Term("row pushed", Scale(1.0, ("push",)))))
    step = [builder.add(PointwiseKernel("form", (formed,), ("run", "forming")))]
    known = [("row in", "c in"), ("row before", "c before"), ("row y", "c y"), ("row slope", "c slope")]
    terms = [Term(RATE, Scale(1.0, ("c rate",)))]
    terms += [Term(row, Scale(1.0, (slot,), optional=True)) for row, slot in known]
    moved, time = Update("row out", tuple(terms)), Scale(1.0, ("t stage",))
    step += builder.evaluation("row in", [moved], (time,), ("run", "evaluating"))
    name, sums = builder.reduction(_measured(tolerance))
    decide = Program()
    _decide(decide, method, control)
    step += [name, builder.add(ControlKernel("decide", sums, decide, search=True))]
    # The cubic through both ends, as the integrators keep it.
    rows: list[tuple[Row, tuple[float, ...], bool]] = [
        ("row new", (0.0, -3.0, 2.0), False),
        ("row y", (0.0, 3.0, -2.0), False),
        ("row end", (1.0, -2.0, 1.0), True),
        ("row slope", (0.0, -1.0, 1.0), True),
    ]
    output = builder.add(OutputKernel("output", "row new", "row y", rows))
    resume = [builder.add(ControlKernel("resume", (), None, search=True, guard="paused")), output]
    return Plan(builder.kernels, begin, [*step, output], resume, _ROWS, (0, 1), direction=_DIRECTION)


def _measured(tolerance: Row | None) -> ReductionKernel:
    take = "take error"
    error = (
        Term("row y", Scale(0.8, (take,), True)),
        Term("row new", Scale(-0.8, (take,), True)),
        Term("row slope", Scale(0.4, (take, "h"), True)),
        Term("row end", Scale(0.4, (take, "h"), True)),
        Term(_DIRECTION, Scale(1.0, ("take direction",), True)),
    )
    weights: tuple[Row, ...] = ("row y", "row new")
    reductions = Reduction("error", error, weights), Reduction("y size", (Term("row y"),), weights)
    return ReductionKernel("measure", reductions, ("run", "measuring"), tolerance)


def _decide(c: Program, method: StabilisedFormulas, control: Control) -> None:
    """What follows from what has just been computed."""
    mode = c["mode"]
    c["evaluations"] = c["evaluations"] + c["evaluating"]
    c["accepted"] = 0.0
    length = control.mean(c["error"])
    with c.only_if(mode == float(_MEASURE)):
        c["distance"] = control.epsilon**0.5 * c.larger(control.mean(c["y size"]), 1.0)
        c["round"] = 0.0
        c["found"] = 0.0
        _push_direction(c, length)
    with c.only_if(mode == float(_POWER)):
        _power_round(c, length, control)
    with c.only_if(mode == float(_END)):
        _end_step(c, length, control)
    with c.only_if((mode == float(_STAGE)) & (c["stage"] < c["count"])):
        c["stage"] = c["stage"] + 1.0
        _next_stage(c)
    with c.only_if((mode == float(_STAGE)) & (c["last stage"] == 1.0)):
        _evaluate_end(c)
    c["last stage"] = c.where(c["stage"] == c["count"], 1.0, 0.0)
    with c.only_if(c["mode"] == float(_AGAIN)):
        _first_stage(c, method)


def _push_direction(c: Program, length: Scalar) -> None:
    """The next evaluation is a little further along the direction."""
    c["mode"] = float(_POWER)
    _doing(c, forming=1.0, evaluating=1.0, measuring=1.0)
    c["take direction"], c["take error"] = 1.0, 0.0
    c["row formed"], c["row pushed"], c["push"] = float(FIRST_TRIAL), float(_DIRECTION), c["distance"] / length
    c["row in"], c["row out"] = float(FIRST_TRIAL), float(_DIRECTION)
    c["t stage"] = c["t"]
    _coefficients(c, rate=1.0, slope=-1.0)


def _power_round(c: Program, length: Scalar, control: Control) -> None:
    before, found = c["found"], length / c["distance"]
    bad = ~(length < 1e300)
    settled = (length == 0.0) | ((c["round"] > 0.0) & (abs(found - before) <= 0.01 * found))
    done = settled | (c["round"] >= float(_POWER_STEPS - 1))
    c["found"] = found
    c["round"] = c["round"] + 1.0
    with c.only_if(~done):
        _push_direction(c, length)
    with c.only_if(done & ~bad):
        c["radius"], c["current"], c["age"] = 1.2 * found, 1.0, 0.0
        c["mode"] = float(_AGAIN)
    with c.only_if(bad):
        _shorten(c, codes.NOT_FINITE, control)
        c["mode"] = float(_MEASURE)
        _doing(c, measuring=1.0)


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
    c["mode"] = c.where(c["current"] == 1.0, float(_AGAIN), float(_MEASURE))
    _doing(c, measuring=1.0)
    c["take direction"], c["take error"] = 1.0, 0.0


def _first_stage(c: Program, method: StabilisedFormulas) -> None:
    """How many stages the step has; the first of them, and what the evaluation for the second is for.

    With w0 = cosh(theta) the Chebyshev polynomial of degree s is cosh(s theta), from which w1 = T'(w0) / T''(w0).
    """
    h = c["h"]
    count = 1.0 + c.call("floor", (1.0 + 1.54 * abs(h) * c["radius"]) ** 0.5)
    count = c.larger(count, 2.0)
    many = count > float(_MOST_STAGES)
    above = method.damping / (count * count)
    w0 = 1.0 + above
    sine = (above * (2.0 + above)) ** 0.5
    angle = count * c.call("log1p", above + sine)
    first, second = c.call("sinh", angle), c.call("cosh", angle)
    w1 = first * sine * sine / (second * count * sine - w0 * first)
    c["count"], c["stage"] = count, 2.0
    c["w0"], c["w1"] = w0, w1
    c["b before"] = c["b last"] = 1.0 / (4.0 * w0 * w0)
    mu = w1 * c["b last"]
    c["t before"], c["t last"] = 0.0, mu
    c["z before"], c["z last"], c["dz before"], c["dz last"] = 1.0, w0, 0.0, 1.0
    c["ddz before"], c["ddz last"] = 0.0, 0.0
    c["mode"] = float(_STAGE)
    _next_stage(c)
    _doing(c, forming=1.0, evaluating=1.0)
    c["row formed"], c["row pushed"], c["push"] = float(_STAGES), c["row slope"], mu * h
    c["last stage"] = c.where(count == 2.0, 1.0, 0.0)
    with c.only_if(many):
        c["mode"] = float(_AGAIN)
        _doing(c)
        c["cause"], c["step"], c["grow"] = float(codes.STEP_UNDERFLOW), 0.25 * h, 1.0
        next_target(c)


def _next_stage(c: Program) -> None:
    """Coefficients of a stage from those of the two before it."""
    w0, w1, h, stage = c["w0"], c["w1"], c["h"], c["stage"]
    z = 2.0 * w0 * c["z last"] - c["z before"]
    dz = 2.0 * w0 * c["dz last"] - c["dz before"] + 2.0 * c["z last"]
    ddz = 2.0 * w0 * c["ddz last"] - c["ddz before"] + 4.0 * c["dz last"]
    b = ddz / (dz * dz)
    a = 1.0 - c["z last"] * c["b last"]
    mu, nu = 2.0 * w0 * b / c["b last"], -b / c["b before"]
    scale = mu * w1 / w0
    _coefficients(c, h * scale, -h * scale * a, mu, nu, 1.0 - mu - nu)
    c["t stage"] = c["t"] + h * c["t last"]
    _doing(c, evaluating=1.0)
    c["row in"] = _stage_row(c, stage - 2.0)
    c["row before"] = c.where(stage == 2.0, c["row y"], _stage_row(c, stage - 3.0))
    c["row out"] = c.where(stage == c["count"], c["row new"], _stage_row(c, stage - 1.0))
    here = mu * c["t last"] + nu * c["t before"] + scale * (1.0 - a)
    c["t before"], c["t last"] = c["t last"], here
    c["b before"], c["b last"] = c["b last"], b
    for name, value in (("z", z), ("dz", dz), ("ddz", ddz)):
        c[f"{name} before"], c[f"{name} last"] = c[f"{name} last"], value


def _stage_row(c: Program, number: Scalar) -> Scalar:
    third = (number + 0.5) / 3.0
    return float(_STAGES) + number - 3.0 * c.call("floor", third)


def _evaluate_end(c: Program) -> None:
    """All stages are there: the slope at the end, and the error."""
    c["mode"] = float(_END)
    _doing(c, evaluating=1.0, measuring=1.0)
    c["take direction"], c["take error"] = 0.0, 1.0
    c["row in"], c["row out"], c["t stage"] = c["row new"], c["row end"], c["t new"]
    _coefficients(c, rate=1.0)


def _doing(c: Program, forming: float = 0.0, evaluating: float = 0.0, measuring: float = 0.0) -> None:
    c["forming"], c["evaluating"], c["measuring"] = forming, evaluating, measuring


def _coefficients(
    c: Program,
    rate: Scalar | float,
    slope: Scalar | float = 0.0,
    last: Scalar | float = 0.0,
    before: Scalar | float = 0.0,
    y: Scalar | float = 0.0,
) -> None:
    c["c rate"], c["c slope"], c["c in"], c["c before"], c["c y"] = rate, slope, last, before, y
