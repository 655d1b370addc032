"""The known operations: arity, derivative, numerical meaning, exact values and printed names.

Everything that must know what "sin" is looks here: folding of numbers at construction, evaluation,
differentiation, parsing and printing. `register_operation` adds to the table.
"""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from symnum.errors import InputError, UnknownNameError, suggest
from symnum.terms.numbers import is_exact, normal

Build = Callable[..., Any]
"""``build(operation, *arguments)`` makes a term of the structure at hand."""

Partial = Callable[[Build, tuple[Any, ...], int], Any]
"""``partial(build, arguments, i)`` is the derivative of the operation by its argument number i."""


class Operation(NamedTuple):
    """One operation.

    Attributes
    ----------
    name : str
        Its name in terms and in text.
    minimum, maximum : int
        Least and greatest number of arguments; maximum None means any number.
    numeric : callable, optional
        ``numeric(numpy, *values)`` computes it on float64 or complex128 arrays.
    partial : callable, optional
        Derivative by one argument; None means that it is not differentiable by formula.
    exact : callable, optional
        Takes exact numbers, returns the exact value or None where there is none.
    scalar : callable, optional
        Takes floats, returns a float; may raise ValueError outside the real domain.
    kind : str
        "arithmetic", "function", "comparison", "logical", "choice", or "field" for operators on fields, which only
        models of fields understand.
    latex : str
        LaTeX of the function's name.
    definition : callable, optional
        ``definition(build, arguments)`` gives the same value in other operations, which is what is compiled
        where the function itself has no machine form; None where there is none for these arguments.
    """

    name: str
    minimum: int
    maximum: int | None
    numeric: Callable[..., Any] | None = None
    partial: Partial | None = None
    exact: Callable[..., Any] | None = None
    scalar: Callable[..., float] | None = None
    kind: str = "function"
    latex: str = ""
    definition: Callable[[Build, tuple[Any, ...]], Any] | None = None

    @property
    def is_condition(self) -> bool:
        """True for comparisons and logical operations, whose values are True or False."""
        return self.kind in ("comparison", "logical")


_table: dict[str, Operation] = {}
OPERATIONS: Mapping[str, Operation] = MappingProxyType(_table)
"""All known operations by name."""


def register_operation(new: Operation, *, replace: bool = False) -> Operation:
    """Add an operation to the table.

    Parameters
    ----------
    new : Operation
    replace : bool
        Whether it may take the place of another operation of its name.

    Raises
    ------
    InputError
        If another operation has that name.
    """
    if new.name in _table and _table[new.name] != new and not replace:
        raise InputError(f'operation "{new.name}" exists already; give the new one another name.')
    _table[new.name] = new
    return new


def get_operation(name: str) -> Operation:
    """Return an operation by name.

    Raises
    ------
    UnknownNameError
        If there is none; the message suggests close names.
    """
    found = _table.get(name)
    if found is None:
        raise UnknownNameError(
            f'"{name}" is not a known function.{suggest(name, list(_table))} '
            "Known functions: " + ", ".join(k for k, v in _table.items() if v.kind == "function") + "."
        )
    return found


def check_arity(found: Operation, count: int) -> None:
    """Raise `InputError` if an operation does not take that many arguments."""
    if count == found.maximum:
        return
    if count < found.minimum or (found.maximum is not None and count > found.maximum):
        wanted = str(found.minimum)
        if found.maximum is None:
            wanted = f"at least {wanted}"
        elif found.maximum != found.minimum:
            wanted = f"{wanted} to {found.maximum}"
        raise InputError(
            f"{found.name} takes {wanted} argument{'s' * (wanted != '1')}, and was given {count}."
        )


# --- derivatives, written once for every term structure ---------------------------------------------


def _minus(b: Build, a: Any) -> Any:
    return b("*", -1, a)


def _divide(b: Build, a: Any, c: Any) -> Any:
    return b("*", a, b("^", c, -1))


def _one_minus_square(b: Build, x: Any) -> Any:
    return b("+", 1, _minus(b, b("^", x, 2)))


_HALF = Fraction(1, 2)


def _atan2_partial(b: Build, args: tuple[Any, ...], i: int) -> Any:
    y, x = args
    radius = b("+", b("^", x, 2), b("^", y, 2))
    return _divide(b, x, radius) if i == 0 else _divide(b, _minus(b, y), radius)


def _extreme_partial(comparison: str) -> Partial:
    """Derivative of min or max: 1 where this argument is the chosen one (the first among equals)."""

    def partial(b: Build, args: tuple[Any, ...], i: int) -> Any:
        conditions = [
            b(comparison if j < i else comparison + "=", args[i], other)
            for j, other in enumerate(args)
            if j != i
        ]
        if not conditions:
            return 1
        chosen = conditions[0] if len(conditions) == 1 else b("and", *conditions)
        return b("piecewise", 1, chosen, 0)

    return partial


def _mod_partial(b: Build, args: tuple[Any, ...], i: int) -> Any:
    return 1 if i == 0 else _minus(b, b("floor", _divide(b, args[0], args[1])))


def _simple(rule: Callable[[Build, Any], Any]) -> Partial:
    return lambda b, args, _i: rule(b, args[0])


def _zero(_b: Build, _args: tuple[Any, ...], _i: int) -> Any:
    return 0


# --- exact values --------------------------------------------------------------------------------------


def _at(point: int, value: int) -> Callable[[Any], Any]:
    return lambda x: value if x == point else None


def _exact_mod(a: Any, b: Any) -> Any:
    return None if b == 0 else normal(a - b * (a // b))


def _sign(x: float) -> float:
    return x if x != x else (x > 0) - (x < 0) + 0.0


def _float_mod(a: float, b: float) -> float:
    return a - b * math.floor(a / b) if b else math.nan


def _function(
    name: str,
    numeric: Callable[..., Any],
    partial: Partial | None,
    exact: Callable[..., Any] | None = None,
    scalar: Callable[..., float] | None = None,
    latex: str = "",
    arity: tuple[int, int | None] = (1, 1),
) -> None:
    latex = latex or rf"\operatorname{{{name}}}"
    register_operation(Operation(name, *arity, numeric, partial, exact, scalar, "function", latex))


_function("sin", lambda np, x: np.sin(x), _simple(lambda b, x: b("cos", x)), _at(0, 0), math.sin, r"\sin")
_function(
    "cos", lambda np, x: np.cos(x), _simple(lambda b, x: _minus(b, b("sin", x))), _at(0, 1), math.cos, r"\cos"
)
_function(
    "tan",
    lambda np, x: np.tan(x),
    _simple(lambda b, x: b("+", 1, b("^", b("tan", x), 2))),
    _at(0, 0),
    math.tan,
    r"\tan",
)
_function(
    "asin",
    lambda np, x: np.arcsin(x),
    _simple(lambda b, x: b("^", _one_minus_square(b, x), -_HALF)),
    _at(0, 0),
    math.asin,
    r"\arcsin",
)
_function(
    "acos",
    lambda np, x: np.arccos(x),
    _simple(lambda b, x: _minus(b, b("^", _one_minus_square(b, x), -_HALF))),
    _at(1, 0),
    math.acos,
    r"\arccos",
)
_function(
    "atan",
    lambda np, x: np.arctan(x),
    _simple(lambda b, x: b("^", b("+", 1, b("^", x, 2)), -1)),
    _at(0, 0),
    math.atan,
    r"\arctan",
)
_function("atan2", lambda np, y, x: np.arctan2(y, x), _atan2_partial, None, math.atan2, arity=(2, 2))
_function(
    "sinh", lambda np, x: np.sinh(x), _simple(lambda b, x: b("cosh", x)), _at(0, 0), math.sinh, r"\sinh"
)
_function(
    "cosh", lambda np, x: np.cosh(x), _simple(lambda b, x: b("sinh", x)), _at(0, 1), math.cosh, r"\cosh"
)
_function(
    "tanh",
    lambda np, x: np.tanh(x),
    _simple(lambda b, x: b("+", 1, _minus(b, b("^", b("tanh", x), 2)))),
    _at(0, 0),
    math.tanh,
    r"\tanh",
)
_function(
    "asinh",
    lambda np, x: np.arcsinh(x),
    _simple(lambda b, x: b("^", b("+", 1, b("^", x, 2)), -_HALF)),
    _at(0, 0),
    math.asinh,
)
_function(
    "acosh",
    lambda np, x: np.arccosh(x),
    _simple(lambda b, x: b("*", b("^", b("+", x, -1), -_HALF), b("^", b("+", x, 1), -_HALF))),
    _at(1, 0),
    math.acosh,
)
_function(
    "atanh",
    lambda np, x: np.arctanh(x),
    _simple(lambda b, x: b("^", _one_minus_square(b, x), -1)),
    _at(0, 0),
    math.atanh,
)
_function("exp", lambda np, x: np.exp(x), _simple(lambda b, x: b("exp", x)), _at(0, 1), math.exp, r"\exp")
_function("log", lambda np, x: np.log(x), _simple(lambda b, x: b("^", x, -1)), _at(1, 0), math.log, r"\log")
_function(
    "sqrt",
    lambda np, x: np.sqrt(x),
    _simple(lambda b, x: b("*", _HALF, b("^", b("sqrt", x), -1))),
    None,  # a power, whose rules it has
    math.sqrt,
    r"\sqrt",
)
_function("abs", lambda np, x: np.abs(x), _simple(lambda b, x: b("sign", x)), abs, abs)
_function("sign", lambda np, x: np.sign(x), _zero, lambda x: (x > 0) - (x < 0), _sign)
_function("floor", lambda np, x: np.floor(x), _zero, math.floor, lambda x: float(math.floor(x)))
_function("ceil", lambda np, x: np.ceil(x), _zero, math.ceil, lambda x: float(math.ceil(x)))


def _fold_with(function_name: str) -> Callable[..., Any]:
    def numeric(np: Any, first: Any, *rest: Any) -> Any:
        pairwise = getattr(np, function_name)
        for value in rest:
            first = pairwise(first, value)
        return first

    return numeric


def _float_extreme(choose: Callable[..., Any]) -> Callable[..., float]:
    def scalar(*values: float) -> float:
        return math.nan if any(v != v for v in values) else choose(values)

    return scalar


_function(
    "min",
    _fold_with("minimum"),
    _extreme_partial("<"),
    lambda *a: min(a),
    _float_extreme(min),
    r"\min",
    (1, None),
)
_function(
    "max",
    _fold_with("maximum"),
    _extreme_partial(">"),
    lambda *a: max(a),
    _float_extreme(max),
    r"\max",
    (1, None),
)
_function("mod", lambda np, a, b: a - b * np.floor(a / b), _mod_partial, _exact_mod, _float_mod, arity=(2, 2))

# --- conditions and choices ----------------------------------------------------------------------------


def _comparison(name: str, test: Callable[[Any, Any], Any], latex: str) -> None:
    register_operation(
        Operation(name, 2, 2, lambda np, a, b: test(a, b), _zero, test, test, "comparison", latex)
    )


_comparison("<", lambda a, b: a < b, "<")
_comparison("<=", lambda a, b: a <= b, r"\le")
_comparison(">", lambda a, b: a > b, ">")
_comparison(">=", lambda a, b: a >= b, r"\ge")
_comparison("==", lambda a, b: a == b, "=")
_comparison("!=", lambda a, b: a != b, r"\ne")


def _numeric_all(np: Any, *values: Any) -> Any:
    result = values[0]
    for value in values[1:]:
        result = np.logical_and(result, value)
    return result


def _numeric_any(np: Any, *values: Any) -> Any:
    result = values[0]
    for value in values[1:]:
        result = np.logical_or(result, value)
    return result


def _numeric_piecewise(np: Any, *values: Any) -> Any:
    """Choose the first value whose condition holds; all branches are evaluated."""
    result = values[-1]
    for value, condition in zip(values[-3::-2], values[-2::-2], strict=True):
        result = np.where(condition, value, result)
    return result


register_operation(Operation("and", 1, None, _numeric_all, _zero, kind="logical", latex=r"\wedge"))
register_operation(Operation("or", 1, None, _numeric_any, _zero, kind="logical", latex=r"\vee"))
register_operation(
    Operation("not", 1, 1, lambda np, a: np.logical_not(a), _zero, kind="logical", latex=r"\neg")
)
register_operation(Operation("piecewise", 1, None, _numeric_piecewise, None, kind="choice"))
register_operation(Operation("+", 0, None, lambda np, *a: sum(a), None, kind="arithmetic"))
register_operation(Operation("*", 0, None, lambda np, *a: math.prod(a), None, kind="arithmetic"))
register_operation(Operation("^", 2, 2, lambda np, a, b: a**b, None, kind="arithmetic"))

NEGATED = MappingProxyType({"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="})
"""The comparison that is written when another is denied (differs for nan, so it is not applied silently)."""


def fold(found: Operation, values: tuple[Any, ...]) -> Any:
    """Return the value of an operation on plain numbers, or None where it stays symbolic.

    Exact arguments give exact values or stay symbolic; floats are computed at once, unless the
    result is not a real number.
    """
    if all(is_exact(v) for v in values):
        return found.exact(*values) if found.exact is not None else None
    if found.scalar is None or any(v.__class__ is complex for v in values):
        return None
    try:
        if found.kind == "comparison":
            return found.scalar(*values)
        result = found.scalar(*(float(v) for v in values))
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return result if result == result or any(v != v for v in values) else None
