"""Products of sines and cosines as sums of sines and cosines of multiple angles."""

from fractions import Fraction
from typing import Any

from rewriters.simplification.layers import factors_of
from symnum.errors import BudgetError
from symnum.terms.canonical import Call, Sum, add, call, make_product, multiply, negate, scale
from symnum.terms.expand import expand
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.order import sorted_terms

_MAXIMUM_DEGREE = 8
_MAXIMUM_TERMS = 400
_HALF = Fraction(1, 2)
# What sin(a) and cos(a) times a sine or cosine of b are: ((sign, function, sign of b), ...), divided by 2.
_PRODUCTS = {
    ("sin", "sin"): ((1, "cos", -1), (-1, "cos", 1)),
    ("sin", "cos"): ((1, "sin", 1), (1, "sin", -1)),
    ("cos", "sin"): ((1, "sin", 1), (-1, "sin", -1)),
    ("cos", "cos"): ((1, "cos", 1), (1, "cos", -1)),
    ("sinh", "sinh"): ((1, "cosh", 1), (-1, "cosh", -1)),
    ("sinh", "cosh"): ((1, "sinh", 1), (1, "sinh", -1)),
    ("cosh", "sinh"): ((1, "sinh", 1), (-1, "sinh", -1)),
    ("cosh", "cosh"): ((1, "cosh", 1), (1, "cosh", -1)),
}
Waves = dict[tuple[str, Any], Any]


def linearised(term: Any) -> Any:
    """Return a layer with its products of sines and cosines (and of hyperbolic ones) written as sums.

    Raises
    ------
    BudgetError
        If a product has more than 8 of them, or the sum more than 400 terms.
    """
    term = expand(term, _MAXIMUM_TERMS)
    if term.__class__ is not Sum:
        return _of_summand(term)
    return add([*[scale(_of_summand(t), c) for t, c in term.terms.items()], term.constant])


def _of_summand(term: Any) -> Any:
    waves: dict[str, Waves | None] = {"": None, "h": None}
    rest: dict[Any, Any] = {}
    degree = 0
    for base, exponent in factors_of(term).items():
        is_wave = base.__class__ is Call and base.function in ("sin", "cos", "sinh", "cosh")
        if not is_wave or exponent.__class__ is not int or exponent < 0:
            rest[base] = exponent
            continue
        degree += exponent
        if degree > _MAXIMUM_DEGREE:
            raise BudgetError(
                f"a product of more than {_MAXIMUM_DEGREE} sines and cosines is not multiplied out."
            )
        for _ in range(exponent):
            kind = base.function[3:]
            waves[kind] = _times(waves[kind], base.function, base.args[0])
    if degree < 2:
        return term
    coefficient = term.coefficient if hasattr(term, "coefficient") else 1
    sums = [_total(found) for found in waves.values() if found is not None]
    return expand(multiply([make_product(rest, coefficient), *sums]), _MAXIMUM_TERMS)


def _times(waves: Waves | None, function: str, argument: Any) -> Waves:
    if waves is None:
        return {(function, argument): 1}
    result: Waves = {}
    for (other, angle), amplitude in waves.items():
        for sign, made, direction in _PRODUCTS[other, function]:
            combined = add((angle, scale(argument, direction)))
            if _is_backwards(combined):
                combined = negate(combined)
                sign = -sign if made.startswith("sin") else sign
            key = (made, combined)
            result[key] = add((result.get(key, 0), multiply((amplitude, sign))))
    return {key: multiply((amplitude, _HALF)) for key, amplitude in result.items()}


def _is_backwards(argument: Any) -> bool:
    if argument.__class__ in NUMBER_TYPES:
        return bool(argument.__class__ is not complex and argument < 0)
    if argument.__class__ is Sum:
        value = sorted_terms(argument)[0][1]
    else:
        value = getattr(argument, "coefficient", 1)
    return value.__class__ is not complex and value < 0


def _total(waves: Waves) -> Any:
    return add(
        [multiply((amplitude, call(function, (angle,)))) for (function, angle), amplitude in waves.items()]
    )
