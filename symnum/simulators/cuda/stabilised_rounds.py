"""What the rounds of stabilised methods on a device have in common: what a round means, and what it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codegen.cuda.control_kernel import Step
from codegen.cuda.kernel import Term
from codegen.cuda.program import Program, Scalar
from symnum.integrators import layout as codes
from symnum.simulators.cuda.stepping import next_target

__all__ = [
    "AGAIN", "DIRECTION", "END", "MEASURE", "POWER", "STAGE", "STAGES", "Recurrence", "doing", "stage_row", "too_many",
]  # fmt: skip

#: What a round of launches means: measure the direction, one round of the power iteration, one stage, the end of a
#: step; and nothing, because the next step is still to be begun.
MEASURE, POWER, STAGE, END, AGAIN = range(5)

#: Rows: of the direction in which the power iteration goes, and the first of three for stages.
DIRECTION, STAGES = 5, 6


@dataclass(frozen=True)
class Recurrence:
    """The stages of a stabilised method.

    Attributes
    ----------
    formed : tuple of Term
        What is written to the row "row formed" before the evaluation of a round.
    moved : tuple of Term
        What the evaluation writes to the row "row out".
    error : tuple of Term
        The error estimate; nothing of it may count where the slot "take error" is zero.
    plain : callable
        Called with the program and a truth value: let `moved` be the rate, or the rate less the slope at the beginning.
    stage : callable
        Say what the next round does, after one that computed a stage.
    before : sequence of Step
        What is done before decisions are made.
    choose : sequence of Step
        What begins a step, where the slot "mode" is `AGAIN`, after all decisions.
    numbers : sequence of float
        The table that these steps read.
    """

    formed: tuple[Term, ...]
    moved: tuple[Term, ...]
    error: tuple[Term, ...]
    plain: Callable[[Program, bool], None]
    stage: Callable[[Program], None]
    choose: Sequence[Step]
    before: Sequence[Step] = ()
    numbers: Sequence[float] = ()


def doing(c: Program, forming: float = 0.0, evaluating: float = 0.0, measuring: float = 0.0) -> None:
    """Say which launches of the next round do anything."""
    c["forming"], c["evaluating"], c["measuring"] = forming, evaluating, measuring


def stage_row(c: Program, number: Scalar) -> Scalar:
    """Return the row of a stage: three rows take turns."""
    third = (number + 0.5) / 3.0
    return float(STAGES) + number - 3.0 * c.call("floor", third)


def too_many(c: Program, flag: Scalar, fixed: bool) -> None:
    """Where a step would need more stages than there may be: nothing, and a shorter step, or the end."""
    with c.only_if(flag):
        if fixed:
            c["status"] = float(codes.STEP_UNDERFLOW)
        c["mode"] = float(AGAIN)
        doing(c)
        c["cause"], c["step"], c["grow"] = float(codes.STEP_UNDERFLOW), 0.25 * c["h"], 1.0
        next_target(c)
