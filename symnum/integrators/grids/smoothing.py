"""Sweeps of Gauss and Seidel over the cells of a grid, in the colours of a chessboard, and residuals.

All fields of a cell are solved for at once; `levels` describes what they are called with. Source: Trottenberg,
Oosterlee and Schueller, Multigrid, Academic Press 2001.
"""

from symnum.integrators.addresses import float_pointer, offset
from symnum.integrators.compiled import compiled
from symnum.integrators.grids.couplings import FIELDS, FIRST, PERIODIC0
from symnum.integrators.grids.levels import L_B, L_BLOCKS, L_CELLS, L_COUPLINGS, L_R, L_REST, L_X, ROW

__all__ = ["first_sweep", "half_sweep", "residual"]


@compiled
def _row_sums(a, level, i, j, x, b, sums):  # type: ignore[no-untyped-def]
    """sums = b plus all couplings of a row of cells with their neighbours in x."""
    fields = a[FIELDS]
    cells = level[L_CELLS]
    m = level[2]
    row = (i * level[1] + j) * m
    couplings = float_pointer(level[L_COUPLINGS])
    for f in range(fields):
        total = offset(sums, f * m)
        source = offset(b, f * cells + row)
        for q in range(m):
            total[q] = source[q]
    for axis in range(a[FIRST], 3):
        for side in range(2):
            k = offset(couplings, ((axis - a[FIRST]) * 2 + side) * fields * cells + row)
            n = level[axis]
            if axis == 2:
                _along_row(fields, cells, m, side, a[PERIODIC0 + 2], k, offset(x, row), sums)
                continue
            here = i if axis == 0 else j
            stride = m * level[1] if axis == 0 else m
            step = -stride if side == 0 else stride
            if (side == 0 and here == 0) or (side == 1 and here == n - 1):
                if a[PERIODIC0 + axis] == 0:
                    continue
                step *= 1 - n
            for f in range(fields):
                total = offset(sums, f * m)
                weight = offset(k, f * cells)
                there = offset(x, f * cells + row + step)
                for q in range(m):
                    total[q] += weight[q] * there[q]


@compiled
def _along_row(fields, cells, m, side, periodic, k, x, sums):  # type: ignore[no-untyped-def]
    """The part of the neighbours in the row itself."""
    for f in range(fields):
        total = offset(sums, f * m)
        weight = offset(k, f * cells)
        here = offset(x, f * cells)
        if side == 0:
            if periodic != 0:
                total[0] += weight[0] * here[m - 1]
            for q in range(1, m):
                total[q] += weight[q] * here[q - 1]
        else:
            for q in range(m - 1):
                total[q] += weight[q] * here[q + 1]
            if periodic != 0:
                total[m - 1] += weight[m - 1] * here[0]


@compiled
def _update_row(fields, cells, m, start, blocks, sums, x):  # type: ignore[no-untyped-def]
    """Every second cell of a row from `start` on := the inverse block times the sums."""
    for f in range(fields):
        target = offset(x, f * cells)
        for g in range(fields):
            block = offset(blocks, (f * fields + g) * cells)
            total = offset(sums, g * m)
            if g == 0:
                for q in range(start, m, 2):
                    target[q] = block[q] * total[q]
            else:
                for q in range(start, m, 2):
                    target[q] += block[q] * total[q]


@compiled
def half_sweep(a, level, colour):  # type: ignore[no-untyped-def]
    """Solve for the cells of a colour."""
    x = float_pointer(level[L_X])
    b = float_pointer(level[L_B])
    blocks = float_pointer(level[L_BLOCKS])
    sums = float_pointer(a[ROW])
    m = level[2]
    for i in range(level[0]):
        for j in range(level[1]):
            row = (i * level[1] + j) * m
            _row_sums(a, level, i, j, x, b, sums)
            start = (i + j + colour) % 2
            _update_row(a[FIELDS], level[L_CELLS], m, start, offset(blocks, row), sums, offset(x, row))


@compiled
def first_sweep(a, level):  # type: ignore[no-untyped-def]
    """A sweep that begins with zero: the first colour has no neighbours."""
    x = float_pointer(level[L_X])
    b = float_pointer(level[L_B])
    blocks = float_pointer(level[L_BLOCKS])
    sums = float_pointer(a[ROW])
    fields = a[FIELDS]
    cells = level[L_CELLS]
    m = level[2]
    for i in range(fields * cells):
        x[i] = 0.0
    for i in range(level[0]):
        for j in range(level[1]):
            row = (i * level[1] + j) * m
            for f in range(fields):
                source = offset(b, f * cells + row)
                total = offset(sums, f * m)
                for q in range(m):
                    total[q] = source[q]
            _update_row(fields, cells, m, (i + j) % 2, offset(blocks, row), sums, offset(x, row))
    half_sweep(a, level, 1)


@compiled
def residual(a, level):  # type: ignore[no-untyped-def]
    """r = b - A x."""
    fields = a[FIELDS]
    cells = level[L_CELLS]
    m = level[2]
    x = float_pointer(level[L_X])
    rest = float_pointer(level[L_REST])
    couplings = float_pointer(level[L_COUPLINGS])
    sums = float_pointer(a[ROW])
    for i in range(level[0]):
        for j in range(level[1]):
            row = (i * level[1] + j) * m
            _row_sums(a, level, i, j, x, float_pointer(level[L_B]), sums)
            for f in range(fields):
                total = offset(sums, f * m)
                here = offset(x, f * cells + row)
                for k in range(2 * (3 - a[FIRST])):
                    weight = offset(couplings, (k * fields + f) * cells + row)
                    for q in range(m):
                        total[q] -= weight[q] * here[q]
                for g in range(fields):
                    block = offset(rest, (f * fields + g) * cells + row)
                    there = offset(x, g * cells + row)
                    for q in range(m):
                        total[q] -= block[q] * there[q]
                out = offset(float_pointer(level[L_R]), f * cells + row)
                for q in range(m):
                    out[q] = total[q]
