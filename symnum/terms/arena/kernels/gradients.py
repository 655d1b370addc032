"""Derivatives of many nodes by many symbols, in one sweep.

Products of the chain rule stay unmultiplied (links) until a sum needs them, so a chain of depth n costs n steps
although its derivative has n factors.
"""

import numpy as np

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.kernels.construct import stopped
from symnum.terms.arena.kernels.numbers import plus
from symnum.terms.arena.kernels.products import finish_product, put_factor, put_pair
from symnum.terms.arena.kernels.reach import reach
from symnum.terms.arena.kernels.sorting import sort
from symnum.terms.arena.kernels.sums import finish_sum, put_term, scaled
from symnum.terms.arena.layout import (
    ARGUMENTS,
    BEGIN,
    CELLS,
    COUNT,
    LINKED,
    LINKS,
    NEED,
    NEED_CELLS,
    NEED_LINKS,
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
def linked(s, factor, value):
    """Return the value of factor * value, which is multiplied out when it is needed."""
    if value == ONE:
        return factor
    if factor == ONE:
        return value
    count = s[LINKED]
    if count >= s[LINKS + ROOM]:
        s[NEED] |= NEED_LINKS
        return factor
    links = int_pointer(s[LINKS])
    links[3 * count] = factor
    links[3 * count + 1] = value
    links[3 * count + 2] = -1
    s[LINKED] = count + 1
    return -1 - count


@compiled
def resolved(s, value):
    """Return the node that a value stands for."""
    links = int_pointer(s[LINKS])
    last = -1 - value
    if value < 0 and links[3 * last + 2] >= 0:
        return links[3 * last + 2]
    if value >= 0:
        return value
    while value < 0:
        link = 3 * (-1 - value)
        if links[link + 2] >= 0:
            value = links[link + 2]
        else:
            put_factor(s, links[link], 1)
            value = links[link + 1]
    put_factor(s, value, 1)
    links[3 * last + 2] = finish_product(s)
    return links[3 * last + 2]


@compiled
def put_cell(s, size, column, value, code):
    """Write a cell; return the new number of cells."""
    if size >= s[CELLS + ROOM]:
        s[NEED] |= NEED_CELLS
        return size
    cells = int_pointer(s[CELLS])
    cells[3 * size] = column
    cells[3 * size + 1] = value
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
        first = i
        while i < end and cells[3 * i] == column:
            i += 1
        value = cells_total(s, first, i)
        if value != ZERO:
            w = put_cell(s, w, column, value, 1)
    return w


@compiled
def cells_total(s, start, end):
    """Return the value of the sum of some cells."""
    cells = int_pointer(s[CELLS])
    value = cells[3 * start + 1]
    code = cells[3 * start + 2]
    if end == start + 1:
        if code == 1:
            return value
        if value < 0:
            return linked(s, scaled(s, ONE, code), value)
        return scaled(s, value, code)
    top = s[TERMS]
    for i in range(start, end):
        put_term(s, resolved(s, cells[3 * i + 1]), cells[3 * i + 2])
    return finish_sum(s, top)


@compiled
def factor_of(s, row, k):
    """Return the derivative of a product by its k-th factor, up to the exponent of that factor."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    offset = nodes[row + OFFSET]
    for j in range(offset, offset + nodes[row + COUNT]):
        exponent = pool[2 * j + 1]
        if j == k:
            exponent = plus(s, exponent, -1)
        if exponent != 0:
            put_pair(s, pool[2 * j], exponent)
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
        if begin[where] == begin[where + 1]:
            continue
        factor = np.int64(ONE)
        code = pool[2 * k + 1]
        if operation > PRODUCT:
            factor = partials[starts[nodes[row + PLACE] - 1] + k - offset]
            code = 1
        elif operation == PRODUCT:
            factor = factor_of(s, row, k)
            of_factor = nodes[factor * WIDTH + OPERATION]
            if of_factor == SUM and code != 1 and nodes[factor * WIDTH + COUNT] > 1:
                # A number multiplies into a sum at once: it must not grow along a chain of powers of sums.
                factor = scaled(s, factor, code)
                code = 1
        if factor == ZERO:
            continue
        for c in range(begin[where], begin[where + 1]):
            size = put_cell(s, size, cells[3 * c], linked(s, factor, cells[3 * c + 1]), code)
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
def resolve_roots(s, roots, count):
    """Multiply out what the cells of some nodes stand for."""
    nodes = int_pointer(s[NODE_ROWS])
    begin = int_pointer(s[BEGIN])
    cells = int_pointer(s[CELLS])
    for i in range(count):
        where = nodes[roots[i] * WIDTH + VALUE]
        for c in range(begin[where], begin[where + 1]):
            cells[3 * c + 1] = resolved(s, cells[3 * c + 1])
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
    s[LINKED] = 0
    found = reach(s, roots, s[ARGUMENTS + 1], roots, 0)
    place(s, symbols, s[ARGUMENTS + 3], 1)
    place(s, calls, s[ARGUMENTS + 5], 1)
    sweep_of_cells(s, found, starts, partials)
    place(s, symbols, s[ARGUMENTS + 3], 0)
    place(s, calls, s[ARGUMENTS + 5], 0)
    if not stopped(s):
        resolve_roots(s, roots, s[ARGUMENTS + 1])
