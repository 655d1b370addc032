"""How a segment is cut into vectors, and what is stored of them."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from codegen.stencils.plan import Piece, Segment

__all__ = ["COMBINATIONS", "POSITIONS", "VALUES", "Chunk", "Shape", "Turn", "chunks_of", "lanes_in"]

#: What the addresses of a Jacobian's sweep are: its values, and the table of their positions.
POSITIONS, VALUES = 0, 1

COMBINATIONS: dict[str, tuple[str, ...]] = {
    "": (),
    "add": ("src",),
    "base": ("z0",),
    "blend": ("src", "z0"),
    "last": ("src", "z0", "z1", "z2"),
}
"""What a state of a time step is made of beside the derivative: the state it is taken at, and earlier ones."""


class Chunk(NamedTuple):
    """Cells of a row that one value holds, or a loop over many such.

    ``start`` is the cell of lane 0; lanes ``first .. last`` are in use; a loop goes on to ``stop``.
    """

    start: int
    first: int
    last: int
    stop: int = -1


@dataclass(frozen=True)
class Shape:
    """How a segment is to be swept.

    Attributes
    ----------
    real : {"double", "float"}
    lanes : int
        Numbers per vector; 1 for strided rows.
    rows : int
        Rows that are swept together.
    fixed : bool
        Whether offsets are written into the code; otherwise they are read from a table.
    repeated : bool
        Whether entries of a Jacobian are added to what is there.
    combine : str
        What is stored: the values themselves (""), or a state of a time step made of them; see `_Sweep._combined`.
    extents : tuple of int
        Per array of states, its length along a row, or 0 where vectors of a row are not to be made of their neighbours.
    """

    real: str
    lanes: int
    rows: int
    fixed: bool
    repeated: bool = False
    combine: str = ""
    extents: tuple[int, ...] = ()


@dataclass(eq=False)
class Turn:
    """One vector in each of some rows: where it is, and what is known there.

    Attributes
    ----------
    chunk : Chunk
    j : str
        The cell of lane 0 in a loop; empty where it is fixed.
    rows : int
    pointers : dict
        Addresses of the first row's element 0, by array, base and outer strides.
    loaded : dict
        Vectors by what they were read from.
    """

    chunk: Chunk
    j: str
    rows: int
    pointers: dict[tuple[str, int, tuple[int, ...]], str]
    loaded: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def lanes(self) -> tuple[int, int]:
        """The first lane in use and the one after the last."""
        return self.chunk.first, self.chunk.last


def chunks_of(segment: Segment, lanes: int) -> list[Chunk]:
    """Return how a row is cut into vectors at multiples of `lanes`, equal ones in a row as loops."""
    start, stop = segment.box[-1]
    borders = {start, stop}
    for leaf in segment.leaves.values():
        borders |= {border for piece in leaf.pieces for border in piece[:2]}
    chunks: list[Chunk] = []
    if lanes == 1:
        ordered = sorted(borders)
        return [Chunk(a, 0, 1, b) for a, b in pairwise(ordered)]
    at = start - start % lanes
    while at < stop:
        first, last = max(start - at, 0), min(stop - at, lanes)
        whole = last - first == lanes and not any(at < border < at + lanes for border in borders)
        if not whole:
            chunks.append(Chunk(at, first, last))
            at += lanes
            continue
        end = min(border for border in borders if border > at)
        count = (end - at) // lanes
        chunks.append(Chunk(at, 0, lanes, at + count * lanes))
        at += count * lanes
    return chunks


def lanes_in(piece: Piece, chunk: Chunk) -> tuple[int, int] | None:
    """Return the lanes in use that belong to a piece."""
    first = max(piece.start - chunk.start, chunk.first)
    last = min(piece.stop - chunk.start, chunk.last)
    return (first, last) if first < last else None
