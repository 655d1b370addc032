"""What leaping methods do alike: how far a leap may go, what it changes, and what lies at output times within it.

Y. Cao, D. T. Gillespie and L. R. Petzold, "Efficient step size selection for the tau-leaping simulation method",
J. Chem. Phys. 124, 044109 (2006).
"""

from math import sqrt

from symnum.integrators.addresses import call_engine, float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled
from symnum.integrators.stochastic.steps import condition_changed
from symnum.integrators.stochastic.streams import uniform

__all__ = [
    "apply_counts",
    "balance",
    "blame",
    "choose_critical",
    "counts_of",
    "draw_counts",
    "exact_block",
    "fire_critical",
    "leap_size",
    "mark_critical",
    "outputs_within",
    "populations_before",
    "record_step",
]

_INFINITY = float("inf")


@compiled
def counts_of(integers):  # type: ignore[no-untyped-def]
    """Return the place of the counts of a leap."""
    return float_pointer(integers[at.I_WORK] + 8 * own.W_ARRAYS)


@compiled
def populations_before(integers):  # type: ignore[no-untyped-def]
    """Return the place of the populations before a leap; drift, variance, orders and outputs follow."""
    return float_pointer(integers[at.I_WORK] + 8 * (own.W_ARRAYS + integers[at.I_REACTIONS]))


@compiled
def mark_critical(integers):  # type: ignore[no-untyped-def]
    """Mark the reactions that could use up a reactant within a few events; return the sum of their propensities."""
    work = float_pointer(integers[at.I_WORK])
    critical = int_pointer(integers[at.I_WHOLE_WORK])
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    most = work[own.W_CRITICAL]
    total = 0.0
    for r in range(integers[at.I_REACTIONS]):
        critical[r] = 0
        if a[r] > 0.0:
            for k in range(heads[8 * r], heads[8 * r + 1]):
                if values[k] < 0.0 and y[states[k]] < -values[k] * most:
                    critical[r] = 1
            if critical[r] != 0:
                total += a[r]
    return total


@compiled
def balance(integers, r, other):  # type: ignore[no-untyped-def]
    """Return what is positive where two opposite reactions balance each other, up to fluctuations."""
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    least = _INFINITY
    for k in range(heads[8 * r], heads[8 * r + 1]):
        least = min(least, y[states[k]])
    share = max(float_pointer(integers[at.I_WORK])[own.W_EQUILIBRIUM], min(4.0 / sqrt(least + 1.0), 0.5))
    return share * max(a[r], a[other]) - abs(a[r] - a[other])


@compiled
def leap_size(integers, is_implicit):  # type: ignore[no-untyped-def]
    """Return the time in which no propensity is expected to change by more than epsilon of it.

    Mean and variance of the change of each population that is a reactant are bounded; beside that, half of what is
    taken away, also where as much is made: an explicit leap as long as the time in which a population is renewed
    would inflate its variance, by the ratio 1/(1 - epsilon) with this bound. For an implicit leap, pairs of
    reactions that run both ways equally fast, up to fluctuations, do not count (Y. Cao, D. T. Gillespie and L. R.
    Petzold, "Adaptive explicit-implicit tau-leaping method with automatic tau selection", J. Chem. Phys. 126, 224101
    (2007)).
    """
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    work = float_pointer(integers[at.I_WORK])
    critical = int_pointer(integers[at.I_WHOLE_WORK])
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    first = own.W_ARRAYS + n + size
    outflow = first + 4 * size
    for s in range(size):
        work[first + s] = 0.0
        work[first + size + s] = 0.0
        work[outflow + s] = 0.0
    for r in range(n):
        if a[r] > 0.0 and critical[r] == 0:
            other = critical[n + r]
            balanced = 0.0 if is_implicit and other >= 0 else -1.0
            if balanced == 0.0:
                balanced = balance(integers, r, other)
            for k in range(heads[8 * r], heads[8 * r + 1] if balanced < 0.0 else heads[8 * r]):
                work[first + states[k]] += values[k] * a[r]
                work[first + size + states[k]] += values[k] * values[k] * a[r]
                work[outflow + states[k]] += max(-values[k], 0.0) * a[r]
    orders = first + 2 * size
    found = _INFINITY
    for s in range(size):
        if work[orders + s] > 0.0 and work[first + size + s] > 0.0:
            copies = work[orders + size + s]
            steepness = 0.0
            m = 0.0
            while m < copies:
                steepness += y[s] / max(y[s] - m, 1.0)
                m += 1.0
            allowed = max(work[own.W_EPSILON] * y[s] * copies / (work[orders + s] * max(steepness, 1.0)), 1.0)
            found = min(found, allowed * allowed / work[first + size + s])
            change = max(abs(work[first + s]), 0.5 * work[outflow + s])
            if change > 0.0:
                found = min(found, allowed / change)
    return found


@compiled
def apply_counts(integers):  # type: ignore[no-untyped-def]
    """Change the populations by the counts; return 0, or a code and nothing changed."""
    n, size = integers[at.I_REACTIONS], integers[at.I_STATES]
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    y = float_pointer(integers[at.I_POPULATIONS])
    counts, before = counts_of(integers), populations_before(integers)
    for s in range(size):
        before[s] = y[s]
    for r in range(n):
        if counts[r] > 0.0:
            for k in range(heads[8 * r], heads[8 * r + 1]):
                y[states[k]] += values[k] * counts[r]
    code = 0
    for s in range(size):
        if not 0.0 <= y[s] <= at.POPULATION_MOST:
            code = max(code, at.NEGATIVE_POPULATION if y[s] < 0.0 else at.POPULATION_LIMIT)
            if y[s] >= 0.0:
                code = at.POPULATION_LIMIT
                blame(integers, s)
                break
    if code != 0:
        for s in range(size):
            y[s] = before[s]
    return code


@compiled
def blame(integers, s):  # type: ignore[no-untyped-def]
    """Note the reaction that makes most of a state."""
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    counts = counts_of(integers)
    most = 0.0
    for r in range(integers[at.I_REACTIONS]):
        for k in range(heads[8 * r], heads[8 * r + 1]):
            if states[k] == s and values[k] * counts[r] > most:
                most = values[k] * counts[r]
                integers[at.I_REACTION] = r


@compiled
def outputs_within(integers, reals, end):  # type: ignore[no-untyped-def]
    """Write the populations at output times between the time reached and the end of a leap."""
    k = integers[at.I_GRID_NEXT]
    if k < integers[at.I_GRID_SIZE] and float_pointer(integers[at.I_GRID])[k] < end:
        float_pointer(integers[at.I_WORK])[own.W_END] = end
        call_engine(int_pointer(integers[at.I_WHOLE_WORK])[2 * integers[at.I_REACTIONS]], integers, reals)


@compiled
def draw_counts(integers, reals, duration):  # type: ignore[no-untyped-def]
    """Draw how often each reaction that is not critical happens; return how often in all."""
    work = float_pointer(integers[at.I_WORK])
    work[own.W_END] = duration
    call_engine(int_pointer(integers[at.I_WHOLE_WORK])[2 * integers[at.I_REACTIONS] + 1], integers, reals)
    return work[own.W_END]


@compiled
def choose_critical(integers, total):  # type: ignore[no-untyped-def]
    """Return a critical reaction, drawn in proportion to the propensities; `total` is their sum."""
    critical = int_pointer(integers[at.I_WHOLE_WORK])
    a = float_pointer(integers[at.I_PROPENSITIES])
    target = uniform(integers) * total
    chosen = -1
    for r in range(integers[at.I_REACTIONS]):
        if critical[r] != 0 and a[r] > 0.0:
            chosen = r
            target -= a[r]
            if target < 0.0:
                break
    return chosen


@compiled
def fire_critical(integers, r):  # type: ignore[no-untyped-def]
    """Change the populations by one event of a critical reaction, where leaps before it have left enough."""
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    y = float_pointer(integers[at.I_POPULATIONS])
    for k in range(heads[8 * r], heads[8 * r + 1]):
        if y[states[k]] + values[k] < 0.0:
            return at.NEGATIVE_POPULATION
    for k in range(heads[8 * r], heads[8 * r + 1]):
        y[states[k]] += values[k]
    return 0


@compiled
def record_step(integers, reals, t):  # type: ignore[no-untyped-def]
    """Enter a step in the record, and look at conditions; return 0 or a code to return with."""
    code = 0
    if integers[at.I_CAPACITY] > 0:
        k = integers[at.I_RECORDED]
        float_pointer(integers[at.I_TIMES])[k] = t
        int32_pointer(integers[at.I_FIRED])[k] = -1
        integers[at.I_RECORDED] = k + 1
        code = _record_populations(integers)
    if integers[at.I_WATCH] != 0:
        changed = condition_changed(integers, reals, t)
        if changed != 0:
            code = at.CONDITION if changed > 0 else at.KERNEL_FAILURE
    return code


@compiled
def _record_populations(integers):  # type: ignore[no-untyped-def]
    """Write the populations beside the last entry of the record; return RECORD_FULL or 0."""
    k, size = integers[at.I_RECORDED], integers[at.I_STATES]
    place = float_pointer(integers[own.I_POPULATION_RECORD])
    y = float_pointer(integers[at.I_POPULATIONS])
    for s in range(size):
        place[(k - 1) * size + s] = y[s]
    return at.RECORD_FULL if k == integers[at.I_CAPACITY] else 0


@compiled
def exact_block(integers, reals, total):  # type: ignore[no-untyped-def]
    """Take exact steps, as many as are left of a block and of the slice; return 0 or the code of their engine.

    `total` is the sum of the propensities where they were evaluated anew, and 0 where the block goes on.
    """
    work = float_pointer(integers[at.I_WORK])
    if total > 0.0:
        reals[at.R_TOTAL] = reals[at.R_LARGEST_TOTAL] = total
        reals[at.R_SUMMED] = 0.0
        integers[at.I_STARTED] = 1
    code = 0
    slice_left = integers[at.I_SLICE]
    while work[own.W_WAITING] > 0.0 and slice_left > 0 and code == 0:
        allowed = min(int(work[own.W_WAITING]), slice_left)
        if integers[at.I_CAPACITY] > 0:
            allowed = 1
        integers[at.I_SLICE] = allowed
        before, recorded = integers[at.I_EVENTS], integers[at.I_RECORDED]
        code = call_engine(integers[own.I_EXACT_ENGINE], integers, reals)
        done = integers[at.I_EVENTS] - before
        if integers[at.I_CAPACITY] > 0 and integers[at.I_RECORDED] > recorded:
            _record_populations(integers)
        integers[own.I_EXACT_STEPS] += done
        work[own.W_WAITING] -= done
        slice_left -= max(done, 1)
    integers[at.I_SLICE] = slice_left
    return code
