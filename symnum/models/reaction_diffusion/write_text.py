"""Writing a model of fields in the text form that reads back."""

from typing import Any

from symnum.models.reaction_diffusion.grid import Grid
from symnum.terms.names import written as quote
from symnum.terms.printing.plain import plain

__all__ = ["write_fields"]


def write_fields(model: Any, limit: int | None, width: int) -> str:
    """Write a model; see `ReactionDiffusionModel.to_text`."""
    from symnum.models.reaction_network.write_text import write_section

    lines = [] if model.independent.name == "t" else [f"independent: {quote(model.independent.name)}"]
    if model.order != 2:
        lines.append(f"order: {model.order}")

    def section(title: str, entries: list[str]) -> None:
        lines.extend(write_section(title, entries, len(entries), limit, width=width))

    section("grid", _grid(model.grid))
    pairs = zip(model.parameters, model.parameter_values, strict=True)
    section("parameters", [quote(s.name) if v is None else f"{quote(s.name)} = {plain(v, width)}" for s, v in pairs])
    section("boundary", _boundary(model))
    written = model.initial_written
    section("initial", [f"{quote(f.name)} = {plain(v, width)}" for f, v in written.items()])
    section("observables", [f"{quote(name)} = {plain(term, width)}" for name, term in model.observables.items()])
    section("equations", model.equations.lines(width))
    arrays = [*model.arrays, *(f.name for f in model.initial_terms if f not in written)]
    lines += [f"# numbers of {name} for each cell, not written here" for name in arrays]
    return "\n".join(lines) + "\n"


def _grid(grid: Grid) -> list[str]:
    out = [] if grid.kind == "cartesian" else [f"geometry = {grid.kind}"]
    around = [axis.name for axis in grid.axes if axis.periodic]
    out += [f"periodic = {' '.join(around)}"] if around else []
    for axis in grid.axes:
        if axis.uniform:
            low, high = (repr(float(axis.edges[k])) for k in (0, -1))
            out.append(f"{axis.name} = ({low}, {high}, {len(axis.centres)})")
        else:
            out.append(f"{axis.name} = edges({', '.join(repr(float(e)) for e in axis.edges)})")
    return out


def _boundary(model: Any) -> list[str]:
    """Write the conditions that differ from what holds without any; of definitions all, which have none otherwise."""
    out = []
    fields = {f.name for f in model.fields}
    for name, sides in model.boundary.items():
        for axis, (low, high) in sides.items():
            if low.kind == "periodic":
                if name not in fields or not model.grid.axis(axis).periodic:
                    out.append(f"{quote(name)} at {axis} = periodic")
                continue
            for sign, condition in zip("-+", (low, high), strict=True):
                closed = condition.kind == "neumann" and condition.homogeneous
                if condition.kind != "axis" and not (closed and name in fields):
                    out.append(f"{quote(name)} at {axis}{sign} = {condition!r}")
    return out
