"""Which exact method suits a network: what a short pilot run counts, at prices that were measured once.

The pilot counts and does not look at a clock, and its stream of random numbers is always the same, so the choice for a
network, its parameters and its initial populations is the same on every machine and in every run.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.rssa import BLOCK
from symnum.integrators.stochastic.trajectory import Trajectory

__all__ = ["PILOT_EVENTS", "SMALL", "Counts", "choose_exact", "count_in_pilot", "predicted_costs"]

PILOT_EVENTS = 2000
"""Events of a pilot run."""

SMALL = 8
"""Networks of at most so many reactions are simulated by the direct method, without a pilot run."""

_FEWEST = 50
_PILOT_SEED = 0


@dataclass(frozen=True)
class Counts:
    """What the pilot runs have counted, on average over their events.

    Attributes
    ----------
    reactions : int
        Number of reactions.
    searched, searched_sorted : float
        Reactions looked at by a search in order of declaration, and in order of frequency.
    dependents : float
        Propensities that an event changes.
    rejections, bounds : float
        Of a rejection-based method: candidates that are rejected, and bounds that have to be renewed.
    blocks : float
        Blocks looked at by its search.
    """

    reactions: int
    searched: float
    searched_sorted: float
    dependents: float
    rejections: float
    bounds: float
    blocks: float


def predicted_costs(c: Counts) -> dict[str, float]:
    """Return the time that an event should take by each method, in nanoseconds.

    The prices were fitted to measurements on nineteen networks of 2 to 24,388 reactions, on one core of an Intel Xeon
    at 2.5 GHz; what counts is their proportion.
    """
    summed = c.dependents * c.reactions / 262144.0  # the total is summed anew after so many changes
    tries = 1.0 + c.rejections
    depth = np.log2(max(c.reactions, 2))
    return {
        "direct": 38.9 + 1.51 * c.searched + 2.92 * c.dependents + 6.4 * summed,
        "sorting_direct": 44.8 + 2.14 * c.searched_sorted + 2.63 * c.dependents + 13.2 * summed,
        "next_reaction": 35.5 + 7.62 * c.dependents + 10.5 * depth,
        "composition_rejection": 79.8 + 6.27 * c.dependents,
        "rssa": 1.6 + tries * (53.3 + 2.75 * c.blocks) + 42.5 * c.bounds,
        "rssacr": 3.2 + 72.6 * tries + 60.0 * c.bounds,
    }


def count_in_pilot(make: Callable[[str, int], Trajectory], t0: float, y0: np.ndarray) -> Counts | None:
    """Run the direct and the rejection-based method for a while; None where too little happens, or a rate fails.

    Parameters
    ----------
    make : callable
        From the name of a method and a seed to memory for a trajectory.
    t0 : float
    y0 : ndarray, shape (n_states,)
    """
    direct = make("direct", _PILOT_SEED)
    times, fired = np.zeros(PILOT_EVENTS + 1), np.zeros(PILOT_EVENTS + 1, np.int32)
    direct.begin(t0, y0, 0)
    i = direct.integers
    i[at.I_TIMES], i[at.I_FIRED], i[at.I_CAPACITY] = times.ctypes.data, fired.ctypes.data, PILOT_EVENTS + 1
    direct.advance(np.finfo(float).max, False, PILOT_EVENTS)
    fired = fired[: int(i[at.I_RECORDED])]
    rejecting = make("rssa", _PILOT_SEED)
    rejecting.begin(t0, y0, 0)
    rejecting.advance(np.finfo(float).max, False, PILOT_EVENTS)
    done = int(rejecting.integers[at.I_EVENTS])
    if len(fired) < _FEWEST or done < _FEWEST:
        return None
    heads = direct.tables.heads
    often = np.sort(np.bincount(fired, minlength=direct.tables.n_reactions))[::-1]
    return Counts(
        reactions=direct.tables.n_reactions,
        searched=float(fired.mean()) + 1.0,
        searched_sorted=float(often @ np.arange(1, len(often) + 1)) / len(fired),
        dependents=float(np.mean(heads[fired, 4] - heads[fired, 2])),
        rejections=float(rejecting.integers[at.I_REJECTIONS]) / done,
        bounds=float(rejecting.integers[at.I_BOUNDS]) / done,
        blocks=float(np.mean(fired // BLOCK)),
    )


def choose_exact(
    reactions: int, is_plain: bool, make: Callable[[str, int], Trajectory], t0: float, y0: np.ndarray
) -> tuple[str, str]:
    """Return the name of a method and the reason for it.

    Parameters
    ----------
    reactions : int
        Number of reactions.
    is_plain : bool
        Whether all rate constants are numbers that are not negative.
    make, t0, y0
        As for `count_in_pilot`.
    """
    if reactions <= SMALL:
        return "direct", f"at most {SMALL} reactions"
    if not is_plain:
        return "direct", "some rate constants are negative"
    counts = count_in_pilot(make, t0, y0)
    if counts is None:
        return "direct", "little happens at the beginning"
    costs = predicted_costs(counts)
    best = min(costs, key=lambda name: costs[name])
    return best, (
        f"predicted {costs[best]:.0f} ns an event, direct {costs['direct']:.0f}: in a pilot run an event changes "
        f"{counts.dependents:.1f} propensities, a search looks at {counts.searched:.1f}, "
        f"{counts.rejections:.2f} candidates are rejected"
    )
