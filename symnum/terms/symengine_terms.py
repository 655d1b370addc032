"""SymEngine's expressions as a term structure, for interchange. Imported only when asked for.

What SymEngine would change on its own is kept from it: operations that it does not have or refuses, and functions of
numbers whose value is not real (it makes ``log(-1.0)`` complex), are held as function symbols of a reserved prefix.
Domains, which its symbols do not have, are part of their names there: ``x∈positive``.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from symnum.errors import InputError, UnsupportedError, needs
from symnum.terms import canonical, interface, operations
from symnum.terms.numbers import NUMBER_TYPES, as_number, foreign_numbers, integer_power, is_exact
from symnum.terms.structures import Structure, register_structure

with needs(
    'terms="symengine" needs SymEngine, which is not installed. Install the extra "symengine" '
    "(python -m pip install symengine), or choose another structure: convert(expr, 'canonical')."
):
    import symengine

_HELD = "symnum:"
_DOMAIN = "∈"
_MOST = 50_000

_FUNCTIONS: dict[str, Any] = {
    **{name: getattr(symengine, name) for name in "sin cos tan asin acos atan atan2".split()},
    **{name: getattr(symengine, name) for name in "sinh cosh tanh asinh acosh atanh".split()},
    **{name: getattr(symengine, name) for name in "log sign floor erf erfc gamma loggamma polygamma".split()},
    "abs": symengine.Abs,
    "ceil": symengine.ceiling,
    "min": symengine.Min,
    "max": symengine.Max,
    "lambertw": symengine.LambertW,
    "<": symengine.StrictLessThan,
    "<=": symengine.LessThan,
    "==": symengine.Equality,
    "!=": symengine.Unequality,
    "and": symengine.And,
    "or": symengine.Or,
    "not": symengine.Not,
    "+": symengine.Add,
    "*": symengine.Mul,
    "^": symengine.Pow,
}
_NAMES: dict[Any, str] = {function: name for name, function in _FUNCTIONS.items()}
_FUNCTIONS |= {
    ">": lambda a, b: symengine.StrictLessThan(b, a),
    ">=": lambda a, b: symengine.LessThan(b, a),
    "exp": symengine.exp,
    "sqrt": symengine.sqrt,
    "digamma": symengine.digamma,
}
_NAMES[symengine.Piecewise] = "piecewise"
_CONSTANTS = {"pi": symengine.pi, "e": symengine.E}
_COMMUTATIVE = frozenset({"+", "*", "and", "or", "min", "max"})
_BASIC: Any = type(symengine.pi).__mro__[-2]  # SymEngine's base class, which its package does not name
_BOOLEANS = (type(symengine.true), type(symengine.false))


def to_number(term: Any) -> Any:
    """Return a SymEngine number or truth value as a plain Python value; other terms unchanged."""
    if isinstance(term, symengine.Integer):
        return int(term)
    if isinstance(term, symengine.Rational):
        return Fraction(int(term.p), int(term.q))
    if isinstance(term, symengine.Float):
        return float(term)
    if isinstance(term, _BOOLEANS):
        return bool(term)
    if not isinstance(term, symengine.Number):
        return term
    if term in (symengine.oo, -symengine.oo):
        return math.inf if term == symengine.oo else -math.inf
    return math.nan if term in (symengine.nan, symengine.zoo) else complex(term)


def from_number(value: Any) -> Any:
    """Return a plain Python number as a SymEngine number of the same kind; SymEngine's terms unchanged.

    Raises
    ------
    InputError
        For anything else, text included: SymEngine would read it as a formula.
    """
    if isinstance(value, _BASIC):
        return value
    if isinstance(value, bool):
        return symengine.true if value else symengine.false
    number = as_number(value)
    if number is None:
        raise InputError(
            f"{value!r} of type {type(value).__name__} cannot be part of a SymEngine expression. Convert it: "
            "convert(expr, 'symengine')."
        )
    if isinstance(number, Fraction):
        return symengine.Rational(number.numerator, number.denominator)
    if isinstance(number, float):
        return symengine.RealDouble(number)
    if isinstance(number, int):
        return symengine.Integer(number)
    return symengine.RealDouble(number.real) + symengine.I * symengine.RealDouble(number.imag)


def build(operation: str, *arguments: Any) -> Any:
    """Make a SymEngine expression, or a plain number where the value is one; SymEngine simplifies by its rules."""
    operations.check_arity(operations.get_operation(operation), len(arguments))
    known = [to_number(a) for a in arguments]
    if arguments and all(a.__class__ in NUMBER_TYPES or a.__class__ is bool for a in known):
        value = canonical.build(operation, *known)  # raises what our own terms raise
        if value.__class__ in NUMBER_TYPES or value.__class__ is bool:
            return value
        if operation != "^" or not (all(is_exact(a) for a in known) and known[0] > 0):
            return _held(operation, known)
    if operation == "^":
        _check_power(*known)
    try:
        return to_number(_made(operation, known))
    except (RuntimeError, TypeError, ValueError):  # such as a symbol where SymEngine wants a condition
        return _held(operation, known)


def _made(operation: str, known: Sequence[Any]) -> Any:
    args = [from_number(a) for a in known]
    if operation == "piecewise":
        pairs = list(zip(args[:-1:2], args[1::2], strict=True))
        return symengine.Piecewise(*pairs, (args[-1], symengine.true))
    function: Callable[..., Any] | None = _FUNCTIONS.get(operation)
    return _held(operation, known) if function is None else function(*args)


def _held(operation: str, arguments: Sequence[Any]) -> Any:
    """Keep an operation as it is, where SymEngine has none of the same meaning."""
    return symengine.Function(_HELD + operation)(*[from_number(a) for a in arguments])


def _check_power(base: Any, exponent: Any) -> None:
    """Raise `BudgetError` before SymEngine raises the number in front of a product to a huge power."""
    if is_exact(exponent) and isinstance(base, symengine.Mul):
        number = to_number(base.args[0])
        if is_exact(number):
            integer_power(number, int(exponent))


def _is_call(term: Any) -> bool:
    return bool(term.args) and not isinstance(term, symengine.Number)


def _operation(term: Any) -> str:
    found = _NAMES.get(type(term))
    if found == "^":
        return "exp" if term.args[0] == symengine.E else "^"
    if found is not None:
        return found
    if not _is_call(term):
        raise UnsupportedError(
            f"SymEngine's {term} has no operation: it is a leaf. Test with is_call(term) first."
        )
    function = str(term.get_name()) if hasattr(term, "get_name") else ""
    if not function.startswith(_HELD):
        raise UnsupportedError(
            f"SymEngine's {function or type(term).__name__} has no counterpart in symnum: {term}."
        )
    return function.removeprefix(_HELD)


_seen: dict[Any, tuple[Any, ...]] = {}


def _arguments(term: Any) -> tuple[Any, ...]:
    """Return the arguments, the same objects for equal terms: SymEngine makes new ones at each call.

    Without this, walks that know parts by their identity would go through shared parts again and again.
    """
    found = _seen.get(term)
    if found is None:
        if len(_seen) >= _MOST:
            _seen.clear()
        found = _seen[term] = _read_arguments(term)
    return found


def _read_arguments(term: Any) -> tuple[Any, ...]:
    args = tuple([to_number(a) for a in term.args])
    if isinstance(term, symengine.Piecewise):
        for i in range(1, len(args), 2):
            if args[i] is True:
                return (*args[: i - 1], args[i - 1])
        return (*args, math.nan)
    if isinstance(term, symengine.Pow) and term.args[0] == symengine.E:
        return args[1:]
    return args


def _sorted_arguments(term: Any) -> tuple[Any, ...]:
    """SymEngine's own order depends on what was made before."""
    args = _arguments(term)
    if _operation(term) not in _COMMUTATIVE:
        return args
    from symnum.terms.convert import convert
    from symnum.terms.order import order_key

    return tuple(sorted(args, key=lambda a: order_key(convert(a, "canonical"))))


def _symbol(name: str, domain: str = "complex") -> Any:
    canonical.check_domain(domain)
    plain = domain == "complex" and _DOMAIN not in name
    return symengine.Symbol(name if plain else f"{name}{_DOMAIN}{domain}")


def _parts(term: Any) -> tuple[str, str]:
    """Return the name and the domain of a symbol."""
    name = str(term.name)
    if isinstance(term, symengine.Dummy):  # two of one name are different symbols
        return f"_{name}_{term.dummy_index}", "complex"
    before, found, domain = name.rpartition(_DOMAIN)
    return (before, domain) if found and domain in canonical.DOMAINS else (name, "complex")


def _name(term: Any) -> str:
    if isinstance(term, symengine.Symbol):
        return _parts(term)[0]
    for name, constant in _CONSTANTS.items():
        if term == constant:
            return name
    raise UnsupportedError(f"SymEngine's {term} has no counterpart in symnum.")


def _domain(term: Any) -> str:
    return _parts(term)[1] if isinstance(term, symengine.Symbol) else "complex"


def _make_term(_like: Any, operation: str, arguments: Sequence[Any], metadata: Any = None) -> Any:
    return build(operation, *arguments)


foreign_numbers[symengine.Number] = to_number
interface.is_expr.register(_BASIC)(_is_call)  # type: ignore[no-untyped-call]
interface.is_call.register(_BASIC)(_is_call)  # type: ignore[no-untyped-call]
interface.is_symbol.register(_BASIC)(lambda term: isinstance(term, symengine.Symbol))  # type: ignore[no-untyped-call]
interface.is_constant.register(_BASIC)(lambda term: term in _CONSTANTS.values())  # type: ignore[no-untyped-call]
interface.name.register(_BASIC)(_name)  # type: ignore[no-untyped-call]
interface.domain.register(_BASIC)(_domain)  # type: ignore[no-untyped-call]
interface.operation.register(_BASIC)(_operation)  # type: ignore[no-untyped-call]
interface.arguments.register(_BASIC)(_arguments)  # type: ignore[no-untyped-call]
interface.sorted_arguments.register(_BASIC)(_sorted_arguments)  # type: ignore[no-untyped-call]
interface.make_term.register(_BASIC)(_make_term)  # type: ignore[no-untyped-call]
register_structure(Structure("symengine", _symbol, _CONSTANTS.__getitem__, build), _BASIC)
