"""The functions of mathematics for terms: ``sin(x)``, ``max(x, y)``, ``piecewise(a, x < 0, b)``, equations."""

from dataclasses import dataclass
from typing import Any

from symnum.errors import ConditionError
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
    return apply("min", *terms)


def maximum(*terms: Any) -> Any:
    """Return the greatest of some terms."""
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
