"""What all adaptive methods let the device decide: the first step, acceptance, the next step, the end.

The rules are those of the integrators for the processor (`symnum.integrators.stepping`), so that both take the same
steps. Numbers of the control block are doubles; flags are 0 and 1.
"""

import math
from dataclasses import dataclass

from codegen.cuda.program import Program, Scalar
from symnum.integrators import layout as codes
from symnum.integrators.control import exponents

__all__ = ["EPSILON", "Control", "finite", "first_length", "given_step", "judge", "next_target", "starting_step"]

EPSILON = 2.220446049250313e-16
_SAFETY = 0.9
# Rounding errors beyond this part of what is tolerated are too large.
_TIGHT = 0.2


@dataclass(frozen=True)
class Control:
    """How a method controls its steps.

    Attributes
    ----------
    size : int
        Components, for root mean squares.
    order, control_order : int
    controller : str
    fixed : bool
        Whether steps have a given size.
    epsilon : float
        Of the precision of the fields.
    swapped : tuple of (str, str)
        Slots that hold numbers of rows and change places after an accepted step.
    growth : float
        How much longer a step may be than the one before, after the first.
    per_octave : float
        Where not 0, steps have sizes of a geometric grid, so many for each doubling.
    """

    size: int
    order: int
    control_order: int
    controller: str = "pi"
    fixed: bool = False
    epsilon: float = EPSILON
    swapped: tuple[tuple[str, str], ...] = (("row y", "row new"), ("row slope", "row end"))
    growth: float = 10.0
    per_octave: float = 0.0

    def mean(self, square: Scalar) -> Scalar:
        """Return a root mean square."""
        return (square / float(self.size)) ** 0.5


def finite(program: Program, value: Scalar) -> Scalar:
    """Whether a number is finite."""
    return program.is_finite(value)


def first_length(program: Program, control: Control) -> None:
    """From the sums "size" and "speed": a length at which to look how the slope changes, in "first"; checks.

    After Hairer, Norsett and Wanner, as `symnum.integrators.starting`.
    """
    c = program
    size, speed = control.mean(c["size"]), control.mean(c["speed"])
    length = c.where((size < 1e-5) | (speed < 1e-5), 1e-6, 0.01 * size / speed)
    length = c.larger(length, 16.0 * EPSILON * abs(c["t"]))
    length = c.smaller(c.smaller(length, abs(c["end"] - c["t"])), c["max step"])
    c["first"] = c["direction"] * length
    c["status"] = c.where(size * control.epsilon > _TIGHT, float(codes.TOLERANCE_TOO_TIGHT), c["status"])
    bad = ~(finite(c, c["size"]) & finite(c, c["speed"]))
    c["status"] = c.where(bad, float(codes.NOT_FINITE), c["status"])
    c["run"] = c.where(c["status"] == 0.0, 1.0, 0.0)


def starting_step(program: Program, control: Control) -> None:
    """From the sum "bend" of the changed slope: the first step."""
    c = program
    speed, first = control.mean(c["speed"]), abs(c["first"])
    bend = control.mean(c["bend"]) / first
    steepest = c.larger(speed, bend)
    second = c.where(steepest <= 1e-15, c.larger(1e-6, 1e-3 * first), (0.01 / steepest) ** (1.0 / (control.order + 1)))
    span = abs(c["end"] - c["t"])
    step = c.smaller(c.smaller(c.smaller(100.0 * first, second), span), c["max step"])
    step = c.where(bend < 1e300, step, 1e-3 * first)
    step = c["direction"] * step
    c["step"] = c.where(c["first step"] == 0.0, _on_grid(c, control, step), c["first step"])
    c["evaluations"] = c["evaluations"] + 2.0
    next_target(program)


def given_step(program: Program) -> None:
    """From the sum "speed" of the slope's sizes: the first of steps of a given size."""
    c = program
    c["status"] = c.where(finite(c, c["speed"]), c["status"], float(codes.NOT_FINITE))
    c["evaluations"] = c["evaluations"] + 1.0
    c["step"] = c["first step"]
    next_target(program)


def judge(program: Program, control: Control, error: Scalar, evaluations: float) -> Scalar:
    """Accept or refuse a step by the size of its error; tell whether it was accepted."""
    c, h = program, program["h"]
    alpha, beta, third = exponents(control.controller, control.control_order)
    good = (error <= 1.0) & (error >= 0.0)
    known = error < 1e300
    shorter = c.larger(0.2, _SAFETY * c.larger(error, 1e-300) ** (-1.0 / control.control_order))
    refused = h * c.where(known, shorter, 0.25)
    factor = _SAFETY * c.larger(error, 1e-10) ** -alpha
    if beta:
        factor = factor * c["last error"] ** beta
    if third:
        factor = factor * c["earlier error"] ** -third
    longer = h * c.smaller(c["grow"], c.larger(0.2, factor))
    if control.fixed:
        longer = c["step"]
        c["status"] = c.where(good, c["status"], float(codes.NOT_FINITE))
    c["cause"] = c.where(good, 0.0, c.where(known, float(codes.STEP_UNDERFLOW), float(codes.NOT_FINITE)))
    c["step"] = _on_grid(c, control, c.where(good, longer, refused))
    c["grow"] = c.where(good, control.growth, 1.0)
    c.assign("earlier error", good, c["last error"])
    c.assign("last error", good, c.larger(error, 1e-4))
    c["t old"] = c.where(good, c["t"], c["t old"])
    c["t"] = c.where(good, c["t new"], c["t"])
    c["last step"] = c.where(good, h, c["last step"])
    c["accepted"] = c.where(good, 1.0, 0.0)
    c["accepted steps"] = c["accepted steps"] + c["accepted"]
    c["error failures"] = c["error failures"] + (1.0 - c["accepted"])
    c["evaluations"] = c["evaluations"] + evaluations
    for one, other in control.swapped:
        first, second = c[one], c[other]
        c[one], c[other] = c.where(good, second, first), c.where(good, first, second)
    return good


def _on_grid(c: Program, control: Control, step: Scalar) -> Scalar:
    """Shorten a step to a size of the geometric grid, where there is one."""
    if not control.per_octave:
        return step
    place = c.call("floor", c.call("log", abs(step)) * (control.per_octave / math.log(2.0)) + 1e-6)
    octave = c.call("floor", place / control.per_octave)
    size = 2.0 ** (place / control.per_octave - octave) * 2.0**octave
    return c.where(step == 0.0, step, c.where(step > 0.0, size, -size))


def next_target(program: Program) -> None:
    """Set where the next step ends, or how the run does."""
    c = program
    step = c["step"]
    limited = c.where(abs(step) > c["max step"], c["direction"] * c["max step"], step)
    target = c["t"] + limited
    near = (c["end"] - target) * limited <= 1e-9 * limited * limited
    target = c.where(near, c["end"], target)
    done = c["t"] == c["end"]
    tiny = (abs(target - c["t"]) <= 4.0 * EPSILON * abs(c["t"])) & ~(target == c["end"])
    status = c.where(tiny, c.where(c["cause"] == 0.0, float(codes.STEP_UNDERFLOW), c["cause"]), 0.0)
    status = c.where(c["attempts"] >= c["max attempts"], float(codes.TOO_MANY_STEPS), status)
    status = c.where(done, float(codes.SUCCESS), status)
    c["status"] = c.where(c["status"] == 0.0, status, c["status"])
    running = c["status"] == 0.0
    c["t new"] = c.where(running, target, c["t new"])
    c["h"] = c.where(running, target - c["t"], c["h"])
    c["attempts"] = c["attempts"] + c.where(running, 1.0, 0.0)
    c["run"] = c.where(running, 1.0, 0.0)
