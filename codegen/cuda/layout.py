"""Where everything lies in the buffers of a device."""

from dataclasses import dataclass, field

from codegen.cuda.precision import Precision
from symnum.systems.stencils.system import StencilSystem

__all__ = ["THREADS", "Layout"]

#: Threads per block of kernels that go through rows element by element.
THREADS = 256
# Rows begin at multiples of so many elements, which is what memory transactions like.
_ALIGNED = 32
# Blocks of a reduction; their sums are added in one block, always in the same order.
_MOST_BLOCKS = 512


@dataclass(eq=False)
class Layout:
    """Sizes and places.

    Attributes
    ----------
    system : StencilSystem
    real : Precision
    slots : dict of str to int
        Places in the control block, by name; made when asked for.
    partials : dict of str to int
        Where the partial sums of each reduction begin, by the slot of the result.
    """

    system: StencilSystem
    real: Precision
    slots: dict[str, int] = field(default_factory=dict)
    partials: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.size = self.system.size
        self.stride = -(-self.size // _ALIGNED) * _ALIGNED
        self.tables: dict[str, int] = {}
        place = 0
        for array in self.system.arrays.values():
            if array.kind == "table":
                self.tables[array.name] = place
                place += array.size
        self.table_size = place

    def slot(self, name: str) -> int:
        """Return the place of a control slot."""
        return self.slots.setdefault(name, len(self.slots))

    def sum_slot(self, number: int) -> str:
        """Return the name of the slot of a sum over the domain that the right-hand side uses."""
        return f"sum {number}"

    def blocks(self, elements: int) -> int:
        """Return the blocks of a reduction over so many elements."""
        return max(1, min(_MOST_BLOCKS, -(-elements // THREADS)))

    def partial(self, slot: str) -> int:
        """Return where the partial sums for a slot begin."""
        return self.partials.setdefault(slot, len(self.partials) * _MOST_BLOCKS)

    @property
    def partial_size(self) -> int:
        """Doubles for all partial sums."""
        return len(self.partials) * _MOST_BLOCKS
