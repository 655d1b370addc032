"""What one tracing knows: the elements of arrays that symbols stand for, tables of numbers, sums over cells."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symnum.terms.canonical import Symbol, Term
from symnum.terms.substitute import substitute_all
from symnum.terms.traverse import free_symbols

__all__ = ["Element", "Session", "Source", "Total", "trimmed"]


class Element(NamedTuple):
    """Element ``offset + sum(strides[l] * k_l)`` of an array in C order, `k` the indices of a piece's loops."""

    source: int
    offset: int
    strides: tuple[int, ...]


def trimmed(strides: Iterable[int]) -> tuple[int, ...]:
    """Return strides without zeros at the end, the form in which elements have them."""
    kept = list(strides)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


class Source(NamedTuple):
    """An array that is read: part of the state, of the parameters, or a table."""

    name: str
    kind: str
    shape: tuple[int, ...]
    values: NDArray[np.float64] | None = None


class Total(NamedTuple):
    """A sum over all elements of an array of terms, as the pieces it is made of."""

    symbol: Any
    pieces: tuple[Any, ...]


class Session:
    """One tracing: gives out symbols for elements of arrays and knows them again.

    Parameters
    ----------
    scalars : iterable of Symbol
        Symbols that stand for one number everywhere: time and parameters.

    Attributes
    ----------
    wanted_numbers : bool
        Whether a symbolic array was asked for numbers, as it is when it is written into an array of numbers.
    refusal : Exception or None
        What the program was refused last. If it goes on all the same, it does something else than with numbers.
    """

    def __init__(self, scalars: Iterable[Any] = ()) -> None:
        self.sources: list[Source] = []
        self.totals: dict[Any, Total] = {}
        self.scalars = tuple(scalars)
        self.wanted_numbers = False
        self.refusal: Exception | None = None
        self._symbols: dict[Element, Any] = {}
        self._elements: dict[Any, Element] = {}
        self._read: dict[Any, tuple[Any, ...]] = {}
        self._tables: dict[tuple[Any, ...], int] = {}
        self._totals: dict[tuple[Any, ...], Any] = {}

    def add_source(self, name: str, kind: str, shape: tuple[int, ...], values: Any = None) -> int:
        """Add an array that may be read, and return its number."""
        self.sources.append(Source(name, kind, tuple(shape), values))
        return len(self.sources) - 1

    def table(self, values: NDArray[np.float64]) -> int:
        """Return the number of a table of these values; equal tables are one."""
        kept = np.ascontiguousarray(values, np.float64)
        key = (kept.shape, hash(kept.tobytes()))
        for number in [self._tables[key]] if key in self._tables else []:
            if np.array_equal(self.sources[number].values, kept, equal_nan=True):  # type: ignore[arg-type]
                return number
        self._tables[key] = self.add_source(f"table{len(self._tables)}", "table", kept.shape, kept.copy())
        return self._tables[key]

    def symbol(self, element: Element) -> Any:
        """Return the symbol of an element; equal elements have equal symbols."""
        found = self._symbols.get(element)
        if found is None:
            name = self.sources[element.source].name
            found = Symbol(f"{name}⟨{element.source}:{element.offset};{','.join(map(str, element.strides))}⟩")
            self._symbols[element] = found
            self._elements[found] = element
        return found

    def element(self, symbol: Any) -> Element | None:
        """Return the element that a symbol stands for; None for a scalar."""
        return self._elements.get(symbol)

    def elements_in(self, term: Any) -> tuple[Any, ...]:
        """Return the symbols of elements in a term."""
        if not isinstance(term, Term):
            return ()
        found = self._read.get(term)
        if found is None:
            found = tuple(s for s in free_symbols(term) if s in self._elements)
            self._read[term] = found
        return found

    def change_elements(self, terms: tuple[Any, ...], change: Callable[[Element], Element]) -> tuple[Any, ...]:
        """Return terms with each element replaced by another."""
        symbols = {s for term in terms for s in self.elements_in(term)}
        replaced = {s: self.symbol(change(self._elements[s])) for s in symbols}
        replaced = {s: new for s, new in replaced.items() if s is not new}
        if not replaced:
            return terms
        made = [t if isinstance(t, Term) else None for t in terms]
        results = substitute_all([t for t in made if t is not None], replaced)
        return tuple(results.pop(0) if new is not None else old for old, new in zip(terms, made, strict=True))

    def total(self, key: tuple[Any, ...], pieces: tuple[Any, ...]) -> Any:
        """Return the symbol of a sum over pieces."""
        if key not in self._totals:
            symbol = Symbol(f"sum{len(self._totals)}⟨{id(self):x}⟩")
            self._totals[key] = symbol
            self.totals[symbol] = Total(symbol, pieces)
        return self._totals[key]
