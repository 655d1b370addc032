"""Sums: terms are put on a stack, then ordered, added up and entered as a node."""

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.kernels.hash_consing import interned
from symnum.terms.arena.kernels.numbers import plus, times
from symnum.terms.arena.kernels.sorting import sort
from symnum.terms.arena.layout import (
    COUNT,
    NEED,
    NEED_TERMS,
    NODE_ROWS,
    OFFSET,
    OPERATION,
    POOL_PAIRS,
    ROOM,
    SUM,
    TERM_STACK,
    TERMS,
    WIDTH,
)  # fmt: skip


@compiled
def merged(s, pairs, start, end):
    """Order pairs, add the codes of equal children, drop exact zeros; return the new end."""
    sort(s, pairs, 2, start, end)
    w = start
    i = start
    while i < end:
        child = pairs[2 * i]
        code = pairs[2 * i + 1]
        i += 1
        while i < end and pairs[2 * i] == child:
            code = plus(s, code, pairs[2 * i + 1])
            i += 1
        if code != 0:
            pairs[2 * w] = child
            pairs[2 * w + 1] = code
            w += 1
    return w


@compiled
def put_term(s, node, code):
    """Put code * node on the stack of terms, sums pair by pair."""
    nodes = int_pointer(s[NODE_ROWS])
    terms = int_pointer(s[TERM_STACK])
    top = s[TERMS]
    row = node * WIDTH
    if nodes[row + OPERATION] != SUM:
        if top >= s[TERM_STACK + ROOM]:
            s[NEED] |= NEED_TERMS
            return
        terms[2 * top] = node
        terms[2 * top + 1] = code
        s[TERMS] = top + 1
        return
    pool = int_pointer(s[POOL_PAIRS])
    count = nodes[row + COUNT]
    first = 2 * nodes[row + OFFSET]
    if top + count > s[TERM_STACK + ROOM]:
        s[NEED] |= NEED_TERMS
        return
    for i in range(0, 2 * count, 2):
        terms[2 * top + i] = pool[first + i]
        terms[2 * top + i + 1] = times(s, pool[first + i + 1], code)
    s[TERMS] = top + count


@compiled
def finish_sum(s, start):
    """Return the sum of the terms put since `start`, and take them off the stack."""
    terms = int_pointer(s[TERM_STACK])
    end = merged(s, terms, start, s[TERMS])
    s[TERMS] = start
    if end == start + 1 and terms[2 * start + 1] == 1:
        return terms[2 * start]
    return interned(s, SUM, terms, start, end - start)


@compiled
def scaled(s, node, coefficient):
    """Return coefficient * node."""
    if coefficient == 1:
        return node
    start = s[TERMS]
    put_term(s, node, coefficient)
    return finish_sum(s, start)
