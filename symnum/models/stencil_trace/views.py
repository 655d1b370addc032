"""Views of an array in memory, as NumPy has them: which part of each piece a view shows, and where it writes."""

from collections.abc import Sequence
from math import gcd
from typing import NamedTuple

from symnum.models.stencil_trace.pieces import Axis, Group, Loop, Piece, Row, arrange
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.splitting import cross, split_at, split_by_residue

__all__ = ["View", "c_strides", "flatten", "scatter", "show"]


class View(NamedTuple):
    """Elements ``offset + sum(strides[a] * i_a)`` of an array in memory."""

    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Level(NamedTuple):
    axis: int
    stride: int
    extent: int
    flipped: bool


def c_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the strides of an array in C order, in elements."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    return tuple(reversed(strides))


def flatten(session: Session, piece: Piece, view: View) -> Piece | None:
    """Return a piece of an array with the view's shape as one of the memory behind it."""
    offset, loops = view.offset, []
    for axis, stride in zip(piece.axes, view.strides, strict=True):
        offset += stride * axis.offset
        loops += [Loop(stride * s, low, high) for s, low, high in axis.loops]
    return arrange(session, [Axis(offset, tuple(loops))], [Group(piece.terms)])


def scatter(session: Session, pieces: Sequence[Piece], view: View, home: View) -> list[Piece]:
    """Return pieces of a view as pieces of the whole array."""
    if view == home:
        return list(pieces)
    flat = [flatten(session, p, view) for p in pieces]
    return show(session, [p for p in flat if p is not None], home)


def show(session: Session, flat: Sequence[Piece], view: View) -> list[Piece]:
    """Return what a view shows of pieces in memory."""
    levels, base = _levels(view)
    found = []
    for piece in flat:
        found += _show_one(session, piece, view, levels, base)
    return found


def _levels(view: View) -> tuple[list[_Level], int]:
    base, levels = view.offset, []
    for axis, (n, stride) in enumerate(zip(view.shape, view.strides, strict=True)):
        if n > 1 and stride:
            base += stride * (n - 1) if stride < 0 else 0
            levels.append(_Level(axis, abs(stride), n, stride < 0))
    levels.sort(key=lambda level: -level.stride)
    return levels or [_Level(-1, 1, 1, False)], base


def _show_one(session: Session, piece: Piece, view: View, levels: list[_Level], base: int) -> list[Piece]:
    offset, loops = piece.axes[0]
    rest, digits = list(range(len(loops))), []
    at = offset - base
    last = levels[-1]
    for level in levels:
        mine = [k for k in rest if loops[k].stride % level.stride == 0]
        rest = [k for k in rest if loops[k].stride % level.stride]
        first = at + sum(loops[k].stride * loops[k].low for k in rest)
        end = at + sum(loops[k].stride * (loops[k].high - 1) for k in rest)
        if first // level.stride != end // level.stride:
            if _outside(piece, levels, base):
                return []
            cut = _cut(session, piece, rest, level.stride, first, at if level is last else None)
            return [p for part in cut for p in _show_one(session, part, view, levels, base)]
        digits.append((first // level.stride, mine))
        at -= first // level.stride * level.stride
    if at + sum(loops[k].stride * loops[k].low for k in rest):
        return []  # between the elements of the view
    return _placed(session, piece, view, list(zip(levels, digits, strict=True)), rest)


def _cut(session: Session, piece: Piece, rest: list[int], above: int, first: int, at: int | None) -> list[Piece]:
    """Return parts of a piece that do not cross multiples of `above`; of the last level only what is on them."""
    if at is None:
        return cross(session, piece, 0, rest, above, first)
    loops = piece.axes[0].loops
    if len(rest) == 1:
        stride = loops[rest[0]].stride
        common = gcd(stride, above)
        if at % common:
            return []
        period = above // common
        residue = -at // common * pow(stride // common, -1, period) % period
        return split_by_residue(session, piece, 0, rest[0], period, residue)
    outer = max(rest, key=lambda k: loops[k].stride)
    return split_at(session, piece, 0, outer, range(loops[outer].low, loops[outer].high))


def _outside(piece: Piece, levels: list[_Level], base: int) -> bool:
    offset, loops = piece.axes[0]
    first = offset + sum(s * low for s, low, _ in loops)
    last = offset + sum(s * (high - 1) for s, _, high in loops)
    return last < base or first > base + sum(level.stride * (level.extent - 1) for level in levels)


def _placed(
    session: Session, piece: Piece, view: View, levels: list[tuple[_Level, tuple[int, list[int]]]], rest: list[int]
) -> list[Piece]:
    """Return the parts of a piece within the view, with the loops of each axis of the view."""
    loops = list(piece.axes[0].loops)
    for k in rest:
        loops[k] = Loop(loops[k].stride, loops[k].low, loops[k].low + 1)
    boxes = [loops]
    for level, (start, mine) in levels:
        boxes = [b for box in boxes for b in _clipped(box, mine, start, level)]
    found = []
    for box in boxes:
        axes, order = _axes(view, levels, box)
        rows: list[Row] = [(loop.low, ()) for loop in box]
        for new, old in enumerate(order):
            if old >= 0:
                rows[old] = (0, ((new, 1),))
        is_same = order == list(range(len(loops)))
        made = arrange(session, axes, [Group(piece.terms, None if is_same else tuple(rows))])
        if made is not None:
            found.append(made)
    return found


def _axes(
    view: View, levels: list[tuple[_Level, tuple[int, list[int]]]], loops: list[Loop]
) -> tuple[list[Axis], list[int]]:
    by_axis = {level.axis: (level, digits) for level, digits in levels}
    axes, order = [], []
    for number, n in enumerate(view.shape):
        if number in by_axis:
            level, (start, mine) = by_axis[number]
            sign = -1 if level.flipped else 1
            offset = n - 1 - start if level.flipped else start
            inner = [Loop(sign * (loops[k].stride // level.stride), loops[k].low, loops[k].high) for k in mine]
            axes.append(Axis(offset, tuple(inner)))
            order += mine
        elif n > 1:
            axes.append(Axis(0, (Loop(1, 0, n),)))
            order.append(-1)
        else:
            axes.append(Axis(0))
    return axes, order


def _clipped(loops: list[Loop], mine: list[int], start: int, level: _Level) -> list[list[Loop]]:
    """Return the boxes of loop indices within the extent of a level."""
    steps = {k: loops[k].stride // level.stride for k in mine}
    low = start + sum(steps[k] * loops[k].low for k in mine)
    high = start + sum(steps[k] * (loops[k].high - 1) for k in mine)
    if low >= 0 and high < level.extent:
        return [loops]
    if high < 0 or low >= level.extent:
        return []
    outer = max(mine, key=lambda k: steps[k] if loops[k].high - loops[k].low > 1 else 0)
    step = steps[outer]
    inner_low = low - step * loops[outer].low
    inner_high = high - step * (loops[outer].high - 1)
    # Indices of the outer loop with anything inside, and those with everything inside.
    some = _range(loops[outer], -inner_high, level.extent - 1 - inner_low, step)
    whole = _range(loops[outer], -inner_low, level.extent - 1 - inner_high, step)
    found = []
    if whole[0] < whole[1]:
        found.append(_with(loops, outer, *whole))
    else:
        whole = some[0], some[0]
    for index in (*range(some[0], whole[0]), *range(whole[1], some[1])):
        found += _clipped(_with(loops, outer, index, index + 1), mine, start, level)
    return found


def _range(loop: Loop, least: int, most: int, step: int) -> tuple[int, int]:
    return max(loop.low, -(-least // step)), min(loop.high, most // step + 1)


def _with(loops: list[Loop], number: int, low: int, high: int) -> list[Loop]:
    changed = list(loops)
    changed[number] = Loop(loops[number].stride, low, high)
    return changed
