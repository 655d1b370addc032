"""What is no term is refused by every function that takes one: by name, with the fix, and never with a recursion."""

from typing import Any

import pytest

import symnum as sn
from symnum.errors import InputError, SymnumError

X, Y = sn.symbols("x y")
OF_ONE_TERM = (
    "simplify factor cancel apart together trigsimp powsimp logcombine expand collect latex pretty inspect sin sqrt "
    "erf is_real is_positive is_nonnegative is_nonzero is_integer"
).split()
WRONG: list[tuple[Any, str]] = [
    ("x^2", r"x\^2"),
    ("x +", r"x \+"),
    (None, "None"),
    (["x", 1], r"\['x', 1\]"),
    ({X: 1}, "dict|{x: 1}"),
    (object(), "object"),
    (len, "len"),
]


@pytest.mark.parametrize("name", OF_ONE_TERM)
@pytest.mark.parametrize(("wrong", "said"), WRONG, ids=lambda v: str(v)[:12])
def test_functions_of_one_term(name: str, wrong: Any, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        getattr(sn, name)(wrong)
    if isinstance(wrong, str) and name not in ("sin", "sqrt", "erf"):
        assert f"parse({wrong!r})" in str(caught.value)


CALLS = {
    "evaluate": lambda wrong: sn.evaluate(wrong, {"x": 1}),
    "substitute": lambda wrong: sn.substitute(wrong, {X: 1}),
    "differentiate": lambda wrong: sn.differentiate(wrong, X),
    "gradient": lambda wrong: sn.gradient(wrong, [X]),
    "hessian": lambda wrong: sn.hessian(wrong, [X]),
    "jacobian": lambda wrong: sn.jacobian([X, wrong], [X]),
    "taylor": lambda wrong: sn.taylor(wrong, X),
    "cse": lambda wrong: sn.cse([X, wrong]),
    "convert": lambda wrong: sn.convert(wrong, "tree"),
    "rewrite": lambda wrong: sn.rewrite(wrong),
    "pluck": lambda wrong: sn.pluck(wrong, 1),
    "collect": lambda wrong: sn.collect(wrong, X),
    "linear": lambda wrong: sn.solve_linear([wrong], [X]),
    "limit": lambda wrong: sn.via_sympy.limit(wrong, X, 0),
    "integrate": lambda wrong: sn.via_sympy.integrate(wrong, X),
    "solve": lambda wrong: sn.via_sympy.solve(wrong, [X]),
    "value": lambda wrong: sn.substitute(X, {X: wrong}),
    "free_symbols": lambda wrong: sn.free_symbols(wrong),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("wrong", ["x^2", "x +", None])
def test_other_functions(name: str, wrong: Any) -> None:
    with pytest.raises(InputError, match="no term"):
        CALLS[name](wrong)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: sn.substitute(X, None), "mapping"),
        (lambda: sn.substitute(X, 5), "mapping"),
        (lambda: sn.evaluate(X, 5), "mapping"),
        (lambda: sn.evaluate(X, {X: "1"}), "'1' is no numerical value"),
        (lambda: sn.simplify(X, "1"), "timeout_s"),
        (lambda: sn.parse(None), "text is needed"),
        (lambda: sn.parse("x", 5), "symbols="),
        (lambda: sn.parse("x", "x y"), "symbols="),
        (lambda: sn.rule(5), "read from text"),
        (lambda: sn.rule(None), "read from text"),
        (lambda: sn.ruleset(5), "holds no rules"),
        (lambda: sn.rewrite(X, ruleset="algebr"), "Did you mean"),
        (lambda: sn.differentiate(X, 3), "derivatives are taken by symbols"),
        (lambda: sn.collect(X, 3), "collected by symbols"),
        (lambda: sn.apart(1 / X, 3), "no(ne|thing)"),
        (lambda: sn.convert(X, "foo"), "there is no term structure"),
    ],
)
def test_other_arguments(call: Any, said: str) -> None:
    with pytest.raises(SymnumError, match=said):
        call()


def test_names_mean_the_symbols_of_the_term() -> None:
    p = sn.symbols("p", domain="positive")
    assert sn.differentiate(p**2, "p") == 2 * p
    assert sn.collect(p * X + p * Y, "p") == p * (X + Y)
    assert sn.apart(1 / (p**2 - 1), "p") == sn.apart(1 / (p**2 - 1), p)
    assert sn.taylor(sn.exp(p), "p", order=1) == 1 + p
    assert sn.solve_linear([p - X], "p") == {p: X}
    assert sn.via_sympy.integrate(p, "p") == p**2 / 2


def test_both_sides_of_equations() -> None:
    assert sn.simplify(sn.Eq(X + X, sn.sin(Y) ** 2 + sn.cos(Y) ** 2)) == sn.Eq(2 * X, 1)
    assert sn.factor(sn.Eq(X**2 - 1, 0)) == sn.Eq((X - 1) * (X + 1), 0)
