"""Quotients in lowest terms."""

from typing import Any

from rewriters.simplification.layers import in_layers
from rewriters.simplification.rational import rational
from symnum.terms.polynomial_terms import quotient_term


def cancel(expression: Any) -> Any:
    """Return a term as one quotient of multiplied-out polynomials without common divisor, at every depth.

    Functions, roots and symbolic powers count as generators, and so do floats, which come back unchanged.

    Parameters
    ----------
    expression : term or number
        Of any structure; the result has the same.

    Raises
    ------
    BudgetError
        If a polynomial of more than 200,000 terms would arise.

    Notes
    -----
    What is cancelled may have been zero: ``x*y/x`` is `y` wherever it has a value, and is given one at x = 0.
    So the result has the values of the input wherever that has one.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y, z = sn.symbols("x y z")
    >>> sn.cancel((x**2 - 1) / (x - 1))
    x + 1
    >>> sn.cancel((x/2 + y/3 + z/2) / (2*z))
    (3*x + 2*y + 3*z)/(12*z)
    """
    return in_layers(expression, cancel_layer)


def cancel_layer(term: Any) -> Any:
    """Cancel in the outermost layer alone."""
    return rational(term, quotient_term)
