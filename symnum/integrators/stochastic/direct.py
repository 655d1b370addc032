"""The direct method: one exponential number for the time, one uniform number for the reaction.

D. T. Gillespie, "Exact stochastic simulation of coupled chemical reactions", J. Phys. Chem. 81, 2340 (1977).
Propensities are changed where the dependency graph says so. Their total is kept up to date and summed anew before its
rounding errors could matter: after k changes the error is below k ulps of the greatest total since the last sum.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.steps import begin, changes_of, sum_of, update
from symnum.integrators.stochastic.streams import uniform
from symnum.integrators.stochastic.take_events import exponential_wait, take_events

__all__ = ["advance", "enter_changes", "last_possible", "search", "sum_propensities"]


@compiled
def search(a, n, target):  # type: ignore[no-untyped-def]
    """Return the first index at which the running sum exceeds `target`, or n."""
    r = 0
    running = a[0]
    while running <= target:
        r += 1
        if r == n:
            return n
        running += a[r]
    return r


@compiled
def last_possible(a, n):  # type: ignore[no-untyped-def]
    """Return the last reaction that can happen: rounding has led a search beyond it."""
    r = n - 1
    while r > 0 and a[r] == 0.0:
        r -= 1
    return r


@compiled
def sum_propensities(integers, total):  # type: ignore[no-untyped-def]
    """Return the sum of all propensities."""
    return sum_of(float_pointer(integers[at.I_PROPENSITIES]), integers[at.I_REACTIONS])


@compiled
def _draw(integers, total):  # type: ignore[no-untyped-def]
    n = integers[at.I_REACTIONS]
    a = float_pointer(integers[at.I_PROPENSITIES])
    r = search(a, n, uniform(integers) * total)
    return last_possible(a, n) if r == n else r


@compiled
def enter_changes(integers, reals, r, t, total):  # type: ignore[no-untyped-def]
    """Evaluate what an event has changed; return the total and the number of changes."""
    total = update(integers, reals, r, total)
    return total, changes_of(integers, int32_pointer(integers[at.I_HEADS]), r)


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    code = begin(integers, reals)
    return take_events(integers, reals, code, sum_propensities, exponential_wait, _draw, enter_changes)
