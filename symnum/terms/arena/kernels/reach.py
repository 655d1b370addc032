"""All nodes within some nodes, children before parents."""

import numpy as np

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.kernels.sorting import sort
from symnum.terms.arena.layout import (
    ARGUMENTS,
    COUNT,
    GENERATION,
    MARK,
    NODE_ROWS,
    OFFSET,
    ORDER,
    POOL_PAIRS,
    RESULT,
    VALUE,
    WIDTH,
)  # fmt: skip

DENSE = 12  # from one node in so many on, the marks of all are looked at instead of sorting


@compiled
def ordered(s, count, least, greatest):
    """Bring the nodes found into the order in which they were made."""
    order = int_pointer(s[ORDER])
    if greatest - least > DENSE * count:
        sort(s, order, 1, 0, count)
        return
    nodes = int_pointer(s[NODE_ROWS])
    mark = s[GENERATION]
    w = 0
    for node in range(least, greatest + 1):
        if nodes[node * WIDTH + MARK] == mark:
            order[w] = node
            w += 1


@compiled
def reach(s, roots, count, stops, stop_count):
    """Write all nodes within some nodes to `ORDER`, and return how many; `stops` are not looked into."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    order = int_pointer(s[ORDER])
    s[GENERATION] += 1
    mark = s[GENERATION]
    for i in range(stop_count):
        nodes[stops[i] * WIDTH + MARK] = -mark
    found = 0
    least = np.int64(2**62)
    greatest = np.int64(0)
    next_one = 0  # the list is its own work list: what stands from here on has not been looked into yet
    for i in range(count):
        root = roots[i] * WIDTH
        if abs(nodes[root + MARK]) != mark:
            nodes[root + MARK] = mark
            order[found] = roots[i]
            found += 1
        while next_one < found:
            node = order[next_one]
            least = min(least, node)
            greatest = max(greatest, node)
            next_one += 1
            first = 2 * nodes[node * WIDTH + OFFSET]
            for k in range(first, first + 2 * nodes[node * WIDTH + COUNT], 2):
                child = pool[k] * WIDTH
                if abs(nodes[child + MARK]) != mark:
                    nodes[child + MARK] = mark
                    order[found] = pool[k]
                    found += 1
    ordered(s, found, least, greatest)
    return found


@compiled
def reached(s):
    """Find all nodes within some nodes (address, count)."""
    roots = int_pointer(s[ARGUMENTS])
    s[RESULT] = reach(s, roots, s[ARGUMENTS + 1], roots, 0)


@compiled
def dependent(s):
    """Find the nodes within some nodes (address, count) in which one of some symbols (address, count) occurs."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    order = int_pointer(s[ORDER])
    roots = int_pointer(s[ARGUMENTS])
    symbols = int_pointer(s[ARGUMENTS + 2])
    found = reach(s, roots, s[ARGUMENTS + 1], roots, 0)
    for i in range(found):
        nodes[order[i] * WIDTH + VALUE] = 0
    for i in range(s[ARGUMENTS + 3]):
        nodes[symbols[i] * WIDTH + VALUE] = 1
    count = 0
    for i in range(found):
        row = order[i] * WIDTH
        first = 2 * nodes[row + OFFSET]
        for k in range(first, first + 2 * nodes[row + COUNT], 2):
            if nodes[pool[k] * WIDTH + VALUE] == 1:
                nodes[row + VALUE] = 1
                break
        if nodes[row + VALUE] == 1:
            order[count] = order[i]
            count += 1
    s[RESULT] = count
