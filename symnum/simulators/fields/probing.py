"""Numbers out of fields: values at points between the centres of cells, and statistics over the domain."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, UnknownNameError, suggest
from symnum.simulators.arguments import finite_number
from symnum.simulators.fields.layout import FieldLayout, name_of
from symnum.systems.stencils.grid import GridAxis

__all__ = ["STATISTICS", "probe"]

Array = NDArray[np.float64]


def probe(layout: FieldLayout, values: Array, point: Mapping[Any, Any]) -> Array:
    """Return values at a point, on a line or on a plane: linear between the centres of cells.

    Parameters
    ----------
    layout : FieldLayout
    values : ndarray, shape (...,) and that of the grid
    point : mapping of str to float
        Coordinates by name of their axis; axes that are left out remain.

    Raises
    ------
    UnknownNameError
        For an axis that does not exist.
    InputError
        For a coordinate outside the grid.
    """
    names = [axis.name for axis in layout.axes]
    given = {name_of(key): value for key, value in point.items()}
    for name in given:
        if name not in names:
            raise UnknownNameError(f'There is no axis "{name}"; there are {", ".join(names)}.{suggest(name, names)}')
    leading = values.ndim - len(names)
    for k in reversed(range(len(names))):  # from the last axis on, so that the others keep their places
        if names[k] in given:
            low, high, weight = _between(layout.axes[k], finite_number(names[k], given[names[k]]))
            pair = values.take((low, high), leading + k)
            values = np.tensordot(pair, (1.0 - weight, weight), (leading + k, 0))
    return values


def _between(axis: GridAxis, x: float) -> tuple[int, int, float]:
    """Return two cells and the weight of the second one's value; beyond the outermost centres the line goes on."""
    first, last, n = float(axis.edges[0]), float(axis.edges[-1]), len(axis.centres)
    if axis.periodic:
        x = first + (x - first) % (last - first)
    elif not first <= x <= last:
        raise InputError(f"{axis.name} = {x:g} lies outside the grid, which goes from {first:g} to {last:g}.")
    if n == 1:
        return 0, 0, 0.0
    high = int(np.searchsorted(axis.centres, x))
    if not axis.periodic:
        high = min(max(high, 1), n - 1)
        left, right = float(axis.centres[high - 1]), float(axis.centres[high])
        return high - 1, high, (x - left) / (right - left)
    # Around the end the neighbours are the last cell and the first one.
    left = float(axis.centres[high - 1]) - (last - first if high == 0 else 0.0)
    right = float(axis.centres[high % n]) + (last - first if high == n else 0.0)
    return (high - 1) % n, high % n, (x - left) / (right - left)


def _mean(layout: FieldLayout, values: Array) -> float:
    return float(layout.integral(values)) / layout.volume


def _std(layout: FieldLayout, values: Array) -> float:
    return float(np.sqrt(_mean(layout, (values - _mean(layout, values)) ** 2)))


#: What can be said of one field at one time, by name: of a layout and values of the grid's shape.
STATISTICS: dict[str, Callable[[FieldLayout, Array], float]] = {
    "mean": _mean,
    "integral": lambda layout, values: float(layout.integral(values)),
    "min": lambda _, values: float(np.min(values)),
    "max": lambda _, values: float(np.max(values)),
    "std": _std,
}
