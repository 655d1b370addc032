"""The user's choice of linear solver, preconditioner and Jacobian: all agree, and the statistics name what was used."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import symnum as sn
from symnum import errors
from symnum.integrators import METHODS, UserPreconditioner
from symnum.integrators.compiled import compiled_callback
from symnum.models.library.receptor_scaffold import receptor_scaffold

RTOL = 1e-6

CHOICES = {
    "dense": {"linear_solver": "dense"},
    "banded": {"linear_solver": "banded"},
    "sparse": {"linear_solver": "sparse"},
    "gmres": {"linear_solver": "gmres"},
    "gmres, diagonal": {"linear_solver": "gmres", "preconditioner": "diagonal"},
    "gmres, ilut": {"linear_solver": "gmres", "preconditioner": "ilut"},
    "gmres, none": {"linear_solver": "gmres", "preconditioner": None},
    "bicgstab": {"linear_solver": "bicgstab"},
    "coloured": {"jacobian": "coloured"},
    "differences": {"jacobian": "differences"},
    "coloured gmres": {"jacobian": "coloured", "linear_solver": "gmres"},
    "free": {"jacobian": "free"},
    "free bicgstab": {"jacobian": "free", "linear_solver": "bicgstab"},
}


def line(points):
    """The Brusselator on a line: u, v at each point, fixed at the ends."""
    equations, initial = {}, {}
    for i in range(points):
        u = [f"u{j}" if 0 <= j < points else "1" for j in (i - 1, i, i + 1)]
        v = [f"v{j}" if 0 <= j < points else "3" for j in (i - 1, i, i + 1)]
        equations[f"u{i}"] = f"1 + u{i}^2*v{i} - 4*u{i} + a*({u[0]} - 2*{u[1]} + {u[2]})"
        equations[f"v{i}"] = f"3*u{i} - u{i}^2*v{i} + a*({v[0]} - 2*{v[1]} + {v[2]})"
        initial[f"u{i}"] = 1 + np.sin(2 * np.pi * (i + 1) / (points + 1))
        initial[f"v{i}"] = 3.0
    return sn.ode_system(equations, parameters={"a": 0.02 * (points + 1) ** 2}, initial=initial)


def square(side):
    """The Brusselator on a periodic square."""
    equations, initial = {}, {}
    for i in range(side):
        for j in range(side):
            near = [((i + 1) % side, j), ((i - 1) % side, j), (i, (j + 1) % side), (i, (j - 1) % side)]
            flow = {s: " + ".join(f"{s}{k}_{m}" for k, m in near) + f" - 4*{s}{i}_{j}" for s in "uv"}
            u, v = f"u{i}_{j}", f"v{i}_{j}"
            equations[u] = f"1 + {u}^2*{v} - 4.4*{u} + a*({flow['u']})"
            equations[v] = f"3.4*{u} - {u}^2*{v} + a*({flow['v']})"
            initial[u] = 22 * (j / side * (1 - j / side)) ** 1.5
            initial[v] = 27 * (i / side * (1 - i / side)) ** 1.5
    return sn.ode_system(equations, parameters={"a": 0.1 * side**2}, initial=initial)


@pytest.fixture(scope="module")
def simulators():
    models = {"line": line(30), "square": square(6), "network": receptor_scaffold(2)}
    return {name: sn.build_simulator(model) for name, model in models.items()}


@pytest.fixture(scope="module")
def references(simulators):
    found = {}
    for name, end in (("line", 4.0), ("square", 2.0), ("network", 100.0)):
        sol = simulators[name].solve((0.0, end), t_eval=[end], rtol=1e-10, method="bdf")
        assert sol.success
        found[name] = (end, sol.y[:, -1])
    return found


@pytest.mark.parametrize("choice", list(CHOICES))
@pytest.mark.parametrize("name", ["line", "square", "network"])
def test_every_solver_gives_the_same_solution(simulators, references, name, choice):
    end, expected = references[name]
    sol = simulators[name].solve((0.0, end), t_eval=[end], rtol=RTOL, method="bdf", **CHOICES[choice])
    assert sol.success, sol.message
    scale = np.abs(expected) + 1e-3 * np.abs(expected).max()
    assert np.max(np.abs(sol.y[:, -1] - expected) / scale) <= 50 * RTOL


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if method.implicit])
@pytest.mark.parametrize("choice", ["banded", "gmres", "bicgstab", "free"])
def test_every_implicit_method_with_every_kind_of_solver(simulators, references, method, choice):
    """The same steps as with the dense solver, or nearly, and the same solution to a share of the tolerance."""
    end, _ = references["line"]
    if choice == "free" and METHODS[method].family == "radau":
        with pytest.raises(errors.InputError, match="entries of the Jacobian"):
            simulators["line"].solve((0.0, end), method=method, **CHOICES[choice])
        return

    def run(kind):
        sol = simulators["line"].solve((0.0, end), t_eval=[end], rtol=RTOL, method=method, **CHOICES[kind])
        assert sol.success, sol.message
        return sol.y[:, -1], sol.stats["steps"]

    (dense, steps), (other, others) = run("dense"), run(choice)
    assert np.max(np.abs(other / dense - 1.0)) <= 5 * RTOL
    assert abs(others - steps) <= 0.1 * steps + 2


def test_the_statistics_name_what_was_used(simulators):
    def stats(name, **choice):
        return simulators[name].solve((0.0, 0.5), method="bdf", **choice).stats

    named = ("jacobian", "linear_solver", "preconditioner")

    def names(*arguments, **choice):
        found = stats(*arguments, **choice)
        return tuple(found[key] for key in named)

    assert names("line") == ("analytic", "banded", "")
    assert names("network") == ("analytic", "dense", "")
    assert names("square") == ("analytic", "sparse", "")
    assert names("line", linear_solver="gmres") == ("analytic", "gmres", "ilu")
    assert names("line", linear_solver="bicgstab", preconditioner=None) == ("analytic", "bicgstab", "none")
    assert names("line", jacobian="coloured") == ("coloured differences", "banded", "")
    assert names("line", jacobian="differences") == ("differences", "banded", "")
    assert names("line", jacobian="free") == ("free, analytic", "gmres", "none")
    found = stats("line", linear_solver="gmres")
    assert found["linear_iterations"] >= found["solves"] > 0
    assert found["linear_failures"] == found["linear_fallbacks"] == 0
    assert stats("line")["linear_iterations"] == 0
    coloured, single = (
        stats("line", jacobian=kind)["rhs_evaluations"] for kind in ("coloured", "differences")
    )
    assert coloured < single / 2


@compiled_callback("int32(int64, CPointer(float64))")
def zeroes(context, b):
    """The worst of preconditioners: its image is one point."""
    for i in range(60):
        b[i] = 0.0
    return 0


@compiled_callback("int32(int64, CPointer(float64))")
def nothing(context, b):
    return 0


def test_failures_of_an_iteration_shorten_the_step_and_are_counted(simulators):
    """A preconditioner that destroys its argument: no step succeeds, and none is accepted."""
    sol = simulators["line"].solve(
        (0.0, 1.0), method="bdf", linear_solver="gmres", preconditioner=UserPreconditioner(zeroes.address)
    )
    assert sol.status.name == "NEWTON_FAILURE"
    assert sol.stats["accepted"] <= 1
    assert sol.stats["linear_failures"] > 0
    assert sol.stats["preconditioner"] == "user"


def test_a_preconditioner_of_the_users_own(simulators, references):
    end, expected = references["line"]
    own = UserPreconditioner(nothing.address, name="identity")
    sol = simulators["line"].solve(
        (0.0, end), t_eval=[end], method="bdf", linear_solver="gmres", preconditioner=own
    )
    assert sol.success
    assert sol.stats["preconditioner"] == "identity"
    np.testing.assert_allclose(sol.y[:, -1], expected, rtol=50 * RTOL)


@pytest.mark.parametrize("choice", ["banded", "gmres", "bicgstab", "free", "coloured"])
def test_the_same_bits_again_and_on_eight_threads(simulators, choice):
    def run(rate):
        sol = simulators["line"].solve((0.0, 1.0), params={"a": rate}, method="bdf", **CHOICES[choice])
        return sol.t, sol.y

    rates = [10.0 + 2.0 * i for i in range(8)]
    serial = [run(rate) for rate in rates]
    with ThreadPoolExecutor(8) as pool:
        threaded = list(pool.map(run, rates))
    for (t, y), (again_t, again_y) in zip(serial, threaded, strict=True):
        assert np.array_equal(t, again_t)
        assert np.array_equal(y, again_y)


@pytest.mark.parametrize("name", ["line", "network"])
def test_the_product_kernel_is_the_jacobian_times_the_vector(simulators, name):
    sim = simulators[name]
    y, p = sim.defaults()
    y = y + 0.5
    v = np.random.default_rng(0).standard_normal(len(y))
    handle = sim.kernels["jacobian_vector"]
    context = handle.context(p)
    both, out = np.concatenate([y, v]), np.zeros(len(y))
    assert handle.compiled.call(0.0, both.ctypes.data, p.ctypes.data, context.address, out.ctypes.data) == 0
    exact = sim.jacobian(0.0, y) @ v
    np.testing.assert_allclose(out, exact, rtol=1e-11, atol=1e-11 * np.abs(exact).max())


def test_wrong_names(simulators):
    def refused(**choice):
        return simulators["line"].solve((0.0, 1.0), method="bdf", **choice)

    with pytest.raises(errors.UnknownNameError, match='"gmress".*Did you mean "gmres"'):
        refused(linear_solver="gmress")
    with pytest.raises(errors.UnknownNameError, match='"analytical".*Did you mean "analytic"'):
        refused(jacobian="analytical")
    with pytest.raises(errors.UnknownNameError, match='"illu".*Did you mean "ilu"'):
        refused(linear_solver="gmres", preconditioner="illu")
    with pytest.raises(errors.InputError, match="UserPreconditioner"):
        refused(linear_solver="gmres", preconditioner=3)
    with pytest.raises(errors.InputError, match="needs the entries"):
        refused(jacobian="free", linear_solver="sparse")
    with pytest.raises(errors.InputError, match="needs the entries"):
        refused(jacobian="free", preconditioner="ilu")
    with pytest.raises(errors.InputError, match='add linear_solver="gmres"'):
        refused(linear_solver="sparse", preconditioner="ilu")
