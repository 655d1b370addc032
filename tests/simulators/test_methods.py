"""Methods by name through `Simulator.solve`: fixed steps, controllers, linear solvers, dense output made when read."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError
from symnum.integrators.registry import METHODS

ONE_STEP = [m.name for m in METHODS.values() if m.one_step]
LAZY = [m.name for m in METHODS.values() if getattr(m.numbers, "extra_c", ())]


@pytest.fixture(scope="module")
def pulled():
    model = sn.ode_system({"x": "-k*x + sin(t)"}, parameters={"k": 2.0}, initial={"x": 1.0})
    return sn.build_simulator(model)


def exact(t):
    return 1.2 * np.exp(-2.0 * t) + (2.0 * np.sin(t) - np.cos(t)) / 5.0


@pytest.mark.parametrize("method", ONE_STEP)
def test_fixed_steps(pulled, method):
    sol = pulled.solve((0, 1), method=method, step=0.03)
    assert sol.success
    assert sol.t == pytest.approx([*np.arange(34) * 0.03, 1.0], abs=1e-12)
    assert sol["x"] == pytest.approx(exact(sol.t), abs=0.05 ** METHODS[method].order + 1e-12)
    back = pulled.solve((1, 0), y0=[exact(1.0)], method=method, step=0.25)
    assert back.t == pytest.approx([1.0, 0.75, 0.5, 0.25, 0.0])


def test_arguments_of_steps(pulled):
    for wrong in (0, -0.1, "0.1", np.nan, np.inf):
        with pytest.raises(InputError, match="step"):
            pulled.solve((0, 1), method="rk4", step=wrong)
    with pytest.raises(InputError, match='"ndf" chooses its own steps'):
        pulled.solve((0, 1), method="ndf", step=0.1)
    for method in ("rk4", "ndf"):
        with pytest.raises(InputError, match='controller "pdi"'):
            pulled.solve((0, 1), method=method, controller="pdi")


def test_whether_time_appears(pulled):
    assert not pulled.is_autonomous
    assert sn.build_simulator(sn.reaction_network("k, A --> B")).is_autonomous
    assert not sn.build_simulator(sn.reaction_network("k*sin(t), A --> B")).is_autonomous


@pytest.mark.parametrize("method", LAZY)
def test_dense_output_is_made_when_it_is_read(pulled, method):
    steps = pulled.solve((0, 5), method=method, rtol=1e-9)
    few = pulled.solve((0, 5), t_eval=[2.5], method=method, rtol=1e-9)
    many = pulled.solve((0, 5), t_eval=np.linspace(0, 5, 400), method=method, rtol=1e-9)
    assert steps.stats["steps"] == few.stats["steps"] == many.stats["steps"]
    assert steps.stats["rhs_evaluations"] < few.stats["rhs_evaluations"] < many.stats["rhs_evaluations"]
    times = np.linspace(0, 5, 1001)
    assert np.abs(steps(times)[0] - exact(times)).max() < 1e-8
    # Later changes of the parameters do not reach the solution; nor do threads meet in the model's memory.
    before = steps(times)
    steps.parameters[:] = 100.0
    assert np.array_equal(steps(times), before)
    with ThreadPoolExecutor(4) as pool:
        assert all(np.array_equal(y, before) for y in pool.map(lambda _: steps(times), range(8)))


@pytest.mark.parametrize("method", ["rosenbrock23", "rodas4p", "rodas5p"])
@pytest.mark.parametrize("linear_solver", ["dense", "sparse", "banded", "gmres"])
def test_rosenbrock_methods_with_every_linear_solver(method, linear_solver):
    count = 60
    equations = {
        f"u{i}": f"{count**2}*({f'u{i - 1}' if i else '0'} - 2*u{i} + {f'u{i + 1}' if i < count - 1 else '0'}) - u{i}^3"
        for i in range(count)
    }
    start = {f"u{i}": float(np.sin(np.pi * (i + 1) / (count + 1))) for i in range(count)}
    sim = sn.build_simulator(sn.ode_system(equations, initial=start))
    dense = sim.solve((0, 0.1), t_eval=[0.1], method="rodas5p", rtol=1e-9, atol=1e-12, linear_solver="dense")
    sol = sim.solve((0, 0.1), t_eval=[0.1], method=method, rtol=1e-5, atol=1e-8, linear_solver=linear_solver)
    assert sol.success
    assert linear_solver in sol.stats["linear_solver"]
    assert sol.y == pytest.approx(dense.y, rel=1e-3)


def test_derivative_by_time_comes_from_symbols():
    model = sn.ode_system(
        {"x": "-k*(x - cos(w*t)) + y*t", "y": "exp(-k*t) - y"},
        parameters={"k": 1e4, "w": 2.0},
        initial={"x": 1, "y": 0},
    )
    sim = sn.build_simulator(model)
    kernel = sim.kernels["time_derivative"]
    y, p, t = np.array([0.3, 0.7]), np.array([3.0, 2.0]), 0.4
    call, out = kernel.bind(t, y, p)
    assert call() == 0
    assert out == pytest.approx([-3.0 * 2.0 * np.sin(0.8) + 0.7, -3.0 * np.exp(-1.2)], rel=1e-14)
    assert "d(f[x])/dt" in kernel.source
    # Differences would bury the error estimate in rounding at this tolerance.
    for method in ("rodas4p", "rodas5p"):
        sol = sim.solve((0, 3), method=method, rtol=1e-12, atol=1e-12)
        assert sol.success
        assert sol.stats["steps"] < 4000
        assert sol.stats["rejected"] < 20


def test_functions_without_a_derivative_by_time_take_differences():
    sim = sn.build_simulator(sn.ode_system({"x": "-50*(x - floor(t)/4)"}, initial={"x": 1.0}))
    sol = sim.solve((0, 2.9), t_eval=[0.9, 1.9, 2.9], method="rodas5p", rtol=1e-6)
    assert sol.success
    assert sol["x"] == pytest.approx([0.0, 0.25, 0.5], abs=1e-4)
