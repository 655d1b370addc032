"""Predicted against measured gains, drawn with matplotlib."""

from typing import TYPE_CHECKING, Any

from symnum.errors import needs

if TYPE_CHECKING:
    from symnum.laboratory.results import RulesetBenchmark

__all__ = ["plot_gains"]


def plot_gains(result: "RulesetBenchmark", ax: Any = None) -> Any:
    """Draw one point for each changed piece, one colour for each ruleset and engine; return the axes.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    with needs('plot needs matplotlib; install the extra "plot".'):
        import matplotlib.pyplot as plt
    if ax is None:
        _, ax = plt.subplots(figsize=(6.0, 5.0), layout="constrained")
    groups: dict[str, list[tuple[float, float]]] = {}
    for record in result.records():
        if record["changed"] and record["measured_gain"] is not None and record["predicted_gain"] is not None:
            label = f"{record['ruleset']}, {record['engine']}"
            groups.setdefault(label, []).append((record["predicted_gain"], record["measured_gain"]))
    for label, pairs in groups.items():
        ax.scatter([p for p, _ in pairs], [m for _, m in pairs], s=14, alpha=0.7, label=label)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.axhline(1.0, color="0.6", linewidth=0.8)
    ax.axline((1.0, 1.0), (2.0, 2.0), color="0.6", linewidth=0.8, linestyle="--")
    ax.set_xlabel(f"predicted gain ({result.facts['cost_model']})")
    ax.set_ylabel("measured gain")
    rho, n = result.rank_correlation()
    ax.set_title(f"{result.facts['corpus']}: Spearman {rho:.2f} over {n}" if n > 2 else result.facts["corpus"])
    if groups:
        ax.legend(fontsize="small")
    return ax
