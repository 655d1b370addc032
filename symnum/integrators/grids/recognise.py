"""How fields go on beyond the sides of a grid where nobody has said so, as in programs that were traced.

What a linear operator makes of a single value near a side tells how it takes neighbours from beyond: from the other
end, from a mirror image with one sign or the other, or as zero.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from symnum.integrators.grids.axes import KINDS
from symnum.integrators.grids.layout import GridField
from symnum.integrators.grids.stencils import Stencil

__all__ = ["with_recognised_sides"]

Array = npt.NDArray[np.float64]
Stencils = Mapping[tuple[int, int], Stencil]
Cell = tuple[int, ...]
Response = dict[tuple[int, Cell], float]


def with_recognised_sides(
    apply: Callable[[Array], Array], fields: Sequence[GridField], found: Stencils, size: int, constant: Array
) -> tuple[GridField, ...]:
    """Return the fields, those without conditions with the ones that are nearest to what the operator does.

    Whether they are right is for the caller to see.

    Parameters
    ----------
    apply : callable
        From x to L x + b.
    fields : sequence of GridField
        One after the other in the state.
    found : mapping of (int, int) to Stencil
        What the second field adds to the rate of the first, in the middle.
    size : int
        Number of states.
    constant : ndarray, shape (size,)
        b.
    """
    out = []
    for number, field in enumerate(fields):
        if field.sides or any(fields[f].shape != field.shape for f, g in found if g == number):
            out.append(field)
            continue
        sides = [_sides(apply, fields, number, axis, found, size, constant) for axis in range(len(field.shape))]
        out.append(replace(field, sides=tuple(sides)))
    return tuple(out)


def _sides(
    apply: Callable[[Array], Array],
    fields: Sequence[GridField],
    source: int,
    axis: int,
    found: Stencils,
    size: int,
    constant: Array,
) -> tuple[str, str]:
    own = {f: stencil for (f, g), stencil in found.items() if g == source}
    reach = max((abs(shift[axis]) for stencil in own.values() for shift in stencil.shifts), default=0)
    field = fields[source]
    n = field.shape[axis]
    if not reach or n < 2 * reach + 2:
        return "unknown", "unknown"
    wrong = dict.fromkeys(KINDS, 0.0)
    for place in (*range(reach + 1), *range(n - reach - 1, n)):
        cell = tuple(place if a == axis else m // 2 for a, m in enumerate(field.shape))
        seen = _seen(apply, fields, field.offset + int(np.ravel_multi_index(cell, field.shape)), size, constant)
        for sides in KINDS:
            expected = _expected(own, cell, axis, n, sides)
            wrong[sides] += sum(abs(seen.get(c, 0.0) - expected.get(c, 0.0)) for c in {*seen, *expected})
    return min(wrong, key=wrong.__getitem__)


def _seen(
    apply: Callable[[Array], Array], fields: Sequence[GridField], place: int, size: int, constant: Array
) -> Response:
    """Return what a single value adds to the rates, by field and cell."""
    x = np.zeros(size)
    x[place] = 1.0
    y = apply(x) - constant
    found: Response = {}
    for f, field in enumerate(fields):
        rates = y[field.offset : field.offset + field.size]
        for at in np.flatnonzero(rates):
            cell = tuple(int(i) for i in np.unravel_index(at, field.shape))
            found[f, cell] = float(rates[at])
    return found


def _expected(own: Mapping[int, Stencil], cell: Cell, axis: int, n: int, sides: tuple[str, str]) -> Response:
    """Return what a single value in a cell would add, if fields went on beyond the sides of an axis in this way."""
    images = _images(cell[axis], n, sides)
    found: Response = defaultdict(float)
    for (f, stencil), (image, sign) in itertools.product(own.items(), images):
        for shift, coefficient in zip(stencil.shifts, stencil.coefficients, strict=True):
            at = image - shift[axis]
            if 0 <= at < n:
                here = tuple(at if a == axis else c - shift[a] for a, c in enumerate(cell))
                found[f, here] += sign * coefficient
    return found


def _images(place: int, n: int, sides: tuple[str, str]) -> list[tuple[int, float]]:
    """Return where beyond the sides a value is met again, and with what sign; first the value itself."""
    if sides == ("periodic", "periodic"):
        return [(place, 1.0), (place - n, 1.0), (place + n, 1.0)]
    # Twice the distance of the mirror from cell 0, and the sign of the image.
    mirrors = {"neumann": (-1, 1.0), "dirichlet": (-1, -1.0), "mirror": (0, 1.0), "zero": (-2, -1.0)}
    (low, low_sign), (high, high_sign) = mirrors[sides[0]], mirrors[sides[1]]
    images = [(low - place, low_sign), (2 * (n - 1) - high - place, high_sign)]
    return [(place, 1.0), *((image, sign) for image, sign in images if image != place)]
