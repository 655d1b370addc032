"""Operators on fields: each gives the value of its result at a place, one file per operator."""

from collections.abc import Callable
from typing import Any

from symnum.models.discretisation.operators.advection import advection
from symnum.models.discretisation.operators.derivative import derivative
from symnum.models.discretisation.operators.divergence import divergence
from symnum.models.discretisation.operators.integral import integral
from symnum.models.discretisation.operators.laplacian import laplacian

__all__ = ["OPERATORS"]

#: What ``operator(values, call, where)`` returns: the value of a call at a place.
OPERATORS: dict[str, Callable[..., Any]] = {
    "D": derivative,
    "advection": advection,
    "divergence": divergence,
    "integral": integral,
    "laplacian": laplacian,
}
