"""Calls of functions: arguments are put on the stack of terms, then entered as a node."""

import numpy as np

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.kernels.hash_consing import interned
from symnum.terms.arena.layout import (
    CALL,
    CONSTANT,
    COUNT,
    NEED,
    NEED_TERMS,
    NODE_ROWS,
    OFFSET,
    ONE,
    OPERATION,
    POOL_PAIRS,
    ROOM,
    SLOW,
    STATUS,
    SUM,
    TERM_STACK,
    TERMS,
    WIDTH,
    ZERO,
)  # fmt: skip


@compiled
def put_argument(s, node, code):
    """Put an argument on the stack of terms as it is."""
    top = s[TERMS]
    if top >= s[TERM_STACK + ROOM]:
        s[NEED] |= NEED_TERMS
        return
    terms = int_pointer(s[TERM_STACK])
    terms[2 * top] = node
    terms[2 * top + 1] = code
    s[TERMS] = top + 1


@compiled
def is_number(s, node):
    """Tell whether a node is a plain number."""
    if node == ONE:
        return True
    if node == ZERO:
        return True
    nodes = int_pointer(s[NODE_ROWS])
    row = node * WIDTH
    if nodes[row + OPERATION] != SUM or nodes[row + COUNT] != 1:
        return False
    return int_pointer(s[POOL_PAIRS])[2 * nodes[row + OFFSET]] == ONE


@compiled
def called(s, operation, plain, start):
    """Return the call whose arguments were put since `start`; only where construction folds nothing."""
    nodes = int_pointer(s[NODE_ROWS])
    terms = int_pointer(s[TERM_STACK])
    count = s[TERMS] - start
    s[TERMS] = start
    folds = True
    for i in range(start, start + count):
        node = terms[2 * i]
        if nodes[node * WIDTH + OPERATION] != CONSTANT and not is_number(s, node):
            folds = False
    if folds or operation < CALL or plain[operation - CALL] == 0:
        s[STATUS] = SLOW
        return np.int64(ZERO)
    return interned(s, operation, terms, start, count)
