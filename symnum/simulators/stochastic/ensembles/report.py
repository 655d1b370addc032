"""What an ensemble says of itself: how many trajectories, by which algorithm and why, how long it took."""

from typing import TYPE_CHECKING

from symnum.display import format_bytes, format_seconds

if TYPE_CHECKING:
    from symnum.simulators.stochastic.ensembles.ensemble import Ensemble

__all__ = ["report_rows", "status_words"]


def report_rows(ensemble: "Ensemble") -> list[tuple[str, str]]:
    """Return the rows of the report: label and text."""
    s, t = ensemble.stats, ensemble.t
    states = s["states_recorded"]
    what = f"{states} state{'s' if states != 1 else ''}"
    if len(ensemble.names) > states:
        more = len(ensemble.names) - states
        what += f", {more} observable{'s' if more != 1 else ''}"
    threads = f"{s['threads']} thread{'s' if s['threads'] != 1 else ''}"
    rate = s["reaction_events"] / max(s["seconds"], 1e-9)
    kept = len(ensemble.trajectories)
    rows = [
        ("trajectories", f"{ensemble.n:,} of {ensemble.requested:,} came to their end"),
        ("method", f"{s['method']} ({s['method_reason']})"),
        ("interval", f"{s['t_span'][0]:g} … {s['t_span'][1]:g}, {len(t)} times, {what}"),
        ("events", f"{s['reaction_events']:,} ({rate / 1e6:.3g} million per second)"),
        ("streams", f"seed {s['seed']}, trajectories 0 … {ensemble.requested - 1:,}"),
        ("histograms", _histograms(ensemble)),
        ("kept", f"{kept:,} trajectories, {format_bytes(int(ensemble.trajectories.values.nbytes))}"),
        ("time", f"{format_seconds(s['seconds'])} on {threads}"),
    ]
    if not ensemble.success:
        rows.insert(1, ("status", status_words(ensemble.status)))
    return rows


def _histograms(ensemble: "Ensemble") -> str:
    counts = ensemble._counts
    if counts is None:
        return "none"
    least, most = float(2.0 ** counts.exponents.min()), float(2.0 ** counts.exponents.max())
    widths = f"{least:g}" if least == most else f"{least:.3g} to {most:.3g}"
    return f"{counts.bins} bins for each quantity and time, width {widths}, {format_bytes(counts.nbytes)}"


def status_words(status: dict[str, int]) -> str:
    """Return counts by status as words, the most frequent first."""
    ordered = sorted(status.items(), key=lambda item: -item[1])
    shown = [f"{count:,} {words}" for words, count in ordered[:8]]
    if len(ordered) > 8:
        shown.append(f"{sum(count for _, count in ordered[8:]):,} others")
    return "; ".join(shown)
