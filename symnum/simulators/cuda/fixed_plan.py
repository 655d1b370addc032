"""Steps of a given size with nothing to decide: as few sweeps over the grid, and as few rows, as a method can do with.

These plans make no continuous solution: the host sees to it that steps end at the times of output.
"""

from codegen.cuda.control_kernel import ControlKernel
from codegen.cuda.kernel import RATE, Row, Scale, Term, Update
from codegen.cuda.program import Program
from codegen.cuda.reduction import Reduction, ReductionKernel
from symnum.integrators import layout as codes
from symnum.simulators.cuda.plan import Plan, PlanBuilder
from symnum.terms.traverse import free_symbols

__all__ = ["FUSED", "add_check", "advance_program", "fused_plan"]

#: Methods that have such a plan, with their stages.
FUSED = {"euler": 1, "ssprk33": 3, "rk4": 4}

_LATER = (Scale(1.0, ("t",)), Scale(1.0, ("h",)))
_MIDDLE = (Scale(1.0, ("t",)), Scale(0.5, ("h",)))
_NOW = (Scale(1.0, ("t",)),)
# Pairs of steps that are queued at once where nothing depends on time.
_PAIRS = 4


def fused_plan(builder: PlanBuilder, method: str) -> Plan:
    """Return the plan of Euler's method, SSPRK33 or the classical Runge-Kutta method.

    Of several steps at once, every other one has the values in the other row, and the device notes all of them
    together: on small grids that note takes as long as a step.
    """
    stages, evaluations = _STAGES[method](), float(FUSED[method])
    step = [name for stage in stages for name in _launches(builder, stage)]
    timeless = not _uses_time(builder)
    other = [name for stage in stages for name in _launches(builder, _exchanged(stage, timeless))]
    pairs = _PAIRS if timeless else 1
    many = [*[*step, *other] * pairs, builder.add(ControlKernel("note", (), advance_program(evaluations, 2 * pairs)))]
    advance = advance_program(evaluations)
    advance["row y"], advance["row new"] = advance["row new"], advance["row y"]
    step = [*step, builder.add(ControlKernel("advance", (), advance))]
    return Plan(builder.kernels, [], step, add_check(builder), 4, (0,), many=many, many_steps=2 * pairs)


def advance_program(evaluations: float, steps: int = 1) -> Program:
    """Return what the device notes after steps."""
    program = Program()
    program["t"] = program["t"] + program["h"] * float(steps)
    program["attempts"] = program["attempts"] + float(steps)
    program["accepted steps"] = program["accepted steps"] + float(steps)
    program["evaluations"] = program["evaluations"] + evaluations * steps
    program["last step"] = program["h"]
    return program


def _uses_time(builder: PlanBuilder) -> bool:
    system = builder.layout.system
    regions = [*system.regions, *(region for total in system.sums for region in total.regions)]
    terms = dict.fromkeys(term for region in regions for _, term in region.stores)
    return any(system.independent in free_symbols(term) for term in terms)


def add_check(builder: PlanBuilder) -> list[str]:
    """Add launches that end the run where a number is not finite."""
    name, sums = builder.reduction(ReductionKernel("check", (Reduction("error", (Term("row y"),)),)))
    program = Program()
    bad = ~program.is_finite(program["error"])
    program["status"] = program.where(bad, float(codes.NOT_FINITE), program["status"])
    program["run"] = program.where(bad, 0.0, 1.0)
    return [name, builder.add(ControlKernel("judge", sums, program))]


Stage = tuple[Row, tuple[Scale, ...], list[Update]]


def _launches(builder: PlanBuilder, stage: Stage) -> list[str]:
    source, time, updates = stage
    return builder.evaluation(source, updates, time)


def _exchanged(stage: Stage, timeless: bool) -> Stage:
    """The stage of the step after, which begins where this one ends: in the other row, and a step later."""
    rows: dict[Row, Row] = {"row y": "row new", "row new": "row y"}
    source, time, updates = stage
    other = [
        Update(rows.get(u.row, u.row), tuple(Term(rows.get(t.row, t.row), t.scale) for t in u.terms)) for u in updates
    ]
    return rows.get(source, source), time if timeless else (*time, Scale(1.0, ("h",))), other


def _scaled(row: Row, number: float, by_step: bool = False) -> Term:
    return Term(row, Scale(number, ("h",) if by_step else ()))


def _euler() -> list[Stage]:
    return [("row y", _NOW, [Update("row new", (Term("row y"), _scaled(RATE, 1.0, True)))])]


def _ssprk33() -> list[Stage]:
    first = Update(2, (Term("row y"), _scaled(RATE, 1.0, True)))
    second = Update(3, (_scaled("row y", 0.75), _scaled(2, 0.25), _scaled(RATE, 0.25, True)))
    third = Update("row new", (_scaled("row y", 1 / 3), _scaled(3, 2 / 3), _scaled(RATE, 2 / 3, True)))
    return [("row y", _NOW, [first]), (2, _LATER, [second]), (3, _MIDDLE, [third])]


def _rk4() -> list[Stage]:
    """The new value is added up on the way."""

    def stage(target: Row, step: float, old: Row, weight: float) -> list[Update]:
        argument = Update(target, (Term("row y"), _scaled(RATE, step, True)))
        return [argument, Update("row new", (Term(old), _scaled(RATE, weight, True)))]

    return [
        ("row y", _NOW, stage(2, 0.5, "row y", 1 / 6)),
        (2, _MIDDLE, stage(3, 0.5, "row new", 1 / 3)),
        (3, _MIDDLE, stage(2, 1.0, "row new", 1 / 3)),
        (2, _LATER, [Update("row new", (Term("row new"), _scaled(RATE, 1 / 6, True)))]),
    ]


_STAGES = {"euler": _euler, "ssprk33": _ssprk33, "rk4": _rk4}
