"""The memory of one trajectory: an engine's integers and reals, populations, propensities, random numbers, output.

Many trajectories, one after the other, in one call without the interpreter lock: `Trajectory.run_batch`, on an object
of its own for each thread. The numbers of trajectory i depend on the seed and on i alone.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.approximate_registry import ApproximateMethod
from symnum.integrators.stochastic.batch import batch
from symnum.integrators.stochastic.registry import ExactMethod
from symnum.integrators.stochastic.streams import BLOCK, refill
from symnum.integrators.stochastic.tables import JumpTables

__all__ = ["Trajectory"]

Array = NDArray[np.float64]

_RECORD = 4096


def _address(array: NDArray[Any]) -> int:
    place: int = array.__array_interface__["data"][0]
    return place


class Trajectory:
    """Memory for the trajectories of one thread.

    Parameters
    ----------
    tables : JumpTables
        Of the model; shared by all threads.
    method : ExactMethod
        Or any object with its attributes.
    constants : ndarray of float64
        Values of the rate constants.
    parameters : ndarray of float64
        What kernels of general rates read; this very array, so that events can change it.
    contexts : sequence of int
        Addresses of the contexts of the kernels of general rates, one for each group, of this thread's own.
    seed : int
        Of all trajectories; 64 bits.
    keep_alive : object
        What the addresses belong to.
    """

    def __init__(
        self,
        tables: JumpTables,
        method: "ExactMethod | ApproximateMethod",
        constants: Array,
        parameters: Array,
        contexts: Any = (),
        seed: int = 0,
        keep_alive: Any = None,
    ) -> None:
        self.tables, self.method, self.parameters, self.keep_alive = tables, method, parameters, keep_alive
        self.engine = method.load()
        self.method_tables: Any = None
        self.derivatives: Any = None
        self.integers = np.zeros(at.INTEGERS, np.int64)
        self.reals = np.zeros(at.REALS)
        n, m = tables.n_states, tables.n_reactions
        self.populations = np.ones(n + 1)
        self.propensities = np.zeros(max(m, 1))
        self.blocks = np.zeros(2 * BLOCK)
        self.work = np.zeros(max(method.work_doubles(n, m), 1))
        self.whole_work = np.zeros(max(method.work_integers(n, m), 1), np.int64)
        self.coefficients = tables.coefficients(constants)
        self.groups = np.zeros((max(len(tables.groups), 1), 6), np.int64)
        self.values = [np.zeros(len(group.reactions)) for group in tables.groups]
        start = 0
        for row, group, context, values in zip(self.groups, tables.groups, contexts, self.values, strict=False):
            end = start + len(group.reactions)
            row[:] = group.address, context, _address(values), start, end, group.is_timed
            start = end
        self._enter_addresses()
        self.integers[at.I_SEED] = np.uint64(seed & 0xFFFFFFFFFFFFFFFF).astype(np.int64)

    def _enter_addresses(self) -> None:
        i = self.integers
        for place, value in self.tables.addresses:
            i[place] = value
        for place, array in (
            (at.I_COEFFICIENTS, self.coefficients),
            (at.I_GROUP_TABLE, self.groups),
            (at.I_PARAMETERS, self.parameters),
            (at.I_POPULATIONS, self.populations),
            (at.I_PROPENSITIES, self.propensities),
            (at.I_BLOCKS, self.blocks),
            (at.I_WORK, self.work),
            (at.I_WHOLE_WORK, self.whole_work),
        ):
            i[place] = _address(array)
        i[at.I_REFILL] = refill.address
        i[at.I_REACTION] = -1

    def set_constants(self, constants: Array) -> None:
        """Enter other values of the rate constants."""
        self.coefficients[:] = self.tables.coefficients(constants)

    def keep(self, states: NDArray[np.int32]) -> None:
        """Choose the states that are written at output times."""
        self.kept = np.ascontiguousarray(states, np.int32)
        self.integers[at.I_KEPT], self.integers[at.I_KEPT_COUNT] = _address(self.kept), len(states)

    # ------------------------------------------------------------------------------ one trajectory

    def begin(self, t0: float, y0: Array, trajectory: int, grid: Array | None = None, out: Array | None = None) -> None:
        """Enter the first point of a trajectory.

        Parameters
        ----------
        t0 : float
        y0 : ndarray, shape (n_states,)
            Whole numbers.
        trajectory : int
            Its number.
        grid : ndarray, optional
            Ascending output times.
        out : ndarray, shape (n_times, n_kept), optional
            What is written there.
        """
        i = self.integers
        self.populations[:-1] = y0
        self.reals[at.R_TIME] = t0
        i[at.I_TRAJECTORY] = trajectory
        i[at.I_UNIFORM_BLOCK] = i[at.I_EXPONENTIAL_BLOCK] = 0
        i[at.I_UNIFORM_NEXT] = i[at.I_EXPONENTIAL_NEXT] = BLOCK
        i[[at.I_STARTED, at.I_EVENTS, at.I_STILL, at.I_GRID_NEXT, at.I_GRID_SIZE, at.I_CAPACITY, at.I_RECORDED]] = 0
        i[at.I_REACTION] = -1
        if grid is not None and out is not None:
            i[at.I_GRID], i[at.I_GRID_SIZE], i[at.I_OUT] = _address(grid), len(grid), _address(out)
            self._output = grid, out

    def advance(self, stop: float, is_end: bool, events: int) -> int:
        """Take so many events at most, up to a time; return the engine's code."""
        self.reals[at.R_STOP] = stop
        self.integers[at.I_IS_END] = is_end
        self.integers[at.I_SLICE] = events
        return int(self.engine.call(_address(self.integers), _address(self.reals)))

    # ------------------------------------------------------------------------------ many trajectories

    def run_batch(
        self, first: int, t_span: tuple[float, float], y0: Array, grid: Array, out: Array, codes: NDArray[np.int32]
    ) -> int:
        """Run trajectories ``first, first + 1, ...`` without the interpreter lock, each to its end.

        Parameters
        ----------
        first : int
            Number of the first one.
        t_span : (float, float)
            First and last time.
        y0 : ndarray of float64, shape (n_states,)
            Where all of them begin.
        grid : ndarray of float64, shape (n_times,)
            Output times, ascending, within `t_span`.
        out : ndarray of float64, shape (count, n_times, n_kept)
            Receives the populations of the states chosen by `keep`, contiguous.
        codes : ndarray of int32, shape (count,)
            Receives how each ended (see `layout`); STOPPED is the end. What one that failed did not reach is NaN.

        Returns
        -------
        int
            Number of events in all of them.
        """
        i = self.integers
        i[at.I_GRID], i[at.I_GRID_SIZE], i[at.I_CAPACITY] = _address(grid), len(grid), 0
        i[at.I_RECORDED], i[at.I_OUT] = 0, _address(out)
        self.reals[at.R_STOP] = t_span[1]
        events = batch.call(
            _address(i), _address(self.reals), self.engine.address, first, len(codes), t_span[0],
            _address(y0), _address(out), _address(codes),
        )  # fmt: skip
        return int(events)
