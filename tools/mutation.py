"""Mutation testing of the terms and the rewriters: how many of a sample of small mistakes do the tests notice?

`python tools/mutation.py` copies the committed tree into a temporary folder, draws mutants from all functions of
`rewriters/` and `symnum/terms/` (every mutant alike, so a function counts by its places to change), finds out
which tests execute the changed lines, and runs these on each mutant, the fastest first, until one fails. A mutant that
crashes, does not end or cannot be imported counts as killed. The sample depends on the seed and on the source
alone, and an edit elsewhere does not change it. Results: `benchmarks/results/mutation.json` and `.txt`; mutants that
change nothing a user could see are explained in `tools/mutation_equivalents.toml`.

Which tests: those of `tests/terms`, `tests/rewriters`, `tests/systems`, `tests/models`, of compiled functions, and the
examples in docstrings, without the slow ones. A test counts for a mutant only if it executes its line within its own
process. Left out is the e-graph engine, which works in processes of its own. Of the arena's kernels, which each
mutant compiles anew, every other mutant is in the population.
"""

import argparse
import builtins
import gc
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from mutants import Mutant, mutants_of, switched

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("rewriters", "symnum/terms")
COMPILED_FUNCTIONS = "tests/codegen/test_functions_compiled.py"
TESTS = ("tests/terms", "tests/rewriters", "tests/systems", "tests/models", COMPILED_FUNCTIONS, *SOURCES)
RESULTS = ROOT / "benchmarks" / "results" / "mutation.json"
EQUIVALENTS = ROOT / "tools" / "mutation_equivalents.toml"
OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=line", "-m", "not slow and not data")
# Third-party modules are imported once, before the processes are forked that import the mutated tree.
PRELOADED = "numpy scipy.special scipy.sparse sympy symengine mpmath hypothesis.strategies numba.extending llvmlite"
EXCLUDED = ("rewriters/egraph/",)
COMPILED = ("symnum/terms/arena/kernels/", "symnum/terms/arena/layout.py")
MEMORY = 8 << 30
COMPILING = 15.0  # seconds of computing in which the arena's kernels are compiled
Send = Callable[[Any], None]
FIRST_TESTS = 30  # with a first run of few tests, most mutants need no import of all test files


# --- copies of the tree, and processes that see one ---


def copy_of_tree(folder: Path, revision: str) -> None:
    """Write the files of a revision into a new folder; or those of the work tree, for the revision ``worktree``."""
    folder.mkdir()
    if revision != "worktree":
        packed = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        return
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)


def in_process(tree: Path, work: Callable[[Send], None], cpu_s: float) -> Iterator[Any]:
    """Run work in a forked process that imports a copy, and yield the messages it sends.

    ``work`` is called with a function that sends a message. The last message is ``{"end": ...}``: empty, or what
    stopped the process.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            os.close(reading)
            limit_cpu(cpu_s)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            enter(tree)
            work(lambda message: _send(writing, message))
        except BaseException:  # noqa: BLE001 - the process ends here, whatever happened
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as stream:
        yield from (json.loads(line) for line in stream)
    yield {"end": how_it_ended(os.waitpid(child, 0)[1])}


def _send(writing: int, message: Any) -> None:
    os.write(writing, json.dumps(message).encode() + b"\n")


def limit_cpu(cpu_s: float) -> None:
    """Let the process end after so many seconds of computing, or eight times as many (and 20) of anything."""
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + cpu_s) + 1, resource.RLIM_INFINITY))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(8 * cpu_s) + 20)


def time_limit(usual: float) -> float:
    """Return the seconds of computing after which a test of a mutant counts as failed."""
    return 3 * usual + 5


def how_it_ended(status: int) -> str:
    """Return what stopped a process, or an empty text."""
    if not os.WIFSIGNALED(status):
        return ""
    number = os.WTERMSIG(status)
    limits = (signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM)
    return "time limit" if number in limits else signal.Signals(number).name


def enter(tree: Path) -> None:
    """Make a copy of the tree the one that is imported."""
    os.chdir(tree)
    away = {str(ROOT), str(ROOT / "tools"), ""}
    sys.path[:] = [str(tree), *(entry for entry in sys.path if entry not in away)]
    os.environ["PYTHONPATH"] = str(tree)
    log = os.open(tree.parent / "output.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    import symnum

    assert str(symnum.__file__).startswith(str(tree)), f"{symnum.__file__} is not in the copy"


# --- all mutants in one import, each behind a switch ---


class Server:
    """Pytest plugin that collects once, then finds out which tests meet which mutants, and judges mutants in forks."""

    def __init__(self, numbers: list[int], send: Send) -> None:
        self.numbers = numbers
        self.send = send
        self.met: set[int] = set()
        self.active = -1
        self.seconds: dict[str, float] = {}
        builtins._mutant = self.is_active  # type: ignore[attr-defined]

    def is_active(self, number: int) -> bool:
        """Say whether a mutant is on; it has been met in any case."""
        self.met.add(number)
        return number == self.active

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do everything."""
        if session.testsfailed:
            self.send({"broken": session.testsfailed})
        early = frozenset(self.met)  # met while importing: a switch thrown later would be thrown too late
        gc.freeze()
        found = [self.in_fork(lambda item=item: self.record(item), 300) for item in session.items]  # type: ignore[misc]
        tests = {
            item.nodeid: (result["seconds"], frozenset(result["met"]))
            for item, result in zip(session.items, found)
            if result.get("passed")
        }
        items = {item.nodeid: item for item in session.items}
        order = sorted(tests, key=lambda name: (int(tests[name][0] * 20).bit_length(), name))
        self.seconds = {name: seconds for name, (seconds, _) in tests.items()}
        self.send({"left out": sorted(set(items) - set(order)), "early": sorted(early)})
        for name in order:
            self.send({"test": name, "seconds": tests[name][0], "met": sorted(tests[name][1])})
        left, killers = [number for number in self.numbers if number not in early], {}
        while left:
            for number in left:
                self.active = number
                chosen = [name for name in order if number in tests[name][1]]
                killers[number] = self.killer([items[name] for name in chosen])
                self.send({"mutant": number, "killed_by": killers[number], "tests": len(chosen)})
            self.active = -1
            guilty = self.killer([items[name] for name in order if name in killers.values()])
            left = [number for number, name in killers.items() if name == guilty] if guilty else []
            if guilty:  # it fails in company without any mutant
                order.remove(guilty)
                self.send({"fails unchanged": guilty})
        return True

    def killer(self, items: list[pytest.Item]) -> str | None:
        """Return the first of some tests that fails, or what stopped them."""
        result = self.in_fork(lambda: self.first_failure(items), 60)
        return result["failed"] if "failed" in result else str(result["end"])

    def in_fork(self, work: Callable[[], dict[str, Any]], cpu_s: float) -> dict[str, Any]:
        """Return what the work returns in a fork, or ``{"end": what stopped it}``."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                limit_cpu(cpu_s)
                _send(writing, work())
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as stream:
            text = stream.readline()
        ended = how_it_ended(os.waitpid(child, 0)[1])
        return dict(json.loads(text)) if text.endswith("\n") else {"end": ended or "crash"}

    def record(self, item: pytest.Item) -> dict[str, Any]:
        """Run one test, in a process of its own so that what an earlier test has left in caches hides nothing."""
        self.met.clear()
        began = time.process_time()
        passed = all(report.passed for report in runtestprotocol(item, nextitem=None, log=False))
        return {"passed": passed, "seconds": time.process_time() - began, "met": sorted(self.met)}

    def first_failure(self, items: list[pytest.Item]) -> dict[str, Any]:
        """Run tests until one fails."""
        for item, following in zip(items, [*items[1:], None]):
            limit_cpu(time_limit(self.seconds[item.nodeid]))
            if any(report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
                return {"failed": item.nodeid}
        return {"failed": None}


# --- one mutant in the text of its file ---


class Judge:
    """Pytest plugin: runs the named tests in the named order, and sends the first failure."""

    def __init__(self, seconds: dict[str, float], send: Send) -> None:
        self.seconds = seconds
        self.place = {name: place for place, name in enumerate(seconds)}
        self.send = send

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the named tests, in the named order."""
        chosen = [item for item in items if item.nodeid in self.place]
        items[:] = sorted(chosen, key=lambda item: self.place[item.nodeid])
        self.send({"collected": len(items)})

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin the time of a test."""
        limit_cpu(time_limit(self.seconds[item.nodeid]))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported is a failure."""
        if report.failed:
            self.send({"failed": f"import of {report.nodeid}"})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send a failure."""
        if report.failed:
            self.send({"failed": report.nodeid})


def run_tests(tree: Path, seconds: dict[str, float]) -> str | None:
    """Import a copy and run tests; return the one that fails, or what ended the run, or None if all pass."""

    def work(send: Send) -> None:
        sys.dont_write_bytecode = True
        files = list(dict.fromkeys(name.split("::")[0] for name in seconds))
        send({"exit": int(pytest.main([*OPTIONS, "-x", *files], plugins=[Judge(seconds, send)]))})

    messages = {key: value for message in in_process(tree, work, 60) for key, value in message.items()}
    if "failed" in messages:
        return str(messages["failed"])
    if messages["end"] or "exit" not in messages:
        return str(messages["end"] or "import")
    return None if messages["exit"] == 0 else "crash"


# --- the sample ---


class Workshop:
    """Two copies of the tree: in one all mutants of the sample behind switches, in the other one at a time as text."""

    def __init__(self, folder: Path, revision: str, tests: Sequence[str]) -> None:
        self.tests = tests
        self.folder, self.text, self.switched = folder, folder / "text", folder / "switched"
        copy_of_tree(self.text, revision)
        files = sorted(path for top in SOURCES for path in (self.text / top).rglob("*.py"))
        self.mutants = [m for path in files for m in mutants_of(self.text, path.relative_to(self.text))]
        self.mutants = [m for m in self.mutants if not m.file.startswith(EXCLUDED)]
        self.mutants = [m for m in self.mutants if not self.is_compiled(m) or int(m.rank(0), 16) % 2]

    def prepare(self, sample: list[Mutant]) -> None:
        """Write the switched copy; compile the arena's kernels for both."""
        shutil.copytree(self.text, self.switched)
        by_file: dict[str, dict[int, Mutant]] = {}
        for number, mutant in enumerate(sample):
            if self.has_switch(mutant):
                by_file.setdefault(mutant.file, {})[number] = mutant
        for file, mutants in by_file.items():
            path = self.switched / file
            path.write_text(switched(path.read_bytes(), mutants))
        os.environ["SYMNUM_CACHE_DIR"] = str(self.folder / "cache")
        for tree in (self.text, self.switched):
            # Byte code is taken only if it belongs to the source as it is, whatever the times of the files say.
            command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", "."]
            subprocess.run(command, cwd=tree, check=True)
        command = [sys.executable, "-m", "symnum.terms.arena.warm"]
        environment = {**os.environ, "PYTHONPATH": str(self.text)}
        subprocess.run(command, cwd=self.text, check=True, capture_output=True, env=environment)

    def has_switch(self, mutant: Mutant) -> bool:
        """Say whether a mutant can stand behind a switch: not in a pattern, and not in machine code."""
        return mutant.places[2] and not self.is_compiled(mutant)

    def is_compiled(self, mutant: Mutant) -> bool:
        """Say whether a mutant's file ends up in machine code."""
        return mutant.file.startswith(COMPILED)

    def judge_all(self, sample: list[Mutant]) -> Iterator[tuple[Mutant, str | None, int]]:
        """Yield each mutant with what killed it, or None, and the number of tests that meet it."""

        def work(send: Send) -> None:
            names = [name for name in self.tests if (self.switched / name).exists()]
            pytest.main([*OPTIONS, *names], plugins=[Server(numbers, send)])

        numbers = [number for number, mutant in enumerate(sample) if self.has_switch(mutant)]
        tests: dict[str, tuple[float, set[int]]] = {}
        judged = set()
        for message in in_process(self.switched, work, 10**5):
            if "test" in message:
                tests[message["test"]] = message["seconds"], set(message["met"])
            elif "fails unchanged" in message:
                tests.pop(message["fails unchanged"])
            elif "mutant" in message:
                judged.add(message["mutant"])
                yield sample[message["mutant"]], message["killed_by"], message["tests"]
            else:
                print(message, flush=True)
        assert tests, f"no test ran; see {self.folder}"
        for number, mutant in sorted(enumerate(sample), key=lambda pair: self.is_compiled(pair[1])):
            if number not in judged:
                names = [name for name, (_, met) in tests.items() if number in met]
                if not names:  # met when a module is imported, or without a switch that could tell
                    names = [name for name in tests if not self.is_compiled(mutant) or "arena" in name.lower()]
                yield mutant, self.judge(mutant, {name: tests[name][0] for name in names}), len(names)

    def judge(self, mutant: Mutant, seconds: dict[str, float]) -> str | None:
        """Run the tests of one mutant, the fastest in a first run."""
        path = self.text / mutant.file
        original = path.read_bytes()
        try:
            path.write_bytes(mutant.apply(original))
            if self.is_compiled(mutant):  # compiled by the first test
                seconds = {name: cpu + COMPILING for name, cpu in seconds.items()}
            names = list(seconds)
            for part in (names[:FIRST_TESTS], names[FIRST_TESTS:]):
                killer = run_tests(self.text, {name: seconds[name] for name in part}) if part else None
                if killer is not None:
                    return killer
        finally:
            path.write_bytes(original)
        return None


# --- the sample and its score ---


def explained(entry: dict[str, Any], reasons: dict[tuple[str, str, str, int], str]) -> dict[str, Any]:
    """Mark a survivor for which a reason is given as equivalent."""
    reason = reasons.get((entry["file"], entry["function"], entry["mutation"], entry["ordinal"]))
    if entry["status"] == "survived" and reason:
        return entry | {"status": "equivalent", "reason": reason}
    return entry


def read_reasons() -> dict[tuple[str, str, str, int], str]:
    """Return the explanations of mutants that change nothing."""
    if not EQUIVALENTS.exists():
        return {}
    table = tomllib.loads(EQUIVALENTS.read_text())["equivalent"]
    return {(row["file"], row["function"], row["mutation"], row.get("ordinal", 0)): row["reason"] for row in table}


def summary(result: dict[str, Any]) -> str:
    """Return the results as text: the score, what survived, what is equivalent, and every mutant."""
    entries = result["mutants"]
    by = {status: [e for e in entries if e["status"] == status] for status in ("killed", "survived", "equivalent")}
    drawn = f"{len(entries)} mutants, seed {result['seed']}, drawn from {result['population']}"
    lines = [
        f"Mutation testing of {' and '.join(SOURCES)}, revision {result['revision']}: {drawn}",
        f"killed {len(by['killed'])}, survived {len(by['survived'])}, equivalent {len(by['equivalent'])}",
        f"score {len(by['killed'])} / ({len(entries)} - {len(by['equivalent'])}) = {100 * result['score']:.1f} %",
    ]
    for status in ("survived", "equivalent"):
        lines += ["", f"{status}:"]
        for e in by[status]:
            lines.append(f"  {e['file']}:{e['line']}  {e['function']}  {e['mutation']}  [{e['tests']} tests]")
            lines += [f"      {e['reason']}"] if "reason" in e else []
    lines += ["", "all mutants:"]
    lines += [
        f"  {e['file']}:{e['line']}  {e['function']}  [{e['kind']}] {e['mutation']}  {e['status']}"
        + (f" by {e['killed_by']}" if e["killed_by"] else "")
        for e in entries
    ]
    return "\n".join(lines) + "\n"


def write(entries: list[dict[str, Any]], seed: int, population: int, revision: str, output: Path) -> dict[str, Any]:
    """Write the results as JSON and as text."""
    reasons = read_reasons()
    entries = [explained(entry, reasons) for entry in entries]
    count = {s: sum(e["status"] == s for e in entries) for s in ("killed", "survived", "equivalent")}
    score = count["killed"] / max(1, len(entries) - count["equivalent"])
    result = {"seed": seed, "population": population, "revision": revision, **count, "score": score, "mutants": entries}
    output.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    output.with_suffix(".txt").write_text(summary(result))
    return result


def main() -> int:
    """Draw the sample, judge it, write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300, help="mutants in the sample")
    parser.add_argument("--revision", default="HEAD", help="what is mutated: a commit, or `worktree`")
    parser.add_argument("--survivors", action="store_true", help="only those of the stored results that survived")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="files and folders of tests")
    parser.add_argument("--part", help="only mutants whose file contains this text")
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    for name in PRELOADED.split():
        try:
            __import__(name)
        except ImportError:
            print(f"{name} is not installed")
    command = ["git", "rev-parse", "--short", "HEAD" if given.revision == "worktree" else given.revision]
    revision = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        workshop = Workshop(Path(folder).resolve(), given.revision, given.tests)
        sample = sorted(workshop.mutants, key=lambda mutant: mutant.rank(given.seed))[: given.count]
        sample = [mutant for mutant in sample if given.part is None or given.part in mutant.file]
        stored = read_results(given.output) if given.survivors else {}
        judged = judge_sample(workshop, sample, stored)
        result = write(judged, given.seed, len(workshop.mutants), revision, given.output)
    print(summary(result).split("\nall mutants:", maxsplit=1)[0])
    return 0


def read_results(path: Path) -> dict[str, dict[str, Any]]:
    """Return earlier results by the mutants' identities."""
    entries = json.loads(path.read_text())["mutants"] if path.exists() else []
    return {entry["identity"]: entry for entry in entries}


def judge_sample(workshop: Workshop, sample: list[Mutant], stored: dict[Any, dict[str, Any]]) -> list[dict[str, Any]]:
    """Judge the mutants of the sample but for those that are known to be killed."""
    done = {m: stored[m.identity] | {"line": m.line} for m in sample if m.identity in stored}
    done = {m: entry for m, entry in done.items() if entry["status"] == "killed"}
    left = [mutant for mutant in sample if mutant not in done]
    began = time.perf_counter()
    workshop.prepare(left)
    for mutant, killer, count in workshop.judge_all(left):
        done[mutant] = {
            "identity": mutant.identity, "file": mutant.file, "function": mutant.function, "line": mutant.line,
            "kind": mutant.kind, "mutation": mutant.mutation, "ordinal": mutant.ordinal, "tests": count,
            "killed_by": killer, "status": "survived" if killer is None else "killed",
        }  # fmt: skip
        status = f"{done[mutant]['status']} {mutant.identity}: {killer or count}"
        print(f"{len(done)}/{len(sample)} {time.perf_counter() - began:.0f} s {status}", flush=True)
    return [done[mutant] for mutant in sample]


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") == "1":
        sys.exit(main())
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "PYTHONHASHSEED"):
        os.environ[variable] = "1"
    os.execv(sys.executable, [sys.executable, *sys.argv])
