"""Values of terms and their derivatives by all symbols at once, backwards through the term, with NumPy."""

from functools import lru_cache

import numpy as np

from symnum.terms.canonical import Call, Product, Sum, Symbol

__all__ = ["value_and_derivatives"]

FUNCTIONS = {
    "abs": np.abs, "cos": np.cos, "exp": np.exp, "log": np.log, "max": np.maximum, "min": np.minimum, "sin": np.sin,
    "sqrt": np.sqrt, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip

#: Derivatives by each argument; what is not here has none, or none that is asked for.
SLOPES = {
    "abs": lambda a: [np.sign(a)],
    "max": lambda a, b: [a >= b, a < b],
    "min": lambda a, b: [a <= b, a > b],
}


def children(term):
    if isinstance(term, Sum):
        return list(term.terms)
    if isinstance(term, Product):
        return [part for pair in term.factors.items() for part in pair]
    return list(term.args) if isinstance(term, Call) else []


@lru_cache(maxsize=20_000)
def in_order(term):
    """All parts of a term that are terms, children first."""
    done, found, stack = set(), [], [(term, False)]
    while stack:
        one, seen = stack.pop()
        if seen:
            found.append(one)
        elif hasattr(one, "_order") and id(one) not in done:
            done.add(id(one))
            stack.append((one, True))
            stack += [(part, False) for part in children(one)]
    return found


def value_and_derivatives(term, known, by):
    """The value of a term, and its derivatives by the symbols in `by` as a dict; symbols are known by name."""
    if not hasattr(term, "_order"):
        return float(term), {}
    order, values, varies = in_order(term), {}, set()

    def value(part):
        return values[id(part)] if id(part) in values else float(part)

    for one in order:
        values[id(one)] = forward(one, known, value)
        if one in by or any(id(part) in varies for part in children(one)):
            varies.add(id(one))
    slopes, found = {id(order[-1]): 1.0}, {}  # equal to `term`, perhaps not the same object
    for one in reversed(order):
        slope = slopes.pop(id(one), None)
        if slope is None or id(one) not in varies:
            continue
        if isinstance(one, Symbol):
            found[one] = slope
            continue
        for part, factor in backward(one, value, varies):
            slopes[id(part)] = slopes.get(id(part), 0.0) + slope * factor
    return values[id(order[-1])], found


def forward(one, known, value):
    if isinstance(one, Symbol):
        return known[one]
    if isinstance(one, Sum):
        total = float(one.constant)
        for part, number in one.terms.items():
            total = total + float(number) * value(part)
        return total
    if isinstance(one, Product):
        result = float(one.coefficient)
        for base, exponent in one.factors.items():
            result = result * raised(value(base), value(exponent))
        return result
    arguments = [value(a) for a in one.args]
    return chosen(arguments, arguments) if one.function == "piecewise" else FUNCTIONS[one.function](*arguments)


def raised(base, exponent):
    if isinstance(exponent, float) and exponent == 1.0:
        return base
    return base ** (int(exponent) if isinstance(exponent, float) and exponent == int(exponent) else exponent)


def chosen(values, arguments):
    """Of a piecewise term's values, the first whose condition holds."""
    result = values[-1]
    for k in range(len(arguments) - 3, -1, -2):
        result = np.where(arguments[k + 1], values[k], result)
    return result


def backward(one, value, varies):
    """The parts of a term that vary, with its derivatives by them."""
    if isinstance(one, Sum):
        return [(part, float(number)) for part, number in one.terms.items() if id(part) in varies]
    if isinstance(one, Product):
        return by_factors(one, value, varies)
    arguments = [value(a) for a in one.args]
    moving = [k for k, a in enumerate(one.args) if id(a) in varies]
    if one.function == "piecewise":
        return [
            (one.args[k], chosen([float(j == k) for j in range(len(arguments))], arguments))
            for k in moving
            if k % 2 == 0
        ]
    if one.function in ("<", "<=", ">", ">="):
        return []
    return [(one.args[k], SLOPES[one.function](*arguments)[k]) for k in moving]


def by_factors(one, value, varies):
    factors = [(base, value(base), value(exponent)) for base, exponent in one.factors.items()]
    powers = [raised(b, e) for _, b, e in factors]
    assert not any(id(exponent) in varies for exponent in one.factors.values())
    for k, (base, b, e) in enumerate(factors):
        if id(base) in varies:
            slope = float(one.coefficient) * (1.0 if isinstance(e, float) and e == 1.0 else e * raised(b, e - 1))
            for j, other in enumerate(powers):
                if j != k:
                    slope = slope * other
            yield base, slope
