"""The kernels of a system on a grid with memory of one solve, and what is found out about them."""

import ctypes
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import UnsupportedError
from symnum.simulators.fields.grid_fields import grid_fields
from symnum.systems.stencils.system import StencilSystem

if TYPE_CHECKING:
    from symnum.integrators.grids.layout import GridField
    from symnum.integrators.grids.spectral import GridModes
    from symnum.integrators.grids.stencils import Stencil

__all__ = ["BoundSystem", "Call"]

Array = NDArray[np.float64]

_KERNEL = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.c_double, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
)


class Call:
    """A kernel, with memory of its own, as a function of time and state."""

    def __init__(self, kernel: Any, p: Array, size: int) -> None:
        self.kernel, self.p, self.size = kernel, p, size
        self.context = kernel.context(p)
        self._call = _KERNEL(kernel.address)

    @property
    def addresses(self) -> tuple[int, int]:
        """Of the machine function and of its context."""
        return int(self.kernel.address), int(self.context.address)

    def __call__(self, t: float, y: Array) -> Array:
        """Return what it writes, shape (n,); not a number where it fails."""
        out = np.empty(self.size)
        state = np.ascontiguousarray(y)
        code = self._call(t, state.ctypes.data, self.p.ctypes.data, self.context.address, out.ctypes.data)
        if code != 0:
            out[:] = np.nan
        return out


class BoundSystem:
    """A system on a grid with parameters, on an interval.

    Parameters
    ----------
    system : StencilSystem
    kernels : callable
        From "rhs", "jacobian", "jacobian_vector", "part0" or "part1" to a kernel with ``address``, ``compiled`` and
        ``context(p)``.
    p : ndarray
        Parameters.
    t0, t1 : float
    y0 : ndarray, shape (n,)
        State at `t0`.
    """

    def __init__(
        self, system: StencilSystem, kernels: Callable[[str], Any], p: Array, t0: float, t1: float, y0: Array
    ) -> None:
        self.system, self.kernels, self.p, self.t0, self.t1, self.y0 = system, kernels, p, t0, t1, y0
        self.fields = grid_fields(system)
        self.why_no_modes = ""

    def call(self, kind: str) -> Call:
        """Return a kernel with memory of its own."""
        return Call(self.kernels(kind), self.p, self.system.size)

    @functools.cached_property
    def grid(self) -> "tuple[GridField, ...]":
        """The fields.

        Raises
        ------
        UnsupportedError
            Where they do not fill the state one after the other.
        """
        if self.fields is None:
            raise UnsupportedError("fields do not lie one after the other in the state")
        return self.fields

    @functools.cached_property
    def named_grid(self) -> "tuple[GridField, ...]":
        """The fields with the sides that they seem to have at the beginning, where nobody has named them."""
        from symnum.integrators.grids.recognise import with_recognised_sides

        if all(field.sides for field in self.grid):
            return self.grid
        n = self.system.size
        return with_recognised_sides(self.product, self.grid, self.stencils or {}, n, np.zeros(n))

    @functools.cached_property
    def modes(self) -> "GridModes | None":
        """Blocks of the linear part in the basis of a transform; None, with a reason, where there are none."""
        from symnum.integrators.grids.spectral import find_grid_modes

        if self.system.parts is None:
            self.why_no_modes = "the right-hand side has no linear part of its own"
            return None
        known = _known(self.system)
        key = ("modes", self.p.tobytes(), self.t0, self.t1)
        if key not in known:
            part = self.call("part0")
            times = (self.t0, self.t0 + 0.618 * (self.t1 - self.t0), self.t1)
            try:
                known[key] = find_grid_modes(part, self.grid, self.system.size, times)
            except UnsupportedError as error:
                known[key] = str(error)
        found = known[key]
        if isinstance(found, str):
            self.why_no_modes = found
            return None
        modes: GridModes = found
        return modes

    @functools.cached_property
    def frozen_modes(self) -> "GridModes | None":
        """Blocks of what couples neighbours in the middle of the grid at the beginning, as if it were so everywhere.

        For methods that solve this part exactly and treat whatever is left explicitly; None, with a reason, where
        there are none.
        """
        from symnum.integrators.grids.spectral import modes_of_stencils
        from symnum.integrators.grids.stencils import Stencil

        neighbours = {}
        for pair, stencil in (self.stencils or {}).items():
            away = [(s, c) for s, c in zip(stencil.shifts, stencil.coefficients, strict=True) if any(s)]
            if away:
                middle = (0,) * len(away[0][0])
                away.append((middle, -sum(c for _, c in away)))
                neighbours[pair] = Stencil(tuple(s for s, _ in away), tuple(c for _, c in away))
        if not neighbours:
            self.why_no_modes = "neighbouring cells are not coupled"
            return None
        n = self.system.size
        try:
            return modes_of_stencils(neighbours, self.named_grid, n, np.zeros(n))
        except UnsupportedError as error:
            self.why_no_modes = str(error)
            return None

    @functools.cached_property
    def product(self) -> Callable[[Array], Array]:
        """Product of the Jacobian at the beginning with a vector."""
        call, n = self.call("jacobian_vector"), self.system.size
        pair = np.empty(2 * n)
        pair[:n] = self.y0

        def times(x: Array) -> Array:
            pair[n:] = x
            return call(self.t0, pair)

        return times

    @functools.cached_property
    def stencils(self) -> "dict[tuple[int, int], Stencil] | None":
        """How the rate in a cell in the middle of the grid depends on its neighbours, at the beginning."""
        from symnum.integrators.grids.stencils import read_stencils

        try:
            return read_stencils(self.product, self.grid, self.system.size, np.zeros(self.system.size))
        except UnsupportedError:
            return None

    @functools.cached_property
    def reach(self) -> tuple[int, ...]:
        """How far away neighbours lie that a cell in the middle reads, along each axis."""
        dimensions = len(self.grid[0].shape)
        shifts = [s for stencil in (self.stencils or {}).values() for s in stencil.shifts]
        return tuple(max((abs(s[axis]) for s in shifts), default=1) or 1 for axis in range(dimensions))


#: What was found out about systems, while they exist.
_FOUND: "Any" = None


def _known(system: StencilSystem) -> dict[Any, Any]:
    global _FOUND
    if _FOUND is None:
        import weakref

        _FOUND = weakref.WeakKeyDictionary()
    known: dict[Any, Any] = _FOUND.setdefault(system, {})
    if len(known) > 8:
        known.clear()
    return known
