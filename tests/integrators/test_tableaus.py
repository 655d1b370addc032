"""Order conditions, and what else is claimed of the coefficients, for every tableau of the registry."""

import numpy as np
import pytest

from symnum.integrators.registry import METHODS
from tests.integrators.rooted_trees import coloured_residual, order_reached, trees

EXPLICIT = [m.numbers for m in METHODS.values() if m.family == "explicit"]
ROSENBROCK = [m.numbers for m in METHODS.values() if m.family == "rosenbrock"]
DIAGONALLY_IMPLICIT = [m.numbers for m in METHODS.values() if m.family == "sdirk"]
ADDITIVE = [t for t in DIAGONALLY_IMPLICIT if t.explicit_a]
COLLOCATION = [m.numbers for m in METHODS.values() if m.family == "radau"]
FRACTIONS = (0.2, 0.5, 0.77)


def name(value):
    return value.name


def padded(tableau, values):
    out = np.zeros(len(tableau.matrix))
    out[: len(values)] = values
    return out


def test_rooted_trees_are_all_there():
    assert [len(trees(k)) for k in range(1, 10)] == [1, 1, 2, 4, 9, 20, 48, 115, 286]


@pytest.mark.parametrize("tableau", EXPLICIT, ids=name)
def test_explicit_order_conditions(tableau):
    a = tableau.matrix
    step = a[tableau.stages - 1]
    assert np.array_equal(np.triu(a), np.zeros_like(a))
    assert np.abs(a.sum(axis=1) - (tableau.c + tableau.extra_c)).max() < 2e-14
    assert order_reached(step, a) == tableau.order
    assert order_reached(step - padded(tableau, tableau.error), a) == tableau.embedded_order
    if tableau.second_error:
        assert order_reached(step - padded(tableau, tableau.second_error), a) == tableau.second_order


@pytest.mark.parametrize("tableau", EXPLICIT, ids=name)
def test_explicit_interpolant_conditions(tableau):
    used = len(tableau.interpolant)
    a = tableau.matrix[:used, :used]
    for x in FRACTIONS:
        assert order_reached(tableau.weights_at(x), a, fraction=x) == tableau.interpolant_order
    assert np.abs(tableau.weights_at(0.0)).max() == 0.0
    assert np.abs(tableau.weights_at(1.0) - a[tableau.stages - 1]).max() < 1e-13


@pytest.mark.parametrize("tableau", EXPLICIT, ids=name)
def test_reach_of_stability(tableau):
    s = tableau.stages
    a = tableau.matrix[:s, :s]
    terms, vector = [1.0], np.ones(s)
    for _ in range(s):
        terms.append(a[-1] @ vector)
        vector = a @ vector
    x = np.linspace(0.0, 20.0, 200_001)
    unstable = x[np.abs(np.polyval(terms[::-1], -x)) > 1.0 + 1e-9]
    assert unstable[0] == pytest.approx(tableau.stability, abs=2e-4)


@pytest.mark.parametrize("tableau", [t for t in EXPLICIT if t.positivity], ids=name)
def test_radius_of_strong_stability(tableau):
    # Absolute monotonicity (Kraaijevanger 1991): K(I + rK)^-1 and rK(I + rK)^-1 e within 0 and 1.
    s = tableau.stages
    k = tableau.matrix[:s, :s]

    def monotone(r):
        inverse = np.linalg.inv(np.eye(s) + r * k)
        return (k @ inverse).min() > -1e-12 and (inverse @ np.ones(s)).min() > -1e-12

    assert monotone(tableau.positivity)
    assert not monotone(1.001 * tableau.positivity)


def stages_of(tableau):
    """Matrices and weights in the ordinary form of a Rosenbrock method."""
    alpha, gamma = tableau.ordinary()
    return alpha, alpha + gamma, np.array(tableau.weights) @ gamma, np.array(tableau.error) @ gamma, gamma


def stability_function(beta, weights):
    one = np.ones(len(beta))
    return lambda z: 1.0 + z * weights @ np.linalg.solve(np.eye(len(beta)) - z * beta, one)


@pytest.mark.parametrize("tableau", ROSENBROCK, ids=name)
def test_rosenbrock_order_conditions(tableau):
    alpha, beta, step, error, gamma = stages_of(tableau)
    assert np.abs(alpha.sum(axis=1) - tableau.nodes).max() < 2e-14
    assert np.abs(gamma.sum(axis=1) - tableau.drifts).max() < 2e-14
    assert np.abs(np.diag(gamma) - tableau.gamma).max() < 1e-14
    assert order_reached(step, alpha, beta, limit=6) == tableau.order
    assert order_reached(step - error, alpha, beta, limit=6) == tableau.embedded_order
    for x in FRACTIONS:
        inside = tableau.weights_at(x) @ gamma
        assert order_reached(inside, alpha, beta, fraction=x, limit=6) == tableau.interpolant_order
    assert np.abs(tableau.weights_at(1.0) - tableau.weights).max() < 1e-12


@pytest.mark.parametrize("tableau", ROSENBROCK, ids=name)
def test_rosenbrock_stability(tableau):
    _, beta, step, _, _ = stages_of(tableau)
    r = stability_function(beta, step)
    assert tableau.l_stable
    # No pole in the left half plane (they lie at 1/gamma), so the imaginary axis decides.
    assert max(abs(r(1j * y)) for y in np.logspace(-3.0, 6.0, 1000)) < 1.0 + 1e-12
    assert abs(r(-1e10)) < 1e-8
    assert abs(r(-1e10 + 1e10j)) < 1e-8


@pytest.mark.parametrize("tableau", [t for t in ROSENBROCK if t.order >= 4], ids=name)
def test_stiffly_accurate_methods_meet_conditions_of_index_one(tableau):
    # Hairer and Wanner II, section VI.4: conditions of orders 3 and 4 for the algebraic part, and of order 4 where both
    # parts meet; stiff accuracy gives the rest.
    alpha, beta, step, error, _ = stages_of(tableau)
    assert np.abs(step - beta[-1]).max() < 1e-12
    assert np.abs(step - error - alpha[-1]).max() < 1e-12
    omega = np.linalg.inv(beta)
    nodes = alpha.sum(axis=1)
    assert step @ omega @ nodes**2 == pytest.approx(1.0, abs=1e-12)
    assert step @ omega @ nodes**3 == pytest.approx(1.0, abs=1e-12)
    assert step @ (nodes * (alpha @ omega @ nodes**2)) == pytest.approx(1 / 4, abs=1e-12)
    if tableau.order == 5:
        assert step @ omega @ nodes**4 == pytest.approx(1.0, abs=1e-12)


def hermite_weights(tableau, x):
    """Weights of the stages in the cubic through both ends."""
    weights = (3.0 - 2.0 * x) * x * x * tableau.matrix[-1]
    weights[0] += x * (1.0 - x) ** 2
    weights[-1] -= x * x * (1.0 - x)
    return weights


@pytest.mark.parametrize("tableau", DIAGONALLY_IMPLICIT, ids=name)
def test_diagonally_implicit_order_conditions(tableau):
    a = tableau.matrix
    assert np.array_equal(np.triu(a, 1), np.zeros_like(a))
    assert np.array_equal(np.diag(a), [0.0] + [tableau.gamma] * (tableau.stages - 1))
    assert np.abs(a.sum(axis=1) - tableau.c).max() < 1e-14
    assert order_reached(a[-1], a) == tableau.order
    if tableau.error:
        assert order_reached(a[-1] - tableau.error, a) == tableau.embedded_order
    for x in FRACTIONS:
        assert order_reached(hermite_weights(tableau, x), a, fraction=x) == tableau.interpolant_order


@pytest.mark.parametrize("tableau", ADDITIVE, ids=name)
def test_additive_order_conditions(tableau):
    pair = tableau.matrix, tableau.explicit_matrix
    weights = tableau.matrix[-1]
    assert np.array_equal(np.triu(pair[1]), np.zeros_like(pair[1]))
    assert np.abs(pair[1].sum(axis=1) - tableau.c).max() < 1e-14
    assert max(coloured_residual(k, weights, pair) for k in range(1, tableau.order + 1)) < 1e-13
    assert coloured_residual(tableau.order + 1, weights, pair) > 1e-4
    embedded = weights - tableau.error
    assert max(coloured_residual(k, embedded, pair) for k in range(1, tableau.embedded_order + 1)) < 1e-13


@pytest.mark.parametrize("tableau", DIAGONALLY_IMPLICIT, ids=name)
def test_diagonally_implicit_stability(tableau):
    def r(z):
        # The last stage is the step.
        return np.linalg.solve(np.eye(tableau.stages) - z * tableau.matrix, np.ones(tableau.stages))[-1]

    # No pole in the left half plane (they lie at 1/gamma), so the imaginary axis decides.
    assert tableau.gamma > 0.0
    assert max(abs(r(1j * y)) for y in np.logspace(-3.0, 6.0, 1000)) < 1.0 + 1e-12
    if tableau.l_stable:
        assert abs(r(-1e10)) < 1e-8
        assert abs(r(-1e10 + 1e10j)) < 1e-8
    else:
        assert abs(r(-1e10)) > 0.1


@pytest.mark.parametrize("tableau", COLLOCATION, ids=name)
def test_collocation_order_conditions(tableau):
    a = tableau.matrix
    assert tableau.nodes[-1] == 1.0
    assert order_reached(a[-1], a) == tableau.order
    # The estimate is that of a method with another, explicit stage at the beginning.
    more = np.zeros((4, 4))
    more[1:, 1:] = a
    step = more[-1]
    estimate = np.append(1.0, np.array(tableau.error) @ a) / tableau.eigenvalue
    assert order_reached(step + estimate, more) == tableau.embedded_order
    for x in FRACTIONS:
        inside = (x ** np.arange(1.0, 4.0)) @ tableau.powers @ a
        assert order_reached(inside, a, fraction=x) == tableau.interpolant_order


@pytest.mark.parametrize("tableau", COLLOCATION, ids=name)
def test_transformation_of_the_collocation_matrix(tableau):
    t, pair = tableau.transformation, tableau.complex_eigenvalue
    blocks = np.zeros((3, 3))
    blocks[0, 0] = tableau.eigenvalue
    blocks[1:, 1:] = [[pair.real, -pair.imag], [pair.imag, pair.real]]
    assert np.abs(np.linalg.inv(tableau.matrix) @ t - t @ blocks).max() < 1e-12


@pytest.mark.parametrize("tableau", COLLOCATION, ids=name)
def test_collocation_stability(tableau):
    r = stability_function(tableau.matrix, tableau.matrix[-1])
    # Poles at the eigenvalues, all on the right; so the imaginary axis decides.
    assert min(tableau.eigenvalue, tableau.complex_eigenvalue.real) > 0.0
    assert max(abs(r(1j * y)) for y in np.logspace(-3.0, 6.0, 1000)) < 1.0 + 1e-12
    assert tableau.l_stable
    assert abs(r(-1e10)) < 1e-8
    assert abs(r(-1e10 + 1e10j)) < 1e-8


MULTISTEP = [(m.numbers, order) for m in METHODS.values() if m.family == "multistep" for order in m.orders]


@pytest.mark.parametrize(("formulas", "order"), MULTISTEP, ids=lambda v: getattr(v, "name", v))
def test_angles_of_stability(formulas, order):
    # The locus on which one root of the characteristic polynomial has modulus one; w is the backward difference.
    w = 1.0 - np.exp(-1j * np.linspace(1e-3, np.pi, 20_000))
    harmonic = sum(1.0 / j for j in range(1, order + 1))
    z = sum(w**j / j for j in range(1, order + 1)) - formulas.kappa[order - 1] * harmonic * w ** (order + 1)
    left = z[z.real < -1e-9]
    angle = 90.0 if len(left) == 0 else float(np.degrees(np.abs(np.angle(-left))).min())
    assert angle == pytest.approx(formulas.angles[order - 1], abs=0.5)
