"""Universal functions of NumPy and SciPy on symbolic arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symnum.errors import InputError, UnsupportedError
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.elementwise import (
    as_numeric,
    as_value,
    elementwise,
    is_condition,
    is_symbolic,
    session_of,
)
from symnum.terms.symbols import apply
from symnum.terms.trace.ufuncs import FUNCTIONS

__all__ = ["apply_universal", "choose", "function_named"]

_ON_CONDITIONS = frozenset("logical_and logical_or logical_not bitwise_and bitwise_or invert".split())
_MATRIX_PRODUCTS = frozenset("matmul vecdot matvec vecmat".split())


def choose(condition: Any, value: Any, otherwise: Any) -> Any:
    """Return one of two terms by a condition, which may be a number."""
    if isinstance(condition, bool | int | float):
        return value if condition else otherwise
    if value == otherwise and value.__class__ is otherwise.__class__:
        return value
    return apply("piecewise", value, condition if is_condition(condition) else apply("!=", condition, 0), otherwise)


def _product(a: Any, b: Any) -> Any:
    if is_condition(a) and is_condition(b):
        return apply("and", a, b)
    if is_condition(a):
        return choose(a, b, 0)
    return choose(b, a, 0) if is_condition(b) else a * b


def _logical(name: str) -> Callable[..., Any]:
    function = FUNCTIONS[name]

    def applied(*terms: Any) -> Any:
        conditions = [
            t if is_condition(t) else bool(t) if isinstance(t, int | float) else apply("!=", t, 0) for t in terms
        ]
        return function(*conditions)

    return applied


def function_named(name: str) -> Callable[..., Any]:
    """Return a universal function of terms by its name in NumPy or SciPy.

    Raises
    ------
    UnsupportedError
        If it has no symbolic form.
    """
    if name == "multiply":
        return _product
    if name in _ON_CONDITIONS:
        return _logical(name)
    if name not in FUNCTIONS:
        raise UnsupportedError(
            f"numpy's {name} has no symbolic form. Write it in other functions, or register one: "
            f'sn.register_function("{name}", ...)'
        )
    function = FUNCTIONS[name]
    return lambda *terms: function(*[as_numeric(t) for t in terms])


def apply_universal(
    ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any], session: Any = None
) -> Any:
    """Return a universal function, or its reduction and the like, of arrays of which one is symbolic.

    The session needs to be given where there are only terms and arrays of numbers.
    """
    out = keywords.pop("out", None)
    target = out[0] if isinstance(out, tuple) else out
    if keywords.get("dtype") is not None and np.dtype(keywords["dtype"]).kind not in "fb":
        raise UnsupportedError(
            f"np.{ufunc.__name__} of symbolic arrays gives floats, not {np.dtype(keywords['dtype'])}"
        )
    if not any(is_symbolic(v) for v in (*inputs, target)):
        return _on_numbers(ufunc, method, inputs, target, keywords)
    session = session_of(*inputs, target) or session
    assert session is not None
    result = _applied(session, ufunc, method, inputs, keywords)
    where = keywords.get("where", True)
    if where is not True and method == "__call__":
        if target is None:
            raise InputError(f"np.{ufunc.__name__}(..., where=...) leaves elements without a value; give out= as well")
        result = elementwise(session, choose, where, result, target)
    return result if target is None else written(target, result)


def written(target: Any, result: Any) -> Any:
    """Write a result into an array given as ``out=``, and return that."""
    if not isinstance(target, FieldArray):
        if isinstance(result, FieldArray):
            result.session.wanted_numbers = True
        raise InputError("setting an array element of a plain array of numbers with a symbolic array")
    target[...] = result
    return target


def _applied(session: Any, ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    name = ufunc.__name__
    if method == "__call__" and name in _MATRIX_PRODUCTS:
        from symnum.models.stencil_trace.products import PRODUCTS

        return PRODUCTS[name](*inputs)
    if method == "__call__" and ufunc.nout == 1:
        return elementwise(session, function_named(name), *inputs)
    if method == "reduce":
        from symnum.models.stencil_trace.reductions import reduce_by

        return reduce_by(name, inputs[0], *inputs[1:], **{k: v for k, v in keywords.items() if k != "dtype"})
    if method == "accumulate":
        from symnum.models.stencil_trace.reductions import accumulate_by

        return accumulate_by(name, inputs[0], *inputs[1:], **{k: v for k, v in keywords.items() if k != "dtype"})
    if method == "outer":
        a, b = as_value(inputs[0]), as_value(inputs[1])
        wide = a[(..., *[None] * np.ndim(b))] if isinstance(a, FieldArray | np.ndarray) else a
        return elementwise(session, function_named(name), wide, b)
    if method == "at" and name in ("add", "subtract"):
        from symnum.models.stencil_trace.tables import add_at

        target, places, values = inputs
        return add_at(session, target, places, values, 1 if name == "add" else -1)
    raise UnsupportedError(f"numpy's {name}.{method} has no form for symbolic arrays; write it with slices and sums")


def _on_numbers(ufunc: Any, method: str, inputs: tuple[Any, ...], target: Any, keywords: dict[str, Any]) -> Any:
    plain = [v.geometry if isinstance(v, FieldArray) else v for v in inputs]
    if target is not None:
        keywords["out"] = target.geometry if isinstance(target, FieldArray) else target
    result = getattr(ufunc, method)(*plain, **keywords)
    return result if target is None else target
