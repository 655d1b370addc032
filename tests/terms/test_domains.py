"""Domains of symbols: identity, round trips, and what they say about terms, tried against sampled values."""

import pickle

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError
from symnum.terms.canonical import DOMAINS

SAMPLES = {
    "complex": [-2.5, -1.0, 0.0, 1.0, 3.0, 0.5 + 2j, -1.5 - 0.5j, 2j, -3j],
    "real": [-2.5, -1.0, 0.0, 1.0, 3.25],
    "nonzero": [-2.5, -1.0, 1.0, 3.0, 0.5 + 2j, -1.5 - 0.5j, 2j],
    "nonnegative": [0.0, 0.25, 1.0, 4.5],
    "positive": [0.125, 1.0, 2.75],
    "integer": [-3.0, -1.0, 0.0, 1.0, 2.0, 7.0],
}


def test_symbols_are_identified_by_name_and_domain():
    made = [sn.symbols("x", domain=d) for d in DOMAINS]
    assert len(set(made)) == len(DOMAINS)
    assert sn.symbols("x") is made[0]
    for symbol, domain in zip(made, DOMAINS):
        assert symbol.domain == domain
        assert sn.symbols("x", domain=domain) is symbol
        assert pickle.loads(pickle.dumps(symbol)) is symbol
        assert pickle.loads(pickle.dumps(symbol**2 + 1)) == symbol**2 + 1
    assert made[0] + made[1] != 2 * made[0]
    assert str(sum(made, start=0)).count("x") == len(DOMAINS)
    assert isinstance(sn.symbols("a b", domain="real"), tuple)


@pytest.mark.parametrize("terms", ["tree", "sympy"])
@pytest.mark.parametrize("domain", DOMAINS)
def test_other_structures_keep_domains(terms, domain):
    x = sn.symbols("x", domain=domain)
    assert sn.convert(sn.convert(x + 1, terms), "canonical") == x + 1
    assert sn.convert(sn.symbols("x", terms=terms, domain=domain), "canonical") is x


def test_symbols_with_domains_are_found_by_name():
    x = sn.symbols("x", domain="positive")
    assert sn.parse("2*x + 1", symbols=[x]) == 2 * x + 1
    assert sn.substitute(x + 1, {"x": 2}) == 3
    assert sn.evaluate(x + 1, {"x": 2.0}) == 3.0
    assert sn.differentiate(x**2, x) == 2 * x


def test_an_unknown_domain_is_refused():
    with pytest.raises(InputError, match='Did you mean "positive"'):
        sn.symbols("x", domain="positiv")


def test_known_answers():
    x, p, n = (sn.symbols("x", domain=d) for d in ("real", "positive", "integer"))
    z, w = sn.symbols("z"), sn.symbols("w", domain="nonzero")
    assert sn.is_positive(x**2 + 1) is True
    assert sn.is_positive(x**2) is None
    assert sn.is_nonnegative(x**2) is True
    assert sn.is_positive(-p - 1) is False
    assert sn.is_real(z) is None
    assert sn.is_real(sn.sqrt(-p)) is False
    assert sn.is_nonzero(sn.exp(z) * w) is True
    assert sn.is_nonzero(0) is False
    assert sn.is_integer(n**2 - 3 * n) is True
    assert sn.is_integer(n + sn.parse("1/2")) is False
    assert sn.is_integer(n / 2) is None
    assert sn.is_integer(sn.pi) is False
    assert sn.is_positive(sn.convert(p + 1, "tree")) is True


def random_terms(seed, count):
    """Yield random terms in symbols of all domains."""
    rng = np.random.default_rng(seed)
    leaves = [sn.symbols(f"v{i}", domain=d) for i, d in enumerate(DOMAINS)]
    leaves += [1, 2, -1, sn.parse("1/2"), -3, sn.pi, 0.5]
    unary = [
        sn.exp,
        abs,
        sn.sqrt,
        sn.sin,
        sn.cos,
        sn.log,
        sn.sign,
        sn.floor,
        sn.ceil,
        sn.tanh,
        sn.cosh,
        sn.asin,
    ]
    for _ in range(count):
        pool = [leaves[i] for i in rng.integers(0, len(leaves), 4)]
        while len(pool) > 1:
            a, b = pool.pop(), pool.pop()
            kind = rng.integers(0, 6)
            if kind < 2:
                made = a + b
            elif kind < 4:
                made = a * b
            elif kind == 4 and not (a.__class__ in (int, float) and a == 0):
                made = sn.terms.power(a, [2, 3, -1, sn.parse("1/2"), -2][rng.integers(0, 5)]) * b
            else:
                made = sn.minimum(a, b) if rng.integers(0, 2) else sn.maximum(a, b)
            if rng.integers(0, 3) == 0 and hasattr(made, "_order"):
                made = unary[rng.integers(0, len(unary))](made)
            pool.insert(0, made)
        yield pool[0]


def test_answers_hold_at_samples():
    rng = np.random.default_rng(5)
    points = {
        f"v{i}": np.array([SAMPLES[d][k] for k in rng.integers(0, len(SAMPLES[d]), 40)], dtype=complex)
        for i, d in enumerate(DOMAINS)
    }
    said = 0
    for term in random_terms(3, 600):
        functions = {t.function for t in sn.postorder(term) if isinstance(t, sn.Call)}
        ordered = functions & {"min", "max", "floor", "ceil"}  # these take real numbers
        real = {name: value.real + 0.5 * name.endswith(("v0", "v2")) for name, value in points.items()}
        values = np.broadcast_to(
            np.asarray(sn.evaluate(term, real if ordered else points), dtype=complex), (40,)
        )
        values = values[np.isfinite(values) & (abs(values) < 1e8)]
        small = 1e-9 * (1 + abs(values))
        is_real, above = abs(values.imag) <= small, values.real > small
        for question, holds, fails in (
            (sn.is_real, is_real, abs(values.imag) > small),
            (sn.is_positive, is_real & (values.real > -small), above & is_real & (values.real > 1e-6)),
            (sn.is_nonnegative, is_real & (values.real >= -small), above & is_real),
            (sn.is_integer, abs(values - np.round(values.real)) <= small, None),
        ):
            answer = question(term)
            said += answer is not None
            if answer is True:
                assert np.all(holds), (question.__name__, term, values)
            elif answer is False and question is sn.is_real:
                assert np.all(fails | (abs(values) <= small)), (term, values)
            elif answer is False and question is sn.is_positive:
                assert not np.any(fails), (term, values)
    assert said > 500


def test_an_angle_is_real_only_where_both_coordinates_are():
    r, c = sn.symbols("r", domain="real"), sn.symbols("c")
    assert sn.is_real(sn.atan2(r, r + 1)) is True
    assert sn.is_real(sn.atan2(r, c)) is None
    assert sn.is_real(sn.atan2(c, r)) is None
