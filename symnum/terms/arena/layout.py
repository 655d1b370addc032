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

SYMBOL, CONSTANT, BOOLEAN, SUM, PRODUCT, POWER, CALL = range(7)
"""Kinds of nodes; a call of function ``f`` has kind ``CALL + f``. POWER has an exponent that is a term."""

ONE, ZERO = 0, 1
"""Nodes that every arena begins with."""

LIMIT = 2**62 - 1
"""Largest magnitude of an integer that stands for itself, so that no sum of two overflows."""

SPECIAL = -(2**63)

(NODES, POOL, TERMS, FACTORS, COEFFICIENT, STATUS, PENDING, MEMORY, GENERATION, NEED) = range(10)
ADDRESSES, LENGTHS = 16, 24
"""Places of `state`: nodes and pool used, tops of the two stacks, what a kernel reports,
then the addresses and lengths of nodes, pool, table, memory, special, terms and factors."""

FINE, SLOW, BUDGET = 0, 1, 2
"""STATUS: done; needs rules that only the canonical structure knows; more terms than allowed."""

NEED_NODES, NEED_POOL, NEED_TERMS, NEED_FACTORS, NEED_MEMORY = 1, 2, 4, 8, 16
"""Bits of NEED: which arrays must grow before the kernel is run again."""

PLUS, TIMES, RAISE = 1, 2, 3
"""Operations on numbers in `memory`, rows of (operation, a, b, result); negative while unanswered."""
