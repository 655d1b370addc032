"""Making a long sum in place."""

from typing import Any

from symnum.terms.canonical import ATOMS, Product, Sum, make_sum, require_number
from symnum.terms.numbers import Number, plus, times


class SumBuilder:
    """A sum that grows in place: each `add` costs the same however long it is.

    Examples
    --------
    >>> from symnum.terms import SumBuilder, symbols
    >>> x, y = symbols("x y")
    >>> total = SumBuilder()
    >>> total.add(x); total.add(y, 3); total.add(x)
    >>> total.build()
    2*x + 3*y
    """

    __slots__ = ("_constant", "_terms")

    def __init__(self) -> None:
        self._terms: dict[Any, Number] = {}
        self._constant: Number = 0

    def add(self, term: Any, coefficient: Number = 1) -> None:
        """Add coefficient * term."""
        cls = term.__class__
        if cls is Sum:
            for part, inner in term.terms.items():
                self.add(part, times(inner, coefficient))
            self._constant = plus(self._constant, times(term.constant, coefficient))
            return
        if cls is Product:
            if term.monic is not None:
                coefficient = times(term.coefficient, coefficient)
                term = term.monic
        elif cls not in ATOMS:
            self._constant = plus(self._constant, times(require_number(term), coefficient))
            return
        old = self._terms.get(term)
        self._terms[term] = coefficient if old is None else plus(old, coefficient)

    def build(self) -> Any:
        """Return the sum so far; the builder can go on growing."""
        return make_sum(self._terms.copy(), self._constant)
