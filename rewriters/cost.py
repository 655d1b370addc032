"""What a term costs to evaluate, in processor cycles, and how many operations it has; shared parts count once."""

from typing import Any

from rewriters.egraph.costs.cycles import Cycles
from symnum.terms import interface
from symnum.terms.traverse import walk


def cost(expressions: Any) -> float:
    """Return the cost of evaluating a term, or some terms together, under the cost model `cycles`.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> cost([x*y + 2, x*y + 2]) == cost(x*y + 2) > cost(x*y)
    True
    """
    roots = list(expressions) if isinstance(expressions, list | tuple) else [expressions]
    return Cycles().total(roots)


def operation_count(expressions: Any) -> int:
    """Return the number of operations in a term, or in some terms together; equal parts count once."""
    return sum(
        len(arguments) - 1 if interface.operation(term) in ("+", "*") else 1
        for term, arguments in _parts(expressions)
    )


def _parts(expressions: Any) -> list[tuple[Any, Any]]:
    roots = list(expressions) if isinstance(expressions, list | tuple) else [expressions]
    distinct: dict[Any, Any] = {}
    for term, arguments in walk(roots):
        if arguments:
            distinct.setdefault(term, arguments)
    return list(distinct.items())
