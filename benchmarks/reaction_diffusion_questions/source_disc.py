"""The 2-D Brusselator with a source: means at t = 2 and t = 5."""

from typing import Any

import numpy as np
from harness import Results, check
from reaction_diffusion_peers.brusselator import MEANS

import symnum as sn
from reaction_diffusion_questions.models import brusselator

#: What the means must have in common with the reference.
ALLOWED = 1e-6
RTOL, ATOL = 1e-9, 1e-10


def check_means(fields: Any, time: float, allowed: float = ALLOWED) -> float:
    """Largest relative distance of the means of u and v from the reference; `fields` of shape (2, ...).

    Raises
    ------
    WrongAnswer
        If it is larger than allowed.
    """
    worst = 0.0
    for name, values, expected in zip("uv", fields, MEANS[time], strict=True):
        mean = float(np.mean(values))
        check(f"mean of {name} at t = {time:g}", mean, expected, allowed)
        worst = max(worst, abs(mean / expected - 1.0))
    return worst


def measure(results: Results) -> None:
    """Solve at tight tolerances, check, and say what it cost."""
    import harness

    simulator = sn.build_simulator(brusselator(32))
    times = sorted(MEANS)

    def run() -> Any:
        return simulator.solve((0.0, times[-1]), t_eval=times, rtol=RTOL, atol=ATOL)

    seconds, solution = harness.cpu_seconds(run)
    if not solution.success:
        raise harness.WrongAnswer(solution.message)
    fields = [np.asarray(solution.y)[:, k].reshape(2, 32, 32) for k in range(len(times))]
    worst = max(check_means(values, t) for values, t in zip(fields, times, strict=True))
    method = solution.stats["method"]
    results.add("Brusselator with source, 32²", "symnum", seconds, "s", error=worst, rtol=RTOL, method=method)
    results.bar("Brusselator with source: error of the means", worst, ALLOWED)
