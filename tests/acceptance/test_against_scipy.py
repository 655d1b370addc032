"""Trajectories against SciPy's solvers at tight tolerances: errors follow rtol, and stay near it."""

from functools import cache

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import symnum as sn
from symnum.integrators.registry import METHODS as REGISTRY


def pharmacokinetics():
    return sn.ode_system(
        {"gut": "-ka*gut", "blood": "ka*gut - Vm*blood/(Km + blood)"},
        parameters={"ka": 1.0, "Vm": 0.5, "Km": 0.1},
        initial={"gut": 10, "blood": 0},
    )


def futile_cycle():
    return sn.reaction_network(
        "(a1, d1), S + K <--> SK; c1, SK --> Q + K; (a2, d2), Q + F <--> QF; c2, QF --> S + F",
        parameters={"a1": 50, "d1": 5, "c1": 8, "a2": 40, "d2": 4, "c2": 6},
        initial={"S": 1, "K": 0.1, "SK": 0, "Q": 0, "F": 0.05, "QF": 0},
    )


def pendulum():
    return sn.ode_system(
        {"angle": "speed", "speed": "-sin(angle) - c*speed*abs(speed) + cos(2*t)/10"},
        parameters={"c": 0.1},
        initial={"angle": 1, "speed": 0},
    )


def gene_switch():
    return sn.reaction_network(
        "hillr(B, v, K, 3), 0 => A; hillr(A, v, K, 3), 0 => B; d, A --> 0; d, B --> 0; mm(A, v, K)/50, A => 0",
        parameters={"v": 4, "K": 1, "d": 1},
        initial={"A": 1.2, "B": 1},
    )


def stiff_chain():
    """Rates over seven decades, slowest last."""
    return sn.reaction_network(
        "k1, A --> B; (f, g), B <--> C; k2, C + D --> E; k3, E --> A + D",
        parameters={"k1": 0.1, "f": 1e5, "g": 2e5, "k2": 10, "k3": 0.01},
        initial={"A": 1, "B": 0, "C": 0, "D": 0.5, "E": 0},
    )


CASES = {
    "pharmacokinetics": (pharmacokinetics, 10.0, "DOP853"),
    "futile cycle": (futile_cycle, 5.0, "DOP853"),
    "pendulum": (pendulum, 5.0, "DOP853"),
    "gene switch": (gene_switch, 10.0, "DOP853"),
    "stiff chain": (stiff_chain, 2.0, "Radau"),
}


@cache
def prepared(name):
    """Simulator, times of output, SciPy's tight solution, and whether the case is stiff."""
    make, end, peer = CASES[name]
    sim = sn.build_simulator(make())
    y0, p = sim.defaults()
    times = np.linspace(0, end, 11)
    options = {} if peer == "DOP853" else {"jac": lambda t, y: sim.jacobian(t, y, p).toarray()}
    tight = 1e-13 if peer == "DOP853" else 1e-9
    reference = solve_ivp(
        lambda t, y: sim.rhs(t, y, p),
        (0, end),
        y0,
        method=peer,
        t_eval=times,
        rtol=tight,
        atol=tight * 1e-3,
        **options,
    )
    assert reference.success
    return sim, times, reference.y, peer == "Radau"


# Methods whose error follows the tolerance itself, not a power of it.
SHARP = [m for m in REGISTRY.values() if m.tolerance_exponent >= 1.0]
# On the stiff case, where stability sets the step, one explicit method stands for all.
PAIRS = [
    (name, method)
    for name, (_, _, peer) in sorted(CASES.items())
    for method in ["auto", *(m.name for m in SHARP if peer != "Radau" or m.stiff or m.name == "tsit5")]
]


@pytest.mark.parametrize(("case", "method"), PAIRS)
def test_errors_follow_the_tolerance(case, method):
    sim, times, reference, stiff = prepared(case)
    scale = np.abs(reference).max(axis=1, keepdims=True)
    found = []
    for rtol in (1e-3, 1e-5, 1e-7):
        sol = sim.solve((0, times[-1]), t_eval=times, rtol=rtol, method=method)
        assert sol.success, sol.message
        found.append(float((np.abs(sol.y - reference) / scale).max()))
        assert found[-1] <= 100 * rtol
    explicit_on_stiff = stiff and method in ("auto", "tsit5")
    if not explicit_on_stiff:  # there, stability sets the step, and the error is small at any tolerance
        assert found[2] < 0.02 * found[0]
