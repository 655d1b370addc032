"""Leaping and hybrid methods against exact laws and exact methods; what they refuse and report."""

import numpy as np
import pytest
import scipy.stats

import symnum as sn
from symnum.errors import InputError, UnknownNameError, UnsupportedError
from symnum.integrators.status import Status
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.approximate_registry import APPROXIMATE
from symnum.integrators.stochastic.trajectory import Trajectory
from tests.integrators.stochastic.exact_laws import chi_square

NAMES = sorted(APPROXIMATE)


def samples(
    network: sn.ReactionNetwork, method: str, times: list[float], count: int, seed: int
) -> tuple[np.ndarray, Trajectory]:
    """Return populations at the times, shape (count, n_times, n_states), and the memory."""
    model = sn.build_simulator(network, kind="ssa").model
    p, y0 = model.start()
    memory = model.trajectory(method, p, seed)
    out, codes = np.zeros((count, len(times), len(y0))), np.zeros(count, np.int32)
    memory.run_batch(0, (0.0, times[-1]), y0, np.array(times), out, codes)
    assert np.all(codes == at.STOPPED)
    return out, memory


def birth_death(rate: float, start: int) -> sn.ReactionNetwork:
    return sn.reaction_network(
        "k, 0 --> X; g, X --> 0", parameters={"k": rate, "g": 1.0}, initial={"X": start}
    )


def schloegl() -> sn.ReactionNetwork:
    """Return Schlögl's bistable model with its usual constants; no populations but X change."""
    text = "0.03, 2X --> 3X; 1e-4, 3X --> 2X; 200, 0 --> X; 3.5, X --> 0"
    return sn.reaction_network(text, initial={"X": 250})


def stiff_dimers() -> sn.ReactionNetwork:
    """Return the decaying and dimerising network with a fast reversible pair."""
    text = "1, S1 --> 0; 10, 2S1 --> S2; 1000, S2 --> 2S1; 0.1, S2 --> S3"
    return sn.reaction_network(text, initial={"S1": 400, "S2": 798, "S3": 0})


def check_moments(found: np.ndarray, mean: float, variance: float, bias: float) -> None:
    """Compare a normal-like sample with exact moments: five standard errors, and a relative bias of the method."""
    count = len(found)
    assert abs(found.mean() - mean) < 5.0 * np.sqrt(variance / count) + bias * mean
    assert abs(found.var() - variance) < (5.0 * np.sqrt(2.0 / count) + 2.0 * bias) * variance


@pytest.mark.parametrize("method", NAMES)
def test_moments_of_birth_and_death(method: str) -> None:
    out, memory = samples(birth_death(10_000.0, 0), method, [1.0, 8.0], 1500, seed=5)
    for k, t in enumerate([1.0, 8.0]):
        mean = 10_000.0 * (1.0 - np.exp(-t))
        check_moments(out[:, k, 0], mean, mean, bias=0.03)
    assert memory.method.statistics(memory)["leaps"] > 0


@pytest.mark.parametrize("method", NAMES)
def test_small_populations_have_the_exact_law(method: str) -> None:
    x = samples(birth_death(6.0, 0), method, [2.0], 4000, seed=6)[0][:, 0, 0].astype(int)
    mean = 6.0 * (1.0 - np.exp(-2.0))
    assert chi_square(np.bincount(x, minlength=40), scipy.stats.poisson.pmf(np.arange(40), mean)) > 1e-4


def test_error_falls_with_epsilon() -> None:
    errors = []
    exact = 4000.0 * np.exp(-1.0)
    network = sn.reaction_network("1, X --> 0", initial={"X": 4000})
    for epsilon in (0.2, 0.05, 0.0125):
        method = f"tau_leaping(epsilon={epsilon}, exact_below=0)"
        x = samples(network, method, [1.0], 4000, seed=7)[0][:, 0, 0]
        errors.append(abs(x.mean() - exact))
    noise = np.sqrt(exact * (1 - np.exp(-1.0)) / 4000)
    assert errors[0] > 3.0 * errors[1] - 5 * noise
    assert errors[1] > 3.0 * errors[2] - 5 * noise
    assert errors[0] > 30 * noise


@pytest.mark.parametrize("method", ["tau_leaping", "implicit_tau_leaping"])
def test_trajectories_do_not_depend_on_slices_or_batches(method: str) -> None:
    network = stiff_dimers() if method == "implicit_tau_leaping" else schloegl()
    sim = sn.build_simulator(network, kind="ssa")
    end, grid = 0.05, np.linspace(0.0, 0.05, 5)
    p, y0 = sim.model.start()
    batch, _ = samples(network, method, grid.tolist(), 3, seed=8)
    for i in range(3):
        alone = sim.solve((0.0, end), t_eval=grid, method=method, seed=8, trajectory=i)
        assert alone.success
        assert np.array_equal(alone.y.T, batch[i])
    memory = sim.model.trajectory(method, p, 8)
    out = np.zeros((len(grid), len(y0)))
    memory.begin(0.0, y0, 2, grid, out)
    code, turn = at.RUNNING, 0
    while code == at.RUNNING:
        turn += 1
        code = memory.advance(end, True, 1 + turn % 7)
    assert code == at.STOPPED
    assert np.array_equal(out, batch[2])


def test_output_times_leave_explicit_leaps_as_they_are() -> None:
    sim = sn.build_simulator(birth_death(10_000.0, 0), kind="ssa")
    steps = sim.solve((0.0, 3.0), method="tau_leaping", seed=1)
    assert steps.stats["leaps"] > 10
    assert len(steps.t) < 0.1 * steps.stats["reaction_events"]
    for grid in (steps.t[::7], np.sort(np.concatenate([steps.t[::9], np.linspace(0.0, 3.0, 40)]))):
        sol = sim.solve((0.0, 3.0), t_eval=grid, method="tau_leaping", seed=1)
        same = np.isin(grid, steps.t)
        assert np.array_equal(sol["X"][same], steps(grid[same])[0])


def test_outputs_within_a_leap_have_the_right_spread() -> None:
    network = sn.reaction_network("5e4, 0 --> X", initial={"X": 0})
    out, memory = samples(network, "tau_leaping", [0.01, 0.013, 1.0], 3000, seed=9)
    assert memory.method.statistics(memory)["leaps"] == 3000
    for k, mean in enumerate([500.0, 650.0, 50_000.0]):
        check_moments(out[:, k, 0], mean, mean, bias=0.0)
    check_moments(out[:, 1, 0] - out[:, 0, 0], 150.0, 150.0, bias=0.0)


@pytest.mark.parametrize("method", NAMES)
def test_conservation_and_populations_that_are_never_negative(method: str) -> None:
    text = "(1e-3, 1), A + B <--> C; 0.5, C --> D + A; 2, D --> B"
    network = sn.reaction_network(text, initial={"A": 300, "B": 2000, "C": 0, "D": 0})
    out, _ = samples(network, method, [0.05, 0.3, 1.0, 4.0], 60, seed=10)
    assert np.all(out >= 0.0)
    assert np.all(out == np.rint(out))
    assert np.all(out[:, :, 0] + out[:, :, 2] == 300)
    assert np.all(out[:, :, 1:].sum(axis=2) == 2000)


@pytest.mark.slow
def test_implicit_leaps_of_a_stiff_network_against_the_direct_method() -> None:
    times = [0.1, 0.2]
    exact, _ = samples(stiff_dimers(), "direct", times, 400, seed=11)
    found, memory = samples(stiff_dimers(), "implicit_tau_leaping(epsilon=0.02)", times, 1500, seed=12)
    done = memory.method.statistics(memory)
    assert done["implicit_leaps"] > 1500
    for k in range(len(times)):
        for s in range(3):
            error = np.sqrt(exact[:, k, s].var() / 400 + found[:, k, s].var() / 1500)
            assert abs(exact[:, k, s].mean() - found[:, k, s].mean()) < 5 * error
            ratio = found[:, k, s].var() / exact[:, k, s].var()
            assert abs(np.log(ratio)) < 5 * np.sqrt(2 / 400 + 2 / 1500)


@pytest.mark.slow
def test_both_states_of_schloegls_model_are_met_as_often_as_exactly() -> None:
    exact, _ = samples(schloegl(), "direct", [4.0], 3000, seed=13)
    for method in ("tau_leaping(epsilon=0.01)", "implicit_tau_leaping(epsilon=0.01)"):
        found, _ = samples(schloegl(), method, [4.0], 3000, seed=14)
        assert scipy.stats.ks_2samp(exact[:, 0, 0], found[:, 0, 0]).pvalue > 1e-4


def test_implicit_leaps_give_fast_fluctuations_back() -> None:
    network = sn.reaction_network("(100, 100), A <--> B", initial={"A": 5000, "B": 5000})
    out, memory = samples(network, "implicit_tau_leaping", [2.0], 800, seed=15)
    assert memory.method.statistics(memory)["implicit_leaps"] >= 800
    check_moments(out[:, 0, 0], 5000.0, 2500.0, bias=0.03)


def test_implicit_leaps_take_rates_as_written() -> None:
    text = "(200, 200), A <--> B; 50*A/(A + 2000), A => C"
    network = sn.reaction_network(text, initial={"A": 2000, "B": 2000, "C": 0})
    out, memory = samples(network, "implicit_tau_leaping", [4.0], 300, seed=16)
    assert memory.method.statistics(memory)["implicit_leaps"] >= 300
    mean = sn.build_simulator(network).solve((0.0, 4.0), rtol=1e-9)["C"][-1]
    assert abs(out[:, 0, 2].mean() - mean) < 5 * np.sqrt(mean / 300) + 0.01 * mean


def test_hybrid_of_a_switching_gene() -> None:
    text = "(0.5, 0.5), Off <--> On; 2000, On --> On + M; 1, M --> 0; 200, 0 --> M"
    network = sn.reaction_network(text, initial={"Off": 1, "On": 0, "M": 200})
    times, count = [1.0, 4.0], 800
    out, memory = samples(network, "hybrid", times, count, seed=17)
    done = memory.method.statistics(memory)
    assert done["leaps"] > 10 * count
    # First and second moments of a linear network obey linear equations.
    rates = sn.ode_system(
        {
            "on": "0.5*(1 - on) - 0.5*on",
            "m": "200 + 2000*on - m",
            "om": "0.5*(m - om) - 0.5*om + 200*on + 2000*on - om",
            "mm": "200*(2*m + 1) + 2000*(2*om + on) + m - 2*mm",
        },
        initial={"on": 0.0, "m": 200.0, "om": 0.0, "mm": 40000.0},
    )
    exact = sn.build_simulator(rates).solve((0.0, 4.0), t_eval=times, rtol=1e-10)
    for k in range(2):
        m, mm = exact["m"][k], exact["mm"][k]
        x = out[:, k, 2]
        assert abs(x.mean() - m) < 5 * np.sqrt((mm - m * m) / count) + 0.01 * m
        spread = np.sqrt(np.var((x - m) ** 2) / count)
        assert abs(x.var() - (mm - m * m)) < 5 * spread + 0.03 * (mm - m * m)


def test_options_are_checked() -> None:
    sim = sn.build_simulator(birth_death(10.0, 0), kind="ssa")
    with pytest.raises(UnknownNameError, match="epsilon"):
        sim.solve((0.0, 1.0), method="tau_leaping(epsilom=0.1)")
    with pytest.raises(InputError, match="from 1e-06 to 0.5"):
        sim.solve((0.0, 1.0), method="tau_leaping(epsilon=2)")
    with pytest.raises(InputError, match="write options as in"):
        sim.solve((0.0, 1.0), method="tau_leaping(0.1)")
    timed = sn.reaction_network("1 + sin(t), 0 --> X", initial={"X": 0})
    with pytest.raises(UnsupportedError, match="depend on time"):
        sn.build_simulator(timed, kind="ssa").solve((0.0, 1.0), method="tau_leaping")


@pytest.mark.parametrize("method", NAMES)
def test_failures_name_the_reaction(method: str) -> None:
    negative = sn.reaction_network("1, 0 --> X; 5 - X, 0 => Y", initial={"X": 4, "Y": 0})
    sol = sn.build_simulator(negative, kind="ssa").solve((0.0, 100.0), method=method, seed=1)
    assert sol.status is Status.NEGATIVE_PROPENSITY
    assert sol.failed_reaction is not None
    assert "Y" in sol.failed_reaction
    growing = sn.reaction_network("1, X --> 2X", initial={"X": 1000})
    sol = sn.build_simulator(growing, kind="ssa").solve((0.0, 40.0), method=method, seed=1)
    assert sol.status is Status.POPULATION_LIMIT
    assert sol.failed_reaction is not None
    assert "X" in sol.failed_reaction
    assert np.all(sol["X"] <= 2.0**53)


def test_the_report_tells_what_was_fallen_back_to() -> None:
    sim = sn.build_simulator(birth_death(1000.0, 0), kind="ssa")
    sol = sim.solve((0.0, 2.0), method="tau_leaping(epsilon=0.02)", seed=1)
    assert sol.stats["method"] == "tau_leaping(epsilon=0.02)"
    assert "exact steps" in str(sol)
    assert sol.stats["exact_steps"] > 0
    ensemble = sim.ensemble(200, t_eval=[1.0, 2.0], seed=3, method="tau_leaping", threads=2)
    again = sim.ensemble(200, t_eval=[1.0, 2.0], seed=3, method="tau_leaping", threads=1)
    assert np.array_equal(ensemble.mean("X"), again.mean("X"))
    assert np.array_equal(ensemble.var("X"), again.var("X"))


@pytest.mark.parametrize("method", NAMES)
def test_known_times_and_conditions(method: str) -> None:
    network = birth_death(20_000.0, 20_000)
    halved = sn.event(affect={"X": "floor(X/2)"}, at=1.0)
    sol = sn.build_simulator(network, kind="ssa").solve(
        (0.0, 2.0), t_eval=[0.999, 1.0, 2.0], method=method, seed=2, events=[halved]
    )
    assert sol.success
    assert len(sol.events) == 1
    assert 0.45 < sol["X"][1] / sol["X"][0] < 0.55
    stop = sn.event("X > 10000", terminal=True)
    sol = sn.build_simulator(birth_death(20_000.0, 0), kind="ssa").solve(
        (0.0, 5.0), method=method, seed=2, events=[stop]
    )
    assert sol.status is Status.TERMINAL_EVENT
    assert 10_000 < sol["X"][-1] < 11_500
