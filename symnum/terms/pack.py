"""Terms as one flat list, for pickling: as shallow for a term of depth 100,000 as for a symbol.

Shared parts are stored once, also between the terms of one call, so pack a whole model at once.
"""

import pickle
from collections.abc import Sequence
from typing import Any, cast

from symnum.terms.canonical import (
    Constant,
    Product,
    Sum,
    Symbol,
    make_call,
    make_product,
    make_sum,
    reducers,
)
from symnum.terms.interning import bulk
from symnum.terms.traverse import subterms

Packed = tuple[list[tuple[Any, ...]], list[int]]


def pack(terms: Sequence[Any]) -> Packed:
    """Return canonical terms and numbers as (records, positions), made of tuples and plain values.

    A record refers to earlier records by position; ``positions`` are those of the given terms.
    """
    with bulk():
        return _pack(terms)


def _pack(terms: Sequence[Any]) -> Packed:
    index: dict[int, int] = {}
    records: list[tuple[Any, ...]] = []

    def place(value: Any) -> int:
        position = index.get(id(value))
        if position is None:  # a plain number or boolean
            records.append(("n", value))
            return len(records) - 1
        return position

    for term in subterms(terms):
        cls = term.__class__
        if cls is Symbol:
            record: tuple[Any, ...] = ("s", term.name, term.domain)
        elif cls is Constant:
            record = ("k", term.name)
        elif cls is Sum:
            flat = [(index[id(t)], c) for t, c in term.terms.items()]
            record = ("+", term.constant, flat)
        elif cls is Product:
            record = ("*", term.coefficient, [(place(b), place(e)) for b, e in term.factors.items()])
        else:
            record = ("c", term.function, [place(a) for a in term.args])
        index[id(term)] = len(records)
        records.append(record)
    return records, [place(t.canonical() if t.__class__ is Sum else t) for t in terms]


def unpack(packed: Packed) -> list[Any]:
    """Return the terms that `pack` stored."""
    records, positions = packed
    built: list[Any] = []
    with bulk():
        for record in records:
            built.append(_rebuild(record, built))
    return [built[p] for p in positions]


def _rebuild(record: tuple[Any, ...], built: list[Any]) -> Any:
    kind = record[0]
    if kind == "n":
        return record[1]
    if kind == "s":
        return Symbol(*record[1:])
    if kind == "k":
        return Constant(record[1])
    if kind == "+":
        made = make_sum({built[t]: c for t, c in record[2]}, record[1])
        return made.canonical() if made.__class__ is Sum else made
    if kind == "*":
        return make_product({built[b]: built[e] for b, e in record[2]}, record[1])
    return make_call(record[1], tuple([built[a] for a in record[2]]))


def unpack_one(packed: Packed | bytes) -> Any:
    """Return the single term of a packed list, or of the bytes that it was pickled as."""
    with bulk():
        if isinstance(packed, bytes):
            packed = cast(Packed, pickle.loads(packed))  # noqa: S301 # unpickling calls this, nobody else
        return unpack(packed)[0]


def _reduce(term: Any) -> tuple[Any, ...]:
    # As bytes, so that the many records come back while the collector is paused.
    with bulk():
        return (unpack_one, (pickle.dumps(_pack((term,)), pickle.HIGHEST_PROTOCOL),))


reducers["flat"] = _reduce
