"""Small dense blocks, one for each cell or mode of a grid: inverses of them, and products of all of them with a vector.

The blocks of all cells have the shape (fields, fields, cells): what couples two fields lies together.
"""

from symnum.integrators.addresses import offset
from symnum.integrators.compiled import compiled

__all__ = ["invert_block", "invert_into", "multiply_blocks"]


@compiled
def invert_block(m, a, out):  # type: ignore[no-untyped-def]
    """out := the inverse of a block, which is destroyed; nonzero where it is singular."""
    for i in range(m * m):
        out[i] = 0.0
    for i in range(m):
        out[i * m + i] = 1.0
    for j in range(m):
        best = j
        for i in range(j + 1, m):
            if abs(a[j * m + i]) > abs(a[j * m + best]):
                best = i
        pivot = a[j * m + best]
        if not (abs(pivot) > 0.0 and abs(pivot) < 1e300):
            return 1
        if best != j:
            for q in range(m):
                a[q * m + j], a[q * m + best] = a[q * m + best], a[q * m + j]
                out[q * m + j], out[q * m + best] = out[q * m + best], out[q * m + j]
        for q in range(m):
            a[q * m + j] /= pivot
            out[q * m + j] /= pivot
        for i in range(m):
            factor = a[j * m + i]
            if i != j and factor != 0.0:
                for q in range(m):
                    a[q * m + i] -= factor * a[q * m + j]
                    out[q * m + i] -= factor * out[q * m + j]
    return 0


@compiled
def invert_into(fields, cells, cell, block, singular_value, blocks):  # type: ignore[no-untyped-def]
    """Write the inverse of a cell's block among those of all cells; where it is singular, a multiple of one.

    `block` holds the block by columns, and behind it room for as many numbers again; both are overwritten.
    """
    inverse = offset(block, fields * fields)
    singular = invert_block(fields, block, inverse)
    for f in range(fields):
        for g in range(fields):
            value = inverse[g * fields + f]
            if singular != 0:
                value = singular_value if f == g else 0.0
            blocks[(f * fields + g) * cells + cell] = value


@compiled
def multiply_blocks(fields, cells, blocks, x, y):  # type: ignore[no-untyped-def]
    """y = the blocks of all cells times x, both field by field."""
    for f in range(fields):
        target = offset(y, f * cells)
        for i in range(cells):
            target[i] = 0.0
        for g in range(fields):
            block = offset(blocks, (f * fields + g) * cells)
            source = offset(x, g * cells)
            for i in range(cells):
                target[i] += block[i] * source[i]
