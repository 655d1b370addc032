"""What a term is made of, as far as places are concerned: symbols, and results of operators."""

from functools import lru_cache
from typing import Any

from symnum.terms.canonical import Call, Symbol
from symnum.terms.traverse import parts

__all__ = ["OPERATOR_NAMES", "atoms", "is_operator"]

#: Operations that look at more than one place.
OPERATOR_NAMES = frozenset({"laplacian", "divergence", "D", "advection", "integral"})


def is_operator(term: Any) -> bool:
    """Whether a term is the result of an operator on fields."""
    return isinstance(term, Call) and term.function in OPERATOR_NAMES


@lru_cache(maxsize=10_000)
def atoms(term: Any, into: bool = False) -> tuple[Any, ...]:
    """Return the symbols and the outermost results of operators in a term, each once, in order.

    Parameters
    ----------
    term : canonical term or number
    into : bool
        Return the symbols in the results of operators instead of these.
    """
    found: dict[Any, None] = {}
    seen: set[int] = set()
    stack = [term]
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Symbol) or (is_operator(one) and not into):
            found[one] = None
        else:
            stack += list(parts(one))[::-1]
    return tuple(found)
