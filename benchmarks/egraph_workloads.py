"""Seeded terms for the e-graph benchmarks and tests: kinetic laws as people write them, and deep terms."""

import random
from typing import Any

import symnum as sn

__all__ = ["deep_term", "kinetic_laws", "wide_term"]


def kinetic_laws(count: int, seed: int = 0, species: int = 40, parameters: int = 25) -> list[Any]:
    """Return Michaelis–Menten, Hill and power laws, and sums of them, in shared species and parameters."""
    draw = random.Random(seed)
    y = sn.symbols([f"y{i}" for i in range(species)])
    p = sn.symbols([f"p{i}" for i in range(parameters)])

    def michaelis_menten() -> Any:
        limit, half, s = draw.choice(p), draw.choice(p), draw.choice(y)
        return limit * s / (half + s)

    def reversible() -> Any:
        forward, backward, k1, k2 = (draw.choice(p) for _ in range(4))
        s, product = draw.choice(y), draw.choice(y)
        return (forward * s / k1 - backward * product / k2) / (1 + s / k1 + product / k2)

    def competitive() -> Any:
        limit, half, inhibition, s, i = (*(draw.choice(p) for _ in range(3)), draw.choice(y), draw.choice(y))
        return limit * s / (half * (1 + i / inhibition) + s)

    def hill() -> Any:
        limit, half, s, n = draw.choice(p), draw.choice(p), draw.choice(y), draw.choice([2, 3, 4])
        return limit * s**n / (half**n + s**n)

    def hill_repression() -> Any:
        limit, half, s, n = draw.choice(p), draw.choice(p), draw.choice(y), draw.choice([2, 4])
        return limit / (1 + (s / half) ** n)

    def power_law() -> Any:
        k, a, b = draw.choice(p), draw.choice(y), draw.choice(y)
        return k * a ** draw.choice([1, 2, 3]) * b

    def mass_action() -> Any:
        k, a, b, c = draw.choice(p), draw.choice(y), draw.choice(y), draw.choice(y)
        return k * a * b + k * a * c

    kinds = [michaelis_menten, reversible, competitive, hill, hill_repression, power_law, mass_action]
    laws = []
    for _ in range(count):
        law = draw.choice(kinds)()
        if draw.random() < 0.3:
            law = law - draw.choice(kinds)()
        laws.append(law)
    return laws


def deep_term(depth: int, terms: str = "canonical") -> Any:
    """Return a term of that many nested operations, each on the one before and a symbol."""
    x, y = sn.symbols("x y", terms=terms)
    made = x
    for i in range(depth // 2):
        made = sn.sin(made) if i % 2 else sn.cos(made)
        made = made * y if i % 3 else made + y
    return made


def wide_term(count: int) -> Any:
    """Return a sum of products of two symbols with so many nodes."""
    n = count // 4
    a = sn.symbols([f"a{i}" for i in range(n)])
    b = sn.symbols([f"b{i}" for i in range(n)])
    return sn.sum_of([x * y for x, y in zip(a, b)])
