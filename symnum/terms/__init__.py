"""Terms: symbolic mathematics as data, behind one interface and in several structures.

Everything here is exact unless a float is written, iterative (depth is no limit), and deterministic.
"""

import importlib
from typing import Any

from symnum.terms import canonical_interface as _interface  # noqa: F401 - registers the canonical structure
from symnum.terms import folding as _folding  # noqa: F401 - registers how calls fold
from symnum.terms import printing as _printing  # noqa: F401 - registers how terms show themselves
from symnum.terms.builder import SumBuilder
from symnum.terms.canonical import (
    EULER,
    PI,
    Call,
    Constant,
    Product,
    Sum,
    Symbol,
    Term,
    add,
    build,
    call,
    make_product,
    make_sum,
    multiply,
    power,
    scale,
)
from symnum.terms.collect import collect
from symnum.terms.convert import convert, structure_of
from symnum.terms.cse import cse
from symnum.terms.differentiate import differentiate, gradient
from symnum.terms.evaluate import evaluate, evaluate_exact
from symnum.terms.expand import expand
from symnum.terms.interface import (
    Expression,
    arguments,
    children,
    head,
    is_call,
    is_constant,
    is_expr,
    is_symbol,
    make_term,
    metadata,
    name,
    operation,
    sorted_arguments,
)
from symnum.terms.interning import bulk
from symnum.terms.jacobian import SparseJacobian, jacobian
from symnum.terms.pack import pack, unpack
from symnum.terms.parsing import Token, parse, parse_expression, parse_tokens, tokenize
from symnum.terms.structures import Structure, register_structure, term_types, use_terms
from symnum.terms.substitute import substitute
from symnum.terms.symbols import parameters, species, symbols
from symnum.terms.term_operators import TermOperators
from symnum.terms.traverse import free_symbols, postorder, subterms

_LAZY = {
    **dict.fromkeys(
        "sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp log sqrt sign floor ceil "
        "minimum maximum mod equal not_equal piecewise sum_of product_of Eq "
        "sec csc cot sech csch coth log2 log10 exp2 expm1 log1p cbrt hypot erf erfc gamma loggamma digamma polygamma "
        "factorial besselj bessely besseli besselk lambertw heaviside".split(),
        "functions",
    ),
    "register_function": "user_functions",
    "hessian": "hessian",
    "directional_derivative": "directional",
    "taylor": "taylor",
    "inspect": "inspection",
    "pluck": "inspection",
    "array": "trace.arrays",
    "TermArray": "trace.arrays",
    "determinant": "determinant",
    "lu": "lu",
    "linear_coefficients": "linear",
    "solve_linear": "linear",
    "Tree": "tree",
    "latex": "printing.latex",
    "pretty": "printing.unicode",
    "plain": "printing.plain",
    "order_key": "order",
}
pi = PI
e = EULER


def __getattr__(attribute: str) -> Any:
    """Load the less common parts when they are first asked for."""
    module = _LAZY.get(attribute)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {attribute!r}")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
    globals()[attribute] = value
    return value


__all__ = [  # noqa: PLE0604 - the lazy names come from their table
    "EULER",
    "PI",
    "Call",
    "Constant",
    "Expression",
    "Product",
    "SparseJacobian",
    "Sum",
    "SumBuilder",
    "Symbol",
    "Term",
    "Token",
    "add",
    "arguments",
    "build",
    "bulk",
    "call",
    "children",
    "collect",
    "convert",
    "cse",
    "differentiate",
    "e",
    "evaluate",
    "evaluate_exact",
    "expand",
    "free_symbols",
    "gradient",
    "head",
    "is_call",
    "is_constant",
    "is_expr",
    "is_symbol",
    "jacobian",
    "make_product",
    "make_sum",
    "make_term",
    "metadata",
    "multiply",
    "name",
    "operation",
    "pack",
    "parameters",
    "parse",
    "parse_expression",
    "parse_tokens",
    "pi",
    "postorder",
    "power",
    "register_structure",
    "Structure",
    "TermOperators",
    "scale",
    "sorted_arguments",
    "species",
    "structure_of",
    "substitute",
    "subterms",
    "symbols",
    "term_types",
    "tokenize",
    "unpack",
    "use_terms",
    *_LAZY,
]
