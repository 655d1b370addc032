"""Universal functions of NumPy and SciPy, as functions of terms."""

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from symnum.errors import InputError, UnsupportedError
from symnum.terms import functions as f
from symnum.terms.canonical import PI
from symnum.terms.symbols import apply
from symnum.terms.trace.arrays import as_factors, as_objects, finished, plain

_NATIVE = frozenset(
    "add subtract multiply divide true_divide negative positive power matmul vecdot matvec vecmat".split()
)
"""Functions whose loops over objects use Python's operators, which terms have."""

_PRODUCTS = frozenset("matmul vecdot matvec vecmat".split())


def _operation(name: str) -> Callable[..., Any]:
    return lambda *arguments: apply(name, *arguments)


def _clip(x: Any, low: Any, high: Any) -> Any:
    return apply("min", apply("max", x, low), high)


def _truncate(x: Any) -> Any:
    return apply("*", apply("sign", x), apply("floor", apply("abs", x)))


def _add_exponentials(a: Any, b: Any) -> Any:
    """Return log(exp(a) + exp(b)) without overflow."""
    return apply("+", apply("max", a, b), apply("log1p", apply("exp", -apply("abs", a - b))))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negative": operator.neg,
    "positive": operator.pos,
    "power": operator.pow,
    "float_power": operator.pow,
    "floor_divide": lambda a, b: apply("floor", a / b),
    "remainder": _operation("mod"),
    "absolute": _operation("abs"),
    "fabs": _operation("abs"),
    "square": lambda x: x * x,
    "reciprocal": lambda x: apply("^", x, -1),
    "trunc": _truncate,
    "clip": _clip,
    "fmax": _operation("max"),
    "fmin": _operation("min"),
    "maximum": _operation("max"),
    "minimum": _operation("min"),
    "exp2": f.exp2,
    "log2": f.log2,
    "log10": f.log10,
    "hypot": f.hypot,
    "heaviside": f.heaviside,
    "logaddexp": _add_exponentials,
    "radians": lambda x: x * PI * Fraction(1, 180),
    "degrees": lambda x: x * 180 / PI,
    "less": _operation("<"),
    "less_equal": _operation("<="),
    "greater": _operation(">"),
    "greater_equal": _operation(">="),
    "equal": _operation("=="),
    "not_equal": _operation("!="),
    "logical_and": _operation("and"),
    "logical_or": _operation("or"),
    "logical_not": _operation("not"),
    "bitwise_and": _operation("and"),
    "bitwise_or": _operation("or"),
    "invert": _operation("not"),
    "gammaln": f.loggamma,
    "psi": f.digamma,
    "expit": lambda x: 1 / (1 + apply("exp", -x)),
    "logit": lambda x: apply("log", x / (1 - x)),
    "xlogy": lambda x, y: apply("piecewise", 0, apply("==", x, 0), x * apply("log", y)),
    "expi": f.expi,
    "exp1": f.exp1,
    "erfi": f.erfi,
    "erfinv": f.erfinv,
    "beta": f.beta,
    "jv": f.besselj,
    "yv": f.bessely,
    "iv": f.besseli,
    "kv": f.besselk,
}
_FUNCTIONS |= {name: _operation(name) for name in "sin cos tan sinh cosh tanh exp log expm1 log1p".split()}
_FUNCTIONS |= {name: _operation(name) for name in "sqrt cbrt sign floor ceil erf erfc gamma".split()}
_FUNCTIONS |= {f"arc{name}": _operation(f"a{name}") for name in "sin cos tan sinh cosh tanh tan2".split()}
for _alias, _name in (("true_divide", "divide"), ("deg2rad", "radians"), ("rad2deg", "degrees")):
    _FUNCTIONS[_alias] = _FUNCTIONS[_name]
for _alias, _name in (("mod", "remainder"), ("abs", "absolute"), ("digamma", "psi")):
    _FUNCTIONS[_alias] = _FUNCTIONS[_name]
FUNCTIONS: Mapping[str, Callable[..., Any]] = _FUNCTIONS
"""Functions of terms by the names of NumPy's and SciPy's universal functions."""


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Return a universal function, or its reduction and the like, of terms and arrays of terms.

    Raises
    ------
    UnsupportedError
        If the function has no symbolic form.
    InputError
        If the result was to be written into an array of numbers.
    """
    name = ufunc.__name__
    if name not in FUNCTIONS and name not in _NATIVE:
        raise UnsupportedError(
            f"numpy's {name} has no symbolic form. Write it in other functions, or register one: "
            f'sn.register_function("{name}", ...).'
        )
    if name in ("equal", "not_equal") and any(_is_numpy_scalar(i) for i in inputs):
        same = bool(_unboxed(inputs[0]) == _unboxed(inputs[1]))
        return same if name == "equal" else not same
    out = keywords.pop("out", None)
    options = {k: v for k, v in keywords.items() if not _is_default(k, v)}
    if method == "__call__" and not options and not any(_has_shape(i) for i in inputs):
        result = FUNCTIONS[name](*[plain(i) for i in inputs])
    else:
        result = _over_arrays(ufunc, method, inputs, options)
    return finished(result) if out is None else _written(result, out[0])


def _is_numpy_scalar(value: Any) -> bool:
    """Tell ``np.float64(1) == x``, which compares structure as ``1.0 == x`` does, from ``np.equal(x, 1)``.

    NumPy hands its own scalars over as arrays without dimensions.
    """
    return isinstance(value, np.generic) or (type(value) is np.ndarray and value.ndim == 0)


def _unboxed(value: Any) -> Any:
    return value.item() if _is_numpy_scalar(value) else value


def _is_default(name: str, value: Any) -> bool:
    if name == "where":
        return value is True
    return value is None or value is np._NoValue or name in ("dtype", "casting", "order", "subok")


def _has_shape(value: Any) -> bool:
    return isinstance(value, np.ndarray | list | tuple)


def _over_arrays(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    name = ufunc.__name__
    over = ufunc if name in _NATIVE else np.frompyfunc(FUNCTIONS[name], ufunc.nin, 1)
    if method == "__call__":
        if name in _PRODUCTS:
            return over(*[as_factors(i) for i in inputs], **options)
        return over(*[as_objects(i) for i in inputs], **options)
    if method in ("reduce", "accumulate"):
        return getattr(over, method)(as_objects(inputs[0]), *inputs[1:], **options)
    if method == "outer":
        return over.outer(*[as_objects(i) for i in inputs], **options)
    raise UnsupportedError(f"numpy's {name}.{method} has no symbolic form; write a loop or a sum.")


def _written(result: Any, out: Any) -> Any:
    if out.dtype != object:
        raise InputError(
            f"an array of {out.dtype} cannot hold terms. Make it with np.zeros_like(y) from an array of terms, "
            "with dtype=object, or with sn.array([...])."
        )
    out[...] = result
    return out
