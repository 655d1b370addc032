"""A total order of canonical terms that depends on nothing but their structure.

Not on hashes, on addresses, or on what was made first: printing and `sorted_arguments` use it.
Sums list terms of higher degree first, then alphabetically (x2 before x10); products list numbers,
constants, symbols, functions and sums in this order.
"""

import re
from functools import cache
from typing import Any, NamedTuple

from symnum.terms import interface
from symnum.terms.canonical import Call, Constant, Product, Sum, Symbol, scale
from symnum.terms.canonical_interface import raised
from symnum.terms.interning import bulk
from symnum.terms.numbers import NUMBER_TYPES, is_exact
from symnum.terms.traverse import subterms

_SIGNATURE = 64


class Order(NamedTuple):
    """Sort key of a term; compares by rank, then text, then digest."""

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
    if term._order is None:
        with bulk():
            _compute_below(term)
    return term._order  # type: ignore[no-any-return]


def _compute_below(term: Any) -> None:
    for part in subterms((term,)):
        if part._order is None:
            part._order = _COMPUTE[part.__class__](part)


def sorted_terms(total: Sum) -> list[tuple[Any, Any]]:
    """Return the (term, coefficient) entries of a sum in order, without its constant."""
    if len(total.terms) == 1:
        return list(total.terms.items())
    order_key(total)
    return sorted(total.terms.items(), key=_term_key)


def sorted_factors(product: Product) -> list[tuple[Any, Any]]:
    """Return the (base, exponent) entries of a product in order, without its coefficient."""
    if len(product.factors) == 1:
        return list(product.factors.items())
    order_key(product)
    return sorted(product.factors.items(), key=lambda pair: order_key(pair[0])[:3])


def _term_key(pair: tuple[Any, Any]) -> tuple[Any, ...]:
    key = pair[0]._order
    return (-key.degree, key.text, key.rank, key.digest)


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


def _natural(name: str) -> str:
    """Return text under which x2 sorts before x10."""
    return re.sub(r"[0-9]+", lambda m: f"{chr(48 + min(len(m[0]), 60))}{m[0]}", name)


def _symbol_order(term: Symbol) -> Order:
    pieces = [term.name.encode("utf-8", "surrogatepass")]
    if term.domain != "complex":
        pieces.append(term.domain.encode())
    return Order(2, _natural(term.name), _digest(b"s", *pieces), 1.0)


def _constant_order(term: Constant) -> Order:
    return Order(1, term.name, _digest(b"k", term.name.encode()), 0.0)


def _join(texts: list[str], separator: str) -> str:
    length, kept = 0, []
    for text in texts:
        kept.append(text)
        length += len(text)
        if length > _SIGNATURE:
            break
    return separator.join(kept)[:_SIGNATURE]


def _call_order(term: Call) -> Order:
    keys = [order_key(a) for a in term.args]
    text = f"{term.function}({_join([k.text for k in keys], ',')})"
    return Order(3, text[:_SIGNATURE], _digest(b"c", term.function.encode(), *[k.digest for k in keys]), 1.0)


def _power_text(base: str, exponent: Any, text: str) -> str:
    """Return text under which x^3 sorts before x^2*y, and that before x*y^2."""
    if exponent.__class__ is int and 0 < exponent <= 8:
        return " ".join([base] * exponent)
    return f"{base} ^{text}"


def _product_order(term: Product) -> Order:
    pairs = sorted(((order_key(b), e, order_key(e)) for b, e in term.factors.items()), key=lambda p: p[0][:3])
    texts = [_power_text(b.text, e, k.text) for b, e, k in pairs]
    degree = sum(b.degree * float(e) for b, e, _ in pairs if is_exact(e) or e.__class__ is float)
    digests = sorted(b.digest + k.digest for b, _, k in pairs)
    digest = _digest(b"*", _number_bytes(term.coefficient), *digests)
    return Order(4, _join(texts, " "), digest, degree if degree == degree else 0.0)


def _sum_order(term: Sum) -> Order:
    pairs = sorted(term.terms.items(), key=_term_key)
    digests = sorted(t._order.digest + _number_bytes(c) for t, c in pairs)
    text = _join([t._order.text for t, _ in pairs[:_SIGNATURE]], "+")
    return Order(5, text, _digest(b"+", _number_bytes(term.constant), *digests), 1.0)


_COMPUTE: dict[type, Any] = {
    Symbol: _symbol_order,
    Constant: _constant_order,
    Call: _call_order,
    Product: _product_order,
    Sum: _sum_order,
}


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
