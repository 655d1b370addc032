"""Arrays of numbers in a traced program: boxes of one value become numbers, the rest tables."""

from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.models.stencil_trace.merging import merged
from symnum.models.stencil_trace.pieces import Axis, Loop, Piece
from symnum.models.stencil_trace.session import Element, Session, trimmed
from symnum.terms.symbols import apply

__all__ = ["as_number", "number_pieces"]

MOST_BREAKS = 8
"""Changes of value along an axis up to which boxes are made; beyond it is a table."""
MOST_BOXES = 64
_SHORT = 4


def as_number(value: Any) -> Any:
    """Return an element of an array as Python's own number; 0, 1 and -1 exact, so that what is sparse stays so."""
    plain = value.item() if isinstance(value, np.generic) else value
    return int(plain) if isinstance(plain, float) and plain in (0.0, 1.0, -1.0) else plain


def number_pieces(session: Session, values: NDArray[Any]) -> list[Piece]:
    """Return an array of numbers as pieces.

    Parameters
    ----------
    session : Session
    values : ndarray
        Of floats, integers or truth values.
    """
    if not values.size:
        return []
    small = values[tuple(slice(0, 1) if s == 0 else slice(None) for s in values.strides)]
    breaks = [_breaks(small, axis) for axis in range(small.ndim)]
    small = small[tuple(slice(None) if len(b) else slice(0, 1) for b in breaks)]
    cut = _cuts(breaks, values.shape)
    ends = [[0, *b, n] if c else [0, n] for b, c, n in zip(breaks, cut, values.shape, strict=True)]
    found = [_box(session, small, box) for box in product(*(list(pairwise(e)) for e in ends))]
    return merged(session, found) if len(found) > 1 else found


def _breaks(values: NDArray[Any], axis: int) -> list[int]:
    if values.shape[axis] < 2:
        return []
    along = np.moveaxis(values, axis, 0)
    changes = along[1:] != along[:-1]
    if values.dtype.kind == "f":
        changes &= ~(np.isnan(along[1:]) & np.isnan(along[:-1]))
    where = np.flatnonzero(changes.any(axis=tuple(range(1, values.ndim))) if values.ndim > 1 else changes)
    return [int(k) + 1 for k in where]


def _cuts(breaks: list[list[int]], lengths: tuple[int, ...]) -> list[bool]:
    """Return which axes are cut into boxes."""
    cut = [n <= _SHORT or (len(b) <= MOST_BREAKS and 3 * len(b) <= n) for b, n in zip(breaks, lengths, strict=True)]
    while np.prod([len(b) + 1 for b, c in zip(breaks, cut, strict=True) if c], dtype=float) > MOST_BOXES:
        worst = max((k for k, c in enumerate(cut) if c), key=lambda k: len(breaks[k]))
        cut[worst] = False
    return cut


def _box(session: Session, small: NDArray[Any], box: tuple[tuple[int, int], ...]) -> Piece:
    axes = tuple(Axis(0, (Loop(1, low, high),)) if high - low > 1 else Axis(low) for low, high in box)
    part = small[tuple(slice(0, 1) if n == 1 else slice(*b) for n, b in zip(small.shape, box, strict=True))]
    first = part.flat[0]
    if np.all(part == first) or (part.dtype.kind == "f" and np.all(np.isnan(part))):
        return Piece(axes, (as_number(first),))
    kept = [axis for axis, n in enumerate(small.shape) if n > 1]
    table = session.table(small.reshape([small.shape[axis] for axis in kept]))
    step, steps = 1, dict[int, int]()
    for axis in reversed(kept):
        steps[axis] = step
        step *= small.shape[axis]
    offset = sum(steps.get(axis, 0) * low for axis, (low, high) in enumerate(box) if high - low == 1)
    strides = trimmed(steps.get(axis, 0) for axis, (low, high) in enumerate(box) if high - low > 1)
    symbol = session.symbol(Element(table, offset, strides))
    return Piece(axes, (apply("!=", symbol, 0) if values_are_conditions(small) else symbol,))


def values_are_conditions(values: NDArray[Any]) -> bool:
    """Tell whether an array holds truth values."""
    return values.dtype.kind == "b"
