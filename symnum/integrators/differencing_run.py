"""Runs of exponential time differencing: the linear part is read again wherever the stepping begins anew."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from symnum.errors import UnsupportedError
from symnum.integrators import layout as at
from symnum.integrators.linear_part import (
    Modes,
    check_pattern,
    find_modes,
    frozen_jacobian,
    linear_operator,
)
from symnum.integrators.problem import KernelProblem
from symnum.integrators.run import Run, address_of
from symnum.integrators.status import Status
from symnum.integrators.tableaus.exponential_differencing import DifferencingTableau

if TYPE_CHECKING:
    from symnum.integrators.grids.spectral import GridModes

__all__ = ["DifferencingRun", "attach_parts"]

Array = npt.NDArray[np.float64]

#: Sizes of steps for each doubling: where functions are cheap, and where they are matrices.
SIZES_PER_OCTAVE, SIZES_PER_OCTAVE_OF_MATRICES = 4.0, 2.0

#: Sets of functions that are kept, each for a step size, and bytes of memory for those beyond two.
SLOTS, SLOTS_MEMORY = 4, 1 << 28

#: Order of blocks whose functions take a noticeable time.
LONG_BLOCK = 120


class DifferencingRun(Run):
    """A run that reads the linear part of its problem before the first step, and after events."""

    method: DifferencingTableau
    values: Array  # entries of the linear part, on the pattern of the implicit part
    _entered: Array | None = None  # what they were when the blocks were made

    def begin(self, t0: float, t1: float, y0: Array) -> None:
        """Enter the initial point, and the linear part there."""
        super().begin(t0, t1, y0)
        self._read(t0, y0)
        self._enter_values()

    def slice(self, attempts: int, deadline: float | None = None) -> Status:
        """Take up to so many attempts."""
        if self.integers[at.I_STARTED] == 0:
            self._read(*self.last_point())
        if self._entered is None or self.integers[at.I_STARTED] == 0:
            self._enter_values()
        return super().slice(attempts, deadline)

    @property
    def takes_long_steps(self) -> bool:
        """Whether one step may take longer than anybody wants to wait after Ctrl-C: functions of a large block."""
        function, context = self._modes.transform
        calls_python = function != 0 and context == 0
        return calls_python or len(self._memory[2]) >= 6 * LONG_BLOCK**2

    @property
    def _part(self) -> KernelProblem:
        """What the linear part is read from."""
        return self.problem if self.problem.split is None else self.problem.split[0]

    def _read(self, t: float, y: Array) -> None:
        """Read the linear part: the implicit one, or the Jacobian where the right-hand side has no parts."""
        from symnum.integrators.exponential_differencing import CONSTANT

        if self._part.grid_modes is not None:
            self.work[CONSTANT] = self._part.grid_modes.constant
        elif self.problem.split is None:
            self.values[:], self.work[CONSTANT] = frozen_jacobian(self.problem, t, y), 0.0
        else:
            end = float(self.reals[at.R_END])
            self.values[:], self.work[CONSTANT] = linear_operator(self._part, self.method.name, t, end, y)

    def _enter_values(self) -> None:
        """Make blocks of the linear part; what was computed of it stays where it is the same."""
        if self._entered is None or not np.array_equal(self.values, self._entered, equal_nan=True):
            self._entered = self.values.copy()
            if self._part.grid_modes is not None:
                self._modes = _modes_of_grid(self._part.grid_modes)
            else:
                self._modes = _modes_of(self._part, self._entered, self.method.name, self.problem.split is None)
            self._memory = self._allocate(self._modes)
        self._enter(self._modes, *self._memory)

    def _allocate(self, modes: Modes) -> tuple[Array, Array, Array]:
        """Return memory for the functions of some step sizes, for these sizes, and for work on one block."""
        largest = int(np.diff(modes.blocks).max()) if len(modes.blocks) else 1
        one = (len(self.method.functions) + 4) * len(modes.linear)
        slots = int(min(max(SLOTS_MEMORY // (8 * max(one, 1)), 2), SLOTS))
        return np.empty(slots * one), np.zeros(2 * slots), np.zeros(6 * largest**2)

    def _enter(self, modes: Modes, functions: Array, steps: Array, scratch: Array) -> None:
        integers = self.integers
        integers[at.I_LINEAR] = address_of(modes.linear)
        integers[at.I_SPACE] = len(modes.linear)
        integers[at.I_BLOCKS] = max(len(modes.blocks) - 1, 0)
        integers[at.I_BLOCK_STARTS] = address_of(modes.blocks)
        integers[[at.I_BASIS, at.I_SMALL, at.I_SCRATCH_BLOCKS]] = [
            address_of(a) for a in (functions, steps, scratch)
        ]
        integers[at.I_SLOTS] = len(steps) // 2
        integers[at.I_TRANSFORM], integers[at.I_TRANSFORM_CONTEXT] = modes.transform
        if len(modes.context):
            from symnum.integrators.linear_modes import change_basis

            integers[at.I_TRANSFORM] = change_basis.address
            integers[at.I_TRANSFORM_CONTEXT] = address_of(modes.context)
        dense = len(modes.blocks) > 0
        self.reals[at.R_CHANGE_LIMIT] = SIZES_PER_OCTAVE_OF_MATRICES if dense else SIZES_PER_OCTAVE

    def _abandon(self, kept: list[Any]) -> None:
        kept += [self._modes, self._memory]
        super()._abandon(kept)


def _modes_of_grid(grid: "GridModes") -> Modes:
    """Return the blocks of a linear part on a grid, with a transform of its own."""
    transform = grid.transform.clone()
    return Modes(grid.starts, grid.linear, np.zeros(0, np.int64), (transform,), transform.machine)


def _modes_of(part: KernelProblem, values: Array, method: str, whole: bool) -> Modes:
    """Return the matrix in a good basis; the last one is kept for the next run."""
    if not np.isfinite(values).all():  # the engine meets what is no number at its first evaluation
        return Modes(np.zeros(0, np.int64), np.full(part.size, np.nan), np.zeros(0, np.int64))
    known: tuple[Array, Modes] | None = part.made.get("modes")
    if known is None or not np.array_equal(known[0], values):
        known = part.made["modes"] = values, find_modes(part, values, method, whole=whole)
    return known[1]


def attach_parts(run: DifferencingRun, method: DifferencingTableau, problem: KernelProblem) -> None:
    """Enter the method and the part that is not solved exactly in the settings of a run.

    Raises
    ------
    UnsupportedError
        With a mass matrix, and for a large problem without a pattern.
    """
    if problem.mass is not None:
        raise UnsupportedError(
            f'method="{method.name}" takes no mass matrix; choose method="rodas5p" or "ndf"'
        )
    run.method = method
    rest = problem if problem.split is None else problem.split[1]
    if run._part.grid_modes is not None:
        run.values = np.zeros(0)
    else:
        check_pattern(run._part, method.name, whole=problem.split is None)
        run.values = np.zeros(len(run._part.pattern()[1]))
    run.kept += [problem, rest, run.values]
    integers = run.integers
    integers[at.I_VALUES] = address_of(run.values)
    integers[at.I_FUNCTION_COUNT] = len(method.functions)
    integers[at.I_TERMS] = len(method.terms)
    integers[[at.I_EXPLICIT, at.I_EXPLICIT_CONTEXT]] = rest.rhs_address, rest.context_address
