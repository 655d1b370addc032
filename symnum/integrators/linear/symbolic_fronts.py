"""Structure of the fronts: which rows and columns they have, where entries and contributions land in them.

A front belongs to a supernode (columns `starts[s] .. starts[s+1]-1`). Its order is that of the symmetrised pattern, but
it remembers which rows below the pivots are structurally zero in L and which columns are structurally zero in U; those
come last and are left out of the arithmetic and of the stored factors.
"""

from symnum.integrators.addresses import int32_pointer, int_pointer
from symnum.integrators.compiled import compiled, compiled_callback

__all__ = ["flag_rows", "list_rows", "order_rows", "place_entries"]

#: Flags of the indices of a front, apart for rows and columns: can be nonzero in L or U; is there at all.
NONZERO, PRESENT = 1, 2


@compiled
def _front_rows(  # type: ignore[no-untyped-def]
    n, count, starts, owner, pointers, rows, offsets, below, parent, first, sibling, mark
):
    """Fill `below[offsets[s]:offsets[s+1]]` with the indices beyond the pivots, unsorted; and the tree."""
    for s in range(count):
        first[s] = -1
        parent[s] = -1
    for j in range(n):
        mark[j] = -1
    for s in range(count):
        end = starts[s + 1]
        at = offsets[s]
        lowest = n
        for q in range(pointers[starts[s]], pointers[end]):
            i = rows[q]
            if i >= end and mark[i] != s:
                mark[i] = s
                below[at] = i
                at += 1
                lowest = min(lowest, i)
        c = first[s]
        while c != -1:
            for q in range(offsets[c], offsets[c + 1]):
                i = below[q]
                if i >= end and mark[i] != s:
                    mark[i] = s
                    below[at] = i
                    at += 1
                    lowest = min(lowest, i)
            c = sibling[c]
        if lowest < n:
            parent[s] = owner[lowest]
            sibling[s] = first[owner[lowest]]
            first[owner[lowest]] = s


@compiled_callback("int32(int64, int64, int64)")
def list_rows(n, count, addresses):  # type: ignore[no-untyped-def]
    """Rows and tree of the fronts.

    Addresses of int32 arrays: starts, owner, pointers, rows, offsets (int64), below, parent, first, sibling, scratch.
    """
    a = int_pointer(addresses)
    _front_rows(
        n, count, int32_pointer(a[0]), int32_pointer(a[1]), int32_pointer(a[2]), int32_pointer(a[3]), int_pointer(a[4]),
        int32_pointer(a[5]), int32_pointer(a[6]), int32_pointer(a[7]), int32_pointer(a[8]), int32_pointer(a[9]),
    )  # fmt: skip
    return 0


@compiled
def _pass_on(k, end, offsets, below, lower, upper, where, position):  # type: ignore[no-untyped-def]
    """Let the finished front k mark the rows and columns of the current one; return whether k has to go on itself."""
    z = position[k]
    stop = offsets[k + 1]
    in_lower = 0
    in_upper = 0
    while z < stop and below[z] < end:
        in_lower |= lower[z] & NONZERO
        in_upper |= upper[z] & NONZERO
        z += 1
    if in_upper != 0:
        for q in range(z, stop):
            lower[where[below[q]]] |= lower[q] & NONZERO
    if in_lower != 0:
        for q in range(z, stop):
            upper[where[below[q]]] |= upper[q] & NONZERO
    position[k] = z
    return z < stop and (in_lower == 0 or in_upper == 0)


@compiled
def _inherit(s, end, offsets, below, first, sibling, where, flags):  # type: ignore[no-untyped-def]
    """Flag what the children of front s hand on."""
    c = first[s]
    while c != -1:
        for q in range(offsets[c], offsets[c + 1]):
            if below[q] >= end:
                flags[where[below[q]]] |= flags[q] & PRESENT
        c = sibling[c]


@compiled_callback("int32(int64, int64)")
def flag_rows(count, addresses):  # type: ignore[no-untyped-def]
    """Flag the rows of L (`lower`) and the columns of U (`upper`) of every front that can be nonzero.

    A finished front acts on a later one where its U reaches that one's columns (its L rows appear there) or its L
    reaches that one's rows (its U columns appear there); once both happened the later front carries its pattern on.

    Rows and columns are flagged besides that merely pass through: a front has to hold what its children hand on.

    Addresses of int32 arrays: starts, owner, cp, ci, rp, ri, offsets (int64), below, lower, upper, first, sibling, four
    for scratch.
    """
    a = int_pointer(addresses)
    starts = int32_pointer(a[0])
    owner = int32_pointer(a[1])
    cp = int32_pointer(a[2])
    ci = int32_pointer(a[3])
    rp = int32_pointer(a[4])
    ri = int32_pointer(a[5])
    offsets = int_pointer(a[6])
    below = int32_pointer(a[7])
    lower = int32_pointer(a[8])
    upper = int32_pointer(a[9])
    first = int32_pointer(a[10])
    sibling = int32_pointer(a[11])
    head = int32_pointer(a[12])
    link = int32_pointer(a[13])
    position = int32_pointer(a[14])
    where = int32_pointer(a[15])
    for s in range(count):
        head[s] = -1
    for s in range(count):
        end = starts[s + 1]
        begin = offsets[s]
        stop = offsets[s + 1]
        for q in range(begin, stop):
            where[below[q]] = q
            lower[q] = 0
            upper[q] = 0
        for q in range(cp[starts[s]], cp[end]):
            if ci[q] >= end:
                lower[where[ci[q]]] = NONZERO | PRESENT
        for q in range(rp[starts[s]], rp[end]):
            if ri[q] >= end:
                upper[where[ri[q]]] = NONZERO | PRESENT
        _inherit(s, end, offsets, below, first, sibling, where, lower)
        _inherit(s, end, offsets, below, first, sibling, where, upper)
        k = head[s]
        while k != -1:
            following = link[k]
            if _pass_on(k, end, offsets, below, lower, upper, where, position):
                target = owner[below[position[k]]]
                link[k] = head[target]
                head[target] = k
            k = following
        if stop > begin:
            target = owner[below[begin]]
            position[s] = begin
            link[s] = head[target]
            head[target] = s
    return 0


@compiled_callback("int32(int64, int64)")
def order_rows(count, addresses):  # type: ignore[no-untyped-def]
    """Order the indices of each front and find their places in the parent's front.

    First come those that can be nonzero in the factor, then those that pass through, then those that are
    not there. Among equals they follow the parent's order, so that contributions are added to columns in
    ascending order; hence parents come before their children here.

    Addresses of int32 arrays: starts, offsets (int64), below, flags, first, sibling, then what is made:
    ordered indices, how many can be nonzero, how many are there, places in the parent; scratch.
    """
    a = int_pointer(addresses)
    starts = int32_pointer(a[0])
    offsets = int_pointer(a[1])
    below = int32_pointer(a[2])
    flags = int32_pointer(a[3])
    first = int32_pointer(a[4])
    sibling = int32_pointer(a[5])
    ordered = int32_pointer(a[6])
    numbers = int32_pointer(a[7])
    present = int32_pointer(a[8])
    relative = int32_pointer(a[9])
    kinds = int32_pointer(a[10])
    for j in range(starts[count]):
        kinds[j] = 0
    for s in range(count - 1, -1, -1):
        start = starts[s]
        width = starts[s + 1] - start
        size = width + offsets[s + 1] - offsets[s]
        if size == width:
            numbers[s] = 0
            present[s] = 0
        c = first[s]
        while c != -1:
            begin = offsets[c]
            end = offsets[c + 1]
            for q in range(begin, end):
                kinds[below[q]] = 1 if flags[q] & NONZERO else (2 if flags[q] & PRESENT else 3)
            at = begin
            for kind in range(1, 4):
                for place in range(size):
                    i = start + place if place < width else ordered[offsets[s] + place - width]
                    if kinds[i] == kind:
                        ordered[at] = i
                        relative[at] = place
                        at += 1
                if kind == 1:
                    numbers[c] = at - begin
                if kind == 2:
                    present[c] = at - begin
            for q in range(begin, end):
                kinds[below[q]] = 0
            c = sibling[c]
    return 0


@compiled_callback("int32(int64, int64)")
def place_entries(count, addresses):  # type: ignore[no-untyped-def]
    """List for every front the matrix entries it takes: place in the front (row-major) and place in the values.

    Addresses of int32 arrays: starts, cp, ci, rp, ri, sources by column, sources by row, offsets (int64), by_row,
    by_column, columns present, then what is made: bounds, places, sources; two for scratch.
    """
    a = int_pointer(addresses)
    starts = int32_pointer(a[0])
    cp = int32_pointer(a[1])
    ci = int32_pointer(a[2])
    rp = int32_pointer(a[3])
    ri = int32_pointer(a[4])
    source_by_column = int32_pointer(a[5])
    source_by_row = int32_pointer(a[6])
    offsets = int_pointer(a[7])
    by_row = int32_pointer(a[8])
    by_column = int32_pointer(a[9])
    present = int32_pointer(a[10])
    bounds = int32_pointer(a[11])
    places = int32_pointer(a[12])
    sources = int32_pointer(a[13])
    where = int32_pointer(a[14])
    along = int32_pointer(a[15])
    n = 0
    bounds[0] = 0
    for s in range(count):
        start = starts[s]
        end = starts[s + 1]
        width = end - start
        begin = offsets[s]
        size = width + present[s]
        for q in range(begin, offsets[s + 1]):
            where[by_row[q]] = width + q - begin
            along[by_column[q]] = width + q - begin
        for j in range(start, end):
            for q in range(cp[j], cp[j + 1]):
                if ci[q] >= end:
                    places[n] = where[ci[q]] * size + (j - start)
                    sources[n] = source_by_column[q]
                    n += 1
            for q in range(rp[j], rp[j + 1]):
                if ri[q] >= start:
                    column = ri[q] - start if ri[q] < end else along[ri[q]]
                    places[n] = (j - start) * size + column
                    sources[n] = source_by_row[q]
                    n += 1
        bounds[s + 1] = n
    return 0
