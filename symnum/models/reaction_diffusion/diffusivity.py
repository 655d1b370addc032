"""Diffusivities: what may be given, and the terms of equations that they make."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symnum.errors import DuplicateNameError, InputError, ShapeError, UnknownNameError, suggest
from symnum.models.reaction_diffusion import operators
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.text import Fragment
from symnum.terms.canonical import Symbol, add, multiply

__all__ = ["Diffusivities", "check_number", "read_diffusion"]

_FIX = 'diffusion={"u": 0.1}, {"u": [0.1, 0.2]} with one for each axis, or {"u": [[a, b], [b, c]]}'


class Diffusivities(NamedTuple):
    """Terms to add to equations, by field, and the arrays that they use."""

    terms: dict[Any, Any]
    arrays: dict[str, NDArray[np.float64]]
    coefficients: dict[Any, tuple[Any, ...]]


def read_diffusion(given: Any, fields: tuple[Any, ...], grid: Grid, scope: Any, constant: Any) -> Diffusivities:
    """Return the terms that diffusivities add to equations.

    Parameters
    ----------
    given : mapping or None
        By field: a number, term or text, one of these for each axis, a matrix of them, or an array with a number for
        each cell.
    fields : tuple of Symbol
    grid : Grid
    scope : Scope
        What names mean.
    constant : callable
        Whether a term is the same in all cells.

    Raises
    ------
    UnknownNameError, DuplicateNameError
        For what is no field, and for a field that comes twice.
    InputError
        If a diffusivity is negative or not finite.
    ShapeError
        If it has another shape.
    """
    out = Diffusivities({}, {}, {})
    if given is None:
        return out
    if not isinstance(given, Mapping):
        raise InputError(f"diffusion= is a mapping from fields to diffusivities, and was given {given!r:.60}: {_FIX}.")
    names = {f.name: f for f in fields}
    for key, value in given.items():
        name = str(getattr(key, "name", key))
        if name not in names:
            raise UnknownNameError(
                f'diffusion= names "{name}", which is no field; there are {", ".join(names)}.'
                f"{suggest(name, list(names))}"
            )
        if names[name] in out.terms:
            raise DuplicateNameError(f'diffusion= has "{name}" twice, as a symbol and as text. Remove one.')
        made = _read(name, value, grid, scope, out.arrays)
        out.coefficients[names[name]] = tuple(np.ravel(np.array(made, object)))
        out.terms[names[name]] = _term(made, names[name], grid, constant, {Symbol(k) for k in out.arrays})
    return out


def _read(name: str, value: Any, grid: Grid, scope: Any, arrays: dict[str, NDArray[np.float64]]) -> Any:
    """Return a term, a list of them, or a list of lists."""
    if isinstance(value, Fragment):
        return check_number(name, value.expression(scope))
    if value is None:
        raise InputError(f'The diffusivity of "{name}" has no value: {_FIX}.')
    if isinstance(value, np.ndarray) and value.ndim and _is_field(value, grid):
        return _array(name, value, grid, arrays)
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        return check_number(name, scope.read(value))
    rows = [list(v.tolist() if hasattr(v, "tolist") else v) if _is_row(v) else v for v in value]
    n, axes = grid.dimensions, ", ".join(grid.axis_names)
    shapes = [len(row) if isinstance(row, list) else None for row in rows]
    if len(rows) != n or any(k not in (None, n) for k in shapes) or len(set(shapes)) > 1:
        raise ShapeError(
            f'The diffusivity of "{name}" has shape {_shape_text(shapes)}. On a grid with the axes {axes} it is one '
            f"number, {n} for the axes, a matrix of {n} by {n}, or an array of the grid's shape {grid.shape}: {_FIX}."
        )
    if shapes[0] is None:
        return [check_number(name, scope.read(v)) for v in rows]
    matrix = [[scope.read(v) for v in row] for row in rows]
    _check_matrix(name, matrix)
    return matrix


def _is_row(value: Any) -> bool:
    return isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _shape_text(shapes: list[int | None]) -> str:
    inner = {s for s in shapes if s is not None}
    return f"({len(shapes)},)" if not inner else f"({len(shapes)}, {'/'.join(map(str, sorted(inner)))})"


def _is_field(value: NDArray[Any], grid: Grid) -> bool:
    """Whether an array has a number for each cell; a small square one is a matrix."""
    n = grid.dimensions
    return value.shape not in ((n,), (n, n)) or (value.shape == grid.shape and value.shape != (n, n) and n > 1)


def _array(name: str, value: NDArray[Any], grid: Grid, arrays: dict[str, NDArray[np.float64]]) -> Any:
    if value.shape != grid.shape:
        hint = " Transpose it: the axes come in the order of the grid." if value.shape == grid.shape[::-1] else ""
        raise ShapeError(
            f'The diffusivity of "{name}" is an array of shape {value.shape}; the grid has {grid.shape}.{hint} A '
            f"number for each cell, one for each axis, or a matrix are possible: {_FIX}."
        )
    numbers = np.array(value, np.float64, order="C")
    if not np.all(np.isfinite(numbers)):
        raise InputError(f'The diffusivity of "{name}" is not finite in {np.sum(~np.isfinite(numbers)):,} cells.')
    if np.any(numbers < 0):
        place = np.unravel_index(int(np.argmin(numbers)), numbers.shape)
        raise InputError(
            f'The diffusivity of "{name}" is negative: {numbers[place]:g} in the cell {tuple(map(int, place))}. Things '
            "spread from much to little only if it is 0 at least."
        )
    key = f"diffusivity_{name}"
    arrays[key] = numbers
    return Symbol(key)


def check_number(name: str, value: Any, of: Any = None) -> Any:
    """Return a diffusivity, or raise if it is a number that cannot be one; `of` is the term that has this value."""
    if isinstance(value, complex) or (isinstance(value, float) and not np.isfinite(value)):
        raise InputError(f'The diffusivity of "{name}" is {value}; give a number that is 0 or greater: {_FIX}.')
    if isinstance(value, int | float | Fraction) and value < 0:
        shown = f"{value}" if of is None else f"{value:g} somewhere for the default values, of {of}"
        raise InputError(
            f'The diffusivity of "{name}" is negative, {shown}: things would flow from little to much, and the '
            "equations have no solution. Give a number that is 0 or greater; a term that is meant to have the other "
            "sign stands in the equation itself."
        )
    return value


def _check_matrix(name: str, matrix: list[list[Any]]) -> None:
    """Refuse matrices of numbers along which something flows from little to much."""
    for row in matrix:
        for value in row:
            if isinstance(value, complex) or (isinstance(value, float) and not np.isfinite(value)):
                raise InputError(f'The diffusivity of "{name}" has the entry {value}; give real numbers.')
    try:
        numbers = np.array(matrix, np.float64)
    except (TypeError, ValueError):
        for k, row in enumerate(matrix):
            check_number(name, row[k])
        return
    least = float(np.linalg.eigvalsh((numbers + numbers.T) / 2)[0])
    if least < -1e-12 * float(np.max(np.abs(numbers))):
        raise InputError(
            f'The diffusivity of "{name}" is negative in some direction: the symmetric part of {matrix} has the '
            f"eigenvalue {least:g}. All must be 0 or greater."
        )


def _term(value: Any, field: Any, grid: Grid, constant: Any, arrays: set[Any]) -> Any:
    """Return the divergence of what flows, simplified where the diffusivity is the same everywhere."""
    if not isinstance(value, list):
        if constant(value) and value not in arrays:
            return multiply((value, operators.laplacian(field)))
        return operators.divergence(multiply((value, operators.gradient(field))))
    n = grid.dimensions
    if isinstance(value[0], list):
        rows = value
    else:
        rows = [[value[i] if i == j else 0 for j in range(n)] for i in range(n)]
    slopes = [operators.derivative(field, axis) for axis in grid.coordinates]
    flux = [add([multiply((d, s)) for d, s in zip(row, slopes, strict=True)]) for row in rows]
    return operators.divergence(operators.vector(*flux))
