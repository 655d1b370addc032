"""Geometric multigrid for (c_mass*I - c_jac*J) x = b on a grid of cells, as a preconditioner: one V-cycle.

Grids are made coarser by two along those axes along which cells are coupled strongly, all at once where that is alike
(otherwise only along some: semi-coarsening), until the equations of a cell stand for themselves or a small dense system
is left. A coarse cell has the mean of its cells' couplings, weakened by the distance that has grown, and the mean of
what happens in them. Errors are smoothed by a red-black sweep of Gauss and Seidel, all fields of a cell at once;
residuals are averaged, corrections interpolated linearly.

Sources: Trottenberg, Oosterlee and Schueller, Multigrid, Academic Press 2001 (red-black smoothing, cell-centred
transfer, semi-coarsening); Wesseling, An Introduction to Multigrid Methods, Wiley 1992 (orders of transfer).

The context is described in `levels`.
"""

from symnum.integrators.addresses import float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.grids.blocks import invert_block, invert_into
from symnum.integrators.grids.couplings import (
    BLOCK,
    CELLS,
    COUNTERS,
    FIELDS,
    FIRST,
    N0,
    PERIODIC0,
    read_couplings,
)
from symnum.integrators.grids.levels import (
    DENSE,
    DENSE_ORDER,
    INVERSE,
    L_B,
    L_BLOCKS,
    L_CELLS,
    L_COUPLINGS,
    L_MASK,
    L_R,
    L_REST,
    L_X,
    LEVEL,
    LEVELS,
    LIMIT,
    POOL,
    ROOM,
    SPARE,
    TABLE,
    choose_axes,
    fewer_cells,
    make_level,
)
from symnum.integrators.grids.smoothing import first_sweep, half_sweep, residual
from symnum.integrators.grids.transfer import add_interpolated, average, restrict_coefficients

__all__ = ["factor_multigrid", "solve_multigrid"]

# Sweeps on the coarsest grid, where coupling is weak, and where it is not and there are many cells.
_SWEEPS, _MANY_SWEEPS = 3, 12


@compiled
def _invert_cells(a, level):  # type: ignore[no-untyped-def]
    """Inverses of the blocks of all cells; one where a block is singular."""
    fields = a[FIELDS]
    cells = level[L_CELLS]
    couplings = float_pointer(level[L_COUPLINGS])
    rest = float_pointer(level[L_REST])
    blocks = float_pointer(level[L_BLOCKS])
    block = float_pointer(a[BLOCK])
    for i in range(cells):
        for f in range(fields):
            for g in range(fields):
                block[g * fields + f] = rest[(f * fields + g) * cells + i]
            for k in range(2 * (3 - a[FIRST])):
                block[f * fields + f] += couplings[(k * fields + f) * cells + i]
        invert_into(fields, cells, i, block, 1.0, blocks)


@compiled
def _invert_coarsest(a, level):  # type: ignore[no-untyped-def]
    """Dense inverse of the coarsest equations, column by column through the residual of unit vectors."""
    n = a[FIELDS] * level[L_CELLS]
    x = float_pointer(level[L_X])
    b = float_pointer(level[L_B])
    r = float_pointer(level[L_R])
    inverse = float_pointer(a[INVERSE])
    matrix = offset(inverse, n * n)
    for i in range(n):
        x[i] = 0.0
        b[i] = 0.0
    for j in range(n):
        x[j] = 1.0
        residual(a, level)
        x[j] = 0.0
        for i in range(n):
            matrix[j * n + i] = -r[i]
    a[DENSE_ORDER] = n if invert_block(n, matrix, inverse) == 0 else 0


@compiled
def _scale_finest(a, level, c_mass, c_jac):  # type: ignore[no-untyped-def]
    """From the Jacobian to the matrix."""
    fields = a[FIELDS]
    cells = level[L_CELLS]
    couplings = float_pointer(level[L_COUPLINGS])
    for i in range(2 * (3 - a[FIRST]) * fields * cells):
        couplings[i] *= c_jac
    for f in range(fields):
        for g in range(fields):
            rest = offset(float_pointer(level[L_REST]), (f * fields + g) * cells)
            own = c_mass if f == g else 0.0
            for i in range(cells):
                rest[i] = own - c_jac * rest[i]


@compiled_callback("int32(int64, float64, float64, CPointer(float64))", seconds=2.5)
def factor_multigrid(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Read the couplings and make all levels; 0 fine, -2 where the kernel fails."""
    a = int_pointer(context)
    level = int_pointer(a[TABLE])
    pool = a[POOL]
    room = a[ROOM]
    fields = a[FIELDS]
    a[LEVELS] = 1
    a[DENSE_ORDER] = 0
    make_level(a, level, a[N0], a[N0 + 1], a[N0 + 2])
    code = read_couplings(a, values, float_pointer(level[L_COUPLINGS]), float_pointer(level[L_REST]))
    if code == 0:
        _scale_finest(a, level, c_mass, c_jac)
        _invert_cells(a, level)
        mask = choose_axes(a, level, c_mass)
        while mask > 0 and a[LEVELS] < a[LIMIT]:
            coarse = offset(level, LEVEL)
            if (
                make_level(
                    a, coarse, fewer_cells(level, mask, 0), fewer_cells(level, mask, 1), fewer_cells(level, mask, 2)
                )
                != 0
            ):
                break
            level[L_MASK] = mask
            restrict_coefficients(
                fields, a[FIRST], offset(a, PERIODIC0), level, coarse, mask, float_pointer(level[L_COUPLINGS]),
                float_pointer(coarse[L_COUPLINGS]), float_pointer(level[L_REST]), float_pointer(coarse[L_REST]),
            )  # fmt: skip
            level = coarse
            a[LEVELS] += 1
            _invert_cells(a, level)
            mask = choose_axes(a, level, c_mass)
        level[L_MASK] = min(mask, 0)
        if mask == 0 and fields * level[L_CELLS] <= DENSE:
            _invert_coarsest(a, level)
    a[POOL] = pool
    a[ROOM] = room
    return -2 if code != 0 else 0


@compiled
def _solve_coarsest(a, level):  # type: ignore[no-untyped-def]
    """x := the solution, or near to it."""
    n = a[DENSE_ORDER]
    if n > 0:
        x = float_pointer(level[L_X])
        b = float_pointer(level[L_B])
        inverse = float_pointer(a[INVERSE])
        for i in range(n):
            x[i] = 0.0
        for j in range(n):
            factor = b[j]
            for i in range(n):
                x[i] += inverse[j * n + i] * factor
        return
    first_sweep(a, level)
    for _ in range((_SWEEPS if level[L_MASK] < 0 else _MANY_SWEEPS) - 1):
        half_sweep(a, level, 0)
        half_sweep(a, level, 1)


@compiled_callback("int32(int64, CPointer(float64))", seconds=1.0)
def solve_multigrid(context, b):  # type: ignore[no-untyped-def]
    """b := the result of one V-cycle; 0."""
    a = int_pointer(context)
    levels = a[LEVELS]
    table = int_pointer(a[TABLE])
    fields = a[FIELDS]
    spare = float_pointer(a[SPARE])
    finest = float_pointer(table[L_B])
    for i in range(fields * a[CELLS]):
        finest[i] = b[i]
    int_pointer(a[COUNTERS])[1] += 1
    for k in range(levels - 1):
        level = offset(table, k * LEVEL)
        coarse = offset(level, LEVEL)
        first_sweep(a, level)
        residual(a, level)
        average(fields, level, coarse, level[L_MASK], float_pointer(level[L_R]), float_pointer(coarse[L_B]))
    _solve_coarsest(a, offset(table, (levels - 1) * LEVEL))
    for k in range(levels - 2, -1, -1):
        level = offset(table, k * LEVEL)
        coarse = offset(level, LEVEL)
        add_interpolated(
            fields, offset(a, PERIODIC0), level, coarse, level[L_MASK], float_pointer(coarse[L_X]),
            float_pointer(level[L_X]), spare,
        )  # fmt: skip
        half_sweep(a, level, 1)
        half_sweep(a, level, 0)
    x = float_pointer(table[L_X])
    for i in range(fields * a[CELLS]):
        b[i] = x[i]
    return 0
