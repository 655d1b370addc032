"""Balanced trees of operations, and whole powers by squaring: the order of arithmetic that all emitters share."""

from collections.abc import Callable, Sequence

__all__ = ["balanced", "power_factors"]

Join = Callable[[str, str], str]


def balanced(values: Sequence[str], join: Join) -> str:
    """Return values joined in pairs, the results again in pairs, until one is left.

    Parameters
    ----------
    values : sequence of str
        At least one.
    join : callable
        Emits the operation on two values and returns the name of the result.

    Examples
    --------
    >>> balanced("abcde", lambda a, b: f"({a}{b})")
    '(((ab)(cd))e)'
    """
    level = list(values)
    while len(level) > 1:
        pairs = [join(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) & ~1 :]
    return level[0]


def power_factors(value: str, exponent: int, multiply: Join) -> list[str]:
    """Return the repeated squares of a value whose product is a whole power of it.

    Parameters
    ----------
    value : str
    exponent : int
        At least 1.
    multiply : callable
        Emits a product of two values and returns its name.

    Examples
    --------
    >>> power_factors("x", 6, lambda a, b: f"({a}{b})")
    ['(xx)', '((xx)(xx))']
    """
    factors, square = [], value
    while True:
        if exponent & 1:
            factors.append(square)
        exponent >>= 1
        if not exponent:
            return factors
        square = multiply(square, square)
