"""Prices of operations measured on this machine: cycles of each as codegen emits it, within straight-line code.

A kernel of many independent operations runs as fast as the processor takes them in (throughput), which is what
straight-line code mostly comes to; a chain, each operation waiting for the one before, takes their latency. A price is
the difference of two kernels that differ in nothing but the operations. Of all timings the shortest counts: whatever
else the machine does makes them longer. A cycle is what one step of a chain of integer additions takes.
"""

import ctypes
import functools
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codegen.functions import Op
from codegen.native import LoadedObject, cpu_name, object_code, triple
from codegen.repeated import RepeatedKernel
from codegen.tape import TapeBuilder
from rewriters.egraph.costs.table import DEFAULT_PRICES, calibrated_file, write_calibration
from symnum.display import format_seconds, html_table, plain_table
from symnum.errors import InputError

__all__ = ["Calibration", "calibrate"]

_STATES = 160
_FEW = 11
_CHAINS = 10
_SIDE_BY_SIDE = (4, 30)
_ALONE = (60, 300)
"""Lengths of the chains: the processor looks some hundreds of operations ahead, so short ones overlap."""
_SLICE_S = 2e-4
_LEAST = 0.05
_SLIGHTLY = 1.03
_STEPS = (4_000, 20_000)

Make = Callable[[TapeBuilder, Sequence[int]], Sequence[int]]
"""Returns the outputs of a kernel, given the nodes of the states."""


class Calibration(NamedTuple):
    """Measured prices.

    Attributes
    ----------
    prices : dict of str to float
        Cycles of each operation within straight-line code, by the names of the table of prices.
    latencies : dict of str to float
        Cycles until the result can be used, of the operations for which it was measured.
    defaults : dict of str to float
        What the table that comes with symnum says.
    cycle_seconds : float
        How long a cycle was.
    processor : str
    seconds : float
        Time that measuring took.
    file : str or None
        Where the prices are kept, if they are.
    """

    prices: dict[str, float]
    latencies: dict[str, float]
    defaults: dict[str, float]
    cycle_seconds: float
    processor: str
    seconds: float
    file: str | None

    def _rows(self) -> list[list[str]]:
        return [
            [name, f"{price:.2f}", f"{self.latencies[name]:.1f}" if name in self.latencies else "", f"{before:g}"]
            for name, price, before in ((n, p, self.defaults[n]) for n, p in self.prices.items())
        ]

    def __str__(self) -> str:
        clock = f"{1e-9 / self.cycle_seconds:.2f} GHz"
        kept = f"kept in {self.file}" if self.file else "not kept"
        head = f"{self.processor}, {clock}; measured in {format_seconds(self.seconds)}, {kept}"
        rows = [tuple(row) for row in [["operation", "cycles", "latency", "default"], *self._rows()]]
        return f"{head}\n{plain_table(rows, indent='  ')}"

    def _repr_html_(self) -> str:
        return html_table(["operation", "cycles", "latency", "default"], self._rows())


def calibrate(*, repeats: int = 25, store: bool = True) -> Calibration:
    """Measure what operations cost on this machine, and use that as the prices of the cost models from now on.

    Parameters
    ----------
    repeats : int
        How often each kernel is timed; the kernels take turns.
    store : bool
        Whether the prices are kept for this user (`symnum calibrate --reset` removes them).

    Examples
    --------
    >>> import symnum as sn
    >>> found = sn.calibrate(repeats=3, store=False)
    >>> found.prices["divide"] > found.prices["multiply"]
    True
    """
    if repeats.__class__ is not int or repeats < 1:
        raise InputError(f"repeats is a whole number above zero, not {repeats!r}.")
    begin = time.perf_counter()
    clock = _Clock()
    probes = {name: _Probe(_compiled(name)) for name in _kernels()}
    for _ in range(repeats):
        for probe in probes.values():
            probe.measure()
            clock.measure()
    cycle = clock.cycle_seconds
    cycles = {name: probe.seconds / cycle for name, probe in probes.items()}
    prices, latencies = _prices(cycles), _latencies(cycles)
    file = None
    if store:
        facts = {"processor": cpu_name(), "cycle_seconds": cycle, "latencies": latencies}
        file = str(write_calibration(prices, **facts))
    took = time.perf_counter() - begin
    return Calibration(prices, latencies, dict(DEFAULT_PRICES), cycle, cpu_name(), took, file)


def forget_calibration() -> bool:
    """Remove the kept prices, so that the table that comes with symnum is in force; return whether there were any."""
    file = calibrated_file()
    found = file.exists()
    file.unlink(missing_ok=True)
    return found


# --- kernels ---------------------------------------------------------------------------------------------------


class _Probe:
    """One kernel and the shortest time of one call of it."""

    def __init__(self, kernel: RepeatedKernel) -> None:
        self.kernel = kernel
        self.point: NDArray[np.float64] = np.linspace(0.35, 0.95, _STATES)[None, :]
        self.point[0, :_FEW] = [0.8 if i % 2 else 1.25 for i in range(_FEW)]  # so that products stay near 1
        self.seconds = float("inf")
        self.rounds = 8
        while (spent := min(self._slice() for _ in range(3))) < _SLICE_S / 2:
            self.rounds *= max(2, min(64, int(_SLICE_S / max(spent, 1e-7))))

    def _slice(self) -> float:
        begin = time.perf_counter()
        self.kernel.run(self.point, self.rounds)
        return time.perf_counter() - begin

    def measure(self) -> None:
        """Time once more."""
        self.seconds = min(self.seconds, self._slice() / self.rounds)


@functools.cache
def _compiled(name: str) -> RepeatedKernel:
    builder = TapeBuilder()
    outputs = list(_kernels()[name](builder, [builder.state(i) for i in range(_STATES)]))
    return RepeatedKernel(builder.finish(outputs), 1, _STATES, 0, len(outputs))


class _Clock:
    """Times chains of integer operations, each of which takes one cycle and waits for the one before."""

    def __init__(self) -> None:
        self.loaded = [LoadedObject.load(object_code(_integer_chain(steps), 0)) for steps in _STEPS]
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
        self.chains = [kind(code.address("chain")) for code in self.loaded]
        self.best = [float("inf")] * len(_STEPS)

    def measure(self) -> None:
        """Time each once more."""
        for k, chain in enumerate(self.chains):
            begin = time.perf_counter()
            chain(1, 3)
            self.best[k] = min(self.best[k], time.perf_counter() - begin)

    @property
    def cycle_seconds(self) -> float:
        """How long a cycle is."""
        return (self.best[1] - self.best[0]) / (_STEPS[1] - _STEPS[0])


def _integer_chain(steps: int) -> str:
    lines = [f"%v{i} = {'add' if i % 2 else 'xor'} i64 %v{i - 1}, %b" for i in range(1, steps + 1)]
    body = "\n  ".join([*lines, f"ret i64 %v{steps}"])
    return f'target triple = "{triple()}"\ndefine i64 @chain(i64 %v0, i64 %b) nounwind {{\n  {body}\n}}\n'


def _kernels() -> dict[str, Make]:
    made: dict[str, Make] = {
        "copies": lambda b, y: list(y),
        "above one": lambda b, y: [b.sum([(1.0, s), (1.0, b.one)]) for s in y],
        "powers": lambda b, y: [b.power(s, t) for s, t in _neighbours(y)],
        "angles": lambda b, y: [b.call("atan2", (s, t)) for s, t in _neighbours(y)],
        "remainders": lambda b, y: [b.call("mod", (s, t)) for s, t in _neighbours(y)],
        "one": lambda b, y: [b.sum([(1.0, y[0]), (1.0, y[1])])],
        "stores": lambda b, y: [b.sum([(1.0, y[0]), (1.0, y[1])])] * _STATES,
        "loads": lambda b, y: [b.sum([(1.0, s) for s in y[i::4]]) for i in range(4)],
    }
    for name in _FUNCTIONS:
        made[name] = lambda b, y, f=name: [b.call(f, (_argument(b, f, s),)) for s in y]  # type: ignore[misc]
    for name, link in _LINKS.items():
        for length in _SIDE_BY_SIDE:
            made[f"{name} {length}"] = _chains(link, _CHAINS, length)
    for name in _WAITED_FOR:
        for length in _ALONE:
            made[f"{name} alone {length}"] = _chains(_LINKS[name], 1, length)
    return made


_FUNCTIONS = (
    *("exp", "log", "sin", "cos", "tan", "cbrt"),
    *("sinh", "cosh", "tanh", "asin", "acos", "atan", "asinh", "acosh", "atanh"),
    *("expm1", "log1p", "erf", "gamma"),
)


def _argument(builder: TapeBuilder, function: str, state: int) -> int:
    """States lie between 0 and 1; an inverse hyperbolic cosine begins at 1."""
    return builder.sum([(1.0, state), (1.0, builder.one)]) if function == "acosh" else state


def _neighbours(states: Sequence[int]) -> list[tuple[int, int]]:
    return list(zip(states, [*states[1:], states[0]]))


Link = Callable[[TapeBuilder, int, int], int]
"""Returns an operation on what came before and a state."""


def _sum(builder: TapeBuilder, x: int, y: int) -> int:
    return builder.sum([(1.0, x), (-1.0, y)])


_LINKS: dict[str, Link] = {
    "add": _sum,
    "multiply": lambda b, x, y: b.product([(x, 1), (y, 1)]),
    "multiply_add": lambda b, x, y: b.sum([(1.0, b.product([(x, 1), (y, 1)])), (-1.0, y)]),
    "divide": lambda b, x, y: b.product([(y, 1), (x, -1)]),
    # The following do an addition besides, so that values neither settle nor run away.
    "square_root": lambda b, x, y: b.call("sqrt", (b.sum([(1.0, x), (1.0, y)]),)),
    "modulus": lambda b, x, y: b.call("abs", (_sum(b, x, y),)),
    "floor": lambda b, x, y: b.call("floor", (_sum(b, x, y),)),
    "larger": lambda b, x, y: b.call("max", (_sum(b, x, y), y)),
    "choice": lambda b, x, y: b.select(b.logical(Op.LESS, (x, y)), y, _sum(b, x, y)),
    "exp": lambda b, x, y: b.call("exp", (b.sum([(-1.0, x), (-1.0, y)]),)),
    "log": lambda b, x, y: b.call("log", (b.sum([(1.0, x), (1.0, b.constant(2.0))]),)),
}
_WAITED_FOR = ("add", "multiply", "divide", "square_root", "exp", "log")


def _chains(link: Link, count: int, length: int) -> Make:
    """Return chains side by side, each operation on the result of the one before in its chain and a state.

    Few enough for the processor's registers, and enough that none has to wait; or one alone.
    """

    def make(builder: TapeBuilder, states: Sequence[int]) -> list[int]:
        nodes = [states[_FEW + k] for k in range(count)]
        for i in range(length):
            nodes = [link(builder, node, states[(k + i) % _FEW]) for k, node in enumerate(nodes)]
        return nodes

    return make


# --- from times to prices --------------------------------------------------------------------------------------


def _prices(cycles: dict[str, float]) -> dict[str, float]:
    def each(name: str) -> float:
        short, long = _SIDE_BY_SIDE
        return max((cycles[f"{name} {long}"] - cycles[f"{name} {short}"]) / (_CHAINS * (long - short)), _LEAST)

    def beside(name: str) -> float:
        return max(each(name) - add, _LEAST)

    def called(*names: str) -> float:
        than = {"acosh": "above one"}
        spent = [max((cycles[n] - cycles[than.get(n, "copies")]) / _STATES, _LEAST) for n in names]
        return sum(spent) / len(spent)

    add = each("add")
    load = max((cycles["loads"] - cycles["one"]) / (_STATES - 2) - add, _LEAST)
    store = max((cycles["stores"] - cycles["one"]) / (_STATES - 1), _LEAST)
    return {
        "add": add,
        "multiply": each("multiply"),
        # Never less than an addition: of forms that take equally long, the one of fewer operations is to win.
        "multiply_add": max(each("multiply_add"), _SLIGHTLY * max(add, each("multiply"))),
        "divide": each("divide"),
        "square_root": beside("square_root"),
        "cube_root": called("cbrt"),
        "power": called("powers"),
        "compare": beside("choice") / 2,
        "select": beside("choice") / 2,
        **{name: called(name) for name in ("exp", "log", "sin", "cos", "tan")},
        "hyperbolic": called("sinh", "cosh", "tanh"),
        "inverse": called("asin", "acos", "atan", "asinh", "acosh", "atanh", "angles"),
        "simple": (beside("modulus") + beside("larger")) / 2,
        "rounding": beside("floor"),
        "other": called("expm1", "log1p", "erf", "gamma", "remainders"),
        "load": load,
        "store": store,
        "spill": load + store,
    }


def _latencies(cycles: dict[str, float]) -> dict[str, float]:
    short, long = _ALONE
    found = {
        name: (cycles[f"{name} alone {long}"] - cycles[f"{name} alone {short}"]) / (long - short)
        for name in _WAITED_FOR
    }
    with_addition = ("square_root", "exp", "log")
    return {name: max(c - found["add"] * (name in with_addition), _LEAST) for name, c in found.items()}
