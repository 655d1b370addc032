"""The main job: build a rule-generated receptor network, compile it, simulate it, report, and draw.

Run it with `make demo`, or `python examples/demo.py --sites 5 --plot demo.png`.
"""

import argparse
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

import symnum as sn
from symnum.display import format_seconds, plain_table
from symnum.integrators.warm import warm_up


def main() -> int:
    """Run the whole path from rules to picture and print what each stage took."""
    options = _parser().parse_args()
    clock = [("", time.perf_counter())]

    def finished(stage: str) -> None:
        clock.append((stage, time.perf_counter()))

    warm_up()
    finished("solvers (compiled on the first run)")
    model = sn.models.library.receptor_scaffold(sites=options.sites)
    finished("network from its rules")
    simulator = sn.build_simulator(model)
    simulator.rhs(0.0, *simulator.defaults())
    simulator.jacobian(0.0, *simulator.defaults())
    finished("network to machine code")
    t_end = options.t_end or model.t_span[1]
    times = np.concatenate([[0.0], np.geomspace(1e-4 * t_end, t_end, 400)])
    solution = simulator.solve((0.0, t_end), t_eval=times, rtol=options.rtol)
    finished("simulation")
    draw(model, solution, options.plot)
    finished("picture")

    report(model, simulator, solution, clock)
    print(f"\npicture: {options.plot.resolve()}")
    return 0 if solution.success else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Simulate a rule-generated receptor network.")
    parser.add_argument("--sites", type=int, default=4, help="phosphorylation sites of the receptor (4)")
    parser.add_argument("--t-end", type=float, help="seconds to simulate (the model's own interval)")
    parser.add_argument("--rtol", type=float, default=1e-6, help="relative tolerance (1e-6)")
    parser.add_argument("--plot", type=Path, default=Path("demo.png"), help="where the picture goes")
    return parser


def report(
    model: sn.ReactionNetwork,
    simulator: sn.Simulator,
    solution: sn.Solution,
    clock: list[tuple[str, float]],
) -> None:
    """Print sizes, seconds of each stage, what was compiled, and the solver's statistics."""
    print(f"{model.name}: {len(model.states):,} species, {model.n_reactions:,} reactions")
    print(f"{len(model.conservation_laws())} conservation laws\n")
    print(plain_table([(name, format_seconds(end - start)) for (_, start), (name, end) in pairwise(clock)]))
    print(f"\n{simulator.compile_report}\n\n{solution}")


def draw(model: sn.ReactionNetwork, solution: sn.Solution, path: Path) -> None:
    """Draw the observables over logarithmic time, from the first binding to the steady state."""
    import matplotlib as mpl

    mpl.use("Agg")  # a picture in a file needs no display
    import matplotlib.pyplot as plt

    adaptors = [name for name in model.observables if name.startswith("A")]
    totals = [name for name in model.observables if name not in adaptors]
    figure, panels = plt.subplots(1, 2, figsize=(10.0, 4.4), layout="constrained")
    later = solution.t > 0
    for axes, names, title in zip(panels, (totals, adaptors), ("Receptors", "Adaptors"), strict=True):
        for name in names:
            axes.plot(solution.t[later], solution[name][later], label=name.replace("_", " "), linewidth=1.8)
        axes.set(xscale="log", xlabel="time after the ligand was added (s)", ylabel="concentration (nM)")
        axes.set_title(title, loc="left")
        axes.margins(x=0)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.legend(frameon=False, loc="upper left")
    figure.suptitle(f"{model.name}: {len(model.states):,} species, {model.n_reactions:,} reactions")
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    raise SystemExit(main())
