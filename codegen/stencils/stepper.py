"""Fixed-step methods on grids as machine code: many steps in one call."""

import ctypes
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.native import triple
from codegen.stencils.blocking import Blocking, choose_blocking
from codegen.stencils.compile import machine_code, real_type
from codegen.stencils.kernel import StencilKernel
from codegen.stencils.layers import Layers, find_layers
from codegen.stencils.machine import vector_bytes
from codegen.stencils.methods import METHODS
from codegen.stencils.plan import Loops, make_plan, tables_block
from codegen.stencils.pool import threads_for
from codegen.stencils.stepper_module import StepperWriter
from symnum.compiling.aligned import LINE, PAGE, aligned_copy, aligned_zeros
from symnum.errors import InputError, ShapeError, UnknownNameError, suggest
from symnum.systems.stencils.system import StencilSystem

__all__ = ["StencilStepper", "compile_stepper"]

_STEPS = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    ctypes.c_double,
    ctypes.c_double,
    ctypes.c_int64,
    *[ctypes.c_void_p] * 4,
    *[ctypes.c_int64] * 3,
)

_APART = 2048
"""Bytes between buffers beside whole pages, so that stores do not look like loads of what was stored just before."""


def compile_stepper(
    system: StencilSystem, method: str = "euler", dtype: str = "float64", threads: int | None = None
) -> "StencilStepper":
    """Return a compiled method of fixed step for a system on a grid, from the cache if it is there.

    Parameters
    ----------
    system : StencilSystem
    method : {"euler", "ssprk33", "rk4"}
    dtype : {"float64", "float32"}
    threads : int, optional
        How many share the work. None: as many as pay, as measured once per process. The bits are the same.

    Raises
    ------
    UnknownNameError
        If there is no such method or type.
    """
    if method not in METHODS:
        known = ", ".join(METHODS)
        raise UnknownNameError(
            f'There is no compiled method of fixed step "{method}"; choose {known}.{suggest(method, list(METHODS))}'
        )
    real = real_type(dtype)
    start = time.perf_counter()
    plan = make_plan(Loops(system.arrays, system.regions, system.sums, system.parameters, system.independent))
    layers = find_layers(plan, system.regions, system.arrays)
    writer = StepperWriter(plan, METHODS[method], layers, system.size, real, vector_bytes())
    planned = time.perf_counter()
    module = writer.write(triple())
    seconds = {"lower": planned - start, "emit": time.perf_counter() - planned}
    kernel = machine_code(module, "rhs", system.size, seconds)
    kernel.tables = aligned_copy(tables_block(plan, system.arrays, dtype))
    kernel.dtype, kernel.threads = dtype, threads
    return StencilStepper(kernel, method, layers, module.scratch_size, system.parameter_size)


@dataclass(eq=False)
class StencilStepper:
    """A method of fixed step.

    Parameters
    ----------
    kernel : StencilKernel
        The machine code; its functions are the two of this class, not a right-hand side.
    method : str
    layers : Layers or None
        What tiles are made of, where there may be tiles.
    uniform_size : int
        Elements of what is computed once per stage.
    parameter_size : int
    """

    kernel: StencilKernel
    method: str
    layers: Layers | None
    uniform_size: int
    parameter_size: int

    def __post_init__(self) -> None:
        self._scratch = np.zeros(0, self.kernel.dtype)

    @property
    def size(self) -> int:
        """Number of states."""
        return self.kernel.n_outputs

    @functools.cached_property
    def steps(self) -> Callable[..., int]:
        """Steps over the whole grid: `steps(t, dt, count, y, p, context, scratch, distance, 0, 0)` on addresses.

        `scratch` holds one array of states less than the method needs, so many elements apart; the result is in `y`.
        """
        return _STEPS(self.kernel.loaded.address("rhs_steps"))

    @functools.cached_property
    def tiled(self) -> Callable[..., int]:
        """The same in tiles, with the steps per block and the layers per tile as the last two arguments."""
        return _STEPS(self.kernel.loaded.address("rhs_tiled"))

    def blocking(self) -> Blocking:
        """Return how many steps and layers are taken together if nothing is said."""
        stages = len(METHODS[self.method].stages)
        buffers = METHODS[self.method].buffers
        return choose_blocking(self.layers, stages, buffers, self.size, np.dtype(self.kernel.dtype).itemsize)

    def advance(
        self, t: float, dt: float, count: int, y: NDArray[Any], p: NDArray[Any], *, depth: int = 0, tile: int = 0
    ) -> NDArray[Any]:
        """Take steps, in place.

        Parameters
        ----------
        t, dt : float
        count : int
            Number of steps.
        y : ndarray, shape (n,)
            State at `t`; holds that at ``t + count*dt`` afterwards. Contiguous, of the kernel's type.
        p : ndarray, shape (parameter_size,)
            Parameters, of the kernel's type.
        depth : int
            Steps that a tile is taken through at a time; 0 leaves the choice to `blocking`. The values do not depend
            on it.
        tile : int
            Layers per tile; with a depth of 1, 0 means no tiles: steps over the whole grid.

        Returns
        -------
        ndarray
            `y` itself.
        """
        self._check(y, p)
        chosen = self._chosen(depth, tile)
        context = self.kernel.context(p)
        scratch = self._room(chosen, y)
        function = self.tiled if chosen.tile else self.steps
        addresses = (y.ctypes.data, p.ctypes.data, context.address, scratch.ctypes.data)
        function(t, dt, count, *addresses, self._distance, chosen.depth, chosen.tile)
        return y

    def _chosen(self, depth: int, tile: int) -> Blocking:
        if depth == 0:
            return self.blocking()
        if depth == 1 and tile == 0:
            return Blocking(1, 0)
        if self.layers is None:
            raise InputError("Steps of this system cannot be taken in tiles: it has sums, or no layers of neighbours.")
        if depth * self._halo >= self.layers.count:
            raise InputError(f"{depth} steps at a time reach over the whole grid; take fewer.")
        return Blocking(depth, tile or 4 * depth * self._halo)

    @property
    def _threads(self) -> int:
        return threads_for(self.size) if self.kernel.threads is None else self.kernel.threads

    @property
    def _halo(self) -> int:
        """Layers that a step reaches over."""
        return 0 if self.layers is None else self.layers.reach * len(METHODS[self.method].stages)

    @property
    def _distance(self) -> int:
        """Elements between buffers."""
        itemsize = np.dtype(self.kernel.dtype).itemsize
        return (-(-self.size * itemsize // PAGE) * PAGE + _APART) // itemsize

    def _room(self, chosen: Blocking, y: NDArray[Any]) -> NDArray[Any]:
        """Return scratch, larger than before if need be, at the same distance from the state but for whole pages."""
        method, itemsize = METHODS[self.method], y.itemsize
        line = LINE // itemsize
        need = self._distance * (method.buffers - 1)
        if chosen.tile and self.layers is not None:
            cells = sum(self.layers.strides) * (chosen.tile + 2 * chosen.depth * self._halo) + line
            need = self._distance + chosen.depth * len(method.stages) * self.uniform_size + line
            need += (method.buffers + 1) * cells * self._threads
        need += 128 + PAGE // itemsize  # vectors before and after those that are needed may be read
        if len(self._scratch) < need:
            self._scratch = aligned_zeros(need, self.kernel.dtype)
        first = (y.ctypes.data + _APART - self._scratch.ctypes.data) % PAGE // LINE * line
        return self._scratch[first:]

    def _check(self, y: NDArray[Any], p: NDArray[Any]) -> None:
        for name, array, size in (("y", y, self.size), ("p", p, self.parameter_size)):
            if array.shape != (size,) or array.dtype != self.kernel.dtype or not array.flags.c_contiguous:
                raise ShapeError(
                    f"{name} has shape {array.shape} and type {array.dtype}; this method takes a contiguous array of "
                    f"shape ({size},) and type {self.kernel.dtype}."
                )
