"""Making nodes in bulk."""

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.calls import called, put_argument
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.kernels.hash_consing import interned
from symnum.terms.arena.kernels.products import finish_product, put_factor
from symnum.terms.arena.kernels.sorting import sort
from symnum.terms.arena.kernels.sums import finish_sum, put_term
from symnum.terms.arena.layout import ARGUMENTS, NEED, PRODUCT, STATUS, SUM, TERM_STACK, TERMS


@compiled
def put(s, kind, node, code):
    """Put a child of a sum, product or call on its stack."""
    if kind == SUM:
        put_term(s, node, code)
    elif kind == PRODUCT:
        put_factor(s, node, code)
    else:
        put_argument(s, node, code)


@compiled
def finish(s, kind, plain, start):
    """Return the sum, product or call of what was put since `start`, by the rules of construction."""
    if kind == SUM:
        return finish_sum(s, start)
    if kind == PRODUCT:
        return finish_product(s)
    return called(s, kind, plain, start)


@compiled
def stopped(s):
    """Tell whether the sweep cannot go on."""
    return s[STATUS] != 0 or s[NEED] != 0


@compiled
def as_it_stands(s, kind, start):
    """Return a node of what was put since `start`; a negative kind is a product that needs no rules."""
    terms = int_pointer(s[TERM_STACK])
    count = s[TERMS] - start
    s[TERMS] = start
    if kind < 0:
        sort(s, terms, 2, start, start + count)
        kind = PRODUCT
    return interned(s, kind, terms, start, count)


@compiled
def construct(s):
    """Make nodes in order: sums and products by the rules of construction, other kinds as they stand.

    Arguments are the number of nodes, their kinds, the offsets of their references and codes, these two, and
    where to write the nodes. A reference that is negative, -1 - k, means the result of the k-th of these nodes.
    """
    kinds = int_pointer(s[ARGUMENTS + 1])
    offsets = int_pointer(s[ARGUMENTS + 2])
    references = int_pointer(s[ARGUMENTS + 3])
    codes = int_pointer(s[ARGUMENTS + 4])
    out = int_pointer(s[ARGUMENTS + 5])
    for k in range(s[ARGUMENTS]):
        kind = kinds[k]
        start = s[TERMS]
        for i in range(offsets[k], offsets[k + 1]):
            node = references[i]
            if node < 0:
                node = out[-1 - node]
            put(s, kind, node, codes[i])
        if kind >= SUM and kind <= PRODUCT:
            out[k] = finish(s, kind, out, start)
        else:
            out[k] = as_it_stands(s, kind, start)
        if stopped(s):
            return
