"""Functions of NumPy that are no universal functions, on terms: choices, and linear algebra."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symnum.errors import ShapeError, UnsupportedError
from symnum.terms import interface
from symnum.terms.symbols import apply
from symnum.terms.trace.arrays import array, as_factors, as_objects, finished


def apply_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return a function of NumPy applied to terms and arrays of terms."""
    own = _FUNCTIONS.get(function)
    if own is not None:
        return own(*args, **kwargs)
    changed = [_wrapped(a) for a in args]
    implementation = getattr(function, "_implementation", None)
    if implementation is None:
        raise UnsupportedError(f"numpy's {function.__name__} has no symbolic form.")
    return finished(implementation(*changed, **{k: _wrapped(v) for k, v in kwargs.items()}))


def _wrapped(value: Any) -> Any:
    """Return a term as an array without dimensions, in lists and tuples too."""
    if isinstance(value, list | tuple):
        return type(value)(_wrapped(v) for v in value) if type(value) in (list, tuple) else value
    if isinstance(value, np.ndarray):
        return value
    return array(value) if interface.is_symbol(value) or interface.is_expr(value) else value


def _choose(condition: Any, value: Any, otherwise: Any) -> Any:
    return apply("piecewise", value, condition, otherwise)


def _where(condition: Any, *choices: Any) -> Any:
    if len(choices) != 2:
        raise UnsupportedError(
            "np.where(condition) without values lists places, which are not known before the symbols have "
            "values. Write np.where(condition, a, b)."
        )
    return finished(np.frompyfunc(_choose, 3, 1)(*[as_objects(v) for v in (condition, *choices)]))


def _select(conditions: Any, choices: Any, default: Any = 0) -> Any:
    result = default
    for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
        result = _where(condition, choice, result)
    return result


def _dot(a: Any, b: Any) -> Any:
    return finished(np.dot(as_factors(a), as_factors(b)))


def _determinant(a: Any) -> Any:
    from symnum.terms.determinant import determinant

    return determinant(as_objects(a))


def _solve(a: Any, b: Any) -> Any:
    from symnum.terms.linear import solve_matrix
    from symnum.terms.matrices import read_matrix

    rows, right = read_matrix(as_objects(a), square=True), as_objects(b)
    if right.shape[0] != len(rows):
        raise ShapeError(
            f"a matrix of {len(rows)} rows does not go with a right-hand side of {right.shape[0]}."
        )
    if right.ndim == 1:
        return array(solve_matrix(rows, list(right)))
    return array(np.array([solve_matrix(rows, list(column)) for column in right.T], dtype=object).T)


def _inverse(a: Any) -> Any:
    return _solve(a, np.eye(len(a), dtype=int))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord not in (None, 2) or (ord == 2 and np.ndim(x) != 1 and axis is None):
        raise UnsupportedError(f"numpy.linalg.norm of terms is the Euclidean one; ord={ord!r} was asked for.")
    squares = array(x) ** 2
    return np.sqrt(np.sum(squares, axis=axis, keepdims=keepdims))


_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.where: _where,
    np.select: _select,
    np.dot: _dot,
    np.linalg.det: _determinant,
    np.linalg.solve: _solve,
    np.linalg.inv: _inverse,
    np.linalg.norm: _norm,
}
