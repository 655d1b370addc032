"""Small networks whose laws are known exactly, by formula or from the master equation on a truncated set of states."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
import scipy.stats

import symnum as sn


@dataclass(frozen=True)
class ExactCase:
    """A network, a time, and how far populations must be counted for the master equation.

    Attributes
    ----------
    name : str
    network : callable
        Makes the network.
    sizes : tuple of int
        Populations 0, ..., size - 1 of each species are counted.
    time : float
    """

    name: str
    network: Callable[[], sn.ReactionNetwork]
    sizes: tuple[int, ...]
    time: float

    def law(self) -> np.ndarray:
        """Return the exact probabilities of all counted states at the time."""
        return _law_of(self)


@lru_cache
def _law_of(case: ExactCase) -> np.ndarray:
    return law_at(case.network(), case.sizes, case.time)


def generator(network: sn.ReactionNetwork, sizes: tuple[int, ...]) -> tuple[Any, list[tuple[int, ...]]]:
    """Return the generator of the master equation (columns: from) and the states; propensities from their terms."""
    system = network.jump_system()
    p = system.propensities
    parameters = dict(zip(system.parameters, map(float, system.parameter_values), strict=True))
    table = np.indices(sizes).reshape(len(sizes), -1)
    states = [tuple(column) for column in table.T.tolist()]
    values = dict(zip(system.states, table.astype(float), strict=True)) | parameters
    matrix = scipy.sparse.csc_array((len(states), len(states)))
    for r, term in enumerate(p.rate_terms(system.states)):
        rate = np.broadcast_to(sn.evaluate(term, values), len(states))
        change = np.zeros((len(sizes), 1), int)
        span = slice(p.change_offsets[r], p.change_offsets[r + 1])
        change[p.change_states[span], 0] = p.change_values[span]
        target = table + change
        inside = np.all((target >= 0) & (target < np.array(sizes)[:, None]), axis=0)
        start = np.flatnonzero(inside)
        end = np.ravel_multi_index(tuple(target[:, inside]), sizes)
        moves = np.concatenate([rate[inside], -rate[inside]])
        places = (np.concatenate([end, start]), np.concatenate([start, start]))
        matrix = matrix + scipy.sparse.csc_array((moves, places), shape=matrix.shape)
    return matrix, states


def law_at(network: sn.ReactionNetwork, sizes: tuple[int, ...], time: float) -> np.ndarray:
    """Return the exact law at a time, shape `sizes`."""
    matrix, states = generator(network, sizes)
    start = np.zeros(len(states))
    start[states.index(tuple(int(x or 0) for x in network.initial_values))] = 1.0
    probabilities: np.ndarray = scipy.sparse.linalg.expm_multiply(time * matrix, start)
    return probabilities.reshape(sizes)


def chi_square(counts: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the p-value of counts against probabilities; rare states are put together."""
    expected = probabilities.ravel() * counts.sum()
    order = np.argsort(expected)[::-1]
    observed, expected = counts.ravel()[order], expected[order]
    groups = np.cumsum(expected[::-1])[::-1] < 10.0  # the tail of all rare states
    cut = max(int(np.argmax(groups)) if groups.any() else len(expected), 2)
    cut = min(cut, int(np.sum(expected >= 5.0)))
    observed = np.append(observed[:cut], observed[cut:].sum())
    expected = np.append(expected[:cut], max(counts.sum() - expected[:cut].sum(), 1e-300))
    if expected[-1] < 5.0:
        observed[-2], expected[-2] = observed[-2] + observed[-1], expected[-2] + expected[-1]
        observed, expected = observed[:-1], expected[:-1]
    statistic = float(np.sum((observed - expected) ** 2 / expected))
    return float(scipy.stats.chi2.sf(statistic, len(expected) - 1))


def birth_death() -> sn.ReactionNetwork:
    """Return births at a constant rate, deaths in proportion: Poisson at all times, from nothing."""
    return sn.reaction_network("k, 0 --> X; g, X --> 0", parameters={"k": 6.0, "g": 0.8}, initial={"X": 0})


def dimerisation() -> sn.ReactionNetwork:
    """Return 0 --> X at rate W, 2X --> 0 with propensity X (X - 1)/W; W = 10."""
    return sn.reaction_network("W, 0 --> X; 2/W, 2X --> 0", parameters={"W": 10.0}, initial={"X": 0})


def telegraph() -> sn.ReactionNetwork:
    """Return a gene that is switched on and off, and its product."""
    text = "(0.25, 0.15), Off <--> On; 15, On --> On + M; 1, M --> 0"
    return sn.reaction_network(text, initial={"Off": 1, "On": 0, "M": 0})


def laws() -> sn.ReactionNetwork:
    """Return rates of every kind: orders 0 to 3, several reactants, and rate laws as written."""
    text = "k0, 0 --> A; k1, A + B --> C; k3, 3A --> B; v*A/(K + A), A => B; kc*C*(1 + B), C => A; d, B --> 0"
    values = {"k0": 3.0, "k1": 0.2, "k3": 0.3, "v": 4.0, "K": 2.0, "kc": 0.3, "d": 0.7}
    return sn.reaction_network(text, parameters=values, initial={"A": 2, "B": 1, "C": 0})


CASES = (
    ExactCase("birth_death", birth_death, (40,), 1.5),
    ExactCase("dimerisation", dimerisation, (40,), 0.7),
    ExactCase("telegraph", telegraph, (2, 2, 60), 1.0),
    ExactCase("laws", laws, (14, 14, 9), 0.8),
)
