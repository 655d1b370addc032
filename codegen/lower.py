"""Terms to tape nodes."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from codegen.functions import COMPARISONS, FUNCTIONS, Op
from codegen.tape import TapeBuilder
from symnum.errors import UnknownNameError, UnsupportedError, suggest
from symnum.terms.canonical import Call, Constant, Product, Sum, Symbol
from symnum.terms.user_functions import definition_of

__all__ = ["Lowering", "real_number"]

_MOST_DEFINITIONS = 100_000


class Lowering:
    """Turns canonical terms into nodes of one tape, sharing what is equal.

    Parameters
    ----------
    builder : TapeBuilder
        Where the nodes go.
    leaves : mapping of Symbol to int
        Tape node of every symbol that may occur.
    """

    def __init__(self, builder: TapeBuilder, leaves: Mapping[Symbol, int]) -> None:
        self.builder = builder
        self.known: dict[Any, int] = dict(leaves)
        self.leaves = leaves
        self.definitions: dict[Any, Any] = {}

    def __call__(self, term: Any) -> int:
        """Return the node of a term. Iterative, so that any depth works.

        Raises
        ------
        UnknownNameError
            If a symbol is neither state, parameter nor the independent variable.
        UnsupportedError
            If an operation has no compiled form.
        """
        known = self.known
        stack = [term]
        opened: set[int] = set()  # when such a term comes to the top again, all its parts are known
        while stack:
            top = stack[-1]
            if top.__class__ in _NUMBERS or top in known:
                stack.pop()
                continue
            if id(top) not in opened:
                pending = [a for a in self._parts(top) if a.__class__ not in _NUMBERS and a not in known]
                if pending:
                    opened.add(id(top))
                    stack += pending
                    continue
            known[top] = self._build(top)
            stack.pop()
        return self._of(term)

    def _parts(self, term: Any) -> tuple[Any, ...]:
        """Return what must be lowered first; for a function without machine form, its definition."""
        if term.__class__ is Call and not _has_machine_form(term):
            defined = self.definitions.get(term)
            if defined is None:
                if len(self.definitions) > _MOST_DEFINITIONS:
                    raise UnsupportedError(
                        f'the expression of "{term.function}" leads to ever new calls of functions that need one; '
                        "a definition must end in functions that are compiled."
                    )
                defined = self.definitions[term] = _defined(term)
            return (defined,)
        return _parts(term)

    def _of(self, term: Any) -> int:
        if term.__class__ in _TERMS or not _is_number(term):
            return self.known[term]
        return self.builder.constant(real_number(term))

    def _build(self, term: Any) -> int:
        if isinstance(term, Sum):
            items = [(real_number(c), self._of(t)) for t, c in term.terms.items()]
            if term.constant:
                items.append((real_number(term.constant), self.builder.one))
            return self.builder.sum(items)
        if isinstance(term, Product):
            return self._product(term)
        if isinstance(term, Constant):
            return self.builder.constant(term.value)
        if isinstance(term, Call):
            return self._call(term)
        if isinstance(term, Symbol):
            names = [s.name for s in self.leaves]
            raise UnknownNameError(
                f'"{term.name}" is neither a state, a parameter nor the independent variable of this model.'
                f"{suggest(term.name, names)} Declare it, or substitute a value for it."
            )
        raise UnsupportedError(f"{type(term).__name__} terms cannot be compiled; convert them first.")

    def _product(self, term: Product) -> int:
        items: list[tuple[int, int]] = []
        for base, exponent in term.factors.items():
            node = self._of(base)
            if type(exponent) is int:
                items.append((node, exponent))
            else:
                items.append((self.builder.power(node, self._of(exponent)), 1))
        return self.builder.product(items, real_number(term.coefficient))

    def _call(self, term: Call) -> int:
        if self.definitions and term in self.definitions:
            return self._of(self.definitions[term])
        handler = _SPECIAL.get(term.function)
        nodes = [self._of(a) for a in term.args]
        if handler is not None:
            return handler(self.builder, nodes)
        if term.function in COMPARISONS:
            op, swapped = COMPARISONS[term.function]
            return self.builder.logical(op, nodes[::-1] if swapped else nodes)
        return self.builder.call(term.function, nodes)


def _has_machine_form(term: Call) -> bool:
    name = term.function
    if name in _SPECIAL or name in COMPARISONS:
        return True
    return name in FUNCTIONS and FUNCTIONS[name].arity == len(term.args)


def _defined(term: Call) -> Any:
    defined = definition_of(term)
    if defined is None:
        raise UnsupportedError(
            f'"{term.function}" of {len(term.args)} arguments has no compiled form; compiled functions are '
            f"{', '.join(sorted(FUNCTIONS))}. A registered function is compiled where it has an expression: "
            "register_function(name, arity, expression=...); evaluate(...) works without."
        )
    return defined


def _parts(term: Any) -> tuple[Any, ...]:
    cls = term.__class__
    if cls is Call:
        return term.args
    if cls is Sum:
        return tuple(term.terms)
    if cls is Product:
        for exponent in term.factors.values():
            if exponent.__class__ is not int:
                return (*term.factors, *[e for e in term.factors.values() if e.__class__ is not int])
        return tuple(term.factors)
    return ()


_NUMBERS = frozenset({int, float, Fraction, bool})
_TERMS = frozenset({Symbol, Call, Product, Sum, Constant})


def _is_number(term: Any) -> bool:
    cls = term.__class__
    return cls in _NUMBERS or (cls not in _TERMS and isinstance(term, int | float | Fraction))


def real_number(value: Any) -> float:
    """Return an exact or floating number as a float, beyond the largest one as an infinity.

    Raises
    ------
    UnsupportedError
        For a complex number.
    """
    if isinstance(value, complex):
        raise UnsupportedError(f"{value} is complex; compiled kernels are real.")
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _piecewise(builder: TapeBuilder, nodes: Sequence[int]) -> int:
    result = nodes[-1]
    for i in range(len(nodes) - 3, -1, -2):
        result = builder.select(nodes[i + 1], nodes[i], result)
    return result


def _fold(name: str) -> Callable[[TapeBuilder, Sequence[int]], int]:
    def fold(builder: TapeBuilder, nodes: Sequence[int]) -> int:
        result = nodes[0]
        for node in nodes[1:]:
            result = builder.call(name, (result, node))
        return result

    return fold


_SPECIAL: dict[str, Callable[[TapeBuilder, Sequence[int]], int]] = {
    "piecewise": _piecewise,
    "min": _fold("min"),
    "max": _fold("max"),
    "and": lambda b, nodes: b.logical(Op.AND, nodes),
    "or": lambda b, nodes: b.logical(Op.OR, nodes),
    "not": lambda b, nodes: b.logical(Op.NOT, nodes),
}
