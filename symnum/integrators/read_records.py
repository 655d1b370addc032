"""Reads the continuous solution and the accepted points from the records of consecutive runs."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from symnum.integrators.record import Record

__all__ = ["all_points", "points_of", "read_records"]

Array = npt.NDArray[np.float64]


def read_records(records: list[Record], times: Array, side: Literal["left", "right"] = "right") -> Array:
    """Evaluate consecutive records at times within them, shape (m, n)."""
    if len(records) == 1:
        return records[0].evaluate(times)
    out = np.empty((len(times), records[0].size))
    starts = np.array([r.blocks[0].times[0] for r in records])
    last = records[-1].blocks[-1]
    sign = 1.0 if last.times[last.used - 1] >= starts[0] else -1.0
    where = np.maximum(np.searchsorted(sign * starts, sign * times, side=side) - 1, 0)
    for i in np.unique(where):
        out[where == i] = records[i].evaluate(times[where == i])
    return out


def all_points(records: list[Record]) -> tuple[Array, Array]:
    """Return every accepted point of consecutive records, shapes (m,) and (m, n)."""
    if len(records) == 1:
        return records[0].points()
    pieces = points_of(records)
    return np.concatenate([times for times, _ in pieces]), np.concatenate([states for _, states in pieces])


def points_of(records: list[Record]) -> list[tuple[Array, Array]]:
    """Return the accepted points of each record; where one goes on from another without a jump, they count once."""
    pieces = [r.points() for r in records]
    first = [0 if i == 0 or r.begins_with_jump else 1 for i, r in enumerate(records)]
    return [(times[k:], states[k:]) for (times, states), k in zip(pieces, first, strict=True)]
