"""A total order of canonical terms that depends on nothing but their structure.

Not on hashes, on addresses, or on what was made first: printing and `sorted_arguments` use it.
Sums list terms of higher degree first, then alphabetically (x2 before x10); products list numbers,
constants, symbols, functions and sums in this order.
"""

import math
import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple

from symnum.terms import interface
from symnum.terms.canonical import Call, Constant, Product, Sum, Symbol, scale
from symnum.terms.canonical_interface import raised
from symnum.terms.interning import bulk
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.traverse import subterms

_SIGNATURE = 64


class Order(NamedTuple):
    """Sort key of a term; compares by rank, then text, then digest (empty until it has to decide)."""

    rank: int
    text: str
    digest: bytes
    degree: float


def order_key(term: Any) -> Order:
    """Return the sort key of a canonical term or number."""
    if term.__class__ in NUMBER_TYPES or term.__class__ is bool:
        return _number_order(term)
    if term.__class__ is Sum:
        term = term.canonical()
    if term._order is None or not term._order.digest:
        with bulk():
            _compute_texts((term,))
            _compute_digests(term)
    return term._order  # type: ignore[no-any-return]


def _compute_texts(terms: Iterable[Any]) -> None:
    for part in subterms(terms):
        if part._order is None:
            part._order = _COMPUTE[part.__class__](part)


def _compute_digests(term: Any) -> None:
    for part in subterms((term,)):
        known = part._order
        if not known.digest:
            part._order = Order(known.rank, known.text, _DIGEST[part.__class__](part), known.degree)


def sorted_terms(total: Sum) -> list[tuple[Any, Any]]:
    """Return the (term, coefficient) entries of a sum in order, without its constant."""
    return _ordered(list(total.terms.items()), _falling_degree)


def sorted_factors(product: Product) -> list[tuple[Any, Any]]:
    """Return the (base, exponent) entries of a product in order, without its coefficient."""
    return _ordered(list(product.factors.items()), _rank)


def _ordered(entries: list[tuple[Any, Any]], first: Callable[[Any], float]) -> list[tuple[Any, Any]]:
    """Sort entries by a number, then by their terms' texts, which are read only where the numbers are equal."""
    if len(entries) == 1:
        return entries
    groups: dict[float, list[tuple[Any, Any]]] = {}
    for entry in entries:
        groups.setdefault(first(entry[0]), []).append(entry)
    ordered: list[tuple[Any, Any]] = []
    for _, group in sorted(groups.items()):
        ordered += group if len(group) == 1 else _by_text(group)
    return ordered


def _by_text(entries: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    terms: list[Any] = [entry[0] for entry in entries]
    unknown = [term for term in terms if _rank(term) and term._order is None]
    if unknown:
        with bulk():
            _compute_texts(unknown)
    keyed = []
    for entry in entries:
        known = _shallow_order(entry[0])
        keyed.append((known.text, known.rank, entry))
    keyed.sort(key=_two)
    if any(_two(one) == _two(other) for one, other in pairwise(keyed)):
        keyed = [(text, rank, order_key(entry[0]).digest, entry) for text, rank, entry in keyed]  # type: ignore[misc]
        keyed.sort(key=_three)
    return [entry for *_, entry in keyed]


_two, _three = itemgetter(0, 1), itemgetter(0, 1, 2)


def _shallow_order(term: Any) -> Order:
    """Return the sort key of a term that is part of another one; its digest may be missing."""
    if term.__class__ in NUMBER_TYPES:
        return _number_order(term)
    if term._order is None:
        with bulk():
            _compute_texts((term,))
    return term._order  # type: ignore[no-any-return]


_RANK: dict[type, int] = {Constant: 1, Symbol: 2, Call: 3, Product: 4, Sum: 5}


def _rank(term: Any) -> int:
    return _RANK.get(term.__class__, 0)


def _falling_degree(term: Any) -> float:
    if term.__class__ is not Product:
        return -1.0 if term.__class__ is not Constant else 0.0
    if term._order is not None:
        return -term._order.degree  # type: ignore[no-any-return]
    total = 0
    for base, exponent in term.factors.items():
        cls = base.__class__
        if exponent.__class__ is not int or (cls is not Symbol and cls is not Call and cls is not Sum):
            return -_shallow_order(term).degree  # of roots of products, as deep as you like
        total += exponent
    return -float(total) if -_EXACT < total < _EXACT else -_shallow_order(term).degree


def _degree(term: Product) -> float:
    degrees = []
    try:
        for base, exponent in term.factors.items():
            if exponent.__class__ in _REAL:
                cls = base.__class__
                if cls is Product:
                    degrees.append(base._order.degree * float(exponent))
                elif cls is not Constant and cls not in NUMBER_TYPES:
                    degrees.append(float(exponent))
        total = math.fsum(degrees)  # the same in any order
    except (OverflowError, ValueError):  # beyond the largest float, or infinities of both signs
        return 0.0
    return total if total == total else 0.0


_REAL = NUMBER_TYPES - {complex}
_EXACT = 2**53


@cache
def _hasher() -> Any:
    from hashlib import blake2b

    return blake2b


def _digest(*pieces: bytes) -> bytes:
    digest: bytes = _hasher()(b"\0".join(pieces), digest_size=16).digest()
    return digest


_SMALL_BYTES = {n: f"int{n}".encode() for n in range(-16, 65)}
_small_orders: dict[int, Order] = {}


def _number_bytes(value: Any) -> bytes:
    if value.__class__ is int and value in _SMALL_BYTES:
        return _SMALL_BYTES[value]
    if value.__class__ is float:
        return b"f" + value.hex().encode()
    if value.__class__ is complex:
        return b"c" + value.real.hex().encode() + b"," + value.imag.hex().encode()
    return f"{value.__class__.__name__}{value}".encode()


def _number_order(value: Any) -> Order:
    if value.__class__ is int and value in _SMALL_BYTES:
        found = _small_orders.get(value)
        if found is None:
            found = _small_orders[value] = _new_number_order(value)
        return found
    return _new_number_order(value)


def _new_number_order(value: Any) -> Order:
    return Order(0, str(value)[:_SIGNATURE], _digest(b"n", _number_bytes(value)), 0.0)


def _text_of(value: Any) -> str:
    """Return the text in the sort key of a number, truth value or term whose key is known."""
    order = _number_order(value) if value.__class__ in NUMBER_TYPES or value.__class__ is bool else value._order
    return order.text


def _digest_of(value: Any) -> bytes:
    order = _number_order(value) if value.__class__ in NUMBER_TYPES or value.__class__ is bool else value._order
    return order.digest


def _natural(name: str) -> str:
    """Return text under which x2 sorts before x10."""
    return re.sub(r"[0-9]+", lambda m: f"{chr(48 + min(len(m[0]), 60))}{m[0]}", name)


def _symbol_order(term: Symbol) -> Order:
    return Order(2, _natural(term.name), _symbol_digest(term), 1.0)


def _symbol_digest(term: Symbol) -> bytes:
    pieces = [term.name.encode("utf-8", "surrogatepass")]
    if term.domain != "complex":
        pieces.append(term.domain.encode())
    return _digest(b"s", *pieces)


def _constant_order(term: Constant) -> Order:
    return Order(1, term.name, _constant_digest(term), 0.0)


def _constant_digest(term: Constant) -> bytes:
    return _digest(b"k", term.name.encode())


def _join(texts: list[str], separator: str) -> str:
    length, kept = 0, []
    for text in texts:
        kept.append(text)
        length += len(text)
        if length > _SIGNATURE:
            break
    return separator.join(kept)[:_SIGNATURE]


def _call_order(term: Call) -> Order:
    text = f"{term.function}({_join([_text_of(a) for a in term.args], ',')})"
    return Order(3, text[:_SIGNATURE], b"", 1.0)


def _call_digest(term: Call) -> bytes:
    return _digest(b"c", term.function.encode(), *[_digest_of(a) for a in term.args])


def _power_text(base: Any, exponent: Any) -> str:
    """Return text under which x^3 sorts before x^2*y, and that before x*y^2."""
    text = _text_of(base)
    if exponent.__class__ is int and 0 < exponent <= 8:
        return text if exponent == 1 else " ".join([text] * exponent)
    return f"{text} ^{_text_of(exponent)}"


def _product_order(term: Product) -> Order:
    if len(term.factors) == 1:
        ((base, exponent),) = term.factors.items()
        return Order(4, _power_text(base, exponent)[:_SIGNATURE], b"", _degree(term))
    pairs = [(_rank(b), _text_of(b), _power_text(b, e)) for b, e in term.factors.items()]
    pairs.sort()
    return Order(4, _join([text for _, _, text in pairs], " "), b"", _degree(term))


def _product_digest(term: Product) -> bytes:
    digests = sorted(_digest_of(b) + _digest_of(e) for b, e in term.factors.items())
    return _digest(b"*", _number_bytes(term.coefficient), *digests)


def _sum_order(term: Sum) -> Order:
    if len(term.terms) == 1:
        (part,) = term.terms
        return Order(5, part._order.text, b"", 1.0)
    orders = [t._order for t in term.terms]
    texts = [text for _, text in sorted([(-order.degree, order.text) for order in orders])[:_SIGNATURE]]
    return Order(5, _join(texts, "+"), b"", 1.0)


def _sum_digest(term: Sum) -> bytes:
    digests = sorted(t._order.digest + _number_bytes(c) for t, c in term.terms.items())
    return _digest(b"+", _number_bytes(term.constant), *digests)


_COMPUTE: dict[type, Any] = {
    Symbol: _symbol_order,
    Constant: _constant_order,
    Call: _call_order,
    Product: _product_order,
    Sum: _sum_order,
}
_DIGEST: dict[type, Any] = {Call: _call_digest, Product: _product_digest, Sum: _sum_digest}


@interface.sorted_arguments.register(Sum)
def _sorted_sum(term: Sum) -> tuple[Any, ...]:
    scaled = [scale(t, c) for t, c in sorted_terms(term)]
    if term.constant or term.constant.__class__ is not int:
        scaled.append(term.constant)
    return tuple(scaled)


@interface.sorted_arguments.register(Product)
def _sorted_product(term: Product) -> tuple[Any, ...]:
    if term.monic is None and len(term.factors) == 1:
        return next(iter(term.factors.items()))
    powers = [raised(b, e) for b, e in sorted_factors(term)]
    return tuple(powers) if term.monic is None else (term.coefficient, *powers)


@interface.sorted_arguments.register(Call)
def _sorted_call(term: Call) -> tuple[Any, ...]:
    return tuple(sorted(term.args, key=order_key)) if term.function in _COMMUTATIVE else term.args


_COMMUTATIVE = frozenset({"and", "or", "min", "max"})
