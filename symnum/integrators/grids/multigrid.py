"""Geometric multigrid for (c_mass*I - c_jac*J) x = b on a grid of cells, as a preconditioner: one V-cycle.

Grids are made coarser by two along those axes along which cells are coupled strongly, all at once where that is alike
(otherwise only along some: semi-coarsening), until the equations of a cell stand for themselves or a small dense system
is left. A coarse cell has the mean of its cells' couplings, weakened by the distance that has grown, and the mean of
what happens in them. Errors are smoothed by a red-black sweep of Gauss and Seidel, all fields of a cell at once;
residuals are averaged, corrections interpolated linearly.

Sources: Trottenberg, Oosterlee and Schueller, Multigrid, Academic Press 2001 (red-black smoothing, cell-centred
transfer, semi-coarsening); Wesseling, An Introduction to Multigrid Methods, Wiley 1992 (orders of transfer).

The context has the slots of `couplings.SLOTS`, then those of `MORE`. A level is described by `LEVEL` numbers: cells
along three axes, cells, which axes are made coarser (a bit each), and addresses of couplings, of what happens in cells,
of the inverses of the blocks of cells, of solution, right-hand side and residual.
"""

from symnum.integrators.addresses import float_pointer, int_pointer, offset
from symnum.integrators.compiled import plain_solvers
from symnum.integrators.grids.couplings import (
    BLOCK,
    CELLS,
    COUNTERS,
    FIELDS,
    FIRST,
    N0,
    PERIODIC0,
    SLOTS,
    read_couplings,
)
from symnum.integrators.grids.modal_solver import invert_block
from symnum.integrators.grids.transfer import add_interpolated, average, restrict_coefficients

__all__ = ["DENSE", "LEVEL", "MORE", "factor_multigrid", "solve_multigrid"]

#: Further slots: levels in use and their limit, table of levels, pool of numbers and its length, room for a row and for
#: interpolation, the dense inverse on the coarsest grid (its order; 0: sweeps) and its address.
MORE = ("levels", "limit", "table", "pool", "room", "row", "spare", "dense", "inverse")
LEVELS, LIMIT, TABLE, POOL, ROOM, ROW, SPARE, DENSE_ORDER, INVERSE = range(len(SLOTS), len(SLOTS) + len(MORE))

LEVEL = 12
_CELLS, _MASK, _COUPLINGS, _REST, _BLOCKS, _X, _B, _R = range(3, 11)

#: Unknowns up to which the coarsest equations are solved by a dense inverse.
DENSE = 100

# Axes with at least this share of the strongest coupling are made coarser together.
_ALIKE = 0.3
# Coupling, as a share of c_mass, below which sweeps alone do, and how many of them there are.
_WEAK, _SWEEPS = 0.1, 3
# Sweeps where a large coarsest grid is left.
_MANY_SWEEPS = 12


@plain_solvers.compiled
def _row_sums(a, level, i, j, x, b, sums):  # type: ignore[no-untyped-def]
    """sums = b plus all couplings of a row of cells with their neighbours in x."""
    fields = a[FIELDS]
    cells = level[_CELLS]
    m = level[2]
    row = (i * level[1] + j) * m
    couplings = float_pointer(level[_COUPLINGS])
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


@plain_solvers.compiled
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


@plain_solvers.compiled
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


@plain_solvers.compiled
def _half_sweep(a, level, colour):  # type: ignore[no-untyped-def]
    """Solve for the cells of a colour."""
    x = float_pointer(level[_X])
    b = float_pointer(level[_B])
    blocks = float_pointer(level[_BLOCKS])
    sums = float_pointer(a[ROW])
    m = level[2]
    for i in range(level[0]):
        for j in range(level[1]):
            row = (i * level[1] + j) * m
            _row_sums(a, level, i, j, x, b, sums)
            start = (i + j + colour) % 2
            _update_row(a[FIELDS], level[_CELLS], m, start, offset(blocks, row), sums, offset(x, row))


@plain_solvers.compiled
def _first_sweep(a, level):  # type: ignore[no-untyped-def]
    """A sweep that begins with zero: the first colour has no neighbours."""
    x = float_pointer(level[_X])
    b = float_pointer(level[_B])
    blocks = float_pointer(level[_BLOCKS])
    sums = float_pointer(a[ROW])
    fields = a[FIELDS]
    cells = level[_CELLS]
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
    _half_sweep(a, level, 1)


@plain_solvers.compiled
def _residual(a, level):  # type: ignore[no-untyped-def]
    """r = b - A x."""
    fields = a[FIELDS]
    cells = level[_CELLS]
    m = level[2]
    x = float_pointer(level[_X])
    rest = float_pointer(level[_REST])
    couplings = float_pointer(level[_COUPLINGS])
    sums = float_pointer(a[ROW])
    for i in range(level[0]):
        for j in range(level[1]):
            row = (i * level[1] + j) * m
            _row_sums(a, level, i, j, x, float_pointer(level[_B]), sums)
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
                out = offset(float_pointer(level[_R]), f * cells + row)
                for q in range(m):
                    out[q] = total[q]


@plain_solvers.compiled
def _invert_cells(a, level):  # type: ignore[no-untyped-def]
    """Inverses of the blocks of all cells; that of the diagonal where a block is singular."""
    fields = a[FIELDS]
    cells = level[_CELLS]
    couplings = float_pointer(level[_COUPLINGS])
    rest = float_pointer(level[_REST])
    blocks = float_pointer(level[_BLOCKS])
    block = float_pointer(a[BLOCK])
    inverse = offset(block, fields * fields)
    for i in range(cells):
        for f in range(fields):
            for g in range(fields):
                block[g * fields + f] = rest[(f * fields + g) * cells + i]
            for k in range(2 * (3 - a[FIRST])):
                block[f * fields + f] += couplings[(k * fields + f) * cells + i]
        singular = invert_block(fields, block, inverse)
        for f in range(fields):
            for g in range(fields):
                value = inverse[g * fields + f]
                if singular != 0:
                    value = 1.0 if f == g else 0.0
                blocks[(f * fields + g) * cells + i] = value


@plain_solvers.compiled
def _strength(a, level, axis):  # type: ignore[no-untyped-def]
    """Mean coupling along an axis, of the field that has the strongest."""
    if axis < a[FIRST]:
        return 0.0
    cells = level[_CELLS]
    couplings = float_pointer(level[_COUPLINGS])
    best = 0.0
    for f in range(a[FIELDS]):
        total = 0.0
        for side in range(2):
            k = offset(couplings, (((axis - a[FIRST]) * 2 + side) * a[FIELDS] + f) * cells)
            for i in range(cells):
                total += k[i]
        best = max(best, total / cells)
    return best


@plain_solvers.compiled
def _choose_axes(a, level, c_mass):  # type: ignore[no-untyped-def]
    """Axes to be made coarser, a bit each; 0: no more; -1: sweeps alone do."""
    strongest = 0.0
    for axis in range(3):
        if level[axis] > 1:
            strongest = max(strongest, _strength(a, level, axis))
    if strongest <= _WEAK * abs(c_mass):
        return -1
    if a[FIELDS] * level[_CELLS] <= DENSE:
        return 0
    mask = 0
    for axis in range(3):
        if level[axis] > 1 and _strength(a, level, axis) >= _ALIKE * strongest:
            mask += 1 << axis
    return mask


@plain_solvers.compiled
def _take(a, length):  # type: ignore[no-untyped-def]
    """Address of so many numbers out of the pool."""
    place = a[POOL]
    a[POOL] += 8 * length
    a[ROOM] -= length
    return place


@plain_solvers.compiled
def _make_level(a, level, n0, n1, n2):  # type: ignore[no-untyped-def]
    """Describe a level and give it memory; nonzero where there is none left."""
    fields = a[FIELDS]
    cells = n0 * n1 * n2
    axes = 3 - a[FIRST]
    if a[ROOM] < (2 * axes + 2 * fields + 3) * fields * cells:
        return 1
    level[0], level[1], level[2], level[_CELLS] = n0, n1, n2, cells
    level[_COUPLINGS] = _take(a, 2 * axes * fields * cells)
    level[_REST] = _take(a, fields * fields * cells)
    level[_BLOCKS] = _take(a, fields * fields * cells)
    for slot in range(_X, _R + 1):
        level[slot] = _take(a, fields * cells)
    return 0


@plain_solvers.compiled
def _fewer(level, mask, axis):  # type: ignore[no-untyped-def]
    """Cells along an axis on the next grid."""
    return (level[axis] + 1) // 2 if (mask >> axis) % 2 == 1 else level[axis]


@plain_solvers.compiled
def _invert_coarsest(a, level):  # type: ignore[no-untyped-def]
    """Dense inverse of the coarsest equations, column by column through the residual of unit vectors."""
    n = a[FIELDS] * level[_CELLS]
    x = float_pointer(level[_X])
    b = float_pointer(level[_B])
    r = float_pointer(level[_R])
    inverse = float_pointer(a[INVERSE])
    matrix = offset(inverse, n * n)
    for i in range(n):
        x[i] = 0.0
        b[i] = 0.0
    for j in range(n):
        x[j] = 1.0
        _residual(a, level)
        x[j] = 0.0
        for i in range(n):
            matrix[j * n + i] = -r[i]
    a[DENSE_ORDER] = n if invert_block(n, matrix, inverse) == 0 else 0


@plain_solvers.compiled
def _scale_finest(a, level, c_mass, c_jac):  # type: ignore[no-untyped-def]
    """From the Jacobian to the matrix."""
    fields = a[FIELDS]
    cells = level[_CELLS]
    couplings = float_pointer(level[_COUPLINGS])
    for i in range(2 * (3 - a[FIRST]) * fields * cells):
        couplings[i] *= c_jac
    for f in range(fields):
        for g in range(fields):
            rest = offset(float_pointer(level[_REST]), (f * fields + g) * cells)
            own = c_mass if f == g else 0.0
            for i in range(cells):
                rest[i] = own - c_jac * rest[i]


@plain_solvers.compiled_callback("int32(int64, float64, float64, CPointer(float64))", seconds=4.0)
def factor_multigrid(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Read the couplings and make all levels; 0 fine, -2 where the kernel fails."""
    a = int_pointer(context)
    level = int_pointer(a[TABLE])
    pool = a[POOL]
    room = a[ROOM]
    fields = a[FIELDS]
    a[LEVELS] = 1
    a[DENSE_ORDER] = 0
    _make_level(a, level, a[N0], a[N0 + 1], a[N0 + 2])
    code = read_couplings(a, values, float_pointer(level[_COUPLINGS]), float_pointer(level[_REST]))
    if code == 0:
        _scale_finest(a, level, c_mass, c_jac)
        _invert_cells(a, level)
        mask = _choose_axes(a, level, c_mass)
        while mask > 0 and a[LEVELS] < a[LIMIT]:
            coarse = offset(level, LEVEL)
            if _make_level(a, coarse, _fewer(level, mask, 0), _fewer(level, mask, 1), _fewer(level, mask, 2)) != 0:
                break
            level[_MASK] = mask
            restrict_coefficients(
                fields, a[FIRST], offset(a, PERIODIC0), level, coarse, mask, float_pointer(level[_COUPLINGS]),
                float_pointer(coarse[_COUPLINGS]), float_pointer(level[_REST]), float_pointer(coarse[_REST]),
            )  # fmt: skip
            level = coarse
            a[LEVELS] += 1
            _invert_cells(a, level)
            mask = _choose_axes(a, level, c_mass)
        level[_MASK] = min(mask, 0)
        if mask == 0 and fields * level[_CELLS] <= DENSE:
            _invert_coarsest(a, level)
    a[POOL] = pool
    a[ROOM] = room
    return -2 if code != 0 else 0


@plain_solvers.compiled
def _solve_coarsest(a, level):  # type: ignore[no-untyped-def]
    """x := the solution, or near to it."""
    n = a[DENSE_ORDER]
    if n > 0:
        x = float_pointer(level[_X])
        b = float_pointer(level[_B])
        inverse = float_pointer(a[INVERSE])
        for i in range(n):
            x[i] = 0.0
        for j in range(n):
            factor = b[j]
            for i in range(n):
                x[i] += inverse[j * n + i] * factor
        return
    _first_sweep(a, level)
    for _ in range((_SWEEPS if level[_MASK] < 0 else _MANY_SWEEPS) - 1):
        _half_sweep(a, level, 0)
        _half_sweep(a, level, 1)


@plain_solvers.compiled_callback("int32(int64, CPointer(float64))", seconds=2.0)
def solve_multigrid(context, b):  # type: ignore[no-untyped-def]
    """b := the result of one V-cycle; 0."""
    a = int_pointer(context)
    levels = a[LEVELS]
    table = int_pointer(a[TABLE])
    fields = a[FIELDS]
    spare = float_pointer(a[SPARE])
    finest = float_pointer(table[_B])
    for i in range(fields * a[CELLS]):
        finest[i] = b[i]
    int_pointer(a[COUNTERS])[1] += 1
    for k in range(levels - 1):
        level = offset(table, k * LEVEL)
        coarse = offset(level, LEVEL)
        _first_sweep(a, level)
        _residual(a, level)
        average(fields, level, coarse, level[_MASK], float_pointer(level[_R]), float_pointer(coarse[_B]))
    _solve_coarsest(a, offset(table, (levels - 1) * LEVEL))
    for k in range(levels - 2, -1, -1):
        level = offset(table, k * LEVEL)
        coarse = offset(level, LEVEL)
        add_interpolated(
            fields, offset(a, PERIODIC0), level, coarse, level[_MASK], float_pointer(coarse[_X]),
            float_pointer(level[_X]), spare,
        )  # fmt: skip
        _half_sweep(a, level, 1)
        _half_sweep(a, level, 0)
    x = float_pointer(table[_X])
    for i in range(fields * a[CELLS]):
        b[i] = x[i]
    return 0
