"""Jacobians of systems on grids, region by region: entries, and the product with a vector."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from codegen.stencils.plan import Loops, leaf_name
from symnum.systems.stencils.access import Access
from symnum.systems.stencils.region import Region, Sum
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.canonical import Symbol
from symnum.terms.directional import directional_derivative
from symnum.terms.jacobian import jacobian

__all__ = ["jacobian_loops", "product_loops"]


def jacobian_loops(system: StencilSystem) -> Loops:
    """Return the loops whose results are the entries of the Jacobian, each region's terms by its own loads.

    What the sums of a system contribute is left out: it would fill the matrix.
    """
    regions, columns = [], []
    known: dict[Any, Any] = {}
    for region in system.regions:
        entries, by = _entries(region, system, known)
        if entries:
            regions.append(Region(region.box, region.loads, tuple(entries)))
            columns.append(tuple(by))
    return Loops(system.arrays, regions, system.sums, system.parameters, system.independent, columns)


def _entries(
    region: Region, system: StencilSystem, known: dict[Any, Any]
) -> tuple[list[tuple[Access, Any]], list[Any]]:
    """Return derivatives with the rows that they stand in, and by what they are, ordered by row and name."""
    loads = _state_loads(region, system.arrays)
    if not loads:
        return [], []
    terms = tuple(term for _, term in region.stores)
    key = terms, tuple(loads)  # regions of one body have the same terms
    matrix = known.get(key)
    if matrix is None:
        matrix = known[key] = jacobian(list(terms), list(loads))
    names = {symbol: leaf_name(symbol, access, system.arrays) for symbol, access in loads.items()}
    symbols = list(loads)
    found = [
        (row, names[symbols[column]], symbols[column], entry)
        for row, column, entry in zip(matrix.rows.tolist(), matrix.columns.tolist(), matrix.entries, strict=True)
    ]
    found.sort(key=lambda one: one[:2])
    return [(region.stores[row][0], entry) for row, _, _, entry in found], [symbol for _, _, symbol, _ in found]


def _state_loads(region: Region, arrays: Any) -> dict[Any, Access]:
    return {symbol: access for symbol, access in region.loads.items() if arrays[access.array].kind == "state"}


def product_loops(system: StencilSystem) -> Loops:
    """Return the loops of the Jacobian times a vector, which follows the state: what sums contribute is in it."""
    taken = set(system.arrays) | {s.name for s in system.parameters}
    prefix = "d"
    while any(name.startswith(prefix) for name in taken):
        prefix += "_"
    maker = _Products(system, prefix)
    tangents = [maker.sum(total) for total in system.sums]
    regions = [Region(*maker.region(region, region.stores)) for region in system.regions]
    arrays = dict(system.arrays) | {
        maker.twin[name]: replace(array, name=maker.twin[name], offset=array.offset + system.size)
        for name, array in system.arrays.items()
        if array.kind == "state"
    }
    return Loops(arrays, regions, (*system.sums, *tangents), system.parameters, system.independent)


class _Products:
    def __init__(self, system: StencilSystem, prefix: str) -> None:
        self.system, self.prefix = system, prefix
        self.known: dict[Any, list[Any]] = {}
        self.twin = {name: prefix + name for name, a in system.arrays.items() if a.kind == "state"}
        self.sums = {total.symbol: Symbol(prefix + total.symbol.name) for total in system.sums}

    def sum(self, total: Sum) -> Sum:
        """Return a sum's derivative along the vector."""
        return Sum(self.sums[total.symbol], tuple(Region(*self.region(r, r.stores, ())) for r in total.regions))

    def region(
        self, region: Region, stores: Iterable[tuple[Access, Any]], sums: Any = None
    ) -> tuple[Any, dict[Any, Access], tuple[tuple[Access, Any], ...]]:
        """Return a region with its terms' derivatives along the vector."""
        loads = _state_loads(region, self.system.arrays)
        along = {symbol: Access(self.twin[access.array], access.indices) for symbol, access in loads.items()}
        symbols = {symbol: Symbol(f"{self.prefix}{symbol.name}") for symbol in loads} | (
            self.sums if sums is None else {}
        )
        targets, terms = zip(*stores, strict=True)
        products = (
            directional_derivative(list(terms), list(symbols), list(symbols.values())) if symbols else [0] * len(terms)
        )
        more = {symbols[symbol]: access for symbol, access in along.items()}
        return region.box, {**region.loads, **more}, tuple(zip(targets, products, strict=True))
