"""Functions defined by integrals and differential equations: Ei, E1, Si, Ci, Airy, beta, the inverse error function.

SciPy computes them, and is imported when a value is first asked for. Derivatives follow the NIST Digital Library of
Mathematical Functions (https://dlmf.nist.gov), chapters 5, 6, 7 and 9.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symnum.terms.operations import Build
from symnum.terms.special_functions import add_function, exact_at_zero, pi_of, scipy_function, slope

_NEAR = Fraction(1, 2)
_SERIES = 9  # terms of the series of sinc' within 1/2 of 0, below rounding


def _over(b: Build, above: Any, below: Any) -> Any:
    return b("*", above, b("^", below, -1))


# --- sine and cosine integrals, and what is under them ----------------------------------------------------------


def _sinc(np: Any, x: Any) -> Any:
    return np.where(x == 0, 1.0, np.sin(x) / np.where(x == 0, 1.0, x))


def _sinc_slope(b: Build, x: Any) -> Any:
    """Return (cos(x) - sinc(x))/x; near 0, where it would cancel, the first terms of its series."""
    far = _over(b, b("+", b("cos", x), b("*", -1, b("sinc", x))), x)
    square = b("^", x, 2)
    near: Any = 0
    for k in reversed(range(1, _SERIES)):
        coefficient = Fraction((-1) ** k * 2 * k, math.factorial(2 * k + 1))
        near = b("+", coefficient, b("*", square, near)) if near else coefficient
    return b("piecewise", b("*", x, near), b("<", b("abs", x), _NEAR), far)


add_function(
    "sinc",
    slope(_sinc_slope),
    numeric=_sinc,
    exact=exact_at_zero(1),
    scalar=lambda x: math.sin(x) / x if x else 1.0,
    definition=lambda b, args: b("piecewise", _over(b, b("sin", args[0]), args[0]), b("!=", args[0], 0), 1),
)


def _of_sici(place: int) -> Callable[..., Any]:
    return lambda _np, x: scipy_function("sici", x)[place]


def _float_of_sici(place: int) -> Callable[[float], float]:
    return lambda x: float(scipy_function("sici", x)[place])


add_function(
    "sinint",
    slope(lambda b, x: b("sinc", x)),
    numeric=_of_sici(0),
    exact=exact_at_zero(0),
    scalar=_float_of_sici(0),
    latex=r"\operatorname{Si}",
)
add_function(
    "cosint",
    slope(lambda b, x: _over(b, b("cos", x), x)),
    numeric=_of_sici(1),
    scalar=_float_of_sici(1),
    latex=r"\operatorname{Ci}",
)

# --- exponential integrals -----------------------------------------------------------------------------------------

add_function("expi", slope(lambda b, x: _over(b, b("exp", x), x)), latex=r"\operatorname{Ei}")
add_function(
    "exp1", slope(lambda b, x: b("*", -1, _over(b, b("exp", b("*", -1, x)), x))), latex=r"\operatorname{E}_{1}"
)

# --- relatives of the error function ----------------------------------------------------------------------------------


def _root_of_pi(b: Build, x: Any, exponent: int) -> Any:
    return b("^", pi_of(x), Fraction(exponent, 2))


add_function(
    "erfi",
    slope(lambda b, x: b("*", 2, _root_of_pi(b, x, -1), b("exp", b("^", x, 2)))),
    exact=exact_at_zero(0),
)
add_function(
    "erfinv",
    slope(lambda b, x: b("*", Fraction(1, 2), _root_of_pi(b, x, 1), b("exp", b("^", b("erfinv", x), 2)))),
    exact=exact_at_zero(0),
    latex=r"\operatorname{erf}^{-1}",
)

# --- Airy functions: f'' = x f ----------------------------------------------------------------------------------------


def _airy(name: str, place: int, latex: str) -> None:
    def numeric(_np: Any, x: Any) -> Any:
        return scipy_function("airy", x)[place]

    def partial(b: Build, x: Any) -> Any:
        stem = name.removesuffix("prime")
        return b(stem + "prime", x) if stem == name else b("*", x, b(stem, x))

    add_function(
        name,
        slope(partial),
        numeric=numeric,
        scalar=lambda x: float(scipy_function("airy", x)[place]),
        latex=latex,
    )


for _place, (_name, _latex) in enumerate(
    {
        "airyai": r"\operatorname{Ai}",
        "airyaiprime": r"\operatorname{Ai}'",
        "airybi": r"\operatorname{Bi}",
        "airybiprime": r"\operatorname{Bi}'",
    }.items()
):
    _airy(_name, _place, _latex)

# --- beta ---------------------------------------------------------------------------------------------------------


def _beta(_np: Any, a: Any, c: Any) -> Any:
    if a.dtype.kind != "c" and c.dtype.kind != "c":
        return scipy_function("beta", a, c)
    total = sum(sign * scipy_function("loggamma", x + 0j) for sign, x in ((1, a), (1, c), (-1, a + c)))
    return _np.exp(total)


def _beta_partial(b: Build, args: tuple[Any, ...], i: int) -> Any:
    together = b("digamma", b("+", *args))
    return b("*", b("beta", *args), b("+", b("digamma", args[i]), b("*", -1, together)))


_LARGE = 100  # gamma of the sum of two smaller numbers is within the range of floats


def _beta_definition(b: Build, args: tuple[Any, ...]) -> Any:
    total = b("+", *args)
    direct = _over(b, b("*", b("gamma", args[0]), b("gamma", args[1])), b("gamma", total))
    logs = b("+", b("loggamma", args[0]), b("loggamma", args[1]), b("*", -1, b("loggamma", total)))
    is_large = b("and", *[b(">", a, 0) for a in args], b(">", total, _LARGE))
    return b("piecewise", b("exp", logs), is_large, direct)


def _exact_beta(a: Any, c: Any) -> Any:
    if not all(x.__class__ is int and 0 < x <= _LARGE for x in (a, c)):
        return None
    value = Fraction(math.factorial(a - 1) * math.factorial(c - 1), math.factorial(a + c - 1))
    return value.numerator if value.denominator == 1 else value


add_function(
    "beta", _beta_partial, numeric=_beta, exact=_exact_beta, latex=r"\mathrm{B}", arity=2, definition=_beta_definition
)
