"""What all exact engines do alike: propensities, changes of populations, output at given times, records of events."""

from symnum.integrators.addresses import call_kernel, float_pointer, int32_pointer, int_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled

__all__ = [
    "after_event",
    "begin",
    "changes_of",
    "checked",
    "condition_changed",
    "evaluate_group",
    "factorial_propensity",
    "fire",
    "initial_propensities",
    "not_finite",
    "pass_outputs",
    "propensity",
    "reach",
    "stands_still",
    "sum_of",
    "update",
    "update_others",
]

_INFINITY = float("inf")
_NAN = float("nan")


@compiled
def factorial_propensity(integers, r, y):  # type: ignore[no-untyped-def]
    """Return constant times falling factorials of the reactants."""
    starts = int32_pointer(integers[at.I_REACTANT_STARTS])
    reactants = int32_pointer(integers[at.I_REACTANTS])
    multiplicities = int32_pointer(integers[at.I_MULTIPLICITIES])
    value = float_pointer(integers[at.I_COEFFICIENTS])[2 * r]
    for k in range(starts[r], starts[r + 1]):
        x = y[reactants[k]]
        for m in range(multiplicities[k]):
            value *= max(x - m, 0.0)
    return value


@compiled
def evaluate_group(integers, t, group):  # type: ignore[no-untyped-def]
    """Evaluate the general rates of a group; return 0, or the code of a failure."""
    table = int_pointer(integers[at.I_GROUP_TABLE] + 48 * group)
    y = float_pointer(integers[at.I_POPULATIONS])
    p = float_pointer(integers[at.I_PARAMETERS])
    out = float_pointer(table[2])
    integers[at.I_EVALUATIONS] += 1
    if call_kernel(table[0], t, y, p, table[1], out) != 0:
        integers[at.I_REACTION] = int32_pointer(integers[at.I_GROUP_REACTIONS])[table[3]]
        return at.KERNEL_FAILURE
    return 0


@compiled
def checked(integers, r, value):  # type: ignore[no-untyped-def]
    """Return 0 for a propensity that is a number and not negative, or the code of the failure."""
    if 0.0 <= value < _INFINITY:
        return 0
    integers[at.I_REACTION] = r
    if value < 0.0:
        return at.NEGATIVE_PROPENSITY
    return at.NOT_FINITE


@compiled
def propensity(integers, r):  # type: ignore[no-untyped-def]
    """Return the propensity of a simple reaction."""
    partners = int32_pointer(integers[at.I_PARTNERS])
    coefficients = float_pointer(integers[at.I_COEFFICIENTS])
    y = float_pointer(integers[at.I_POPULATIONS])
    return coefficients[2 * r] * y[partners[2 * r]] * (y[partners[2 * r + 1]] - coefficients[2 * r + 1])


@compiled
def initial_propensities(integers, reals):  # type: ignore[no-untyped-def]
    """Evaluate all propensities; return 0 or the code of a failure."""
    a = float_pointer(integers[at.I_PROPENSITIES])
    y = float_pointer(integers[at.I_POPULATIONS])
    heads = int32_pointer(integers[at.I_HEADS])
    for r in range(integers[at.I_REACTIONS]):
        kind = heads[8 * r + 7] & 7
        if kind == at.SIMPLE:
            a[r] = propensity(integers, r)
        elif kind == at.FACTORIAL:
            a[r] = factorial_propensity(integers, r, y)
    members = int32_pointer(integers[at.I_GROUP_REACTIONS])
    for group in range(integers[at.I_GROUPS]):
        code = evaluate_group(integers, reals[at.R_TIME], group)
        if code != 0:
            return code
        table = int_pointer(integers[at.I_GROUP_TABLE] + 48 * group)
        out = float_pointer(table[2])
        for k in range(table[3], table[4]):
            a[members[k]] = out[k - table[3]]
    for r in range(integers[at.I_REACTIONS]):
        code = checked(integers, r, a[r])
        if code != 0:
            return code
    return 0


@compiled
def sum_of(a, n):  # type: ignore[no-untyped-def]
    """Return the sum of n numbers, in pairs of eight running sums, so that its error is small."""
    s0 = s1 = s2 = s3 = 0.0
    k = 0
    while k + 4 <= n:
        s0 += a[k]
        s1 += a[k + 1]
        s2 += a[k + 2]
        s3 += a[k + 3]
        k += 4
    while k < n:
        s0 += a[k]
        k += 1
    return (s0 + s1) + (s2 + s3)


@compiled
def not_finite(integers, a, n):  # type: ignore[no-untyped-def]
    """Note the first reaction whose propensity is negative or no finite number; return the code of the failure."""
    integers[at.I_REACTION] = 0
    for r in range(n):
        code = checked(integers, r, a[r])
        if code != 0:
            return code
    return at.NOT_FINITE


@compiled
def _set(integers, q, value):  # type: ignore[no-untyped-def]
    float_pointer(integers[at.I_PROPENSITIES])[q] = value
    return False


@compiled
def update_others(integers, reals, r, total, enter):  # type: ignore[no-untyped-def]
    """Evaluate the dependents of a reaction that are not simple; return the new total, NaN where an entry asks for it.

    ``enter(integers, q, value)`` puts the propensity of a reaction in its place. A failure's code is left in
    ``integers[I_OTHER]``, the number of changed general rates in the place after it.
    """
    a = float_pointer(integers[at.I_PROPENSITIES])
    y = float_pointer(integers[at.I_POPULATIONS])
    heads = int32_pointer(integers[at.I_HEADS])
    dependents = int32_pointer(integers[at.I_DEPENDENTS])
    failure = 0
    for k in range(heads[8 * r + 3], heads[8 * r + 4]):
        q = dependents[k]
        value = factorial_propensity(integers, q, y)
        failure = max(failure, checked(integers, q, value))
        total += value - a[q]
        if enter(integers, q, value):
            total = _NAN
    changed = int32_pointer(integers[at.I_GROUP_DEPENDENTS])
    members = int32_pointer(integers[at.I_GROUP_REACTIONS])
    count = 0
    for k in range(heads[8 * r + 5], heads[8 * r + 6]):
        failure = max(failure, evaluate_group(integers, reals[at.R_TIME], changed[k]))
        table = int_pointer(integers[at.I_GROUP_TABLE] + 48 * changed[k])
        out = float_pointer(table[2])
        for m in range(table[3], table[4]):
            q = members[m]
            value = out[m - table[3]]
            failure = max(failure, checked(integers, q, value))
            total += value - a[q]
            if enter(integers, q, value):
                total = _NAN
            count += 1
    integers[at.I_OTHER] = failure
    integers[at.I_OTHER + 1] = count
    return total


@compiled
def update(integers, reals, r, total):  # type: ignore[no-untyped-def]
    """Evaluate the propensities that depend on what a reaction has changed; return the new total."""
    heads = int32_pointer(integers[at.I_HEADS])
    partners = int32_pointer(integers[at.I_PARTNERS])
    coefficients = float_pointer(integers[at.I_COEFFICIENTS])
    dependents = int32_pointer(integers[at.I_DEPENDENTS])
    y = float_pointer(integers[at.I_POPULATIONS])
    a = float_pointer(integers[at.I_PROPENSITIES])
    for k in range(heads[8 * r + 2], heads[8 * r + 3]):
        q = dependents[k]
        value = coefficients[2 * q] * y[partners[2 * q]] * (y[partners[2 * q + 1]] - coefficients[2 * q + 1])
        total += value - a[q]
        a[q] = value
    if heads[8 * r + 7] >= at.HAS_OTHERS:
        total = update_others(integers, reals, r, total, _set)
    return total


@compiled
def changes_of(integers, heads, r):  # type: ignore[no-untyped-def]
    """Return how many propensities an event has changed, at most."""
    count = heads[8 * r + 4] - heads[8 * r + 2]
    if heads[8 * r + 6] > heads[8 * r + 5]:
        count += integers[at.I_OTHER + 1]
    return count


@compiled
def fire(integers, r, y):  # type: ignore[no-untyped-def]
    """Change the populations by one event; return 0, or the code of a failure, with nothing changed."""
    heads = int32_pointer(integers[at.I_HEADS])
    states = int32_pointer(integers[at.I_CHANGE_STATES])
    values = float_pointer(integers[at.I_CHANGE_VALUES])
    begin, end = heads[8 * r], heads[8 * r + 1]
    for k in range(begin, end):
        s = states[k]
        value = y[s] + values[k]
        if value < 0.0 or value > at.POPULATION_MOST:
            for j in range(begin, k):
                y[states[j]] -= values[j]
            return at.NEGATIVE_POPULATION if value < 0.0 else at.POPULATION_LIMIT
        y[s] = value
    return 0


@compiled
def pass_outputs(integers, reals, until):  # type: ignore[no-untyped-def]
    """Write the populations at all output times before `until`; return the next one (infinity: none is left).

    At the end of a run (`I_IS_END`) the output times equal to the end are written too.
    """
    if integers[at.I_GRID_SIZE] == 0:
        return _INFINITY
    grid = float_pointer(integers[at.I_GRID])
    out = float_pointer(integers[at.I_OUT])
    y = float_pointer(integers[at.I_POPULATIONS])
    kept = int32_pointer(integers[at.I_KEPT])
    count = integers[at.I_KEPT_COUNT]
    k = integers[at.I_GRID_NEXT]
    stop = reals[at.R_STOP]
    last = integers[at.I_IS_END] != 0 and until >= stop
    while k < integers[at.I_GRID_SIZE] and ((grid[k] < until and grid[k] < stop) or (last and grid[k] <= stop)):
        for j in range(count):
            out[k * count + j] = y[kept[j]]
        k += 1
    integers[at.I_GRID_NEXT] = k
    if k < integers[at.I_GRID_SIZE]:
        return grid[k]
    return _INFINITY


@compiled
def condition_changed(integers, reals, t):  # type: ignore[no-untyped-def]
    """Whether a watched comparison is no longer what it was; negative after a failure of the model's code."""
    y = float_pointer(integers[at.I_POPULATIONS])
    p = float_pointer(integers[at.I_PARAMETERS])
    out = float_pointer(integers[at.I_WATCH_OUT])
    if call_kernel(integers[at.I_WATCH], t, y, p, integers[at.I_WATCH_CONTEXT], out) != 0:
        return -1
    truth = int_pointer(integers[at.I_WATCH_TRUTH])
    kinds = int_pointer(integers[at.I_WATCH_KINDS])
    for k in range(integers[at.I_WATCH_COUNT]):
        if kinds[k] >= 0 and (out[k] > 0.0 or (out[k] == 0.0 and kinds[k] == 1)) != (truth[k] != 0):
            return 1
    return 0


@compiled
def begin(integers, reals):  # type: ignore[no-untyped-def]
    """Evaluate and sum all propensities where this is the first call of a trajectory; return 0 or a failure's code."""
    if integers[at.I_STARTED] != 0:
        return 0
    integers[at.I_OTHER] = integers[at.I_OTHER + 1] = 0
    code = initial_propensities(integers, reals)
    if code != 0:
        return code
    integers[at.I_STARTED] = 1
    total = sum_of(float_pointer(integers[at.I_PROPENSITIES]), integers[at.I_REACTIONS])
    reals[at.R_TOTAL] = reals[at.R_LARGEST_TOTAL] = total
    reals[at.R_SUMMED] = 0.0
    return 0


@compiled
def stands_still(integers, reals, t):  # type: ignore[no-untyped-def]
    """Count an event that happens without the time advancing; return EXPLOSION where there are too many, or 0."""
    if reals[at.R_STILL] != t:
        reals[at.R_STILL] = t
        integers[at.I_STILL] = 0
    integers[at.I_STILL] += 1
    return at.EXPLOSION if integers[at.I_STILL] > at.STILL_MOST else 0


@compiled
def reach(integers, reals, t, later, bound):  # type: ignore[no-untyped-def]
    """Go from `t` on to the time of the next event, past the known times before it, of which `bound` is the first.

    Returns the time that is reached, the next known time, and STOPPED where the end comes before the event, EXPLOSION
    where the time has stood still too often, or 0.
    """
    if later >= bound:
        stop = reals[at.R_STOP]
        bound = min(pass_outputs(integers, reals, later), stop)
        if later >= stop:
            return stop, bound, at.STOPPED
    return later, bound, (stands_still(integers, reals, t) if later == t else 0)


@compiled
def after_event(integers, reals, r, t, failure):  # type: ignore[no-untyped-def]
    """Enter an event in the record, and look at conditions; return `failure`, or where that is 0 what is to be done."""
    code = failure
    if integers[at.I_CAPACITY] > 0:
        k = integers[at.I_RECORDED]
        float_pointer(integers[at.I_TIMES])[k] = t
        int32_pointer(integers[at.I_FIRED])[k] = r
        integers[at.I_RECORDED] = k + 1
        if k + 1 == integers[at.I_CAPACITY] and failure == 0:
            code = at.RECORD_FULL
    if integers[at.I_WATCH] != 0 and failure == 0:
        changed = condition_changed(integers, reals, t)
        if changed != 0:
            code = at.CONDITION if changed > 0 else at.KERNEL_FAILURE
    return code
