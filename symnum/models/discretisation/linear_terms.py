"""Which summands of a right-hand side are linear differential operators with constant coefficients."""

from typing import Any

from symnum.models.discretisation.atoms import atoms, is_operator
from symnum.models.reaction_diffusion.boundary import Condition
from symnum.models.reaction_diffusion.problem import FieldProblem
from symnum.terms.canonical import Product, Sum, Symbol, add, call, multiply
from symnum.terms.traverse import free_symbols

__all__ = ["LinearTerms"]

Pair = tuple[Any, Any]


class LinearTerms:
    """Splits terms into linear differential operators with constant coefficients and the rest.

    Names that have boundary conditions of their own, such as a chemical potential, become two names, of the linear part
    and of the rest. The first has conditions of the same kinds with zero as the target.

    Attributes
    ----------
    definitions : dict of Symbol to term
        The new names.
    boundary : dict
        Their conditions.
    """

    def __init__(self, problem: FieldProblem) -> None:
        self._problem = problem
        self._constant = frozenset(problem.parameters)
        self.definitions: dict[Any, Any] = {}
        self.boundary: dict[str, Any] = {}

    def split(self, term: Any, inside: bool = False) -> Pair:
        """Return the linear summands of a term, and the others.

        Parameters
        ----------
        term : canonical term or number
        inside : bool
            Whether the term is what an operator is applied to; else summands without operators are of the rest.
        """
        if isinstance(term, Sum):
            pairs = [self.split(part, inside) for part in term.terms]
            numbers = list(term.terms.values())
            linear = add(multiply((c, pair[0])) for c, pair in zip(numbers, pairs, strict=True))
            return linear, add([term.constant, *(multiply((c, p[1])) for c, p in zip(numbers, pairs, strict=True))])
        if isinstance(term, Product):
            return self._split_product(term, inside)
        if isinstance(term, Symbol):
            return self._split_symbol(term, inside)
        return self._split_operator(term, inside) if is_operator(term) else (0, term)

    def _is_constant(self, term: Any) -> bool:
        return not is_operator(term) and all(s in self._constant for s in free_symbols(term))

    def _split_product(self, term: Product, inside: bool) -> Pair:
        varying = [
            (base, e) for base, e in term.factors.items() if not (self._is_constant(base) and self._is_constant(e))
        ]
        if len(varying) != 1 or varying[0][1] != 1:
            return 0, term
        ((base, _),) = varying
        linear, rest = self.split(base, inside)
        if linear == 0:
            return 0, term
        factor = multiply((term, call("^", (base, -1))))
        return multiply((factor, linear)), multiply((factor, rest))

    def _split_symbol(self, symbol: Any, inside: bool) -> Pair:
        if symbol in self._problem.equations:
            return (symbol, 0) if inside else (0, symbol)
        inner = self._problem.definitions.get(symbol)
        if inner is None:
            return 0, symbol
        linear, rest = self.split(inner, inside)
        own = self._problem.boundary.get(symbol.name)
        if linear == 0 or own is None or not inside:
            return (linear, rest) if linear != 0 else (0, symbol)
        first, second = Symbol(f"{symbol.name}, linear part"), Symbol(f"{symbol.name}, rest")
        self.definitions.update({first: linear, second: rest})
        self.boundary[second.name] = own
        self.boundary[first.name] = {axis: (_zero(low), _zero(high)) for axis, (low, high) in own.items()}
        return first, second

    def _split_operator(self, term: Any, inside: bool) -> Pair:
        if term.function == "integral":
            return 0, term
        if term.function == "advection":
            velocity, f, scheme, form = term.args
            if scheme.name == "weno5" or not self._is_constant(velocity):
                return 0, term
            parts = [
                call("advection", (velocity, part, scheme, form)) if part != 0 else 0 for part in self.split(f, True)
            ]
        elif term.function == "divergence":
            pairs = [self.split(f, True) for f in term.args[0].args]
            parts = [call("divergence", (call("vector", [pair[k] for pair in pairs]),)) for k in (0, 1)]
            parts = [0 if all(pair[k] == 0 for pair in pairs) else part for k, part in enumerate(parts)]
        else:
            parts = [call(term.function, (f, *term.args[1:])) if f != 0 else 0 for f in self.split(term.args[0], True)]
        linear, rest = parts
        return (linear, rest) if self._alike(term, linear, rest, inside) else (0, term)

    def _alike(self, term: Any, linear: Any, rest: Any, inside: bool) -> bool:
        """Whether operators treat both parts as they treat the whole."""
        if linear == 0 or rest == 0:
            return True
        on_faces = [self._derivatives(part) for part in (term, linear, rest)]
        if term.function != "laplacian" and any(found != on_faces[0] for found in on_faces):
            return False
        return not inside or any(s in self._problem.equations for s in atoms(rest, into=True))

    def _derivatives(self, term: Any) -> set[Any]:
        """Return the axes along which first derivatives are taken within the arguments of an operator."""
        inner = term.args[0]
        vectors = inner.args if getattr(inner, "function", None) == "vector" else (inner,)
        return {
            (k, atom.args[1])
            for k, f in enumerate(vectors)
            for atom in atoms(f)
            if is_operator(atom) and atom.function == "D" and atom.args[2] % 2 == 1
        }


def _zero(condition: Condition) -> Condition:
    return Condition(condition.kind, 0, condition.value_factor, condition.derivative_factor)
