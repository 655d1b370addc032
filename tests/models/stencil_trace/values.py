"""Numbers of symbolic arrays: every piece evaluated at every index, with NumPy."""

import numpy as np

from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.session import Session
from symnum.terms.evaluate import evaluate

__all__ = ["symbolic_input", "values_of"]


def symbolic_input(shape):
    session = Session()
    memory = Memory.of_source(session, session.add_source("y", "state", shape))
    return FieldArray(memory, memory.frame)


def values_of(array, y):
    """Return the elements of a symbolic array; each must be covered by one piece."""
    if not isinstance(array, FieldArray):
        return np.asarray(array, float)
    out = np.full(array.shape, np.nan)
    for axes, (term,) in array.pieces():
        loops = [loop for axis in axes for loop in axis.loops]
        grid = np.meshgrid(*[np.arange(loop.low, loop.high) for loop in loops], indexing="ij")
        grid = [g.ravel() for g in grid] or []
        cells = int(np.prod([loop.high - loop.low for loop in loops]))
        index, at = [], 0
        for axis in axes:
            position = np.full(cells, axis.offset)
            for loop in axis.loops:
                position = position + loop.stride * grid[at]
                at += 1
            index.append(position)
        known = {}
        for symbol in array.session.elements_in(term):
            source, offset, strides = array.session.element(symbol)
            place = offset + sum((s * g for s, g in zip(strides, grid, strict=False)), np.zeros(cells, int))
            values = array.session.sources[source].values
            known[symbol] = (y if values is None else values).ravel()[place]
        assert np.all(np.isnan(out[tuple(index)]))
        out[tuple(index)] = np.broadcast_to(evaluate(term, known), (cells,))
    assert not np.any(np.isnan(out))
    return out
