"""Kinetic laws as people write them: a seeded generator of the families that biochemical models are made of.

Enzymes after Michaelis and Menten with all usual kinds of inhibition, reversible and with several substrates; Hill and
allosteric laws; growth and temperature laws; power laws; mass action. Every family is written in the forms that stand
in publications, not in the cheapest one.
"""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from symnum.errors import InputError
from symnum.terms.functions import exp, sqrt
from symnum.terms.symbols import symbols

__all__ = ["KineticLaw", "families", "kinetic_laws"]


class KineticLaw(NamedTuple):
    """A named law.

    Attributes
    ----------
    name : str
        Family and number.
    term : term
    species, parameters : tuple of Symbol
        What changes with time, and what does not, among the law's symbols.
    """

    name: str
    term: Any
    species: tuple[Any, ...]
    parameters: tuple[Any, ...]


class _Draw:
    """Symbols for one law: `s()` a species, `k()` a parameter, each another one."""

    def __init__(self, source: random.Random, species: list[Any], parameters: list[Any]) -> None:
        self.source = source
        self._species = source.sample(species, len(species))
        self._parameters = source.sample(parameters, len(parameters))

    def s(self) -> Any:
        return self._species.pop()

    def k(self) -> Any:
        return self._parameters.pop()

    def of(self, *choices: Any) -> Any:
        return self.source.choice(choices)


Family = Callable[[_Draw], Any]
_families: dict[str, Family] = {}


def _family(law: Family) -> Family:
    _families[law.__name__.strip("_")] = law
    return law


@_family
def _mass_action(d: _Draw) -> Any:
    k, a, b = d.k(), d.s(), d.s()
    return d.of(lambda: k * a * b, lambda: k * a * b - d.k() * d.s(), lambda: k * a * b + k * a * d.s())()


@_family
def _power_law(d: _Draw) -> Any:
    exponents = [d.source.choice([1, 2, 3, 0.5, 1.5, -1, -0.5]) for _ in range(2)]
    return d.k() * d.s() ** exponents[0] * d.s() ** exponents[1]


@_family
def _s_system(d: _Draw) -> Any:
    a, b = d.s(), d.s()
    return d.k() * a ** d.k() * b ** d.k() - d.k() * a ** d.k()


@_family
def _michaelis_menten(d: _Draw) -> Any:
    v, km, s = d.k(), d.k(), d.s()
    return d.of(v * s / (km + s), v * (s / km) / (1 + s / km))


@_family
def _enzyme(d: _Draw) -> Any:
    e, s, km = d.s(), d.s(), d.k()
    return d.k() * e * s / (km + s)


@_family
def _two_enzymes(d: _Draw) -> Any:
    """Making and unmaking of one substance by saturated enzymes, written as one rate."""
    s, p = d.s(), d.s()
    return d.k() * s / (d.k() + s) - d.k() * p / (d.k() + p)


@_family
def _reversible(d: _Draw) -> Any:
    s, p, ks, kp, v = d.s(), d.s(), d.k(), d.k(), d.k()
    forms = (
        (v * s / ks - d.k() * p / kp) / (1 + s / ks + p / kp),
        v / ks * (s - p / d.k()) / (1 + s / ks + p / kp),
        v * (s - p / d.k()) / (ks * (1 + p / kp) + s),
    )
    return d.of(*forms)


@_family
def _haldane(d: _Draw) -> Any:
    """Reversible, with the distance from equilibrium as a factor."""
    s, p, km = d.s(), d.s(), d.k()
    return d.k() * s / (km + s) * (1 - p / (s * d.k()))


@_family
def _competitive(d: _Draw) -> Any:
    s, i, km = d.s(), d.s(), d.k()
    return d.k() * s / (km * (1 + i / d.k()) + s)


@_family
def _uncompetitive(d: _Draw) -> Any:
    s, i = d.s(), d.s()
    return d.k() * s / (d.k() + s * (1 + i / d.k()))


@_family
def _noncompetitive(d: _Draw) -> Any:
    s, i, ki = d.s(), d.s(), d.k()
    v = d.k() / (1 + i / ki)
    return v * s / (d.k() + s)


@_family
def _mixed(d: _Draw) -> Any:
    s, i = d.s(), d.s()
    return d.k() * s / (d.k() * (1 + i / d.k()) + s * (1 + i / d.k()))


@_family
def _substrate_inhibition(d: _Draw) -> Any:
    s = d.s()
    return d.of(d.k() * s / (d.k() + s + s**2 / d.k()), d.k() / (1 + d.k() / s + s / d.k()))


@_family
def _ordered_bi_bi(d: _Draw) -> Any:
    a, b, p, q = (d.s() for _ in range(4))
    ka, kb, kp, kq = (d.k() for _ in range(4))
    above = d.k() * (a * b / (ka * kb) - p * q / (kp * kq))
    return above / (1 + a / ka + a * b / (ka * kb) + q / kq + p * q / (kp * kq))


@_family
def _ping_pong(d: _Draw) -> Any:
    a, b, ka, kb = d.s(), d.s(), d.k(), d.k()
    return d.of(d.k() * a * b / (a * b + ka * b + kb * a), d.k() / (1 + ka / a + kb / b))


@_family
def _convenience(d: _Draw) -> Any:
    a, b, p = (d.s() / d.k() for _ in range(3))
    return d.s() * (d.k() * a * b - d.k() * p) / ((1 + a) * (1 + b) + (1 + p) - 1)


@_family
def _hill(d: _Draw) -> Any:
    s, k, v, n = d.s(), d.k(), d.k(), d.of(2, 3, 4, 1.5, 2.5)
    return d.of(v * s**n / (k**n + s**n), v / (1 + (k / s) ** n), v * (s / k) ** n / (1 + (s / k) ** n))


@_family
def _hill_any_order(d: _Draw) -> Any:
    s, k, v, n = d.s(), d.k(), d.k(), d.k()
    return d.of(v * s**n / (k**n + s**n), v * (s / k) ** n / (1 + (s / k) ** n))


@_family
def _repression(d: _Draw) -> Any:
    return d.k() / (1 + (d.s() / d.k()) ** d.of(2, 4)) + d.k() - d.k() * d.s()


@_family
def _activation_and_repression(d: _Draw) -> Any:
    a, r, ka, kr, n = d.s(), d.s(), d.k(), d.k(), d.of(2, 3, 4)
    return d.k() * a**n / (ka**n + a**n) * kr**n / (kr**n + r**n)


@_family
def _two_promoters(d: _Draw) -> Any:
    a, b, n = d.s(), d.s(), d.of(2, 4)
    return d.k() * (a / d.k()) ** n / (1 + (a / d.k()) ** n) + d.k() / (1 + (b / d.k()) ** n)


@_family
def _allosteric(d: _Draw) -> Any:
    s, i, n = d.s() / d.k(), d.s() / d.k(), d.of(2, 4)
    return d.k() * s * (1 + s) ** (n - 1) / (d.k() * (1 + i) ** n + (1 + s) ** n)


@_family
def _adair(d: _Draw) -> Any:
    x, a, b, c = d.s(), d.k(), d.k(), d.k()
    bound = a * x + 2 * a * b * x**2 + 3 * a * b * c * x**3
    return d.k() * bound / (1 + a * x + a * b * x**2 + a * b * c * x**3)


@_family
def _tight_binding(d: _Draw) -> Any:
    """Free enzyme by the quadratic formula of Morrison."""
    e, i, k = d.s(), d.s(), d.k()
    return d.k() * (1 - ((e + i + k) - sqrt((e + i + k) ** 2 - 4 * e * i)) / (2 * e))


@_family
def _goldbeter_koshland(d: _Draw) -> Any:
    u, v, j, k = d.s(), d.s(), d.k(), d.k()
    b = v - u + v * j + u * k
    return d.k() * 2 * u * k / (b + sqrt(b**2 - 4 * (v - u) * u * k))


@_family
def _monod(d: _Draw) -> Any:
    """Growth limited by two substances, and the cells that grow."""
    s, o, x = d.s(), d.s(), d.s()
    return d.k() * s / (d.k() + s) * o / (d.k() + o) * x


@_family
def _contois(d: _Draw) -> Any:
    s, x = d.s(), d.s()
    return d.of(d.k() * s * x / (d.k() * x + s), d.k() * (s / x) / (d.k() + s / x) * x)


@_family
def _arrhenius(d: _Draw) -> Any:
    t, r = d.s(), d.k()
    forward, backward = exp(-d.k() / (r * t)), exp(-d.k() / (r * t))
    return d.k() * forward * d.s() - d.k() * backward * d.s()


@_family
def _arrhenius_product(d: _Draw) -> Any:
    """A rate and an equilibrium constant, both with their dependence on temperature."""
    t, r = d.s(), d.k()
    return d.k() * exp(-d.k() / (r * t)) * (d.k() * exp(d.k() / (r * t))) * d.s()


@_family
def _tessier(d: _Draw) -> Any:
    return d.k() * (1 - exp(-d.s() / d.k())) * d.s()


@_family
def _butler_volmer(d: _Draw) -> Any:
    v, f = d.s(), d.k()
    return d.k() * (exp(v * f / 2) - exp(-v * f / 2))


@_family
def _gate(d: _Draw) -> Any:
    """Opening and closing of a channel's gate, after Hodgkin and Huxley."""
    v, m, w = d.s(), d.s(), d.k()
    return d.k() * (d.k() - v) / (exp((d.k() - v) / w) - 1) * (1 - m) - d.k() * exp(-v / d.k()) * m


@_family
def _series(d: _Draw) -> Any:
    """Transport through resistances in series."""
    a, b = d.k() * d.s(), d.k() * d.s()
    return (d.s() - d.s()) / (1 / a + 1 / b)


@_family
def _ratio(d: _Draw) -> Any:
    """Control by a ratio of two substances, such as ATP to ADP."""
    a, b = d.s(), d.s()
    return d.k() * (a / b) / (d.k() + a / b) * d.s()


def families() -> tuple[str, ...]:
    """Return the names of the families.

    Examples
    --------
    >>> families()[:3]
    ('mass_action', 'power_law', 's_system')
    """
    return tuple(_families)


def kinetic_laws(
    count: int = 200,
    seed: int = 0,
    *,
    species: int = 40,
    parameters: int = 25,
    family: str | None = None,
    domain: str | None = None,
) -> list[KineticLaw]:
    """Return seeded kinetic laws, the families in turn, in species and parameters that they share.

    Parameters
    ----------
    count, seed : int
    species, parameters : int
        How many symbols there are to draw from; at least 12 each.
    family : str, optional
        One of `families`; all in turn by default.
    domain : str, optional
        Domain of all symbols, such as "positive"; nothing is known of them by default, as in models.

    Raises
    ------
    InputError
        For too few symbols, or a family that does not exist.

    Examples
    --------
    >>> law = kinetic_laws(1, family="enzyme")[0]
    >>> law.name, len(law.species), len(law.parameters)
    ('enzyme_0', 2, 2)
    """
    if min(species, parameters) < 12:
        raise InputError("laws have up to 12 species or parameters: give at least that many to draw from.")
    if family is not None and family not in _families:
        raise InputError(f'there is no family "{family}"; choose one of {", ".join(_families)}.')
    draw = random.Random(seed)  # noqa: S311 - nothing secret
    keywords = {} if domain is None else {"domain": domain}
    y = list(symbols([f"y{i}" for i in range(species)], **keywords))
    p = list(symbols([f"p{i}" for i in range(parameters)], **keywords))
    names = [family] if family is not None else list(_families)
    return [_made(names[i % len(names)], i, draw, y, p) for i in range(count)]


def _made(name: str, number: int, draw: random.Random, y: list[Any], p: list[Any]) -> KineticLaw:
    from symnum.terms import free_symbols

    term = _families[name](_Draw(draw, y, p))
    found = free_symbols(term)
    inside = set(found)
    kept = [tuple([s for s in group if s in inside]) for group in (y, p)]
    return KineticLaw(f"{name}_{number}", term, kept[0], kept[1])
