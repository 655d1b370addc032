"""The benchmark's picture: throughput by tool, and compile time against the number of cells."""

from pathlib import Path
from typing import Any

OURS, OTHERS, COPY = "#1b4f8a", "#b5482a", "#9a9a9a"


def _rates(figures: list[dict[str, Any]], stage: str) -> dict[str, float]:
    return {
        _label(f["tool"], f["steps"]): f["value"] for f in figures if f["stage"] == stage and f["unit"] == "Mcell/s"
    }


def _label(name: str, steps: int) -> str:
    """A tool's name, short enough for an axis; calls of few steps say so."""
    short = name.replace("copy, fused, buffers of ", "copy by a loop, ").replace(
        "copy, library, buffers of ", "copy by memcpy, "
    )
    if short.startswith("copy"):
        short = (
            short.replace("symnum, each step by itself", "symnum's").replace("hand-written Numba", "Numba's")
            + " memory"
        )
    return f"{short}, {steps} steps a call" if steps < 10 else short


def _colour(tool: str) -> str:
    return OURS if tool.startswith("symnum") else COPY if tool.startswith("copy") else OTHERS


def _bars(axis: Any, rates: dict[str, float], title: str) -> None:
    names = sorted(rates, key=lambda name: rates[name])
    drawn = axis.barh(names, [rates[name] for name in names], color=[_colour(name) for name in names])
    axis.bar_label(drawn, fmt="%.0f", fontsize=7, padding=2)
    axis.margins(x=0.14)
    axis.set_title(title, fontsize=10)
    axis.set_xlabel("million cells a second, one core", fontsize=8)


def _compile_times(axis: Any, figures: list[dict[str, Any]]) -> None:
    rows = [f for f in figures if f["stage"] == "model and kernels against cells"]
    sides = [int(f["tool"].rstrip("²")) for f in rows]
    parts = [key for key in ("model", "rhs", "jacobian", "jacobian_vector") if key in rows[0]]
    axis.plot(sides, [f["value"] for f in rows], "o-", color=OURS, label="all")
    for key, style in zip(parts, ("--", "-.", ":", (0, (1, 3))), strict=False):
        axis.plot(sides, [f[key] for f in rows], linestyle=style, color=OURS, label=key.replace("_", " times "))
    axis.set_xscale("log", base=2)
    axis.set_ylim(0, None)
    axis.set_xticks(sides, [f"{n}²" for n in sides])
    axis.set_xlabel("cells", fontsize=8)
    axis.set_ylabel("CPU seconds", fontsize=8)
    axis.set_title("Brusselator: model, code, nothing cached", fontsize=10)
    axis.legend(fontsize=7)


def plot(figures: list[dict[str, Any]], path: Path) -> None:
    """Draw what there is to `path`."""
    stages = [s for s in ("Gray–Scott 256²", "Gray–Scott 4096²") if _rates(figures, s)]
    compiled = any(f["stage"] == "model and kernels against cells" for f in figures)
    panels = len(stages) + compiled
    if not panels:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, panels, figsize=(6.0 * panels, 3.8), squeeze=False, layout="constrained")
    for axis, stage in zip(axes[0], stages, strict=False):
        _bars(axis, _rates(figures, stage), f"{stage}, explicit Euler, float64")
    if compiled:
        _compile_times(axes[0, -1], figures)
    for axis in axes[0]:
        axis.tick_params(labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    print(f"written: {path}")
