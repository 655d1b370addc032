"""The stiff Brusselator on 1024 by 1024 points, t = 0..1, rtol 1e-4: CPU time and memory of a whole process.

Diffusion makes everything even before t = 0.02, so the answer is checked early as well, where it still has a shape.
"""

from typing import Any

import harness
import numpy as np
from harness import Results, WrongAnswer
from reaction_diffusion_peers.brusselator import fourier_solution

SIDE, TIMES, RTOL = 1024, (0.002, 1.0), 1e-4
SECONDS_BAR, GIB_BAR = 600.0, 4.0
#: Largest distance from the independent solution relative to the field's largest value: ten tolerances.
ALLOWED = 1e-3
#: Points on which the independent solution is computed, with the eigenvalues of the fine grid; and its steps.
MODES, STEPS = 64, {0.002: 200, 1.0: 2000}


def check_fields(t: float, sample: Any, expected: Any) -> float:
    """Largest distance from the independent solution, relative to each field's largest value.

    Parameters
    ----------
    t : float
    sample : array_like, shape (2, m, m)
        Every so many-th point of both fields.
    expected : ndarray, shape (2, m, m)

    Raises
    ------
    WrongAnswer
        If it is larger than allowed.
    """
    found = np.asarray(sample, float)
    if found.shape != expected.shape:
        raise WrongAnswer(f"the solution has the shape {found.shape} instead of {expected.shape}")
    scale = np.abs(expected).max(axis=(1, 2), keepdims=True)
    worst = float((np.abs(found - expected) / scale).max())
    if not worst <= ALLOWED:
        raise WrongAnswer(f"the solution at t = {t:g} is {worst:.1e} away from Fourier modes (allowed: {ALLOWED:g})")
    return worst


def reference(t: float, side: int) -> Any:
    """The independent solution, after half as many steps have given the same."""
    expected = fourier_solution(MODES, t, STEPS[t], side)
    check_fields(t, fourier_solution(MODES, t, STEPS[t] // 2, side), expected)
    return expected


def measure(results: Results) -> None:
    """Solve in a fresh process and hold both times against Fourier modes."""
    side = 256 if results.quick else SIDE
    expected = {t: reference(t, side) for t in TIMES}
    report = harness.fresh_process("large_brusselator", str(side), str(RTOL), str(MODES), *map(str, TIMES))
    errors = [check_fields(t, s, expected[t]) for t, s in zip(TIMES, report.pop("samples"), strict=True)]
    stage = f"Brusselator {side}², t = 0..1, rtol 1e-4"
    more = {"GiB": report["GiB"], "early_error": errors[0], "error": errors[1], **report["stats"]}
    results.add(stage, "symnum", report["process"], "s", **more)
    if side == SIDE:
        results.bar(f"{stage}: CPU seconds", report["process"], SECONDS_BAR, "s")
        results.bar(f"{stage}: memory", report["GiB"], GIB_BAR, "GiB")
