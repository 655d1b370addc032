"""SymPy's expressions as a term structure, for interchange. Imported only when asked for."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy

from symnum.errors import UnsupportedError
from symnum.terms import canonical, interface
from symnum.terms.numbers import foreign_numbers
from symnum.terms.structures import Structure, register_structure

_FUNCTIONS: dict[str, Any] = {
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "atan2": sympy.atan2,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "asinh": sympy.asinh,
    "acosh": sympy.acosh,
    "atanh": sympy.atanh,
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "min": sympy.Min,
    "max": sympy.Max,
    "mod": sympy.Mod,
    "expm1": lambda x: sympy.exp(x) - 1,
    "log1p": lambda x: sympy.log(1 + x),
    "cbrt": lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "gamma": sympy.gamma,
    "loggamma": sympy.loggamma,
    "digamma": sympy.digamma,
    "polygamma": sympy.polygamma,
    "besselj": sympy.besselj,
    "bessely": sympy.bessely,
    "besseli": sympy.besseli,
    "besselk": sympy.besselk,
    "lambertw": sympy.LambertW,
    "sinc": sympy.sinc,
    "sinint": sympy.Si,
    "cosint": sympy.Ci,
    "expi": sympy.Ei,
    "exp1": lambda x: sympy.expint(1, x),
    "erfi": sympy.erfi,
    "erfinv": sympy.erfinv,
    "airyai": sympy.airyai,
    "airyaiprime": sympy.airyaiprime,
    "airybi": sympy.airybi,
    "airybiprime": sympy.airybiprime,
    "beta": sympy.beta,
    "<": sympy.Lt,
    "<=": sympy.Le,
    ">": sympy.Gt,
    ">=": sympy.Ge,
    "==": sympy.Eq,
    "!=": sympy.Ne,
    "and": sympy.And,
    "or": sympy.Or,
    "not": sympy.Not,
    "+": sympy.Add,
    "*": sympy.Mul,
    "^": sympy.Pow,
}
_NAMES: dict[Any, str] = {function: name for name, function in _FUNCTIONS.items() if name != "sqrt"}
_ASSUMPTIONS: dict[str, dict[str, bool]] = {
    "complex": {},
    "real": {"real": True},
    "nonzero": {"complex": True, "zero": False},
    "nonnegative": {"nonnegative": True},
    "positive": {"positive": True},
    "integer": {"integer": True},
}
_TESTS = (
    ("positive", "is_positive"),
    ("nonnegative", "is_nonnegative"),
    ("integer", "is_integer"),
    ("real", "is_real"),
)
_CONSTANTS = {"pi": sympy.pi, "e": sympy.E}


def to_number(term: Any) -> Any:
    """Return a SymPy number or truth value as a plain Python value; other terms unchanged."""
    if isinstance(term, sympy.Integer):
        return int(term)
    if isinstance(term, sympy.Rational):
        return Fraction(int(term.p), int(term.q))
    if isinstance(term, sympy.Float):
        return float(term)
    if term is sympy.nan or term is sympy.zoo:
        return math.nan
    if term is sympy.oo or term is -sympy.oo:
        return math.inf if term is sympy.oo else -math.inf
    if term in (sympy.true, sympy.false):
        return bool(term)
    return 1j if term is sympy.I else term


def from_number(value: Any) -> Any:
    """Return a plain Python number as a SymPy number of the same kind; other values unchanged."""
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    if isinstance(value, complex):
        return sympy.Float(value.real) + sympy.I * sympy.Float(value.imag)
    if isinstance(value, bool):
        return sympy.true if value else sympy.false
    if isinstance(value, int):
        return sympy.Integer(value)
    return sympy.Float(value) if isinstance(value, float) else value


def build(operation: str, *arguments: Any) -> Any:
    """Make a SymPy expression; SymPy simplifies by its own rules."""
    args = [from_number(a) for a in arguments]
    if operation == "piecewise":
        pairs = list(zip(args[:-1:2], args[1::2], strict=True))
        return sympy.Piecewise(*pairs, (args[-1], sympy.true))
    function: Callable[..., Any] | None = _FUNCTIONS.get(operation)
    if function is None:
        raise UnsupportedError(f"{operation} has no counterpart in SymPy.")
    return function(*args)


def _is_call(term: Any) -> bool:
    return bool(term.args)


def _operation(term: Any) -> str:
    if isinstance(term, sympy.Piecewise):
        return "piecewise"
    if not term.args:
        raise UnsupportedError(
            f"SymPy's {term} has no operation: it is a leaf. Test with is_call(term) first."
        )
    name = _NAMES.get(term.func)
    if name is None:
        raise UnsupportedError(f"SymPy's {term.func.__name__} has no counterpart in symnum: {term}.")
    return name


def _arguments(term: Any) -> tuple[Any, ...]:
    if isinstance(term, sympy.Piecewise):
        flat: list[Any] = []
        for value, condition in term.args:
            if condition == sympy.true:
                return (*flat, to_number(value))
            flat += (to_number(value), condition)
        return (*flat, math.nan)
    return tuple([to_number(a) for a in term.args])


def _sorted_arguments(term: Any) -> tuple[Any, ...]:
    if isinstance(term, sympy.Piecewise):
        return _arguments(term)
    return tuple([to_number(a) for a in sorted(term.args, key=sympy.default_sort_key)])


def _name(term: Any) -> str:
    if isinstance(term, sympy.Symbol):
        return str(term.name)
    for name, constant in _CONSTANTS.items():
        if term == constant:
            return name
    raise UnsupportedError(f"SymPy's {term} has no counterpart in symnum.")


def _symbol(name: str, domain: str = "complex") -> Any:
    canonical.check_domain(domain)
    return sympy.Symbol(name, **_ASSUMPTIONS[domain])


def _domain(term: Any) -> str:
    """Return the narrowest of our domains that SymPy's assumptions name."""
    if not isinstance(term, sympy.Symbol):
        return "complex"
    for domain, known in _TESTS:
        if getattr(term, known):
            return domain
    return "nonzero" if term.is_zero is False else "complex"


def _make_term(_like: Any, operation: str, arguments: Sequence[Any], metadata: Any = None) -> Any:
    return build(operation, *arguments)


_BASIC: Any = sympy.Basic
interface.is_expr.register(_BASIC)(_is_call)  # type: ignore[no-untyped-call]
interface.is_call.register(_BASIC)(_is_call)  # type: ignore[no-untyped-call]
interface.is_symbol.register(_BASIC)(lambda term: isinstance(term, sympy.Symbol))  # type: ignore[no-untyped-call]
interface.is_constant.register(_BASIC)(lambda term: term in _CONSTANTS.values())  # type: ignore[no-untyped-call]
interface.name.register(_BASIC)(_name)  # type: ignore[no-untyped-call]
interface.domain.register(_BASIC)(_domain)  # type: ignore[no-untyped-call]
interface.operation.register(_BASIC)(_operation)  # type: ignore[no-untyped-call]
interface.arguments.register(_BASIC)(_arguments)  # type: ignore[no-untyped-call]
interface.sorted_arguments.register(_BASIC)(_sorted_arguments)  # type: ignore[no-untyped-call]
interface.make_term.register(_BASIC)(_make_term)  # type: ignore[no-untyped-call]
for _kind in (sympy.Number, type(sympy.zoo), type(sympy.I)):
    foreign_numbers[_kind] = to_number
register_structure(Structure("sympy", _symbol, _CONSTANTS.__getitem__, build), sympy.Basic)
