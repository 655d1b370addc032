"""Integrals over the domain: numbers that all cells share, sums over cells that are computed before the loops."""

from typing import Any

from symnum.models.discretisation.places import Where
from symnum.models.discretisation.values import Values
from symnum.terms.canonical import Symbol

__all__ = ["integral"]


def integral(values: Values, term: Any, where: Where) -> Any:
    """Return the symbol of the sum that ``integral(f)`` is."""
    del where
    return values.sums.setdefault(term.args[0], Symbol(str(term)))
