"""Sums that grow at their end: ``total = total + x`` many times over costs what the new terms cost.

A growing sum is a log of (base, code) pairs, to which the next summand is appended. A shorter sum is a beginning of
the log and stays what it was, whatever is appended after it; a sum that is not the newest goes on in a copy. What
the newest one adds up to is known all the time, so a sum in which everything cancels is seen at once to be a number.
"""

from symnum.terms.arena.layout import LIMIT
from symnum.terms.arena.store import Arena
from symnum.terms.numbers import plus


class Growing:
    """The log of a growing sum.

    Attributes
    ----------
    bases, codes : list of int
        Nodes that are no sums, and the codes of their coefficients, in the order in which they were added.
    totals : dict of int to int
        The code of each base in the whole log, exact zeros left out.
    """

    __slots__ = ("bases", "codes", "totals")

    def __init__(self) -> None:
        self.bases: list[int] = []
        self.codes: list[int] = []
        self.totals: dict[int, int] = {}

    def append(self, arena: Arena, base: int, code: int) -> bool:
        """Add code * base; return whether something cancelled."""
        totals = self.totals
        self.bases.append(base)
        self.codes.append(code)
        if base not in totals:
            totals[base] = code
            return False
        total = totals[base]
        both = total + code
        if total < -LIMIT or code < -LIMIT or not -LIMIT <= both <= LIMIT:
            both = arena.code_of(plus(arena.number_of(total), arena.number_of(code)))
        if both:
            totals[base] = both
            return False
        del totals[base]
        return True

    def beginning(self, arena: Arena, length: int) -> "Growing":
        """Return a log of the first summands alone."""
        made = Growing()
        for base, code in zip(self.bases[:length], self.codes[:length], strict=True):
            made.append(arena, base, code)
        return made
