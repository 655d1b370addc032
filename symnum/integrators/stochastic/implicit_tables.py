"""Tables for the Jacobian of the propensities, and the linear solver of one trajectory."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ImplicitTables", "jacobian_pattern"]

# Places in the table whose address stands after the two shared parts of leaping methods.
J_CONTEXT, J_FACTOR, J_SOLVE, J_POSITIONS, J_VALUES, J_COUNT = 0, 1, 2, 3, 4, 5
J_READ_STARTS, J_READS, J_KERNEL, J_KERNEL_CONTEXT, J_DERIVATIVES, J_NUMBERS = 6, 7, 8, 9, 10, 11


def jacobian_pattern(p: Any) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the pattern of stoichiometry times derivatives of propensities, and where each product belongs.

    Parameters
    ----------
    p : Propensities

    Returns
    -------
    indptr, indices : ndarray of int32
        By columns, with a full diagonal.
    positions : ndarray of int32
        For each reaction, each state that it reads, each state that it changes: the place among the entries.
    """
    rows, columns = [], []
    for r in range(p.n_reactions):
        changed = p.change_states[p.change_offsets[r] : p.change_offsets[r + 1]]
        for s in p.reads[r].tolist():
            rows.append(changed)
            columns.append(np.full(len(changed), s, np.int32))
    diagonal = np.arange(p.n_states, dtype=np.int64)
    row = np.concatenate([*rows, diagonal]).astype(np.int64)
    column = np.concatenate([*columns, diagonal]).astype(np.int64)
    keys, positions = np.unique(column * max(p.n_states, 1) + row, return_inverse=True)
    indptr = np.zeros(p.n_states + 1, np.int32)
    np.cumsum(np.bincount(keys // max(p.n_states, 1), minlength=p.n_states), out=indptr[1:])
    used = len(row) - p.n_states
    return indptr, (keys % max(p.n_states, 1)).astype(np.int32), positions[:used].astype(np.int32)


class ImplicitTables:
    """What a trajectory of an implicit method needs beside the tables of reactions.

    Parameters
    ----------
    p : Propensities
    derivatives : sequence of (int, int)
        The derivatives of general rates that the kernel writes: reaction, and state.
    kernel_address, context_address : int
        The kernel; 0 where there are no general rates.
    keep_alive : object
        What these addresses belong to.
    """

    def __init__(
        self, p: Any, derivatives: Any, kernel_address: int, context_address: int, keep_alive: Any
    ) -> None:
        from symnum.integrators.linear import make_linear_solver

        indptr, indices, positions = jacobian_pattern(p)
        self.solver = make_linear_solver(p.n_states, indptr, indices)
        self._keep_alive = keep_alive
        number = {key: k for k, key in enumerate(derivatives)}
        numbers = [number.get((r, int(s)), -1) for r in range(p.n_reactions) for s in p.reads[r]]
        self.arrays: dict[int, NDArray[Any]] = {
            J_POSITIONS: _some(positions, np.int32),
            J_VALUES: np.zeros(len(indices) + 1),
            J_READ_STARTS: _some(p.reads.offsets, np.int32),
            J_READS: _some(p.reads.members, np.int32),
            J_DERIVATIVES: np.zeros(len(number) + 1),
            J_NUMBERS: _some(np.array(numbers), np.int32),
        }
        self.table = np.zeros(12, np.int64)
        for place, array in self.arrays.items():
            self.table[place] = array.ctypes.data
        self.table[J_CONTEXT] = self.solver.context_address
        self.table[J_FACTOR], self.table[J_SOLVE] = self.solver.factor_address, self.solver.solve_address
        self.table[J_COUNT] = len(indices)
        self.table[J_KERNEL], self.table[J_KERNEL_CONTEXT] = kernel_address, context_address


def _some(values: Any, kind: Any) -> NDArray[Any]:
    array = np.ascontiguousarray(values, kind)
    return array if array.size else np.zeros(1, kind)
