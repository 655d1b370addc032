"""Values read from tables of numbers, and elements added up in bins, on symbolic arrays."""

from typing import Any

import numpy as np

from symnum.errors import UnsupportedError
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.elementwise import elementwise, shape_of
from symnum.models.stencil_trace.joining import symbolic
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.universal import choose
from symnum.terms.symbols import apply

__all__ = ["add_at", "bin_count", "interpolate"]

MOST_KNOTS = 64
"""Points of a table between which values are interpolated."""


def interpolate(session: Session, x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Return numpy.interp of symbolic places in a table of numbers.

    Raises
    ------
    UnsupportedError
        If the table is symbolic, or long.
    """
    if any(isinstance(v, FieldArray) and not v.is_numeric for v in (xp, fp)):
        raise UnsupportedError("np.interp of symbolic arrays takes a table of numbers")
    places, values = np.asarray(xp, float), np.asarray(fp, float)
    if len(places) > MOST_KNOTS or np.any(np.diff(places) <= 0):
        raise UnsupportedError(
            f"np.interp of symbolic arrays takes at most {MOST_KNOTS} places that rise, not {len(places)}"
        )
    first = float(values[0] if left is None else left)
    last = float(values[-1] if right is None else right)

    def one(z: Any) -> Any:
        if isinstance(z, int | float):
            return float(np.interp(z, places, values, left, right))
        result: Any = choose(apply(">", z, float(places[-1])), last, float(values[-1]))
        for k in reversed(range(len(places) - 1)):
            slope = float((values[k + 1] - values[k]) / (places[k + 1] - places[k]))
            line = (z - float(places[k])) * slope + float(values[k])
            result = choose(apply("<", z, float(places[k + 1])), line, result)
        return choose(apply("<", z, float(places[0])), first, result)

    return elementwise(session, one, x)


def add_at(session: Session, target: Any, index: Any, values: Any, sign: int = 1) -> None:
    """Do ``numpy.add.at(target, index, values)`` with an index array of numbers for the first axis.

    Raises
    ------
    UnsupportedError
        For other selections.
    """
    places = np.asarray(index)
    if places.ndim != 1 or places.dtype.kind not in "iu" or not isinstance(target, FieldArray):
        raise UnsupportedError("np.add.at of symbolic arrays takes one array of places along the first axis")
    places = np.where(places < 0, places + len(target), places)
    wide = shape_of(values)
    order = np.argsort(places, kind="stable")
    ranks = np.empty(len(places), int)
    starts = np.flatnonzero(np.diff(places[order], prepend=-1))
    ranks[order] = np.arange(len(places)) - np.repeat(starts, np.diff(np.append(starts, len(places))))
    rest = (len(places), *target.shape[1:])
    given = elementwise(session, lambda _, v: v, np.zeros(rest), values) if wide != rest else values
    given = symbolic(session, given)
    for rank in range(int(ranks.max(initial=-1)) + 1):
        mine = np.flatnonzero(ranks == rank)  # each place once
        mine = mine[np.argsort(places[mine])]
        target[places[mine]] = target[places[mine]] + sign * given[mine]


def bin_count(session: Session, x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """Return numpy.bincount of places that are numbers, with symbolic weights."""
    if isinstance(x, FieldArray) and not x.is_numeric:
        raise UnsupportedError("np.bincount of symbolic places, which are not known yet; only weights may be symbolic")
    places = np.asarray(x)
    bins = max(int(places.max(initial=-1)) + 1, minlength)
    memory = Memory(session, (bins,), numbers=np.zeros(bins))
    total = FieldArray(memory, memory.frame)
    add_at(session, total, places, weights)
    return total
