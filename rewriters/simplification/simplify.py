"""The smallest form that the other simplifications find."""

from collections.abc import Callable, Iterator
from typing import Any

from rewriters.simplification.cancel import cancel_layer
from rewriters.simplification.factor import factor_layer
from rewriters.simplification.gammas import same_gammas
from rewriters.simplification.hyperbolic import hyperbolic_forms
from rewriters.simplification.layers import in_canonical, in_layers, shielded
from rewriters.simplification.logcombine import expand_log, logcombine
from rewriters.simplification.powsimp import expand_powers, powsimp
from rewriters.simplification.signs import resolve_signs
from rewriters.simplification.size import size
from rewriters.simplification.together import gather_denominators, together_layer
from rewriters.simplification.trigsimp import trigonometric_forms
from symnum.errors import BudgetError, DivisionByZeroError, InputError, TimeLimitError, UnsupportedError
from symnum.terms.canonical import Call, Product, Sum
from symnum.terms.expand import expand
from symnum.terms.timing import check_time, time_limit

_ROUNDS = 4
_MAXIMUM_TERMS = 20_000
_LARGE = 20_000


def simplify(expression: Any, timeout_s: float | None = None) -> Any:
    """Return the smallest form of a term that the rules for powers, logarithms, fractions and angles give.

    Tried, for every argument of a function and then for the whole: signs and absolute values, powers, splitting
    and combining logarithms, trigonometric and hyperbolic identities, quotients of gamma functions, one
    denominator, cancelling, factoring, multiplying out. What depends on a sign or on being real is done only
    where the domains of the symbols say so: ``sqrt(x^2)`` is x for nonnegative, abs(x)
    for real and ``sqrt(x^2)`` for other x.

    Parameters
    ----------
    expression : term or number
        Of any structure; the result has the same.
    timeout_s : float, optional
        After so many seconds the best form until then is returned. Without it the result depends on nothing
        but the term.

    Returns
    -------
    term or number
        Never larger than the input. Exact numbers stay exact, and floats stay what they are.

    Notes
    -----
    The result has the value of the input wherever the input has one, for all finite values in the domains of the
    symbols: no domain contains infinities. It may have values at points where the
    input has none, such as ``x*y/x`` at x = 0.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> sn.simplify(sn.sin(x)**2 + sn.cos(x)**2)
    1
    >>> sn.simplify((x**2 + 2*x*y + y**2) / (x + y))
    x + y
    """
    if timeout_s is not None and not (isinstance(timeout_s, int | float) and timeout_s > 0):
        raise InputError(f"timeout_s is a time in seconds above 0, and was given as {timeout_s!r}.")
    with time_limit(timeout_s):
        return in_canonical(expression, _simplified)


def _simplified(term: Any) -> Any:
    result = in_layers(term, shielded(_simplify_layer))
    return result if size(result) <= size(term) else term


def _simplify_layer(term: Any) -> Any:
    if term.__class__ not in (Sum, Product, Call):
        return term
    best, smallest = term, size(term)
    try:
        for _ in range(_ROUNDS):
            start = best
            for candidate in _forms(start):
                check_time()
                measured = size(candidate)
                if measured < smallest:
                    best, smallest = candidate, measured
            if best is start or best.__class__ not in (Sum, Product, Call):
                break
    except TimeLimitError:
        pass
    return best


def _forms(term: Any) -> Iterator[Any]:
    """Yield equivalent forms of a layer; forms that cannot be made are left out."""
    settled = _attempt(resolve_signs, term)
    yield settled
    if not _has_structure(settled):
        return
    starts = dict.fromkeys(
        [settled]
        + [_attempt(rewrite, settled) for rewrite in (powsimp, expand_powers, expand_log, logcombine)]
    )
    for start in starts:
        yield start
        yield from _rational_forms(start)
    yield _attempt(lambda t: logcombine(powsimp(t)), settled)
    yield from trigonometric_forms(settled)
    for form in hyperbolic_forms(settled):
        yield form
        yield _attempt(cancel_layer, form)
    gammas = same_gammas(settled)
    if gammas is not settled:
        yield from _rational_forms(gammas)
        yield gammas


def _has_structure(term: Any) -> bool:
    """Tell whether there is a sum, a product or a function of one; a function of a symbol is as it is."""
    return term.__class__ in (Sum, Product) or (
        term.__class__ is Call and any(a.__class__ in (Sum, Product, Call) for a in term.args)
    )


def _rational_forms(term: Any) -> Iterator[Any]:
    if term.__class__ is not Sum and term.__class__ is not Product:
        return
    yield _attempt(gather_denominators, term)
    yield _attempt(together_layer, term)
    if size(term) > _LARGE:
        return
    yield _attempt(lambda t: expand(t, _MAXIMUM_TERMS), term)
    cancelled = _attempt(cancel_layer, term)
    yield cancelled
    yield _attempt(factor_layer, term)
    if cancelled is not term:
        yield _attempt(factor_layer, cancelled)


def _attempt(rewrite: Callable[[Any], Any], term: Any) -> Any:
    try:
        return rewrite(term)
    except (BudgetError, DivisionByZeroError, UnsupportedError):
        return term
