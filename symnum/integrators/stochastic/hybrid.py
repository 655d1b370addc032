"""Hybrid simulation: fast reactions of large populations as Langevin or rate equations, slow ones one by one.

A slow reaction happens where its propensity, integrated along the fast ones, has used up an exponential number
(E. L. Haseltine and J. B. Rawlings, J. Chem. Phys. 117, 6959 (2002); H. Salis and Y. Kaznessis, J. Chem. Phys. 122,
054103 (2005)). The propensities of a step are those half a step on along the drift. Which reactions are fast is decided
anew before each step; the extent of one that is fast no longer is made whole.
"""

from math import floor, sqrt

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.hybrid_partition import extents_of, settle_all, split
from symnum.integrators.stochastic.leaps import (
    blame,
    choose_critical,
    exact_block,
    fire_critical,
    populations_before,
    record_step,
)
from symnum.integrators.stochastic.sde_steps import evaluate, normal
from symnum.integrators.stochastic.steps import initial_propensities, pass_outputs, stands_still, sum_of
from symnum.integrators.stochastic.streams import exponential
from symnum.integrators.stochastic.take_leap import begin_leaps, rests

__all__ = ["advance"]

HALVINGS = 60
"""A step that would take more than there is, is halved at most so often; then the rest is rounding."""


@compiled
def _move(integers, counts, factor):  # type: ignore[no-untyped-def]
    """Change the populations by fast reactions; return the lowest population and the greatest."""
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    slow = int_pointer(integers[at.I_WHOLE_WORK])
    y = float_pointer(integers[at.I_POPULATIONS])
    for r in range(integers[at.I_REACTIONS]):
        if slow[r] == 0:
            for k in range(heads[8 * r], heads[8 * r + 1]):
                y[states[k]] += factor * values[k] * counts[r]
    lowest, greatest = 0.0, 0.0
    for s in range(integers[at.I_STATES]):
        lowest, greatest = min(lowest, y[s]), max(greatest, y[s])
    return lowest, greatest


@compiled
def _slow_total(integers):  # type: ignore[no-untyped-def]
    slow = int_pointer(integers[at.I_WHOLE_WORK])
    a = float_pointer(integers[at.I_PROPENSITIES])
    total = 0.0
    for r in range(integers[at.I_REACTIONS]):
        if slow[r] != 0:
            total += max(a[r], 0.0)
    return total


@compiled
def _back(integers):  # type: ignore[no-untyped-def]
    y, before = float_pointer(integers[at.I_POPULATIONS]), populations_before(integers)
    for s in range(integers[at.I_STATES]):
        y[s] = before[s]


@compiled
def _step(integers, reals, size, bound):  # type: ignore[no-untyped-def]
    """Take one step of at most `size`, up to a slow reaction; return 0 or a code."""
    n = integers[at.I_REACTIONS]
    work = float_pointer(integers[at.I_WORK])
    counts = float_pointer(integers[at.I_WORK] + 8 * own.W_ARRAYS)
    a = float_pointer(integers[at.I_PROPENSITIES])
    y, before = float_pointer(integers[at.I_POPULATIONS]), populations_before(integers)
    slow, extents = int_pointer(integers[at.I_WHOLE_WORK]), extents_of(integers)
    t = reals[at.R_TIME]
    for s in range(integers[at.I_STATES]):
        before[s] = y[s]
    step = min(size, bound - t)
    _move(integers, a, 0.5 * step)
    code = evaluate(integers, reals, t + 0.5 * step)
    _back(integers)
    if code != 0:
        return code
    hazard, lowest, greatest, happens = _slow_total(integers), 0.0, 0.0, False
    for attempt in range(HALVINGS):
        happens = hazard * step >= work[own.W_HAZARD]
        if happens:
            step = work[own.W_HAZARD] / hazard
        for r in range(n):
            if slow[r] == 0:
                spread = normal(integers) * sqrt(max(a[r], 0.0) * step) if work[own.W_NOISE] != 0.0 else 0.0
                counts[r] = max(a[r], 0.0) * step + spread
        lowest, greatest = _move(integers, counts, 1.0)
        if lowest >= 0.0 or attempt == HALVINGS - 1:
            break
        _back(integers)
        integers[own.I_HALVED] += 1
        step *= 0.5
    if not greatest <= at.POPULATION_MOST:
        for s in range(integers[at.I_STATES]):
            if not y[s] <= at.POPULATION_MOST:
                blame(integers, s)
        return at.POPULATION_LIMIT
    events = 0.0
    for r in range(n):
        if slow[r] == 0:
            extent = extents[r] + counts[r]
            extents[r] = extent - floor(extent)
            events += max(counts[r], 0.0)
    work[own.W_HAZARD] -= hazard * step
    if happens and work[own.W_HAZARD] <= 1e-12:
        work[own.W_HAZARD] = exponential(integers)
        r = choose_critical(integers, hazard)
        if r >= 0 and fire_critical(integers, r) == 0:
            integers[at.I_EVENTS] += 1
            integers[own.I_EXACT_STEPS] += 1
    end = bound if t + step >= bound else t + step
    code = stands_still(integers, reals, t) if end == t else 0
    reals[at.R_TIME] = end
    integers[at.I_EVENTS] += int(events)
    integers[own.I_LEAPS] += 1
    return code


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take steps until the next known time, or until the slice is used up; see `layout` and `approximate_layout`."""
    n = integers[at.I_REACTIONS]
    a = float_pointer(integers[at.I_PROPENSITIES])
    work = float_pointer(integers[at.I_WORK])
    code = 0
    if begin_leaps(integers):
        work[own.W_HAZARD] = exponential(integers)
        for r in range(n):
            extents_of(integers)[r] = 0.0
            int_pointer(integers[at.I_WHOLE_WORK])[4 * n + 8 + r] = 0
    while integers[at.I_SLICE] > 0 and code == 0:
        if work[own.W_WAITING] > 0.0:
            code = exact_block(integers, reals, 0.0)
            continue
        t = reals[at.R_TIME]
        after = t + max(abs(t) * 2.3e-16, 1e-300)
        k = integers[at.I_GRID_NEXT]
        is_output = k < integers[at.I_GRID_SIZE] and float_pointer(integers[at.I_GRID])[k] < after
        if is_output or t >= reals[at.R_STOP]:
            settle_all(integers)
        if t >= reals[at.R_STOP]:
            pass_outputs(integers, reals, t)
            return at.STOPPED
        bound = min(pass_outputs(integers, reals, after), reals[at.R_STOP])
        code = initial_propensities(integers, reals)
        if code != 0:
            break
        fast, size = split(integers)
        if fast == 0:
            settle_all(integers)
            code = initial_propensities(integers, reals)
            total = sum_of(a, n)
            if code == 0 and rests(integers, reals, total):
                return at.STOPPED
            work[own.W_WAITING] = work[own.W_EXACT_STEPS]
            code = max(code, exact_block(integers, reals, total))
            continue
        code = _step(integers, reals, size, bound)
        integers[at.I_SLICE] -= 1
        if code == 0:
            code = record_step(integers, reals, reals[at.R_TIME])
            if code == at.CONDITION:
                settle_all(integers)
    return code
