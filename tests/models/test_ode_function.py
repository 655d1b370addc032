"""`sn.ode_system` from a Python function: the same model as from text."""

from typing import Any

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError, ShapeError, TracingError

VALUES = {"sigma": 10, "rho": 28, "beta": 8 / 3}
TEXT = sn.ode_system(
    {"x": "sigma*(y - x)", "y": "x*(rho - z) - y", "z": "x*y - beta*z"},
    parameters=VALUES,
    initial={"x": 1.0, "y": 0.0, "z": 0.0},
)


def unpacked(t: Any, state: Any, p: Any) -> Any:
    sigma, rho, beta = p
    x, y, z = state
    return [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]


def by_name(t: Any, u: Any, p: Any) -> Any:
    return np.array(
        [
            p["sigma"] * (u["y"] - u["x"]),
            u["x"] * (p["rho"] - u["z"]) - u["y"],
            u["x"] * u["y"] - p["beta"] * u["z"],
        ]
    )


def by_arguments(t: Any, state: Any, beta: Any, sigma: Any, rho: Any) -> Any:
    return tuple(unpacked(t, state, (sigma, rho, beta)))


@pytest.mark.parametrize("function", [unpacked, by_name])
def test_the_same_model_as_from_text(function: Any) -> None:
    assert sn.ode_system(function, states="x y z", parameters=VALUES, initial=[1.0, 0.0, 0.0]) == TEXT
    assert sn.ode_system(function, parameters=VALUES, initial={"x": 1.0, "y": 0.0, "z": 0.0}) == TEXT


def test_parameters_as_arguments() -> None:
    model = sn.ode_system(by_arguments, states="x y z", parameters=VALUES)
    assert model.parameter_names == ("beta", "sigma", "rho")
    assert model["beta"] == sn.symbols("beta")
    assert [e.rhs for e in model.equations] == [e.rhs for e in TEXT.equations]
    assert sn.ode_system(by_arguments, states=3).parameter_values == (None, None, None)
    assert sn.ode_system(lambda t, y, k: -k * y, states=2, parameters={"k": 2.0}).parameter_values == (2.0,)


def test_values_without_names() -> None:
    model = sn.ode_system(unpacked, initial=np.array([1.0, 0.0, 0.0]), parameters=[10.0, 28.0, 2.5])
    assert model.state_names == ("state0", "state1", "state2")
    assert model.parameter_names == ("p0", "p1", "p2")
    assert model.parameter_values == (10.0, 28.0, 2.5)
    assert model.initial_values == (1.0, 0.0, 0.0)


def test_a_traced_model_runs_as_the_function_does() -> None:
    laplacian = np.eye(9, k=1) + np.eye(9, k=-1) - 2 * np.eye(9)

    def heat(t: Any, u: Any, p: Any) -> Any:
        return p[0] * (laplacian @ u) + np.where(u > 0.5, -u, np.sin(t)) * p[1]

    model = sn.ode_system(heat, states=9, parameters=[0.7, 0.1])
    simulator = sn.build_simulator(model)
    assert sn.jacobian(model).nnz == 25
    y, p = np.linspace(0, 1.1, 9), np.array([0.7, 0.1])
    np.testing.assert_allclose(simulator.rhs(0.3, y), heat(0.3, y, p), rtol=1e-13, atol=1e-15)


def test_errors() -> None:
    with pytest.raises(InputError, match=r'states="x v"'):
        sn.ode_system(lambda t, y: -y)
    with pytest.raises(InputError, match="takes 1 arguments"):
        sn.ode_system(lambda y: -y, states=1)
    with pytest.raises(ShapeError, match="returned 2 derivatives for 3 states"):
        sn.ode_system(lambda t, y: y[:2], states=3)
    with pytest.raises(InputError, match="Use the same names"):
        sn.ode_system(lambda t, y, a, b: -y, states=1, parameters={"c": 1, "d": 2})
    with pytest.raises(InputError, match="takes 2 parameters"):
        sn.ode_system(lambda t, y, a, b: -y, states=1, parameters={"c": 1})
    with pytest.raises(ShapeError, match="2 initial values were given for 3 states"):
        sn.ode_system(lambda t, y: -y, states=3, initial=[1.0, 2.0])
    with pytest.raises(TracingError, match="np.where"):
        sn.ode_system(lambda t, y: [1.0 if y[0] > 0 else 2.0], states=1)
    with pytest.raises(InputError, match="states= goes with a Python function"):
        sn.ode_system({"x": "-x"}, states="x")
    with pytest.raises(TracingError, match='there is no "q" among k'):
        sn.ode_system(lambda t, y, p: -p["q"] * y, states=1, parameters={"k": 1.0})
