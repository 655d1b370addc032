"""Explicit Runge-Kutta pairs on a device: each stage is one sweep over the grid, and the device judges the step."""

import numpy as np

from codegen.cuda.control_kernel import ControlKernel
from codegen.cuda.kernel import RATE, Row, Scale, Term, Update
from codegen.cuda.output_kernel import OutputKernel
from codegen.cuda.pointwise_kernel import PointwiseKernel
from codegen.cuda.program import Program
from codegen.cuda.reduction import Reduction, ReductionKernel
from symnum.integrators.tableaus import RungeKuttaTableau
from symnum.simulators.cuda.plan import Plan, PlanBuilder
from symnum.simulators.cuda.stepping import (
    Control,
    first_length,
    given_step,
    judge,
    next_target,
    starting_step,
)

__all__ = ["begin_adaptive", "explicit_plan"]

#: Rows that every adaptive method has: two values and two slopes, which change places, then two arguments of stages.
FIRST_TRIAL, SECOND_TRIAL, STAGES = 4, 5, 6
#: The cubic through both ends of a step of Euler's method, whose own continuous solution is a straight line; as the
#: processor's steps of a given size have it.
_CUBIC = ((1.0, 1.0, -1.0), (0.0, -1.0, 1.0))

ROW_SLOTS = {"row y": 0.0, "row new": 1.0, "row slope": 2.0, "row end": 3.0}


def explicit_plan(builder: PlanBuilder, method: RungeKuttaTableau, control: Control, tolerance: Row | None) -> Plan:
    """Return the plan of a pair with error control, or with steps of a given size."""
    last = method.stages - 1
    begin = begin_adaptive(builder, control, tolerance, STAGES)
    skip = {s for s in range(1, last) if control.fixed and s == method.idle}
    stages = [s for s in range(1, last) if s not in skip]
    step = [builder.add(PointwiseKernel("first_stage", (_argument(method, stages[0] if stages else last, 0),)))]
    for place, s in enumerate([*stages, last]):
        updates = [Update(_slope(s, last), (Term(RATE),))]
        if s != last:
            following = stages[place + 1] if place + 1 < len(stages) else last
            updates.append(_argument(method, following, (place + 1) % 2, s))
        time = (Scale(1.0, ("t new",)),) if method.c[s] == 1.0 else _at(method.c[s])
        step += builder.evaluation(_source(s, last, place), updates, time)
    name, sums = builder.reduction(_error(method, control, tolerance, last))
    decide = Program()
    size = decide["error"]
    error = control.mean(size)
    if control.fixed:
        error = decide.where(decide.is_finite(size), 0.0, size)
    judge(decide, control, error, float(len(stages) + 1))
    next_target(decide)
    step += [name, builder.add(ControlKernel("decide", sums, decide, search=True))]
    weights = enumerate(_CUBIC if control.fixed and last == 1 else method.interpolant)
    rows = [(_slope(s, last, after=True), tuple(map(float, c)), True) for s, c in weights if any(c)]
    output = builder.add(OutputKernel("output", "row new", "row y", rows))
    resume = [builder.add(ControlKernel("resume", (), None, search=True, guard="paused")), output]
    return Plan(builder.kernels, begin, [*step, output], resume, STAGES + max(last - 1, 1), (0,))


def begin_adaptive(builder: PlanBuilder, control: Control, tolerance: Row | None, scratch: int) -> list[str]:
    """Return launches that evaluate the first slope and choose the first step."""
    names = builder.evaluation("row y", [Update("row slope", (Term(RATE),))], guard=None)
    if control.fixed:
        return names + _begin_fixed(builder)
    sizes = ReductionKernel(
        "start_norms",
        (
            Reduction("size", (Term("row y"),), ("row y",)),
            Reduction("speed", (Term("row slope"),), ("row y",)),
        ),
        None,
        tolerance,
    )
    name, sums = builder.reduction(sizes)
    program = Program()
    first_length(program, control)
    names += [name, builder.add(ControlKernel("first_length", sums, program, guard=None))]
    moved = Update(FIRST_TRIAL, (Term("row y"), Term("row slope", Scale(1.0, ("first",)))))
    names.append(builder.add(PointwiseKernel("moved", (moved,))))
    time = (Scale(1.0, ("t",)), Scale(1.0, ("first",)))
    names += builder.evaluation(FIRST_TRIAL, [Update(scratch, (Term(RATE),))], time)
    change = (Term(scratch), Term("row slope", Scale(-1.0)))
    name, sums = builder.reduction(ReductionKernel("bend", (Reduction("bend", change, ("row y",)),), "run", tolerance))
    program = Program()
    starting_step(program, control)
    return [*names, name, builder.add(ControlKernel("first_step", sums, program))]


def _begin_fixed(builder: PlanBuilder) -> list[str]:
    """Look whether the first slope is finite; no tolerance has a say in steps of a given size."""
    name, sums = builder.reduction(ReductionKernel("start", (Reduction("speed", (Term("row slope"),)),), None))
    program = Program()
    given_step(program)
    return [name, builder.add(ControlKernel("first_step", sums, program, guard=None))]


def _at(node: float) -> tuple[Scale, ...]:
    return Scale(1.0, ("t",)), Scale(node, ("h",))


def _slope(stage: int, last: int, after: bool = False) -> Row:
    """Row of a stage's rate; `after` the step was accepted, both ends have changed places."""
    if stage == 0:
        return "row end" if after else "row slope"
    if stage == last:
        return "row slope" if after else "row end"
    return STAGES + stage - 1


def _source(stage: int, last: int, place: int) -> Row:
    return "row new" if stage == last else (FIRST_TRIAL, SECOND_TRIAL)[place % 2]


def _argument(method: RungeKuttaTableau, stage: int, which: int, known: int = 0) -> Update:
    """The argument of a stage: the value and h times the rates before it."""
    last = method.stages - 1
    row = method.matrix[stage]
    terms = [Term("row y")]
    for s in np.flatnonzero(row[:stage]):
        source: Row = _slope(int(s), last) if known == 0 or s != known else RATE
        terms.append(Term(source, Scale(float(row[s]), ("h",))))
    return Update("row new" if stage == last else (FIRST_TRIAL, SECOND_TRIAL)[which], tuple(terms))


def _error(method: RungeKuttaTableau, control: Control, tolerance: Row | None, last: int) -> ReductionKernel:
    if control.fixed:
        return ReductionKernel("check", (Reduction("error", (Term("row new"),)),), "run", tolerance)
    terms = tuple(Term(_slope(s, last), Scale(float(c), ("h",))) for s, c in enumerate(method.error) if c)
    return ReductionKernel("error", (Reduction("error", terms, ("row y", "row new")),), "run", tolerance)
