"""The canonical term structure: `Sum` and `Product` as dictionaries, interned, made by fast constructors.

A `Sum` is ``constant + sum(coefficient * term)``, a `Product` is ``coefficient * prod(base ** exponent)``.
Equal symbols, products and calls are the same object, so hashing and comparing them costs what it
costs for any Python object. Sums are entered in the table only when they are hashed or become part of
another term; chains such as ``a + b + c + ...`` stay linear that way.

Construction applies only what always holds: equal terms and equal bases merge, whole powers of products
and of powers multiply out, numbers fold (exact ones exactly). Floats never count as exact 0 or 1:
``0.0*x`` and ``1.0*x`` stay. A number times a sum multiplies into the sum.

Never change a dictionary that you passed in or read from a term.
"""

from symnum.terms.canonical.calls import call, foldings, make_call
from symnum.terms.canonical.construct import build
from symnum.terms.canonical.nodes import (
    ATOMS,
    CONSTANTS,
    DOMAINS,
    EULER,
    PI,
    Call,
    Constant,
    Product,
    Sum,
    Symbol,
    Term,
    check_domain,
    operand,
    reducers,
    require_number,
)
from symnum.terms.canonical.operators import provide, renderers
from symnum.terms.canonical.products import make_product, multiply, power
from symnum.terms.canonical.sums import add, make_sum, negate, scale

__all__ = [
    "ATOMS",
    "CONSTANTS",
    "DOMAINS",
    "EULER",
    "PI",
    "Call",
    "Constant",
    "Product",
    "Sum",
    "Symbol",
    "Term",
    "add",
    "build",
    "call",
    "check_domain",
    "foldings",
    "make_call",
    "make_product",
    "make_sum",
    "multiply",
    "negate",
    "power",
    "reducers",
    "renderers",
    "require_number",
    "scale",
]

provide(operand=operand, add=add, multiply=multiply, power=power, call=call, negate=negate)
