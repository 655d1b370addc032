"""The record of accepted steps, and the dense output that is read from it.

Engines write into blocks of memory; when a block is full the run pauses and gets another.  All blocks are kept
up to `MEMORY_BUDGET` bytes.  Beyond that, with `t_eval` given, blocks whose output has been taken are let go
(the continuous solution then covers only the retained part); without it the run ends with a typed status.
"""

import threading
from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from symnum.compiling.aligned import aligned_empty

Array = npt.NDArray[np.float64]

#: Bytes of accepted steps kept for one solution.
MEMORY_BUDGET = 2 << 30
#: Bytes of one accepted step from which blocks hold few of them beyond those that they overlap by, and how many; and
#: bytes that are kept then where output at given times has been taken off.
LONG_ROW, LONG_ROWS, LONG_BUDGET = 1 << 22, 4, 1 << 28
_FIRST_BLOCK = 1 << 16
_LARGEST_BLOCK = 1 << 24


class Interpolant(Protocol):
    """Reads the continuous solution from blocks."""

    overlap: int

    def evaluate(self, block: "Block", times: Array) -> Array:
        """Return values of shape (len(times), n) at times covered by the block."""


class Block:
    """Rows of accepted points: times, orders, values and (for one-step methods) coefficients of each step."""

    def __init__(self, rows: int, size: int, coefficients: int) -> None:
        self.times = np.empty(rows)
        self.orders = np.zeros(rows, np.int64)
        self.states = aligned_empty((rows, size))
        self.segments = aligned_empty((rows, coefficients, size))
        self.first = 0  # row before which nothing may be asked of this block
        self.used = 0

    @property
    def rows(self) -> int:
        """Number of rows that fit."""
        return len(self.times)

    @property
    def nbytes(self) -> int:
        """Size in memory."""
        return self.states.nbytes + self.segments.nbytes + 16 * self.rows


class Record:
    """All blocks of one engine's run."""

    def __init__(self, size: int, coefficients: int, overlap: int, interpolant: Interpolant) -> None:
        self.size = size
        self.coefficients = coefficients
        self.overlap = overlap
        self.interpolant = interpolant
        self.blocks: list[Block] = []
        self.released = False
        self.begins_with_jump = False  # after an event, so that the last point of the piece before counts too

    def begin(self, t: float, y: Array) -> Block:
        """Make the first block and enter the initial value."""
        block = self._block(_FIRST_BLOCK)
        block.times[0] = t
        block.states[0] = y
        block.used = 1
        self.blocks.append(block)
        return block

    def extend(self) -> Block:
        """Make another block that begins with the last rows of the present one."""
        old = self.blocks[-1]
        block = self._block(min(_LARGEST_BLOCK, 4 * old.nbytes))
        keep = min(self.overlap, old.used)
        rows = slice(old.used - keep, old.used)
        block.times[:keep] = old.times[rows]
        block.orders[:keep] = old.orders[rows]
        block.states[:keep] = old.states[rows]
        block.segments[:keep] = old.segments[rows]
        block.first = keep - 1
        block.used = keep
        self.blocks.append(block)
        return block

    def _block(self, nbytes: int) -> Block:
        row = 8 * self.size * (1 + self.coefficients) + 16
        least = self.overlap + (LONG_ROWS if row > LONG_ROW else self.overlap + 8)
        return Block(max(nbytes // row, least), self.size, self.coefficients)

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return sum(b.nbytes for b in self.blocks)

    def release(self) -> None:
        """Let go of all blocks but the last."""
        del self.blocks[:-1]
        self.released = True

    def points(self) -> tuple[Array, Array]:
        """Return every accepted time, shape (m,), and value, shape (m, n)."""
        if len(self.blocks) == 1:
            block = self.blocks[0]
            return block.times[: block.used], block.states[: block.used]
        parts = [(b.first + (1 if i else 0), b) for i, b in enumerate(self.blocks)]
        return (
            np.concatenate([b.times[s : b.used] for s, b in parts]),
            np.concatenate([b.states[s : b.used] for s, b in parts]),
        )

    def evaluate(self, times: Array, start: int = 0) -> Array:
        """Return values at times within the record, shape (m, n); blocks before `start` are not looked at."""
        last = self.blocks[-1]
        if len(times) == 1 and times[0] == last.times[last.used - 1]:
            return last.states[last.used - 1 : last.used].copy()  # often only the end is wanted
        out = np.empty((len(times), self.size))
        blocks = self.blocks[start:]
        if len(blocks) == 1:
            return self.interpolant.evaluate(blocks[0], times)
        sign = 1.0 if blocks[-1].times[blocks[-1].used - 1] >= blocks[0].times[blocks[0].first] else -1.0
        ends = np.array([sign * b.times[b.used - 1] for b in blocks])
        where = np.minimum(np.searchsorted(ends, sign * times), len(blocks) - 1)
        for i in np.unique(where):
            chosen = where == i
            out[chosen] = self.interpolant.evaluate(blocks[i], times[chosen])
        return out


def rows_of(block: Block, times: Array) -> npt.NDArray[np.intp]:
    """Return for each time the row at which its step ends."""
    stamps = block.times[block.first : block.used]
    if len(stamps) == 1:
        return np.full(len(times), block.first)
    sign = 1.0 if stamps[-1] >= stamps[0] else -1.0
    found = np.searchsorted(sign * stamps, sign * times)
    rows: npt.NDArray[np.intp] = np.clip(found, 1, len(stamps) - 1) + block.first
    return rows


class BackwardPoints:
    """Polynomial through the accepted points before (and at) the end of a step, as many as its order tells."""

    overlap = 8

    def evaluate(self, block: Block, times: Array) -> Array:
        """Return values, shape (len(times), n)."""
        if block.used == 1:
            return np.repeat(block.states[:1], len(times), axis=0)
        rows = rows_of(block, times)
        out = np.empty((len(times), block.states.shape[1]))
        orders = block.orders[rows]
        for order in np.unique(orders):
            chosen = np.flatnonzero(orders == order)
            out[chosen] = self._degree(block, rows[chosen], times[chosen], int(order))
        return out

    @staticmethod
    def _degree(block: Block, rows: npt.NDArray[np.intp], times: Array, degree: int) -> Array:
        nodes = block.times[rows[:, None] - np.arange(degree + 1)]
        base = block.states[rows]
        value = base.copy()
        for j in range(1, degree + 1):
            weight = np.ones(len(times))
            for i in range(degree + 1):
                if i != j:
                    weight *= (times - nodes[:, i]) / (nodes[:, j] - nodes[:, i])
            value += weight[:, None] * (block.states[rows - j] - base)
        return value


class SlopeIntegrals:
    """Integrals of the polynomials through the derivatives at both ends of a step and at points before it.

    The record keeps the derivatives at the start and the end of each step; the order of a step tells how many belong
    to its polynomial.  What the integral lacks to the accepted value is added smoothly, so that value and derivative
    are continuous.
    """

    overlap = 14

    def evaluate(self, block: Block, times: Array) -> Array:
        """Return values, shape (len(times), n)."""
        if block.used == 1:
            return np.repeat(block.states[:1], len(times), axis=0)
        rows = rows_of(block, times)
        out = np.empty((len(times), block.states.shape[1]))
        for row in np.unique(rows):
            chosen = np.flatnonzero(rows == row)
            out[chosen] = self._step(block, int(row), times[chosen])
        return out

    @classmethod
    def _step(cls, block: Block, row: int, times: Array) -> Array:
        start, h = block.times[row - 1], block.times[row] - block.times[row - 1]
        x = (times - start) / h
        integral, slopes = cls._polynomial(block, row)
        value = (x[:, None] ** np.arange(1, len(slopes) + 1)) @ integral @ slopes
        whole = integral.sum(axis=0) @ slopes
        lack = block.states[row] - block.states[row - 1] - h * whole
        out: Array = block.states[row - 1] + h * value + (x * x * (3.0 - 2.0 * x))[:, None] * lack
        out[x == 1.0] = block.states[row]
        return out

    @staticmethod
    def _polynomial(block: Block, row: int) -> tuple[Array, Array]:
        """Return the integrals' coefficients by powers of the fraction of the step and derivatives; these."""
        count = int(block.orders[row])
        start, h = block.times[row - 1], block.times[row] - block.times[row - 1]
        nodes = (block.times[row - np.arange(count)] - start) / h
        slopes = np.vstack([block.segments[row, 1], block.segments[row - np.arange(count - 1), 0]])
        return integrated_lagrange(nodes), slopes

    @classmethod
    def slope(cls, block: Block, row: int, t: float) -> Array:
        """Return the derivative at a time of the step, shape (n,), without what was added to the integral."""
        x = (t - block.times[row - 1]) / (block.times[row] - block.times[row - 1])
        integral, slopes = cls._polynomial(block, row)
        k = np.arange(len(slopes))
        return np.asarray((x**k * (k + 1)) @ integral @ slopes, np.float64)


def integrated_lagrange(nodes: Array) -> Array:
    """Return the integrals from 0 of the Lagrange polynomials on nodes: coefficients of x, x^2, ... by nodes."""
    count = len(nodes)
    out = np.zeros((count, count))
    for j in range(count):
        power = np.zeros(count)
        power[0] = 1.0
        for i in range(count):
            if i != j:
                shifted = -nodes[i] * power
                shifted[1:] += power[:-1]
                power = shifted / (nodes[j] - nodes[i])
        out[:, j] = power / np.arange(1, count + 1)
    return out


class StepPolynomials:
    """Polynomials in the fraction of a step, with the coefficients that a one-step engine has stored."""

    overlap = 1

    def evaluate(self, block: Block, times: Array) -> Array:
        """Return values, shape (len(times), n)."""
        if block.used == 1:
            return np.repeat(block.states[:1], len(times), axis=0)
        rows = rows_of(block, times)
        start = block.times[rows - 1]
        fraction = (times - start) / (block.times[rows] - start)
        segments, places = self.segments(block, rows)
        value = self.polynomial(segments, places, fraction[:, None])
        value += block.states[rows - 1]
        at_end = fraction == 1.0
        value[at_end] = block.states[rows[at_end]]
        return value

    def segments(self, block: Block, rows: npt.NDArray[np.intp]) -> tuple[Array, npt.NDArray[np.intp]]:
        """Return coefficients, shape (any, degree, n), and which of them belong to each row."""
        return block.segments, rows

    @staticmethod
    def polynomial(segments: Array, places: npt.NDArray[np.intp], x: Array) -> Array:
        """Return the sum of coefficients times x, x^2, ..., shape (len(x), n); x has shape (m, 1)."""
        value = np.zeros((len(x), segments.shape[2]))
        for j in range(segments.shape[1] - 1, -1, -1):
            value += segments[places, j]
            value *= x
        return value


class CompletedPolynomials(StepPolynomials):
    """Chebyshev polynomials whose last stages are evaluated when they are read.

    Parameters
    ----------
    complete : callable
        Takes a block and int64 rows, shape (m,); returns coefficients, shape (m, degree, n). It may have a method
        ``release()``, called when the model's memory goes to somebody else.
    """

    def __init__(self, complete: Callable[[Block, npt.NDArray[np.int64]], Array]) -> None:
        self._complete = complete
        self._lock = threading.Lock()  # the model's memory is for one thread at a time

    def release(self) -> None:
        """Let go of the model's memory; what is read later gets memory of its own."""
        release = getattr(self._complete, "release", None)
        if release is not None:
            with self._lock:
                release()

    def segments(self, block: Block, rows: npt.NDArray[np.intp]) -> tuple[Array, npt.NDArray[np.intp]]:
        """Return coefficients of the steps that are asked for, and which of them belong to each row."""
        wanted, places = np.unique(rows, return_inverse=True)
        with self._lock:
            return self._complete(block, wanted.astype(np.int64)), places

    @staticmethod
    def polynomial(segments: Array, places: npt.NDArray[np.intp], x: Array) -> Array:
        """Return the sum of coefficients times x T_0(2x - 1), x T_1(2x - 1), ..., by Clenshaw's recurrence."""
        value = before = np.zeros((len(x), segments.shape[2]))
        double = 4.0 * x - 2.0
        for j in range(segments.shape[1] - 1, 0, -1):
            value, before = segments[places, j] + double * value - before, value
        result: Array = x * (segments[places, 0] + 0.5 * double * value - before)
        return result
