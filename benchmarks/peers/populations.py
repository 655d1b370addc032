"""A mass-action network in numbers, as stochastic peers take it, and what they give back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import symnum as sn

Floats = np.ndarray[Any, np.dtype[np.float64]]
Side = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Populations:
    """Reactions with numbers: each happens at `constants[r]` times the falling factorials of its reactants.

    Attributes
    ----------
    initial : tuple of int
        Populations at the beginning.
    constants : ndarray
    reactants, products : list of tuples of (species, how many)
    """

    initial: tuple[int, ...]
    constants: Floats
    reactants: list[Side]
    products: list[Side]

    @property
    def size(self) -> tuple[int, int]:
        """Numbers of species and of reactions."""
        return len(self.initial), len(self.constants)


@dataclass(frozen=True)
class Peer:
    """Another tool's simulator of one network, made ready for a given grid of times.

    Attributes
    ----------
    run : callable
        ``run(n, seed)`` gives populations of n trajectories, shape (n, times, species).
    events : callable
        ``events(n, seed)``: how many reactions those very trajectories consist of, counted by the tool itself with a
        species more that every reaction makes one of; not timed.
    preparation : float
        CPU seconds that the tool took to compile or load the network.
    """

    run: Callable[[int, int], Floats]
    events: Callable[[int, int], int]
    preparation: float


def populations(network: Any, initial: np.ndarray[Any, Any]) -> Populations:
    """Numbers of a network with default parameters, from whole populations at the beginning.

    Raises
    ------
    ValueError
        If a reaction is not mass action.
    """
    system = network.jump_system()
    p = system.propensities
    if np.any(p.constant_index < 0):
        raise ValueError(f"{network.name} has rates that are not mass action.")
    values = dict(zip(system.parameters, network_values(network), strict=True))
    constants = np.array([float(sn.evaluate(c, values)) for c in p.constants])
    reactants, products = [], []
    for r in range(p.n_reactions):
        here = slice(p.reactant_offsets[r], p.reactant_offsets[r + 1])
        before = dict(zip(p.reactants[here].tolist(), p.multiplicities[here].tolist(), strict=True))
        after = dict(before)
        here = slice(p.change_offsets[r], p.change_offsets[r + 1])
        for species, change in zip(
            p.change_states[here].tolist(), p.change_values[here].tolist(), strict=True
        ):
            after[species] = after.get(species, 0) + change
        reactants.append(tuple(before.items()))
        products.append(tuple((s, n) for s, n in after.items() if n))
    return Populations(tuple(int(x) for x in initial), constants[p.constant_index], reactants, products)


def network_values(network: Any) -> list[float]:
    """Default values of a network's parameters, those that are expressions evaluated."""
    known: dict[Any, float] = {}
    for symbol, value in zip(network.parameters, network.parameter_values, strict=True):
        known[symbol] = float(sn.evaluate(value, known))
    return list(known.values())
