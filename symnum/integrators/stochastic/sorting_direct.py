"""The sorting direct method: as the direct method, with reactions that happen often moved to the front of the search.

J. M. McCollum, G. D. Peterson, C. D. Cox, M. L. Simpson and N. F. Samatova, "The sorting direct method for stochastic
simulation of biochemical systems with varying reaction execution behavior", Comput. Biol. Chem. 30, 39 (2006).
"""

from symnum.integrators.addresses import float_pointer, int_pointer
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled, compiled_callback
from symnum.integrators.stochastic.direct import enter_changes, sum_propensities
from symnum.integrators.stochastic.steps import begin
from symnum.integrators.stochastic.streams import uniform
from symnum.integrators.stochastic.take_events import exponential_wait, take_events

__all__ = ["advance"]


@compiled
def _search(a, order, n, target):  # type: ignore[no-untyped-def]
    """Return the place in the order at which the running sum exceeds `target`; the last possible one if none does."""
    running = a[order[0]]
    k = 0
    while running <= target:
        k += 1
        if k == n:
            k = n - 1
            while k > 0 and a[order[k]] == 0.0:
                k -= 1
            return k
        running += a[order[k]]
    return k


@compiled
def _begin_sorted(integers, reals):  # type: ignore[no-untyped-def]
    """Begin with the order of declaration."""
    is_first = integers[at.I_STARTED] == 0
    code = begin(integers, reals)
    if is_first:
        order = int_pointer(integers[at.I_WHOLE_WORK])
        for r in range(integers[at.I_REACTIONS]):
            order[r] = r
    return code


@compiled
def _draw(integers, total):  # type: ignore[no-untyped-def]
    """Draw a reaction, and move it one place to the front."""
    a = float_pointer(integers[at.I_PROPENSITIES])
    order = int_pointer(integers[at.I_WHOLE_WORK])
    k = _search(a, order, integers[at.I_REACTIONS], uniform(integers) * total)
    r = order[k]
    if k > 0:
        order[k] = order[k - 1]
        order[k - 1] = r
    return r


@compiled_callback("int32(CPointer(int64), CPointer(float64))", seconds=0.5)
def advance(integers, reals):  # type: ignore[no-untyped-def]
    """Take events until the next known time, or until the slice is used up; see `layout`."""
    code = _begin_sorted(integers, reals)
    return take_events(integers, reals, code, sum_propensities, exponential_wait, _draw, enter_changes)
