"""Periodic systems on grids written down by hand, loop by loop, independent of what makes such systems."""

import itertools

import numpy as np

from symnum.systems.stencils.access import Access, Index
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.grid import Field, Geometry, GridAxis
from symnum.systems.stencils.region import Region
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.functions import piecewise
from symnum.terms.symbols import symbols

__all__ = ["brusselator", "gray_scott"]


def slabs(n):
    """First cells, inner cells and last cells of an axis, with the neighbours that are elsewhere."""
    return [((0, 1), {-1: n - 1}), ((1, n - 1), {}), ((n - 1, n), {1: 1 - n})]


def here(field, dimensions):
    return Access(field, tuple(Index(a, 0) for a in range(dimensions)))


def make_region(fields, box, wraps, rates, x, p):
    """One box: values, sums over the neighbours less the value as often, and the rates made of them."""
    used = {a.symbol: a for a in x}

    def at(field, axis=0, shift=0):
        shifts = [shift if a == axis else 0 for a in range(len(box))]
        access = Access(field, tuple(Index(a, wraps[a].get(s, s)) for a, s in enumerate(shifts)))
        used[access.symbol] = access
        return access.symbol

    values = [at(f) for f in fields]
    laplacians = [
        sum((at(f, a, s) for a in range(len(box)) for s in (-1, 1)), -2 * len(box) * at(f)) for f in fields
    ]
    terms = rates(values, laplacians, [a.symbol for a in x], p)
    stores = [(here(f, len(box)), term) for f, term in zip(fields, terms, strict=True)]
    return Region.of(box, stores, list(used.values()))


def periodic_system(name, fields, shape, rates, parameters, centres, initial):
    """Fields with ``rates(values, laplacians times dx^2, coordinates, parameters)``."""
    d, size = len(shape), int(np.prod(shape))
    width = [c[1] - c[0] for c in centres]
    axes = tuple(
        GridAxis(a, c, np.append(c - w / 2, c[-1] + w / 2), periodic=True)
        for a, c, w in zip("xyz", centres, width, strict=False)
    )
    arrays = [StencilArray(f, tuple(shape), "state", k * size) for k, f in enumerate(fields)]
    arrays += [StencilArray(a.name, a.centres.shape, "table", values=a.centres) for a in axes]
    x = [Access(a.name, (Index(k, 0),)) for k, a in enumerate(axes)]
    p = {key: symbols(key) for key in parameters}
    regions = [
        make_region(fields, tuple(b for b, _ in parts), [w for _, w in parts], rates, x, p)
        for parts in itertools.product(*(slabs(n) for n in shape))
    ]
    start = [(here(f, d), v) for f, v in zip(fields, initial([a.symbol for a in x]), strict=True)]
    return StencilSystem(
        arrays=arrays,
        regions=regions,
        independent=symbols("t"),
        parameters=list(p.values()),
        parameter_values=list(parameters.values()),
        initial=[Region.of(tuple((0, n) for n in shape), start, x)],
        geometry=Geometry(axes, "cartesian", np.full((1,) * d, float(np.prod(width)))),
        fields=[Field(f, f, {a.name: ("periodic", "periodic") for a in axes}) for f in fields],
        name=name,
    )


def gray_scott(shape):
    """Gray and Scott's model on cells of width 1."""

    def rates(values, laplacians, _, p):
        u, v = values
        return (
            p["Du"] * laplacians[0] - u * v**2 + p["F"] * (1 - u),
            p["Dv"] * laplacians[1] + u * v**2 - (p["F"] + p["k"]) * v,
        )

    def initial(x):
        distance = sum((c - n / 2) ** 2 for c, n in zip(x, shape, strict=True))
        inside = distance <= (min(shape) / 8) ** 2
        return piecewise(0.5, inside, 1.0), piecewise(0.25, inside, 0.0)

    parameters = {"Du": 0.16, "Dv": 0.08, "F": 0.035, "k": 0.065}
    centres = [np.arange(n) + 0.5 for n in shape]
    return periodic_system("Gray-Scott", "uv", shape, rates, parameters, centres, initial)


def brusselator(n):
    """The Brusselator with a source disc from t = 1.1, periodic, on n by n points x = i/n."""
    t = symbols("t")

    def rates(values, laplacians, x, p):
        u, reaction = values[0], values[0] ** 2 * values[1]
        disc = (x[0] - 0.3) ** 2 + (x[1] - 0.6) ** 2 <= 0.01
        source = piecewise(piecewise(5, t >= 1.1, 0), disc, 0)
        scale = p["alpha"] * n**2
        return (
            p["B"] + reaction - (p["A"] + 1) * u + scale * laplacians[0] + source,
            p["A"] * u - reaction + scale * laplacians[1],
        )

    def initial(x):
        return 22 * (x[1] * (1 - x[1])) ** 1.5, 27 * (x[0] * (1 - x[0])) ** 1.5

    parameters = {"A": 3.4, "B": 1.0, "alpha": 10.0}
    return periodic_system("Brusselator", "uv", (n, n), rates, parameters, [np.arange(n) / n] * 2, initial)
