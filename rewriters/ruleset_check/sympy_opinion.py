"""SymPy's opinion on whether two terms are equal, asked of a process of its own that is ended when it is late."""

import contextlib
import os
import pickle
import select
import subprocess
import sys
import time

from rewriters.ruleset_check.instances import Instance
from symnum.errors import SymnumError
from symnum.terms.substitute import substitute
from symnum.terms.tree import TreeLeaf

_START_S = 60.0
_SLICE_S = 0.1


class Sympy:
    """A process in which SymPy runs, started when first asked."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.process: subprocess.Popen[bytes] | None = None
        self.received = bytearray()

    def opinion(self, pair: Instance) -> str:
        """Return "equal", "not equal" or "unknown" with a reason."""
        domains = {TreeLeaf(n): TreeLeaf(n, None, word) for n, word in pair.domains.items() if word != "complex"}
        known = {TreeLeaf(n): value for n, value in pair.equalities.items()}
        sides = [substitute(side, known) if known else side for side in (pair.left, pair.right)]
        left, right = [substitute(side, domains) if domains else side for side in sides]
        try:
            request = pickle.dumps((left, right))
        except (pickle.PicklingError, TypeError, AttributeError, SymnumError) as error:
            return f"unknown ({type(error).__name__})"
        said = self._ask(request)
        if said == "not equal" and pair.compared - set(pair.equalities):
            return "unknown (it is not told the condition)"
        return said

    def _ask(self, request: bytes) -> str:
        process = self._running()
        if process is None:
            return "unknown (SymPy did not start)"
        end = time.monotonic() + self.timeout_s
        try:
            assert process.stdin is not None
            process.stdin.write(len(request).to_bytes(8, "little") + request)
            process.stdin.flush()
            answer = self._line(process, end)
        except OSError:
            answer = None
        if answer is None:
            self.stop()
            return f"unknown (more than {self.timeout_s:g} s)"
        return answer

    def _running(self) -> "subprocess.Popen[bytes] | None":
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rewriters.ruleset_check.sympy_main"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            if self._line(self.process, time.monotonic() + _START_S) != "ready":
                self.stop()
        return self.process

    def _line(self, process: "subprocess.Popen[bytes]", end: float) -> str | None:
        """Return the next line of the answer; None if there is none in time.

        What is read after the end is late, even if it was there before: whether this process is held up or the other
        one must make no difference to what is said.
        """
        assert process.stdout is not None
        descriptor = process.stdout.fileno()
        while b"\n" not in self.received:
            left = end - time.monotonic()
            readable, _, _ = select.select([descriptor], [], [], max(0.0, min(_SLICE_S, left)))
            if readable:
                data = os.read(descriptor, 4096)
                if not data:
                    return None
                self.received += data
            if time.monotonic() > end:
                return None
        line, _, rest = bytes(self.received).partition(b"\n")
        self.received = bytearray(rest)
        return line.decode()

    def stop(self) -> None:
        """End the process; the next question starts another."""
        if self.process is None:
            return
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self.process.wait()
        self.process, self.received = None, bytearray()
