"""Derivatives of canonical terms by many symbols in one sweep, each distinct part once.

The gradient of a part is a dictionary {column: derivative}. Products of the chain rule stay unmultiplied
(`_Link`) until their value is needed, so a chain of depth n costs n steps although its derivative has n
factors.
"""

from collections.abc import Mapping
from typing import Any

from symnum.errors import UnsupportedError
from symnum.terms.canonical import (
    Call,
    Product,
    Sum,
    Symbol,
    add,
    build,
    call,
    make_product,
    multiply,
)
from symnum.terms.numbers import NUMBER_TYPES, plus
from symnum.terms.operations import get_operation
from symnum.terms.traverse import subterms

Gradient = dict[int, Any]
_NOTHING: Gradient = {}


class _Link:
    """One factor of the chain rule times the derivative below it, multiplied on demand."""

    __slots__ = ("below", "factor", "value")

    def __init__(self, factor: Any, below: Any) -> None:
        self.factor = factor
        self.below = below
        self.value: Any = None


def resolve(value: Any) -> Any:
    """Return the term that a possibly unmultiplied derivative stands for."""
    if value.__class__ is not _Link:
        return value
    if value.value is None:
        factors: list[Any] = [value.factor]
        link = value.below
        while link.__class__ is _Link and link.value is None:
            factors.append(link.factor)
            link = link.below
        factors.append(link.value if link.__class__ is _Link else link)
        value.value = multiply(factors)
        value.below = None
    return value.value


class Gradients:
    """Gradients of canonical terms by some symbols, remembered from call to call.

    Parameters
    ----------
    columns : mapping of Symbol to int
        The symbols to differentiate by, each with the number under which its derivative is given.
    """

    def __init__(self, columns: Mapping[Any, int]) -> None:
        self._columns = columns
        self._known: dict[int, Gradient] = {}
        self._kept: list[Any] = []  # keeps terms alive whose identity is a key

    def of(self, term: Any) -> Gradient:
        """Return {column: derivative} of a term or number; a derivative may need `resolve`."""
        if term.__class__ is Sum:
            term = term.canonical()
        found = self._known.get(id(term))
        if found is None:
            if term.__class__ in NUMBER_TYPES:
                return _NOTHING
            self._compute(subterms((term,), self if self._known else None))
            found = self._known[id(term)]
        return found

    def __contains__(self, term: Any) -> bool:
        return id(term) in self._known

    def _compute(self, parts: list[Any]) -> None:
        known = self._known
        for part in parts:
            if id(part) in known:
                continue
            cls = part.__class__
            if cls is Call:
                gradient = self._call(part)
            elif cls is Sum:
                gradient = self._sum(part)
            elif cls is Product:
                gradient = self._product(part)
            else:
                gradient = self._symbol(part) if cls is Symbol else _NOTHING
            known[id(part)] = gradient
        self._kept += parts

    def _symbol(self, symbol: Symbol) -> Gradient:
        column = self._columns.get(symbol)
        return _NOTHING if column is None else {column: 1}

    def _sum(self, term: Sum) -> Gradient:
        known = self._known
        live = [(coefficient, below) for part, coefficient in term.terms.items() if (below := known[id(part)])]
        if len(live) < 2:
            return _chained(*live[0]) if live else _NOTHING
        return _gathered(live)

    def _product(self, term: Product) -> Gradient:
        known = self._known
        if term.monic is not None:
            return _chained(term.coefficient, known[id(term.monic)])
        live: list[tuple[Any, Gradient]] = []
        for base, exponent in term.factors.items():
            below = known.get(id(base))
            if below:
                live.append((_lowered(term, base, exponent), below))
            if exponent.__class__ is not int:
                above = known.get(id(exponent))
                if above:
                    live += _by_exponent(term, base, above)
        if len(live) < 2:
            return _chained(*live[0]) if live else _NOTHING
        return _gathered(live)

    def _call(self, term: Call) -> Gradient:
        if term.function == "piecewise":
            return self._piecewise(term)
        operation = get_operation(term.function)
        if len(term.args) == 1 and not self._known.get(id(term.args[0])):
            return _NOTHING
        collected: dict[int, list[Any]] = {}
        for i, argument in enumerate(term.args):
            below = self._known.get(id(argument), _NOTHING)
            if not below:
                continue
            if operation.partial is None:
                raise UnsupportedError(f"{term.function} has no derivative: {term} cannot be differentiated.")
            partial = operation.partial(build, term.args, i)
            if partial.__class__ is int and partial == 0:
                continue
            if len(term.args) == 1:
                return {column: _linked(partial, value) for column, value in below.items()}
            for column, value in below.items():
                collected.setdefault(column, []).append(_linked(partial, value))
        return {column: _total(values) for column, values in collected.items()}

    def _piecewise(self, term: Call) -> Gradient:
        """Differentiate the values; the conditions stay (jumps between branches have no derivative)."""
        gradients = [self._known.get(id(value), _NOTHING) for value in term.args[::2]]
        result: Gradient = {}
        for column in dict.fromkeys(c for g in gradients for c in g):
            args = list(term.args)
            args[::2] = [resolve(g.get(column, 0)) for g in gradients]
            result[column] = call("piecewise", args)
        return result


def _by_exponent(term: Product, base: Any, above: Gradient) -> list[tuple[Any, Gradient]]:
    """Return the factor and the gradient of a power's exponent: a logarithm stays a factor of its own."""
    logarithm = call("log", (base,))
    if logarithm.__class__ is Call:
        return [(term, _chained(logarithm, above))]
    return [(multiply((term, logarithm)), above)]


def _chained(factor: Any, below: Gradient) -> Gradient:
    """Return a gradient times a factor."""
    if factor.__class__ is int and factor == 1:
        return below
    return {column: _linked(factor, value) for column, value in below.items()}


def _gathered(live: list[tuple[Any, Gradient]]) -> Gradient:
    """Return the sum of some gradients, each times its factor."""
    if len(live) == 2:
        (factor, below), (other, of_other) = live
        if len(below) == 1 and below.keys() == of_other.keys():  # the usual case where one symbol is asked for
            ((column, value),) = below.items()
            return {column: add((_times(factor, value), _times(other, of_other[column])))}
    collected: dict[int, list[Any]] = {}
    for factor, below in live:
        for column, value in below.items():
            made = _linked(factor, value)
            found = collected.get(column)
            if found is None:
                collected[column] = [made]
            else:
                found.append(made)
    return {column: _total(values) for column, values in collected.items()}


def _linked(factor: Any, value: Any) -> Any:
    """Return factor * value, put off where value is itself a derivative of some size."""
    if value.__class__ is int and value == 1:
        return factor
    if factor.__class__ is int and factor == 1:
        return value
    return _Link(factor, value)


def _times(factor: Any, value: Any) -> Any:
    """Return factor * value, multiplied."""
    if value.__class__ is _Link or (factor.__class__ is int and factor == 1):
        return resolve(_linked(factor, value))
    return factor if value.__class__ is int and value == 1 else multiply((factor, value))


def _total(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else add([resolve(v) for v in values])


def _lowered(term: Product, base: Any, exponent: Any) -> Any:
    """Return the derivative of a product by one of its bases, as if the others were constant."""
    if exponent.__class__ is int and exponent == 1 and len(term.factors) == 2:
        (first, power), (other, of_other) = term.factors.items()
        if other is base:
            other, of_other = first, power
        if of_other.__class__ is int and of_other == 1 and other.__class__ not in NUMBER_TYPES:
            return other
    factors = term.factors.copy()
    if exponent.__class__ is int:
        if exponent == 1:
            del factors[base]
            return make_product(factors)
        factors[base] = exponent - 1
        return make_product(factors, exponent)
    if exponent.__class__ in NUMBER_TYPES:
        factors[base] = plus(exponent, -1)
        return make_product(factors, exponent)
    factors[base] = add((exponent, -1))
    return multiply((exponent, make_product(factors)))


def derivative_entries(gradient: Gradient) -> list[tuple[int, Any, Any]]:
    """Return a gradient as flat (column, coefficient-free term or None for 1, coefficient) entries."""
    entries: list[tuple[int, Any, Any]] = []
    for column, value in gradient.items():
        derivative = resolve(value)
        cls = derivative.__class__
        if cls is Sum:
            entries += [(column, t, c) for t, c in derivative.terms.items()]
            if derivative.constant or derivative.constant.__class__ is not int:
                entries.append((column, None, derivative.constant))
        elif cls is Product and derivative.monic is not None:
            entries.append((column, derivative.monic, derivative.coefficient))
        elif cls in NUMBER_TYPES:
            entries.append((column, None, derivative))
        else:
            entries.append((column, derivative, 1))
    return entries
