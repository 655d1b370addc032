"""Trigonometric and hyperbolic identities."""

from collections.abc import Iterator
from typing import Any

from rewriters.simplification.factor import factor_layer
from rewriters.simplification.layers import bottom_up, in_canonical, in_layers, shielded
from rewriters.simplification.linearised import linearised
from rewriters.simplification.signs import resolve_signs
from rewriters.simplification.size import size
from symnum.errors import BudgetError, DivisionByZeroError, UnsupportedError
from symnum.terms.canonical import Call, Product, Sum, add, call, make_product, multiply, power, scale
from symnum.terms.polynomial import WIDTH, Polynomial, from_packed
from symnum.terms.polynomial_terms import Generators, Quotient, lowest_terms, quotient_term, to_quotients
from symnum.terms.traverse import subterms

_FUNCTIONS = frozenset({"sin", "cos", "tan", "sinh", "cosh", "tanh"})
_GROWING = frozenset({"sinh", "cosh"})
_FIELD = (1 << WIDTH) - 1


def trigsimp(expression: Any) -> Any:
    """Return a term made smaller by trigonometric and hyperbolic identities, at every depth.

    Squares (sin^2 + cos^2 = 1), double angles and sums of angles in both directions, tangents. Of all the forms
    that these give, and the input, the smallest is returned. The identities hold for all complex numbers.

    Parameters
    ----------
    expression : term or number
        Of any structure; the result has the same.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> sn.trigsimp(sn.sin(x)**2 + sn.cos(x)**2), sn.trigsimp(sn.sin(x) / sn.cos(x))
    (1, tan(x))
    >>> sn.trigsimp(sn.sin(x)*sn.cos(y) + sn.cos(x)*sn.sin(y))
    sin(x + y)
    """
    return in_canonical(expression, _simplified)


def _simplified(term: Any) -> Any:
    result = in_layers(term, shielded(trigsimp_layer))
    return result if size(result) <= size(term) else term  # a number may come out of a root, and need one more


def trigsimp_layer(term: Any) -> Any:
    """Simplify the outermost layer alone."""
    best = term
    for candidate in trigonometric_forms(term):
        if size(candidate) < size(best):
            best = candidate
    return best


def trigonometric_forms(term: Any) -> Iterator[Any]:
    """Yield other forms of a layer, among which a smaller one may be.

    A term that is bounded because it has tanh(x) and 1/cosh(x) only gets no form with sinh(x) or cosh(x) above the
    line: for large x that would be infinity divided by infinity.
    """
    grows = _grows(term)
    for form in _forms(term):
        if grows or not _grows(form):
            yield form


def _grows(term: Any) -> bool:
    """Tell whether sinh or cosh occurs anywhere but below the line."""
    for part in (term, *subterms((term,))):
        if part.__class__ is Product:
            bases: Any = [b for b, e in part.factors.items() if not (e.__class__ is int and e < 0)]
        elif part.__class__ is Sum:
            bases = part.terms
        else:
            bases = part.args if part.__class__ is Call else ()
        if any(b.__class__ is Call and b.function in _GROWING for b in bases):
            return True
    return term.__class__ is Call and term.function in _GROWING


def _forms(term: Any) -> Iterator[Any]:
    if not any(t.__class__ is Call and t.function in _FUNCTIONS for t in subterms((term,))):
        return
    term = resolve_signs(term)
    yield term
    plain = bottom_up(term, _without_tangent)
    for start in dict.fromkeys((plain, _without_double_angles(plain))):
        for rewrite in (_cosines, _sines, linearised):
            try:
                form = rewrite(start)
            except (BudgetError, DivisionByZeroError, UnsupportedError):
                continue
            for candidate in (form, factor_layer(form)):
                yield bottom_up(candidate, _with_tangent)
                yield candidate


# --- tangents ------------------------------------------------------------------------------------------------


def _without_tangent(term: Any) -> Any:
    if term.__class__ is not Call or term.function not in ("tan", "tanh"):
        return term
    hyperbolic = "h" if term.function == "tanh" else ""
    return multiply((call("sin" + hyperbolic, term.args), power(call("cos" + hyperbolic, term.args), -1)))


def _with_tangent(term: Any) -> Any:
    """Return sin(x)^m*cos(x)^n with m and n of different signs with as much of a tangent as there is."""
    if term.__class__ is not Product:
        return term
    factors = dict(term.factors)
    made = []
    for base, m in term.factors.items():
        if base.__class__ is not Call or base.function not in ("sin", "sinh") or m.__class__ is not int:
            continue
        hyperbolic = base.function[3:]
        cosine = call("cos" + hyperbolic, base.args)
        n = factors.get(cosine, 0)
        if n.__class__ is not int or m * n >= 0:
            continue
        whole = min(abs(m), abs(n)) * (1 if m > 0 else -1)
        factors[base], factors[cosine] = m - whole, n + whole
        made.append(power(call("tan" + hyperbolic, base.args), whole))
    return multiply([make_product(factors, term.coefficient), *made]) if made else term


# --- squares -------------------------------------------------------------------------------------------------------


def _cosines(term: Any) -> Any:
    """Write even powers of sines by cosines."""
    return _reduced(term, "sin", "cos")


def _sines(term: Any) -> Any:
    """Write even powers of cosines by sines."""
    return _reduced(term, "cos", "sin")


def _reduced(term: Any, old: str, new: str) -> Any:
    if term.__class__ is not Sum and term.__class__ is not Product:
        return term
    generators = Generators([term, *_partners(term, old, new)])
    _, (quotient,) = to_quotients([term], generators)
    numerator, denominator = quotient
    for place, partner, sign in _pairs(generators, old, new):
        numerator = _replaced(numerator, place, partner, sign)
        denominator = _replaced(denominator, place, partner, sign)
    content, lowest = lowest_terms(Quotient(numerator, denominator))
    return quotient_term(content, lowest, generators)


def _partners(term: Any, old: str, new: str) -> list[Any]:
    """Return the other function of every angle."""
    return [
        call(new + part.function[3:], part.args)
        for part in subterms((term,))
        if part.__class__ is Call and part.function in (old, old + "h")
    ]


def _pairs(generators: Generators, old: str, new: str) -> list[tuple[int, int, int]]:
    """Return (place, place of the partner, sign) with old^2 = sign*new^2 + constant; see `_replaced`."""
    places = {
        base: place
        for place, (base, unit) in enumerate(zip(generators.bases, generators.units))
        if base.__class__ is Call and unit.__class__ is int
    }
    pairs = []
    for base, place in places.items():
        if base.function in (old, old + "h"):
            partner = places.get(call(new + base.function[3:], base.args))
            if partner is not None:
                hyperbolic = base.function.endswith("h")
                # sin^2 = 1 - cos^2, cos^2 = 1 - sin^2; sinh^2 = cosh^2 - 1, cosh^2 = sinh^2 + 1
                pairs.append((place, partner, 0 if not hyperbolic else 1 if old == "cos" else -1))
    return pairs


def _replaced(polynomial: Polynomial, place: int, partner: int, hyperbolic: int) -> Polynomial:
    count = polynomial.count
    shift = WIDTH * (count - 1 - place)
    square = from_packed(count, {2 << (WIDTH * (count - 1 - partner)): 1})
    replacement = square + hyperbolic if hyperbolic else 1 - square
    groups: dict[int, dict[int, Any]] = {}
    for code, c in polynomial.packed.items():
        half = (code >> shift & _FIELD) // 2
        groups.setdefault(half, {})[code - (2 * half << shift)] = c
    total = Polynomial.constant(count, 0)
    for half, group in groups.items():
        total = total + from_packed(count, group) * replacement**half
    return total


# --- double angles ---------------------------------------------------------------------------------------------


def _without_double_angles(term: Any) -> Any:
    """Write sin(2a) and cos(2a) by sin(a) and cos(a) where functions of a occur, too."""
    arguments = {t.args[0] for t in subterms((term,)) if t.__class__ is Call and t.function in _FUNCTIONS}
    doubled: dict[Any, Any] = {}
    for argument in arguments:
        if argument.__class__ in (Sum, Product) or hasattr(argument, "args") or hasattr(argument, "name"):
            doubled[scale(argument, 2)] = argument

    def halved(part: Any) -> Any:
        if part.__class__ is not Call or part.function not in ("sin", "cos", "sinh", "cosh"):
            return part
        half = doubled.get(part.args[0])
        if half is None:
            return part
        hyperbolic = part.function[3:]
        sine, cosine = call("sin" + hyperbolic, (half,)), call("cos" + hyperbolic, (half,))
        if part.function.startswith("sin"):
            return multiply((2, sine, cosine))
        return add((1, multiply((2 if hyperbolic else -2, power(sine, 2)))))

    return bottom_up(term, halved)
