"""Right-hand sides in two parts: additive methods from the front door."""

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError, UnknownNameError


def travelling(explicit=True):
    """Diffusion on a ring, and growth: diffusion is stiff, growth is not."""
    n, d = 40, 40.0
    names = [f"u{i}" for i in range(n)]
    diffusion = {u: f"{d}*n*({names[i - 1]} - 2*{u} + {names[(i + 1) % n]})" for i, u in enumerate(names)}
    growth = {u: f"r*{u}*(1 - {u})" for u in names}
    start = {u: 0.5 + 0.4 * np.sin(2 * np.pi * i / n) for i, u in enumerate(names)}
    more = {"parameters": {"n": 40.0, "r": 3.0}, "initial": start}
    if explicit:
        return sn.ode_system(diffusion, explicit=growth, **more)
    return sn.ode_system({u: f"{diffusion[u]} + {growth[u]}" for u in names}, **more)


@pytest.fixture(scope="module")
def simulators():
    return sn.build_simulator(travelling()), sn.build_simulator(travelling(False))


def test_other_methods_do_not_see_the_parts(simulators):
    one, other = (s.solve((0.0, 0.1), method="rodas4p", rtol=1e-8) for s in simulators)
    np.testing.assert_allclose(one.y[:, -1], other.y[:, -1], rtol=1e-9)


def test_additive_and_whole_treatment_agree(simulators):
    reference = simulators[1].solve((0.0, 0.5), method="rodas5p", rtol=1e-10).y[:, -1]
    parts, whole = (s.solve((0.0, 0.5), method="kencarp4", rtol=1e-7) for s in simulators)
    for sol in (parts, whole):
        assert sol.success
        np.testing.assert_allclose(sol.y[:, -1], reference, rtol=1e-6)
    # The explicit part is evaluated once a stage and the whole not at all.
    evaluations = [sol.stats["rhs_evaluations"] - sol.stats["newton_iterations"] for sol in (parts, whole)]
    assert evaluations[0] > 6 * parts.stats["accepted"]
    assert evaluations[1] < 2 * whole.stats["steps"]


def test_semi_implicit_formulas(simulators):
    reference = simulators[1].solve((0.0, 0.5), method="rodas5p", rtol=1e-10).y[:, -1]
    parts, whole = (s.solve((0.0, 0.5), method="sbdf", rtol=1e-7) for s in simulators)
    for sol in (parts, whole):
        assert sol.success
        np.testing.assert_allclose(sol.y[:, -1], reference, rtol=1e-5)
    # The explicit part costs one evaluation a step, and the Jacobian of the implicit one is constant.
    evaluations = [sol.stats["rhs_evaluations"] - sol.stats["newton_iterations"] for sol in (parts, whole)]
    assert evaluations[0] >= parts.stats["accepted"]
    assert evaluations[1] < 10


def test_parameters_and_repeated_solves_reach_both_parts(simulators):
    for value, method in ((1.0, "kencarp4"), (5.0, "kencarp4"), (2.0, "sbdf"), (4.0, "sbdf")):
        one, other = (
            s.solve((0.0, 0.3), params={"r": value, "n": 20.0}, method=method, rtol=1e-7) for s in simulators
        )
        np.testing.assert_allclose(one.y[:, -1], other.y[:, -1], rtol=1e-5)


def test_terms_for_unknown_states_and_algebraic_equations_are_refused():
    with pytest.raises(UnknownNameError, match='"w"'):
        sn.ode_system({"u": "-u"}, explicit={"w": "1"})
    with pytest.raises(InputError, match="explicit"):
        sn.ode_system({"u": "-u + z"}, algebraic=["0 = z - u^2"], explicit={"u": "1"})
