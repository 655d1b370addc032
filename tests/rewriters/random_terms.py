"""Seeded random terms over symbols of all domains and with every kind of operation, made to be simplified.

Each is made twice: as a tree, exactly as it was drawn, and in the canonical form.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

import symnum as sn
from symnum.errors import BudgetError, DivisionByZeroError

DOMAINS = {
    "x": "complex",
    "y": "complex",
    "z": "nonzero",
    "r": "real",
    "s": "real",
    "p": "positive",
    "q": "nonnegative",
    "n": "integer",
}
SYMBOLS = {name: sn.symbols(name, domain=domain) for name, domain in DOMAINS.items()}
X, Y = SYMBOLS["x"], SYMBOLS["y"]
_tree = sn.terms.structures.structure("tree")
_LEAVES = {name: _tree.symbol(name, domain) for name, domain in DOMAINS.items()}
_PI, _E = _tree.constant("pi"), _tree.constant("e")
_NUMBERS = (1, 2, -1, 3, 4, Fraction(1, 2), Fraction(-2, 3), 0.5, -2.5, 6e-9)
_EXPONENTS = (2, -1, 3, -2, Fraction(1, 2), Fraction(-1, 2), Fraction(2, 3), Fraction(3, 2), 0.5, -1.5, 2.0)
_EVERYWHERE = "sin cos tan exp log sqrt abs sinh cosh tanh asin acos atan asinh acosh atanh".split()
_ON_REALS = "sign floor ceil cbrt expm1 log1p erf gamma".split()


class Pair(NamedTuple):
    """One random term in two structures."""

    tree: Any
    canonical: Any


def random_terms(seed: int, count: int) -> Iterator[Pair]:
    """Yield terms of three to nine leaves that have a canonical form."""
    made = 0
    maker = Maker(np.random.default_rng(seed))
    while made < count:
        try:
            tree = maker.term(int(maker.random.integers(3, 10)))
            canonical = sn.convert(tree, "canonical")
        except (DivisionByZeroError, BudgetError):
            continue
        if sn.is_expr(canonical):
            made += 1
            yield Pair(tree, canonical)


class Maker:
    """Draws terms from a random stream."""

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random
        self.build = _tree.build

    def pick(self, options: Any) -> Any:
        return options[int(self.random.integers(0, len(options)))]

    def chance(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def leaf(self, names: str = "xxyyzrspqn") -> Any:
        if self.chance(0.25):
            return self.pick(_NUMBERS)
        return (
            self.pick((_PI, _E, 1j)) if self.chance(0.04) and "x" in names else _LEAVES[self.pick(names)]
        )

    def real(self, leaves: int) -> Any:
        """Return a term without complex symbols, most often real."""
        if leaves <= 1:
            return self.leaf("rrsspqn")
        left = int(self.random.integers(1, leaves))
        a, b = self.real(left), self.real(leaves - left)
        return self.pick(
            (
                lambda: self.build("+", a, b),
                lambda: self.build("*", a, b),
                lambda: self.build("^", a, 2),
                lambda: self.build(self.pick(("abs", "cos", "exp", "atan", "floor", "sign")), a),
            )
        )()

    def term(self, leaves: int) -> Any:
        if leaves <= 1:
            return self.leaf()
        left = int(self.random.integers(1, leaves))
        kinds: tuple[Callable[[int, int], Any], ...] = (
            *[self.sum] * 5,
            *[self.product] * 5,
            *[self.quotient] * 3,
            *[self.power] * 4,
            *[self.function] * 5,
            *[self.choice] * 1,
            *[self.bait] * 6,
        )
        return self.pick(kinds)(left, leaves - left)

    def sum(self, left: int, right: int) -> Any:
        return self.build("+", self.term(left), self.term(right))

    def product(self, left: int, right: int) -> Any:
        return self.build("*", self.term(left), self.term(right))

    def quotient(self, left: int, right: int) -> Any:
        return self.build("*", self.term(left), self.build("^", self.term(right), -1))

    def power(self, left: int, right: int) -> Any:
        if self.chance(0.3):
            return self.build("^", self.term(left), self.leaf("nrpxn"))
        return self.build("^", self.term(left + right - 1), self.pick(_EXPONENTS))

    def function(self, left: int, right: int) -> Any:
        if self.chance(0.7):
            return self.build(self.pick(_EVERYWHERE), self.term(left + right - 1))
        if self.chance(0.6):
            return self.build(self.pick(_ON_REALS), self.real(left + right - 1))
        return self.build(self.pick(("min", "max", "mod", "atan2")), self.real(left), self.real(right))

    def choice(self, left: int, right: int) -> Any:
        condition = self.build(self.pick(("<", "<=", ">", ">=", "==", "!=")), self.real(1), self.real(1))
        if self.chance(0.2):
            condition = self.build("not", condition)
        elif self.chance(0.3):
            other = self.build("<", self.real(1), self.real(1))
            condition = self.build(self.pick(("and", "or")), condition, other)
        return self.build("piecewise", self.term(left), condition, self.term(right))

    def bait(self, left: int, right: int) -> Any:
        """Return what some rule is waiting for, or is wrong to take for it."""
        a, b = self.term(left), self.term(right)
        return self.pick(_BAITS)(self.build, a, b)


def _minus(build: Any, a: Any) -> Any:
    return build("*", -1, a)


def _square(build: Any, function: str, a: Any) -> Any:
    return build("^", build(function, a), 2)


_BAITS: tuple[Callable[..., Any], ...] = (
    lambda b, u, v: b("*", b("+", u, v), b("+", u, _minus(b, v))),
    lambda b, u, v: b("+", b("*", _square(b, "sin", u), v), b("*", v, _square(b, "cos", u))),
    lambda b, u, v: b("+", b("*", b("sin", u), b("cos", v)), b("*", b("cos", u), b("sin", v))),
    lambda b, u, v: b("*", b("sin", u), b("cos", u), v),
    lambda b, u, v: b("+", _square(b, "cosh", u), _minus(b, _square(b, "sinh", u)), v),
    lambda b, u, v: b("*", b("+", b("cosh", u), b("sinh", u)), v),
    lambda b, u, v: b("*", b("sin", u), b("^", b("cos", u), -1), v),
    lambda b, u, v: b("+", 1, b("*", v, b("^", b("tan", u), 2))),
    lambda b, u, v: b("+", b("log", u), b("log", v)),
    lambda b, u, v: b("+", b("log", u), b("*", -2, b("log", v))),
    lambda b, u, v: b("log", b("*", u, v)),
    lambda b, u, v: b("log", b("^", u, v)),
    lambda b, u, v: b("log", b("exp", b("+", u, v))),
    lambda b, u, v: b("exp", b("+", b("*", u, b("log", v)), u)),
    lambda b, u, v: b("*", b("exp", u), b("exp", v)),
    lambda b, u, v: b("^", b("exp", u), v),
    lambda b, u, v: b("*", b("sqrt", u), b("sqrt", v)),
    lambda b, u, v: b("sqrt", b("*", b("^", u, 2), v)),
    lambda b, u, v: b("^", b("^", u, Fraction(3, 2)), v),
    lambda b, u, v: b("^", b("^", u, v), Fraction(1, 2)),
    lambda b, u, v: b("^", b("^", u, 4), Fraction(1, 4)),
    lambda b, u, v: b("abs", b("*", u, v)),
    lambda b, u, v: b("^", b("abs", u), 2),
    lambda b, u, v: b("*", b("*", u, v), b("^", u, -1)),
    lambda b, u, v: b("+", b("^", u, -1), b("^", v, -1)),
    lambda b, u, v: b("^", b("+", 1, b("^", u, -1)), -1),
    lambda b, u, v: b("*", b("+", b("^", u, 2), -1), b("^", b("+", u, -1), -1)),
    lambda b, u, v: b("+", b("*", u, v), b("*", u, b("sin", b("*", u, v)))),
    lambda b, u, v: b("sin", b("asin", b("+", u, v))),
    lambda b, u, v: b("asin", b("sin", u)),
    lambda b, u, v: b("+", b("cos", _minus(b, u)), b("sin", _minus(b, v))),
    lambda b, u, v: b("+", b("*", u, b("+", u, v)), b("^", b("+", b("*", u, b("+", u, v)), 2), -1)),
    lambda b, u, v: b("+", b("*", -1, u, b("^", b("+", v, _minus(b, u)), -1)), b("*", 6e-9, u)),
)
