"""What a preconditioner on a grid needs of a Jacobian: how neighbours are coupled, and what happens in a cell itself.

Everything is read from products of the Jacobian with a few vectors: a constant gives the row sums, a field by a field;
a field that grows linearly and one that grows with the square of the cell's number give the first and the second moment
of the coupling along an axis, which is all that smooth errors see of it, whatever the order of the discretisation.

The context begins with the slots of `SLOTS`. States are `fields` fields of `cells` cells, each in C order, on a grid of
three axes of which the first may have one cell only.
"""

from symnum.integrators.addresses import call_kernel, float_pointer, int32_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled

__all__ = ["SLOTS", "inner_cells", "multiply_constant", "read_couplings", "set_state"]

#: Numbers: fields, cells, cells per axis, whether axes are periodic, how far neighbours reach along each axis,
#: first axis that has several cells, context of the kernel. Addresses: kernel of products (0: entries), parameters,
#: pattern, where each field begins (int64), kinds of sides (int64, field by field, axis by axis, low and high; 2
#: where the field is zero there, 1 where it is zero a whole cell further than the last one), vectors of 2 n and n
#: numbers, and of `fields` numbers twice squared; counters.
SLOTS = (
    "fields", "cells", "n0", "n1", "n2", "periodic0", "periodic1", "periodic2", "reach0", "reach1", "reach2", "first",
    "context", "product", "parameters", "indptr", "indices", "sides", "probe", "image", "block", "counters",
)  # fmt: skip
(
    FIELDS, CELLS, N0, N1, N2, PERIODIC0, _, _, REACH0, _, _, FIRST, CONTEXT, PRODUCT, PARAMETERS, INDPTR, INDICES,
    SIDES, PROBE, IMAGE, BLOCK, COUNTERS,
) = range(len(SLOTS))  # fmt: skip


@compiled
def inner_cells(a, axis):  # type: ignore[no-untyped-def]
    """Cells from one to the next along an axis, as they lie in memory."""
    inner = 1
    for k in range(axis + 1, 3):
        inner *= a[N0 + k]
    return inner


@compiled
def set_state(a, values):  # type: ignore[no-untyped-def]
    """First half of the probe: the state at which a kernel of products takes the Jacobian; see `_multiply`."""
    if a[PRODUCT] != 0:
        probe = float_pointer(a[PROBE])
        for i in range(a[FIELDS] * a[CELLS]):
            probe[i] = values[2 + i]


@compiled
def _multiply(a, values):  # type: ignore[no-untyped-def]
    """image = J times the second half of the probe; the kernel's code."""
    n = a[FIELDS] * a[CELLS]
    probe = float_pointer(a[PROBE])
    image = float_pointer(a[IMAGE])
    if a[PRODUCT] != 0:
        return call_kernel(a[PRODUCT], values[1], probe, float_pointer(a[PARAMETERS]), a[CONTEXT], image)
    indptr = int32_pointer(a[INDPTR])
    indices = int32_pointer(a[INDICES])
    for i in range(n):
        image[i] = 0.0
    for j in range(n):
        x = probe[n + j]
        if x != 0.0:
            for e in range(indptr[j], indptr[j + 1]):
                image[indices[e]] += values[e] * x
    return 0


@compiled
def _set_probe(a, field, axis, power):  # type: ignore[no-untyped-def]
    """Second half of the probe: in one field the number of the cell along an axis to a power, else zero."""
    n = a[FIELDS] * a[CELLS]
    probe = offset(float_pointer(a[PROBE]), n)
    for i in range(n):
        probe[i] = 0.0
    target = offset(probe, field * a[CELLS])
    length = a[N0 + axis]
    inner = inner_cells(a, axis)
    for o in range(a[CELLS] // (length * inner)):
        for i in range(length):
            x = 1.0
            for _ in range(power):
                x *= i
            row = offset(target, (o * length + i) * inner)
            for q in range(inner):
                row[q] = x


@compiled
def multiply_constant(a, values, field):  # type: ignore[no-untyped-def]
    """image = J times one in all cells of a field and zero in the others; the kernel's code."""
    _set_probe(a, field, 2, 0)
    return _multiply(a, values)


@compiled
def _row_sums(a, values, rest):  # type: ignore[no-untyped-def]
    """rest[f, g] = J times one in field g, at field f; the kernel's code."""
    cells = a[CELLS]
    fields = a[FIELDS]
    image = float_pointer(a[IMAGE])
    for g in range(fields):
        code = multiply_constant(a, values, g)
        if code != 0:
            return code
        for f in range(fields):
            source = offset(image, f * cells)
            target = offset(rest, (f * fields + g) * cells)
            for i in range(cells):
                target[i] = source[i]
    return 0


@compiled
def _moments(a, values, field, axis, total, low, high):  # type: ignore[no-untyped-def]
    """Coupling of a field along an axis with the cells before and behind; `total` are its row sums."""
    cells = a[CELLS]
    source = offset(float_pointer(a[IMAGE]), field * a[CELLS])
    length = a[N0 + axis]
    inner = inner_cells(a, axis)
    for power in range(1, 3):
        _set_probe(a, field, axis, power)
        code = _multiply(a, values)
        if code != 0:
            return code
        for o in range(cells // (length * inner)):
            for i in range(length):
                row = (o * length + i) * inner
                x = 1.0 * i
                for q in range(row, row + inner):
                    if power == 1:
                        low[q] = source[q] - x * total[q]  # the first moment
                    else:
                        second = source[q] - 2.0 * x * low[q] - x * x * total[q]
                        first = low[q]
                        low[q] = max(0.5 * (second - first), 0.0)
                        high[q] = max(0.5 * (second + first), 0.0)
    if a[PERIODIC0 + axis] != 0:
        _mend_seam(a, axis, inner, low)
        _mend_seam(a, axis, inner, high)
    return 0


@compiled
def _mend_seam(a, axis, inner, coupling):  # type: ignore[no-untyped-def]
    """Where an axis closes on itself numbers of cells jump: take over what the next cells have."""
    length = a[N0 + axis]
    reach = min(a[REACH0 + axis], (length - 1) // 2)
    for o in range(a[CELLS] // (length * inner)):
        for i in range(reach):
            for end in range(2):
                bad = i if end == 0 else length - 1 - i
                good = reach if end == 0 else length - 1 - reach
                source = offset(coupling, (o * length + good) * inner)
                target = offset(coupling, (o * length + bad) * inner)
                for q in range(inner):
                    target[q] = source[q]


@compiled
def _borders(a, field, axis, total, low, high):  # type: ignore[no-untyped-def]
    """Where a field is zero at a side: the coupling with the side, out of the row sums."""
    cells = a[CELLS]
    sides = offset(int_pointer(a[SIDES]), (field * 3 + axis) * 2)
    length = a[N0 + axis]
    inner = inner_cells(a, axis)
    for o in range(cells // (length * inner)):
        for side in range(2):
            row = (o * length + (0 if side == 0 else length - 1)) * inner
            for q in range(row, row + inner):
                ghost = sides[side] * (high[q] if side == 0 else low[q])
                if side == 0:
                    low[q] = ghost
                else:
                    high[q] = ghost
                total[q] += ghost


@compiled
def read_couplings(a, values, couplings, rest):  # type: ignore[no-untyped-def]
    """Write the couplings, shape (axes, 2, fields, cells), and the row sums, shape (fields, fields, cells).

    Axes are those from the first that has several cells. Coupling with a side where the field is zero stands where the
    neighbour would be, and is taken out of the row sums. Returns the kernel's code.
    """
    fields = a[FIELDS]
    cells = a[CELLS]
    int_pointer(a[COUNTERS])[0] += 1
    set_state(a, values)
    code = _row_sums(a, values, rest)
    if code != 0:
        return code
    for axis in range(a[FIRST], 3):
        for f in range(fields):
            low = offset(couplings, ((axis - a[FIRST]) * 2 * fields + f) * cells)
            high = offset(low, fields * cells)
            code = _moments(a, values, f, axis, offset(rest, f * (fields + 1) * cells), low, high)
            if code != 0:
                return code
    for axis in range(a[FIRST], 3):
        if a[PERIODIC0 + axis] != 0:
            continue
        for f in range(fields):
            low = offset(couplings, ((axis - a[FIRST]) * 2 * fields + f) * cells)
            high = offset(low, fields * cells)
            _borders(a, f, axis, offset(rest, f * (fields + 1) * cells), low, high)
    return 0
