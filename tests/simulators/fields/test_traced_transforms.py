"""Programs on arrays, traced: their sides are recognised, and their linear part goes through a fast transform."""

import numpy as np
import pytest
from scipy.linalg import expm

import symnum as sn

SHAPE = (9, 7)
#: How NumPy pads, and what belongs to it.
PADDED = {"wrap": "FFT", "edge": "DCT", "symmetric": "DCT", "reflect": "DCT", "constant": "DST"}


def heat(mode, rate=1.0):
    """Diffusion with a source on a square whose border is padded."""
    source = np.linspace(0.0, 1.0, SHAPE[0])[:, None] * np.ones(SHAPE)

    def program(t, y):
        u = np.pad(y.reshape(SHAPE), 1, mode=mode)
        inner = u[1:-1, 1:-1]
        around = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2]
        return (rate * (around - 4 * inner) + source).ravel()

    return program


def exact(program, y0, t):
    """The solution of a linear system with a constant part."""
    n = len(y0)
    b = program(0.0, np.zeros(n))
    matrix = np.zeros((n + 1, n + 1))
    matrix[:n, :n] = np.array([program(0.0, e) - b for e in np.eye(n)]).T
    matrix[:n, n] = b
    return (expm(t * matrix) @ np.append(y0, 1.0))[:n]


@pytest.mark.parametrize("mode", list(PADDED))
def test_linear_programs_are_solved_exactly(mode):
    program = heat(mode, 3.0)
    y0 = np.random.default_rng(1).random(63)
    simulator = sn.build_simulator(sn.ode_system(program, shape=63))
    solution = simulator.solve((0.0, 1.3), y0, method="etdrk4", rtol=1e-10, atol=1e-12)
    assert np.allclose(solution.y[:, -1], exact(program, y0, 1.3), rtol=1e-12, atol=1e-13)
    implicit = simulator.solve((0.0, 1.3), y0, method="kencarp4", rtol=1e-8, atol=1e-10)
    assert np.allclose(implicit.y[:, -1], exact(program, y0, 1.3), rtol=1e-7, atol=1e-9)
    assert PADDED[mode] in str(implicit.stats)


def test_programs_that_no_transform_fits_are_solved_without():
    def program(t, y):
        u = np.pad(y, 1, mode="edge")
        out = u[2:] - 2 * u[1:-1] + u[:-2]
        out[0] = 0.3 * (y[1] - y[0]) - y[0]
        return out

    y0 = np.random.default_rng(2).random(40)
    simulator = sn.build_simulator(sn.ode_system(program, shape=40))
    for method, allowed in (("etdrk4", 1e-12), ("kencarp4", 1e-7)):
        solution = simulator.solve((0.0, 1.0), y0, method=method, rtol=1e-8, atol=1e-10)
        assert np.allclose(solution.y[:, -1], exact(program, y0, 1.0), rtol=0, atol=allowed)
        assert "DCT" not in str(solution.stats)


@pytest.mark.parametrize("preconditioner", ["adi", "multigrid"])
@pytest.mark.parametrize("mode", list(PADDED))
def test_preconditioners_know_the_sides(mode, preconditioner):
    """Lines that know nothing of what is beyond their ends take up to three times the iterations on such a grid."""
    program = heat(mode, 2000.0)
    y0 = np.random.default_rng(1).random(63)
    simulator = sn.build_simulator(sn.ode_system(program, shape=63))
    settings = {"linear_solver": "gmres", "preconditioner": preconditioner, "rtol": 1e-6, "atol": 1e-8}
    solution = simulator.solve((0.0, 0.5), y0, method="trbdf2", **settings)
    assert np.allclose(solution.y[:, -1], exact(program, y0, 0.5), rtol=1e-4, atol=1e-6)
    assert solution.stats["linear_iterations"] <= 1.8 * solution.stats["newton_iterations"]
