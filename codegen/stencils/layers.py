"""What the first loop of a system on a grid allows: tiles of layers that are stepped on their own for a while."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codegen.stencils.plan import Plan, Segment
from symnum.systems.stencils.access import FIXED
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.region import Region

__all__ = ["Layers", "find_layers"]


@dataclass(frozen=True, eq=False)
class Layers:
    """The layers of a grid along the first axis, if they can be stepped in tiles.

    Attributes
    ----------
    count : int
    reach : int
        Layers to either side that a cell reads.
    strides, lengths : tuple of int
        Per array of states: elements from one layer to the next, and of one layer.
    periodic : bool
        Whether the first layer follows the last.
    inner : list of Segment
        What any layer of a periodic grid is swept by.
    placed : bool
        Whether tables or parameters depend on the layer.
    """

    count: int
    reach: int
    strides: tuple[int, ...]
    lengths: tuple[int, ...]
    periodic: bool
    inner: list[Segment]
    placed: bool


def find_layers(plan: Plan, regions: Sequence[Region], arrays: Mapping[str, StencilArray]) -> Layers | None:
    """Return the layers, or None where steps must go over the whole grid one by one.

    Parameters
    ----------
    plan : Plan
        Of the regions.
    regions : sequence of Region
    arrays : mapping of str to StencilArray
    """
    if plan.n_sums or not regions or len(regions[0].box) < 2:
        return None
    counts = {array.shape[0] if array.shape else 0 for array in plan.states}
    shifts = _shifts(regions, arrays)
    if len(counts) != 1 or shifts is None:
        return None
    count = counts.pop()
    strides = tuple(array.strides[0] for array in plan.states)
    lengths = tuple(1 + sum((n - 1) * s for n, s in zip(a.shape[1:], a.strides[1:], strict=True)) for a in plan.states)
    if any(length > stride for length, stride in zip(lengths, strides, strict=True)):
        return None
    placed = any(leaf.base < 0 and leaf.strides[0] for segment in plan.segments for leaf in segment.leaves.values())
    reach = max(map(abs, shifts), default=0)
    if reach * 2 < count:
        return Layers(count, reach, strides, lengths, False, [], placed)
    reach = max(abs(shift - count * round(shift / count)) for shift in shifts)
    inner = _inner_segments(plan.segments, count, strides)
    if inner is None or reach * 2 >= count:
        return None
    return Layers(count, reach, strides, lengths, True, inner, placed)


def _shifts(regions: Sequence[Region], arrays: Mapping[str, StencilArray]) -> set[int] | None:
    """Return by how many layers loads of states are away, or None if it is not so simple."""
    found = set()
    for region in regions:
        for access in (*region.loads.values(), *(target for target, _ in region.stores)):
            if arrays[access.array].kind != "state":
                continue
            first, *others = access.indices
            if first.axis != 0 or first.step != 1 or any(k.axis == 0 for k in others if k.axis != FIXED):
                return None
            found.add(first.offset)
        if any(target.indices[0].offset for target, _ in region.stores):
            return None
    return found


def _inner_segments(segments: Sequence[Segment], count: int, strides: tuple[int, ...]) -> list[Segment] | None:
    """Return the segments of the most layers, if all others are the same but for reading around the ends."""
    groups: dict[tuple[int, int], list[Segment]] = {}
    for segment in segments:
        groups.setdefault(segment.box[0], []).append(segment)
    largest = max(groups, key=lambda box: box[1] - box[0])
    inner = {segment.box[1:]: segment for segment in groups[largest]}
    for group in groups.values():
        if len(group) != len(inner):
            return None
        for segment in group:
            other = inner.get(segment.box[1:])
            if other is None or not _same_around(segment, other, count, strides):
                return None
    return list(inner.values())


def _same_around(a: Segment, b: Segment, count: int, strides: tuple[int, ...]) -> bool:
    if a.outputs != b.outputs or a.stores != b.stores or a.leaves.keys() != b.leaves.keys():
        return False
    for number, one in a.leaves.items():
        other = b.leaves[number]
        if one.base != other.base or one.strides != other.strides or len(one.pieces) != len(other.pieces):
            return False
        period = count * strides[one.base] if one.base >= 0 else 0
        for p, q in zip(one.pieces, other.pieces, strict=True):
            away = p.offset - q.offset
            if p[:2] != q[:2] or (away % period if period else away):
                return False
    return True
