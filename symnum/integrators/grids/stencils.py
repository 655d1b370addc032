"""The stencils of a linear operator on a grid, read from its values at single cells, and their symbols."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from symnum.errors import UnsupportedError
from symnum.integrators.grids.axes import AxisTransform
from symnum.integrators.grids.layout import GridField

__all__ = ["Stencil", "even_axes", "read_stencils", "symbols"]

Array = npt.NDArray[np.float64]
Shift = tuple[int, ...]

_EPSILON = 2.2e-16


@dataclass(frozen=True)
class Stencil:
    """The value at a cell is the sum of coefficients times the values at shifted cells.

    Attributes
    ----------
    shifts : tuple of tuple of int
        How far away, per axis.
    coefficients : tuple of float
    """

    shifts: tuple[Shift, ...]
    coefficients: tuple[float, ...]

    @property
    def total(self) -> float:
        """Sum of the coefficients; zero where it is zero but for rounding."""
        total = math.fsum(self.coefficients)
        return total if abs(total) > 4.0 * _EPSILON * self.size else 0.0

    @property
    def size(self) -> float:
        """Sum of the absolute coefficients."""
        return math.fsum(abs(c) for c in self.coefficients)

    def is_even(self, axis: int) -> bool:
        """Whether it is the same mirrored along an axis."""
        known = dict(zip(self.shifts, self.coefficients, strict=True))
        small = 16.0 * _EPSILON * self.size
        return all(abs(c - known.get((*s[:axis], -s[axis], *s[axis + 1 :]), 0.0)) <= small for s, c in known.items())


def read_stencils(
    apply: Callable[[Array], Array], fields: Sequence[GridField], size: int, constant: Array
) -> dict[tuple[int, int], Stencil]:
    """Return the stencils of an operator that is the same in every cell, as far as one cell in the middle tells.

    Parameters
    ----------
    apply : callable
        From x to L x + b.
    fields : sequence of GridField
    size : int
        Number of states.
    constant : ndarray, shape (size,)
        b.

    Returns
    -------
    dict of (int, int) to Stencil
        What the second field adds to the rate of the first; nothing where it adds nothing.

    Raises
    ------
    UnsupportedError
        Where fields on different grids are coupled.
    """
    found = {}
    for g, source in enumerate(fields):
        middle = tuple(n // 2 for n in source.shape)
        x = np.zeros(size)
        x[source.offset + int(np.ravel_multi_index(middle, source.shape))] = 1.0
        y = apply(x) - constant
        y[np.abs(y) <= 8.0 * _EPSILON * np.abs(constant)] = 0.0
        for f, target in enumerate(fields):
            places = np.flatnonzero(y[target.offset : target.offset + target.size])
            if not len(places):
                continue
            if target.shape != source.shape:
                raise UnsupportedError(f'"{source.name}" and "{target.name}" lie on different grids and are coupled')
            where = np.unravel_index(places, target.shape)
            shifts = [_shift(cell, middle, source) for cell in zip(*(w.tolist() for w in where), strict=True)]
            found[f, g] = Stencil(tuple(shifts), tuple(y[target.offset + places].tolist()))
    return found


def _shift(cell: Sequence[int], middle: Sequence[int], field: GridField) -> Shift:
    """Return how far the middle lies from a cell; along periodic axes the shorter way."""
    shift = []
    for i, c, n, periodic in zip(cell, middle, field.shape, field.periodic, strict=True):
        distance = c - i
        if periodic:
            distance = (distance + (n - 1) // 2) % n - (n - 1) // 2
        shift.append(distance)
    return tuple(shift)


def even_axes(stencils: Sequence[Stencil], dimensions: int) -> tuple[bool, ...]:
    """Return along which axes all of these are the same mirrored."""
    return tuple(all(s.is_even(axis) for s in stencils) for axis in range(dimensions))


#: Modes of an axis that belong together: first index, how many of them at a time, how many times.
Units = tuple[int, int, int]


def units_of(transform: AxisTransform, even: bool) -> list[Units]:
    """Return modes that do not mix, or pairs of them that do, as runs of equal ones."""
    n = transform.n
    if even or transform.kind != "fourier":
        return [(0, 1, n)]
    runs = [(0, 1, 1), (1, 2, (n - 1) // 2)] + ([(n - 1, 1, 1)] if n % 2 == 0 else [])
    return [run for run in runs if run[2]]


def symbols(stencil: Stencil, transforms: Sequence[AxisTransform], runs: Sequence[Units]) -> Array:
    """Return the matrices by which a stencil acts on modes, shape (*units, m, m), m the product of the widths.

    Of a constant only rounding is left where the coefficients cancel: cosines are taken as what they lack to one.
    """
    units = [run[2] for run in runs]
    width = math.prod(run[1] for run in runs)
    out = np.zeros((*units, width, width))
    out += stencil.total * np.eye(width)
    for shift, coefficient in zip(stencil.shifts, stencil.coefficients, strict=True):
        out += coefficient * _less_one(shift, transforms, runs)
    return out


def _less_one(shift: Shift, transforms: Sequence[AxisTransform], runs: Sequence[Units]) -> Any:
    """Return the matrices of a shift, less the identity."""
    dimensions = len(shift)
    total: Any = np.zeros((1,) * dimensions + (1, 1))
    for axis, (s, transform, (first, width, count)) in enumerate(zip(shift, transforms, runs, strict=True)):
        angles = s * transform.angles[first : first + width * count : width]
        matrices = np.empty((count, width, width))
        lack = -2.0 * np.sin(0.5 * angles) ** 2
        for i, j in itertools.product(range(width), repeat=2):
            matrices[:, i, j] = lack if i == j else (i - j) * np.sin(angles)
        matrices = matrices.reshape([count if a == axis else 1 for a in range(dimensions)] + [width, width])
        before = np.eye(total.shape[-1])
        total = _kron(total, matrices + np.eye(width)) + _kron(before, matrices)
    return total


def _kron(a: Array, b: Array) -> Array:
    """Return Kronecker products of the last two axes."""
    product = a[..., :, None, :, None] * b[..., None, :, None, :]
    m = a.shape[-1] * b.shape[-1]
    return np.asarray(product.reshape(*product.shape[:-4], m, m), np.float64)
