"""The main job: build a rule-generated receptor network, compile it, simulate it, report, and draw.

Run it with `make demo`, or `python examples/demo.py --sites 6 --plot demo.png`.
"""

import argparse
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

import symnum as sn
from symnum.display import format_seconds, plain_table


def main() -> int:
    """Run the whole path from rules to picture and print what each stage took."""
    options = _parser().parse_args()
    clock = [("start", time.perf_counter())]

    model = sn.models.library.scaffold(sites=options.sites)
    clock.append(("generate the network from its rules", time.perf_counter()))
    simulator = sn.build_simulator(model)
    clock.append(("equations to machine code", time.perf_counter()))
    times = np.concatenate([[0.0], np.geomspace(1e-4 * options.t_end, options.t_end, 400)])
    solution = simulator.solve((0.0, options.t_end), t_eval=times, rtol=options.rtol)
    clock.append(("simulate", time.perf_counter()))
    draw(model, solution, options.plot)
    clock.append(("draw", time.perf_counter()))

    report(model, simulator, solution, clock)
    print(f"\nPicture: {options.plot.resolve()}")
    return 0 if solution.success else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Simulate a rule-generated receptor network.")
    parser.add_argument("--sites", type=int, default=6, help="phosphorylation sites of the scaffold (6)")
    parser.add_argument("--t-end", type=float, default=1000.0, help="seconds to simulate (1000)")
    parser.add_argument("--rtol", type=float, default=1e-6, help="relative tolerance (1e-6)")
    parser.add_argument("--plot", type=Path, default=Path("demo.png"), help="where the picture goes")
    return parser


def report(
    model: "sn.models.model.Model",
    simulator: sn.Simulator,
    solution: sn.Solution,
    clock: list[tuple[str, float]],
) -> None:
    """Print sizes, seconds of each stage, what was compiled, and the solver's statistics."""
    print(f"{model.name}: {len(model.states)} species, {len(model.reactions)} reactions\n")
    stages = [(name, format_seconds(end - start)) for (_, start), (name, end) in pairwise(clock)]
    print(plain_table(stages, indent="  "))
    print(f"\nCompiled\n{simulator.compile_report}")
    print(f"\nSolved: {solution.status}, t = {solution.t[-1]:g}\n{solution.stats}")


def draw(model: "sn.models.model.Model", solution: sn.Solution, path: Path) -> None:
    """Draw the observables over logarithmic time."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.0, 4.4), layout="constrained")
    later = solution.t > 0
    for name in model.observables:
        axes.plot(solution.t[later], solution[name][later], label=name, linewidth=1.8)
    axes.set(xscale="log", xlabel="time (s)", ylabel="copies per cell", title=model.name)
    axes.margins(x=0)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize="small")
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    raise SystemExit(main())
