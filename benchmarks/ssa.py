"""Events per second of every exact algorithm and of the automatic choice, beside GillesPy2 and libroadrunner.

``python benchmarks/ssa.py [--json [PATH]] [--quick] [--only NAME ...]``. CPU time of one core, child processes too;
competitors take turns in changing order; medians. Before a time counts, means at the end are held against the rate
equations within standard errors. Peers' reactions are counted by the peers themselves: the same network with a species
more, of which every reaction makes one, run once with the same seed, untimed.
"""

import harness

# isort: split
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from harness import Results, WrongAnswer
from peers import gillespy2_ssa, roadrunner_ssa
from peers.populations import Populations, populations
from workloads.jump_networks import JumpNetwork, networks
from workloads.ssa_plot import plot

# Seconds after which a measurement of one of our own algorithms stops: events up to there count.
PATIENCE = 3.0
# Who takes longer than this is timed once.
LONG = 2.0
SEED = 1
# Standard errors within which the mean of every species must lie.
STANDARD_ERRORS = 5.0
AUTO = "symnum auto"
BEST_BAR, GILLESPY_BAR = 1.3, 2.0
MULTISITE_BAR = 3.0


@dataclass
class Competitor:
    """One tool with one network: `run` returns how many reactions happened, and means at the end or None."""

    run: Callable[[], tuple[int, np.ndarray[Any, Any] | None]]
    more: dict[str, Any]


def calibration() -> float:
    """CPU seconds of a fixed piece of plain Python: what the machine was like while this ran."""
    start = time.process_time()
    total, table = 0, {}
    for i in range(2_000_000):
        table[i & 1023] = total
        total += i * 3 & 7
    return time.process_time() - start


# --- competitors


def own(case: JumpNetwork, simulator: Any, method: str) -> Competitor:
    """One of our algorithms through the public interface, one trajectory after the other."""
    y0, grid = case.initial, case.times

    def run() -> tuple[int, np.ndarray[Any, Any] | None]:
        events, ends, began = 0, [], time.process_time()
        for i in range(case.trajectories):
            left = PATIENCE - (time.process_time() - began)
            sol = simulator.solve(
                (0.0, case.end),
                y0=y0,
                t_eval=grid,
                seed=SEED,
                trajectory=i,
                method=method,
                timeout_s=max(left, 0.01),
            )
            events += sol.stats["reaction_events"]
            if not sol.success:
                return events, None
            ends.append(sol.y[:, -1])
            competitor.more["method"] = sol.stats["method"]
        return events, np.mean(ends, axis=0)

    competitor = Competitor(run, {})
    return competitor


def own_competitors(case: JumpNetwork) -> dict[str, Competitor]:
    """Every exact algorithm, and the automatic choice."""
    import symnum as sn
    from symnum.integrators.stochastic.registry import METHODS

    start = time.process_time()
    simulator = sn.build_simulator(case.network, kind="ssa")
    found = {AUTO: own(case, simulator, "auto")}
    names = [
        name for name, method in METHODS.items() if not method.takes_time
    ]  # not what is for rates in time
    found |= {f"symnum {name}": own(case, simulator, name) for name in names}
    for name in ("auto", *names):  # loads engines, builds tables
        simulator.solve((0.0, case.end), y0=case.initial, t_eval=[0.0], seed=0, method=name, max_events=1000)
    found[AUTO].more["preparation"] = time.process_time() - start
    return found


def peer(case: JumpNetwork, made: Any) -> Competitor:
    """Another tool, whose own count of events is taken once for the seed that all runs have."""
    events = made.events(case.trajectories, SEED)

    def run() -> tuple[int, np.ndarray[Any, Any] | None]:
        out = made.run(case.trajectories, SEED)
        return events, out[:, -1].mean(axis=0)

    return Competitor(run, {"preparation": made.preparation})


def peers(results: Results, case: JumpNetwork, numbers: Populations) -> dict[str, Competitor]:
    """The peers that are installed and take this network."""
    makers: list[tuple[str, Any, Callable[[], Any]]] = [
        (name, gillespy2_ssa, lambda flags=flags: gillespy2_ssa.make(numbers, case.end, case.points, flags))  # type: ignore[misc]
        for name, flags in gillespy2_ssa.NAMES.items()
    ]
    makers.append(
        (roadrunner_ssa.NAME, roadrunner_ssa, lambda: roadrunner_ssa.make(numbers, case.end, case.points))
    )
    found = {}
    for name, module, make in makers:
        why = module.missing() or module.too_large(numbers)
        if why is None:
            found[name] = peer(case, make())
        else:
            results.skip(f"{name}, {case.name}", why)
    return found


# --- the answer first


def check_means(case: JumpNetwork, name: str, mean: np.ndarray[Any, Any]) -> float:
    """Largest distance of a mean from the rate equations in standard errors (of Poisson numbers, one at least).

    Raises
    ------
    WrongAnswer
        If it is beyond five standard errors.
    """
    errors = np.sqrt(np.maximum(case.means, 1.0) / case.trajectories)
    distance = np.abs(mean - case.means) / errors
    worst = int(np.argmax(distance))
    if not distance[worst] <= STANDARD_ERRORS:
        species = case.network.species[worst].name
        raise WrongAnswer(
            f"{case.name}, {name}: mean of {species} {mean[worst]:.6g} instead of {case.means[worst]:.6g}"
        )
    return float(distance[worst])


# --- measuring


def measure(results: Results, case: JumpNetwork) -> None:
    """Microseconds per event of all competitors on one network."""
    numbers = populations(case.network, case.initial)
    species, reactions = numbers.size
    competitors = own_competitors(case) | peers(results, case, numbers)
    seconds: dict[str, list[float]] = {name: [] for name in competitors}
    events: dict[str, int] = {}
    slow: set[str] = set()
    for turn in range(1 + (2 if results.quick else 3)):
        order = list(competitors)
        random.Random(turn).shuffle(order)  # nobody always runs after the same one
        for name in order:
            if turn and name in slow:
                continue
            spent, (events[name], mean) = harness.cpu_seconds(competitors[name].run)
            if turn == 0 and mean is not None:
                competitors[name].more["standard_errors"] = check_means(case, name, mean)
            if turn == 0 and spent > LONG:
                slow.add(name)
            if turn or name in slow:  # else the first round is for the answer alone
                seconds[name].append(spent / events[name])
    for name, competitor in competitors.items():
        rate = 1e-6 / statistics.median(seconds[name])
        results.add(
            case.name,
            name,
            rate,
            "M events/s",
            events=events[name],
            species=species,
            reactions=reactions,
            **competitor.more,
        )
    bars(results, case)


def bars(results: Results, case: JumpNetwork) -> None:
    """The automatic choice against our best and against GillesPy2 as it comes."""
    rates = {f["tool"]: f["value"] for f in results.figures if f["stage"] == case.name}
    best = max((n for n in rates if n.startswith("symnum") and n != AUTO), key=lambda n: float(rates[n]))
    results.bar(
        f"{case.name}: automatic choice, time over that of {best}", rates[best] / rates[AUTO], BEST_BAR
    )
    plain, optimised = gillespy2_ssa.NAMES
    if case.bar is not None:
        ratio = rates[AUTO] / rates[plain] if plain in rates else math.nan
        results.bar(f"{case.name}: time over GillesPy2's C++ solver", 1 / ratio, 1 / case.bar)
    for name in (plain, optimised, roadrunner_ssa.NAME):
        if name in rates:
            results.add(f"{case.name}, ratio", f"{AUTO} to {name}", rates[AUTO] / rates[name], "times")
    if case.name == "multisite2":
        results.bar(f"{case.name}: microseconds per event", 1 / rates[AUTO], 1 / MULTISITE_BAR, "µs")


def memory(results: Results, case: JumpNetwork) -> None:
    """Fresh process: from nothing to the end of a first short trajectory, and the memory it took."""
    for tool in ("symnum", "GillesPy2 C++", roadrunner_ssa.NAME):
        module = {"symnum": None, roadrunner_ssa.NAME: roadrunner_ssa}.get(tool, gillespy2_ssa)
        if module is not None:
            why = module.missing() or module.too_large(populations(case.network, case.initial))
            if why is not None:
                continue
        if tool == "symnum":  # the engine is compiled once for all networks: that is measured by itself
            harness.fresh_process("first_trajectory", case.name, tool)
        report = harness.fresh_process("first_trajectory", case.name, tool)
        stage = f"{case.name}, first trajectory"
        results.add(
            stage, tool, report["seconds"], "s", more_MB=report["more_MB"], imported_MB=report["imported_MB"]
        )


def main() -> int:
    """Run the benchmark."""
    arguments = harness.parser("ssa", __doc__ or "")
    arguments.add_argument("--only", nargs="+", default=None, metavar="NAME", help="names of networks")
    given = arguments.parse_args()
    results = Results("ssa", quick=given.quick)
    found = [n for n in networks(harness.data_folder()) if given.only is None or n.name in given.only]
    if given.quick and given.only is None:
        found = [n for n in found if n.name in ("birth-death", "dimerisation", "multistate")]
    for module in (gillespy2_ssa, roadrunner_ssa):
        if (why := module.missing()) is not None:
            results.skip(module.__name__.rpartition(".")[2], why)
    for case in found:
        results.add("calibration", f"before {case.name}", calibration(), "s")
        measure(results, case)
        memory(results, case)
        store(results, given.json)  # a long run that is stopped has what it has
    with tempfile.TemporaryDirectory() as folder:
        report = harness.fresh_process("first_trajectory", "birth-death", "symnum", cache=Path(folder))
    results.add("first trajectory, nothing compiled yet", "symnum", report["seconds"], "s")
    results.add("calibration", "at the end", calibration(), "s")
    store(results, given.json)
    return 0


def store(results: Results, path: Path | None) -> None:
    """Write results and picture, if a file for them is asked for."""
    if path is not None:
        results.write(path)
        plot(results.figures, path.parent / f"{path.stem}.png")


if __name__ == "__main__":
    sys.exit(main())
