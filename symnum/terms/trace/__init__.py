"""Tracing: ordinary Python and NumPy functions, called on symbols, give terms."""

from symnum.terms.trace.arrays import TermArray, array
from symnum.terms.trace.tracing import trace

__all__ = ["TermArray", "array", "trace"]
