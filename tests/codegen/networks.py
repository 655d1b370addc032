"""Random networks and systems for the tests of code generation."""

import numpy as np

from symnum.systems.fluxes import Fluxes
from symnum.systems.ode import ODESystem
from symnum.terms.canonical import Symbol, call, multiply


def random_network(
    seed: int, n_states: int = 12, n_reactions: int = 60, general: str = "all"
) -> ODESystem:
    """Return a mass-action network with sources, sinks, orders up to four, and a few general rates.

    `general` is "all", or "rational" for rates without functions and time.
    """
    rng = np.random.default_rng(seed)
    states = [Symbol(f"x{i}") for i in range(n_states)]
    parameters = [Symbol(f"k{i}") for i in range(6)]
    constants = [*parameters[:5], multiply((2, parameters[0])), parameters[1] + parameters[2], 0.5, 3]
    index, reactants, offsets, changes, values, ends = [], [], [0], [], [], [0]
    rates = {}
    for r in range(n_reactions):
        order = int(rng.choice([0, 1, 1, 2, 2, 2, 3, 4]))
        used = rng.integers(0, n_states, order).tolist()
        if rng.random() < 0.08:
            a, b = (states[i] for i in rng.integers(0, n_states, 2))
            rates[r] = [
                parameters[5] * a / (parameters[0] + a),
                call("exp", (-a * b,)) * parameters[1],
                parameters[2] * Symbol("t"),
                parameters[3] ** 2,
                call("sqrt", (a,)) + a / b**2,
            ][int(rng.integers(0, 5) if general == "all" else rng.choice([0, 3, 4]))]
            index.append(-1)
            used = []
        else:
            index.append(int(rng.integers(0, len(constants))))
        reactants += used
        offsets.append(len(reactants))
        for i in sorted(rng.choice(n_states, int(rng.integers(1, 4)), replace=False).tolist()):
            changes.append(i)
            values.append(int(rng.choice([-2, -1, 1, 2])))
        ends.append(len(changes))
    fluxes = Fluxes(
        n_states,
        tuple(constants),
        np.array(index, np.int32),
        np.array(offsets, np.int64),
        np.array(reactants, np.int32),
        np.array(ends, np.int64),
        np.array(changes, np.int32),
        np.array(values, np.int64),
        rates,
    )
    return ODESystem(
        states=states, parameters=parameters, independent=Symbol("t"), fluxes=fluxes, name=f"random {seed}"
    )


def random_point(system: ODESystem, seed: int) -> tuple[float, np.ndarray, np.ndarray]:
    """Return a time, a state and parameters, all positive and of order one."""
    rng = np.random.default_rng(seed)
    return (
        float(rng.uniform(0.1, 2)),
        rng.uniform(0.2, 2.0, len(system.states)),
        rng.uniform(0.2, 2.0, len(system.parameters)),
    )


def environment(system: ODESystem, t: float, y: np.ndarray, p: np.ndarray) -> dict[Symbol, float]:
    """Return the values of all symbols, for the interpreter."""
    values = dict(zip(system.states, y.tolist(), strict=True))
    values |= dict(zip(system.parameters, p.tolist(), strict=True))
    values[system.independent] = t
    return values
