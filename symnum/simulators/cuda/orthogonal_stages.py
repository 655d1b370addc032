"""Stages of ROCK methods on a device: their coefficients come from a table that lies on the device.

A step of s stages is a recurrence up to stage s - 2, and two stages that finish it. Where these need a rate besides
what it is for, the rate alone is written, and a sum of rows is formed before the next evaluation, so that the stages of
the recurrence read and write as little as they can. Formulas are those of `symnum.integrators.stabilised`.
"""

from codegen.cuda.kernel import RATE, Scale, Term
from codegen.cuda.lookup import FirstReaching, Lookup
from codegen.cuda.program import Program, Scalar
from symnum.integrators.tableaus import OrthogonalFormulas
from symnum.integrators.tableaus.orthogonal import BEGINNING, COLUMNS, REACH, SHARE, SIGMA
from symnum.integrators.tableaus.orthogonal import STAGES as COUNT
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

__all__ = ["USABLE", "orthogonal_recurrence"]

#: The slot that says how many polynomials leave rounding within the tolerance.
USABLE = "usable polynomials"


def orthogonal_recurrence(method: OrthogonalFormulas, fixed: bool) -> Recurrence:
    """Return the stages of a method; `fixed` tells whether steps have a given size."""
    formed = (
        Term("row base"),
        Term("row pushed", Scale(1.0, ("push",))),
        Term("row other", Scale(1.0, ("push other",), True)),
    )
    moved = (
        Term(RATE, Scale(1.0, ("c rate",))),
        Term("row in", Scale(1.0, ("c in",), True)),
        Term("row before", Scale(1.0, ("c before",), True)),
    )
    error = (
        Term("row other", Scale(1.0, ("take error", "share"), True)),
        Term("row pushed", Scale(-1.0, ("take error", "share"), True)),
    )
    needed, begin = Program(), Program()
    needed["needed"] = abs(needed["h"]) * needed["radius"]
    needed["begins"] = needed["mode"] == float(AGAIN)
    with begin.only_if(begin["begins"] == 1.0):
        _first_stage(begin, fixed)
    columns = (COUNT, "count"), (SIGMA, "sigma"), (SHARE, "share"), (BEGINNING, "beginning")
    found = tuple((column, f"table {name}") for column, name in columns)
    search = FirstReaching(len(method.polynomials), COLUMNS, REACH, USABLE, "needed", found, "too short", "begins")
    first = Lookup("table beginning", ("first mu", "first kappa", "second mu", "second kappa"), "begins")
    pair = Lookup("pair", ("mu", "kappa"))
    # The last look may be just beyond the end.
    numbers = (*method.table.tolist(), 0.0, 0.0, 0.0, 0.0)
    return Recurrence(formed, moved, error, _plain, _stage_round, (needed, search, first, begin), (pair,), numbers)


def _plain(c: Program, less_slope: bool) -> None:
    c["row before"] = c["row slope"]
    c["push other"], c["row other"] = 0.0, c["row y"]
    _coefficients(c, before=-1.0 if less_slope else 0.0)


def _coefficients(
    c: Program, rate: Scalar | float = 1.0, last: Scalar | float = 0.0, before: Scalar | float = 0.0
) -> None:
    c["c rate"], c["c in"], c["c before"] = rate, last, before


def _first_stage(c: Program, fixed: bool) -> None:
    """The first stage is formed; what the evaluation there is for."""
    mu, h = c["first mu"], c["h"]
    c["mode"], c["stage"], c["count"] = float(STAGE), 1.0, c["table count"]
    c["sigma"] = h * c["table sigma"]
    c["share"] = c["sigma"] * c["table share"]
    c["gain"], c["reached"] = mu, mu
    c["finishing"] = 0.0
    _go_on(c, c["second mu"], c["second kappa"])
    c["pair"] = c["table beginning"] + 4.0
    doing(c, forming=1.0, evaluating=1.0)
    c["row formed"], c["row base"] = float(STAGES), c["row y"]
    c["row pushed"], c["push"] = c["row slope"], mu * h
    c["row other"], c["push other"] = c["row y"], 0.0
    too_many(c, c["too short"] == 1.0, fixed)


def _go_on(c: Program, mu: Scalar, kappa: Scalar) -> None:
    """From a stage to the next, or, after the last of the recurrence, its rate alone."""
    stage, h = c["stage"], c["h"]
    last = stage == c["count"] - 2.0
    c["row in"], c["row out"] = stage_row(c, stage - 1.0), stage_row(c, stage)
    c["row before"] = c.where(stage == 1.0, c["row y"], stage_row(c, stage + 1.0))
    c["t stage"] = c["t"] + h * c["reached"]
    c["finishing"] = c.where(last, 1.0, 0.0)
    _coefficients(c, c.where(last, 1.0, h * mu), c.where(last, 0.0, 1.0 + kappa), c.where(last, 0.0, -kappa))
    gain = mu + kappa * c["gain"]
    c["reached"] = c.where(last, c["reached"], c["reached"] + gain)
    c["gain"] = gain
    doing(c, evaluating=1.0)


def _stage_round(c: Program) -> None:
    mode, finishing = c["mode"], c["finishing"]
    with c.only_if((mode == float(STAGE)) & (finishing == 0.0)):
        c["stage"] = c["stage"] + 1.0
        c["pair"] = c["pair"] + 2.0
        _go_on(c, c["mu"], c["kappa"])
    with c.only_if((mode == float(STAGE)) & (finishing == 1.0)):
        _finish(c)
    with c.only_if((mode == float(STAGE)) & (finishing == 2.0)):
        _evaluate_end(c)


def _finish(c: Program) -> None:
    """The rate at the last stage lies in the row after it: go along it, and evaluate there."""
    stage = c["stage"]
    last, rate, free = stage_row(c, stage - 1.0), stage_row(c, stage), stage_row(c, stage + 1.0)
    c["finishing"] = 2.0
    doing(c, forming=1.0, evaluating=1.0)
    c["row formed"], c["row base"], c["row pushed"], c["push"] = free, last, rate, c["sigma"]
    c["row in"], c["row out"] = free, last
    c["t stage"] = c["t"] + c["h"] * (c["reached"] + c["table sigma"])
    _coefficients(c)


def _evaluate_end(c: Program) -> None:
    """Form the new value; evaluate there, and measure the difference from the embedded method."""
    stage = c["stage"]
    c["mode"] = float(END)
    doing(c, forming=1.0, evaluating=1.0, measuring=1.0)
    c["take direction"], c["take error"] = 0.0, 1.0
    c["row formed"], c["row base"] = c["row new"], stage_row(c, stage + 1.0)
    c["row pushed"], c["push"] = stage_row(c, stage - 1.0), c["sigma"] - c["share"]
    c["row other"], c["push other"] = stage_row(c, stage), c["share"]
    c["row in"], c["row out"], c["t stage"] = c["row new"], c["row end"], c["t new"]
    _coefficients(c)
