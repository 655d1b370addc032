"""Products: factors are put on a stack, numbers go into a coefficient, then both are entered as a node."""

import numpy as np

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.kernels.hash_consing import interned
from symnum.terms.arena.kernels.numbers import raised, times
from symnum.terms.arena.kernels.sums import merged, scaled
from symnum.terms.arena.layout import (
    COEFFICIENT,
    CONSTANT,
    COUNT,
    FACTOR_STACK,
    FACTORS,
    LIMIT,
    NEED,
    NEED_FACTORS,
    NEED_NUMBERS,
    NODE_ROWS,
    NUMBERS,
    OFFSET,
    ONE,
    OPERATION,
    POOL_PAIRS,
    POWER,
    PRODUCT,
    ROOM,
    SLOW,
    STATUS,
    SUM,
    WAITING,
    WIDTH,
    ZERO,
)  # fmt: skip


@compiled
def put_pair(s, base, exponent):
    """Put base ** exponent on the stack of factors; the base is neither a product nor a scaled term."""
    nodes = int_pointer(s[NODE_ROWS])
    row = base * WIDTH
    operation = nodes[row + OPERATION]
    if operation == POWER or (
        operation == SUM
        and nodes[row + COUNT] < 2
        and int_pointer(s[POOL_PAIRS])[2 * nodes[row + OFFSET]] == ONE
    ):
        s[STATUS] = SLOW  # symbolic exponents and powers of numbers merge by rules of their own
        return
    top = s[FACTORS]
    if top >= s[FACTOR_STACK + ROOM]:
        s[NEED] |= NEED_FACTORS
        return
    factors = int_pointer(s[FACTOR_STACK])
    factors[2 * top] = base
    factors[2 * top + 1] = exponent
    s[FACTORS] = top + 1


@compiled
def multiply(s, number):
    """Multiply a number into the coefficient; integers that become too large wait for the end."""
    a = s[COEFFICIENT]
    if a >= -LIMIT and number >= -LIMIT and a != 0 and abs(number) > LIMIT // abs(a):
        if s[WAITING] >= s[NUMBERS + ROOM]:
            s[NEED] |= NEED_NUMBERS
            return
        int_pointer(s[NUMBERS])[s[WAITING]] = a
        s[WAITING] += 1
        s[COEFFICIENT] = number
        return
    if number < -LIMIT:
        a = all_multiplied(s)
    s[COEFFICIENT] = times(s, a, number)


@compiled
def all_multiplied(s):
    """Return the coefficient with all that waits: by pairs, so that few rounds of asking are enough."""
    numbers = int_pointer(s[NUMBERS])
    coefficient = s[COEFFICIENT]
    count = s[WAITING]
    s[WAITING] = 0
    if count == 0 or coefficient == 0:
        return coefficient
    while count > 1:
        half = (count + 1) // 2
        for i in range(count // 2):
            numbers[i] = times(s, numbers[2 * i], numbers[2 * i + 1])
        if count % 2 == 1:
            numbers[half - 1] = numbers[count - 1]
        count = half
    return times(s, numbers[0], coefficient)


@compiled
def unscaled(s, node, exponent):
    """Put the number of a scaled term's power into the coefficient; return the term without it."""
    nodes = int_pointer(s[NODE_ROWS])
    pool = int_pointer(s[POOL_PAIRS])
    row = node * WIDTH
    if nodes[row + COUNT] == 0 and exponent > 0:
        s[COEFFICIENT] = 0
        return np.int64(ONE)
    if nodes[row + COUNT] == 0 or exponent < -LIMIT:
        s[STATUS] = SLOW
        return np.int64(ONE)
    first = 2 * nodes[row + OFFSET]
    multiply(s, raised(s, pool[first + 1], exponent))
    return pool[first]


@compiled
def put_factor(s, node, exponent):
    """Put node ** exponent on the stack of factors, its number into the coefficient."""
    nodes = int_pointer(s[NODE_ROWS])
    if nodes[node * WIDTH + OPERATION] == SUM and nodes[node * WIDTH + COUNT] < 2:
        node = unscaled(s, node, exponent)
    row = node * WIDTH
    operation = nodes[row + OPERATION]
    if operation != PRODUCT:
        if exponent < -LIMIT and operation == CONSTANT:
            s[STATUS] = SLOW
            return
        put_pair(s, node, exponent)
        return
    if exponent < -LIMIT and node != ONE:
        s[STATUS] = SLOW
        return
    pool = int_pointer(s[POOL_PAIRS])
    offset = nodes[row + OFFSET]
    for i in range(offset, offset + nodes[row + COUNT]):
        put_pair(s, pool[2 * i], times(s, pool[2 * i + 1], exponent))


@compiled
def finish_product(s):
    """Return the coefficient times the product of all factors put, and empty the stack."""
    nodes = int_pointer(s[NODE_ROWS])
    factors = int_pointer(s[FACTOR_STACK])
    end = merged(s, factors, 0, s[FACTORS])
    s[FACTORS] = 0
    coefficient = all_multiplied(s)
    s[COEFFICIENT] = 1
    if coefficient == 0:
        return np.int64(ZERO)
    for i in range(end):
        if factors[2 * i + 1] >= -LIMIT:
            row = factors[2 * i] * WIDTH
            operation = nodes[row + OPERATION]
            if operation == PRODUCT or (operation == SUM and nodes[row + COUNT] < 2):
                s[STATUS] = SLOW  # a root became whole: (x*y)^(1/2) squared
    if end == 1 and factors[1] == 1:
        return scaled(s, factors[0], coefficient)
    return scaled(s, interned(s, PRODUCT, factors, 0, end), coefficient)
