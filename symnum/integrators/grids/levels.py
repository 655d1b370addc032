"""The grids of multigrid, each coarser than the one before: what they are described by, where they lie, which follow.

The context has the slots of `couplings.SLOTS`, then those of `MORE`. A level is described by `LEVEL` numbers: cells
along three axes, cells, which axes are made coarser (a bit each), and addresses of couplings, of what happens in cells,
of the inverses of the blocks of cells, of solution, right-hand side and residual.
"""

from symnum.integrators.addresses import float_pointer, offset
from symnum.integrators.compiled import compiled
from symnum.integrators.grids.couplings import FIELDS, FIRST, SLOTS

__all__ = ["DENSE", "LEVEL", "MORE", "choose_axes", "fewer_cells", "make_level"]

#: Further slots: levels in use and their limit, table of levels, pool of numbers and its length, room for a row and for
#: interpolation, the dense inverse on the coarsest grid (its order; 0: sweeps) and its address.
MORE = ("levels", "limit", "table", "pool", "room", "row", "spare", "dense", "inverse")
LEVELS, LIMIT, TABLE, POOL, ROOM, ROW, SPARE, DENSE_ORDER, INVERSE = range(len(SLOTS), len(SLOTS) + len(MORE))

LEVEL = 12
L_CELLS, L_MASK, L_COUPLINGS, L_REST, L_BLOCKS, L_X, L_B, L_R = range(3, 11)

#: Unknowns up to which the coarsest equations are solved by a dense inverse.
DENSE = 100

# Axes with at least this share of the strongest coupling are made coarser together.
_ALIKE = 0.3
# Coupling, as a share of c_mass, below which sweeps alone do.
_WEAK = 0.1


@compiled
def _strength(a, level, axis):  # type: ignore[no-untyped-def]
    """Mean coupling along an axis, of the field that has the strongest."""
    if axis < a[FIRST]:
        return 0.0
    cells = level[L_CELLS]
    couplings = float_pointer(level[L_COUPLINGS])
    best = 0.0
    for f in range(a[FIELDS]):
        total = 0.0
        for side in range(2):
            k = offset(couplings, (((axis - a[FIRST]) * 2 + side) * a[FIELDS] + f) * cells)
            for i in range(cells):
                total += k[i]
        best = max(best, total / cells)
    return best


@compiled
def choose_axes(a, level, c_mass):  # type: ignore[no-untyped-def]
    """Axes to be made coarser, a bit each; 0: no more; -1: sweeps alone do."""
    strongest = 0.0
    for axis in range(3):
        if level[axis] > 1:
            strongest = max(strongest, _strength(a, level, axis))
    if strongest <= _WEAK * abs(c_mass):
        return -1
    if a[FIELDS] * level[L_CELLS] <= DENSE:
        return 0
    mask = 0
    for axis in range(3):
        if level[axis] > 1 and _strength(a, level, axis) >= _ALIKE * strongest:
            mask += 1 << axis
    return mask


@compiled
def _take(a, length):  # type: ignore[no-untyped-def]
    """Address of so many numbers out of the pool."""
    place = a[POOL]
    a[POOL] += 8 * length
    a[ROOM] -= length
    return place


@compiled
def make_level(a, level, n0, n1, n2):  # type: ignore[no-untyped-def]
    """Describe a level and give it memory; nonzero where there is none left."""
    fields = a[FIELDS]
    cells = n0 * n1 * n2
    axes = 3 - a[FIRST]
    if a[ROOM] < (2 * axes + 2 * fields + 3) * fields * cells:
        return 1
    level[0], level[1], level[2], level[L_CELLS] = n0, n1, n2, cells
    level[L_COUPLINGS] = _take(a, 2 * axes * fields * cells)
    level[L_REST] = _take(a, fields * fields * cells)
    level[L_BLOCKS] = _take(a, fields * fields * cells)
    for slot in range(L_X, L_R + 1):
        level[slot] = _take(a, fields * cells)
    return 0


@compiled
def fewer_cells(level, mask, axis):  # type: ignore[no-untyped-def]
    """Cells along an axis on the next grid."""
    return (level[axis] + 1) // 2 if (mask >> axis) % 2 == 1 else level[axis]
