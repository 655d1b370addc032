"""The worker process as this process sees it: started when first needed, kept warm, replaced when it fails.

It belongs to the process that started it: after a fork the child starts one of its own. It is ended at exit, and ends
itself when its parent is gone.
"""

import atexit
import contextlib
import importlib.util
import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from rewriters.egraph import worker_main
from rewriters.egraph.worker_main import LENGTHS, MEMORY_EXCEEDED
from symnum.errors import MissingDependencyError, UnsupportedError

_PROGRAM = Path(worker_main.__file__)
_START_S = 30.0
_SLICE_S = 0.05
_CHUNK = 1 << 20


class WorkerError(Exception):
    """The worker could not answer; the message says why, in the words of reports."""


def bindings_file() -> str:
    """Return the file of egglog's extension module, without importing egglog.

    Raises
    ------
    MissingDependencyError
        If egglog is not installed.
    """
    found = importlib.util.find_spec("egglog")
    folders = list(found.submodule_search_locations or ()) if found is not None else []
    for folder in folders:
        for file in sorted(Path(folder).glob("bindings*")):
            if file.suffix in (".so", ".pyd"):
                return str(file)
    raise MissingDependencyError(
        "the e-graph engine needs the package egglog, which is not installed. Install symnum with it: "
        "pip install '.[egraph]' in symnum's folder, or pip install egglog; or use engine=\"classical\"."
    )


class Worker:
    """One worker process."""

    def __init__(self) -> None:
        file = bindings_file()
        if os.name != "posix":
            raise UnsupportedError('the e-graph engine runs on POSIX systems alone; use engine="classical".')
        self.owner = os.getpid()
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", str(_PROGRAM), file, str(self.owner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for this process; it ends the worker itself
        )
        self.received = bytearray()
        self.is_ready = False

    def send(self, request: dict[str, Any], end: float) -> None:
        """Send a request.

        Raises
        ------
        WorkerError
            If the worker is gone, or takes nothing in until the time is up.
        """
        head = json.dumps(request).encode()
        data = memoryview(LENGTHS.pack(len(head), 0) + head)
        assert self.process.stdin is not None
        descriptor = self.process.stdin.fileno()
        while data:
            _, writable, _ = select.select([], [descriptor], [], _SLICE_S)
            if writable:
                try:
                    data = data[os.write(descriptor, data[: select.PIPE_BUF]) :]
                except OSError as error:
                    raise WorkerError(self.cause()) from error
            elif time.monotonic() > end:
                raise WorkerError("timeout")

    def wait_until_ready(self) -> None:
        """Wait for the process to have loaded egglog."""
        if not self.is_ready:
            self.receive(time.monotonic() + _START_S)
            self.is_ready = True

    def receive(self, end: float) -> tuple[dict[str, Any], bytes]:
        """Return the next message.

        Raises
        ------
        WorkerError
            If the worker ends before it has answered, or the time is up.
        """
        head, body = LENGTHS.unpack(self._take(LENGTHS.size, end))
        header: dict[str, Any] = json.loads(self._take(head, end))
        return header, self._take(body, end)

    def _take(self, count: int, end: float) -> bytes:
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        while len(self.received) < count:
            readable, _, _ = select.select([descriptor], [], [], _SLICE_S)
            if readable:
                data = os.read(descriptor, _CHUNK)
                if not data:
                    raise WorkerError(self.cause())
                self.received += data
            elif time.monotonic() > end:
                raise WorkerError("timeout")
        taken = bytes(self.received[:count])
        del self.received[:count]
        return taken

    def cause(self) -> str:
        """Return why the worker is gone."""
        try:
            status = self.process.wait(1.0)
        except subprocess.TimeoutExpired:
            return "crash"
        return "memory limit" if status == MEMORY_EXCEEDED else f"crash (exit status {status})"

    def stop(self) -> None:
        """End the process, if it is this one's to end."""
        if self.owner != os.getpid():
            return
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self.process.wait()


_lock = threading.RLock()
_worker: Worker | None = None


def warm() -> None:
    """Start the worker, if there is none, without waiting for it to be ready.

    Raises
    ------
    MissingDependencyError
        If egglog is not installed.
    """
    with _lock:
        _current()


def _current() -> Worker:
    global _worker
    if _worker is not None and (_worker.owner != os.getpid() or _worker.process.poll() is not None):
        _worker.stop()
        _worker = None
    if _worker is None:
        _worker = Worker()
    return _worker


def stop() -> None:
    """End the worker; the next request starts another."""
    global _worker
    with _lock:
        if _worker is not None:
            _worker.stop()
            _worker = None


def _after_fork() -> None:
    """Leave the parent's worker to the parent: a lock that another thread held would never open here."""
    global _lock, _worker
    _lock = threading.RLock()
    _worker = None


atexit.register(stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


Answer = tuple[dict[str, Any], bytes]


def ask(request: dict[str, Any], timeout_s: float) -> tuple[Answer | None, str]:
    """Send a request to the worker and wait for its last answer.

    Parameters
    ----------
    request : dict
        See `rewriters.egraph.engine`.
    timeout_s : float
        After this many seconds the worker is ended, and the last e-graph that it has sent is the answer.

    Returns
    -------
    (answer, failure)
        The last e-graph, or None if there was none; why the worker failed, empty if it did not.
    """
    with _lock:
        worker = _current()
        latest: Answer | None = None
        try:
            worker.wait_until_ready()
            end = time.monotonic() + timeout_s
            worker.send(request, end)
            while True:
                header, body = worker.receive(end)
                if header["kind"] == "error":
                    return latest, f"egglog failed: {header['message']}"
                latest = (header, body)
                if header["final"]:
                    return latest, ""
        except WorkerError as error:
            stop()
            return latest, str(error)
        except BaseException:  # Ctrl-C above all: what the worker would send is of no use any more
            stop()
            raise
