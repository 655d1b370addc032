"""One stochastic trajectory: populations that are constant between events."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.display import format_seconds
from symnum.simulators.solution import Solution

__all__ = ["JumpSolution", "populations_after"]


class JumpSolution(Solution):
    """A trajectory of a stochastic simulation.

    Attributes
    ----------
    t : ndarray, shape (n_times,)
        `t_eval`, or the times of the beginning, of every event, and of the end.
    y : ndarray, shape (n_states, n_times)
        Populations; at the time of an event those after it.
    reactions : ndarray of int32 or None
        Which reaction happened at ``t[1:-1]``, -1 for an event of the model; None with `t_eval`.
    failed_reaction : str or None
        After a failure, what the reaction is called that is to blame.
    """

    reactions: NDArray[np.int32] | None = None
    failed_reaction: str | None = None

    def _rows(self) -> list[tuple[str, str]]:
        s = self.stats
        rows = [
            ("status", f"{self.status.name.lower()}: {self.message}"),
            ("method", f"{s['method']} ({s['method_reason']})"),
            ("interval", f"{s['t_span'][0]:g} … {s['t_reached']:g}, {len(self.t)} times, {len(self.y)} states"),
            ("reactions", f"{s['reaction_events']:,} happened"),
            ("stream", f"seed {s['seed']}, trajectory {s['trajectory']}"),
            ("time", format_seconds(s["seconds"])),
        ]
        if len(self.events):
            names = ", ".join(dict.fromkeys(event.name for event in self.events[:50]))
            rows.insert(4, ("events", f"{len(self.events)}: {names}"))
        return rows


class Steps:
    """Populations at any time, from those after each event.

    Parameters
    ----------
    t : ndarray, shape (n_times,)
        Ascending.
    y : ndarray, shape (n_states, n_times)
    """

    def __init__(self, t: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        self.t, self.y = t, y

    def __call__(self, times: NDArray[np.float64], side: str = "right") -> NDArray[np.float64]:
        where = np.searchsorted(self.t, times, "right" if side == "right" else "left") - 1
        values: NDArray[np.float64] = self.y[:, np.clip(where, 0, None)]
        return values


def populations_after(propensities: Any, y0: NDArray[np.float64], fired: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the populations at the beginning and after each reaction, shape (n_states, n_events + 1)."""
    p = propensities
    out = np.zeros((p.n_states, len(fired) + 1))
    out[:, 0] = y0
    counts = np.diff(p.change_offsets)[fired]
    column = np.repeat(np.arange(1, len(fired) + 1), counts)
    first = np.concatenate(([0], np.cumsum(counts)))[:-1]
    place = np.arange(int(counts.sum())) - np.repeat(first, counts) + np.repeat(p.change_offsets[fired], counts)
    out[p.change_states[place], column] = p.change_values[place]
    return np.cumsum(out, axis=1, out=out)
