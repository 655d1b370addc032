"""Integrals over the domain as weighted sums over cells."""

from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray

from symnum.errors import UnsupportedError
from symnum.models.discretisation.axes import Axis
from symnum.models.discretisation.regions import regions_of
from symnum.models.discretisation.values import Values
from symnum.models.discretisation.weights import weights_at
from symnum.systems.stencils.region import Sum
from symnum.terms.canonical import Symbol, multiply

__all__ = ["sum_over_cells"]


def sum_over_cells(values: Values, f: Any, symbol: Any) -> Sum:
    """Return the integral of a term over the domain.

    At order 2, and around periodic axes, weights are the volumes of the cells; else they integrate the polynomials
    through as many cells as the order says.

    Raises
    ------
    UnsupportedError
        If the term has integrals in it.
    """
    before = len(values.sums)
    weighted = multiply([f, *(_weight(values, axis) for axis in values.axes)])
    regions = regions_of(values, [(next(iter(values.problem.equations)).name, weighted)])
    if len(values.sums) > before:
        raise UnsupportedError(f"{symbol} is an integral of a term that has integrals in it; integrate these alone.")
    return Sum(Symbol(symbol) if isinstance(symbol, str) else symbol, regions)


def _weight(values: Values, axis: Axis) -> Any:
    order = values.problem.order
    if axis.uniform and not axis.power and (order == 2 or axis.periodic):
        return axis.spacing
    name = f"{axis.name}.measure"
    if name not in values.tables.tables:
        values.tables.add(name, measures(axis, order))
    return _along(values, axis, name)


def _along(values: Values, axis: Axis, name: str) -> Any:
    return values.tables.along(name, axis.number, 0)


def measures(axis: Axis, order: int) -> NDArray[np.float64]:
    """Return the weights of the cells of an axis in integrals, shape (cells,); of radii, once around."""
    around = (1.0, 2 * np.pi, 4 * np.pi)[axis.power]
    if order == 2 or (axis.periodic and axis.uniform):
        return around * np.asarray(axis.volumes, np.float64)
    n, low, high = axis.cells, axis.edges[:-1], axis.edges[1:]
    first = np.clip(np.arange(n) - order // 2 + 1 - (order % 2), 0, n - order)
    if axis.periodic:
        first = np.arange(n) - order // 2 + 1
    cells = first[:, None] + np.arange(order)
    points = axis.position(2 * cells)
    total = np.zeros(n)
    for node, weight in zip(*leggauss(order // 2 + 2), strict=True):
        x = (low + high) / 2 + node * (high - low) / 2
        share = weights_at(points, x, 0) * (around * weight / 2 * (high - low) * x**axis.power)[:, None]
        np.add.at(total, cells % n, share)
    return total
