"""Counting values in bins that are as wide as need be: powers of two, so that no order of values matters.

Each cell (a quantity at an output time) has `bins` counts. Bin i is ``[(base + i) 2^e, (base + i + 1) 2^e)``: bins of
all cells of one width coincide, and two of them make one of the next width. The exponent e is the smallest with which
all values so far fit, so it depends on the least and the greatest value alone, and counts are exact for these bins. For
whole numbers e is at least 0.
"""

from symnum.integrators.addresses import float_pointer, int32_pointer, int_pointer
from symnum.integrators.ensembles.compiled import statistics

__all__ = ["A_BASES", "A_COUNTS", "A_EXPONENTS", "A_HIGH", "A_LOST", "A_LOW", "A_SCRATCH", "A_WHOLE", "ADDRESSES"]
__all__ += ["count", "merge_counts"]

# Places in the array of addresses that describes the counts of all cells.
A_EXPONENTS, A_BASES, A_LOW, A_HIGH, A_LOST, A_WHOLE, A_COUNTS, A_SCRATCH = 0, 1, 2, 3, 4, 5, 6, 7
ADDRESSES = 8

_LARGEST_WHOLE = 4611686018427387904.0  # indices are 64-bit numbers
# Of other numbers: smaller ones count as 0, larger ones as not finite; then no product with a scale is rounded.
_SMALLEST_REAL, _LARGEST_REAL = 1e-180, 1e120
_LARGEST_INDEX = 4503599627370496.0  # 2^52


@statistics.compiled
def _power_of_two(e):  # type: ignore[no-untyped-def]
    """Return 2^e for -1000 < e < 1000."""
    value = 1.0
    step = 2.0 if e > 0 else 0.5
    left = e if e > 0 else -e
    while left > 0:
        if left & 1:
            value *= step
        step *= step
        left >>= 1
    return value


@statistics.compiled
def _floor(value):  # type: ignore[no-untyped-def]
    """Return the whole number below; |value| < 2^62."""
    k = int(value)
    return k - 1 if k > value else k


@statistics.compiled
def _exponent_for(low, high, least, bins, whole):  # type: ignore[no-untyped-def]
    """Return the smallest exponent, from `least` on, with which the values from low to high fit."""
    e = least
    scale = _power_of_two(-e)
    largest = max(-low, high)
    if whole == 0:
        while not largest * scale < _LARGEST_INDEX:
            e += 1
            scale *= 0.5
    while _floor(high * scale) - _floor(low * scale) >= bins:
        e += 1
        scale *= 0.5
    return e


@statistics.compiled
def _make_room(book, cell, bins):  # type: ignore[no-untyped-def]
    """Widen and move the bins of a cell so that its least and its greatest value lie in them."""
    exponents, bases = int_pointer(book[A_EXPONENTS]), int_pointer(book[A_BASES])
    low, high = float_pointer(book[A_LOW])[cell], float_pointer(book[A_HIGH])[cell]
    row, scratch = int32_pointer(book[A_COUNTS] + 4 * cell * bins), int32_pointer(book[A_SCRATCH])
    before, base = exponents[cell], bases[cell]
    e = _exponent_for(low, high, before, bins, int32_pointer(book[A_WHOLE])[cell])
    scale = _power_of_two(-e)
    first, last = _floor(low * scale), _floor(high * scale)
    if e == before and first >= base and last < base + bins:
        return
    new_base = first - (bins - (last - first + 1)) // 2
    for i in range(bins):
        scratch[i] = row[i]
        row[i] = 0
    for i in range(bins):
        if scratch[i] != 0:
            place = ((base + i) >> min(e - before, 63)) - new_base
            if place >= 0 and place < bins:
                row[place] += scratch[i]
    exponents[cell], bases[cell] = e, new_base


@statistics.compiled_callback(
    "int64(CPointer(int64), int64, int64, CPointer(float64), CPointer(int32), int64)", seconds=0.5, optimise=2
)
def count(book, cells, bins, x, good, rows):  # type: ignore[no-untyped-def]
    """Count the values of the good rows.

    Parameters
    ----------
    book : pointer to int64[ADDRESSES]
        Of exponents and bases (int64), least and greatest values (float64), values that are not finite (int64), whether
        values are whole (int32), all per cell; counts, int32[cells, bins]; scratch, int32[bins].
    x : pointer to float64[rows, cells]
    good : pointer to int32[rows]
    """
    exponents, bases = int_pointer(book[A_EXPONENTS]), int_pointer(book[A_BASES])
    lows, highs = float_pointer(book[A_LOW]), float_pointer(book[A_HIGH])
    lost, wholes = int_pointer(book[A_LOST]), int32_pointer(book[A_WHOLE])
    for c in range(cells):
        row = int32_pointer(book[A_COUNTS] + 4 * c * bins)
        low, high = lows[c], highs[c]
        limit = _LARGEST_WHOLE if wholes[c] != 0 else _LARGEST_REAL
        base = bases[c]
        scale = _power_of_two(-exponents[c])
        for k in range(rows):
            if good[k] != 0:
                v = x[k * cells + c]
                if abs(v) < _SMALLEST_REAL:
                    v = 0.0
                if not (low <= v and v <= high):
                    if not (-limit < v and v < limit):
                        lost[c] += 1
                        continue
                    low, high = min(low, v), max(high, v)
                    lows[c], highs[c] = low, high
                    _make_room(book, c, bins)
                    base = bases[c]
                    scale = _power_of_two(-exponents[c])
                place = _floor(v * scale) - base
                if place >= 0 and place < bins:  # always, but memory is at stake
                    row[place] += 1
                else:
                    lost[c] += 1
    return 0


@statistics.compiled_callback("int64(CPointer(int64), CPointer(int64), int64, int64)", seconds=0.5, optimise=2)
def merge_counts(book, other, cells, bins):  # type: ignore[no-untyped-def]
    """Add the counts of another book of the same cells and bins."""
    lows, highs = float_pointer(book[A_LOW]), float_pointer(book[A_HIGH])
    for c in range(cells):
        int_pointer(book[A_LOST])[c] += int_pointer(other[A_LOST])[c]
        low, high = float_pointer(other[A_LOW])[c], float_pointer(other[A_HIGH])[c]
        if not low <= high:
            continue
        lows[c], highs[c] = min(lows[c], low), max(highs[c], high)
        _make_room(book, c, bins)
        row = int32_pointer(book[A_COUNTS] + 4 * c * bins)
        added = int32_pointer(other[A_COUNTS] + 4 * c * bins)
        shift = min(int_pointer(book[A_EXPONENTS])[c] - int_pointer(other[A_EXPONENTS])[c], 63)
        start, base = int_pointer(other[A_BASES])[c], int_pointer(book[A_BASES])[c]
        for i in range(bins):
            if added[i] != 0:
                place = ((start + i) >> shift) - base
                if place >= 0 and place < bins:
                    row[place] += added[i]
    return 0
