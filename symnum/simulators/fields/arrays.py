"""Fields as arrays of xarray, with coordinates and units. xarray is imported when one is made."""

from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.errors import needs
from symnum.simulators.fields.layout import FieldLayout

if TYPE_CHECKING:
    import xarray

    from symnum.simulators.fields.solution import FieldSolution

__all__ = ["attributes_of_axis", "attributes_of_field", "dataset", "field_array", "need_xarray"]


def need_xarray() -> Any:
    """Return xarray.

    Raises
    ------
    MissingDependencyError
        If it is not installed.
    """
    with needs(
        'sol.field(…) and sol.to_xarray() need xarray; install the extra "fields", or use sol["u"], sol.t and '
        "sol.layout.axes."
    ):
        import xarray
    return xarray


def attributes_of_axis(layout: FieldLayout, k: int) -> dict[str, Any]:
    """Return what a file or an array should say about an axis."""
    axis = layout.axes[k]
    found: dict[str, Any] = {"units": axis.unit} if axis.unit else {}
    found |= {"lower_edge": float(axis.edges[0]), "upper_edge": float(axis.edges[-1]), "periodic": int(axis.periodic)}
    return found


def attributes_of_field(layout: FieldLayout, name: str) -> dict[str, Any]:
    """Return what a file or an array should say about a field."""
    field = layout.field(name)
    found: dict[str, Any] = {"units": field.unit} if field.unit else {}
    for axis, (low, high) in field.boundary.items():
        found[f"boundary_{axis}"] = f"{low} {high}"
    return found


def coordinates(layout: FieldLayout, times: Any, independent: str) -> dict[str, Any]:
    """Return coordinates of fields over time."""
    found: dict[str, Any] = {} if times is None else {independent: (independent, times)}
    for k, axis in enumerate(layout.axes):
        found[axis.name] = (axis.name, axis.centres, attributes_of_axis(layout, k))
    return found


def field_array(solution: "FieldSolution", name: str, t: float | None) -> "xarray.DataArray":
    """Return a field of a solution, at all times or at one; see `FieldSolution.field`."""
    xarray = need_xarray()
    layout, time = solution.layout, solution.independent
    dimensions = tuple(axis.name for axis in layout.axes)
    made: Any
    if t is None:
        made = xarray.DataArray(
            solution[name], coordinates(layout, solution.t, time), (time, *dimensions), name,
            attributes_of_field(layout, name),
        )  # fmt: skip
    else:
        values = layout.view(solution(float(t)), name)
        made = xarray.DataArray(
            values, {**coordinates(layout, None, time), time: float(t)}, dimensions, name,
            attributes_of_field(layout, name),
        )  # fmt: skip
    return made  # type: ignore[no-any-return]


def dataset(solution: "FieldSolution") -> "xarray.Dataset":
    """Return all fields and observables of a solution; see `FieldSolution.to_xarray`."""
    xarray = need_xarray()
    fields: dict[str, Any] = {name: field_array(solution, name, None) for name in solution.layout.names}
    for name in solution.observable_names:
        if name not in fields:
            fields[name] = (solution.independent, solution[name])
    about: dict[str, Any] = {"title": solution.title, "geometry": solution.layout.geometry.kind}
    about |= {"status": solution.status.name.lower(), "method": solution.stats["method"]}
    about |= {f"parameter_{n}": float(v) for n, v in zip(solution.parameter_names, solution.parameters, strict=False)
              if np.ndim(v) == 0}  # fmt: skip
    return xarray.Dataset(fields, attrs=about)  # type: ignore[no-any-return]
