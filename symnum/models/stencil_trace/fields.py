"""Which fields the elements of a traced state are: by names, by how the program looked at it, or all as one."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from symnum.errors import InputError
from symnum.models.stencil_trace.views import View, c_strides

__all__ = ["FieldPlace", "layouts"]

MOST_COMPONENTS = 16
_LONGER = 2
_FEW = 4
"""How many times longer than there are fields the axes of a field are, at least."""


class FieldPlace(NamedTuple):
    """Where the values of a field are within an array of the state."""

    name: str
    source: int
    view: View


def layouts(
    source: int,
    name: str,
    shape: tuple[int, ...],
    views: Iterable[View],
    strides: Iterable[int],
    names: Sequence[str] | None,
) -> list[list[FieldPlace]]:
    """Return ways to see an array of the state as fields, the best first.

    Parameters
    ----------
    source : int
    name : str
        Of the array.
    shape : tuple of int
    views : iterable of View
        How the program looked at it.
    strides : iterable of int
        How far apart the elements are over which the loops of the derivative run.
    names : sequence of str or None
        What the user calls the fields.

    Raises
    ------
    InputError
        If there are names, and no way to see so many fields.
    """
    size = int(np.prod(shape, dtype=np.int64))
    whole = View(0, shape, c_strides(shape))
    found = [_named(source, name, names, parts) for parts in _families(views, size)]
    components = _components(shape, names)
    found += [_named(source, name, names, parts) for parts in components]
    if names is not None:
        found = [places for places in found if len(places) == len(names)]
        if len(names) > 1 and not found:
            if size % len(names):
                raise InputError(f"{len(names)} fields ({', '.join(names)}) do not fit into an array of shape {shape}")
            part = (size // len(names),)
            found.append([FieldPlace(n, source, View(k * part[0], part, (1,))) for k, n in enumerate(names)])
    if names is None or len(names) == 1:
        label = names[0] if names else name
        shaped = [*_whole_views(views, size), *_by_strides(strides, size)]
        ordered = [*shaped, whole] if len(shape) == 1 else [whole, *shaped]
        flat = [View(0, (size,), (1,))] if len(shape) > 1 else []  # what runs over the ends of rows fits nothing else
        found += [[FieldPlace(label, source, v)] for v in [*ordered, *flat]]
    return found


def _named(source: int, name: str, names: Sequence[str] | None, parts: list[View]) -> list[FieldPlace]:
    labels = names if names is not None and len(names) == len(parts) else [f"{name}{k}" for k in range(len(parts))]
    return [FieldPlace(label, source, part) for label, part in zip(labels, parts, strict=True)]


def _families(views: Iterable[View], size: int) -> list[list[View]]:
    """Return views of one form that show each element once, those with the most axes first."""
    forms: dict[tuple[Any, ...], set[int]] = {}
    for view in views:
        if all(s > 0 for s in view.strides) and 1 < np.prod(view.shape) < size:
            forms.setdefault((view.shape, view.strides), set()).add(view.offset)
    found = []
    for (shape, strides), offsets in forms.items():
        count = size // int(np.prod(shape))
        if len(offsets) <= MOST_COMPONENTS and len(offsets) == count and count * int(np.prod(shape)) == size:
            parts = [View(o, shape, strides) for o in sorted(offsets)]
            if _cover(parts, size) and _LONGER * count <= min(shape):
                found.append(parts)
    return sorted(found, key=lambda parts: (-len(parts[0].shape), len(parts)))


def _cover(parts: list[View], size: int) -> bool:
    """Tell whether views show each element once: their strides leave room for each other's offsets."""
    first = parts[0]
    order = sorted(zip(first.strides, first.shape, strict=True), reverse=True)
    reach = 0
    for stride, n in reversed(order):
        reach += stride * (n - 1)
    offsets = [p.offset for p in parts]
    if offsets == [k * (reach + 1) for k in range(len(parts))] and reach + 1 == np.prod(first.shape):
        return True  # one after the other
    return offsets == list(range(len(parts))) and order[-1][0] == len(parts) and reach + len(parts) == size


def _components(shape: tuple[int, ...], names: Sequence[str] | None) -> list[list[View]]:
    """Return the slices of an array along a short first or last axis."""
    if len(shape) < 2:
        return []
    strides, found = c_strides(shape), []
    for axis in (0, len(shape) - 1):
        n = shape[axis]
        others = shape[:axis] + shape[axis + 1 :]
        if n == len(names) if names is not None else n <= _FEW and 4 * n <= min(others):
            rest = View(0, shape[:axis] + shape[axis + 1 :], strides[:axis] + strides[axis + 1 :])
            found.append([rest._replace(offset=k * strides[axis]) for k in range(n)])
    return found


def _by_strides(strides: Iterable[int], size: int) -> list[View]:
    """Return the shape whose axes the loops run along, if there is one."""
    levels = sorted({s for s in strides if 1 < s < size}, reverse=True)
    if not levels or any(above % below for above, below in zip([size, *levels], [*levels, 1], strict=True)):
        return []
    shape = tuple(above // below for above, below in zip([size, *levels], [*levels, 1], strict=True))
    return [View(0, shape, c_strides(shape))]


def _whole_views(views: Iterable[View], size: int) -> list[View]:
    whole = {v for v in views if len(v.shape) > 1 and np.prod(v.shape) == size and v.strides == c_strides(v.shape)}
    return sorted(whole, key=lambda v: (-len(v.shape), v))
