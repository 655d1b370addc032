"""Exponential methods from the front door: long linear steps, events inside of them, parameters that change."""

import numpy as np
import pytest

import symnum as sn
from symnum.errors import NonlinearError
from symnum.integrators.registry import METHODS

LINEAR = [name for name, method in METHODS.items() if method.properties.get("exact for linear problems")]
#: One component of a rotation is near its top for less than a third of the step.
TURN = {"x": "-y", "y": "x"}
TOP = np.arccos(0.15), np.pi - np.arccos(0.15)  # y > sin of these


def turning(*events):
    return sn.build_simulator(sn.ode_system(TURN, initial={"x": 1.0, "y": 0.0}, events=events))


@pytest.mark.parametrize("method", LINEAR)
def test_events_in_the_middle_of_a_long_linear_step(method):
    near_top = sn.event(f"y > {float(np.sin(TOP[0]))!r}", direction="both", name="near the top")
    sim = turning(near_top, sn.event("x < 0", name="half way"))
    sol = sim.solve((0.0, 2.5), method=method, step=2.5)
    assert sol.stats["accepted"] >= 1
    found = [(e.name, e.time) for e in sol.events]
    assert [n for n, _ in found] == ["near the top", "half way", "near the top"]
    bound = 1e-5 if METHODS[method].numbers.degree > 5 else 1e-2  # the first and the last event move with y / 0.15
    assert [t for _, t in found] == pytest.approx([TOP[0], np.pi / 2, TOP[1]], abs=bound)


@pytest.mark.parametrize("method", LINEAR)
def test_the_continuous_solution_bounds_the_step(method):
    times = np.linspace(0.0, 20.0, 201)
    sol = turning().solve((0.0, 20.0), method=method, rtol=1e-8, atol=1e-8)
    assert np.abs(sol(times)[1] - np.sin(times)).max() < 1e-7
    assert np.abs(sol.y[1] - np.sin(sol.t)).max() < 1e-9
    # A cubic would need steps of 0.04 for this.
    assert sol.stats["accepted"] < (250 if METHODS[method].numbers.degree == 5 else 50)


def spreading(**more):
    """Two species on a line that spread at different speeds, and a reaction that time and both of them decide."""
    n = 12
    implicit, explicit, initial = {}, {}, {}
    for kind, other in (("u", "v"), ("v", "u")):
        for i in range(n):
            name, left, right = f"{kind}{i}", f"{kind}{max(i - 1, 0)}", f"{kind}{min(i + 1, n - 1)}"
            implicit[name] = f"d{kind}*100*({left} - 2*{name} + {right})"
            explicit[name] = f"{name}*(1 - {name} - 0.5*{other}{i}) + 0.1*sin(t)"
            initial[name] = 0.5 + 0.4 * np.sin(i + (kind == "v"))
    parameters = {"du": 1.0, "dv": 10.0}
    return sn.ode_system(implicit, explicit=explicit, parameters=parameters, initial=initial, **more)


def test_two_species_and_repeated_solves_with_other_parameters():
    sim = sn.build_simulator(spreading())
    for params in ({}, {"du": 0.3, "dv": 0.0}, {}):
        given = {"params": params, "rtol": 1e-7, "atol": 1e-9}
        one, other = (sim.solve((0.0, 2.0), method=m, **given) for m in ("etdrk4", "rodas5p"))
        assert one.success
        np.testing.assert_allclose(one.y[:, -1], other.y[:, -1], rtol=1e-6)


def test_events_that_change_the_linear_part():
    event = sn.event("u0 < 0.62", {"du": 0.01, "dv": 20.0}, name="change")
    sim = sn.build_simulator(spreading(events=[event]))
    one, other = (sim.solve((0.0, 2.0), method=m, rtol=1e-8, atol=1e-10) for m in ("etdrk4", "rodas5p"))
    assert [e.name for e in one.events] == [e.name for e in other.events] != []
    assert one.events[0].time == pytest.approx(other.events[0].time, abs=1e-6)
    np.testing.assert_allclose(one.y[:, -1], other.y[:, -1], rtol=1e-5)


def test_going_on_from_a_solution_gives_the_same_bits():
    sim = sn.build_simulator(spreading())
    whole = sim.solve((0.0, 2.0), method="etdrk4", max_steps=10_000)
    part = sim.solve((0.0, 2.0), method="etdrk4", max_steps=20)
    assert not part.success
    assert np.array_equal(sim.resume(part, 2.0).y, whole.y)


def test_what_is_not_linear_is_named():
    system = sn.ode_system(
        {"u": "-100*u", "w": "-3*w + u*w"}, explicit={"u": "w"}, initial={"u": 1.0, "w": 1.0}
    )
    with pytest.raises(NonlinearError, match=r'"w" is not linear .* explicit='):
        sn.build_simulator(system).solve((0.0, 1.0), method="etdrk4")
