"""The linear part of a right-hand side on a grid as blocks in the basis of a fast transform, seen to be right."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from symnum.errors import UnsupportedError
from symnum.integrators.grids.axes import AxisTransform, axis_transform
from symnum.integrators.grids.grid_transform import GridTransform
from symnum.integrators.grids.layout import GridField, fields_in_order
from symnum.integrators.grids.recognise import with_recognised_sides
from symnum.integrators.grids.stencils import Stencil, even_axes, read_stencils, symbols, units_of

__all__ = ["GridModes", "find_grid_modes", "modes_of_stencils"]

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Deviation from the blocks, as a share of the largest sums of absolute terms, that is rounding.
_ROUNDING = 1e-10


@dataclass(frozen=True)
class GridModes:
    """A linear part L y + b, L as blocks on the diagonal in the basis of a transform.

    Attributes
    ----------
    transform : GridTransform
    starts : ndarray of int64
        Where each block starts, and the number of states; empty where all are of order 1.
    linear : ndarray
        The blocks, one after the other, each by columns.
    constant : ndarray, shape (n,)
        b, in the basis of the cells.
    radius : float
        Bound of the spectral radius of L.
    """

    transform: GridTransform
    starts: Integers
    linear: Array
    constant: Array
    radius: float

    def multiply(self, x: Array) -> Array:
        """Return L x for x in the basis of the modes."""
        if not len(self.starts):
            return self.linear * x
        out = np.empty_like(x)
        place = 0
        sizes = np.diff(self.starts)
        edges = np.flatnonzero(np.diff(sizes)) + 1
        for first, last in pairwise([0, *edges.tolist(), len(sizes)]):  # runs of blocks of one order
            m, count = int(sizes[first]), last - first
            blocks = self.linear[place : place + count * m * m].reshape(count, m, m)
            values = x[self.starts[first] : self.starts[last]].reshape(count, m)
            out[self.starts[first] : self.starts[last]] = np.einsum("bji,bj->bi", blocks, values).ravel()
            place += count * m * m
        return out

    def apply(self, x: Array) -> Array:
        """Return L x + b for x in the basis of the cells."""
        modes, out = np.empty_like(x), np.empty_like(x)
        self.transform.forward(x, modes)
        self.transform.back(self.multiply(modes), out)
        out += self.constant
        return out


def find_grid_modes(
    apply: Callable[[float, Array], Array], fields: Sequence[GridField], size: int, times: Sequence[float]
) -> GridModes:
    """Find the blocks of a linear right-hand side, and see whether they give the same.

    Parameters
    ----------
    apply : callable
        From t and x to L x + b.
    fields : sequence of GridField
    size : int
        Number of states.
    times : sequence of float
        When to look; the coefficients must not depend on time.

    Raises
    ------
    UnsupportedError
        Where no transform belongs to the conditions at the sides, where coefficients vary in space or time, where the
        right-hand side is not linear: the message says which.
    """
    ordered = fields_in_order(fields, size)
    if ordered is None:
        raise UnsupportedError("fields do not lie one after the other in the state")
    constant = apply(times[0], np.zeros(size))
    if not np.isfinite(constant).all():
        raise UnsupportedError("the linear part is not finite where all fields are zero")

    def at_first(x: Array) -> Array:
        return apply(times[0], x)

    found = read_stencils(at_first, ordered, size, constant)
    ordered = with_recognised_sides(at_first, ordered, found, size, constant)
    modes = modes_of_stencils(found, ordered, size, constant)
    _verify(modes, apply, ordered, times)
    return modes


def modes_of_stencils(
    found: dict[tuple[int, int], Stencil], ordered: Sequence[GridField], size: int, constant: Array
) -> GridModes:
    """Return the blocks of an operator that has these stencils in every cell, whatever a right-hand side has.

    Parameters
    ----------
    found : dict of (int, int) to Stencil
        What the second field adds to the rate of the first.
    ordered : sequence of GridField
        One after the other in the state.
    size : int
        Number of states.
    constant : ndarray, shape (size,)
        What does not depend on the state.

    Raises
    ------
    UnsupportedError
        Where no transform belongs to the conditions at the sides.
    """
    groups = _coupled(len(ordered), found)
    transforms: list[tuple[AxisTransform, ...]] = [()] * len(ordered)
    for group in groups:
        own = {key: s for key, s in found.items() if key[0] in group}
        axes = _transforms([ordered[f] for f in group], list(own.values()))
        for f in group:
            transforms[f] = axes
    linear, starts, order = _blocks(ordered, groups, found, transforms)
    transform = GridTransform(size, ordered, transforms, order)
    radius = max((sum(s.size for (f, _), s in found.items() if f == row) for row in range(len(ordered))), default=0.0)
    return GridModes(transform, starts, linear, constant, radius)


def _coupled(count: int, found: dict[tuple[int, int], Stencil]) -> list[list[int]]:
    """Return groups of fields that depend on each other."""
    label = list(range(count))
    for f, g in found:
        old, new = label[g], label[f]
        label = [new if entry == old else entry for entry in label]
    return [[f for f in range(count) if label[f] == name] for name in dict.fromkeys(label)]


def _transforms(fields: Sequence[GridField], stencils: Sequence[Stencil]) -> tuple[AxisTransform, ...]:
    """Return the transforms of a group of fields; the identity along axes in which no neighbour is read."""
    first = fields[0]
    even = even_axes(stencils, len(first.shape))
    out = []
    for axis, n in enumerate(first.shape):
        if not any(shift[axis] for s in stencils for shift in s.shifts):
            out.append(AxisTransform("identity", n))
            continue
        sides = {field.sides[axis] if field.sides else ("unknown", "unknown") for field in fields}
        names = ", ".join(f'"{field.name}"' for field in fields)
        if len(sides) > 1:
            raise UnsupportedError(f"{names} are coupled in the linear part and have different boundary conditions")
        here = sides.pop()
        transform = axis_transform(here, n)
        if transform is None:
            raise UnsupportedError(f"no fast transform belongs to the conditions {here} of {names}")
        if transform.kind != "fourier" and not even[axis]:
            raise UnsupportedError(
                f"the linear part of {names} is not the same mirrored (advection, or coefficients that vary), and "
                "sides are not periodic"
            )
        out.append(transform)
    return tuple(out)


def _blocks(
    fields: Sequence[GridField],
    groups: Sequence[Sequence[int]],
    found: dict[tuple[int, int], Stencil],
    transforms: Sequence[tuple[AxisTransform, ...]],
) -> tuple[Array, Integers, Integers | None]:
    """Return all blocks by columns, where each starts (empty where all are of order 1), and the order of the modes."""
    blocks, places = [], []
    for group in groups:
        own = [s for key, s in found.items() if key[0] in group]
        first, axes = fields[group[0]], transforms[group[0]]
        even = even_axes(own, len(axes))
        for runs in itertools.product(*(units_of(t, e) for t, e in zip(axes, even, strict=True))):
            width = math.prod(run[1] for run in runs)
            count = math.prod(run[2] for run in runs)
            matrices = np.zeros((count, len(group), width, len(group), width))
            for (i, f), (j, g) in itertools.product(enumerate(group), repeat=2):
                if (f, g) in found:
                    block = symbols(found[f, g], axes, runs)
                    matrices[:, i, :, j, :] = block.reshape(count, width, width)
            m = len(group) * width
            blocks.append(matrices.reshape(count, m, m))
            cells = _places(first.shape, runs)
            places.append(np.concatenate([fields[f].offset + cells for f in group], axis=1))
    sizes = np.concatenate([np.full(len(b), b.shape[1], np.int64) for b in blocks])
    order = np.concatenate([p.ravel() for p in places])
    linear = np.concatenate([b.transpose(0, 2, 1).ravel() for b in blocks])
    if sizes.max() == 1:
        in_place = np.empty_like(linear)
        in_place[order] = linear
        return in_place, np.zeros(0, np.int64), None
    return linear, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), order


def _places(shape: Sequence[int], runs: Sequence[tuple[int, int, int]]) -> Integers:
    """Return the numbers of the modes of every block of a run, shape (blocks, width)."""
    total = np.zeros([1] * (2 * len(shape)), np.int64)
    for axis, (n, (first, width, count)) in enumerate(zip(shape, runs, strict=True)):
        along = (first + np.arange(count * width)).reshape(count, width)
        at = [1] * (2 * len(shape))
        at[axis], at[len(shape) + axis] = count, width
        total = total * n + along.reshape(at)
    return total.reshape(math.prod(run[2] for run in runs), -1)


def _verify(
    modes: GridModes, apply: Callable[[float, Array], Array], fields: Sequence[GridField], times: Sequence[float]
) -> None:
    """Compare with the right-hand side at values without any structure.

    Raises
    ------
    UnsupportedError
        With the place where they differ.
    """
    generator = np.random.default_rng(20260)
    size = modes.transform.size
    tolerated = _ROUNDING * (modes.radius + np.abs(modes.constant).max(initial=0.0)) + 1e-300
    for number, t in enumerate(times):
        x = generator.standard_normal(size) * (1.0, 1.7, 0.6)[number % 3]
        wrong = ~(np.abs(modes.apply(x) - apply(t, x)) <= tolerated * max(1.0, float(np.abs(x).max())))
        if wrong.any():
            place = int(np.argmax(wrong))
            field = next(f for f in fields if f.offset <= place < f.offset + f.size)
            raise UnsupportedError(
                f"the linear part at {field.cell(place - field.offset)} is not that in the middle of the grid with "
                "the field going on beyond its sides: its coefficients vary, it is not linear, or sides are "
                "discretised in another way"
            )
