"""Shared by the benchmarks: CPU time, fresh processes, answers checked first, stored results.

Import it before NumPy: it limits the mathematical libraries to one thread.
"""

import argparse
import datetime
import importlib.metadata
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "SYMNUM_THREADS"):
    os.environ.setdefault(_variable, "1")  # one core for everybody; libraries read it when they are loaded

HERE = Path(__file__).resolve().parent
PACKAGES = tuple(
    "numpy scipy numba llvmlite sympy symengine python-flint casadi scikit-sundae egglog numbalsoda diffrax jax".split()
)


class WrongAnswer(AssertionError):
    """A tool's answer differs from the reference, so that its time means nothing."""


def check(what: str, got: float, expected: float, relative: float) -> None:
    """Assert an answer before its time is taken.

    Raises
    ------
    WrongAnswer
        If `got` is further from `expected` than `relative` times its magnitude, or not a number.
    """
    if not abs(got - expected) <= relative * abs(expected):
        raise WrongAnswer(f"{what}: {got!r} instead of {expected!r} (allowed: {relative:g} relative)")


# --- where it ran


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def machine() -> dict[str, Any]:
    """Processor, cores, Python and package versions and the date; no name of the host or the user."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "date": datetime.date.today().isoformat(),
    }


# --- measuring


def cpu_seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of one call, those of the processes it starts included, and what it returned."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.process_time()
    result = work()
    seconds = time.process_time() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds + after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime, result


@dataclass(frozen=True)
class Work:
    """Work that is timed once per round: `run` gets what `prepare` returned, which is not timed."""

    run: Callable[[Any], Any]
    prepare: Callable[[], Any] = lambda: None


def once_each(competitors: Mapping[str, Work], rounds: int) -> dict[str, tuple[float, Any]]:
    """Median CPU seconds of each competitor's work, taking turns, and what it returned last."""
    seconds: dict[str, list[float]] = {name: [] for name in competitors}
    returned: dict[str, Any] = {}
    for _ in range(rounds):
        for name, work in competitors.items():
            prepared = work.prepare()
            spent, returned[name] = cpu_seconds(partial(work.run, prepared))
            seconds[name].append(spent)
    return {name: (statistics.median(values), returned[name]) for name, values in seconds.items()}


def _batch_size(call: Callable[[], Any], seconds: float) -> int:
    count = 1
    while True:
        start = time.process_time()
        for _ in range(count):
            call()
        spent = time.process_time() - start
        if spent > 0.2 * seconds:
            return max(1, math.ceil(count * seconds / spent))
        count *= 4


def per_call(
    competitors: Mapping[str, Callable[[], Any]], *, quick: bool = False
) -> dict[str, tuple[float, float]]:
    """Median and least CPU microseconds per call, in batches of 20 ms, the competitors taking turns."""
    rounds, seconds = (3, 0.005) if quick else (9, 0.02)
    counts = {name: _batch_size(call, seconds) for name, call in competitors.items()}
    times: dict[str, list[float]] = {name: [] for name in competitors}
    for _ in range(rounds):
        for name, call in competitors.items():
            start = time.process_time()
            for _ in range(counts[name]):
                call()
            times[name].append((time.process_time() - start) / counts[name] * 1e6)
    return {name: (statistics.median(values), min(values)) for name, values in times.items()}


def fresh_process(stage: str, *arguments: str, cache: Path | None = None) -> dict[str, Any]:
    """Run one stage of ``fresh.py`` in a new interpreter and return what it reports.

    Parameters
    ----------
    stage : str
        Function of ``fresh.py``.
    cache : Path, optional
        Folder for everything symnum caches (default: the user's own).

    Returns
    -------
    dict
        The stage's report, with the CPU seconds of the whole process, start included, as ``process``.
    """
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package keeps its byte code
    if cache is not None:
        environment["SYMNUM_CACHE_DIR"] = str(cache)
    command = [sys.executable, str(HERE / "fresh.py"), stage, *arguments]
    seconds, done = cpu_seconds(
        lambda: subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    )
    if done.returncode != 0:
        raise RuntimeError(f"fresh process {stage} failed:\n{done.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report | {"process": seconds}


def middle(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Of several runs, the one in the middle by the CPU time of the whole process."""
    return sorted(reports, key=lambda report: float(report["process"]))[len(reports) // 2]


def median_process(stage: str, *arguments: str, rounds: int, cache: Path | None = None) -> dict[str, Any]:
    """The run in the middle of several fresh processes."""
    return middle([fresh_process(stage, *arguments, cache=cache) for _ in range(rounds)])


# --- results


@dataclass
class Results:
    """What one benchmark found: figures by stage and tool, and the bars they are held against."""

    name: str
    quick: bool = False
    figures: list[dict[str, Any]] = field(default_factory=list)
    bars: list[dict[str, Any]] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    def add(self, stage: str, tool: str, value: float, unit: str, **more: Any) -> None:
        """Store and print one figure."""
        self.figures.append({"stage": stage, "tool": tool, "value": value, "unit": unit, **more})
        details = "  ".join(f"{key}={_short(item)}" for key, item in more.items())
        print(f"{stage:<34} {tool:<26} {value:>11.4g} {unit:<4} {details}", flush=True)

    def value(self, stage: str, tool: str, key: str = "value") -> float:
        """A stored figure, or another number stored with it (NaN when that stage did not run)."""
        for figure in self.figures:
            if figure["stage"] == stage and figure["tool"] == tool:
                return float(figure[key])
        return math.nan

    def bar(self, name: str, value: float, limit: float, unit: str = "") -> None:
        """Hold a figure against its limit; a missing figure does not meet it."""
        met = value <= limit
        self.bars.append({"name": name, "value": value, "limit": limit, "unit": unit, "met": met})
        print(f"{'met   ' if met else 'MISSED'} {name}: {value:.4g} <= {limit:.4g} {unit}", flush=True)

    def skip(self, tool: str, why: str) -> None:
        """Say that a tool could not take part."""
        self.missing[tool] = why
        print(f"{'not run':<34} {tool:<26} {why}", flush=True)

    def write(self, path: Path) -> None:
        """Store everything as JSON, NaN as null."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = _without_nan({**asdict(self), "machine": machine()})
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"written: {path}")


def _short(item: Any) -> str:
    return f"{item:.3g}" if isinstance(item, float) else str(item)


def _without_nan(item: Any) -> Any:
    match item:
        case dict():
            return {key: _without_nan(value) for key, value in item.items()}
        case list() | tuple():
            return [_without_nan(value) for value in item]
        case float() if not math.isfinite(item):
            return None
    return item.item() if hasattr(item, "item") else item


def data_folder() -> Path:
    """The reference data: ``SYMNUM_DATA``, or ``shared/data`` beside the project."""
    return Path(os.environ.get("SYMNUM_DATA", HERE.parent.parent / "shared" / "data"))


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """Arguments that every benchmark takes: ``--json [PATH]`` and ``--quick``."""
    result = argparse.ArgumentParser(description=description)
    default = HERE / "results" / f"{name}.json"
    shown = default.relative_to(HERE.parent)
    result.add_argument(
        "--json", nargs="?", type=Path, const=default, metavar="PATH", help=f"store the results ({shown})"
    )
    result.add_argument("--quick", action="store_true", help="fewer repetitions, no slow peers")
    return result


def finish(results: Results, arguments: argparse.Namespace) -> int:
    """Write the results where asked; 0 whatever the bars say, for a missed bar is a result."""
    if arguments.json is not None:
        results.write(arguments.json)
    return 0


def available(results: Results, package: str) -> bool:
    """Whether a peer is installed; if not, the results say so."""
    found = _version(package) is not None
    if not found:
        results.skip(package, "not installed")
    return found
