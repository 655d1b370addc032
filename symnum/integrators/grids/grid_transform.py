"""The way from values in cells to modes and back, for all fields of a state: a machine function, or SciPy behind one.

As `linear_modes.change_basis` it is

    int32 transform(int64 context, int64 back, const double* x, double* out)

Small grids are multiplied by matrices along each axis, in compiled code; the context is an array of int64: number of
states, number of sweeps, addresses of an order of the modes (int64; 0: as they are) and of room for as many numbers
as there are states, then for each sweep the first state, cells before, along and behind the axis (the last ones are
neighbours in memory) and the addresses of the two matrices, stored by columns. Larger grids go through SciPy's fast
transforms, called back from compiled code.
"""

import ctypes
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from symnum.integrators.addresses import float_pointer, int_pointer, offset
from symnum.integrators.compiled import compiled, compiled_callback
from symnum.integrators.grids.axes import AxisTransform
from symnum.integrators.grids.layout import GridField
from symnum.integrators.run import address_of

__all__ = ["MATRIX_WORK", "GridTransform", "transform_by_matrices"]

Array = npt.NDArray[np.float64]

#: Multiplications of a transform up to which matrices are as fast as fast transforms, by measurement.
MATRIX_WORK = 300_000

_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)


@compiled
def _sweep(outer, length, inner, matrix, x, out):  # type: ignore[no-untyped-def]
    """out = the matrix times x along the middle one of three axes."""
    size = length * inner
    for o in range(outer):
        source = offset(x, o * size)
        target = offset(out, o * size)
        for i in range(size):
            target[i] = 0.0
        for j in range(length):
            column = offset(matrix, j * length)
            if inner == 1:
                factor = source[j]
                for i in range(length):
                    target[i] += column[i] * factor
            else:
                row = offset(source, j * inner)
                for i in range(length):
                    factor = column[i]
                    place = offset(target, i * inner)
                    for q in range(inner):
                        place[q] += factor * row[q]


@compiled_callback("int32(int64, int64, CPointer(float64), CPointer(float64))", seconds=0.5)
def transform_by_matrices(context, back, x, out):  # type: ignore[no-untyped-def]
    """out = x in the basis of the modes, or `back` in that of the cells; 0."""
    settings = int_pointer(context)
    n = settings[0]
    order = int_pointer(settings[2])
    spare = float_pointer(settings[3])
    if settings[2] != 0 and back != 0:
        for i in range(n):
            out[order[i]] = x[i]
    else:
        for i in range(n):
            out[i] = x[i]
    for sweep in range(settings[1]):
        place = offset(settings, 4 + 6 * sweep)
        outer, length, inner = place[1], place[2], place[3]
        matrix = float_pointer(place[5] if back != 0 else place[4])
        values = offset(out, place[0])
        _sweep(outer, length, inner, matrix, values, spare)
        for i in range(outer * length * inner):
            values[i] = spare[i]
    if settings[2] != 0 and back == 0:
        for i in range(n):
            spare[i] = out[i]
        for i in range(n):
            out[i] = spare[order[i]]
    return 0


class GridTransform:
    """Transforms of all fields along all axes, and an order of the modes.

    Parameters
    ----------
    size : int
        Number of states.
    fields : sequence of GridField
        In their order in the state.
    transforms : sequence of tuple of AxisTransform
        For each field, one per axis.
    order : ndarray of int64, shape (size,), optional
        Which mode of the fields, one after the other, comes when.
    """

    def __init__(
        self, size: int, fields: Sequence[GridField], transforms: Sequence[tuple[AxisTransform, ...]],
        order: npt.NDArray[np.int64] | None = None,
    ) -> None:  # fmt: skip
        self.size, self.order = size, order
        self._arguments = size, tuple(fields), tuple(transforms), order
        self._sweeps: list[tuple[int, tuple[int, ...], tuple[AxisTransform, ...]]] = []
        for field, axes in zip(fields, transforms, strict=True):
            if all(axis.kind == "identity" for axis in axes):
                continue
            if self._sweeps:
                start, shape, before = self._sweeps[-1]
                if before == axes and start + math.prod(shape) == field.offset:
                    self._sweeps[-1] = start, (shape[0] + 1, *shape[1:]), axes
                    continue
            self._sweeps.append((field.offset, (1, *field.shape), axes))
        self._views: dict[int, Array] = {}
        self._kept: list[Any] = []
        self._machine: tuple[int, int] | None = None

    def clone(self) -> "GridTransform":
        """Return the same transform with memory of its own."""
        return GridTransform(*self._arguments)

    @property
    def is_uniform(self) -> bool:
        """Whether all fields lie on one grid and have the same transforms."""
        _, fields, transforms, _ = self._arguments
        return len({(field.shape, axes) for field, axes in zip(fields, transforms, strict=True)}) == 1

    @property
    def work(self) -> int:
        """Multiplications with matrices along all axes."""
        return sum(
            math.prod(shape) * axis.n for _, shape, axes in self._sweeps for axis in axes if axis.kind != "identity"
        )

    @property
    def slowness(self) -> float:
        """How much longer than transforms of good lengths these take, roughly."""
        axes = [axis.slowness for _, _, axes in self._sweeps for axis in axes if axis.kind != "identity"]
        return sum(axes) / len(axes) if axes else 1.0

    @property
    def name(self) -> str:
        """Which transforms these are: "FFT", "DCT", "DST"."""
        names = {"fourier": "FFT", "cosine": "DCT", "sine": "DST"}
        kinds = [axis.kind for _, _, axes in self._sweeps for axis in axes if axis.kind != "identity"]
        found = dict.fromkeys(names[kind.split()[0].split("-")[0]] for kind in kinds)
        return "/".join(found) or "no transform"

    # ------------------------------------------------------------------------------------ by SciPy

    def forward(self, x: Array, out: Array) -> None:
        """out = x in the basis of the modes."""
        out[:] = x
        for start, shape, axes in self._sweeps:
            values = out[start : start + math.prod(shape)].reshape(shape)
            for number in range(len(axes), 0, -1):
                axes[number - 1].forward(values, number)
        if self.order is not None:
            out[:] = out[self.order]

    def back(self, x: Array, out: Array) -> None:
        """out = x in the basis of the cells."""
        if self.order is None:
            out[:] = x
        else:
            out[self.order] = x
        for start, shape, axes in self._sweeps:
            values = out[start : start + math.prod(shape)].reshape(shape)
            for number in range(len(axes), 0, -1):
                axes[number - 1].back(values, number)

    def _view(self, address: int) -> Array:
        found = self._views.get(address)
        if found is None:
            if len(self._views) > 1000:
                self._views.clear()
            found = np.ctypeslib.as_array((ctypes.c_double * self.size).from_address(address))
            self._views[address] = found
        return found

    def _called(self, _: int, back: int, x: int, out: int) -> int:
        try:
            (self.back if back else self.forward)(self._view(x), self._view(out))
        except BaseException:  # noqa: BLE001 - nobody above could catch it; the engine meets what is no number
            self._view(out)[:] = np.nan
            return 1
        return 0

    # ------------------------------------------------------------------------------------ for compiled code

    @property
    def machine(self) -> tuple[int, int]:
        """Addresses of the machine function and of its context."""
        if self._machine is None:
            self._machine = self._by_matrices() if self.work <= MATRIX_WORK else self._by_callback()
        return self._machine

    def _by_callback(self) -> tuple[int, int]:
        called: Callable[..., int] = self._called
        function = _CALLBACK(called)
        self._kept.append(function)
        address = ctypes.cast(function, ctypes.c_void_p).value
        assert address is not None
        return address, 0

    def _by_matrices(self) -> tuple[int, int]:
        known: dict[AxisTransform, tuple[Array, Array]] = {}
        lines = []
        for start, shape, axes in self._sweeps:
            for number, axis in enumerate(axes, 1):
                if axis.kind == "identity":
                    continue
                if axis not in known:
                    known[axis] = tuple(np.ascontiguousarray(m.T) for m in axis.matrices())  # type: ignore[assignment]
                addresses = [address_of(m) for m in known[axis]]
                lines.append([start, math.prod(shape[:number]), axis.n, math.prod(shape[number + 1 :]), *addresses])
        spare = np.empty(self.size)
        order = 0 if self.order is None else address_of(self.order)
        head = [self.size, len(lines), order, address_of(spare)]
        context = np.array(head + [number for line in lines for number in line], np.int64)
        self._kept += [known, spare, context]
        return transform_by_matrices.address, address_of(context)

    def statistics(self) -> dict[str, object]:
        """Return how it is done."""
        return {"transform": self.name, "by": "matrices" if self.work <= MATRIX_WORK else "SciPy"}
