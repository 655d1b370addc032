"""Very deep and heavily shared terms: no operation may recurse, or walk shared parts twice."""

import copy
import pickle
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from symnum.terms import (
    bulk,
    collect,
    convert,
    cse,
    differentiate,
    evaluate,
    expand,
    free_symbols,
    jacobian,
    latex,
    parse,
    plain,
    postorder,
    pretty,
    sin,
    substitute,
    symbols,
)

DEPTH = 100_000


def nested_sines(x: Any) -> Any:
    for _ in range(DEPTH):
        x = sin(x)
    return x


def alternating(x: Any) -> Any:
    for _ in range(DEPTH // 2):
        x = (x + 1) ** 2
    return x


@pytest.fixture(autouse=True)
def shallow_stack() -> Iterator[None]:
    """Leave little room for recursion, so that any of it fails at once."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    with bulk():
        yield
    sys.setrecursionlimit(limit)


def test_canonical_term_of_great_depth() -> None:
    x, y = symbols("x y")
    deep = nested_sines(x)
    assert deep == nested_sines(x)
    other = substitute(deep, {x: y})
    assert other != deep
    assert free_symbols(other) == (y,)
    assert evaluate(deep, {x: 0.5}) > 0
    assert pickle.loads(pickle.dumps(deep)) == deep
    assert copy.deepcopy(deep) is deep
    assert len(postorder(deep)) == DEPTH + 1
    for show in (plain, pretty, latex):
        text = show(deep)
        assert "…" in text or "ldots" in text
        assert len(text) < 200_000


def test_sums_and_powers_of_great_depth() -> None:
    x, y = symbols("x y")
    deep = alternating(x)
    assert hash(deep) == hash(substitute(alternating(y), {y: x}))
    assert evaluate(deep, {x: -1.0}) >= 0
    assert pickle.loads(pickle.dumps(deep)) == deep
    assert "…" in plain(deep)


def test_expand_and_shared_parts_of_great_depth() -> None:
    deep = nested_sines(symbols("x"))
    assert expand(deep) == deep
    assert cse([deep]) == ([], [deep])


@pytest.mark.parametrize("make", [nested_sines, alternating])
def test_derivative_of_great_depth(make: Any) -> None:
    x = symbols("x")
    deep = make(x)
    slope = differentiate(deep, x)
    assert len(slope.factors) == (DEPTH if make is nested_sines else DEPTH // 2)
    assert jacobian([deep], [x]).entries == [slope]


def test_tree_of_great_depth() -> None:
    x = symbols("x", terms="tree")
    deep = nested_sines(x)
    again = pickle.loads(pickle.dumps(deep))
    assert again is not deep
    assert again == deep
    assert hash(again) == hash(deep)
    assert substitute(deep, {x: symbols("y", terms="tree")}) != deep
    assert convert(deep, "canonical") == nested_sines(symbols("x"))
    assert "…" in str(deep)
    assert 0 < evaluate(differentiate(deep, x), {"x": 0.5}) < 1e-3


@pytest.mark.parametrize("terms", ["canonical", "tree"])
def test_shared_parts_are_visited_once(terms: str) -> None:
    """A term of 200 nodes that would have more than 2^60 if it were written out."""
    x, y = symbols("x y", terms=terms)
    shared = x
    for _ in range(70):
        shared = sin(shared) * shared + y
    assert free_symbols(shared) == (x, y)
    value = evaluate(shared, {"x": 0.3, "y": 0.1})
    assert evaluate(substitute(shared, {x: y}), {"y": 0.1}) == pytest.approx(
        float(evaluate(shared, {"x": 0.1, "y": 0.1})), rel=1e-12
    )
    definitions, (reduced,) = cse([shared])
    assert 60 < len(definitions) < 400
    known: dict[Any, Any] = {"x": 0.3, "y": 0.1}
    for symbol, definition in definitions:
        known[symbol.name] = evaluate(definition, known)
    assert evaluate(reduced, known) == pytest.approx(float(value), rel=1e-12)
    assert len(str(shared)) < 200_000
    assert pickle.loads(pickle.dumps(shared)) == shared
    assert convert(shared, "canonical") == convert(convert(shared, "tree"), "canonical")
    step = 1e-30
    slope = evaluate(shared, {"x": 0.3 + 1j * step, "y": 0.1}).imag / step
    assert evaluate(differentiate(shared, x), {"x": 0.3, "y": 0.1}) == pytest.approx(float(slope), rel=1e-10)
    assert evaluate(collect(shared), {"x": 0.3, "y": 0.1}) == pytest.approx(float(value), rel=1e-12)


def test_deep_text() -> None:
    deep = parse("sin(" * 5_000 + "x" + ")" * 5_000)
    assert evaluate(deep, {"x": 0.5}) > 0
    assert parse("(" * 9_000 + "x" + ")" * 9_000) == symbols("x")
