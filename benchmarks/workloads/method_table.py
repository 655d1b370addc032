"""What the stored work-precision results say on the choice of a method, as a table of the documentation."""

import json
import math
from pathlib import Path
from typing import Any

from workloads.work_precision_plot import OURS, panels

BEGIN, END = "<!-- table of measured methods -->", "<!-- end of the table -->"
EXPONENTS = (2, 3, 4, 5, 6, 7, 8)
#: How many methods a cell names.
SHOWN = 3


def is_stiff(tools: dict[str, Any]) -> bool:
    """Whether a problem was solved by stiff methods."""
    return any("Radau" in tool for tool in tools)


def time_to(points: list[tuple[float, float]], error: float) -> float | None:
    """Least milliseconds of the runs with at most this error."""
    return min((ms for e, ms in points if e <= error), default=None)


def ranking(problems: list[dict[str, list[tuple[float, float]]]], error: float) -> list[tuple[str, float]]:
    """Methods by the geometric mean, over the problems, of their time over that of the fastest; only those that
    reached the error on all problems on which somebody did."""
    logs: dict[str, list[float]] = {}
    solved = 0
    for tools in problems:
        times = {tool: time_to(points, error) for tool, points in tools.items() if tool.startswith(OURS)}
        reached = {tool: ms for tool, ms in times.items() if ms is not None and tool != OURS + "auto"}
        if not reached:
            continue
        solved += 1
        best = min(reached.values())
        for tool, ms in reached.items():
            logs.setdefault(tool, []).append(math.log(ms / best))
    means = {tool: math.exp(sum(v) / len(v)) for tool, v in logs.items() if len(v) == solved}
    return sorted(((tool.removeprefix(OURS), ratio) for tool, ratio in means.items()), key=lambda item: item[1])


def table(figures: list[dict[str, Any]]) -> str:
    """Return the table as Markdown."""
    found = panels(figures)
    stiff = [tools for tools in found.values() if is_stiff(tools)]
    others = [tools for tools in found.values() if not is_stiff(tools)]
    lines = ["| error wanted | non-stiff | stiff, small |", "| --- | --- | --- |"]
    for exponent in EXPONENTS:
        cells = [_cell(ranking(group, 10.0**-exponent)) for group in (others, stiff)]
        lines.append(f"| 1e-{exponent} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def _cell(ranked: list[tuple[str, float]]) -> str:
    return ", ".join(f"`{name}` {ratio:.2f}" for name, ratio in ranked[:SHOWN]) or "none on all problems"


def page_with_table(page: str, results: Path) -> str:
    """Return a page whose table is that of the stored results."""
    figures = json.loads(results.read_text(encoding="utf-8"))["figures"]
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(figures)}\n{END}{after}"
