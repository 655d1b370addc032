"""Sorting rows by their first column; equal ones keep their order."""

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.layout import SPARE

RUN = 16  # so many rows are sorted by insertion


@compiled
def insert(rows, width, start, end):
    """Sort a few rows."""
    for i in range(start + 1, end):
        k = i
        while k > start and rows[(k - 1) * width] > rows[k * width]:
            for c in range(width):
                held = rows[k * width + c]
                rows[k * width + c] = rows[(k - 1) * width + c]
                rows[(k - 1) * width + c] = held
            k -= 1


@compiled
def is_sorted(rows, width, start, end):
    """Tell whether rows are in order."""
    for i in range(start + 1, end):
        if rows[(i - 1) * width] > rows[i * width]:
            return False
    return True


@compiled
def merge(rows, spare, width, left, middle, end):
    """Merge two neighbouring runs."""
    for i in range(left * width, middle * width):
        spare[i - left * width] = rows[i]
    held, stop = 0, middle - left
    right, k = middle, left
    while held < stop:
        if right < end and rows[right * width] < spare[held * width]:
            for c in range(width):
                rows[k * width + c] = rows[right * width + c]
            right += 1
        else:
            for c in range(width):
                rows[k * width + c] = spare[held * width + c]
            held += 1
        k += 1


@compiled
def sort(s, rows, width, start, end):
    """Sort rows: runs by insertion, then merged."""
    if end - start <= RUN:
        insert(rows, width, start, end)
        return
    if is_sorted(rows, width, start, end):
        return
    for i in range(start, end, RUN):
        insert(rows, width, i, min(i + RUN, end))
    spare = int_pointer(s[SPARE])
    size = RUN
    while size < end - start:
        for left in range(start, end - size, 2 * size):
            merge(rows, spare, width, left, left + size, min(left + 2 * size, end))
        size *= 2
