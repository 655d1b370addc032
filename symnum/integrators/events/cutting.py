"""A step is cut where an event happens in it, and the record goes on in another piece."""

import functools

import numpy as np
import numpy.typing as npt

from symnum.integrators import layout
from symnum.integrators.events import places as at
from symnum.integrators.record import Block, Record, SlopeIntegrals
from symnum.integrators.run import Run

Array = npt.NDArray[np.float64]


def cut_step(run: Run, form: int, degree: int, t: float, y: Array) -> None:
    """Let the last step of a run end earlier; its continuous solution stays the same up to there.

    Parameters
    ----------
    run : Run
    form, degree : int
        Of the continuous solution.
    t : float
        Time within the step.
    y : ndarray, shape (n,)
        Value there.
    """
    block = run.record.blocks[-1]
    row = block.used - 1
    if t != block.times[row]:
        start = block.times[row - 1]
        share = float((t - start) / (block.times[row] - start))
        if form == at.POWERS:
            block.segments[row] *= share ** np.arange(1, block.segments.shape[1] + 1)[:, None]
        elif form == at.CHEBYSHEV:
            block.segments[row, :degree] = _shortened(degree, share) @ block.segments[row, :degree]
        elif form == at.SLOPES:
            block.segments[row, 1] = SlopeIntegrals.slope(block, row, t)
        block.times[row] = t
    block.states[row] = y
    run.reals[layout.R_TIME] = t


def _shortened(degree: int, share: float) -> Array:
    """Matrix from the coefficients of x T_j(2x - 1) to those of the same polynomial in x/share."""
    x, inverse = _nodes(degree)
    return share * inverse @ _basis(degree, share * x)


@functools.cache
def _nodes(degree: int) -> tuple[Array, Array]:
    """Return Chebyshev nodes, and the matrix from values there to coefficients."""
    x: Array = np.sin(0.5 * np.pi * (np.arange(degree) + 0.5) / degree) ** 2
    return x, np.asarray(np.linalg.inv(_basis(degree, x)), dtype=np.float64)


def _basis(degree: int, x: Array) -> Array:
    """T_j(2x - 1), shape (len(x), degree); the factor x is left out on both sides."""
    basis: Array = np.cos(np.arccos(2.0 * x - 1.0)[:, None] * np.arange(degree))
    return basis


def new_piece(run: Run, t: float, y: Array) -> None:
    """Close the record of a run and go on in another one, from another value at the same time."""
    old = run.record
    _shrink(old)
    run.earlier.append(old)
    run.record = Record(old.size, old.coefficients, old.overlap, old.interpolant)
    run.record.begins_with_jump = True
    run.begin(t, float(run.reals[layout.R_END]), y)
    run.integers[layout.I_STARTED] = 0


def _shrink(record: Record) -> None:
    """Give back the memory that a closed record does not need."""
    block = record.blocks[-1]
    if block.used < block.rows:
        small = Block(0, record.size, 0)
        small.times, small.orders = block.times[: block.used].copy(), block.orders[: block.used].copy()
        small.states, small.segments = block.states[: block.used].copy(), block.segments[: block.used].copy()
        small.first, small.used = block.first, block.used
        record.blocks[-1] = small
