"""One stochastic trajectory: populations that are constant between events."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.display import format_seconds
from symnum.simulators.solution import Solution

__all__ = ["JumpSolution", "Lines", "Steps"]


class JumpSolution(Solution):
    """A trajectory of a stochastic simulation.

    Attributes
    ----------
    t : ndarray, shape (n_times,)
        `t_eval`, or the times of the beginning, of every reaction, and of the end.
    y : ndarray, shape (n_states, n_times)
        Populations; at the time of an event those after it.
    reactions : ndarray of int32 or None
        Which reaction happened at each time, -1 for none (the beginning, the end, before and after an event of the
        model); None with `t_eval`.
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
        if "leaps" in s:
            rows.insert(4, ("steps", _steps_text(s)))
        if "steps" in s:
            rows[3] = ("steps", f"{s['steps']:,}")
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
        """Return the populations at times; where they change, those after it or (side "left") before it."""
        where = np.searchsorted(self.t, times, "right" if side == "right" else "left") - 1
        values: NDArray[np.float64] = self.y[:, np.clip(where, 0, None)]
        return values


class Lines(Steps):
    """States at any time, on straight lines between the ends of steps."""

    def __call__(self, times: NDArray[np.float64], side: str = "right") -> NDArray[np.float64]:
        """Return the states at times."""
        return np.array([np.interp(times, self.t, row) for row in self.y])


def _steps_text(s: Mapping[str, Any]) -> str:
    """Say what an approximate method did, and what it fell back to."""
    parts = [f"{s['leaps']:,} leaps"]
    if s.get("implicit_leaps"):
        parts.append(f"{s['implicit_leaps']:,} of them implicit")
    if s.get("exact_steps"):
        parts.append(f"{s['exact_steps']:,} exact steps where leaps would be shorter than some events")
    if s.get("halved_leaps"):
        parts.append(f"{s['halved_leaps']:,} leaps halved that would have taken more than there was")
    return ", ".join(parts)
