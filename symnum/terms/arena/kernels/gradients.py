"""Derivatives of many nodes by many symbols, in one sweep."""

import numpy as np

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.kernels.construct import stopped
from symnum.terms.arena.kernels.numbers import plus
from symnum.terms.arena.kernels.products import finish_product, put_factor, put_pair
from symnum.terms.arena.kernels.reach import reach
from symnum.terms.arena.kernels.sorting import sort
from symnum.terms.arena.kernels.sums import finish_sum, put_term
from symnum.terms.arena.layout import (
    ARGUMENTS,
    BEGIN,
    CELLS,
    COUNT,
    NEED,
    NEED_CELLS,
    NODE_ROWS,
    OFFSET,
    ONE,
    OPERATION,
    ORDER,
    PLACE,
    POOL_PAIRS,
    PRODUCT,
    ROOM,
    SUM,
    SYMBOL,
    TERMS,
    VALUE,
    WIDTH,
    ZERO,
)  # fmt: skip


@compiled
def put_cell(s, size, column, node, code):
    """Write a cell; return the new number of cells."""
    if size >= s[CELLS + ROOM]:
        s[NEED] |= NEED_CELLS
        return size
    cells = int_pointer(s[CELLS])
    cells[3 * size] = column
    cells[3 * size + 1] = node
    cells[3 * size + 2] = code
    return size + 1


@compiled
def gather(s, start, end):
    """Add up the cells of one node; return the new end. Columns come in order."""
    cells = int_pointer(s[CELLS])
    sort(s, cells, 3, start, end)
    w = start
    i = start
    while i < end:
        column = cells[3 * i]
        top = s[TERMS]
        while i < end and cells[3 * i] == column:
            put_term(s, cells[3 * i + 1], cells[3 * i + 2])
            i += 1
        node = finish_sum(s, top)
        if node != ZERO:
            w = put_cell(s, w, column, node, 1)
    return w


@compiled
def derived(s, row, k, below, partial):
    """Return the derivative of a node by its k-th child's symbol, up to the code of that child."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    if nodes[row + OPERATION] == SUM:
        return below
    if nodes[row + OPERATION] == PRODUCT:
        offset = nodes[row + OFFSET]
        for j in range(offset, offset + nodes[row + COUNT]):
            exponent = pool[2 * j + 1]
            if j == k:
                exponent = plus(s, exponent, -1)
            if exponent != 0:
                put_pair(s, pool[2 * j], exponent)
    else:
        put_factor(s, partial, 1)
    if below != ONE:
        put_factor(s, below, 1)
    return finish_product(s)


@compiled
def derivatives(s, row, size, starts, partials):
    """Write the cells of one node that has children; return the new number of cells."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    begin = int_pointer(s[BEGIN])
    cells = int_pointer(s[CELLS])
    operation = nodes[row + OPERATION]
    offset = nodes[row + OFFSET]
    first = size
    for k in range(offset, offset + nodes[row + COUNT]):
        where = nodes[pool[2 * k] * WIDTH + VALUE]
        for c in range(begin[where], begin[where + 1]):
            partial = np.int64(ONE)
            code = np.int64(1)
            if operation > PRODUCT:
                partial = partials[starts[nodes[row + PLACE] - 1] + k - offset]
            else:
                code = pool[2 * k + 1]
            made = derived(s, row, k, cells[3 * c + 1], partial)
            size = put_cell(s, size, cells[3 * c], made, code)
            if stopped(s):
                return size
    return gather(s, first, size) if size > first else size


@compiled
def place(s, members, count, step):
    """Number some nodes from 1 on where `step` is 1, and forget their numbers where it is 0."""
    nodes = int_pointer(s[NODE_ROWS])
    for i in range(count):
        nodes[members[i] * WIDTH + PLACE] = step * (i + 1)


@compiled
def sweep_of_cells(s, found, starts, partials):
    """Write the cells of all nodes found, children before parents."""
    nodes = int_pointer(s[NODE_ROWS])
    order = int_pointer(s[ORDER])
    begin = int_pointer(s[BEGIN])  # where the cells of each node begin
    size = np.int64(0)
    for position in range(found):
        row = order[position] * WIDTH
        begin[position] = size
        nodes[row + VALUE] = position
        if nodes[row + OPERATION] == SYMBOL:
            if nodes[row + PLACE] > 0:
                size = put_cell(s, size, nodes[row + PLACE] - 1, ONE, 1)
        elif nodes[row + OPERATION] >= SUM:
            size = derivatives(s, row, size, starts, partials)
        begin[position + 1] = size
        if stopped(s):
            return


@compiled
def gradients(s):
    """Find the derivatives of some nodes (address, count) by symbols (address, count).

    Of each call (address, count) in which a symbol occurs, `partials` holds the derivatives by its arguments,
    from `starts` on; these are the last arguments. The cells (column, derivative, 1) of the node whose `VALUE` is
    v stand from ``BEGIN[v]`` to ``BEGIN[v + 1]`` in `CELLS` afterwards.
    """
    roots = int_pointer(s[ARGUMENTS])
    symbols = int_pointer(s[ARGUMENTS + 2])
    calls = int_pointer(s[ARGUMENTS + 4])
    starts = int_pointer(s[ARGUMENTS + 6])
    partials = int_pointer(s[ARGUMENTS + 7])
    found = reach(s, roots, s[ARGUMENTS + 1], roots, 0)
    place(s, symbols, s[ARGUMENTS + 3], 1)
    place(s, calls, s[ARGUMENTS + 5], 1)
    sweep_of_cells(s, found, starts, partials)
    place(s, symbols, s[ARGUMENTS + 3], 0)
    place(s, calls, s[ARGUMENTS + 5], 0)
