"""Initial value problems with known values at the end: the test set of the reference data, and Lorenz's system."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

#: Absolute tolerance over relative tolerance: about the size below which a component no longer matters.
SCALES = {
    "HIRES": 1e-4, "ROBER": 1e-8, "OREGO": 1e-6, "VDPOL_1000": 1.0, "E5": 1e-18, "POLLU": 1e-6,
}  # fmt: skip
LORENZ = {"x": "10*(y - x)", "y": "x*(28 - z) - y", "z": "x*y - 8/3*z"}


@dataclass(frozen=True)
class InitialValueProblem:
    """A compiled problem and the truth at its end.

    Attributes
    ----------
    name : str
    stiff : bool
    simulator : Simulator
    equations : dict
        Right-hand sides by state, as terms.
    span : tuple of float
    exact : ndarray, shape (n,)
        State at the end.
    scale : float
        What a component counts at least in an error, and the absolute tolerance over the relative one.
    """

    name: str
    stiff: bool
    simulator: Any
    equations: dict[str, Any]
    span: tuple[float, float]
    exact: np.ndarray
    scale: float

    def error(self, y: np.ndarray) -> float:
        """Largest error of a component at the end, over its size plus `scale`."""
        return float((np.abs(y - self.exact) / (np.abs(self.exact) + self.scale)).max())


def _number(text: str) -> float:
    import symnum as sn

    fraction = re.fullmatch(r"-?[\d/]+", text)
    return float(Fraction(text)) if fraction else float(sn.evaluate(sn.parse(text), {}))


def _problem(
    name: str, stiff: bool, right: dict[str, str], start: dict[str, float], span: tuple[float, float], exact: Any
) -> InitialValueProblem:
    import symnum as sn

    simulator = sn.build_simulator(sn.ode_system(right, initial=start, name=name))
    equations = dict(zip(simulator.state_names, simulator.system.rhs, strict=True))
    scale = SCALES.get(name, 1.0)
    return InitialValueProblem(name, stiff, simulator, equations, span, np.array(exact, float), scale)


def lorenz_values(end: Decimal, steps: int, order: int = 34) -> list[Decimal]:
    """Lorenz's system from (1, 0, 0) by Taylor series in 40 digits."""
    with localcontext() as context:
        context.prec = 40
        h, third = end / steps, Decimal(8) / 3
        now = [Decimal(1), Decimal(0), Decimal(0)]
        for _ in range(steps):
            x, y, z = ([value] for value in now)
            for k in range(order):
                xz = sum((x[i] * z[k - i] for i in range(k + 1)), Decimal(0))
                xy = sum((x[i] * y[k - i] for i in range(k + 1)), Decimal(0))
                slopes = 10 * (y[k] - x[k]), 28 * x[k] - xz - y[k], xy - third * z[k]
                for series, slope in zip((x, y, z), slopes, strict=True):
                    series.append(slope / (k + 1))
            now = [_horner(series, h) for series in (x, y, z)]
        return now


def _horner(series: list[Decimal], h: Decimal) -> Decimal:
    total = Decimal(0)
    for coefficient in reversed(series):
        total = total * h + coefficient
    return total


def lorenz() -> InitialValueProblem:
    """Lorenz's system to t = 10; its values at the end are computed by two step sizes, which must agree."""
    coarse, fine = (lorenz_values(Decimal(10), steps) for steps in (400, 560))
    if max(abs(a - b) for a, b in zip(coarse, fine, strict=True)) > Decimal("1e-16"):
        raise AssertionError("the reference values of Lorenz's system disagree")
    return _problem("LORENZ", False, LORENZ, {"x": 1.0, "y": 0.0, "z": 0.0}, (0.0, 10.0), fine)


def reference_problems(data: Path) -> Iterator[InitialValueProblem]:
    """Yield the ordinary differential equations of the test set, in the file's order."""
    entries = json.loads((data / "ivp" / "references.json").read_text(encoding="utf-8"))["problems"]
    for name, entry in entries.items():
        if "index" in entry.get("kind", "index"):
            continue
        right = dict(zip(entry["states"], entry["rhs"], strict=True))
        start = dict(zip(entry["states"], map(_number, entry["y0"]), strict=True))
        span = _number(entry["t0"]), _number(entry["t1"])
        yield _problem(name, entry["kind"] == "stiff", right, start, span, [float(v) for v in entry["own"]["y"]])
