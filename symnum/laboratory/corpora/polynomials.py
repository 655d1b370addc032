"""Random sparse polynomials in few variables, some of them products multiplied out: there is something to factor."""

from random import Random
from typing import Any

from symnum.laboratory.corpora import Corpus
from symnum.laboratory.piece import Piece
from symnum.terms import expand, symbols

_COUNT = 40


def _polynomials(seed: int, count: int | None) -> list[Piece]:
    random = Random(seed)  # noqa: S311 - test expressions, no secrets
    variables = symbols("x y z w", domain="real")
    made = []
    for i in range(_COUNT if count is None else count):
        factors = [_sum(random, variables, random.randint(2, 3)) for _ in range(random.randint(1, 3))]
        product: Any = 1
        for factor in factors:
            product = product * factor
        term = expand(product) if i % 2 == 0 else _sum(random, variables, random.randint(4, 9))
        made.append(Piece(f"polynomial {i + 1}", (term,), (-2.0, 2.0)))
    return made


def _sum(random: Random, variables: Any, length: int) -> Any:
    total: Any = 0
    while not hasattr(total, "terms") or len(total.terms) < min(length, 2):  # numbers and single terms are too little
        total = 0
        for _ in range(length):
            monomial: Any = random.choice((1, 2, 3, -1, -2))
            for _ in range(random.randint(0, 3)):
                monomial = monomial * random.choice(variables)
            total = total + monomial
    return total


CORPORA = (
    Corpus("polynomials", "random sparse polynomials, every second one a product multiplied out", _polynomials, _COUNT),
)
