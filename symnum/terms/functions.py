"""The functions of mathematics for terms: ``sin(x)``, ``max(x, y)``, ``piecewise(a, x < 0, b)``, equations."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symnum.errors import ConditionError
from symnum.terms.choices import check_choice, check_extreme
from symnum.terms.symbols import apply


def sin(x: Any) -> Any:
    """Return the sine of a term (radians)."""
    return apply("sin", x)


def cos(x: Any) -> Any:
    """Return the cosine of a term (radians)."""
    return apply("cos", x)


def tan(x: Any) -> Any:
    """Return the tangent of a term (radians)."""
    return apply("tan", x)


def asin(x: Any) -> Any:
    """Return the arc sine of a term."""
    return apply("asin", x)


def acos(x: Any) -> Any:
    """Return the arc cosine of a term."""
    return apply("acos", x)


def atan(x: Any) -> Any:
    """Return the arc tangent of a term."""
    return apply("atan", x)


def atan2(y: Any, x: Any) -> Any:
    """Return the angle of the point (x, y), in (-pi, pi]."""
    return apply("atan2", y, x)


def sinh(x: Any) -> Any:
    """Return the hyperbolic sine of a term."""
    return apply("sinh", x)


def cosh(x: Any) -> Any:
    """Return the hyperbolic cosine of a term."""
    return apply("cosh", x)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent of a term."""
    return apply("tanh", x)


def asinh(x: Any) -> Any:
    """Return the inverse hyperbolic sine of a term."""
    return apply("asinh", x)


def acosh(x: Any) -> Any:
    """Return the inverse hyperbolic cosine of a term."""
    return apply("acosh", x)


def atanh(x: Any) -> Any:
    """Return the inverse hyperbolic tangent of a term."""
    return apply("atanh", x)


def exp(x: Any) -> Any:
    """Return e to the power of a term."""
    return apply("exp", x)


def log(x: Any, base: Any = None) -> Any:
    """Return the natural logarithm of a term, or its logarithm to a base."""
    return (
        apply("log", x) if base is None else apply("*", apply("log", x), apply("^", apply("log", base), -1))
    )


def sqrt(x: Any) -> Any:
    """Return the square root of a term; canonical terms keep it as x^(1/2)."""
    return apply("sqrt", x)


def sec(x: Any) -> Any:
    """Return 1/cos of a term."""
    return _inverse(cos(x))


def csc(x: Any) -> Any:
    """Return 1/sin of a term."""
    return _inverse(sin(x))


def cot(x: Any) -> Any:
    """Return 1/tan of a term."""
    return _inverse(tan(x))


def sech(x: Any) -> Any:
    """Return 1/cosh of a term."""
    return _inverse(cosh(x))


def csch(x: Any) -> Any:
    """Return 1/sinh of a term."""
    return _inverse(sinh(x))


def coth(x: Any) -> Any:
    """Return 1/tanh of a term."""
    return _inverse(tanh(x))


def _inverse(x: Any) -> Any:
    return apply("^", x, -1)


def log2(x: Any) -> Any:
    """Return the logarithm of a term to the base 2, as log(x)/log(2)."""
    return log(x, 2)


def log10(x: Any) -> Any:
    """Return the logarithm of a term to the base 10, as log(x)/log(10)."""
    return log(x, 10)


def exp2(x: Any) -> Any:
    """Return 2 to the power of a term."""
    return apply("^", 2, x)


def expm1(x: Any) -> Any:
    """Return exp(x) - 1, accurate near 0."""
    return apply("expm1", x)


def log1p(x: Any) -> Any:
    """Return log(1 + x), accurate near 0."""
    return apply("log1p", x)


def cbrt(x: Any) -> Any:
    """Return the cube root of a term: the real one of real numbers, negative ones included."""
    return apply("cbrt", x)


def hypot(x: Any, y: Any) -> Any:
    """Return sqrt(x^2 + y^2)."""
    return sqrt(apply("+", apply("^", x, 2), apply("^", y, 2)))


def erf(x: Any) -> Any:
    """Return the error function of a term."""
    return apply("erf", x)


def erfc(x: Any) -> Any:
    """Return the complementary error function 1 - erf(x), accurate for large x."""
    return apply("erfc", x)


def gamma(x: Any) -> Any:
    """Return the gamma function of a term."""
    return apply("gamma", x)


def loggamma(x: Any) -> Any:
    """Return log|gamma(x)|; of complex numbers the principal branch of log(gamma(x))."""
    return apply("loggamma", x)


def digamma(x: Any) -> Any:
    """Return the derivative of log(gamma(x))."""
    return apply("digamma", x)


def polygamma(n: Any, x: Any) -> Any:
    """Return the derivative number n of digamma; compiled for whole n up to 20."""
    return apply("digamma", x) if n.__class__ is int and n == 0 else apply("polygamma", n, x)


def factorial(n: Any) -> Any:
    """Return gamma(n + 1)."""
    return apply("gamma", apply("+", n, 1))


def besselj(n: Any, x: Any) -> Any:
    """Return the Bessel function of the first kind J_n(x); evaluated, not compiled."""
    return apply("besselj", n, x)


def bessely(n: Any, x: Any) -> Any:
    """Return the Bessel function of the second kind Y_n(x); evaluated, not compiled."""
    return apply("bessely", n, x)


def besseli(n: Any, x: Any) -> Any:
    """Return the modified Bessel function of the first kind I_n(x); evaluated, not compiled."""
    return apply("besseli", n, x)


def besselk(n: Any, x: Any) -> Any:
    """Return the modified Bessel function of the second kind K_n(x); evaluated, not compiled."""
    return apply("besselk", n, x)


def lambertw(x: Any) -> Any:
    """Return the principal branch W of the solution of W*exp(W) = x."""
    return apply("lambertw", x)


def asec(x: Any) -> Any:
    """Return the inverse secant of a term, acos(1/x)."""
    return apply("acos", _inverse(x))


def acsc(x: Any) -> Any:
    """Return the inverse cosecant of a term, asin(1/x)."""
    return apply("asin", _inverse(x))


def acot(x: Any) -> Any:
    """Return the inverse cotangent of a term, atan(1/x)."""
    return apply("atan", _inverse(x))


def asech(x: Any) -> Any:
    """Return the inverse hyperbolic secant of a term, acosh(1/x)."""
    return apply("acosh", _inverse(x))


def acsch(x: Any) -> Any:
    """Return the inverse hyperbolic cosecant of a term, asinh(1/x)."""
    return apply("asinh", _inverse(x))


def acoth(x: Any) -> Any:
    """Return the inverse hyperbolic cotangent of a term, atanh(1/x)."""
    return apply("atanh", _inverse(x))


def sinc(x: Any) -> Any:
    """Return sin(x)/x, and 1 at 0 (NumPy's sinc is this at pi*x)."""
    return apply("sinc", x)


def sinint(x: Any) -> Any:
    """Return the sine integral Si, the integral of sin(t)/t from 0 to x; evaluated, not compiled."""
    return apply("sinint", x)


def cosint(x: Any) -> Any:
    """Return the cosine integral Ci; evaluated, not compiled."""
    return apply("cosint", x)


def expi(x: Any) -> Any:
    """Return the exponential integral Ei; evaluated, not compiled."""
    return apply("expi", x)


def exp1(x: Any) -> Any:
    """Return the exponential integral E1, the integral of exp(-t)/t from x on; evaluated, not compiled."""
    return apply("exp1", x)


def erfi(x: Any) -> Any:
    """Return the imaginary error function -i*erf(i*x); evaluated, not compiled."""
    return apply("erfi", x)


def erfinv(x: Any) -> Any:
    """Return the inverse of the error function, for real numbers between -1 and 1; evaluated, not compiled."""
    return apply("erfinv", x)


def airyai(x: Any) -> Any:
    """Return the Airy function Ai; evaluated, not compiled."""
    return apply("airyai", x)


def airyaiprime(x: Any) -> Any:
    """Return the derivative of the Airy function Ai; evaluated, not compiled."""
    return apply("airyaiprime", x)


def airybi(x: Any) -> Any:
    """Return the Airy function Bi; evaluated, not compiled."""
    return apply("airybi", x)


def airybiprime(x: Any) -> Any:
    """Return the derivative of the Airy function Bi; evaluated, not compiled."""
    return apply("airybiprime", x)


def beta(a: Any, b: Any) -> Any:
    """Return the beta function gamma(a)*gamma(b)/gamma(a + b)."""
    return apply("beta", a, b)


def heaviside(x: Any, at_zero: Any = None) -> Any:
    """Return the step from 0 to 1 at x = 0.

    Parameters
    ----------
    x : term
    at_zero : term or number, optional
        Value at 0; 1/2 if not given, and then the step is written (1 + sign(x))/2.
    """
    if at_zero is None:
        return apply("*", Fraction(1, 2), apply("+", 1, apply("sign", x)))
    return apply("piecewise", 0, apply("<", x, 0), at_zero, apply("==", x, 0), 1)


def sign(x: Any) -> Any:
    """Return -1, 0 or 1."""
    return apply("sign", x)


def floor(x: Any) -> Any:
    """Return the greatest integer not above a term."""
    return apply("floor", x)


def ceil(x: Any) -> Any:
    """Return the least integer not below a term."""
    return apply("ceil", x)


def minimum(*terms: Any) -> Any:
    """Return the least of some terms."""
    check_extreme("minimum", terms)
    return apply("min", *terms)


def maximum(*terms: Any) -> Any:
    """Return the greatest of some terms."""
    check_extreme("maximum", terms)
    return apply("max", *terms)


def mod(a: Any, b: Any) -> Any:
    """Return a - b*floor(a/b)."""
    return apply("mod", a, b)


def equal(a: Any, b: Any) -> Any:
    """Return the condition a == b (the operator == compares structure and gives True or False)."""
    return apply("==", a, b)


def not_equal(a: Any, b: Any) -> Any:
    """Return the condition a != b."""
    return apply("!=", a, b)


def piecewise(*arguments: Any) -> Any:
    """Return value1 where condition1 holds, else value2 where condition2 holds, ..., else the default.

    Parameters
    ----------
    *arguments
        value1, condition1, value2, condition2, ..., default.

    Examples
    --------
    >>> from symnum.terms import piecewise, symbols
    >>> x = symbols("x")
    >>> piecewise(-x, x < 0, x)
    piecewise(-x, x < 0, x)
    """
    check_choice(arguments)
    return apply("piecewise", *arguments)


def sum_of(*terms: Any) -> Any:
    """Return the sum of some terms, or of the terms in one iterable, in linear time."""
    return apply("+", *_spread(terms))


def product_of(*terms: Any) -> Any:
    """Return the product of some terms, or of the terms in one iterable, in linear time."""
    return apply("*", *_spread(terms))


def _spread(terms: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(terms[0]) if len(terms) == 1 and hasattr(terms[0], "__iter__") else terms


@dataclass(frozen=True, slots=True)
class Eq:
    """An equation; `==` between terms compares their structure, so equations have a class of their own.

    Attributes
    ----------
    lhs, rhs : term or number

    Examples
    --------
    >>> from symnum.terms import Eq, symbols
    >>> x, y = symbols("x y")
    >>> Eq(x, 2*y)
    Eq(x, 2*y)
    """

    lhs: Any
    rhs: Any

    def __bool__(self) -> bool:
        raise ConditionError(
            f"an equation is neither True nor False. Write lhs == rhs to compare structure: got {self!r}."
        )

    def __repr__(self) -> str:
        return f"Eq({self.lhs!r}, {self.rhs!r})"

    def _repr_latex_(self) -> str:
        from symnum.terms.canonical import renderers

        return renderers["latex"](self)

    def _repr_html_(self) -> str:
        from symnum.terms.canonical import renderers

        return renderers["html"](self)
