"""Hyperbolic functions as exponentials, and pairs of exponentials as hyperbolic functions."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from rewriters.simplification.layers import bottom_up
from symnum.errors import BudgetError
from symnum.terms.canonical import Call, Sum, add, call, multiply, negate, power, scale
from symnum.terms.expand import expand
from symnum.terms.numbers import is_exact
from symnum.terms.traverse import subterms

_HYPERBOLIC = frozenset({"sinh", "cosh", "tanh"})
_MAXIMUM_TERMS = 400


def hyperbolic_forms(term: Any) -> Iterator[Any]:
    """Yield other forms of a canonical term that has both, or that has exp(x) and exp(-x)."""
    functions = {t.function for t in subterms((term,)) if t.__class__ is Call}
    if "exp" not in functions:
        return
    if functions & _HYPERBOLIC:
        with suppress(BudgetError):
            yield expand(bottom_up(term, _as_exponentials), _MAXIMUM_TERMS)
    yield bottom_up(term, _paired)


def _as_exponentials(part: Any) -> Any:
    if part.__class__ is not Call or part.function not in _HYPERBOLIC:
        return part
    up, down = call("exp", part.args), call("exp", (negate(part.args[0]),))
    cosine, sine = add((up, down)), add((up, negate(down)))
    if part.function == "tanh":
        return multiply((sine, power(cosine, -1)))
    return multiply((cosine if part.function == "cosh" else sine, power(2, -1)))


def _paired(part: Any) -> Any:
    """Return c*exp(a) + c*exp(-a) as 2*c*cosh(a), and c*exp(a) - c*exp(-a) as 2*c*sinh(a)."""
    if part.__class__ is not Sum:
        return part
    left = dict(part.terms)
    made = []
    for summand, c in part.terms.items():
        if summand not in left or summand.__class__ is not Call or summand.function != "exp" or not is_exact(c):
            continue
        opposite = call("exp", (negate(summand.args[0]),))
        other: Any = left.get(opposite)
        if opposite is not summand and is_exact(other) and abs(other) == abs(c):
            made.append(scale(call("cosh" if other == c else "sinh", summand.args), 2 * c))
            del left[summand], left[opposite]
    return add([*[scale(t, c) for t, c in left.items()], part.constant, *made]) if made else part
