"""Initial values of fields: terms in coordinates, text, arrays, functions, noise."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symnum.errors import DuplicateNameError, InputError, ShapeError, UnknownNameError, suggest
from symnum.models.names import Scope, first_cycle
from symnum.models.reaction_diffusion.components import holds_operator
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.make_problem import inlined
from symnum.models.reaction_diffusion.noise import noise_calls, noise_values
from symnum.models.reaction_diffusion.parameter_values import is_array
from symnum.models.reaction_diffusion.read_equations import read_side
from symnum.systems.stencils.coordinates import at_coordinates
from symnum.terms.canonical import Symbol
from symnum.terms.traverse import free_symbols

__all__ = ["InitialValues", "initial_functions", "read_initial_fields"]


class InitialValues(NamedTuple):
    """Initial values by field: terms, the arrays of which they are made, and those that are terms as written."""

    terms: dict[Any, Any]
    arrays: dict[str, NDArray[np.float64]]
    written: dict[Any, Any]


def initial_functions() -> dict[str, Callable[..., Any]]:
    """Return the functions that text of initial values may call beside the usual ones."""
    from symnum.models.reaction_diffusion.noise import normal_noise, uniform_noise

    return {
        "normal": normal_noise,
        "normal_noise": normal_noise,
        "uniform": uniform_noise,
        "uniform_noise": uniform_noise,
    }


def read_initial_fields(
    given: Any, fields: tuple[Any, ...], grid: Grid, scope: Scope, time: Any, definitions: Mapping[Any, Any]
) -> InitialValues:
    """Return initial values.

    Parameters
    ----------
    given : mapping, array or None
        By field: a number, a term or text in coordinates and parameters, an array of the grid's shape, or a function of
        the coordinates (arrays in, array out). Or one array of shape (fields, *grid.shape).
    fields : tuple of Symbol
    grid : Grid
    scope : Scope
    time : Symbol
    definitions : mapping of Symbol to term
        Names for terms.

    Raises
    ------
    UnknownNameError, DuplicateNameError
        For what is no field, and for a field that comes twice.
    ShapeError, InputError
        For arrays of other shapes, or that are not finite.
    """
    values = _by_field(given, fields, grid)
    terms: dict[Any, Any] = {}
    arrays: dict[str, NDArray[np.float64]] = {}
    written: dict[Any, Any] = {}
    for field, value in values.items():
        where = f"the initial value of {field.name}"
        made = _call(value, grid, where) if callable(value) and not hasattr(value, "name") else value
        if is_array(made):
            made = _array(made, grid, field.name, where)
        if isinstance(made, np.ndarray):
            key = f"{field.name} at first"
            arrays[key], terms[field] = made, Symbol(key)
        elif made is not None:
            written[field] = _finite(read_side(made, scope, where), where)
            term = inlined(written[field], definitions)
            if holds_operator(term):
                raise InputError(f"{where} has derivatives or integrals in it, {written[field]}; write what they are.")
            terms[field] = _without_noise(term, fields.index(field), grid, arrays)
    for field, term in terms.items():
        if time in free_symbols(term):
            raise InputError(f"The initial value of {field} depends on {time}; it is the value at one time.")
    _check_symbols(terms, fields)
    return InitialValues(_resolved(terms), arrays, written)


def _by_field(given: Any, fields: tuple[Any, ...], grid: Grid) -> dict[Any, Any]:
    names = {f.name: f for f in fields}
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        values = np.asarray(given) if is_array(given) else None
        if values is not None and values.shape == (len(fields), *grid.shape):
            return dict(zip(fields, values, strict=True))
        if len(fields) == 1:
            return {fields[0]: given}
        raise InputError(
            f"initial= is a mapping from fields to values, or one array of shape {(len(fields), *grid.shape)}: "
            f'initial={{"{fields[0].name}": 1.0}}.'
        )
    out: dict[Any, Any] = {}
    for key, value in given.items():
        name = str(getattr(key, "name", key))
        if name not in names:
            raise UnknownNameError(
                f'An initial value is given for "{name}", which is no field; there are {", ".join(names)}.'
                f"{suggest(name, list(names))}"
            )
        if names[name] in out:
            raise DuplicateNameError(f'The initial value of "{name}" is given twice, as a symbol and as text.')
        out[names[name]] = value
    return out


def _call(function: Callable[..., Any], grid: Grid, where: str) -> Any:
    """Return what a function says of the cells' centres."""
    made = at_coordinates(function, grid.axis_names, np.broadcast_arrays(*grid.mesh()), where)
    return np.array(made) if np.ndim(made) else np.full(grid.shape, made)


def _array(value: Any, grid: Grid, name: str, where: str) -> Any:
    try:
        if np.iscomplexobj(value):
            raise TypeError
        numbers = np.array(value, np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{where} is {value!r:.60}, which is no array of real numbers.") from None
    if numbers.shape == ():
        return float(numbers)
    if numbers.shape != grid.shape:
        hint = " Transpose it: the axes come in the order of the grid." if numbers.shape == grid.shape[::-1] else ""
        raise ShapeError(
            f"{where} is an array of shape {numbers.shape}; the grid has {grid.shape} "
            f"({', '.join(grid.axis_names)}).{hint} Arrays have one number for each cell, such as "
            f'initial={{"{name}": np.ones({grid.shape})}}.'
        )
    wrong = int(np.sum(~np.isfinite(numbers)))
    if wrong:
        place = tuple(int(k[0]) for k in np.nonzero(~np.isfinite(numbers)))
        raise InputError(
            f"{where} is not finite in {wrong:,} of {numbers.size:,} cells, first at {place}: {numbers[place]}."
        )
    return numbers


def _finite(value: Any, where: str) -> Any:
    if isinstance(value, complex) or (isinstance(value, float) and not np.isfinite(value)):
        raise InputError(f"{where} is {value}; give a finite real number.")
    return value


def _check_symbols(terms: dict[Any, Any], fields: tuple[Any, ...]) -> None:
    """Refuse initial values that use the values of fields that have none, and circles of such uses."""
    for field, term in terms.items():
        for other in free_symbols(term):
            if other in fields and other not in terms:
                raise InputError(f"The initial value of {field} uses {other}, which has none. Give it one.")
    cycle = first_cycle({f.name: f for f in terms}, {f.name: term for f, term in terms.items()})
    if cycle is not None:
        raise InputError(
            "The initial values go round in a circle: "
            + " needs ".join(cycle)
            + ". Write one of them in coordinates and parameters."
        )


def _resolved(terms: dict[Any, Any]) -> dict[Any, Any]:
    """Put initial values where those of other fields use them."""
    from symnum.terms.substitute import substitute

    for _ in terms:
        uses = {f: {s: terms[s] for s in free_symbols(term) if s in terms} for f, term in terms.items()}
        terms = {f: substitute(term, uses[f]) if uses[f] else term for f, term in terms.items()}
    return terms


def _without_noise(term: Any, number: int, grid: Grid, arrays: dict[str, NDArray[np.float64]]) -> Any:
    """Put arrays for noise, which are those of the field whose value it is."""
    from symnum.terms.substitute import substitute

    named = {}
    for part in noise_calls(term):
        key = f"{part.function} {part.args[2]} of field {number}"
        arrays[key] = noise_values(part, number, grid.shape)
        named[part] = Symbol(key)
    return substitute(term, named) if named else term
