"""Arrays of terms: NumPy arrays of objects on which NumPy's functions give arrays of terms."""

from typing import Any

import numpy as np

from symnum.terms import interface


class TermArray(np.ndarray[Any, np.dtype[Any]]):
    """A NumPy array whose elements are terms and numbers; made by `sn.array` and `sn.trace`.

    It slices, broadcasts, multiplies and reduces as any array does; comparisons give arrays of conditions.
    """

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        """Return a universal function applied element by element, or its reduction."""
        if any(hasattr(i, "symbolic_array") for i in inputs):
            return NotImplemented
        from symnum.terms.trace.ufuncs import apply_ufunc

        return apply_ufunc(ufunc, method, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Return a function of NumPy applied to arrays of terms."""
        if any(hasattr(t, "symbolic_array") for t in types):
            return NotImplemented
        from symnum.terms.trace.functions import apply_function

        return apply_function(function, args, kwargs)


def array(values: Any) -> TermArray:
    """Return an array of terms.

    Parameters
    ----------
    values : term, nested lists of terms and numbers, or array

    Returns
    -------
    TermArray
        Of dtype object; numbers in it are plain Python numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> np.maximum(sn.array([x, y]), 0).tolist()
    [max(x, 0), max(y, 0)]
    """
    return as_objects(values).view(TermArray)


def as_objects(values: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """Return anything as a plain array of objects, its numbers as Python's own."""
    if isinstance(values, np.ndarray):
        return np.asarray(values).astype(object)
    if interface.is_symbol(values) or interface.is_expr(values):
        made = np.empty((), dtype=object)
        made[()] = values
        return made
    made = np.array(values, dtype=object)
    return np.frompyfunc(plain, 1, 1)(made) if made.ndim else np.asarray(made, dtype=object)


def as_factors(values: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """Return an operand of a matrix product as objects; zeros of an array of numbers become exact.

    A matrix of floats in a traced function is data: its zeros say that there is no connection. As floats
    they would stay in the terms, and the sparsity of the Jacobian would be lost.
    """
    objects = as_objects(values)
    if isinstance(values, np.ndarray) and values.dtype.kind in "fc":
        objects[np.asarray(values) == 0] = 0
    return objects


def plain(value: Any) -> Any:
    """Return a scalar of NumPy as Python's own number; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def finished(result: Any) -> Any:
    """Return an array of objects as a `TermArray`, and an array without dimensions as its element."""
    if isinstance(result, np.ndarray):
        if result.ndim == 0:
            return result[()]
        return result.view(TermArray) if result.dtype == object else result
    return result
