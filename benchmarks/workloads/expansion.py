"""Multiply out a product of p sums of 4 terms over 8 symbols."""

from math import prod
from typing import Any

import sympy

import symnum as sn
from symnum.terms.expand import polynomial_sum
from symnum.terms.polynomial import Polynomial
from workloads import tree_rules
from workloads.workload import LABELS, Workload, equals, in_fresh_arena, later, native, symbols_of

NAMES = [f"s{i}" for i in range(8)]


def sums(symbols: Any, p: int) -> list[Any]:
    """The factors."""
    chosen = [[symbols[(k + 3 * j) % 8] for j in range(4)] for k in range(p)]
    return [a + 2 * b + c * d + (k + 1) for k, (a, b, c, d) in enumerate(chosen)]


def expansion(p: int, with_tree: bool = True) -> Workload:
    """The job for p sums; the tree by pairwise rules only where it comes to an end in reasonable time."""
    import symengine

    product = {s: prod(sums(symbols_of(s, NAMES), p)) for s in ("tree", "canonical", *LABELS)}
    others = {s: prod(sums(symbols, p)) for s, symbols in native(NAMES).items()}
    factors = sums(Polynomial.generators(8), p)
    tools = {
        "tree": lambda: tree_rules.expand_by_rewrite(product["tree"]),
        "tree, gathering rules": lambda: tree_rules.expand_by_gathering(product["tree"]),
        "canonical": later(sn.expand, product["canonical"]),
        "arena": (in_fresh_arena(NAMES, lambda symbols: prod(sums(symbols, p))), sn.expand),
        "polynomial": later(prod, factors),
        **{LABELS[s]: later(sn.expand, product[s]) for s in LABELS},
        "sympy": later(sympy.expand, others["sympy"]),
        "symengine": later(symengine.expand, others["symengine"]),
    }
    if not with_tree:
        del tools["tree"]
    stage = f"expansion, {p} sums of 4"
    bases = list(symbols_of("canonical", NAMES))
    compare = equals(stage, polynomial_sum(prod(factors), bases))

    def check(tool: str, answer: Any) -> None:
        compare(tool, polynomial_sum(answer, bases) if tool == "polynomial" else answer)

    said = {"tree": tree_rules.REWRITE_EXPAND, "tree, gathering rules": tree_rules.GATHER_EXPAND}
    return Workload(stage, 4**p, tools, check, said)


def long_expansion() -> Workload:
    """(x+y+z+1)^15 * ((x+y+z+1)^15 + 1): 5,456 terms."""
    import symengine

    from symnum.terms import polynomial_flint

    def powers(x: Any, y: Any, z: Any) -> Any:
        power = (x + y + z + 1) ** 15
        return power * (power + 1)

    def by_python(factors: Any) -> Any:
        kept = polynomial_flint.is_installed
        polynomial_flint.is_installed = lambda: False
        try:
            return powers(*factors)
        finally:
            polynomial_flint.is_installed = kept

    names = ["x", "y", "z"]
    ours = {s: powers(*symbols_of(s, names)) for s in ("canonical",)}
    others = {s: powers(*symbols) for s, symbols in native(names).items()}
    generators = Polynomial.generators(3)
    tools = {
        "canonical": later(sn.expand, ours["canonical"]),
        "arena": (in_fresh_arena(names, lambda symbols: powers(*symbols)), sn.expand),
        "polynomial": lambda: by_python(generators),
        "sympy": later(sympy.expand, others["sympy"]),
        "symengine": later(symengine.expand, others["symengine"]),
    }
    if polynomial_flint.is_installed():
        tools["polynomial, python-flint"] = lambda: powers(*generators)
        tools["python-flint"] = lambda: powers(*_flint_generators())
    stage = "expansion to 5,456 terms"
    bases = list(symbols_of("canonical", names))
    compare = equals(stage, polynomial_sum(by_python(generators), bases))

    def check(tool: str, answer: Any) -> None:
        if tool == "python-flint":
            answer = Polynomial(3, {tuple(map(int, e)): int(c) for e, c in answer.to_dict().items()})
        if isinstance(answer, Polynomial):
            assert len(answer) == 5456
            answer = polynomial_sum(answer, bases)
        compare(tool, answer)

    return Workload(stage, 5456, tools, check, {"polynomial": "our own products, without python-flint"})


def _flint_generators() -> Any:
    from flint import Ordering, fmpz_mpoly_ctx

    return fmpz_mpoly_ctx.get(["x", "y", "z"], Ordering.lex).gens()
