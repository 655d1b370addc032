"""Elimination tree, postorder, column counts and supernodes of a symmetric pattern (after Liu 1990)."""

from symnum.integrators.addresses import int32_pointer, int_pointer
from symnum.integrators.compiled import compiled, compiled_callback

__all__ = ["group_columns", "order_columns"]


@compiled
def _elimination_tree(n, pointers, rows, parent, ancestor):  # type: ignore[no-untyped-def]
    """Fill `parent`; -1 marks a root."""
    for j in range(n):
        parent[j] = -1
        ancestor[j] = -1
        for q in range(pointers[j], pointers[j + 1]):
            i = rows[q]
            while i != -1 and i < j:
                above = ancestor[i]
                ancestor[i] = j
                if above == -1:
                    parent[i] = j
                i = above


@compiled
def _postorder(n, parent, order, first, sibling):  # type: ignore[no-untyped-def]
    """Fill `order` with the vertices, children before parents and subtrees contiguous."""
    for j in range(n):
        first[j] = -1
    for j in range(n - 1, -1, -1):
        if parent[j] != -1:
            sibling[j] = first[parent[j]]
            first[parent[j]] = j
    count = 0
    for root in range(n):
        if parent[root] == -1:
            j = root
            while j != -1:
                while first[j] != -1:
                    child = first[j]
                    first[j] = sibling[child]
                    j = child
                order[count] = j
                count += 1
                j = -1 if j == root else parent[j]


@compiled
def _column_counts(n, pointers, rows, parent, counts, mark):  # type: ignore[no-untyped-def]
    """Fill `counts` with the entries of each column of the factor, diagonal included."""
    for i in range(n):
        counts[i] = 1
        mark[i] = i
        for q in range(pointers[i], pointers[i + 1]):
            j = rows[q]
            if j < i:
                while mark[j] != i:
                    counts[j] += 1
                    mark[j] = i
                    j = parent[j]


@compiled
def _front_cost(width, size):  # type: ignore[no-untyped-def]
    """Return the modelled nanoseconds of one front: call, assembly, passing on, arithmetic, a dozen solutions."""
    rest = size - width
    flops = 0.6667 * (size * size * size - rest * rest * rest)
    return 250.0 + 0.2 * size * size + 0.6 * rest * rest + flops / 25.0 + 5.0 * width * (2.0 * size - width)


@compiled
def _supernodes(n, parent, counts, starts, sizes):  # type: ignore[no-untyped-def]
    """Group columns, and merge a last child into its parent where the cost model gains; return the number."""
    top = 0
    j = 0
    while j < n:
        last = j
        while last + 1 < n and parent[last] == last + 1 and counts[last] == counts[last + 1] + 1:
            last += 1
        start = j
        width = last + 1 - j
        size = counts[j]
        merging = True
        while merging and top > 0:
            extra = start - starts[top - 1]
            above = parent[start - 1]
            merging = start <= above and above <= last
            if merging:
                apart = _front_cost(float(extra), float(sizes[top - 1])) + _front_cost(
                    float(width), float(size)
                )
                merging = _front_cost(float(width + extra), float(size + extra)) <= apart
            if merging:
                top -= 1
                start -= extra
                width += extra
                size += extra
        starts[top] = start
        sizes[top] = size
        top += 1
        j = last + 1
    starts[top] = n
    return top


@compiled_callback("int32(int64, int64)")
def order_columns(n, addresses):  # type: ignore[no-untyped-def]
    """Elimination tree and postorder. Addresses of int32 arrays: pointers, rows, parent, order, two scratch arrays."""
    a = int_pointer(addresses)
    parent = int32_pointer(a[2])
    _elimination_tree(n, int32_pointer(a[0]), int32_pointer(a[1]), parent, int32_pointer(a[4]))
    _postorder(n, parent, int32_pointer(a[3]), int32_pointer(a[4]), int32_pointer(a[5]))
    return 0


@compiled_callback("int32(int64, int64)")
def group_columns(n, addresses):  # type: ignore[no-untyped-def]
    """Supernodes of a postordered pattern; returns their number.

    Addresses of int32 arrays: pointers, rows, parent, counts, starts, sizes, scratch.
    """
    a = int_pointer(addresses)
    parent = int32_pointer(a[2])
    counts = int32_pointer(a[3])
    _column_counts(n, int32_pointer(a[0]), int32_pointer(a[1]), parent, counts, int32_pointer(a[6]))
    return _supernodes(n, parent, counts, int32_pointer(a[4]), int32_pointer(a[5]))
