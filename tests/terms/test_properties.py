"""Laws that hold for any term, tried on many random ones."""

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symnum.errors import DivisionByZeroError, InputError
from symnum.terms import (
    Symbol,
    add,
    build,
    collect,
    convert,
    cse,
    differentiate,
    evaluate,
    evaluate_exact,
    expand,
    interface,
    jacobian,
    multiply,
    order_key,
    pack,
    parse,
    plain,
    sorted_arguments,
    substitute,
    unpack,
)

NAMES = ["x", "y", "x10", "sin", "pi", "lambda", "A(b~U)", "not", "größe", "e"]
SYMBOLS = [Symbol(n) for n in NAMES]
numbers = st.one_of(
    st.integers(-20, 20),
    st.fractions(-5, 5, max_denominator=12),
    st.floats(-4, 4, allow_nan=False),
)
leaves = st.one_of(st.sampled_from(SYMBOLS), st.sampled_from(SYMBOLS[:3]), numbers)
small_powers = st.sampled_from([2, 3, -1, -2, Fraction(1, 2), Fraction(-2, 3), 0.5, 1.0])


def safely(operation: str, *arguments: Any) -> Any:
    """Build a term, or fall back to its first argument where that is a division by zero."""
    try:
        return build(operation, *arguments)
    except DivisionByZeroError:
        return arguments[0]


def branches(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(lambda a: safely("+", *a), st.lists(inner, min_size=2, max_size=4)),
        st.builds(lambda a: safely("*", *a), st.lists(inner, min_size=2, max_size=4)),
        st.builds(lambda a, e: safely("^", a, e), inner, small_powers),
        st.builds(lambda a, e: safely("^", a, e), inner, st.sampled_from(SYMBOLS[:2])),
        st.builds(lambda f, a: safely(f, a), st.sampled_from(["sin", "exp", "abs", "atan"]), inner),
        st.builds(lambda a, b: safely("max", a, b), inner, inner),
        st.builds(lambda a, b, c: safely("piecewise", a, safely("<", b, c), b), inner, inner, inner),
    )


terms = st.recursive(leaves, branches, max_leaves=14)
polynomials = st.recursive(
    st.one_of(st.sampled_from(SYMBOLS[:4]), st.integers(-6, 6), st.fractions(-3, 3, max_denominator=6)),
    lambda inner: st.one_of(
        st.builds(lambda a: add(a), st.lists(inner, min_size=2, max_size=4)),
        st.builds(lambda a: multiply(a), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda a, e: build("^", a, e), inner, st.integers(0, 3)),
    ),
    max_leaves=12,
)
POINTS = {n: np.random.default_rng(i).uniform(0.3, 1.9, 3) for i, n in enumerate(NAMES)}


def same_values(a: Any, b: Any, rtol: float = 1e-9) -> None:
    p, q = evaluate([a, b], POINTS)
    assume(bool(np.all(np.isfinite(p)) and np.all(np.abs(p) < 1e12)))
    np.testing.assert_allclose(p + 0 * POINTS["x"], q + 0 * POINTS["x"], rtol=rtol, atol=1e-9)


@given(terms)
@settings(max_examples=150)
def test_text_reads_back(term: Any) -> None:
    assert parse(plain(term, limit=None)) == term


@given(terms)
def test_pickle_gives_the_same_object(term: Any) -> None:
    assert pickle.loads(pickle.dumps(term)) == term
    assert unpack(pack([term, term])) == [term, term]


@given(st.lists(terms, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_order_of_arguments_does_not_matter(arguments: list[Any], shuffle: Any) -> None:
    shuffled = list(arguments)
    shuffle.shuffle(shuffled)
    exact = [a for a in arguments if not isinstance(a, float)]
    assume(len(exact) == len(arguments) and "." not in str(arguments))  # float addition is not associative
    a, b = add(arguments), add(shuffled)
    assert a == b
    assert str(a) == str(b)
    if interface.is_call(a):
        assert sorted_arguments(a) == sorted_arguments(b)
    if interface.is_call(a) and interface.operation(a) == "+":
        keys = [order_key(t) for t in sorted_arguments(a)]
        assert len(set(keys)) == len(keys)


@given(polynomials, polynomials)
def test_polynomials_equal_exactly_when_they_expand_equal(a: Any, b: Any) -> None:
    exact = {n: Fraction(i + 2, 7) for i, n in enumerate(NAMES)}
    difference = expand(build("+", a, build("*", -1, b)))
    if difference == 0:
        assert evaluate_exact(a, exact) == evaluate_exact(b, exact)
    product = expand(build("*", a, b))
    assert expand(build("+", build("*", expand(a), expand(b)), build("*", -1, product))) == 0
    assert evaluate_exact(product, exact) == evaluate_exact(a, exact) * evaluate_exact(b, exact)


@given(terms)
def test_expand_preserves_the_value(term: Any) -> None:
    same_values(term, expand(term), rtol=1e-6)


@given(terms)
def test_collect_preserves_the_value(term: Any) -> None:
    same_values(term, collect(term, SYMBOLS[:2]), rtol=1e-7)


@given(st.lists(terms, min_size=1, max_size=3))
def test_common_subexpressions_preserve_the_value(roots: list[Any]) -> None:
    definitions, reduced = cse(roots)
    values: dict[Any, Any] = dict(POINTS)
    for symbol, definition in definitions:
        assert symbol.name not in values
        values[symbol.name] = evaluate(definition, values)
    for root, short in zip(roots, reduced, strict=True):
        np.testing.assert_allclose(evaluate(short, values), evaluate(root, POINTS), rtol=1e-9, equal_nan=True)


@given(terms, terms)
def test_substitution_is_evaluation_in_steps(term: Any, value: Any) -> None:
    try:
        substituted = substitute(term, {"x": value})
    except (DivisionByZeroError, InputError):
        assume(False)
    inner = evaluate(value, POINTS)
    expected = evaluate(term, {**POINTS, "x": inner})
    found = evaluate(substituted, POINTS)
    assume(bool(np.all(np.isfinite(expected)) and np.all(np.abs(expected) < 1e9)))
    np.testing.assert_allclose(found + 0 * expected, expected, rtol=1e-6, atol=1e-8)


@given(polynomials)
def test_derivative_of_polynomials_is_exact(term: Any) -> None:
    """The central difference of a cubic in x is exact once its third difference is taken off."""
    x = SYMBOLS[0]
    exact = {n: Fraction(i + 2, 7) for i, n in enumerate(NAMES)}
    slope = evaluate_exact(differentiate(term, x), exact)
    shifted = expand(substitute(term, {x: x + Symbol("h")}))
    linear = substitute(differentiate(shifted, Symbol("h")), {"h": 0})
    assert evaluate_exact(linear, exact) == slope


@given(st.lists(terms, min_size=1, max_size=3))
def test_jacobian_is_the_table_of_derivatives(rows: list[Any]) -> None:
    found = jacobian(rows, SYMBOLS)
    for i, row in enumerate(rows):
        for j in range(3):
            same_values(differentiate(row, SYMBOLS[j]), found[i, j], rtol=1e-7)


@given(terms)
def test_conversion_to_trees_and_back(term: Any) -> None:
    same_values(convert(convert(term, "tree"), "canonical"), term)


@given(st.text(alphabet="xy12.+-*/^()<>=!&|?:, einfs`\n", max_size=40))
@settings(max_examples=250)
def test_any_text_gives_a_term_or_a_typed_error(text: str) -> None:
    try:
        term = parse(text)
    except InputError:
        return
    assert parse(plain(term, limit=None)) == term


@given(st.text(min_size=1, max_size=12).filter(lambda t: "`" not in t and "\n" not in t))
def test_any_name_reads_back(name: str) -> None:
    assert parse(str(Symbol(name))) is Symbol(name)
