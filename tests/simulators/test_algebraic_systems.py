"""Simulations with algebraic equations: test set, consistent starts, eliminated unknowns, orders, dense output."""

import numpy as np
import pytest

import symnum as sn
from symnum.errors import (
    InitialValueError,
    InputError,
    MissingValueError,
    SingularMatrixError,
    UnsupportedError,
)
from symnum.integrators.registry import METHODS
from tests.simulators.differential_algebraic_problems import (
    akzo_nobel,
    reference,
    robertson,
    transistor_amplifier,
)

METHODS_INDEX_1 = [m.name for m in METHODS.values() if m.index_1]
SIX_DIGITS = [m.name for m in METHODS.values() if m.index_1 and m.order >= 4]
ONE_STEP = [m for m in METHODS.values() if m.index_1 and m.family != "multistep"]


def built(model):
    return sn.build_simulator(model)


@pytest.fixture(scope="module")
def cubic():
    """D(x) = -2x + z with z^3 + z = x, and w = x + z."""
    text = "D(x) = -k*x + z; 0 = z^3 + z - x; w = x + z; parameters: k = 2; initial: x = 1"
    return built(sn.ode_system(text.replace("; ", "\n")))


# The test set --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def problems():
    return {
        "torn": (built(robertson()), "ROBER_DAE", 1e11, ["y1", "y2", "y3"], {"rtol": 1e-9}),
        "untorn": (built(robertson(tear=False)), "ROBER_DAE", 1e11, ["y1", "y2", "y3"], {"rtol": 1e-9}),
        "akzo": (built(akzo_nobel()), "CHEMAKZO", 180.0, [f"y{i}" for i in range(1, 7)], {"rtol": 1e-9}),
        "akzo untorn": (
            built(akzo_nobel(tear=False)), "CHEMAKZO", 180.0, [f"y{i}" for i in range(1, 7)], {"rtol": 1e-9}),
        "transistor": (
            built(transistor_amplifier()), "TRANSISTOR", 0.2, [f"u{i}" for i in range(1, 9)],
            {"rtol": 1e-9, "atol": 1e-9}),
    }  # fmt: skip


@pytest.mark.parametrize("method", SIX_DIGITS)
@pytest.mark.parametrize("name", ["torn", "untorn", "akzo", "akzo untorn", "transistor"])
def test_six_digits_of_the_reference_values(problems, data_dir, name, method):
    simulator, entry, end, unknowns, options = problems[name]
    sol = simulator.solve((0.0, end), method=method, t_eval=[end], **options)
    assert sol.success, sol.message
    found = np.array([sol[n][-1] for n in unknowns])
    assert np.abs(found / reference(data_dir, entry) - 1.0).max() < 1e-6


def test_what_becomes_of_the_test_set():
    assert [s.name for s in robertson().states] == ["y1", "y2"]
    assert list(robertson().eliminated) == ["y3"]
    assert sorted(akzo_nobel().eliminated) == ["F", "r1", "r2", "r3", "r4", "r5", "y6"]
    assert akzo_nobel().system().mass is None
    transistor = transistor_amplifier()
    assert sorted(transistor.eliminated) == ["Ue", "g1", "g2"]
    assert len(transistor.system().mass.entries) == 14


# Starts --------------------------------------------------------------------------------------


def test_algebraic_unknowns_need_no_initial_values(cubic):
    sol = cubic.solve((0.0, 1.0), rtol=1e-8)
    z = sol["z"][0]
    assert z**3 + z == pytest.approx(1.0, rel=1e-14)
    assert sol.stats["initial_changes"] == {}
    assert sol.stats["initial_found"] == {"z": z}
    assert "1 of algebraic unknowns computed" in repr(sol)


def test_inconsistent_values_are_changed_and_that_is_told(cubic):
    sol = cubic.solve((0.0, 1.0), y0={"z": 5.0})
    assert sol["x"][0] == 1.0
    assert sol.stats["initial_changes"] == {"z": (5.0, sol["z"][0])}
    assert "changed to satisfy the algebraic equations: z from 5 to 0.682328" in repr(sol)
    assert cubic.solve((0.0, 1.0), y0=[1.0, 5.0]).stats["initial_changes"] == {"z": (5.0, sol["z"][0])}


def test_or_refused_where_that_is_wanted(cubic):
    with pytest.raises(InitialValueError, match=r'129 is left of "0 = z\^3 - x \+ z".*z = 0\.68232780') as caught:
        cubic.solve((0.0, 1.0), y0={"z": 5.0}, consistency="check")
    assert caught.value.residual == pytest.approx(129.0)
    good = cubic.consistent_state({"z": 5.0})
    sol = cubic.solve((0.0, 1.0), y0=good, consistency="check")
    assert sol.y[:, 0] == pytest.approx(good, rel=1e-14)


def test_or_taken_as_they_are(cubic):
    sol = cubic.solve((0.0, 1.0), y0={"z": 0.6823}, consistency="none", method="rodas4p", max_steps=20)
    assert sol.y[1, 0] == 0.6823
    with pytest.raises(InputError, match='consistency is \'maybe\'; choose "fix"'):
        cubic.solve((0.0, 1.0), consistency="maybe")


def test_values_of_eliminated_unknowns_are_compared(cubic):
    sol = cubic.solve((0.0, 1.0), y0={"w": 7.0})
    assert sol.stats["initial_changes"]["w"] == (7.0, pytest.approx(sol["w"][0]))
    with pytest.raises(InitialValueError, match=r"w = 7 does not satisfy .* give 1\.68232"):
        cubic.solve((0.0, 1.0), y0={"w": 7.0}, consistency="check")
    assert cubic.solve((0.0, 1.0), y0={"w": sol["w"][0]}, consistency="check").success


def test_parameters_change_the_start():
    simulator = built(sn.ode_system("D(x) = -x; 0 = z^3 + a*z - x", parameters={"a": 1}, initial={"x": "2*a"}))
    for a in (1.0, 3.0):
        z = simulator.solve((0.0, 0.1), params={"a": a})["z"][0]
        assert z**3 + a * z == pytest.approx(2 * a, rel=1e-14)


def test_guesses_choose_the_branch():
    model = sn.ode_system("D(x) = -x; 0 = z^2 - x", states="x z", initial={"x": 4})
    for guess in (1.0, -1.0):
        sol = built(model).solve((0.0, 1.0), y0={"z": guess}, rtol=1e-8)
        assert sol["z"][-1] == pytest.approx(guess * 2.0 * np.exp(-0.5), rel=1e-6)


def test_no_consistent_values():
    simulator = built(sn.ode_system("D(x) = -x; 0 = z^2 + x", states="x z", initial={"x": 1}))
    with pytest.raises((InitialValueError, SingularMatrixError), match=r'"0 = x \+ z\^2"|"0 = z\^2 \+ x"'):
        simulator.solve((0.0, 1.0))
    with pytest.raises(InitialValueError, match="No initial values were found"):
        simulator.solve((0.0, 1.0), y0={"z": 0.7})


def test_a_singular_start_is_told():
    simulator = built(sn.ode_system("D(x) = -x; 0 = z^2 - x", states="x z", initial={"x": 0, "z": 0}))
    with pytest.raises(SingularMatrixError, match=r'do not determine "z".*"0 = z\^2 - x"'):
        simulator.solve((0.0, 1.0))


def test_an_index_that_only_numbers_show():
    # Both equations hold both unknowns, but in the combination that moves.
    simulator = built(sn.ode_system("D(x) + D(y) = x; 0 = x + y", initial={"x": 1, "y": -1}))
    with pytest.raises(SingularMatrixError, match="higher index than its structure shows"):
        simulator.solve((0.0, 1.0))


def test_differential_unknowns_do_need_values():
    with pytest.raises(MissingValueError, match="1 state has no value: x"):
        built(sn.ode_system("D(x) = -x; 0 = z^3 + z - x")).solve((0.0, 1.0))


# Solutions -----------------------------------------------------------------------------------


def test_eliminated_unknowns_are_in_the_solution(cubic):
    sol = cubic.solve((0.0, 2.0), t_eval=np.linspace(0.0, 2.0, 11))
    assert sol.observable_names == ("w",)
    assert sol["w"] == pytest.approx(sol["x"] + sol["z"], rel=1e-14)
    assert sol.state_names == ("x", "z")


def test_the_continuous_solution_satisfies_the_equations_between_the_steps(cubic):
    for method in SIX_DIGITS:
        sol = cubic.solve((0.0, 2.0), rtol=1e-8, method=method)
        x, z = sol(np.linspace(0.0, 2.0, 999))
        assert np.abs(z**3 + z - x).max() < 2e-6


def test_unsuitable_methods_are_refused_with_suitable_ones(cubic):
    with pytest.raises(UnsupportedError, match=r'"tsit5" does not take differential-algebraic.*"ndf".*"rodas5p"'):
        cubic.solve((0.0, 1.0), method="tsit5")
    with pytest.raises(InputError, match='jacobian="free" has no entries'):
        cubic.solve((0.0, 1.0), jacobian="free")
    sol = cubic.solve((0.0, 1.0))
    assert METHODS[sol.stats["method"]].index_1
    assert "algebraic equations" in sol.stats["method_reason"]


def test_generated_simulators_know_no_mass_matrix(cubic, tmp_path):
    with pytest.raises(UnsupportedError, match="algebraic equations or a mass matrix"):
        sn.generate(cubic.system, "python", tmp_path)
    explicit = sn.ode_system("D(x) = -z\nz = 2*x", initial={"x": 1}, name="torn")
    assert (tmp_path / "torn.py") in sn.generate(explicit, "python", tmp_path)


def test_events_leave_the_algebraic_equations_satisfied():
    jump = sn.event("t > 1", {"x": "x + 5"})
    model = sn.ode_system("D(x) = -2*x + z\n0 = z^3 + z - x", initial={"x": 1}, states="x z", events=[jump])
    for method in ("ndf", "rodas5p"):
        sol = built(model).solve((0.0, 2.0), method=method, rtol=1e-8)
        assert np.ptp(sol["x"]) > 4.0
        assert np.abs(sol["z"] ** 3 + sol["z"] - sol["x"]).max() < 1e-6


def test_torn_and_untorn_systems_have_one_solution():
    text = "D(x) = y; D(y) = f; f = -x + d; d = -0.1*v; v = y; 0 = q + x*f - 1; initial: x = 1, y = 0"
    ends = []
    for tear in (True, False):
        model = sn.ode_system(text.replace("; ", "\n"), tear=tear)
        assert len(model.algebraic_states) == (0 if tear else 4)
        sol = built(model).solve((0.0, 5.0), rtol=1e-9)
        ends.append([sol[name][-1] for name in ("x", "y", "f", "d", "v", "q")])
    assert ends[0] == pytest.approx(ends[1], rel=1e-6)


def test_a_mass_parameter_may_vanish():
    # Singular perturbation: eps z' = x - z, with z = x in the limit.
    model = sn.ode_system(
        {"x": "-z", "z": "x - z"}, mass={"z": "eps"}, parameters={"eps": 0}, initial={"x": 1, "z": 1}
    )
    simulator = built(model)
    ends = [simulator.solve((0.0, 1.0), params={"eps": eps}, rtol=1e-8)["x"][-1] for eps in (0.0, 1e-6, 1e-3)]
    assert ends[0] == pytest.approx(np.exp(-1.0), rel=1e-6)
    assert abs(ends[1] - ends[0]) < 1e-5 < abs(ends[2] - ends[0]) < 1e-2


def joined():
    """A mass matrix of rank 1 without empty rows: u - v = exp(-t), u + v = exp(-2 t) + sin(t)."""
    f = "-(u - v) + (u + v - (u - v)^2 - sin(t))"
    g = "(u - v) + (u + v - (u - v)^2 - sin(t))"
    model = sn.ode_system(
        [f"D(u) - D(v) = {f}", f"D(v) - D(u) = {g}"], states="u v", initial={"u": 1, "v": 0}
    )

    def exact(t):
        difference, total = np.exp(-t), np.exp(-2.0 * t) + np.sin(t)
        return np.array([total + difference, total - difference]) / 2.0

    return built(model), exact


@pytest.mark.parametrize("method", ONE_STEP, ids=lambda m: m.name)
def test_order_with_a_singular_mass_matrix(method):
    simulator, exact = joined()
    times = np.linspace(0.0, 1.0, 101)
    coarse = 8 if method.order >= 4 else 16

    def errors(k):
        options = {"rtol": 1e-8, "atol": 1e-8, "consistency": "none"}
        sol = simulator.solve((0.0, 1.0), method=method.name, step=1.0 / (coarse << k), **options)
        return [np.abs(sol.y[:, -1] - exact(1.0)).max(), np.abs(sol(times) - exact(times)).max()]

    step, inside = np.log2(np.divide(errors(0), errors(3))) / 3
    assert step == pytest.approx(method.order, abs=0.25)
    assert inside > min(method.interpolant_order, method.order) - 0.25


def test_the_start_keeps_what_moves_and_fixes_what_does_not():
    simulator, _ = joined()
    y = simulator.consistent_state({"u": 3.0, "v": 2.0})
    assert y[0] - y[1] == pytest.approx(1.0, rel=1e-14)
    assert y.sum() == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize("solver", ["dense", "banded", "sparse", "gmres"])
def test_linear_solvers(solver):
    count = 60
    rows = [f"D(x{i}) = -x{i} + z{i}" for i in range(count)]
    rows += [f"0 = z{i}^3 + z{i} - x{i} - {'0' if i == 0 else f'0.1*z{i - 1}'}" for i in range(count)]
    model = sn.ode_system(rows, parameters={}, initial={f"x{i}": 1.0 + i / count for i in range(count)})
    sol = built(model).solve((0.0, 1.0), method="ndf", linear_solver=solver, rtol=1e-6)
    assert sol.success
    x, z = (np.array([sol[f"{name}{i}"][-1] for i in range(count)]) for name in "xz")
    before = np.r_[0.0, z[:-1]]
    assert np.abs(z**3 + z - x - 0.1 * before).max() < 1e-5
