"""Stages of the Runge-Kutta-Chebyshev methods on a device: their coefficients come from those of the stage before.

Formulas are those of `symnum.integrators.stabilised`.
"""

from codegen.cuda.kernel import RATE, Scale, Term
from codegen.cuda.program import Program, Scalar
from symnum.integrators.tableaus import StabilisedFormulas
from symnum.simulators.cuda.stabilised_rounds import (
    AGAIN,
    END,
    STAGE,
    STAGES,
    Recurrence,
    doing,
    stage_row,
    too_many,
)

__all__ = ["chebyshev_recurrence"]

_MOST_STAGES = 10_000


def chebyshev_recurrence(method: StabilisedFormulas, fixed: bool) -> Recurrence:
    """Return the stages of a method; `fixed` tells whether steps have a given size."""
    take = "take error"
    error = (
        Term("row y", Scale(0.8, (take,), True)),
        Term("row new", Scale(-0.8, (take,), True)),
        Term("row slope", Scale(0.4, (take, "h"), True)),
        Term("row end", Scale(0.4, (take, "h"), True)),
    )
    known = [("row in", "c in"), ("row before", "c before"), ("row y", "c y"), ("row slope", "c slope")]
    moved = [Term(RATE, Scale(1.0, ("c rate",))), *(Term(row, Scale(1.0, (slot,), True)) for row, slot in known)]
    formed = Term("row y"), Term("row pushed", Scale(1.0, ("push",)))
    begin = Program()
    with begin.only_if(begin["mode"] == float(AGAIN)):
        _first_stage(begin, method, fixed)
    return Recurrence(formed, tuple(moved), error, _plain, _stage_round, (begin,))


def _plain(c: Program, less_slope: bool) -> None:
    _coefficients(c, 1.0, -1.0 if less_slope else 0.0)


def _stage_round(c: Program) -> None:
    mode = c["mode"]
    with c.only_if((mode == float(STAGE)) & (c["stage"] < c["count"])):
        c["stage"] = c["stage"] + 1.0
        _next_stage(c)
    with c.only_if((mode == float(STAGE)) & (c["last stage"] == 1.0)):
        _evaluate_end(c)
    c["last stage"] = c.where(c["stage"] == c["count"], 1.0, 0.0)


def _first_stage(c: Program, method: StabilisedFormulas, fixed: bool) -> None:
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
    c["mode"] = float(STAGE)
    _next_stage(c)
    doing(c, forming=1.0, evaluating=1.0)
    c["row formed"], c["row pushed"], c["push"] = float(STAGES), c["row slope"], mu * h
    c["last stage"] = c.where(count == 2.0, 1.0, 0.0)
    too_many(c, many, fixed)


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
    doing(c, evaluating=1.0)
    c["row in"] = stage_row(c, stage - 2.0)
    c["row before"] = c.where(stage == 2.0, c["row y"], stage_row(c, stage - 3.0))
    c["row out"] = c.where(stage == c["count"], c["row new"], stage_row(c, stage - 1.0))
    here = mu * c["t last"] + nu * c["t before"] + scale * (1.0 - a)
    c["t before"], c["t last"] = c["t last"], here
    c["b before"], c["b last"] = c["b last"], b
    for name, value in (("z", z), ("dz", dz), ("ddz", ddz)):
        c[f"{name} before"], c[f"{name} last"] = c[f"{name} last"], value


def _evaluate_end(c: Program) -> None:
    """All stages are there: the slope at the end, and the error."""
    c["mode"] = float(END)
    doing(c, evaluating=1.0, measuring=1.0)
    c["take direction"], c["take error"] = 0.0, 1.0
    c["row in"], c["row out"], c["t stage"] = c["row new"], c["row end"], c["t new"]
    _coefficients(c, rate=1.0)


def _coefficients(
    c: Program,
    rate: Scalar | float,
    slope: Scalar | float = 0.0,
    last: Scalar | float = 0.0,
    before: Scalar | float = 0.0,
    y: Scalar | float = 0.0,
) -> None:
    c["c rate"], c["c slope"], c["c in"], c["c before"], c["c y"] = rate, slope, last, before, y
