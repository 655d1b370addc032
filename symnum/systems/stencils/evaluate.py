"""Values of a system on a grid with NumPy, term by term: slow, simple, and what compiled code is compared with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.systems.stencils.flat import flat_access, flat_places
from symnum.systems.stencils.region import Region, Sum
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.evaluate import evaluate

__all__ = ["evaluate_initial", "evaluate_rhs", "evaluate_sum"]

Array = NDArray[np.float64]


def evaluate_rhs(system: StencilSystem, t: float, y: Array, p: Array) -> Array:
    """Return the derivative of the state, shape (n,).

    Parameters
    ----------
    system : StencilSystem
    t : float
    y : ndarray, shape (n,)
    p : ndarray, shape (parameter_size,)
    """
    out = np.full(system.size, np.nan)
    values = {**_scalars(system, t, p), **{s.symbol: evaluate_sum(system, s, t, y, p) for s in system.sums}}
    for region in system.regions:
        _store(system, region, values, y, p, out)
    return out


def evaluate_sum(system: StencilSystem, total: Sum, t: float, y: Array, p: Array) -> float:
    """Return a sum over cells."""
    result = 0.0
    for region in total.regions:
        values = {**_scalars(system, t, p), **_loads(system, region, y, p)}
        cells = int(np.prod(region.shape, dtype=np.int64))
        result += float(np.sum(np.broadcast_to(evaluate(region.stores[0][1], values), (cells,))))
    return result


def evaluate_initial(system: StencilSystem, p: Array, t: float = 0.0) -> Array:
    """Return the initial state, shape (n,); nan where none is given."""
    out = np.full(system.size, np.nan)
    for region in system.initial:
        _store(system, region, _scalars(system, t, p), np.zeros(0), p, out)
    return out


def _scalars(system: StencilSystem, t: float, p: Array) -> dict[Any, Any]:
    return {system.independent: t, **dict(zip(system.parameters, p, strict=False))}


def _store(system: StencilSystem, region: Region, values: dict[Any, Any], y: Array, p: Array, out: Array) -> None:
    known = {**values, **_loads(system, region, y, p)}
    for (target, _), result in zip(region.stores, evaluate([term for _, term in region.stores], known), strict=True):
        array = system.arrays[target.array]
        out[flat_places(flat_access(target, array, region.box), region.box)] = result


def _loads(system: StencilSystem, region: Region, y: Array, p: Array) -> dict[Any, Array]:
    loads = {}
    for symbol, access in region.loads.items():
        array = system.arrays[access.array]
        places = flat_places(flat_access(access, array, region.box), region.box)
        if array.kind == "table":
            assert array.values is not None
            loads[symbol] = array.values.ravel()[places]
        else:
            loads[symbol] = (y if array.kind == "state" else p)[places]
    return loads
