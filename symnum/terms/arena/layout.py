"""How an arena lies in memory: what the columns, kinds and states of its arrays mean.

A node is one row of eight 64-bit integers (one cache line), its children lie in the pool as
(child, code) pairs, ordered by child for sums and products and as written for calls.

A code is a number: a small integer stands for itself, anything else (a larger integer, a fraction,
a float) is ``SPECIAL + i``, where ``i`` is its place in the side table of exact Python numbers.

A sum is ``sum(code * child)``, its number the code of the empty product `ONE`; a sum of one pair is a
number or a scaled term. A product is ``prod(child ** code)`` without a coefficient.
"""

OPERATION, COUNT, OFFSET, HASH, DEPTH, MARK, VALUE, PLACE = range(8)
"""Columns of `nodes`; the last three are working space of one sweep."""

WIDTH = 8
"""Columns of a node."""

SYMBOL, CONSTANT, BOOLEAN, SUM, PRODUCT, POWER, CALL = range(7)
"""Kinds of nodes; a call of function ``f`` has kind ``CALL + f``. POWER has an exponent that is a term."""

ONE, ZERO = 0, 1
"""Nodes that every arena begins with."""

LIMIT = 2**62 - 1
"""Largest magnitude of an integer that stands for itself, so that no sum of two overflows."""

SPECIAL = -(2**63)

(NODES, POOL, TERMS, FACTORS, COEFFICIENT, STATUS, PENDING, MEMORY, GENERATION, NEED) = range(10)
"""Places of `state`: nodes and pool used, tops of the two stacks, the coefficient of the product being made,
what a sweep reports, numbers asked for, answers remembered, the newest mark, which arrays must grow."""

NODES_BEFORE, POOL_BEFORE, RESULT, LINKED, WAITING = 10, 11, 12, 13, 14
"""What was used before a sweep, so that it can be taken back; a number that the sweep returns; links used; numbers
that wait for being multiplied into the coefficient."""

ARGUMENTS = 15
"""Where the arguments of a sweep begin in `state`: addresses of arrays, and numbers."""

(
    NODE_ROWS, POOL_PAIRS, TABLE, ANSWERS, SPECIALS, TERM_STACK, FACTOR_STACK,
    ORDER, BEGIN, SPARE, CELLS, LINKS, NUMBERS, OLD_PAIRS, NEW_PAIRS, SEEDS,
) = range(24, 40)  # fmt: skip
"""Places of `state` that hold the addresses of the arena's arrays; the eight from ORDER to NEW_PAIRS are working
space, SEEDS holds what the hashes of calls begin with, by function.
Pairs are (node, code); cells are (column, value, code); links are (factor, value, product of both or -1); answers are
(operation, a, b, result). A value is a node, or ``-1 - l`` for what link ``l`` stands for."""

ROOM = 16
"""The number of rows of the array at place ``p`` of `state` stands at ``p + ROOM``."""

STATE_LENGTH = 64

FINE, SLOW, BUDGET = 0, 1, 2
"""STATUS: done; needs rules that only the canonical structure knows; more terms than allowed."""

(
    NEED_NODES,
    NEED_POOL,
    NEED_TERMS,
    NEED_FACTORS,
    NEED_MEMORY,
    NEED_CELLS,
    NEED_LINKS,
    NEED_NUMBERS,
    NEED_PAIRS,
) = (1 << i for i in range(9))
"""Bits of NEED: which arrays must grow before the sweep is run again."""

PLUS, TIMES, RAISE = 1, 2, 3
"""Operations on numbers; negative in the table of answers while unanswered."""

REBUILD, CONSTRUCT, REACHED, DEPENDENT, SUBSTITUTE, EXPAND, GRADIENTS = range(7)
"""The sweeps."""
