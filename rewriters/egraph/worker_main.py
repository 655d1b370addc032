"""The program of the worker process: runs egglog on what it is sent, and sends back the e-graph.

It is started as a file of its own, with nothing but the standard library and egglog's extension module, so that
it is ready in about a tenth of a second; it is the only file that loads egglog. Whatever goes wrong in egglog ends
this process and no other.
"""

import contextlib
import json
import os
import struct
import sys
import threading
import time
from array import array
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

LENGTHS = struct.Struct("<QQ")
MEMORY_EXCEEDED = 77
"""Exit status of a worker that has grown beyond its limit."""

_WATCH_S = 0.05
_MOST_PROGRAMS = 16
_SNAPSHOT_AFTER_S = 0.5
_BANNED_ROUNDS = 2
_CAREFUL = 4
_STEADY = 1.5


def load_bindings(path: str) -> Any:
    """Load egglog's extension module from its file, without the Python package around it (1.3 s)."""
    from importlib.machinery import ExtensionFileLoader
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("egglog.bindings", path, loader=ExtensionFileLoader("egglog.bindings", path))
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Channel:
    """Frames of a header in JSON and a block of bytes, over two file descriptors."""

    def __init__(self, source: Any, sink: Any) -> None:
        self.source, self.sink = source, sink

    def receive(self) -> tuple[dict[str, Any], bytes] | None:
        """Return the next frame, or None at the end."""
        lengths = self.source.read(LENGTHS.size)
        if len(lengths) < LENGTHS.size:
            return None
        head, body = LENGTHS.unpack(lengths)
        return json.loads(self.source.read(head)), self.source.read(body)

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Send one frame."""
        head = json.dumps(header).encode()
        self.sink.write(LENGTHS.pack(len(head), len(body)) + head + body)
        self.sink.flush()


def watch(parent: int, limit: list[int]) -> None:
    """End this process when its parent is gone, or when it uses more memory than it may."""
    page = os.sysconf("SC_PAGE_SIZE")
    while True:
        time.sleep(_WATCH_S)
        if os.getppid() != parent:
            os._exit(0)
        try:
            resident = int(Path("/proc/self/statm").read_bytes().split()[1]) * page
        except OSError:  # no such file on this system: no limit
            continue
        if limit[0] and resident > limit[0]:
            os._exit(MEMORY_EXCEEDED)


def nameless_file() -> Any:
    """Open a file that no folder holds: however this process ends, nothing is left behind."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("facts"), "wb")
    import tempfile

    return tempfile.TemporaryFile()


class Session:
    """One e-graph: loaded with facts, run by its rules until something stops it, and read out."""

    def __init__(self, bindings: Any, program: str, tables: dict[str, str]) -> None:
        self.graph = bindings.EGraph()
        self.groups: dict[tuple[str, ...], str] = {}
        self.made = 0
        # Release 13 hands out whole milliseconds as if they were microseconds.
        self.unit = 1.0 if hasattr(bindings, "MultiExtractOutput") else 1000.0
        for line in program.split("\n"):  # every syntax node carries a copy of the text that it was read from
            self.run(line)
        self.load(tables)
        self.run("(push)")

    def run(self, text: str) -> list[Any]:
        """Run commands."""
        return list(self.graph.run_program(*self.graph.parse_program(text)))

    def load(self, facts: dict[str, str]) -> None:
        """Read facts by way of files, which is the fastest way in."""
        with contextlib.ExitStack() as opened:
            commands = []
            for name, text in facts.items():
                file = opened.enter_context(nameless_file())
                file.write(text.encode())
                file.seek(0)  # which writes out what is buffered, too
                commands.append(f'(input {name} "/dev/fd/{file.fileno()}")')
            self.run("\n".join(commands))

    def sizes(self) -> dict[str, int]:
        """Return the number of rows of every table."""
        return dict(self.run("(print-size)")[0].sizes)

    def reset(self) -> None:
        """Go back to the state before any terms, and be ready for the next."""
        self.run("(pop)")
        self.run("(push)")
        self.groups.clear()  # they went with the pop

    def together(self, names: tuple[str, ...]) -> str:
        """Return one ruleset that holds some rulesets."""
        if len(names) == 1:
            return names[0]
        found = self.groups.get(names)
        if found is None:
            self.made += 1
            found = self.groups[names] = f"together{self.made}"
            self.run(f"(unstable-combined-ruleset {found} {' '.join(names)})")
        return found


class Run:
    """The run for one request.

    Rounds of all rules are driven from here, on both releases of egglog alike. Their own back-off scheduler is not
    used: in release 13 it forgets everything between two commands, in both it applies matches that were put off
    after they have become stale. On 200 kinetic laws it had 111,000 e-nodes (13) and 153,000 (14) after 32 rounds,
    and was still growing, where plain rounds end with all 35,255 there are after 7.
    """

    def __init__(self, session: Session, request: dict[str, Any], channel: Channel) -> None:
        self.session, self.request, self.channel = session, request, channel
        self.begin = time.monotonic()
        self.end = self.begin + request["timeout_s"]
        self.operations: list[str] = request["operations"]
        self.matches: dict[str, int] = {}
        self.seconds: dict[str, float] = {}
        self.loaded_s = 0.0
        self.iterations = 0
        self.nodes = 0
        self.growth = float(_CAREFUL)
        self.banned: dict[str, int] = {}
        self.bans: dict[str, int] = {}
        self.proved = False
        self.undefined = False

    def schedule(self, text: str) -> Any:
        """Run a schedule and count what it did."""
        report = self.session.run(f"(run-schedule {text})")[-1].report
        for name, count in report.num_matches_per_rule.items():
            if count:
                self.matches[name] = self.matches.get(name, 0) + count
        for name, spent in report.search_and_apply_time_per_rule.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + spent.total_seconds() * self.session.unit
        return report

    def count(self) -> int:
        """Return the number of e-nodes; looks for what the guards have found as well."""
        sizes = self.session.sizes()
        self.undefined = bool(sizes.get("undefined", 0))
        self.proved = bool(sizes.get("proved", 0))
        self.nodes = sum(sizes[name] for name in self.operations)
        return self.nodes

    def execute(self) -> None:
        """Load, run, and send the result."""
        self.session.load(self.request["facts"])
        self.schedule("(run leaves)")
        loaders = tuple(self.request["loaders"])
        if loaders:
            self.schedule(f"(saturate (run {self.session.together(loaders)}))")
        self.schedule("(run roots) (run unload)")
        self.matches.clear()
        self.seconds.clear()
        self.loaded_s = time.monotonic() - self.begin
        settle = self.request["settle"]
        if settle:
            self.schedule(settle)
        self.count()
        stop = self.iterate(settle)
        self.send_graph(stop, final=True)

    def iterate(self, settle: str) -> str:
        """Run all rules again and again; return why it ended."""
        groups: list[str] = self.request["groups"]
        last = time.monotonic()
        while True:
            stop = self.stop()
            if stop:
                return stop
            active = tuple(g for g in groups if self.banned.get(g, 0) <= self.iterations)
            before = self.nodes
            changed = bool(active) and self.step(active, settle)
            self.iterations += 1
            self.count()
            # A graph that has nearly stopped growing will not go far beyond its limit.
            self.growth = max(_CAREFUL * (self.nodes / max(before, 1) - 1.0), _STEADY)
            if not changed and len(active) == len(groups):
                return "proved" if self.proved else "division by zero" if self.undefined else "saturated"
            now = time.monotonic()
            if now - last > _SNAPSHOT_AFTER_S and not self.undefined and self.nodes > before:
                self.send_graph("timeout", final=False)
                last = time.monotonic()

    def step(self, active: tuple[str, ...], settle: str) -> bool:
        """Run the rules that are not at rest once; return whether anything is new."""
        if self.nodes * self.growth > self.request["node_limit"]:
            runs = [(group,) for group in active]  # one rule alone cannot go as far beyond the limit as all together
        else:
            runs = [active]  # type: ignore[list-item]
        changed = False
        for names in runs:
            report = self.schedule(f"(run {self.session.together(names)})")
            changed = bool(report.updated) or changed
            self.rest(report)
            if len(runs) > 1 and (self.count() > self.request["node_limit"] or time.monotonic() > self.end):
                return True
        if settle:
            changed = bool(self.schedule(settle).updated) or changed
        return changed

    def rest(self, report: Any) -> None:
        """Put rules to rest that match too often."""
        for name, count in report.num_matches_per_rule.items():
            group = self.request["group_of"].get(name)
            if group is None:
                continue
            if count > self.request["match_limit"] << self.bans.get(group, 0):
                times = self.bans[group] = self.bans.get(group, 0) + 1
                self.banned[group] = self.iterations + 1 + (_BANNED_ROUNDS << (times - 1))

    def stop(self) -> str:
        """Return why the run should end now, or nothing."""
        if self.undefined:
            return "division by zero"
        if self.proved:
            return "proved"
        if self.nodes > self.request["node_limit"]:
            return "node limit"
        if self.iterations >= self.request["iterations"]:
            return "iteration limit"
        if time.monotonic() > self.end:
            return "timeout"
        return ""

    def send_graph(self, stop: str, final: bool) -> None:
        """Send the e-graph as arrays of integers: for each operation rows of arguments and class."""
        header: dict[str, Any] = {
            "kind": "graph",
            "final": final,
            "stop": stop,
            "iterations": self.iterations,
            "nodes": self.nodes,
            "matches": self.matches,
            "seconds": self.seconds,
            "loaded_s": self.loaded_s,
            "ran_s": time.monotonic() - self.begin,
        }
        body = b""
        if self.request["want_graph"] or not final:
            begin = time.process_time()
            body = self.rows(header)
            header["read_s"] = time.process_time() - begin
        self.channel.send(header, body)

    def rows(self, header: dict[str, Any]) -> bytes:
        """Read all e-nodes; numbers of classes are given out as they come."""
        graph = self.session.graph
        functions = graph.freeze().functions
        numbers: defaultdict[Any, int] = defaultdict()
        numbers.default_factory = numbers.__len__
        flat = array("i")
        counts = []
        literals: list[str] = []
        for name in self.operations:
            rows = functions[name].rows
            counts.append(len(rows))
            if name == "N":
                for row in rows:
                    value: Fraction = graph.value_to_bigrat(row.inputs[0])
                    flat.extend((len(literals), numbers[row.output]))
                    literals.append(str(value))
            elif name in ("F", "S", "K"):
                flat.extend(
                    x for row in rows for x in (graph.value_to_i64(row.inputs[0]), numbers[row.output])
                )
            else:
                counts[-1] = 0
                for row in rows:
                    if not row.subsumed:
                        counts[-1] += 1
                        flat.extend([numbers[v] for v in row.inputs])
                        flat.append(numbers[row.output])
        roots = {graph.value_to_i64(row.inputs[0]): numbers[row.output] for row in functions["root"].rows}
        header.update(counts=counts, literals=literals, roots=sorted(roots.items()), classes=len(numbers))
        return flat.tobytes()


class Sessions:
    """Sessions whose program is loaded already; each serves one request after another."""

    def __init__(self, bindings: Any) -> None:
        self.bindings = bindings
        self.known: dict[str, Session] = {}

    def get(self, request: dict[str, Any]) -> Session:
        """Return a session with the program of a request."""
        key = request["program"]
        found = self.known.pop(key, None)
        if found is None:
            found = Session(self.bindings, key, request["tables"])
            while len(self.known) >= _MOST_PROGRAMS:
                self.known.pop(next(iter(self.known)))
        self.known[key] = found
        return found

    def drop(self, request: dict[str, Any]) -> None:
        """Forget a session that went wrong."""
        self.known.pop(request["program"], None)


def serve(channel: Channel, sessions: Sessions, limit: list[int]) -> None:
    """Answer requests until there are no more."""
    while True:
        frame = channel.receive()
        if frame is None:
            return
        request = frame[0]
        limit[0] = request["memory_bytes"]
        try:
            session = sessions.get(request)
            Run(session, request, channel).execute()
            session.reset()  # after the answer: nobody waits for it
        except BaseException as error:  # noqa: BLE001 - a panic of egglog derives from BaseException
            sessions.drop(request)
            channel.send({"kind": "error", "message": f"{type(error).__name__}: {error}"[:2000]})
        limit[0] = 0


def main() -> None:
    """Serve on the standard streams."""
    limit = [0]
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever egglog prints must not get between the frames
    channel = Channel(sys.stdin.buffer, sink)
    threading.Thread(target=watch, args=(int(sys.argv[2]), limit), daemon=True).start()
    sessions = Sessions(load_bindings(sys.argv[1]))
    channel.send({"kind": "ready"})
    serve(channel, sessions, limit)


if __name__ == "__main__":
    main()
