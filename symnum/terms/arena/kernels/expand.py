"""Multiplying out products and whole powers of sums at every depth."""

import numpy as np

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.kernels.construct import stopped
from symnum.terms.arena.kernels.numbers import plus, times
from symnum.terms.arena.kernels.products import finish_product, put_factor, put_pair
from symnum.terms.arena.kernels.reach import reach
from symnum.terms.arena.kernels.substitute import is_changed, remade
from symnum.terms.arena.kernels.sums import finish_sum, put_term, scaled
from symnum.terms.arena.layout import (
    ARGUMENTS,
    BUDGET,
    COUNT,
    FACTORS,
    NEED,
    NEED_PAIRS,
    NEW_PAIRS,
    NODE_ROWS,
    OFFSET,
    OLD_PAIRS,
    OPERATION,
    ORDER,
    PLACE,
    POOL_PAIRS,
    PRODUCT,
    ROOM,
    SLOW,
    STATUS,
    SUM,
    TERMS,
    VALUE,
    WIDTH,
    ZERO,
)  # fmt: skip


@compiled
def collected(s, pairs, size, node, code):
    """Add code * node to the collected pairs; return their number."""
    nodes = int_pointer(s[NODE_ROWS])
    place = nodes[node * WIDTH + PLACE]
    if place > 0:
        pairs[2 * place - 1] = plus(s, pairs[2 * place - 1], code)
        return size
    if size >= s[NEW_PAIRS + ROOM]:
        s[NEED] |= NEED_PAIRS
        return size
    pairs[2 * size] = node
    pairs[2 * size + 1] = code
    nodes[node * WIDTH + PLACE] = size + 1
    return size + 1


@compiled
def multiplied_once(s, old, length, factor, code, new, size):
    """Add code * factor times every pair to the collected pairs; return their number."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    for i in range(length):
        put_factor(s, old[2 * i], 1)
        put_factor(s, factor, 1)
        node = finish_product(s)
        number = times(s, old[2 * i + 1], code)
        if nodes[node * WIDTH + OPERATION] == SUM:
            if nodes[node * WIDTH + COUNT] != 1:  # two roots of a sum made the sum itself
                s[STATUS] = SLOW
                return size
            first = 2 * nodes[node * WIDTH + OFFSET]
            number = times(s, number, pool[first + 1])
            node = pool[first]
        if stopped(s):
            return size
        size = collected(s, new, size, node, number)
    return size


@compiled
def multiplied(s, old, length, total, new):
    """Multiply pairs by every term of a sum; return the number of collected pairs."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    begin = nodes[total * WIDTH + OFFSET]
    size = np.int64(0)
    for j in range(begin, begin + nodes[total * WIDTH + COUNT]):
        size = multiplied_once(s, old, length, pool[2 * j], pool[2 * j + 1], new, size)
        if stopped(s):
            break
    for i in range(size):
        nodes[new[2 * i] * WIDTH + PLACE] = 0
    return size


@compiled
def is_multiplied_out(s, base, exponent):
    """Tell whether a factor is a sum to a positive whole power."""
    nodes = int_pointer(s[NODE_ROWS])
    row = base * WIDTH
    return nodes[row + OPERATION] == SUM and nodes[row + COUNT] > 1 and exponent > 0


@compiled
def all_multiplied(s, node, coefficient, rest, limit):
    """Return coefficient * rest times the sums among a product's factors, multiplied out."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    old = int_pointer(s[OLD_PAIRS])
    new = int_pointer(s[NEW_PAIRS])
    old[0] = rest
    old[1] = coefficient
    length = np.int64(1)
    offset = nodes[node * WIDTH + OFFSET]
    for k in range(offset, offset + nodes[node * WIDTH + COUNT]):
        if is_multiplied_out(s, pool[2 * k], pool[2 * k + 1]):
            for _ in range(pool[2 * k + 1]):
                length = multiplied(s, old, length, pool[2 * k], new)
                old, new = new, old
                if length > limit:
                    s[STATUS] = BUDGET
                if stopped(s):
                    return np.int64(ZERO)
    start = s[TERMS]
    for i in range(length):
        if old[2 * i + 1] != 0:
            put_term(s, old[2 * i], old[2 * i + 1])
    return finish_sum(s, start)


@compiled
def distributed(s, node, limit):
    """Multiply the sums out that are factors of a product (or of a scaled one)."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    coefficient = np.int64(1)
    if nodes[node * WIDTH + OPERATION] == SUM and nodes[node * WIDTH + COUNT] == 1:
        first = 2 * nodes[node * WIDTH + OFFSET]
        coefficient = pool[first + 1]
        node = pool[first]
    row = node * WIDTH
    if nodes[row + OPERATION] != PRODUCT:
        return scaled(s, node, coefficient)
    many = False
    for k in range(nodes[row + OFFSET], nodes[row + OFFSET] + nodes[row + COUNT]):
        if is_multiplied_out(s, pool[2 * k], pool[2 * k + 1]):
            many = True
        else:
            put_pair(s, pool[2 * k], pool[2 * k + 1])
    if not many:
        s[FACTORS] = 0
        return scaled(s, node, coefficient)
    rest = finish_product(s)
    if stopped(s):
        return rest
    return all_multiplied(s, node, coefficient, rest, limit)


@compiled
def has_sum(s, row):
    """Tell whether the value of one of a node's children is a sum."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    first = 2 * nodes[row + OFFSET]
    for k in range(first, first + 2 * nodes[row + COUNT], 2):
        if nodes[nodes[pool[k] * WIDTH + VALUE] * WIDTH + OPERATION] == SUM:
            return True
    return False


@compiled
def expanded(s, node, plain, limit):
    """Return a node multiplied out, whose children's values are multiplied out already."""
    nodes = int_pointer(s[NODE_ROWS])
    row = node * WIDTH
    operation = nodes[row + OPERATION]
    if operation < SUM or node <= ZERO:  # ONE and ZERO come first
        return node
    if not is_changed(s, row) and not (operation == PRODUCT and has_sum(s, row)):
        return node
    made = remade(s, row, plain)
    if stopped(s):
        return made
    if operation == PRODUCT:
        return distributed(s, made, limit)
    if nodes[made * WIDTH + OPERATION] == SUM and nodes[made * WIDTH + COUNT] > limit:
        s[STATUS] = BUDGET
    return made


@compiled
def expand(s):
    """Write some nodes (address, count) multiplied out.

    Further arguments are which functions are plain, the largest number of terms, and where to write.
    """
    nodes = int_pointer(s[NODE_ROWS])
    order = int_pointer(s[ORDER])
    roots = int_pointer(s[ARGUMENTS])
    count = s[ARGUMENTS + 1]
    plain = int_pointer(s[ARGUMENTS + 2])
    out = int_pointer(s[ARGUMENTS + 4])
    found = reach(s, roots, count, roots, 0)
    for i in range(found):
        nodes[order[i] * WIDTH + VALUE] = expanded(s, order[i], plain, s[ARGUMENTS + 3])
        if stopped(s):
            return
    for i in range(count):
        out[i] = nodes[roots[i] * WIDTH + VALUE]
