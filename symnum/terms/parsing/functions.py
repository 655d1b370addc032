"""The functions that text may call: the known operations, and other usual spellings of them."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from symnum.errors import InputError
from symnum.terms import integral_functions as _special  # noqa: F401 - enters its functions in the table
from symnum.terms.numbers import as_number
from symnum.terms.operations import OPERATIONS

Build = Callable[..., Any]


def _renamed(operation: str) -> Callable[..., Any]:
    return lambda build, *args: build(operation, *args)


def _logarithm(base: int) -> Callable[..., Any]:
    return lambda build, x: build("*", build("log", x), build("^", build("log", base), -1))


def _log(build: Build, x: Any, base: Any = None) -> Any:
    return (
        build("log", x) if base is None else build("*", build("log", x), build("^", build("log", base), -1))
    )


def _choose(build: Build, condition: Any, value: Any, otherwise: Any) -> Any:
    return build("piecewise", value, condition, otherwise)


def _reciprocal(operation: str) -> Callable[..., Any]:
    return lambda build, x: build("^", build(operation, x), -1)


def _of_reciprocal(operation: str) -> Callable[..., Any]:
    return lambda build, x: build(operation, build("^", x, -1))


def _heaviside(build: Build, x: Any, at_zero: Any = None) -> Any:
    if at_zero is None:
        return build("*", Fraction(1, 2), build("+", 1, build("sign", x)))
    return build("piecewise", 0, build("<", x, 0), at_zero, build("==", x, 0), 1)


def _hypotenuse(build: Build, x: Any, y: Any) -> Any:
    return build("^", build("+", build("^", x, 2), build("^", y, 2)), Fraction(1, 2))


def _factorial(build: Build, n: Any) -> Any:
    return build("gamma", build("+", n, 1))


def _complex(_build: Build, real: Any, imaginary: Any) -> complex:
    for part in (real, imaginary):
        if as_number(part) is None or part.__class__ is complex:
            raise InputError(f"complex(a, b) takes two real numbers; {part} is none. Write a + 1j*b.")
    return complex(real, imaginary)


_spellings: dict[str, Callable[..., Any]] = {
    name: _renamed(name) for name, known in OPERATIONS.items() if known.kind in ("function", "choice")
}
_spellings |= {
    "ln": _renamed("log"),
    "complex": _complex,
    "log": _log,
    "log10": _logarithm(10),
    "log2": _logarithm(2),
    "pow": _renamed("^"),
    "power": _renamed("^"),
    "arcsin": _renamed("asin"),
    "arccos": _renamed("acos"),
    "arctan": _renamed("atan"),
    "arctan2": _renamed("atan2"),
    "arcsinh": _renamed("asinh"),
    "arccosh": _renamed("acosh"),
    "arctanh": _renamed("atanh"),
    "sec": _reciprocal("cos"),
    "csc": _reciprocal("sin"),
    "cot": _reciprocal("tan"),
    "sech": _reciprocal("cosh"),
    "csch": _reciprocal("sinh"),
    "coth": _reciprocal("tanh"),
    "heaviside": _heaviside,
    "factorial": _factorial,
    "lgamma": _renamed("loggamma"),
    "trigamma": lambda build, x: build("polygamma", 1, x),
    "Si": _renamed("sinint"),
    "Ci": _renamed("cosint"),
    "Ei": _renamed("expi"),
    "asec": _of_reciprocal("acos"),
    "acsc": _of_reciprocal("asin"),
    "acot": _of_reciprocal("atan"),
    "asech": _of_reciprocal("acosh"),
    "acsch": _of_reciprocal("asinh"),
    "acoth": _of_reciprocal("atanh"),
    "hypot": _hypotenuse,
    "exp2": lambda build, x: build("^", 2, x),
    "ceiling": _renamed("ceil"),
    "if": _choose,
    "ifelse": _choose,
    "minimum": _renamed("min"),
    "maximum": _renamed("max"),
}
SPELLINGS: Mapping[str, Callable[..., Any]] = MappingProxyType(_spellings)
"""``spelling(build, *arguments)`` for every name that text can call."""


def register_spelling(operation: str) -> None:
    """Let text call an operation that was registered later."""
    _spellings[operation] = _renamed(operation)


def apply_spelling(name: str, build: Build, arguments: list[Any]) -> Any:
    """Return the term that ``name(arguments)`` means.

    Raises
    ------
    InputError
        If the number of arguments is wrong.
    """
    try:
        return SPELLINGS[name](build, *arguments)
    except TypeError as error:
        if "positional argument" not in str(error):
            raise
        raise InputError(
            f"{name} cannot take {len(arguments)} argument{'s' * (len(arguments) != 1)}."
        ) from None
