"""Solver of (c_mass*I - c_jac*L) x = b for a linear part L on a grid: mode by mode, in the basis of a fast transform.

The context is an array of int64: number of states, number of blocks (0: all are of order 1), addresses of where each
block starts (int64), of L and of the inverses (blocks by columns), of two vectors, of the change of basis and of its
context, and of counters.
"""

import numpy as np
import numpy.typing as npt

from symnum.integrators.addresses import float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled_callback
from symnum.integrators.exponential_differencing import call_transform
from symnum.integrators.grids.blocks import invert_block
from symnum.integrators.grids.spectral import GridModes
from symnum.integrators.run import address_of

__all__ = ["ModalSolver", "factor_modes", "solve_modes"]

Array = npt.NDArray[np.float64]

N, BLOCKS, STARTS, LINEAR, INVERSE, FIRST, SECOND, TRANSFORM, TRANSFORM_CONTEXT, COUNTERS = range(10)


@compiled_callback("int32(int64, float64, float64, CPointer(float64))", seconds=0.5)
def factor_modes(context, c_mass, c_jac, values):  # type: ignore[no-untyped-def]
    """Invert c_mass*I - c_jac*L block by block; 0 fine, k > 0 mode k-1 is singular."""
    a = int_pointer(context)
    linear = float_pointer(a[LINEAR])
    inverse = float_pointer(a[INVERSE])
    int_pointer(a[COUNTERS])[0] += 1
    if a[BLOCKS] == 0:
        for i in range(a[N]):
            value = c_mass - c_jac * linear[i]
            if not abs(value) > 0.0:
                return i + 1
            inverse[i] = 1.0 / value
        return 0
    starts = int_pointer(a[STARTS])
    block = float_pointer(a[FIRST])
    place = 0
    for b in range(a[BLOCKS]):
        m = starts[b + 1] - starts[b]
        for i in range(m * m):
            block[i] = -c_jac * linear[place + i]
        for i in range(m):
            block[i * m + i] += c_mass
        if invert_block(m, block, offset(inverse, place)) != 0:
            return starts[b] + 1
        place += m * m
    return 0


@compiled_callback("int32(int64, CPointer(float64))", seconds=0.5)
def solve_modes(context, b):  # type: ignore[no-untyped-def]
    """b := the solution; what the transform returns."""
    a = int_pointer(context)
    inverse = float_pointer(a[INVERSE])
    first = float_pointer(a[FIRST])
    second = float_pointer(a[SECOND])
    int_pointer(a[COUNTERS])[1] += 1
    if call_transform(a[TRANSFORM], a[TRANSFORM_CONTEXT], 0, b, first) != 0:
        return -6
    if a[BLOCKS] == 0:
        for i in range(a[N]):
            first[i] *= inverse[i]
        return call_transform(a[TRANSFORM], a[TRANSFORM_CONTEXT], 1, first, b)
    starts = int_pointer(a[STARTS])
    for k in range(a[BLOCKS]):
        m = starts[k + 1] - starts[k]
        x = offset(first, starts[k])
        y = offset(second, starts[k])
        for i in range(m):
            y[i] = 0.0
        for j in range(m):
            factor = x[j]
            for i in range(m):
                y[i] += inverse[j * m + i] * factor
        inverse = offset(inverse, m * m)
    return call_transform(a[TRANSFORM], a[TRANSFORM_CONTEXT], 1, second, b)


class ModalSolver:
    """Linear solver of implicit methods for the linear part of a right-hand side on a grid.

    Parameters
    ----------
    modes : GridModes

    Attributes
    ----------
    context_address, factor_address, solve_address : int
        What an engine calls; see `symnum.integrators.linear`. The values that `factor` gets are not looked at.
    refactors_freely : bool
        That a factorisation costs no more than a solve.
    """

    name = "transform"
    refactors_freely = True

    def __init__(self, modes: GridModes) -> None:
        self.modes = modes
        self._transform = modes.transform.clone()
        n, blocks = self._transform.size, max(len(modes.starts) - 1, 0)
        largest = int(np.diff(modes.starts).max()) if blocks else 1
        first = np.empty(max(n, largest**2))
        second = np.empty(n if blocks else 1)
        inverse, self._counters = np.empty(len(modes.linear)), np.zeros(2, np.int64)
        arrays = [address_of(x) for x in (modes.starts, modes.linear, inverse, first, second)]
        machine = self._transform.machine
        self._context = np.array([n, blocks, *arrays, *machine, address_of(self._counters)], np.int64)
        self._kept = (first, second, inverse)
        self.context_address = address_of(self._context)
        self.factor_address: int = factor_modes.address
        self.solve_address: int = solve_modes.address

    def clone(self) -> "ModalSolver":
        """Return an independent context."""
        return ModalSolver(self.modes)

    def statistics(self) -> dict[str, object]:
        """Return what was counted so far, and how transforms are done."""
        counts = self._counters.tolist()
        found: dict[str, object] = {"kind": self.name, "n": self._transform.size}
        return found | {"factorisations": counts[0], "solves": counts[1]} | self._transform.statistics()
