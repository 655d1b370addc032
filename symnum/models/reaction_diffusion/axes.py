"""Axes as users write them: ranges with numbers of cells, numbers of cells alone, edges; and their names."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import DuplicateNameError, InputError, ShapeError, UnknownNameError, suggest
from symnum.systems.stencils.grid import GridAxis

__all__ = ["GEOMETRIES", "axis_names", "check_axes", "make_axis", "named_axes"]

#: The axes that a geometry may have; any, up to three, where it is Cartesian.
GEOMETRIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "cartesian": (),
    "polar": (("r",),),
    "cylindrical": (("r",), ("r", "z")),
    "spherical": (("r",),),
}

_FIX = "Grid(x=(0, 1, 100)) is 100 equal cells from 0 to 1; Grid(x=edges) takes an increasing array of cell edges"


def named_axes(cells: tuple[Any, ...], axes: Mapping[str, Any], geometry: str) -> dict[str, Any]:
    """Give axes without names the usual ones."""
    names = "xyz" if geometry == "cartesian" else "rz"
    if axes or len(cells) > len(names):
        raise InputError(
            f"A grid has its axes by name, or up to {len(names)} of them in the order {', '.join(names)}: {_FIX}."
        )
    return dict(zip(names, cells, strict=False))


def check_axes(geometry: str, names: tuple[str, ...]) -> None:
    """Refuse a geometry that does not exist, and axes that it cannot have."""
    if geometry not in GEOMETRIES:
        raise UnknownNameError(
            f'"{geometry}" is no geometry; there are {", ".join(GEOMETRIES)}.{suggest(str(geometry), list(GEOMETRIES))}'
        )
    if not 1 <= len(names) <= 3:
        raise InputError(f"A grid has one, two or three axes, not {len(names)}: {_FIX}.")
    for name in names:
        if not name.isidentifier():
            raise InputError(f"{name!r} cannot be the name of an axis: use letters, digits and _, as in {_FIX}.")
    allowed = GEOMETRIES[geometry]
    if allowed and names not in allowed:
        ways = " or ".join(f"Grid({', '.join(f'{a}=(0, 1, 100)' for a in way)}, ...)" for way in allowed)
        raise InputError(f"A {geometry} grid has not the axes {', '.join(names)}; write {ways}.")


def axis_names(given: Any, axes: tuple[str, ...], what: str) -> tuple[str, ...]:
    """Return the names of some axes, given as text, names, symbols, or True for all."""
    if isinstance(given, bool | np.bool_):
        return axes if given else ()
    if isinstance(given, str) or hasattr(given, "name"):
        given = str(getattr(given, "name", given)).replace(",", " ").split()
    given = list(given)
    if given and all(isinstance(entry, bool | np.bool_) for entry in given):
        if len(given) != len(axes):
            raise InputError(f"{what}= says yes or no {len(given)} times; the axes are {', '.join(axes)}.")
        return tuple(name for name, chosen in zip(axes, given, strict=True) if chosen)
    found = [str(getattr(name, "name", name)) for name in given]
    for name in found:
        if name not in axes:
            raise UnknownNameError(
                f'{what}= names "{name}", which is no axis; there are {", ".join(axes)}.{suggest(name, axes)}'
            )
        if found.count(name) > 1:
            raise DuplicateNameError(f'{what}= names "{name}" twice; once is enough.')
    return tuple(found)


def make_axis(name: str, spec: Any, periodic: bool, unit: str) -> GridAxis:
    """Return an axis from what a user wrote for it.

    Raises
    ------
    InputError, ShapeError
        If that is no range and no increasing array of edges.
    """
    edges, uniform = _edges(name, spec)
    if not np.all(np.isfinite(edges)):
        raise InputError(f"The edges of the axis {name} are not all finite: {_FIX}.")
    if np.any(np.diff(edges) <= 0):
        raise InputError(f"The edges of the axis {name} do not increase: {_FIX}.")
    centres = (edges[:-1] + edges[1:]) / 2
    for numbers in (edges, centres):
        numbers.flags.writeable = False
    return GridAxis(name, centres, edges, periodic, uniform, unit)


def _edges(name: str, spec: Any) -> tuple[NDArray[np.float64], bool]:
    if isinstance(spec, int | np.integer) and not isinstance(spec, bool):
        spec = (0, int(spec), int(spec))
    if isinstance(spec, tuple | list) and len(spec) == 3 and _is_count(spec[2]):
        low, high, cells = (*_numbers(name, spec[:2]), int(spec[2]))
        if not np.isfinite([low, high]).all():
            return np.array([low, high]), True
        if cells < 1:
            raise InputError(f"The axis {name} has {cells} cells; at least one is needed: {_FIX}.")
        return low + (high - low) * (np.arange(cells + 1) / cells), True
    edges = _numbers(name, spec)
    if edges.ndim != 1 or len(edges) < 2:
        raise ShapeError(f"The axis {name} is given as {spec!r:.60}, which is no axis: {_FIX}.")
    if isinstance(spec, tuple) and len(spec) <= 3:
        raise InputError(f"The axis {name} is given as {spec!r}: the third number counts cells. {_FIX}.")
    widths = np.diff(edges)
    return edges, bool(np.ptp(widths) <= 1e-12 * np.max(np.abs(edges)))


def _is_count(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _numbers(name: str, values: Any) -> NDArray[np.float64]:
    try:
        return np.array(values, np.float64)
    except (TypeError, ValueError):
        raise InputError(f"The axis {name} is given as {values!r:.60}, which are no numbers: {_FIX}.") from None
