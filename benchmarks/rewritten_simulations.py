"""What rewriting is worth for whole simulations: the BCR network rewritten and as written, by several methods.

``python benchmarks/rewritten_simulations.py [--json [PATH]] [--quick]``. CPU time of one core, both simulators of a
method taking turns; the errors of both against a sharp solution are compared before their times are. Whether a model
is rewritten concerns all its kernels: right-hand side, Jacobian, and the Jacobian's product with a vector.
"""

import harness

# isort: split
import statistics
import sys
import time
from typing import Any

import numpy as np
from harness import Results

import symnum as sn

RTOL = 1e-6
LEVELS = ("none", "classical")
#: What is measured: a name, the arguments of `solve`, and the end of the interval.
METHODS: tuple[tuple[str, dict[str, Any], float], ...] = (
    ("bdf with GMRES", {"method": "bdf", "linear_solver": "gmres", "jacobian": "free"}, 100.0),
    ("rkc2", {"method": "rkc2"}, 100.0),
    ("ndf, sparse: the fastest", {"method": "ndf", "linear_solver": "sparse"}, 1000.0),
)
BAR = 2.0


def errors_of(simulators: dict[str, sn.Simulator], options: dict[str, Any], end: float) -> dict[str, float]:
    """Largest errors at the end, relative to a component's size and at least a millionth of the largest one's."""
    sharp = simulators["classical"].solve((0.0, end), t_eval=[end], method="ndf", rtol=1e-10).y[:, -1]
    scale = np.abs(sharp) + 1e-6 * np.abs(sharp).max()
    found = {}
    for level, simulator in simulators.items():
        sol = simulator.solve((0.0, end), t_eval=[end], rtol=RTOL, **options)
        if not sol.success:
            raise harness.WrongAnswer(sol.message)
        found[level] = float((np.abs(sol.y[:, -1] - sharp) / scale).max())
        if not found[level] < 1e-3:
            raise harness.WrongAnswer(f"{level}: error {found[level]:.1e}")
    if not max(found.values()) < 3.0 * min(found.values()) + 1e-7:
        raise harness.WrongAnswer(f"the errors differ: {found}")
    return found


def measure(
    results: Results, simulators: dict[str, sn.Simulator], name: str, options: dict[str, Any], end: float
) -> float:
    """Time both simulators by one method; return the ratio."""
    errors = errors_of(simulators, options, end)
    times: dict[str, list[float]] = {level: [] for level in LEVELS}
    stats: dict[str, Any] = {}
    for turn in range(3 if results.quick else 7):
        for level in LEVELS if turn % 2 else LEVELS[::-1]:
            start = time.process_time()
            stats[level] = simulators[level].solve((0.0, end), t_eval=[end], rtol=RTOL, **options).stats
            times[level].append(time.process_time() - start)
    for level in LEVELS:
        s = stats[level]
        results.add(
            f"BCR to {end:g}, {name}", level, statistics.median(times[level]), "s", least=min(times[level]),
            error=errors[level], steps=s["steps"], rhs_evaluations=s["rhs_evaluations"],
            linear_iterations=s["linear_iterations"],
        )  # fmt: skip
    pairs = [flat / factored for flat, factored in zip(times["none"], times["classical"], strict=True)]
    ratio = statistics.median(pairs)
    results.add(f"BCR to {end:g}, {name}", "as written over rewritten", ratio, "x", least=min(pairs), most=max(pairs))
    return ratio


def kernels(results: Results, simulators: dict[str, sn.Simulator]) -> None:
    """Time one call of each kernel on its own."""
    state, p = simulators["none"].defaults()
    state = state + 1.0
    both = np.concatenate([state, np.ones_like(state)])
    for kernel in ("rhs", "jacobian", "jacobian_vector"):
        work, outputs = {}, {}
        for level, simulator in simulators.items():
            handle = simulator.kernels[kernel]
            context, out = handle.context(p), np.zeros(handle.compiled.n_outputs)
            y = both if kernel == "jacobian_vector" else state
            places = 0.0, y.ctypes.data, p.ctypes.data, context.address, out.ctypes.data
            handle.compiled.call(*places)
            outputs[level] = out
            work[level] = lambda call=handle.compiled.call, places=places, kept=(context, out, y): call(*places)
        flat, factored = (outputs[level] for level in LEVELS)
        if not np.abs(flat - factored).max() <= 1e-11 * np.abs(flat).max():
            raise harness.WrongAnswer(f"{kernel}: the values differ")
        for level, (median, least) in harness.per_call(work, quick=results.quick).items():
            results.add(f"BCR: one {kernel}", level, median, "µs", least=least)


def main() -> int:
    """Run all methods."""
    given = harness.parser("rewritten_simulations", __doc__.splitlines()[0]).parse_args()
    results = Results("rewritten_simulations", given.quick)
    model = sn.read_model(harness.data_folder() / "networks" / "bcr.net")
    simulators = {level: sn.build_simulator(model, rewrite=level) for level in LEVELS}
    kernels(results, simulators)
    ratios = {name: measure(results, simulators, name, options, end) for name, options, end in METHODS}
    name = METHODS[0][0]
    results.bar(f"{name}: {BAR:g} over the ratio", BAR / ratios[name], 1.0)
    return harness.finish(results, given)


if __name__ == "__main__":
    sys.exit(main())
