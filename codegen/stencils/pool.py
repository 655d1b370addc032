"""Threads that wait in machine code for loops to share: started once, woken in a microsecond, without the GIL.

A worker watches a counter. When it changes, it calls the function that the pool names, with its own number and the
number of threads, and says that it is done. It watches for some tens of microseconds, as long as steps follow each
other, and then sleeps in the kernel until it is woken.
"""

import ctypes
import functools
import math
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from string import Template
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codegen.native import LoadedObject, object_code, triple
from codegen.stencils.machine import vector_bytes

__all__ = ["RUN", "SHARED_FROM", "Sharing", "ThreadPool", "available_threads", "pool_of", "sharing", "threads_for"]

# Places in the pool, in 8 bytes; what many write and many read stand on cache lines of their own.
_GENERATION, _DONE, _SLEEPERS, _BUSY = 0, 16, 32, 48
_FUNCTION, _ARGUMENT, THREADS, RUN = 64, 65, 66, 67
_SIZE = 80

_SPINS = 4000
_FUTEX = {"x86_64": 202, "aarch64": 98}


_WORKER = """
define void @worker(ptr %pool, i64 %index, i64 %first) {
entry:
$places
  br label %wait
wait:
  %seen = phi i64 [%first, %entry], [%now, %finished]
  br label %spin
spin:
  %k = phi i64 [0, %wait], [%k1, %again], [0, %slept_once]
  %now = load atomic i64, ptr %g acquire, align 8
  %new = icmp ne i64 %now, %seen
  br i1 %new, label %work, label %again
again:
  $pause
  %k1 = add i64 %k, 1
  %tired = icmp sgt i64 %k1, $spins
  br i1 %tired, label %bed, label %spin
bed:
  %s1 = atomicrmw add ptr %s, i64 1 seq_cst
$sleep
  %s2 = atomicrmw sub ptr %s, i64 1 seq_cst
  br label %slept_once
slept_once:
  br label %spin
work:
  %function = load ptr, ptr %f
  %argument = load ptr, ptr %a
  %threads = load i64, ptr %n
  %mine = icmp slt i64 %index, %threads
  br i1 %mine, label %call, label %finished
call:
  call void %function(ptr %argument, i64 %index, i64 %threads)
  %done = atomicrmw add ptr %d, i64 1 acq_rel
  br label %finished
finished:
  br label %wait
}
"""

_RUN = """
define void @run(ptr %pool, ptr %function, ptr %argument) {
entry:
$places
  %threads = load i64, ptr %n
  %alone = icmp sle i64 %threads, 1
  br i1 %alone, label %serial, label %try
try:
  %pair = cmpxchg ptr %b, i64 0, i64 1 acquire monotonic
  %free = extractvalue { i64, i1 } %pair, 1
  br i1 %free, label %share, label %serial
serial:
  call void %function(ptr %argument, i64 0, i64 1)
  ret void
share:
  store ptr %function, ptr %f
  store ptr %argument, ptr %a
  store atomic i64 0, ptr %d monotonic, align 8
  %old = atomicrmw add ptr %g, i64 1 seq_cst
  %sleeping = load atomic i64, ptr %s seq_cst, align 8
  %any = icmp ne i64 %sleeping, 0
  br i1 %any, label %rouse, label %own
rouse:
$wake
  br label %own
own:
  call void %function(ptr %argument, i64 0, i64 %threads)
  %others = sub i64 %threads, 1
  br label %watch
watch:
  %k = phi i64 [0, %own], [%k1, %more], [0, %yield]
  %count = load atomic i64, ptr %d acquire, align 8
  %all = icmp sge i64 %count, %others
  br i1 %all, label %end, label %more
more:
  $pause
  %k1 = add i64 %k, 1
  %long = icmp sgt i64 %k1, $spins
  br i1 %long, label %yield, label %watch
yield:
  %y = call i32 @sched_yield()
  br label %watch
end:
  store atomic i64 0, ptr %b release, align 8
  ret void
}
"""

_WORK_LOOP = """
define void @work(ptr %argument, i64 %index, i64 %threads) {
entry:
  %grid = load ptr, ptr %argument
  %cp = getelementptr i64, ptr %argument, i64 1
  %count = load i64, ptr %cp
  %a0 = mul i64 %count, %index
  %a1 = udiv i64 %a0, %threads
  %a = and i64 %a1, -64
  %i1 = add i64 %index, 1
  %b0 = mul i64 %count, %i1
  %b1 = udiv i64 %b0, %threads
  %b = and i64 %b1, -64
  br label %head
head:
  %i = phi i64 [%a, %entry], [%next, %body]
  %sum = phi $kind [zeroinitializer, %entry], [%sum1, %body]
  %more = icmp slt i64 %i, %b
  br i1 %more, label %body, label %end
body:
  %at = getelementptr double, ptr %grid, i64 %i
$lines
  %sum1 = fadd $kind %sum, %x11
  %next = add i64 %i, $lanes
  br label %head
end:
  %first = extractelement $kind %sum, i64 0
  call void asm sideeffect "", "x"(double %first)
  ret void
}
"""


def _module() -> str:
    """Return what workers do, and how work is handed to them."""
    pause = 'call void asm sideeffect "pause", ""()' if platform.machine() in ("x86_64", "AMD64") else ""
    futex = _FUTEX.get(platform.machine()) if sys.platform == "linux" else None
    sleep, wake, declared = "  %slept = call i32 @usleep(i32 50)", "", "declare i32 @usleep(i32)"
    if futex is not None:
        declared = "declare i64 @syscall(i64, ...)"
        # FUTEX_WAIT_PRIVATE = 128 and FUTEX_WAKE_PRIVATE = 129; the low half of the counter is what is watched.
        call = f"call i64 (i64, ...) @syscall(i64 {futex}, ptr %g, i64"
        sleep = f"  %low = trunc i64 %seen to i32\n  %slept = {call} 128, i32 %low, ptr null, ptr null, i64 0)"
        wake = f"  %woken = {call} 129, i32 1024, ptr null, ptr null, i64 0)"
    slots = {"g": _GENERATION, "d": _DONE, "s": _SLEEPERS, "b": _BUSY, "f": _FUNCTION, "a": _ARGUMENT, "n": THREADS}
    places = "\n".join(f"  %{name} = getelementptr i64, ptr %pool, i64 {slot}" for name, slot in slots.items())
    words = {"places": places, "pause": pause, "spins": str(_SPINS), "sleep": sleep, "wake": wake}
    text = "".join(Template(part).substitute(words) for part in (_WORKER, _RUN))
    return f'target triple = "{triple()}"\n{declared}\ndeclare i32 @sched_yield()\n{text}'


def _work() -> str:
    """Return a loop like those that are to be shared: neighbours read, a dozen operations, one result."""
    lanes = vector_bytes() // 8
    kind = f"<{lanes} x double>"
    lines = []
    for name, offset in (("l", 0), ("m", 8), ("r", 16), ("u", 40)):
        lines.append(f"  %{name}p = getelementptr double, ptr %at, i64 {offset}")
        lines.append(f"  %{name} = load {kind}, ptr %{name}p, align 8")
    lines.append(f"  %x0 = fadd {kind} %l, %r")
    values = ["%m", "%u", "%l", "%r"]
    lines += [f"  %x{k + 1} = {'fmul' if k % 2 else 'fadd'} {kind} %x{k}, {values[k % 4]}" for k in range(11)]
    return Template(_WORK_LOOP).substitute(kind=kind, lanes=str(lanes), lines="\n".join(lines))


@functools.cache
def _code() -> LoadedObject:
    return LoadedObject.load(object_code(_module() + _work()))


def available_threads() -> int:
    """Return how many processors this process may use; `SYMNUM_THREADS` sets another limit."""
    limit = os.environ.get("SYMNUM_THREADS", "")
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(int(limit), count)) if limit.isdigit() else count


class ThreadPool:
    """Threads that share loops of machine code.

    Parameters
    ----------
    threads : int
        The calling one among them.

    Examples
    --------
    >>> from codegen.stencils.pool import ThreadPool
    >>> ThreadPool(1).threads
    1
    """

    def __init__(self, threads: int) -> None:
        raw = np.zeros(_SIZE + 8, np.int64)
        start = -raw.ctypes.data % 64 // 8
        self.memory: NDArray[np.int64] = raw[start : start + _SIZE]
        self.memory[THREADS] = threads
        self.memory[RUN] = _code().address("run")
        worker = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)(_code().address("worker"))
        for index in range(1, threads):
            arguments = (self.address, index, 0)
            threading.Thread(target=worker, args=arguments, daemon=True, name=f"symnum-{index}").start()
        _pools.append(self)

    @property
    def address(self) -> int:
        """Address of the pool, for slot 11 of a context."""
        return int(self.memory.ctypes.data)

    @property
    def threads(self) -> int:
        """Number of threads that share the next loop."""
        return int(self.memory[THREADS])

    @functools.cached_property
    def run(self) -> Callable[[int, int, int], None]:
        """``run(pool, function, argument)`` on addresses; calls ``function(argument, index, threads)`` on each."""
        return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3)(_code().address("run"))


_pools: list[ThreadPool] = []


def _without_workers() -> None:
    """After a fork the child has no workers: its loops run on the one thread that there is."""
    for pool in _pools:
        pool.memory[THREADS] = 1
        pool.memory[_BUSY] = 0
    pool_of.cache_clear()
    sharing.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_without_workers)


@functools.cache
def pool_of(threads: int) -> ThreadPool:
    """Return the pool of so many threads, started at first use."""
    return ThreadPool(threads)


class Sharing(NamedTuple):
    """How many threads share loops, and from how many results on that pays."""

    threads: int
    least: float


_WORTH = 1.5
"""Least gain by threads: two on one core's two halves get in each other's way."""
_SECONDS_PER_RESULT = 1e-9


@functools.cache
def sharing() -> Sharing:
    """Measure, once per process, what threads bring here: about 5 ms."""
    threads = available_threads()
    if threads == 1:
        return Sharing(1, math.inf)
    pool = pool_of(threads)
    rounds = 7
    grid = np.ones(_WORK + 64)
    argument = np.array([grid.ctypes.data, _WORK], np.int64)
    idle = np.array([grid.ctypes.data, 0], np.int64)
    work = _code().address("work")
    alone = min(_seconds(pool, work, argument, 1) for _ in range(rounds))
    together = min(_seconds(pool, work, argument, threads) for _ in range(rounds))
    dispatch = min(_seconds(pool, work, idle, threads) for _ in range(rounds))
    gain = alone / together
    if gain < _WORTH:
        return Sharing(1, math.inf)
    # Worth it where twice the time to hand out the work is won back.
    return Sharing(threads, 2 * dispatch / (1 - 1 / gain) / _SECONDS_PER_RESULT)


def threads_for(results: int) -> int:
    """Return how many threads shall share loops with so many results."""
    if results < SHARED_FROM:
        return 1
    measured = sharing()
    return measured.threads if results >= measured.least else 1


SHARED_FROM = 1 << 15
"""Kernels with fewer results are compiled without a way to share them; handing out work takes longer."""
_WORK = 1 << 16


def _seconds(pool: ThreadPool, function: int, argument: NDArray[np.int64], threads: int) -> float:
    pool.memory[THREADS] = threads
    start = time.perf_counter()
    for _ in range(4):
        pool.run(pool.address, function, argument.ctypes.data)
    return (time.perf_counter() - start) / 4
