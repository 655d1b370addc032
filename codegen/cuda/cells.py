"""Terms of regions as nodes of one tape, whose leaves are elements of arrays relative to the loop indices."""

from typing import Any, NamedTuple

from codegen.lower import Lowering
from codegen.partition import LEAVES
from codegen.tape import TapeBuilder
from symnum.systems.stencils.flat import FlatAccess, flat_access
from symnum.systems.stencils.region import Region, Sum
from symnum.systems.stencils.system import StencilSystem

__all__ = ["Cell", "Element", "Tapes"]


class Element(NamedTuple):
    """What a leaf of the tape stands for: an element of "state", "parameter", or "table", or a "sum" by number."""

    kind: str
    place: FlatAccess
    array: str = ""


class Cell(NamedTuple):
    """What is computed for one cell: where each rate belongs, and its node."""

    targets: tuple[FlatAccess, ...]
    nodes: tuple[int, ...]


class Tapes:
    """One tape for all regions of a system, so that what depends on parameters only is computed once.

    Attributes
    ----------
    builder : TapeBuilder
    elements : list of Element
        What the state leaves stand for, by their index.
    early : dict of int to int
        Nodes that depend on parameters only and are read by regions, with their places in the buffer `k`.
    """

    def __init__(self, system: StencilSystem) -> None:
        self.system = system
        self.builder = TapeBuilder()
        self.elements: list[Element] = []
        self.early: dict[int, int] = {}
        self._numbers: dict[Element, int] = {}
        self._scalars: dict[Any, int] = {system.independent: self.builder.time()}
        for i, symbol in enumerate(system.parameters):
            self._scalars[symbol] = self.builder.parameter(i)
        for i, total in enumerate(system.sums):
            self._scalars[total.symbol] = self._leaf(Element("sum", FlatAccess(i, ())))

    def _leaf(self, element: Element) -> int:
        if element not in self._numbers:
            self._numbers[element] = len(self.elements)
            self.elements.append(element)
        return self.builder.state(self._numbers[element])

    def cell(self, region: Region, shift: tuple[int, ...] | None = None) -> Cell:
        """Return what a region computes, for the cell so many steps further along each axis."""
        leaves = dict(self._scalars)
        for symbol, access in region.loads.items():
            array = self.system.arrays[access.array]
            leaves[symbol] = self._leaf(Element(array.kind, self._flat(access, region, shift), access.array))
        lowering = Lowering(self.builder, leaves)
        targets = tuple(self._flat(access, region, shift) for access, _ in region.stores)
        return Cell(targets, tuple(lowering(term) for _, term in region.stores))

    def summand(self, region: Region) -> int:
        """Return the node of what a region adds to a sum; its target says nothing."""
        return self.cell(Region(region.box, region.loads, ((_nowhere(self.system), region.stores[0][1]),))).nodes[0]

    def sums(self, total: Sum) -> list[tuple[Region, int]]:
        """Return the regions of a sum, each with its node."""
        return [(region, self.summand(region)) for region in total.regions]

    def _flat(self, access: Any, region: Region, shift: tuple[int, ...] | None) -> FlatAccess:
        flat = flat_access(access, self.system.arrays[access.array], region.box)
        if shift is None:
            return flat
        moved = sum(s * stride for s, stride in zip(shift, flat.strides, strict=True))
        return FlatAccess(flat.offset + moved, flat.strides)

    def is_early(self, node: int) -> bool:
        """Whether a node depends on parameters only, and is computed beforehand."""
        return self.builder.stage[node] < 2 and self.builder.operation[node] not in LEAVES

    def early_place(self, node: int) -> int:
        """Return where the value of such a node is kept."""
        return self.early.setdefault(node, len(self.early))

    def cost(self, nodes: tuple[int, ...]) -> int:
        """Return how many nodes must be computed or loaded for some nodes."""
        stack, seen = list(nodes), set()
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                if self.builder.operation[node] not in LEAVES and not self.is_early(node):
                    stack += self.builder.arguments[node]
        return len(seen)


def _nowhere(system: StencilSystem) -> Any:
    from symnum.systems.stencils.access import FIXED, Access, Index

    state = next(a for a in system.arrays.values() if a.kind == "state")
    return Access(state.name, tuple(Index(FIXED, 0) for _ in state.shape))
