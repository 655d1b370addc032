"""Exponential time differencing on a device: the linear part exactly, in Fourier modes; the rest by Runge-Kutta.

Method, error estimates and continuous solution are those of the processor (`symnum.integrators.methods.etdrk4`). Its
step sizes lie on a geometric grid there; here too, and the functions of the linear part, which depend on the size, are
computed by the device where it changes.
"""

from codegen.cuda.control_kernel import ControlKernel
from codegen.cuda.kernel import Row, Scale, Term
from codegen.cuda.output_kernel import OutputKernel
from codegen.cuda.program import Program
from codegen.cuda.reduction import Reduction, ReductionKernel
from codegen.cuda.spectral_kernels import Spectrum
from symnum.integrators.tableaus import DifferencingTableau
from symnum.integrators.tableaus.exponential_differencing import LAST_COEFFICIENT, NODES, polynomial
from symnum.simulators.cuda.device import Item
from symnum.simulators.cuda.differencing_stages import ModeUpdate, Stages
from symnum.simulators.cuda.explicit_plan import FIRST_TRIAL, begin_adaptive
from symnum.simulators.cuda.fixed_plan import add_check, advance_program
from symnum.simulators.cuda.plan import Plan, PlanBuilder
from symnum.simulators.cuda.stepping import EPSILON, Control, judge, next_target

__all__ = ["ADAPTIVE_MODES", "FIXED_MODES", "TOLERANCE", "differencing_plan", "given_differencing_plan"]

#: Complex rows of modes: the value and its rest, two values of stages, rests of stages, the new value and its rest. The
#: rests of both stages in the middle of a step always count alike, so that there is a row for their sum.
_VALUE, _REST, _FIRST, _OTHER, _MIDDLE, _LAST, _NEW, _NEW_REST = range(8)
FIXED_MODES, ADAPTIVE_MODES = 6, 9

# Rows of the state's size beside those of every adaptive method: the error, what the continuous solution leaves of the
# equations, and its derivatives a quarter of the step from both ends. Stages use the first two before.
_ERROR, _CHECK, _EARLY, _LATE = FIRST_TRIAL, 5, 6, 7
#: Row of tolerances, where each element has its own.
TOLERANCE = 8
_RATES, _TRIAL = 2, 3  # of steps of a given size


def given_differencing_plan(builder: PlanBuilder, spectrum: Spectrum, method: DifferencingTableau) -> Plan:
    """Return the plan for steps of a given size."""
    stages = Stages(builder, spectrum, method, False)
    step = [stages.functions(), *stages.evaluate("row y", _RATES, 0.0)]
    rests = [stages.rest(_REST, _VALUE)]
    for number, updates in enumerate(_stages(stages, _VALUE, stages.moved), 1):
        is_last = number == 4
        step += stages.back([*rests, *updates], "row y" if is_last else _TRIAL)
        rests = []
        if not is_last:
            step += stages.evaluate(_TRIAL, _RATES, method.c[number])
    advance = advance_program(4.0)
    advance["resized"] = 0.0
    step.append(builder.add(ControlKernel("advance", (), advance)))
    begin = [*stages.forward("row y"), stages.update([(_VALUE, [(None, Scale(), stages.moved)])])]
    plan = Plan(builder.kernels, begin, step, add_check(builder), 4, (0,), modes=spectrum.size)
    plan.transform = spectrum.extended, spectrum.fields
    return plan


def _stages(stages: Stages, new: int, last: int) -> list[list[ModeUpdate]]:
    """What is done with modes for each stage, once the right-hand side at the one before has been transformed."""
    rows: dict[str, int | None] = {"v0": _VALUE, "v1": _FIRST, "v2": _OTHER, "v3": _OTHER}
    rows |= {"n0": _REST, "n1": _MIDDLE, "n2": None, "n3": last}
    third = {**rows, "n2": stages.moved}
    return [
        [stages.formed("v1", _FIRST, rows)],
        [stages.rest(_MIDDLE, _FIRST), stages.formed("v2", _OTHER, rows)],
        [
            stages.rest(stages.moved, _OTHER),
            stages.formed("v3", _OTHER, third),
            (_MIDDLE, [(None, Scale(), _MIDDLE), (None, Scale(), stages.moved)]),
            (stages.moved, [(None, Scale(), _OTHER)]),
        ],
        [stages.rest(last, _OTHER), stages.formed("v4", new, rows), (stages.moved, [(None, Scale(), new)])],
    ]


def differencing_plan(
    builder: PlanBuilder, spectrum: Spectrum, method: DifferencingTableau, control: Control, tolerance: Row | None
) -> Plan:
    """Return the plan with steps that the device chooses."""
    stages = Stages(builder, spectrum, method, True)
    moved = stages.moved
    step: list[Item] = [stages.functions()]
    for number, updates in enumerate(_stages(stages, _NEW, _LAST), 1):
        is_last = number == 4
        target: Row = "row new" if is_last else FIRST_TRIAL
        step += stages.back(updates, target)
        step += stages.evaluate(target, "row end" if is_last else _CHECK, method.c[number])
    step += _estimates(stages)
    name, sums = builder.reduction(_sizes(tolerance))
    decide = Program()
    _decide(decide, control)
    step += [name, builder.add(ControlKernel("decide", sums, decide, search=True))]
    # What belongs to the new value belongs to the old one of the next step.
    kept: list[ModeUpdate] = [(_VALUE, [(None, Scale(), _NEW)]), (_REST, [(None, Scale(), _NEW_REST)])]
    step.append(stages.update(kept, "keep", "accepted"))
    output = builder.add(OutputKernel("output", "row new", "row y", _continuous()))
    begin: list[Item] = [*begin_adaptive(builder, control, tolerance, _CHECK), *stages.forward("row y")]
    begin.append(stages.update([(_VALUE, [(None, Scale(), moved)])], "value"))
    begin += [*stages.forward("row slope"), stages.update([stages.rest(_REST, _VALUE)], "rest")]
    ready = Program()
    _meant(ready)
    ready["resized"] = 1.0
    begin.append(builder.add(ControlKernel("ready", (), ready)))
    resume = [builder.add(ControlKernel("resume", (), None, search=True, guard="paused")), output]
    plan = Plan(builder.kernels, begin, [*step, output], resume, TOLERANCE, (0,), modes=spectrum.size)
    plan.transform = spectrum.extended, spectrum.fields
    return plan


def _estimates(stages: Stages) -> list[Item]:
    """Launches for what tells how good a step is, once the right-hand side at the new value has been transformed."""
    moved = stages.moved
    rows: dict[str, int | None] = {"v0": _VALUE, "n0": _REST, "n1": _MIDDLE, "n2": None, "n3": _LAST, "n4": _NEW_REST}
    rows["n5"] = _FIRST
    out = stages.back([stages.rest(_NEW_REST, _NEW), stages.formed("v5", _OTHER, rows)], _ERROR)
    out += stages.evaluate(_ERROR, _CHECK, stages.method.c[5])
    out += stages.back([stages.rest(_FIRST, _OTHER), stages.formed("check", moved, rows)], _CHECK)
    out += stages.back([stages.formed("error", moved, rows)], _ERROR)
    slopes = {**rows, "s0": _OTHER, "s1": _LAST, "s2": _FIRST}
    first: ModeUpdate = (_OTHER, [(0, Scale(), _VALUE), (None, Scale(), _REST)])
    out += stages.back([first, stages.formed("s1", _LAST, slopes)], _EARLY)
    return out + stages.back([stages.formed("s2", _FIRST, slopes), stages.formed("s3", moved, slopes)], _LATE)


def _sizes(tolerance: Row | None) -> ReductionKernel:
    """The error, what the continuous solution leaves of the equations, and its last coefficient."""
    weights: tuple[Row, ...] = ("row y", "row new")
    rise, *slopes = polynomial(NODES)[-1].tolist()
    bend = [Term("row new", Scale(rise)), Term("row y", Scale(-rise))]
    rows: tuple[Row, ...] = ("row slope", _EARLY, _LATE, "row end")
    bend += [Term(row, Scale(c, ("h",))) for row, c in zip(rows, slopes, strict=True)]
    reductions = (
        Reduction("error", (Term(_ERROR),), weights),
        Reduction("check", (Term(_CHECK),), weights),
        Reduction("bend", tuple(bend), weights),
    )
    return ReductionKernel("sizes", reductions, "run", tolerance)


def _continuous() -> list[tuple[Row, tuple[float, ...], bool]]:
    """The polynomial through both ends and derivatives, after both ends have changed places."""
    rise, *slopes = polynomial(NODES).T.tolist()
    out: list[tuple[Row, tuple[float, ...], bool]] = [
        ("row y", tuple(rise), False),
        ("row new", tuple(-c for c in rise), False),
    ]
    rows: tuple[Row, ...] = ("row end", _EARLY, _LATE, "row slope")
    return out + [(row, tuple(c), True) for row, c in zip(rows, slopes, strict=True)]


def _decide(c: Program, control: Control) -> None:
    """Judge a step by the first of its estimates that is too large; all are there, whichever counts."""
    error, check = control.mean(c["error"]), control.mean(c["check"])
    bend = LAST_COEFFICIENT * control.mean(c["bend"])
    both = c.where(error > check, error, check)
    h = c["h"]
    total = c.where(error <= 1.0, c.where(both <= 1.0, c.larger(bend, both), both), error)
    judge(c, control, total, 5.0)
    next_target(c)
    _meant(c)
    c["resized"] = c.where(c["h"] == h, 0.0, 1.0)


def _meant(c: Program) -> None:
    """Times are rounded, and with them their differences: take the size that was meant."""
    near = 4.0 * EPSILON * (abs(c["t"]) + abs(c["t new"]))
    longest = c["direction"] * c["max step"]
    meant = c.where(abs(c["h"] - longest) <= near, longest, c["h"])
    c["h"] = c.where(abs(c["h"] - c["step"]) <= near, c["step"], meant)
