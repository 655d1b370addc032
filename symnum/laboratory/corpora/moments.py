"""Moment equations of mass-action networks: raw moments to order two, closed as if the numbers were normal.

For a reaction that changes the numbers x by v at the propensity a(x), a polynomial f has
d E[f]/dt = E[(f(x + v) - f(x)) a(x)].
Moments of order three become those of a normal distribution,
E[xyz] = E[xy]E[z] + E[xz]E[y] + E[yz]E[x] - 2 E[x]E[y]E[z].
"""

from collections.abc import Sequence
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

from symnum.errors import UnsupportedError
from symnum.laboratory.corpora import Corpus
from symnum.laboratory.piece import Piece, make_piece
from symnum.terms import symbols
from symnum.terms.canonical import add, multiply

__all__ = ["StochasticReaction", "moment_equations"]

_COUNT = 24
_JOINT_EVERY = 4
Polynomial = dict[tuple[int, ...], Any]
"""Coefficients of monomials, each given by its variables in ascending order, repeated by their powers."""


class StochasticReaction(NamedTuple):
    """A mass-action reaction between single molecules.

    Attributes
    ----------
    rate : term or number
    reactants : tuple of int
        Species, repeated by how many molecules react; at most two.
    change : tuple of int
        How many molecules of each species it makes.
    """

    rate: Any
    reactants: tuple[int, ...]
    change: tuple[int, ...]


def moment_equations(
    reactions: Sequence[StochasticReaction], names: Sequence[str]
) -> tuple[list[Any], list[Any]]:
    """Return the symbols of the moments, and their derivatives by time.

    Parameters
    ----------
    reactions : sequence of StochasticReaction
    names : sequence of str
        Of the species.

    Returns
    -------
    moments, derivatives : list
        Means first, then moments of order two.

    Raises
    ------
    UnsupportedError
        For reactions of three and more molecules.
    """
    n = len(names)
    keys: list[tuple[int, ...]] = [(i,) for i in range(n)]
    keys += [(i, j) for i in range(n) for j in range(i, n)]
    made = symbols(["E_" + "_".join(names[i] for i in key) for key in keys], domain="real")
    moments: dict[tuple[int, ...], Any] = dict(zip(keys, made))
    moments[()] = 1
    derivatives = []
    for key in keys:
        summands = []
        for reaction in reactions:
            product = _times(_difference(key, reaction.change), _propensity(reaction))
            summands += [multiply((c, _expected(m, moments))) for m, c in product.items()]
        derivatives.append(add(summands))
    return [moments[key] for key in keys], derivatives


def _propensity(reaction: StochasticReaction) -> Polynomial:
    """k, k x, k x y, or for two molecules of one kind k x (x - 1) / 2."""
    reactants = tuple(sorted(reaction.reactants))
    if len(reactants) > 2:
        raise UnsupportedError("moment equations are made for reactions of at most two molecules.")
    if len(reactants) == 2 and reactants[0] == reactants[1]:
        half = multiply((Fraction(1, 2), reaction.rate))
        return {reactants: half, reactants[:1]: multiply((-1, half))}
    return {reactants: reaction.rate}


def _difference(key: tuple[int, ...], change: tuple[int, ...]) -> Polynomial:
    """Return f(x + v) - f(x) for f = x_i or x_i x_j."""
    made: Polynomial = {}
    if len(key) == 1:
        made[()] = change[key[0]]
    else:
        i, j = key
        for monomial, c in (((i,), change[j]), ((j,), change[i]), ((), change[i] * change[j])):
            made[monomial] = made.get(monomial, 0) + c
    return {m: c for m, c in made.items() if c}


def _times(a: Polynomial, b: Polynomial) -> Polynomial:
    made: Polynomial = {}
    for m, c in a.items():
        for n, d in b.items():
            key = tuple(sorted(m + n))
            made[key] = made.get(key, 0) + multiply((c, d))
    return made


def _expected(monomial: tuple[int, ...], moments: dict[tuple[int, ...], Any]) -> Any:
    if len(monomial) < 3:
        return moments[monomial]
    x, y, z = monomial
    pairs = [multiply((moments[p], moments[(q,)])) for p, q in (((x, y), z), ((x, z), y), ((y, z), x))]
    return add([*pairs, multiply((-2, moments[(x,)], moments[(y,)], moments[(z,)]))])


def _random_network(random: Random, rates: Sequence[Any]) -> tuple[list[StochasticReaction], list[str]]:
    n = random.choice((2, 2, 3))
    reactions = []
    for rate in random.sample(rates, random.randint(3, 6)):
        reactants = tuple(random.choices(range(n), k=random.choice((0, 1, 1, 2, 2))))
        products = random.choices(range(n), k=random.choice((0, 1, 1, 2)))
        change = tuple(products.count(i) - reactants.count(i) for i in range(n))
        if any(change):
            reactions.append(StochasticReaction(rate, reactants, change))
    return reactions, [f"X{i + 1}" for i in range(n)]


def _moments(seed: int, count: int | None) -> list[Piece]:
    """Return single equations, and now and then all equations of a network together."""
    random = Random(seed)  # noqa: S311 - test expressions, no secrets
    rates = symbols("k1:9", domain="positive")
    wanted = _COUNT if count is None else count
    made: list[Piece] = []
    number = 0
    while len(made) < wanted:
        number += 1
        reactions, names = _random_network(random, rates)
        if not any(len(r.reactants) == 2 for r in reactions):
            continue
        found, equations = moment_equations(reactions, names)
        if number % _JOINT_EVERY == 0:
            pieces = [make_piece(f"network {number}: all moments", equations, parameters=rates)]
        else:
            chosen = random.choice(range(len(names), len(found)))
            pieces = [make_piece(f"network {number}: {found[chosen]}", [equations[chosen]], parameters=rates)]
        made += [p for p in pieces if p is not None]
    return made


CORPORA = (Corpus("moments", "moment equations of random mass-action networks, order 2", _moments, _COUNT),)
