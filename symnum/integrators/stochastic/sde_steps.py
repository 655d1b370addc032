"""What all methods for stochastic differential equations do alike: increments, sums of rates, steps that end on time.

In the work array of reals, after what leaping methods have (`approximate_layout`): states at the beginning of a step
(S), their drift (S), their change (S), noise amplitudes at the beginning (R), increments of the Wiener processes (R).
In that of whole numbers, after the addresses: Wiener process of each rate (R), role of each rate (R).
"""

from math import ceil, cos, pi, sqrt

from symnum.integrators.addresses import call_engine, float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled
from symnum.integrators.stochastic.leaps import leap_size, record_step
from symnum.integrators.stochastic.steps import pass_outputs
from symnum.integrators.stochastic.streams import exponential, uniform

__all__ = [
    "add_rates",
    "begin_step",
    "column_of",
    "draw_increments",
    "evaluate",
    "finish_step",
    "noise_of",
    "normal",
    "places",
    "sde_doubles",
    "sde_integers",
    "step_size",
]

_INFINITY = float("inf")
DEFAULT_STEPS = 1000.0
"""Steps to the next known time where no step is given and none can be chosen."""


def sde_doubles(states: int, reactions: int) -> int:
    """Return the size of the work array of reals."""
    return own.W_ARRAYS + 3 * reactions + 9 * states


def sde_integers(states: int, reactions: int) -> int:
    """Return the size of the work array of whole numbers."""
    return 4 * reactions + 8


@compiled
def places(integers):  # type: ignore[no-untyped-def]
    """Return the place of the states at the beginning of a step; the other arrays follow."""
    return float_pointer(
        integers[at.I_WORK] + 8 * (own.W_ARRAYS + integers[at.I_REACTIONS] + 6 * integers[at.I_STATES])
    )


@compiled
def noise_of(integers):  # type: ignore[no-untyped-def]
    """Return the place of the noise amplitudes where the rates were evaluated last."""
    return float_pointer(integers[at.I_WORK] + 8 * own.W_ARRAYS)


@compiled
def column_of(integers):  # type: ignore[no-untyped-def]
    """Return the place of the numbers of the Wiener processes."""
    return int_pointer(integers[at.I_WHOLE_WORK] + 8 * (2 * integers[at.I_REACTIONS] + 8))


@compiled
def normal(integers):  # type: ignore[no-untyped-def]
    """Return a standard normal number (G. E. P. Box and M. E. Muller, Ann. Math. Stat. 29, 610 (1958))."""
    return sqrt(2.0 * exponential(integers)) * cos(2.0 * pi * uniform(integers))


@compiled
def evaluate(integers, reals, t):  # type: ignore[no-untyped-def]
    """Evaluate all rates; return 0 or a failure's code."""
    float_pointer(integers[at.I_WORK])[own.W_END] = t
    return call_engine(int_pointer(integers[at.I_WHOLE_WORK])[2 * integers[at.I_REACTIONS] + 2], integers, reals)


@compiled
def add_rates(integers, rates, factor, out):  # type: ignore[no-untyped-def]
    """Add to `out` what rates do to the states."""
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    for r in range(integers[at.I_REACTIONS]):
        if rates[r] != 0.0:
            for k in range(heads[8 * r], heads[8 * r + 1]):
                out[states[k]] += factor * values[k] * rates[r]


@compiled
def draw_increments(integers, step):  # type: ignore[no-untyped-def]
    """Draw the increment of each Wiener process; return their number."""
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    column = column_of(integers)
    increments = places(integers)
    first = 3 * size + n
    count = 0
    for r in range(n):
        count = max(count, column[r] + 1)
    root = sqrt(step)
    for j in range(count):
        increments[first + j] = root * normal(integers)
    return count


@compiled
def step_size(integers, reals, bound):  # type: ignore[no-untyped-def]
    """Return the next step: equal ones up to the next output or known time, or what epsilon allows."""
    work = float_pointer(integers[at.I_WORK])
    t = reals[at.R_TIME]
    wanted = work[own.W_STEP]
    if wanted <= 0.0:
        wanted = leap_size(integers, False)
    return (bound - t) / max(ceil((bound - t) / wanted - 1e-9), 1.0)


@compiled
def begin_step(integers, reals):  # type: ignore[no-untyped-def]
    """Write outputs, evaluate rates and drift, keep state and amplitudes; return the end of the step and a code.

    The code is STOPPED where the next known time has come.
    """
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    work = float_pointer(integers[at.I_WORK])
    t, stop = reals[at.R_TIME], reals[at.R_STOP]
    if integers[at.I_STARTED] == 0:
        integers[at.I_STARTED] = 1
        if integers[at.I_EVENTS] == 0 and work[own.W_AUTOMATIC] > 0.0:
            work[own.W_STEP] = max(stop - t, 1e-300) / DEFAULT_STEPS
    bound = min(pass_outputs(integers, reals, t + max(abs(t) * 2.3e-16, 1e-300)), stop)
    if t >= stop:
        pass_outputs(integers, reals, stop)
        return t, at.STOPPED
    code = evaluate(integers, reals, t)
    if code != 0:
        return t, code
    y = float_pointer(integers[at.I_POPULATIONS])
    here, noise = places(integers), noise_of(integers)
    for s in range(size):
        here[s] = y[s]
        here[size + s] = 0.0
        here[2 * size + s] = 0.0
    for r in range(n):
        here[3 * size + r] = noise[r]
    add_rates(integers, float_pointer(integers[at.I_PROPENSITIES]), 1.0, float_pointer(_place(integers, size)))
    step = step_size(integers, reals, bound)
    end = t + step
    if end >= bound or bound - end < 1e-9 * step:
        end = bound
    return end, (at.EXPLOSION if end == t else 0)


@compiled
def _place(integers, extra):  # type: ignore[no-untyped-def]
    return integers[at.I_WORK] + 8 * (own.W_ARRAYS + integers[at.I_REACTIONS] + 6 * integers[at.I_STATES] + extra)


@compiled
def finish_step(integers, reals, end):  # type: ignore[no-untyped-def]
    """Take over the new state: that at the beginning, and the change; return 0 or a code to return with."""
    size = integers[at.I_STATES]
    y = float_pointer(integers[at.I_POPULATIONS])
    here = places(integers)
    for s in range(size):
        y[s] = here[s] + here[2 * size + s]
        if not abs(y[s]) < _INFINITY:
            return at.NOT_FINITE
    reals[at.R_TIME] = end
    integers[own.I_LEAPS] += 1
    integers[at.I_EVENTS] += 1
    integers[at.I_SLICE] -= 1
    return record_step(integers, reals, end)
