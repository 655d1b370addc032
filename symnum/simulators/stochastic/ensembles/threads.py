"""Blocks on threads: Ctrl-C, time limit, progress, errors."""

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from symnum.integrators.interrupts import HeldInterrupts
from symnum.integrators.status import Status

__all__ = ["run_blocks", "usable_threads"]

_LOOK = 0.05


def usable_threads() -> int:
    """Return the number of threads that this process may use at the same time."""
    import os

    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def run_blocks(
    blocks: int,
    threads: int,
    worker: Callable[[int], Callable[[int, Callable[[], bool]], None]],
    timeout_s: float | None = None,
    report: Callable[[], None] | None = None,
) -> Status:
    """Run blocks 0, 1, ... on threads, each on the next thread that is free.

    Parameters
    ----------
    blocks, threads : int
    worker : callable
        ``worker(number of the thread)`` is called in the thread and returns ``run(block, stop)``, which returns soon
        after ``stop()`` has become true.
    timeout_s : float, optional
        Seconds after which to stop.
    report : callable, optional
        Called some times a second.

    Returns
    -------
    Status
        SUCCESS, TIMEOUT or INTERRUPTED. What a worker or `report` raises is raised here, after all threads have ended.
    """
    began = time.perf_counter()
    stopped, ended = threading.Event(), threading.Semaphore(0)
    numbers = itertools.count()  # each thread takes the next: atomic under the interpreter lock

    def work(thread: int) -> None:
        try:
            run = worker(thread)
            while not stopped.is_set() and (block := next(numbers)) < blocks:
                run(block, stopped.is_set)
        finally:
            ended.release()

    status = Status.SUCCESS
    with ThreadPoolExecutor(threads, "symnum-ensemble") as pool, HeldInterrupts() as interrupts:
        submitted = [pool.submit(work, k) for k in range(threads)]
        left = threads
        try:
            while left:
                limit = _LOOK if timeout_s is None else min(_LOOK, max(began + timeout_s - time.perf_counter(), 1e-3))
                if ended.acquire(timeout=limit):
                    left -= 1
                    if any(future.done() and future.exception() is not None for future in submitted):
                        stopped.set()
                elif not stopped.is_set():
                    status = _why_stop(interrupts, began, timeout_s)
                    if status is not Status.SUCCESS:
                        stopped.set()
                    elif report is not None:
                        report()
        except KeyboardInterrupt:  # where somebody else handles Ctrl-C
            status = Status.INTERRUPTED
        finally:
            stopped.set()
    for future in submitted:
        future.result()
    return status


def _why_stop(interrupts: HeldInterrupts, began: float, timeout_s: float | None) -> Status:
    if interrupts.pending:
        return Status.INTERRUPTED
    if timeout_s is not None and time.perf_counter() - began >= timeout_s:
        return Status.TIMEOUT
    return Status.SUCCESS
