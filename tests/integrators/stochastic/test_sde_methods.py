"""Stochastic differential equations: orders of convergence, exact laws, the chemical Langevin equation."""

import numpy as np
import pytest
import scipy.linalg

import symnum as sn
from symnum.errors import InputError, UnknownNameError, UnsupportedError
from symnum.integrators.status import Status
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.sde_registry import SDE_METHODS

NAMES = sorted(SDE_METHODS)


def samples(model: object, method: str, time: float, count: int, seed: int) -> np.ndarray:
    """Return states at a time, shape (count, n_states)."""
    compiled = sn.build_simulator(model, kind="sde").model
    p, y0 = compiled.start()
    memory = compiled.trajectory(method, p, seed)
    out, codes = np.zeros((count, 1, len(y0))), np.zeros(count, np.int32)
    memory.run_batch(0, (0.0, time), y0, np.array([time]), out, codes)
    assert np.all(codes == at.STOPPED)
    return out[:, 0]


def geometric(mu: float, sigma: float) -> sn.SDESystem:
    """Return geometric Brownian motion beside the path of its Wiener process, which gives the exact solution."""
    return sn.sde_system(
        {"x": "mu*x", "w": 0},
        {"x": {"W": "sigma*x"}, "w": {"W": 1}},
        parameters={"mu": mu, "sigma": sigma},
        initial={"x": 1.0, "w": 0.0},
    )


def slope(steps: list[float], errors: list[float]) -> float:
    return float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


@pytest.mark.parametrize("method", NAMES)
def test_strong_order(method: str) -> None:
    mu, sigma = 0.5, 1.0
    steps = [2.0**-k for k in range(4, 9)]
    errors = []
    for step in steps:
        x, w = samples(geometric(mu, sigma), f"{method}(step={step})", 1.0, 2000, seed=21).T
        errors.append(float(np.mean(np.abs(x - np.exp(mu - sigma**2 / 2 + sigma * w)))))
    # With a single noise Platen's method contains Milstein's; its strong order is 1/2 in general.
    order = 1.0 if method == "platen" else SDE_METHODS[method].strong
    assert abs(slope(steps, errors) - order) < 0.2


@pytest.mark.parametrize(("method", "finest"), [("euler_maruyama", 5), ("milstein", 5), ("platen", 4)])
def test_weak_order(method: str, finest: int) -> None:
    mu, sigma = 1.0, 0.25
    steps = [2.0**-k for k in range(finest - 2, finest + 1)]
    errors = []
    for step in steps:
        x, w = samples(geometric(mu, sigma), f"{method}(step={step})", 1.0, 40_000, seed=22).T
        errors.append(abs(float(np.mean(x - np.exp(mu - sigma**2 / 2 + sigma * w)))))
    assert abs(slope(steps, errors) - SDE_METHODS[method].weak) < 0.2


@pytest.mark.slow
def test_weak_order_where_noises_do_not_commute() -> None:
    drift = np.array([[-1.0, 0.5], [-0.5, -1.0]])
    first, second = np.array([[0.6, 0.0], [0.5, 0.0]]), np.array([[0.0, 0.7], [0.0, -0.4]])
    assert np.abs(first @ second - second @ first).max() > 0.1
    model = sn.sde_system(
        {"x": "-x + 0.5*y", "y": "-0.5*x - y"},
        {"x": {"U": "0.6*x", "V": "0.7*y"}, "y": {"U": "0.5*x", "V": "-0.4*y"}},
        initial={"x": 1.0, "y": 1.0},
    )
    assert not model.is_commutative
    one = np.eye(2)
    generator = np.kron(drift, one) + np.kron(one, drift) + np.kron(first, first) + np.kron(second, second)
    exact = (scipy.linalg.expm(generator) @ np.ones(4)).reshape(2, 2)
    errors = []
    for step in (0.5, 0.25):
        z = samples(model, f"platen(step={step})", 1.0, 500_000, seed=23)
        errors.append(float(np.abs(z.T @ z / len(z) - exact).max()))
    assert slope([0.5, 0.25], errors) > 1.8
    # The second moments of Euler-Maruyama obey a recursion of their own, which is of order 1.
    step, moments = 0.25, np.ones((2, 2))
    move = np.eye(2) + step * drift
    for _ in range(4):
        noisy = first @ moments @ first.T + second @ moments @ second.T
        moments = move @ moments @ move.T + step * noisy
    z = samples(model, f"euler_maruyama(step={step})", 1.0, 500_000, seed=24)
    products = z[:, :, None] * z[:, None, :]
    assert np.all(np.abs(products.mean(axis=0) - moments) < 5 * products.std(axis=0) / np.sqrt(len(z)))
    assert errors[1] < 0.25 * np.abs(moments - exact).max()


@pytest.mark.parametrize("method", NAMES)
def test_ornstein_uhlenbeck(method: str) -> None:
    k, s, count = 1.5, 0.8, 4000
    model = sn.sde_system({"x": "-k*x"}, {"x": "s"}, parameters={"k": k, "s": s}, initial={"x": 2.0})
    x = samples(model, f"{method}(step=0.002)", 1.0, count, seed=24)[:, 0]
    variance = s * s / (2 * k) * (1 - np.exp(-2 * k))
    assert abs(x.mean() - 2 * np.exp(-k)) < 5 * np.sqrt(variance / count) + 0.002
    assert abs(x.var() / variance - 1) < 5 * np.sqrt(2 / count) + 0.005


@pytest.mark.parametrize("method", ["euler_maruyama", "platen"])
def test_chemical_langevin_moments_of_birth_and_death(method: str) -> None:
    network = sn.reaction_network(
        "k, 0 --> X; g, X --> 0", parameters={"k": 1000.0, "g": 1.0}, initial={"X": 200}
    )
    count, mean = 2000, 1000.0 - 800.0 * np.exp(-2.0)
    variance = 1000.0 * (1 - np.exp(-2.0)) + 200 * (
        np.exp(-2.0) - np.exp(-4.0)
    )  # a linear network's is exact
    x = samples(network, method, 2.0, count, seed=25)[:, 0]
    assert abs(x.mean() - mean) < 5 * np.sqrt(variance / count) + 0.01 * mean
    assert abs(x.var() / variance - 1) < 5 * np.sqrt(2 / count) + 0.03


def test_the_system_in_symbols() -> None:
    network = sn.reaction_network(
        "k, 2X --> Y; g, Y --> 0", parameters={"k": 0.1, "g": 2.0}, initial={"X": 50, "Y": 3}
    )
    system = network.sde_system()
    x, y = system.states
    at_point = {x: 5.0, y: 3.0, system.parameters[0]: 0.1, system.parameters[1]: 2.0}
    assert np.allclose([sn.evaluate(f, at_point) for f in system.drift], [-2.0, 1.0 - 6.0])
    columns = [
        {name: sn.evaluate(term, at_point) for name, term in c.items()} for c in system.diffusion.values()
    ]
    assert columns[0] == pytest.approx({"X": -2.0, "Y": 1.0})
    assert columns[1] == pytest.approx({"Y": -np.sqrt(6.0)})
    assert system.is_chemical
    assert not system.is_commutative


def test_solutions_ensembles_and_events() -> None:
    network = sn.reaction_network(
        "k, 0 --> X; g, X --> 0", parameters={"k": 1000.0, "g": 1.0}, initial={"X": 200}
    )
    for kind in ("sde", "cle"):
        sim = sn.build_simulator(network, kind=kind)
        sol = sim.solve((0.0, 3.0), seed=4, trajectory=2)
        assert sol.success
        assert len(sol.t) == sol.stats["steps"] + 2
        assert "euler_maruyama" in str(sol)
    grid = [1.0, 2.5]
    ensemble = sim.ensemble(64, t_span=(0.0, 3.0), t_eval=grid, seed=4, threads=2, keep=True)
    alone = sim.solve((0.0, 3.0), t_eval=grid, seed=4, trajectory=5)
    assert np.allclose(ensemble.mean("X"), 1000.0 - 800.0 * np.exp(-np.array(grid)), rtol=0.05)
    assert np.array_equal(
        ensemble.mean("X"), sim.ensemble(64, t_span=(0.0, 3.0), t_eval=grid, seed=4, threads=1).mean("X")
    )
    assert np.array_equal(sim.solve((0.0, 3.0), t_eval=grid, seed=4, trajectory=5).y, alone.y)
    doubled = sim.solve((0.0, 3.0), t_eval=[1.5], seed=4, events=[sn.event(affect={"X": "2*X"}, at=1.5)])
    assert doubled.success
    assert 1200 < doubled["X"][0] < 2000


def test_fixed_steps_end_at_output_times() -> None:
    model = sn.sde_system({"x": "-x"}, {"x": 0}, initial={"x": 1.0})
    sol = sn.build_simulator(model, kind="sde").solve(
        (0.0, 1.0), t_eval=[0.25, 1.0], method="euler_maruyama(step=0.1)"
    )
    assert sol.stats["steps"] == 3 + 8
    assert np.allclose(sol["x"], [(1 - 0.25 / 3) ** 3, (1 - 0.25 / 3) ** 3 * (1 - 0.75 / 8) ** 8])


def test_what_is_refused_and_how_runs_fail() -> None:
    network = sn.reaction_network("1, A + B --> C; 1, C --> A + B", initial={"A": 50, "B": 40, "C": 0})
    sim = sn.build_simulator(network, kind="sde")
    with pytest.raises(UnsupportedError, match="commutes"):
        sim.solve((0.0, 1.0), method="milstein")
    with pytest.raises(InputError, match="below 0"):
        sim.solve((0.0, 1.0), y0={"A": -1.0})
    with pytest.raises(UnknownNameError, match="drift"):
        sn.sde_system({"x": "-x"}, {"y": "1"})
    with pytest.raises(InputError, match="no reactions"):
        sn.build_simulator(network.sde_system(), kind="ssa")
    with pytest.raises(InputError, match="noise"):
        sn.build_simulator(sn.ode_system({"x": "-x"}), kind="sde")
    blown = sn.sde_system({"x": "x^3"}, {"x": "0.1"}, initial={"x": 5.0})
    sol = sn.build_simulator(blown, kind="sde").solve((0.0, 10.0), method="euler_maruyama(step=0.01)", seed=1)
    assert sol.status is Status.NOT_FINITE
    assert 0.0 < sol.stats["t_reached"] < 1.0
