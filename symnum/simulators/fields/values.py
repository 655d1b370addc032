"""Numbers for the parameters and the initial values of fields."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnum.errors import InputError, MissingValueError, ShapeError, UnknownNameError, suggest
from symnum.simulators.fields.layout import FieldLayout, all_finite, name_of
from symnum.simulators.values import parameter_values
from symnum.systems.stencils.coordinates import at_coordinates
from symnum.systems.stencils.evaluate import evaluate_initial
from symnum.systems.stencils.nonnegative import check_nonnegative
from symnum.systems.stencils.system import StencilSystem

__all__ = ["absolute_tolerances", "field_parameters", "initial_fields"]

Array = NDArray[np.float64]
Values = ArrayLike | Mapping[Any, Any] | None

#: Part of `rtol` times a field's largest value that is the absolute tolerance unless another is given. Fields are
#: compared with their own amplitude; what is smaller by so much in one cell does not steer the steps.
ABSOLUTE = 1e-3


def field_parameters(system: StencilSystem, given: Values = None) -> Array:
    """Return all parameters: numbers first, then the elements of arrays.

    Parameters
    ----------
    system : StencilSystem
    given : array_like of shape (n_parameters,), mapping, or None
        By name or symbol: numbers, and arrays of the shape of parameters that vary in space; by position all numbers.

    Raises
    ------
    UnknownNameError, ShapeError, MissingValueError, InputError
        For what the model does not have, what does not fit, and what nobody has given.
    """
    arrays = {a.name: a for a in system.arrays.values() if a.kind == "parameter"}
    numbers, fields = given, dict(system.array_values)
    if isinstance(given, Mapping):
        numbers = {key: value for key, value in given.items() if name_of(key) not in arrays}
        fields.update({name_of(key): value for key, value in given.items() if name_of(key) in arrays})
        for key, value in numbers.items():
            if isinstance(value, np.ndarray) and value.ndim and name_of(key) in system.parameter_names:
                raise ShapeError(
                    f'params["{name_of(key)}"] is an array of shape {value.shape}, and the model has one number for '
                    f'it. To let it vary in space give an array to the model: parameters={{"{name_of(key)}": '
                    f"np.ones({value.shape})}}."
                )
    elif given is not None and np.shape(given) == (system.parameter_size,) and arrays:
        whole = np.array(given, np.float64)
        if np.isfinite(whole).all():
            check_nonnegative(system, whole)
            return whole
        raise InputError("params holds a value that is not finite.")
    p = np.empty(system.parameter_size)
    p[: len(system.parameters)] = parameter_values(system, numbers)  # type: ignore[arg-type]
    for array in arrays.values():
        if array.name not in fields:
            raise MissingValueError(
                f'The parameter "{array.name}", of shape {array.shape}, has no value. Pass '
                f'params={{"{array.name}": …}}.'
            )
        p[array.places()] = _shaped(fields[array.name], array.shape, f'params["{array.name}"]')
    check_nonnegative(system, p)
    return p


def initial_fields(
    system: StencilSystem,
    layout: FieldLayout,
    p: Array,
    given: Any = None,
    time: float = 0.0,
    evaluate: Callable[[Array, float], Array] | None = None,
) -> Array:
    """Return the initial state, shape (n,).

    Parameters
    ----------
    system : StencilSystem
    layout : FieldLayout
    p : ndarray, shape (parameter_size,)
    given : array_like of shape (n,), mapping, or None
        By name of the field, for those that differ from the model's own: a number, an array of the grid's shape, or a
        function of the coordinates (arrays that broadcast against each other).
    time : float
    evaluate : callable, optional
        Evaluates the model's own initial values, from parameters and time.

    Raises
    ------
    UnknownNameError, ShapeError, MissingValueError, InputError
        As for `field_parameters`.
    """
    if given is not None and not isinstance(given, Mapping):
        return _whole_state(layout, given)
    named = {layout.check(key): value for key, value in (given or {}).items()}
    if set(named) == set(layout.names):
        state = np.empty(layout.size)
    else:
        state = evaluate_initial(system, p, time) if evaluate is None else evaluate(p, time)
    for name, value in named.items():
        if callable(value):
            mesh = np.meshgrid(*(axis.centres for axis in layout.axes), indexing="ij", sparse=True)
            value = at_coordinates(value, [axis.name for axis in layout.axes], mesh, f'y0["{name}"]')
        layout.put(state, name, _shaped(value, layout.shape(name), f'y0["{name}"]'))
    _check_state(system, layout, state, named)
    return state


def fields_without_values(system: StencilSystem) -> list[str]:
    """Return the fields for which the model has no initial values."""
    arrays = {target.array for region in system.initial for target, _ in region.stores}
    return [field.name for field in system.fields if field.array not in arrays]


def _check_state(system: StencilSystem, layout: FieldLayout, state: Array, named: Mapping[str, Any]) -> None:
    """Refuse fields without initial values, and values that are none."""
    if all_finite(state):
        return
    missing = [name for name in fields_without_values(system) if name not in named]
    if missing:
        error = MissingValueError(
            f'{", ".join(missing)}: no initial values. Pass y0={{"{missing[0]}": …}} (a number, an array of shape '
            f"{layout.shape(missing[0])} or a function of {', '.join(a.name for a in layout.axes)})."
        )
        error.names = tuple(missing)
        raise error
    name = next(n for n in layout.names if not np.isfinite(layout.view(state, n)).all())
    bad = np.argwhere(~np.isfinite(layout.view(state, name)))
    where = ", ".join(f"{axis.name} = {axis.centres[k]:.6g}" for axis, k in zip(layout.axes, bad[0], strict=False))
    raise InputError(
        f"The initial value of {name} is no finite number in {len(bad)} cells, the first at {where}; write one that "
        "has a value in every cell."
    )


def _whole_state(layout: FieldLayout, given: Any) -> Array:
    try:
        if np.iscomplexobj(given):
            raise TypeError("it is complex")
        state = np.array(given, np.float64)
    except (TypeError, ValueError) as error:
        raise ShapeError(f"y0 must be {layout.size} numbers or a dictionary by field: {error}") from error
    one = layout.shape(layout.names[0])
    if (len(layout.names) == 1 and state.shape == one) or state.shape == (len(layout.names), *one):
        state = state.ravel()
    if state.shape != (layout.size,):
        raise ShapeError(
            f"y0 has shape {state.shape}; give a dictionary by field, or {layout.size} numbers: "
            f"{', '.join(layout.names)}, each of shape {one}, one after the other."
        )
    if not all_finite(state):
        raise InputError("y0 holds a value that is not finite.")
    return state


def _shaped(value: Any, shape: tuple[int, ...], label: str) -> Array:
    try:
        if np.iscomplexobj(value):
            raise TypeError
        array = np.broadcast_to(np.asarray(value, np.float64), shape)
    except (TypeError, ValueError):
        found = f"is {value!r:.60}"
        if np.iscomplexobj(value):
            found = "is complex"
        elif isinstance(value, np.ndarray | list | tuple):
            found = f"has shape {np.shape(value)}"
        raise ShapeError(f"{label} {found}; give a number, or an array of shape {shape}.") from None
    if not all_finite(array):
        raise InputError(f"{label} holds a value that is not finite.")
    return array


def absolute_tolerances(
    layout: FieldLayout, atol: Any, rtol: float, y0: Array, expand: bool = True
) -> tuple[Array | float, str]:
    """Return absolute tolerances, and a few words on how they came about.

    Parameters
    ----------
    layout : FieldLayout
    atol : float, array_like of shape (n,), mapping by field, or None
        None, and fields that a mapping leaves out: a thousandth of `rtol` times the field's largest initial value; of
        fields that start at zero, the largest of the others'.
    rtol : float
    y0 : ndarray, shape (n,)
    expand : bool
        Whether to return one number for each state where fields differ; else only the smallest.

    Raises
    ------
    InputError, ShapeError, UnknownNameError
        For what is no tolerance.
    """
    if atol is not None and not isinstance(atol, Mapping):
        values = _given_tolerance(layout, atol, rtol)
        low, high = float(np.min(values)), float(np.max(values))
        words = f"{low:g} (given)" if low == high else f"{low:.3g} … {high:.3g} (given)"
        return (low if low == high else values), words
    named = {layout.check(key): value for key, value in (atol or {}).items()}
    views = {name: layout.view(y0, name) for name in layout.names}
    sizes = {name: max(float(view.max(initial=0.0)), -float(view.min(initial=0.0))) for name, view in views.items()}
    known = [size for size in sizes.values() if size > 0.0]
    tolerances = {n: ABSOLUTE * rtol * (size or (min(known) if known else 1.0)) for n, size in sizes.items()}
    for name, value in named.items():
        tolerances[name] = float(_given_tolerance(layout, value, rtol, f'atol["{name}"]'))
    if rtol == 0.0 and set(named) != set(layout.names):
        raise InputError("With rtol=0 the absolute tolerance must be given: atol=1e-8.")
    described = ", ".join(f"{name} {value:.3g}" for name, value in tolerances.items())
    described += " (given)" if set(named) == set(layout.names) else " (a thousandth of rtol times the largest value)"
    if len(set(tolerances.values())) == 1 or not expand:
        return min(tolerances.values()), described
    out = np.empty(layout.size)
    for name, value in tolerances.items():
        layout.put(out, name, value)
    return out, described


def _given_tolerance(layout: FieldLayout, value: Any, rtol: float, label: str = "atol") -> Any:
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{label} is {value!r}; give a number, one per state, or a dictionary by field.") from None
    wanted = ((), (layout.size,)) if label == "atol" else ((),)
    if array.shape not in wanted:
        raise ShapeError(f"{label} has shape {array.shape}; give one number, or a dictionary by field.")
    if not np.all(np.isfinite(array)) or np.any(array < 0.0) or (rtol == 0.0 and np.any(array == 0.0)):
        raise InputError(f"{label} must be finite and not negative, and not zero where rtol is.")
    return array if array.ndim else float(array)


def unknown_name(name: str, known: tuple[str, ...]) -> UnknownNameError:
    """Return the error for a name that is neither a field nor an observable."""
    return UnknownNameError(
        f'There is no field or observable "{name}"; there are {", ".join(known)}.{suggest(name, known)}'
    )
