"""Sweeps along lines for (c_mass*I - c_jac*J) x = b on a grid of cells, as a preconditioner: one axis after the other.

With J = A_1 + A_2 + A_3 + B, the couplings along each axis and what happens in a cell itself,

    P = c_mass (I - r B) (I - r A_1) (I - r A_2) (I - r A_3),    r = c_jac / c_mass,

each factor of which is small systems of equations: of the fields of a cell, or of a field along a line of cells
(Thomas' algorithm, with the formula of Sherman and Morrison where a line closes on itself). Source: Peaceman and
Rachford, J. Soc. Indust. Appl. Math. 3 (1955) 28; Douglas and Gunn, Numer. Math. 6 (1964) 428.

The context has the slots of `couplings.SLOTS`, then those of `MORE`.
"""

from symnum.integrators.addresses import float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.grids.blocks import invert_into, multiply_blocks
from symnum.integrators.grids.couplings import (
    BLOCK,
    CELLS,
    COUNTERS,
    FIELDS,
    FIRST,
    N0,
    PERIODIC0,
    SLOTS,
    inner_cells,
    read_couplings,
)

__all__ = ["MORE", "factor_adi", "solve_adi"]

#: Addresses: couplings, which become the factors of the lines; blocks of the cells; for lines that close the correction
#: (one number per state and axis); room for two rows of numbers and a vector. Then c_mass, as the bits of a float.
MORE = ("couplings", "blocks", "closing", "row", "vector", "mass")
COUPLINGS, BLOCKS, CLOSING, ROW, VECTOR, MASS = range(len(SLOTS), len(SLOTS) + len(MORE))


@compiled
def _factor_lines(a, axis, c_mass, low, high, closing, pivots):  # type: ignore[no-untyped-def]
    """Of every line: `high` becomes the factors of the upper diagonal, `closing` the correction of lines that close.

    The pivots are those that `low` and `high` give again, 1 / (diagonal + low * factor of the row before); `low` is
    kept as its product with them.
    """
    length = a[N0 + axis]
    inner = inner_cells(a, axis)
    periodic = a[PERIODIC0 + axis] != 0 and length > 2
    for o in range(a[CELLS] // (length * inner)):
        for q in range(inner):
            start = o * length * inner + q
            end = start + (length - 1) * inner
            first = c_mass + low[start] + high[start]
            corner_low = low[start]
            corner_high = high[end]
            for i in range(length):
                place = start + i * inner
                pivots[place] = c_mass + low[place] + high[place]  # the diagonal
                closing[place] = 0.0
            if periodic:  # what makes the line an open one
                pivots[start] += first
                pivots[end] += corner_low * corner_high / first
                closing[start] = -first
                closing[end] = -corner_high
            _eliminate(length, inner, start, low, high, closing, pivots)
            if periodic:
                # x = y - z (v y) / (1 + v z), v = (1, 0, ..., 0, corner_low / first)
                share = corner_low / first
                scale = 1.0 / (1.0 + closing[start] + share * closing[end])
                for i in range(length):
                    closing[start + i * inner] *= scale
                low[start] = share
            for i in range(1, length):
                low[start + i * inner] *= pivots[start + i * inner]


@compiled
def _eliminate(length, inner, start, low, high, closing, pivots):  # type: ignore[no-untyped-def]
    """Thomas' algorithm on one line: `pivots` holds its diagonal and gets the pivots, `closing` is solved for."""
    before = 0.0
    for i in range(length):
        place = start + i * inner
        below = low[place] if i > 0 else 0.0
        pivot = 1.0 / (pivots[place] - below * before)
        above = closing[place] + (below * closing[place - inner] if i > 0 else 0.0)
        closing[place] = above * pivot
        before = high[place] * pivot if i < length - 1 else 0.0
        pivots[place] = pivot
        high[place] = before
    for i in range(length - 2, -1, -1):
        place = start + i * inner
        closing[place] += high[place] * closing[place + inner]


@compiled
def _solve_lines(a, axis, c_mass, low, high, pivots, closing, x):  # type: ignore[no-untyped-def]
    """x := c_mass (c_mass I - c_jac A)^-1 x along all lines of an axis."""
    length = a[N0 + axis]
    inner = inner_cells(a, axis)
    periodic = a[PERIODIC0 + axis] != 0 and length > 2
    row = float_pointer(a[ROW])
    for o in range(a[CELLS] // (length * inner)):
        start = o * length * inner
        for q in range(start, start + inner):
            x[q] *= c_mass * pivots[q]
        for q in range(start + inner, start + length * inner):
            x[q] = c_mass * pivots[q] * x[q] + low[q] * x[q - inner]
        for q in range(start + (length - 1) * inner - 1, start - 1, -1):
            x[q] += high[q] * x[q + inner]
        if periodic:
            end = start + (length - 1) * inner
            for q in range(inner):
                row[q] = x[start + q] + low[start + q] * x[end + q]
            for i in range(length):
                place = start + i * inner
                for q in range(inner):
                    x[place + q] -= closing[place + q] * row[q]


@compiled
def _invert_cells(a, c_mass, c_jac, blocks):  # type: ignore[no-untyped-def]
    """From what happens in a cell to the inverse of c_mass I - c_jac B; one over c_mass where that is singular."""
    fields = a[FIELDS]
    cells = a[CELLS]
    block = float_pointer(a[BLOCK])
    for i in range(cells):
        for f in range(fields):
            for g in range(fields):
                own = c_mass if f == g else 0.0
                block[g * fields + f] = own - c_jac * blocks[(f * fields + g) * cells + i]
        invert_into(fields, cells, i, block, 1.0 / c_mass, blocks)


@compiled_callback("int32(int64, float64, float64, CPointer(float64))", seconds=1.5)
def factor_adi(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Read the couplings and factorise all lines and cells; 0 fine, -2 where the kernel fails or c_mass is zero."""
    a = int_pointer(context)
    fields = a[FIELDS]
    cells = a[CELLS]
    n = fields * cells
    couplings = float_pointer(a[COUPLINGS])
    blocks = float_pointer(a[BLOCKS])
    float_pointer(a[MASS])[0] = c_mass
    if c_mass == 0.0 or read_couplings(a, values, couplings, blocks) != 0:
        return -2
    axes = 3 - a[FIRST]
    for i in range(2 * axes * n):
        couplings[i] *= c_jac
    for axis in range(a[FIRST], 3):
        for f in range(fields):
            number = axis - a[FIRST]
            low = offset(couplings, (number * 2 * fields + f) * cells)
            closing = float_pointer(a[CLOSING])
            own = offset(closing, (number * fields + f) * cells)
            pivots = offset(closing, (axes + number) * n + f * cells)
            _factor_lines(a, axis, c_mass, low, offset(low, n), own, pivots)
    _invert_cells(a, c_mass, c_jac, blocks)
    return 0


@compiled_callback("int32(int64, CPointer(float64))", seconds=0.5)
def solve_adi(context, b):  # type: ignore[no-untyped-def]
    """b := P^-1 b; 0."""
    a = int_pointer(context)
    fields = a[FIELDS]
    cells = a[CELLS]
    n = fields * cells
    axes = 3 - a[FIRST]
    couplings = float_pointer(a[COUPLINGS])
    blocks = float_pointer(a[BLOCKS])
    closing = float_pointer(a[CLOSING])
    x = float_pointer(a[VECTOR])
    int_pointer(a[COUNTERS])[1] += 1
    multiply_blocks(fields, cells, blocks, b, x)
    for i in range(n):
        b[i] = x[i]
    for axis in range(a[FIRST], 3):
        number = axis - a[FIRST]
        for f in range(fields):
            low = offset(couplings, (number * 2 * fields + f) * cells)
            own = offset(closing, (number * fields + f) * cells)
            pivots = offset(closing, (axes + number) * n + f * cells)
            _solve_lines(
                a, axis, float_pointer(a[MASS])[0], low, offset(low, n), pivots, own, offset(b, f * cells)
            )  # fmt: skip
    return 0
