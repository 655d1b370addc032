"""Each distinct node once: look it up by its hash, or make it."""

import numpy as np

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.kernels.numbers import mixed
from symnum.terms.arena.layout import (
    CALL,
    COUNT,
    DEPTH,
    HASH,
    LIMIT,
    MARK,
    NEED,
    NEED_NODES,
    NEED_POOL,
    NODE_ROWS,
    NODES,
    NODES_BEFORE,
    OFFSET,
    OPERATION,
    PLACE,
    POOL,
    POOL_PAIRS,
    POWER,
    ROOM,
    SEEDS,
    SPECIAL,
    SPECIALS,
    SUM,
    TABLE,
    WIDTH,
    ZERO,
)  # fmt: skip


@compiled
def hash_of(s, operation, pairs, start, count):
    """Return the hash of a node with these (child, code) pairs."""
    nodes = int_pointer(s[NODE_ROWS])
    specials = int_pointer(s[SPECIALS])
    seed = np.uint64(operation) * np.uint64(0x9E3779B97F4A7C15)
    if operation >= CALL:  # of its name: numbers of functions differ between arenas, hashes must not
        seed = np.uint64(int_pointer(s[SEEDS])[operation - CALL])
    h = seed
    for i in range(2 * start, 2 * (start + count), 2):
        child = np.uint64(nodes[pairs[i] * WIDTH + HASH])
        if operation >= POWER:
            h = mixed(h + np.uint64(1), child)
        else:  # the same whatever the order of the children
            code = pairs[i + 1]
            if code < -LIMIT:
                code = specials[code - SPECIAL]
            h += mixed(mixed(seed, np.uint64(code)), child)
    return np.int64(mixed(h, np.uint64(count)))


@compiled
def is_same(s, row, pairs, start, count):
    """Tell whether a row of the nodes has just these pairs."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    first = 2 * nodes[row + OFFSET]
    for i in range(2 * count):
        if pool[first + i] != pairs[2 * start + i]:
            return False
    return True


@compiled
def interned(s, operation, pairs, start, count):
    """Return the node with these (child, code) pairs, which are in order already."""
    nodes = int_pointer(s[NODE_ROWS])
    table = int_pointer(s[TABLE])
    key = hash_of(s, operation, pairs, start, count)
    mask = s[TABLE + ROOM] - 1
    p = key & mask
    while table[p] >= 0:
        row = table[p] * WIDTH
        if (
            nodes[row + HASH] == key
            and nodes[row + OPERATION] == operation
            and nodes[row + COUNT] == count
            and is_same(s, row, pairs, start, count)
        ):
            return table[p]
        p = (p + 1) & mask
    j = s[NODES]
    if j >= s[NODE_ROWS + ROOM] or 2 * j >= mask:
        s[NEED] |= NEED_NODES
        return np.int64(ZERO)
    if s[POOL] + count > s[POOL_PAIRS + ROOM]:
        s[NEED] |= NEED_POOL
        return np.int64(ZERO)
    table[p] = j
    enter(s, j, operation, key, pairs, start, count)
    return j


@compiled
def enter(s, j, operation, key, pairs, start, count):
    """Write a new node."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    offset = s[POOL]
    depth = 0
    for i in range(count):
        child = pairs[2 * (start + i)]
        pool[2 * (offset + i)] = child
        pool[2 * (offset + i) + 1] = pairs[2 * (start + i) + 1]
        depth = max(depth, nodes[child * WIDTH + DEPTH])
    row = j * WIDTH
    nodes[row + OPERATION] = operation
    nodes[row + COUNT] = count
    nodes[row + OFFSET] = offset
    nodes[row + HASH] = key
    nodes[row + DEPTH] = depth + 1
    nodes[row + MARK] = 0
    nodes[row + PLACE] = 0
    s[NODES] = j + 1
    s[POOL] = offset + count


@compiled
def rebuild(s):
    """Enter all nodes that have children into a larger table, in the order in which they were made."""
    nodes = int_pointer(s[NODE_ROWS])
    table = int_pointer(s[TABLE])
    mask = s[TABLE + ROOM] - 1
    for j in range(s[NODES]):
        if nodes[j * WIDTH + OPERATION] >= SUM:
            p = nodes[j * WIDTH + HASH] & mask
            while table[p] >= 0:
                p = (p + 1) & mask
            table[p] = j


@compiled
def take_back(s):
    """Remove the nodes of the last sweep from the table, the last one first, which leaves no gaps in it."""
    nodes = int_pointer(s[NODE_ROWS])
    table = int_pointer(s[TABLE])
    mask = s[TABLE + ROOM] - 1
    for j in range(s[NODES] - 1, s[NODES_BEFORE] - 1, -1):
        if nodes[j * WIDTH + OPERATION] >= SUM:
            p = nodes[j * WIDTH + HASH] & mask
            while table[p] != j:
                p = (p + 1) & mask
            table[p] = -1
