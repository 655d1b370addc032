"""The 2-D Brusselator with a source: means at t = 2 and t = 5, against a sharp solution and the published ones."""

from typing import Any

import harness
import numpy as np
from harness import Results, check
from reaction_diffusion_peers.brusselator import MEANS, sharp_means

import symnum as sn
from reaction_diffusion_questions.models import brusselator

#: What the means must have in common with the sharp solution.
ALLOWED = 1e-6
#: How far the published means at each time are from any sharp solution.
PUBLISHED = {2.0: 1e-6, 5.0: 4e-6}
RTOL, ATOL = 1e-9, 1e-10


def check_means(what: str, fields: Any, expected: tuple[float, float], allowed: float = ALLOWED) -> float:
    """Largest relative distance of the means of u and v from those expected; `fields` of shape (2, ...).

    Raises
    ------
    WrongAnswer
        If it is larger than allowed.
    """
    worst = 0.0
    for name, values, right in zip("uv", fields, expected, strict=True):
        mean = float(np.mean(values))
        check(f"{what}, mean of {name}", mean, right, allowed)
        worst = max(worst, abs(mean / right - 1.0))
    return worst


def measure(results: Results) -> None:
    """Solve at tight tolerances, check, and say what it cost."""
    simulator = sn.build_simulator(brusselator(32))
    times = tuple(sorted(MEANS))

    def run() -> Any:
        return simulator.solve((0.0, times[-1]), t_eval=times, rtol=RTOL, atol=ATOL)

    run()  # compiles
    seconds, solution = harness.cpu_seconds(run)
    if not solution.success:
        raise harness.WrongAnswer(solution.message)
    spent, sharp = harness.cpu_seconds(lambda: sharp_means(times))
    worst, published = 0.0, {}
    for t, y, expected in zip(times, np.asarray(solution.y).T, sharp, strict=True):
        fields = y.reshape(2, 32, 32)
        worst = max(worst, check_means(f"t = {t:g}", fields, expected))
        published[f"published_{t:g}"] = check_means(f"t = {t:g}, published", fields, MEANS[t], PUBLISHED[t])
    stage, method = "Brusselator with source, 32²", solution.stats["method"]
    results.add(stage, "symnum", seconds, "s", error=worst, rtol=RTOL, method=method, **published)
    results.add(stage, "SciPy Radau, for the reference", spent, "s", means_at_5=[round(m, 10) for m in sharp[-1]])
    results.bar("Brusselator with source: error of the means", worst, ALLOWED)
