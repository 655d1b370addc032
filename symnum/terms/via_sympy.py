"""The door to SymPy, for mathematics that symnum leaves to it: `sn.via_sympy.limit`, `integrate`, ...

Each function takes terms of any structure and gives terms of the structure that it was given. Symbols keep
their names and domains. What SymPy cannot do, or answers with something that has no counterpart here (an
integral that stays one, an implicit root), is an `UnsupportedError`. Imaginary units come back as the floating
``1j``: terms have no exact one.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from symnum.errors import InputError, UnsupportedError
from symnum.terms import interface
from symnum.terms.checks import check_terms
from symnum.terms.convert import convert, structure_of
from symnum.terms.functions import Eq
from symnum.terms.sources import named_symbols

_DRAWS = 8


def _run(what: str, compute: Callable[[], Any]) -> Any:
    """Run SymPy and turn its ways of giving up into one error."""
    from sympy.polys.polyerrors import BasePolynomialError

    failures = (NotImplementedError, ValueError, TypeError, AttributeError, KeyError, RecursionError)
    try:
        return compute()
    except (*failures, BasePolynomialError) as error:
        raise UnsupportedError(f"SymPy cannot {what}: {str(error) or type(error).__name__}.") from error


def _back(result: Any, like: Any, what: str) -> Any:
    """Return SymPy's result in the structure of a term."""
    import sympy

    unfinished = (sympy.Integral, sympy.Limit, sympy.Order, sympy.AccumBounds)
    if result.has(*unfinished):
        raise UnsupportedError(f"SymPy cannot {what}: it answers with {result}.")
    from symnum.terms.sympy_terms import to_number

    return convert(to_number(result), structure_of(like))


def _symbol(x: Any, *terms: Any) -> Any:
    (x,) = named_symbols([x], list(terms))
    if not interface.is_symbol(x):
        raise InputError(f"{x!r} is no symbol. Pass one that sn.symbols made.")
    return convert(x, "sympy")


def limit(expression: Any, x: Any, to: Any, direction: str = "+") -> Any:
    """Return the limit of a term as a symbol goes to a value.

    Parameters
    ----------
    expression : term
    x : symbol
    to : term or number
        ``float("inf")`` for infinity.
    direction : {"+", "-", "+-"}
        From above, from below, or both (which must agree).

    Raises
    ------
    UnsupportedError
        If there is none, or SymPy finds none.

    Examples
    --------
    >>> import symnum as sn
    >>> x = sn.symbols("x")
    >>> sn.via_sympy.limit(sn.sin(x) / x, x, 0)
    1
    """
    import sympy

    if direction not in ("+", "-", "+-"):
        raise InputError(f'the direction of a limit is "+", "-" or "+-", and was given as {direction!r}.')
    what = f"find the limit of {expression}"
    point = sympy.oo if to == float("inf") else -sympy.oo if to == -float("inf") else convert(to, "sympy")
    term, symbol = convert(expression, "sympy"), _symbol(x, expression)
    return _back(_run(what, lambda: sympy.limit(term, symbol, point, direction)), expression, what)


def integrate(expression: Any, *over: Any) -> Any:
    """Return the integral of a term.

    Parameters
    ----------
    expression : term
    *over : symbol, or (symbol, lower, upper)
        A symbol gives an antiderivative, bounds a definite integral; several are integrated in this order.

    Raises
    ------
    UnsupportedError
        If SymPy leaves an integral.

    Examples
    --------
    >>> import symnum as sn
    >>> x = sn.symbols("x")
    >>> sn.via_sympy.integrate(sn.cos(x), x), sn.via_sympy.integrate(x**2, (x, 0, 1))
    (sin(x), Fraction(1, 3))
    """
    import sympy

    if not over:
        raise InputError(
            "say over which symbol to integrate: integrate(expr, x) or integrate(expr, (x, 0, 1))."
        )
    what = f"integrate {expression}"
    limits = [
        (_symbol(o[0], expression), convert(o[1], "sympy"), convert(o[2], "sympy"))
        if isinstance(o, tuple)
        else _symbol(o, expression)
        for o in over
    ]
    term = convert(expression, "sympy")
    return _back(_run(what, lambda: sympy.integrate(term, *limits)), expression, what)


def series(expression: Any, x: Any, about: Any = 0, order: int = 6) -> Any:
    """Return the terms of a series below some order, without the remainder.

    Parameters
    ----------
    expression : term
    x : symbol
    about : term or number
    order : int

    Examples
    --------
    >>> import symnum as sn
    >>> x = sn.symbols("x")
    >>> sn.via_sympy.series(1 / sn.sin(x), x, order=3)
    x/6 + 1/x
    """
    import sympy

    what = f"expand {expression} in a series"
    term, symbol, point = convert(expression, "sympy"), _symbol(x, expression), convert(about, "sympy")
    return _back(_run(what, lambda: sympy.series(term, symbol, point, order).removeO()), expression, what)


def solve(equations: Any, unknowns: Any) -> list[dict[Any, Any]]:
    """Return the solutions of equations, each as a dictionary of unknowns to values.

    Parameters
    ----------
    equations : term, Eq, or list of them
        A term stands for "term = 0".
    unknowns : symbol or sequence of symbols

    Returns
    -------
    list of dict
        Empty if there is no solution.

    Examples
    --------
    >>> import symnum as sn
    >>> x, a = sn.symbols("x a")
    >>> sn.via_sympy.solve(sn.Eq(2 * x, a), x)
    [{x: a/2}]
    """
    import sympy

    many = equations if isinstance(equations, list | tuple) else [equations]
    sides = [(e.lhs, e.rhs) if isinstance(e, Eq) else (e, 0) for e in many]
    check_terms([term for pair in sides for term in pair])
    wanted = named_symbols(unknowns, [term for pair in sides for term in pair])
    terms = [convert(left, "sympy") - convert(right, "sympy") for left, right in sides]
    symbols = [_symbol(u) for u in wanted]
    what = "solve these equations"
    found = _run(what, lambda: sympy.solve(terms, symbols, dict=True))
    back = dict(zip(symbols, wanted))
    return [{back[s]: _back(v, back[s], what) for s, v in one.items()} for one in found]


def groebner(polynomials: Iterable[Any], unknowns: Sequence[Any], order: str = "lex") -> list[Any]:
    """Return the reduced Gröbner basis of some polynomials.

    Parameters
    ----------
    polynomials : iterable of terms
    unknowns : sequence of symbols
        From the highest to the lowest.
    order : {"lex", "grlex", "grevlex"}

    Raises
    ------
    UnsupportedError
        If they are no polynomials in the unknowns.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> sn.via_sympy.groebner([x**2 + y**2 - 1, x - y], [x, y])
    [x - y, 2*y^2 - 1]
    """
    import sympy

    given = list(polynomials)
    check_terms(given)
    unknowns = named_symbols(unknowns, given)
    what = "make a Gröbner basis of these"
    terms, symbols = [convert(p, "sympy") for p in given], [_symbol(u) for u in unknowns]
    basis = _run(what, lambda: sympy.groebner(terms, *symbols, order=order).exprs)
    return [_back(p, unknowns[0], what) for p in basis]


def equal(a: Any, b: Any) -> bool | None:
    """Return whether SymPy finds two terms equal on the domains of their symbols; None where it cannot tell.

    Their difference is simplified, and where that leaves something SymPy tries numbers. It draws them at random, and
    the few that it draws may all agree (half the time it cannot tell ``abs(x)`` from ``x``); so it is asked again
    with other ones, and those are the same in every call.

    Parameters
    ----------
    a, b : term or number

    Examples
    --------
    >>> import symnum as sn
    >>> x = sn.symbols("x", domain="real")
    >>> sn.via_sympy.equal(sn.sqrt(x**2), abs(x)), sn.via_sympy.equal(sn.sin(x)**2, x)
    (True, False)
    """
    import sympy

    from symnum.terms.sympy_terms import from_number

    check_terms([a, b])
    left, right = (from_number(convert(term, "sympy")) for term in (a, b))
    if left == right:
        return True
    what = f"compare {a} and {b}"
    with _drawing_the_same_numbers() as draw:
        draw(0)
        if _run(what, lambda: sympy.simplify(left - right)) == 0:
            return True
        for turn in range(_DRAWS):
            draw(turn)
            found = _run(what, lambda: (left - right).equals(0))
            if found is not None:
                return bool(found)
    return None


@contextlib.contextmanager
def _drawing_the_same_numbers() -> Iterator[Callable[[int], None]]:
    """Yield what starts SymPy's random numbers anew; the state that they had comes back in the end."""
    from sympy.core import random

    state = random.rng.getstate()
    try:
        yield random.seed
    finally:
        random.rng.setstate(state)
