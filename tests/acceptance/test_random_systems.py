"""Random systems with every function there is: compiled kernels against interpreted terms, at ugly points too."""

from fractions import Fraction

import numpy as np
import pytest

import symnum as sn

UNARY = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log sqrt sign floor ceil".split()
NUMBERS = (2, -1, Fraction(1, 3), 0.7, -2.5, 3, 10, Fraction(-5, 2), 1e-8, 1e6)
EXPONENTS = (
    2,
    3,
    -1,
    -2,
    5,
    17,
    -3,
    0.3,
    -1.7,
    *(Fraction(*q) for q in ((1, 2), (-1, 2), (2, 3), (3, 2), (-7, 4))),
)
COMPARISONS = (
    lambda a, b: a < b,
    lambda a, b: a <= b,
    lambda a, b: a > b,
    lambda a, b: a >= b,
    sn.equal,
    sn.not_equal,
)


def pick(rng, choices):
    return choices[int(rng.integers(len(choices)))]


def random_term(rng, leaves, pool, depth):
    """Return a random term; parts of earlier ones, in `pool`, occur again."""
    if depth == 0 or rng.random() < 0.12:
        return pick(rng, leaves)
    if pool and rng.random() < 0.15:
        return pick(rng, pool)

    def part():
        return random_term(rng, leaves, pool, depth - 1)

    def choice():
        return sn.piecewise(part(), pick(rng, COMPARISONS)(part(), part()), part())

    def shared():
        a = part()
        return a * (part() + a) + a**2

    term = pick(
        rng,
        (
            lambda: part() + pick(rng, NUMBERS) * part(),
            lambda: pick(rng, NUMBERS) * part() - part() + part(),
            lambda: part() * part(),
            lambda: part() / (part() + part() + pick(rng, NUMBERS)),
            lambda: part() ** pick(rng, EXPONENTS),
            lambda: part() ** part(),
            lambda: pick(rng, (sn.minimum, sn.maximum, sn.mod, sn.atan2))(part(), part()),
            lambda: pick(rng, (sn.minimum, sn.maximum))(part(), part(), part()),
            lambda: abs(part()),
            choice,
            shared,
            lambda: getattr(sn, pick(rng, UNARY))(part()),
        ),
    )()
    pool.append(term)
    return term


def random_point(rng, n):
    return pick(
        rng,
        (
            lambda: rng.normal(size=n),
            lambda: rng.normal(size=n) * 10.0 ** rng.uniform(-8, 8, n),
            lambda: np.zeros(n),
            lambda: rng.integers(-3, 4, n).astype(float),
            lambda: np.where(rng.random(n) < 0.4, 0.0, rng.normal(size=n)),
            lambda: -rng.uniform(0, 1e3, n),
        ),
    )()


def interpreted(terms, values):
    """Return the value of every term; where it is not real, not a number."""
    found = sn.evaluate(terms, values)
    return np.array([np.nan if np.iscomplexobj(v) else float(v) for v in found])


def sensitivity(terms, values, rng):
    """Return how much every value moves when all arguments move by a few units in the last place."""
    moved = [
        interpreted(terms, {s: v * (1 + 6e-16 * rng.uniform(-1, 1)) for s, v in values.items()})
        for _ in range(6)
    ]
    return np.ptp(np.array(moved), axis=0)


def random_system(seed):
    rng = np.random.default_rng(seed)
    states = [sn.Symbol(f"x{i}") for i in range(int(rng.integers(1, 5)))]
    parameters = [sn.Symbol(f"p{i}") for i in range(int(rng.integers(0, 3)))]
    pool: list = []
    rhs = []
    while len(rhs) < len(states):
        try:
            rhs.append(
                random_term(rng, [*states, *parameters, sn.Symbol("t")], pool, int(rng.integers(2, 5)))
            )
        except sn.errors.DivisionByZeroError:  # x - x as a denominator: refused, and rightly so
            continue
    model = sn.ode_system(dict(zip(states, rhs, strict=True)), parameters=parameters)
    return rng, model, states, parameters, rhs


@pytest.mark.parametrize("seed", range(5000, 5040))
def test_kernels_equal_terms(seed):
    rng, model, states, parameters, rhs = random_system(seed)
    sim = sn.build_simulator(model)
    matrix = sn.jacobian(rhs, states)
    n = len(states)
    for _ in range(4):
        y, p, t = random_point(rng, n), random_point(rng, len(parameters)), float(random_point(rng, 1)[0])
        values = dict(zip([*states, *parameters, sn.Symbol("t")], [*y.tolist(), *p.tolist(), t], strict=True))
        with np.errstate(all="ignore"):
            expected, moves = interpreted(rhs, values), sensitivity(rhs, values, rng)
            entries = interpreted(matrix.entries, values) if matrix.nnz else np.zeros(0)
            entry_moves = sensitivity(matrix.entries, values, rng) if matrix.nnz else np.zeros(0)
        # Where the terms themselves are ill-conditioned at this point, there is no digit to compare.
        settled = np.isfinite(expected) & (moves <= 1e-10 * np.abs(expected))
        found = sim.rhs(t, y, p)
        np.testing.assert_allclose(found[settled], expected[settled], rtol=1e-9, atol=0)
        sharp = settled & (moves <= 1e-14 * np.abs(expected))
        np.testing.assert_allclose(found[sharp], expected[sharp], rtol=1e-12, atol=0)
        dense = sim.jacobian(t, y, p).toarray()
        size = np.zeros(n)
        np.maximum.at(size, matrix.rows, np.nan_to_num(np.abs(entries), posinf=np.inf))
        settled_entries = (
            np.isfinite(entries) & settled[matrix.rows] & (entry_moves <= 1e-10 * np.abs(entries))
        )
        for row, column, value in zip(
            matrix.rows[settled_entries],
            matrix.columns[settled_entries],
            entries[settled_entries],
            strict=True,
        ):
            assert dense[row, column] == pytest.approx(value, rel=1e-9, abs=1e-12 * size[row])


@pytest.mark.parametrize("point", [[1.0, 1, 1], [0, 0, 0], [-1, 2, -1], [2, -1, 1], [-2, -2, 3]])
def test_derivatives_at_ties_are_the_symbolic_ones(point):
    """Where min, max, abs and conditions change over, kernel and term take the same side."""
    x, y, z = states = sn.symbols("x y z")
    low, high = sn.minimum, sn.maximum
    rhs = [
        low(x, y) + high(x, y, z) * x + abs(x - y) * z,
        sn.piecewise(x**2, x < y, y) + sn.piecewise(z, x <= z, -x) + high(0, x) + low(x, 2 * x, y),
        sn.sign(x) * y + sn.floor(y) * x + sn.ceil(z) + sn.mod(x, 3),
    ]
    matrix = sn.jacobian(rhs, states)
    expected = np.zeros((3, 3))
    expected[matrix.rows, matrix.columns] = sn.evaluate(matrix.entries, dict(zip(states, point, strict=True)))
    sim = sn.build_simulator(sn.ode_system(dict(zip(states, rhs, strict=True))))
    assert np.array_equal(sim.jacobian(0.0, point).toarray(), expected)
