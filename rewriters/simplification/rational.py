"""What the rational simplifications share: quotients of one layer, and what to do where there are none."""

from collections.abc import Callable
from typing import Any

from symnum.errors import DivisionByZeroError, UnsupportedError
from symnum.terms.canonical import Product, Sum
from symnum.terms.polynomial_terms import Generators, Quotient, lowest_terms, to_quotients

Rebuild = Callable[[Any, Quotient, Generators], Any]


def rational(term: Any, rebuild: Rebuild) -> Any:
    """Return a layer rebuilt from its lowest terms; a layer that is not rational, or undefined, as it is."""
    if term.__class__ is not Sum and term.__class__ is not Product:
        return term
    try:
        generators, (quotient,) = to_quotients([term])
        content, lowest = lowest_terms(quotient)
        if not content:
            return 0
        return rebuild(content, lowest, generators)
    except (DivisionByZeroError, UnsupportedError):
        return term  # it has no value, or contains infinities: nothing to be gained
