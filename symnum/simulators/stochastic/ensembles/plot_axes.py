"""What all plots of ensembles have in common. Matplotlib is imported when one is drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from symnum.simulators.stochastic.ensembles.ensemble import Ensemble

__all__ = ["chosen_names", "finish", "heading", "short"]

_MOST_LINES = 6


def chosen_names(ensemble: "Ensemble", names: Any) -> list[str]:
    """Return the names of what is drawn: as asked for, else observables, else the largest states."""
    if names is not None:
        listed: Sequence[Any] = [names] if isinstance(names, str) or hasattr(names, "name") else list(names)
        return [ensemble.names[ensemble._index(name)] for name in listed]
    states = ensemble.stats["states_recorded"]
    if len(ensemble.names) > states:
        return list(ensemble.names[states : states + _MOST_LINES])
    size = np.array([np.abs(ensemble.mean(name)).max() for name in ensemble.names])
    return [ensemble.names[i] for i in sorted(np.argsort(-size, kind="stable")[:_MOST_LINES].tolist())]


def short(name: str) -> str:
    """Return a name that fits in a legend."""
    return name if len(name) <= 40 else name[:37] + "…"


def heading(ensemble: "Ensemble", title: str | None, more: str = "") -> str:
    """Return the title; that of an ensemble that is not complete says so."""
    text = ensemble.title if title is None else title
    count = f"{ensemble.n:,} trajectories"
    if not ensemble.success:
        count = f"{ensemble.n:,} of {ensemble.requested:,} trajectories"
    return ", ".join(part for part in (text, more, count) if part)


def finish(ax: Any, title: str, xlabel: str, ylabel: str) -> None:
    """Write title and labels, and remove what carries nothing."""
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    if title:
        ax.set_title(title, loc="left", fontsize="medium")
    ax.spines[["top", "right"]].set_visible(False)
