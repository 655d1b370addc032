"""Values of parameters: numbers, numbers of other parameters, one for each cell, or terms in coordinates."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, ShapeError
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.text import Fragment
from symnum.terms.traverse import free_symbols

__all__ = ["SortedParameters", "is_array", "known_numbers", "sort_parameters"]


class SortedParameters(NamedTuple):
    """Parameters by kind: those with one number, those with one for each cell, and terms that vary."""

    plain: dict[str, Any]
    arrays: dict[str, NDArray[np.float64]]
    varying: dict[str, Any]


def sort_parameters(given: Mapping[str, Any], grid: Grid, names: Iterable[str]) -> SortedParameters:
    """Sort parameters by what their values are.

    Parameters
    ----------
    given : mapping of str to value
    grid : Grid
    names : iterable of str
        Names whose value changes in space or time: coordinates, fields, the independent variable.

    Raises
    ------
    ShapeError, InputError
        For arrays that do not have the grid's shape (or 1 where they are constant), or are not finite.
    """
    out = SortedParameters({}, {}, {})
    changing = set(names)
    for name, value in given.items():
        if is_array(value):
            out.arrays[name] = _array(name, value, grid)
            changing.add(name)
        elif isinstance(value, float | np.floating) and not np.isfinite(value):
            raise InputError(f'The parameter "{name}" is {value}; give a finite number, or None for no value.')
    waiting = {name: value for name, value in given.items() if name not in out.arrays}
    found = True
    while found:
        found = False
        for name, value in list(waiting.items()):
            if not changing.isdisjoint(_names_in(value)):
                out.varying[name] = waiting.pop(name)
                changing.add(name)
                found = True
    out.plain.update(waiting)
    return out


def is_array(value: Any) -> bool:
    """Whether something is an array of numbers, of NumPy or other libraries, or a sequence that could become one."""
    return isinstance(value, list | tuple) or (hasattr(value, "__array__") and getattr(value, "ndim", 0) > 0)


def _names_in(value: Any) -> set[str]:
    """Return the names in a value, those in text as they stand there."""
    from symnum.errors import SymnumError
    from symnum.models.names import parse_open

    if isinstance(value, str | Fragment):
        try:
            value = parse_open(value if isinstance(value, str) else value.text)
        except SymnumError:  # read with its place in the text later
            return set()
    if value is None or isinstance(value, int | float | complex | np.generic):
        return set()
    return {s.name for s in free_symbols(value)}


def _array(name: str, value: Any, grid: Grid) -> NDArray[np.float64]:
    try:
        numbers = np.array(value, np.float64, order="C")
    except (TypeError, ValueError):
        raise InputError(f'The parameter "{name}" is {value!r:.60}, which is no array of real numbers.') from None
    fits = numbers.ndim == grid.dimensions and all(n in (1, m) for n, m in zip(numbers.shape, grid.shape, strict=True))
    if not fits:
        hint = " Transpose it: the axes come in the order of the grid." if numbers.shape == grid.shape[::-1] else ""
        raise ShapeError(
            f'The parameter "{name}" is an array of shape {numbers.shape}; an array has one number for each cell of '
            f"the grid, {grid.shape}, or 1 along axes where it is constant.{hint}"
        )
    if not np.all(np.isfinite(numbers)):
        raise InputError(f'The parameter "{name}" is not finite in {np.sum(~np.isfinite(numbers)):,} cells.')
    return numbers


def known_numbers(symbols: Iterable[Any], values: Iterable[Any], given: Mapping[str, Any]) -> dict[Any, float]:
    """Return the numbers of parameters as far as they follow from values, some of which are replaced."""
    from symnum.terms.evaluate import evaluate

    known: dict[Any, float] = {}
    pairs = [(s, given.get(s.name, v)) for s, v in zip(symbols, values, strict=True)]
    waiting = [(s, v) for s, v in pairs if v is not None]
    while waiting:
        ready = [(s, v) for s, v in waiting if all(x in known for x in free_symbols(v))]
        if not ready:
            break
        known.update({s: float(np.real(evaluate(v, known))) for s, v in ready})
        waiting = [pair for pair in waiting if pair[0] not in known]
    return known
