"""Laws of substitution, differentiation, interning and conversion, on random terms with every kind of operation."""

import gc
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import DivisionByZeroError, InputError
from symnum.terms import convert, differentiate, evaluate, free_symbols, latex, substitute
from symnum.terms.hessian import hessian

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "rewriters"))
from random_terms import DOMAINS, SYMBOLS, random_terms

X, Y, Z = (SYMBOLS[n] for n in "xyz")
POOL = [pair.canonical for pair in random_terms(7, 400)]
FEW = settings(max_examples=40)
terms = st.sampled_from(POOL)
small = st.sampled_from([t for t in POOL if len(str(t)) < 40])
VALUES = {n: np.random.default_rng(i).uniform(0.3, 1.9, 4) for i, n in enumerate(DOMAINS)}
VALUES["n"] = np.array([1.0, 2.0, -1.0, 3.0])


def replaced(term: Any, replacements: dict[Any, Any]) -> Any:
    """Substitute; what divides by zero is no example."""
    try:
        return substitute(term, replacements)
    except (DivisionByZeroError, InputError):
        assume(False)


def agree(a: Any, b: Any, rtol: float = 1e-7) -> None:
    with np.errstate(all="ignore"):
        p, q = (np.broadcast_to(v, (4,)) for v in evaluate([a, b], VALUES))
    known = np.isfinite(p) & np.isfinite(q) & (np.abs(p) < 1e6)
    assume(bool(known.any()))
    np.testing.assert_allclose(p[known], q[known], rtol=rtol, atol=1e-7)


# --- substitution -------------------------------------------------------------------------------------------


@given(terms)
@FEW
def test_replacing_by_itself_changes_nothing(term: Any) -> None:
    assert substitute(term, {s: s for s in free_symbols(term)}) is term or substitute(term, {X: X}) == term
    assert substitute(term, {}) == term
    assert substitute(term, {"no such name": 3}) == term
    assert substitute(term, {term: Y}) is Y


@given(terms)
@FEW
def test_swapping_twice_changes_nothing(term: Any) -> None:
    once = replaced(term, {X: Y, Y: X})
    assert replaced(once, {X: Y, Y: X}) == term
    fresh = sn.symbols("fresh")
    assert replaced(replaced(term, {X: fresh}), {fresh: X}) == term


@given(terms, small, small)
@FEW
def test_one_after_the_other_is_both_at_once(term: Any, inner: Any, outer: Any) -> None:
    stepwise = replaced(replaced(term, {X: inner}), {Y: outer})
    at_once = replaced(term, {X: replaced(inner, {Y: outer}), Y: outer})
    agree(stepwise, at_once)


@given(terms, small)
@FEW
def test_what_is_replaced_is_gone(term: Any, value: Any) -> None:
    result = replaced(term, {X: value})
    assert set(free_symbols(result)) <= (set(free_symbols(term)) - {X}) | set(free_symbols(value))
    tree = replaced(convert(term, "tree"), {convert(X, "tree"): convert(value, "tree")})
    agree(convert(tree, "canonical"), result)


@given(terms, small)
@FEW
def test_chain_rule_of_substitution(term: Any, value: Any) -> None:
    """The derivative of t(x := v) by y is t_y + t_x v_y at x = v."""
    whole = differentiate(replaced(term, {X: value}), Y)
    parts = replaced(differentiate(term, Y), {X: value})
    along = replaced(differentiate(term, X), {X: value})
    agree(parts + along * differentiate(value, Y), whole, 1e-6)


# --- differentiation ----------------------------------------------------------------------------------------


@given(small, small)
@FEW
def test_sum_product_and_quotient_rules(a: Any, b: Any) -> None:
    da, db = differentiate(a, X), differentiate(b, X)
    agree(differentiate(a + 3 * b, X), da + 3 * db)
    agree(differentiate(a * b, X), da * b + a * db)
    agree(differentiate(a / (b**2 + 1), X), da / (b**2 + 1) - 2 * a * b * db / (b**2 + 1) ** 2, 1e-6)


@given(small)
@FEW
def test_mixed_derivatives_agree(term: Any) -> None:
    agree(differentiate(differentiate(term, X), Y), differentiate(differentiate(term, Y), X), 1e-6)
    dense = hessian(term, [X, Y]).to_dense()
    agree(dense[0][1], differentiate(differentiate(term, X), Y), 1e-6)


ANALYTIC = "sin cos tan exp sinh cosh tanh atan asinh + * ^".split()


@given(st.sampled_from([t for t in POOL if {sn.operation(p) for p in sn.postorder(t) if sn.is_call(p)} <= {*ANALYTIC}]))
@settings(max_examples=80)
def test_derivatives_by_complex_step(term: Any) -> None:
    values = {n: v[0] + 0j for n, v in VALUES.items()}
    with np.errstate(all="ignore"):
        moved = evaluate(term, {**values, "x": values["x"] + 1e-30j})
        slope = evaluate(differentiate(term, X), values)
    assume(np.isfinite(moved) and np.isfinite(slope) and abs(moved) < 1e6)
    assume(abs(np.imag(evaluate(term, values))) < 1e-300)  # real there, so the imaginary part is the derivative's
    np.testing.assert_allclose(np.imag(moved) / 1e-30, np.real(slope), rtol=1e-9, atol=1e-9)


# --- one object for one term --------------------------------------------------------------------------------


@given(terms)
@FEW
def test_equal_terms_are_one_object_however_they_were_made(term: Any) -> None:
    again = [
        sn.parse(str(term), free_symbols(term)) if free_symbols(term) else sn.parse(str(term)),
        pickle.loads(pickle.dumps(term)),
        convert(convert(term, "tree"), "canonical"),
        sn.make_term(term, sn.operation(term), sn.arguments(term)),
        sn.make_term(term, sn.operation(term), sn.sorted_arguments(term)),
    ]
    for other in again[:2] + again[3:]:
        assert other == term
        assert hash(other) == hash(term)
        assert str(other) == str(term)
        assert sn.terms.call("sin", (other,)) is sn.terms.call("sin", (term,))
    agree(again[2], term)


@given(terms, terms)
@FEW
def test_equality_is_that_of_the_text(a: Any, b: Any) -> None:
    assert (a == b) == (str(a) == str(b))  # no two symbols here have one name
    assert (a == b) == (b == a)
    assert (a == b) != (a != b)


def test_terms_that_nobody_holds_are_made_anew_and_equal() -> None:
    texts = [str(t) for t in POOL[:50]]
    known = {s.name: s for s in SYMBOLS.values()}
    first = [sn.parse(t, known) for t in texts]
    order = [sn.terms.order_key(t) for t in first]
    del first
    gc.collect()
    assert [sn.terms.order_key(sn.parse(t, known)) for t in texts] == order


SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
import symnum as sn
from random_terms import X, Y, random_terms
for pair in random_terms(11, 5):
    t = pair.canonical
    print(t, pair.tree, sn.latex(t), sn.free_symbols(t), sn.sorted_arguments(t), sn.differentiate(t, X), sep="\\n")
    print(sn.simplify(t), sn.factor(t), sn.cancel(t), sn.together(t), sn.powsimp(t), sn.collect(t, [X, Y]), sep="\\n")
    print(sn.expand(t), sn.cse([t, t**2 + X]), sn.jacobian([t], [X, Y]).to_dense(), sep="\\n")
    for name in sn.rulesets():
        out = sn.rewrite(pair.tree, ruleset=name)
        print(name, out.result, out.report.fired, out.report.cost_after)
"""


def test_every_process_and_hash_seed_gives_the_same_answers() -> None:
    folder = str(Path(__file__).resolve().parent.parent / "rewriters")
    script = SCRIPT.format(folder=folder)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for seed in ("0", "4242")
    ]
    outputs = [run.communicate() for run in runs]
    assert outputs[0][0] == outputs[1][0], outputs
    assert len(outputs[0][0]) > 2_000, outputs[0][1]


@given(terms)
@FEW
def test_formulas_are_balanced(term: Any) -> None:
    text = latex(term)
    for opening, closing in (("{", "}"), (r"\left", r"\right"), ("(", ")")):
        assert text.count(opening) == text.count(closing)
