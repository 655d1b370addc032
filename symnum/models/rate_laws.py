"""Named rate laws: Michaelis–Menten and Hill, as functions of terms.

In the text form they are written by name, as in ``mm(X, v, K), 0 => X``. The definitions are those of
Catalyst.jl.
"""

from collections.abc import Callable
from typing import Any

__all__ = ["RATE_LAWS", "hill", "hillar", "hillr", "mm", "mmr"]


def _ratio(factor: Any, numerator: Any, *summands: Any) -> Any:
    from symnum.terms.symbols import apply

    return apply("*", factor, numerator, apply("^", apply("+", *summands), -1))


def _power(base: Any, exponent: Any) -> Any:
    from symnum.terms.symbols import apply

    return apply("^", base, exponent)


def mm(x: Any, v: Any, k: Any) -> Any:
    """Return the Michaelis–Menten law ``v*x/(x + k)``.

    Parameters
    ----------
    x : term
        Substrate.
    v : term or number
        Greatest rate.
    k : term or number
        Amount of `x` at which the rate is half of `v`.

    Examples
    --------
    >>> import symnum as sn
    >>> X, v, K = sn.symbols("X v K")
    >>> mm(X, v, K) == v * X / (X + K)
    True
    """
    return _ratio(v, x, x, k)


def mmr(x: Any, v: Any, k: Any) -> Any:
    """Return the repressing Michaelis–Menten law ``v*k/(x + k)``."""
    return _ratio(v, k, x, k)


def hill(x: Any, v: Any, k: Any, n: Any) -> Any:
    """Return the activating Hill law ``v*x^n/(x^n + k^n)``."""
    return _ratio(v, _power(x, n), _power(x, n), _power(k, n))


def hillr(x: Any, v: Any, k: Any, n: Any) -> Any:
    """Return the repressing Hill law ``v*k^n/(x^n + k^n)``."""
    return _ratio(v, _power(k, n), _power(x, n), _power(k, n))


def hillar(x: Any, y: Any, v: Any, k: Any, n: Any) -> Any:
    """Return the Hill law activated by x and repressed by y, ``v*x^n/(x^n + y^n + k^n)``."""
    return _ratio(v, _power(x, n), _power(x, n), _power(y, n), _power(k, n))


RATE_LAWS: dict[str, Callable[..., Any]] = {
    "mm": mm,
    "mmr": mmr,
    "hill": hill,
    "hillr": hillr,
    "hillar": hillar,
}
"""The laws by the name that the text form knows them by."""
