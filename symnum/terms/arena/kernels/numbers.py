"""Arithmetic on codes: small integers at once, everything else by asking the arena."""

import numpy as np

from symnum.compiling.pointers import int_pointer
from symnum.terms.arena.kernels.compiled import compiled
from symnum.terms.arena.layout import (
    ANSWERS,
    LIMIT,
    MEMORY,
    NEED,
    NEED_MEMORY,
    PENDING,
    PLUS,
    RAISE,
    ROOM,
    TIMES,
)


@compiled
def mixed(h, x):
    """Stir a number into a hash."""
    h = (h ^ x) * np.uint64(0xFF51AFD7ED558CCD)
    return h ^ (h >> np.uint64(32))


@compiled
def asked(s, operation, a, b):
    """Look a result up; where it is not known, ask for it and return a guess."""
    answers = int_pointer(s[ANSWERS])
    mask = s[ANSWERS + ROOM] - 1
    h = mixed(mixed(np.uint64(operation), np.uint64(a)), np.uint64(b))
    p = np.int64(h & np.uint64(mask))
    while answers[4 * p] != 0:
        if abs(answers[4 * p]) == operation and answers[4 * p + 1] == a and answers[4 * p + 2] == b:
            return answers[4 * p + 3]
        p = (p + 1) & mask
    if 2 * s[MEMORY] >= mask:
        s[NEED] |= NEED_MEMORY
        return np.int64(1)
    answers[4 * p] = -operation
    answers[4 * p + 1] = a
    answers[4 * p + 2] = b
    answers[4 * p + 3] = 1
    s[MEMORY] += 1
    s[PENDING] += 1
    return np.int64(1)


@compiled
def plus(s, a, b):
    """Return the sum of two numbers."""
    if a >= -LIMIT and b >= -LIMIT:
        total = a + b
        if -LIMIT <= total <= LIMIT:
            return total
    if a == 0:
        return b
    if b == 0:
        return a
    return asked(s, PLUS, a, b)


@compiled
def times(s, a, b):
    """Return the product of two numbers."""
    if a == 1:
        return b
    if b == 1:
        return a
    if a == 0 or b == 0:
        return np.int64(0)
    if a >= -LIMIT and b >= -LIMIT and abs(b) <= LIMIT // abs(a):
        return a * b
    return asked(s, TIMES, a, b)


@compiled
def raised(s, a, e):
    """Return the number a to the small whole power e."""
    if e == 1 or a == 1:
        return a
    if e == 2:
        return times(s, a, a)
    return asked(s, RAISE, a, e)
