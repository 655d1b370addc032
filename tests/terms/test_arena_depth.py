"""Arena terms of depth 100,000, and of 2^60 occurrences in 200 nodes: no recursion, no part twice, nothing kept."""

import copy
import gc
import math
import pickle
import sys
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import symnum as sn
from symnum.terms import convert, differentiate, evaluate, interface, sin, substitute, symbols
from symnum.terms.arena import Arena
from symnum.terms.arena.layout import ONE, PRODUCT, SUM

DEPTH = 100_000


def nested_sines(arena: Arena, name: str = "x") -> Any:
    """sin(sin(...sin(x)...))"""
    references = np.concatenate(([arena.symbol_node(name)], -np.arange(1, DEPTH)))
    kinds = np.full(DEPTH, arena.function("sin"))
    made = arena.build_nodes(kinds, np.arange(DEPTH + 1), references, np.zeros(DEPTH))
    return arena.term(int(made[-1]))


def alternating(arena: Arena, name: str = "x") -> Any:
    """((...((x + 1)^2 + 1)^2 ...) + 1)^2"""
    kinds, offsets, references, codes = [], [0], [], []
    last = arena.symbol_node(name)
    for _ in range(DEPTH // 2):
        kinds += [SUM, PRODUCT]
        references += [last, ONE, 1 - len(kinds)]
        codes += [1, 1, 2]
        offsets += [offsets[-1] + 2, offsets[-1] + 3]
        last = -len(kinds)
    return arena.term(int(arena.build_nodes(kinds, offsets, references, codes)[-1]))


def shared(arena: Arena, name: str = "x") -> Any:
    """A term of 200 nodes that would have more than 2^60 if it were written out."""
    e, y = arena.symbol(name), arena.symbol("y")
    for _ in range(66):
        e = sin(e) * e + y
    return e


SHAPES = [nested_sines, alternating, shared]


@pytest.fixture(autouse=True)
def shallow_stack() -> Iterator[None]:
    """Leave little room for recursion, so that any of it fails at once."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.parametrize("make", SHAPES)
def test_substitute_hash_compare_copy(make: Callable[..., Any]) -> None:
    arena = Arena()
    deep = make(arena)
    x, y = arena.symbol("x"), arena.symbol("z")
    moved = substitute(deep, {x: y})
    assert moved == make(arena, "z")
    assert moved != deep
    assert substitute(moved, {y: x}) is deep
    other = Arena()
    other.symbol("pad")
    again = make(other)
    assert hash(again) == hash(deep)
    assert again == deep
    assert make(other, "z") != deep
    assert copy.copy(deep) is copy.deepcopy(deep) is deep


@pytest.mark.parametrize("make", SHAPES)
def test_pickle(make: Callable[..., Any]) -> None:
    deep = make(Arena())
    data = pickle.dumps(deep)
    assert len(data) < 12_000_000
    again = pickle.loads(data)
    assert again.arena is not deep.arena
    assert again == deep


@pytest.mark.parametrize("make", SHAPES)
def test_print(make: Callable[..., Any]) -> None:
    deep = make(Arena())
    text = str(deep)
    assert "…" in text
    assert len(text) < 200_000
    if make is not alternating:  # the brackets of whose text take a while
        assert text == str(convert(deep, "canonical"))
        assert "ldots" in deep._repr_latex_()


def test_derivative_of_a_chain_has_all_its_factors() -> None:
    arena = Arena()
    deep = nested_sines(arena)
    slope = differentiate(deep, arena.symbol("x"))
    sines = arena.reached([deep.node])[:-1]
    cosines = {arena.call_of(arena.function("cos"), [node]) for node in sines}
    pairs = arena.pairs(slope.node)
    assert len(pairs) == DEPTH
    assert {base for base, _ in pairs} == cosines
    assert {code for _, code in pairs} == {1}


def test_derivative_of_deep_powers() -> None:
    arena = Arena()
    slope = differentiate(alternating(arena), arena.symbol("x"))
    assert interface.operation(slope) == "*"
    assert len(arena.pairs(slope.node)) >= DEPTH // 2


def test_derivative_of_shared_parts() -> None:
    arena = Arena()
    x = arena.symbol("x")
    e = shared(arena)
    step = 1e-30
    wanted = evaluate(e, {"x": 0.3 + 1j * step, "y": 0.1}).imag / step
    assert evaluate(differentiate(e, x), {"x": 0.3, "y": 0.1}) == pytest.approx(float(wanted), rel=1e-10)


@pytest.mark.parametrize("make", [pytest.param(nested_sines, marks=pytest.mark.slow), shared])
def test_generated_code(make: Callable[..., Any]) -> None:
    deep = convert(make(Arena()), "canonical")
    simulator = sn.build_simulator(sn.ode_system({"x": deep, "y": symbols("x")}))
    value = 0.5
    for _ in range(DEPTH if make is nested_sines else 66):
        value = math.sin(value) if make is nested_sines else math.sin(value) * value + 0.25
    assert simulator.rhs(0.0, [0.5, 0.25])[0] == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("make", SHAPES)
def test_what_nobody_holds_is_freed(make: Callable[..., Any]) -> None:
    arena = Arena()
    deep = make(arena)
    gone = weakref.ref(arena)
    differentiate(deep, arena.symbol("y"))
    del deep, arena
    gc.collect()
    assert gone() is None
