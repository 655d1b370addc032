"""Templates: terms that are equal up to the names of their symbols, and what is computed from parameters alone.

A large model repeats few laws in many symbols. Each law is rewritten once, in symbols of its own, and the result is
read back in the symbols of every place where the law stands.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from symnum.terms import domains
from symnum.terms.canonical import Call, Constant, Product, Sum, Symbol, add, call, multiply, power
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.order import order_key
from symnum.terms.traverse import subterms

__all__ = ["Hoisted", "Template", "hoist", "template"]

_MARK = "\N{SECTION SIGN}"  # in no name that a person would write


class Hoisted(NamedTuple):
    """Terms in which everything that depends on parameters only is a symbol.

    Attributes
    ----------
    terms : list of terms
    parts : dict of Symbol to term
        What each of these symbols stands for.
    """

    terms: list[Any]
    parts: dict[Any, Any]


def hoist(terms: Sequence[Any], parameters: Collection[Any]) -> Hoisted:
    """Replace what depends on parameters only by symbols: it is computed once, whatever it looks like.

    Parameters
    ----------
    terms : sequence of canonical terms
    parameters : set of symbols

    Examples
    --------
    >>> import symnum as sn
    >>> s, v, k = sn.symbols("s v k")
    >>> hoist([v**2*s/(k + 3 + s)], {v, k}).terms
    [s*`§0`/(s + `§1`)]
    """
    return _Hoist(parameters)(terms)


class _Hoist:
    def __init__(self, parameters: Collection[Any]) -> None:
        self.parameters = parameters
        self.early: set[Any] = set()
        self.made: dict[Any, Any] = {}
        self.symbols: dict[Any, Symbol] = {}

    def __call__(self, terms: Sequence[Any]) -> Hoisted:
        parts = subterms(list(terms))
        self.early.update(part for part in parts if self._is_early(part))
        late = [part for part in parts if part not in self.early]
        made = self._rebuilt(terms, late)
        if len(self.symbols) > 1:  # summands and factors lie in the order of their making: numbers must not follow it
            found = sorted(self.symbols, key=order_key)
            self.symbols.clear()
            for part in found:
                self._symbol(part)
            made = self._rebuilt(terms, late)
        return Hoisted(made, {symbol: part for part, symbol in self.symbols.items()})

    def _rebuilt(self, terms: Sequence[Any], late: Sequence[Any]) -> list[Any]:
        for part in late:
            self.made[part] = self._late(part)
        return [self._of(t) for t in terms]

    def _is_early(self, part: Any) -> bool:
        cls = part.__class__
        if cls is Symbol:
            return part in self.parameters
        if cls is Constant or cls in NUMBER_TYPES or cls is bool:
            return True
        return all(self._known_early(a) for a in _below(part))

    def _known_early(self, part: Any) -> bool:
        return part.__class__ in NUMBER_TYPES or part.__class__ is bool or part in self.early

    def _of(self, part: Any) -> Any:
        if part.__class__ in NUMBER_TYPES or part.__class__ is bool:
            return part
        return self._symbol(part) if part in self.early else self.made[part]

    def _symbol(self, part: Any) -> Any:
        if part.__class__ in NUMBER_TYPES:
            return part
        found = self.symbols.get(part)
        if found is None:
            found = self.symbols[part] = Symbol(f"{_MARK}{len(self.symbols)}", _domain(part))
        return found

    def _late(self, part: Any) -> Any:
        if part.__class__ is Symbol:
            return part
        if part.__class__ is Call:
            return call(part.function, [self._of(a) for a in part.args])
        if part.__class__ is Sum:
            return self._sum(part)
        return self._product(part)

    def _sum(self, part: Sum) -> Any:
        early = {t: c for t, c in part.terms.items() if t in self.early}
        items = [self._scaled(t, c) for t, c in part.terms.items() if t not in self.early]
        if early:
            items.append(self._symbol(add([*[multiply((c, t)) for t, c in early.items()], part.constant])))
        elif part.constant:
            items.append(part.constant)
        return add(items)

    def _scaled(self, term: Any, c: Any) -> Any:
        """Put a coefficient into what depends on parameters; its sign stays."""
        if term.__class__ is Product and c not in (1, -1):
            return self._product(term, abs(c)) if c > 0 else multiply((-1, self._product(term, abs(c))))
        return multiply((c, self.made[term]))

    def _product(self, part: Product, scale: Any = 1) -> Any:
        early: list[Any] = []
        late: list[Any] = []
        for base, exponent in part.factors.items():
            if self._known_early(base) and self._known_early(exponent):
                early.append(power(base, exponent))
            else:
                late.append(power(self._of(base), self._of(exponent)))
        number = multiply((part.coefficient, scale))
        if not early:
            return multiply((number, *late))
        sign = -1 if number < 0 else 1
        return multiply((sign, self._symbol(multiply((abs(number), *early))), *late))


def _below(part: Any) -> tuple[Any, ...]:
    if part.__class__ is Call:
        return tuple(part.args)
    if part.__class__ is Sum:
        return tuple(part.terms)
    return (*part.factors, *part.factors.values())


def _domain(part: Any) -> str:
    """Return the narrowest domain of symbols that a term surely lies in."""
    found = domains.facts(part)
    for name, kinds in (
        ("positive", domains.POSITIVE),
        ("nonnegative", domains.POSITIVE | domains.ZERO),
        ("real", domains.REAL),
        ("nonzero", domains.NONZERO),
    ):
        if not found.kinds & ~kinds:
            return "integer" if name == "real" and found.whole else name
    return "complex"


class Template(NamedTuple):
    """What terms look like without the names of their symbols.

    Attributes
    ----------
    key : tuple
        Equal for terms that differ in names only, whatever the order of their summands and factors.
    symbols : tuple of Symbol
        The symbols in the order in which the key numbers them.
    """

    key: tuple[Any, ...]
    symbols: tuple[Any, ...]


def template(terms: Sequence[Any], kinds: Mapping[Any, str] | None = None) -> Template:
    """Return the template of some terms together.

    Parameters
    ----------
    terms : sequence of canonical terms
    kinds : mapping of Symbol to str, optional
        Kinds of symbols that must not be confused, such as parameters and states.

    Examples
    --------
    >>> import symnum as sn
    >>> a, b, c, d = sn.symbols("a b c d")
    >>> template([a*b + sn.sin(b)]).key == template([sn.sin(c) + d*c]).key
    True
    """
    kinds = kinds or {}
    marks: dict[Any, bytes] = {}
    ordered: dict[Any, list[tuple[Any, bytes]]] = {}
    for part in subterms(list(terms)):
        ordered[part] = below = _sorted(part, marks)
        marks[part] = _mark(part, below, marks, kinds)
    number: dict[Any, int] = {}
    symbols: list[Any] = []
    stack: list[Any] = [t for t in reversed(terms) if t.__class__ not in NUMBER_TYPES]
    roots = tuple([_number_key(t) if t.__class__ in NUMBER_TYPES else marks[t] for t in terms])
    while stack:
        part = stack.pop()
        if part in number:
            continue
        number[part] = len(number)
        if part.__class__ is Symbol:
            symbols.append(part)
        stack += [p for p, _ in reversed(ordered[part]) if p.__class__ not in NUMBER_TYPES]
    rows = [(marks[part], tuple([number.get(p, -1) for p, _ in ordered[part]])) for part in number]
    return Template((*rows, (roots, tuple([number.get(t, -1) for t in terms]))), tuple(symbols))


def _number_key(value: Any) -> bytes:
    return f"{value.__class__.__name__} {value!r}".encode()


def _mark(
    part: Any, below: Sequence[tuple[Any, bytes]], marks: Mapping[Any, bytes], kinds: Mapping[Any, str]
) -> bytes:
    """Return a digest of a part without the names of symbols."""
    if part.__class__ is Symbol:
        text = f"symbol {part.domain} {kinds.get(part, '')}".encode()
    elif part.__class__ is Constant:
        text = f"constant {part.name}".encode()
    else:
        head = part.function if part.__class__ is Call else part.__class__.__name__
        rest = part.constant if part.__class__ is Sum else part.coefficient if part.__class__ is Product else 0
        inner = [(marks[p] if p in marks else _number_key(p)) + b" " + w for p, w in below]
        text = b"|".join([head.encode(), _number_key(rest), *inner])
    return hashlib.blake2b(text, digest_size=12).digest()


def _sorted(part: Any, marks: Mapping[Any, bytes]) -> list[tuple[Any, bytes]]:
    """Return the parts of a term with a text about each, in an order that does not depend on names if possible."""

    def mark(p: Any) -> bytes:
        return marks[p] if p in marks else _number_key(p)

    if part.__class__ is Call:
        return [(a, b"") for a in part.args]
    if part.__class__ is Sum:
        marked = [(mark(t), _number_key(c), t) for t, c in part.terms.items()]
        return [(t, c) for _, c, t in sorted(marked, key=_first_two)]
    if part.__class__ is not Product:
        return []
    made: list[tuple[Any, bytes]] = []
    pairs = [(mark(base), mark(exponent), base, exponent) for base, exponent in part.factors.items()]
    for _, text, base, exponent in sorted(pairs, key=_first_two):
        made.append((base, text))
        if exponent.__class__ not in NUMBER_TYPES:
            made.append((exponent, b"exponent"))
    return made


_first_two = itemgetter(0, 1)
