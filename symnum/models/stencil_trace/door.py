"""`sn.trace`: terms from a function of scalars, or a model on a grid from a program on arrays."""

from collections.abc import Callable
from typing import Any

from symnum.terms.trace.tracing import trace as trace_terms

__all__ = ["trace"]


def trace(
    function: Callable[..., Any],
    *arguments: Any,
    shape: Any = None,
    **keywords: Any,
) -> Any:
    """Return the terms that a Python function computes, or with a shape the model that a program on arrays is.

    Parameters
    ----------
    function : callable
        Arithmetic, NumPy's functions, slicing, matrix products, loops over lengths, calls of other functions.
    *arguments, **keywords
        What to call it with. A term, array or list of terms, or number goes in as it is; text makes symbols of
        these names (``"x"`` one, ``"x y"`` an array); a shape makes an array of symbols that are named after the
        argument: ``(3,)`` or 3 for an argument ``y`` gives ``y0, y1, y2``, ``(2, 2)`` gives ``y0_0, y0_1, ...``.
    shape : int, tuple of int, mapping of str to shape, or list of shapes, optional
        Of the state of a right-hand side ``f(t, y)``, ``f(t, y, p)`` or ``f(dy, y, p, t)``, arrays in and arrays
        out: the function is then called once on a symbolic array, and the work does not depend on its size. The
        keywords are those of `symnum.models.stencil_trace.trace_program.trace_program`: ``parameters``,
        ``arguments``, ``fields``, ``initial``, ``coordinates``, ``name``.

    Returns
    -------
    term, TermArray, or what the function makes of them
        Tuples, lists and mappings stay what they are.
    TracedModel
        With a shape: a model that `build_simulator` takes.

    Raises
    ------
    TracingError
        If the function needs to know a value: a condition in ``if`` or ``while``, ``math.sin``, an array of
        floats that terms are written into. The message names the line and the fix.

    Notes
    -----
    The function runs once; what it decides by anything but its arguments is decided for good. ``==`` between
    terms compares their structure: write ``np.where(np.equal(x, 0), a, b)`` for a choice by value. In matrix
    products (``A @ y``, ``np.dot``) the zeros of an array of floats count as exact, so that what is sparse stays so.

    Examples
    --------
    >>> import numpy as np
    >>> import symnum as sn
    >>> sn.trace(lambda t, y: np.sin(t) * y[0] + np.sum(y**2), "t", 2)
    y0*sin(t) + y0^2 + y1^2
    >>> sn.trace(lambda t, u: np.roll(u, 1) - 2*u + np.roll(u, -1), shape=1000)
    <TracedModel <lambda>: u 1000; 3 boxes of cells>
    """
    if shape is None:
        return trace_terms(function, *arguments, **keywords)
    from symnum.models.stencil_trace.trace_program import trace_program

    return trace_program(function, *arguments, shape=shape, **keywords)
