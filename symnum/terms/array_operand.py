"""What lets NumPy compute with terms: its protocols for foreign scalars, and the methods its object loops call."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any


def _method(operation: str) -> Callable[[Any], Any]:
    def method(self: Any) -> Any:
        from symnum.terms.trace.ufuncs import FUNCTIONS

        return FUNCTIONS[operation](self)

    method.__name__ = operation
    method.__doc__ = f"Return numpy.{operation} of this term (NumPy calls this for arrays of objects)."
    return method


tracing_of_arrays: ContextVar[Any] = ContextVar("tracing_of_arrays", default=None)
"""What makes symbolic arrays of terms and arrays of numbers while a program on arrays is traced; else None.

It has the methods ``universal(ufunc, method, inputs, keywords)`` and ``function(function, args, kwargs)``.
"""


def _holds_array(values: Any) -> bool:
    return any(getattr(v, "ndim", 0) > 0 for v in values)


class ArrayOperand:
    """Base of the terms with operators: NumPy's functions applied to them give terms.

    ``np.sin(x)``, ``2.0 * np.ones(3) * x`` and ``np.where(x > 0, a, b)`` come through the two protocols. For a
    plain array of objects that holds terms NumPy asks the elements for methods of its functions' names.
    """

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        """Return a universal function of NumPy or SciPy applied to terms; of symbolic arrays too, these know it."""
        if any(hasattr(i, "symbolic_array") for i in inputs):
            return NotImplemented
        tracing = tracing_of_arrays.get()
        if tracing is not None and _holds_array(inputs):
            return tracing.universal(ufunc, method, inputs, keywords)
        from symnum.terms.trace.ufuncs import apply_ufunc

        return apply_ufunc(ufunc, method, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Return another function of NumPy applied to terms."""
        if any(hasattr(t, "symbolic_array") for t in types):
            return NotImplemented
        tracing = tracing_of_arrays.get()
        if tracing is not None and _holds_array((*args, *kwargs.values())):
            return tracing.function(function, args, kwargs)
        from symnum.terms.trace.functions import apply_function

        return apply_function(function, args, kwargs)

    def __floordiv__(self, other: Any) -> Any:
        """Return floor(self/other)."""
        return NotImplemented if hasattr(other, "__len__") else _floor_of(self / other)

    def __rfloordiv__(self, other: Any) -> Any:
        """Return floor(other/self)."""
        return NotImplemented if hasattr(other, "__len__") else _floor_of(other / self)

    def __floor__(self) -> Any:
        """Return the greatest integer below, as a term (`math.floor` and `numpy.floor` call this)."""
        return _floor_of(self)

    def __ceil__(self) -> Any:
        """Return the least integer above, as a term (`math.ceil` and `numpy.ceil` call this)."""
        return _CEIL(self)

    def __trunc__(self) -> Any:
        """Return the integer towards zero, as a term."""
        return _TRUNC(self)

    sin, cos, tan = _method("sin"), _method("cos"), _method("tan")
    arcsin, arccos, arctan = _method("arcsin"), _method("arccos"), _method("arctan")
    sinh, cosh, tanh = _method("sinh"), _method("cosh"), _method("tanh")
    arcsinh, arccosh, arctanh = _method("arcsinh"), _method("arccosh"), _method("arctanh")
    exp, exp2, expm1 = _method("exp"), _method("exp2"), _method("expm1")
    log, log2, log10, log1p = _method("log"), _method("log2"), _method("log10"), _method("log1p")
    sqrt, cbrt, fabs = _method("sqrt"), _method("cbrt"), _method("fabs")
    degrees, radians = _method("degrees"), _method("radians")

    def arctan2(self, other: Any) -> Any:
        """Return numpy.arctan2 of this term and another (NumPy calls this for arrays of objects)."""
        from symnum.terms.trace.ufuncs import FUNCTIONS

        return FUNCTIONS["arctan2"](self, other)

    def hypot(self, other: Any) -> Any:
        """Return numpy.hypot of this term and another (NumPy calls this for arrays of objects)."""
        from symnum.terms.trace.ufuncs import FUNCTIONS

        return FUNCTIONS["hypot"](self, other)


def _floor_of(quotient: Any) -> Any:
    from symnum.terms.symbols import apply

    return apply("floor", quotient)


_CEIL, _TRUNC = _method("ceil"), _method("trunc")
