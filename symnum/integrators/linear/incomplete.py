"""What incomplete factorisations share: pivots that are too small, and rows of the triangular solves."""

from symnum.integrators.compiled import compiled

__all__ = ["TINY", "replaced_pivot", "return_in_order", "subtract_row"]

#: A pivot smaller than this part of the largest entry of its row is replaced by that entry's size.
TINY = 1e-8


@compiled
def replaced_pivot(value, largest, counters):  # type: ignore[no-untyped-def]
    """Return the pivot, or the size of its row where it is tiny beside it; that is counted."""
    if abs(value) > TINY * largest:
        return value
    counters[1] += 1
    if largest == 0.0:
        return 1.0
    return largest if value >= 0.0 else -largest


@compiled
def subtract_row(total, first, last, columns, entries, x):  # type: ignore[no-untyped-def]
    """Return `total` less the product of a part of a row with x."""
    for q in range(first, last):
        total -= entries[q] * x[columns[q]]
    return total


@compiled
def return_in_order(n, order, x, b):  # type: ignore[no-untyped-def]
    """b := x in the order of the unknowns."""
    for i in range(n):
        b[order[i]] = x[i]
    return 0
