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


def nested_products(x: Any, y: Any, depth: int) -> Any:
    term = y
    for _ in range(depth // 2):
        term = x * term + y
    return term


def tower(x: Any, y: Any, depth: int) -> Any:
    term = x
    for _ in range(depth):
        term = y**term
    return term


DEEP = 10_000


@pytest.mark.parametrize("terms", ["canonical", "tree"])
@pytest.mark.parametrize("make", [nested_products, tower])
def test_sums_in_products_and_towers_of_powers(make: Any, terms: str) -> None:
    x, y, z = symbols("x y z", terms=terms)
    deep = make(x, y, DEEP)
    assert substitute(deep, {x: z}) == make(z, y, DEEP)
    assert pickle.loads(pickle.dumps(deep)) == deep
    assert free_symbols(deep) == (x, y)
    value = evaluate(deep, {"x": 0.5, "y": 0.5})
    assert 0 < value <= 1.0
    assert convert(convert(deep, "tree"), "canonical") == convert(deep, "canonical")
    step = 1e-30
    shallower = make(x, y, 200)  # the derivative of a deep tower is smaller than any float
    slope = evaluate(shallower, {"x": 0.5 + 1j * step, "y": 0.5}).imag / step
    found = evaluate(differentiate(shallower, x), {"x": 0.5, "y": 0.5})
    assert found == pytest.approx(float(slope), rel=1e-10)
    assert found != 0
    definitions, (reduced,) = cse([deep])
    assert definitions == []
    assert reduced == deep
    assert "…" in str(deep)
    assert len(str(deep)) < 200_000


def test_derivatives_of_towers_add_their_exponents_at_once() -> None:
    """y^(y^...) has y as the base of every factor of its derivative, and all exponents above it in one sum."""
    x, y = symbols("x y")
    slope = differentiate(tower(x, y, 3), x)
    assert slope == parse("y^(y^(y^x) + y^x + x) * log(y)^3")
    assert len(differentiate(tower(x, y, DEEP), x).factors[y].terms) == DEEP


@pytest.mark.parametrize("ruleset", ["algebra", "factor", "trigonometry", "exp_log"])
def test_rulesets_on_deep_terms(ruleset: str) -> None:
    from rewriters.rewrite import rewrite

    x, y = symbols("x y")
    for deep in (nested_products(x, y, 4_000), alternating_of_depth(x, 4_000)):
        out = rewrite(deep, ruleset)
        assert out.report.stop == "fixed point"
        assert evaluate(out.result, {"x": 0.5, "y": 0.5}) == pytest.approx(
            float(evaluate(deep, {"x": 0.5, "y": 0.5})), rel=1e-12
        )


def alternating_of_depth(x: Any, depth: int) -> Any:
    for _ in range(depth // 2):
        x = sin((x + 1) ** 2)
    return x


def test_code_of_deep_terms() -> None:
    from codegen.c_source import c_kernel
    from codegen.python_source import python_kernel
    from codegen.system_tape import compile_system, system_tape
    from symnum.simulators.kernels import Kernels
    from symnum.systems.ode import ODESystem

    x, y, t = symbols("x y t")
    deep = alternating_of_depth(nested_products(x, y, DEEP), DEEP)
    system = ODESystem(states=[x], parameters=[y], parameter_values=[0.25], independent=t, rhs=[deep])
    tape = system_tape(system, "rhs").tape
    assert len(tape) > DEEP
    assert c_kernel(tape, "rhs", 0)[0].count("sin(") >= DEEP // 2
    assert python_kernel(tape, "rhs").count("sin(") >= DEEP // 2
    assert compile_system(system, "rhs").facts["nodes"] == len(tape)
    call, found = Kernels(system)["rhs"].bind(0.0, [0.5], [0.25])
    assert call() == 0
    assert found[0] == pytest.approx(float(evaluate(deep, {"x": 0.5, "y": 0.25})), rel=1e-9)
