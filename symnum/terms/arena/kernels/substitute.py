"""Replacing nodes by others, all at once."""

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.kernels.construct import finish, put, stopped
from symnum.terms.arena.kernels.reach import reach
from symnum.terms.arena.layout import (
    ARGUMENTS,
    COUNT,
    NODE_ROWS,
    OFFSET,
    OPERATION,
    ORDER,
    POOL_PAIRS,
    TERMS,
    VALUE,
    WIDTH,
)  # fmt: skip


@compiled
def is_changed(s, row):
    """Tell whether a child of a node has another value than itself."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    first = 2 * nodes[row + OFFSET]
    for k in range(first, first + 2 * nodes[row + COUNT], 2):
        if nodes[pool[k] * WIDTH + VALUE] != pool[k]:
            return True
    return False


@compiled
def remade(s, row, plain):
    """Return a node made again with its children's values."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    operation = nodes[row + OPERATION]
    first = 2 * nodes[row + OFFSET]
    start = s[TERMS]
    for k in range(first, first + 2 * nodes[row + COUNT], 2):
        put(s, operation, nodes[pool[k] * WIDTH + VALUE], pool[k + 1])
    return finish(s, operation, plain, start)


@compiled
def substitute(s):
    """Write the values of some nodes (address, count) with keys (address, count) replaced by values.

    Further arguments are the values, which functions are plain, and where to write.
    """
    nodes = int_pointer(s[NODE_ROWS])
    order = int_pointer(s[ORDER])
    roots = int_pointer(s[ARGUMENTS])
    count = s[ARGUMENTS + 1]
    keys = int_pointer(s[ARGUMENTS + 2])
    values = int_pointer(s[ARGUMENTS + 4])
    plain = int_pointer(s[ARGUMENTS + 5])
    out = int_pointer(s[ARGUMENTS + 6])
    found = reach(s, roots, count, keys, s[ARGUMENTS + 3])
    for i in range(s[ARGUMENTS + 3]):
        nodes[keys[i] * WIDTH + VALUE] = values[i]
    for i in range(found):
        row = order[i] * WIDTH
        nodes[row + VALUE] = order[i]
        if is_changed(s, row):
            nodes[row + VALUE] = remade(s, row, plain)
            if stopped(s):
                return
    for i in range(count):
        out[i] = nodes[roots[i] * WIDTH + VALUE]
