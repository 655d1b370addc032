"""Special functions: error functions, the gamma family, Bessel functions, Lambert's W, and accurate elementary ones.

SciPy computes them, and is imported when a value is first asked for. Derivatives follow the NIST Digital
Library of Mathematical Functions (https://dlmf.nist.gov), chapters 4, 5, 7 and 10.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symnum.errors import UnsupportedError
from symnum.terms.compiled_forms import lambert_definition, polygamma_definition
from symnum.terms.numbers import rational_root
from symnum.terms.operations import Build, Operation, Partial, register_operation

_THIRD = Fraction(1, 3)
_LARGEST_FACTORIAL = 1000
_SHIFT = 8  # digamma: so many steps of the recurrence bring the argument to where the expansion is exact to rounding
_EXPANSION = tuple(  # B_2k / (2k), k = 1..8 (DLMF 5.11.2)
    Fraction(*pair)
    for pair in (
        (1, 12),
        (-1, 120),
        (1, 252),
        (-1, 240),
        (1, 132),
        (-691, 32760),
        (1, 12),
        (-3617, 8160),
    )
)


def scipy_function(name: str, *values: Any) -> Any:
    """Return a value of a function in `scipy.special`."""
    import scipy.special

    return getattr(scipy.special, name)(*values)


def _numeric(name: str) -> Callable[..., Any]:
    return lambda _np, *values: scipy_function(name, *values)


def _scalar(name: str) -> Callable[..., float]:
    return lambda *values: float(scipy_function(name, *values))


def add_function(
    name: str,
    partial: Partial,
    *,
    numeric: Callable[..., Any] | None = None,
    exact: Callable[..., Any] | None = None,
    scalar: Callable[..., float] | None = None,
    latex: str = "",
    arity: int = 1,
    definition: Callable[[Build, tuple[Any, ...]], Any] | None = None,
) -> None:
    """Enter a function in the table of operations; what is left out is SciPy's function of that name."""
    register_operation(
        Operation(
            name,
            arity,
            arity,
            numeric or _numeric(name),
            partial,
            exact,
            scalar or _scalar(name),
            "function",
            latex or rf"\operatorname{{{name}}}",
            definition,
        )
    )


def slope(rule: Callable[[Build, Any], Any]) -> Partial:
    """Return the derivative of a function of one argument, from ``rule(build, argument)``."""
    return lambda build, args, _i: rule(build, args[0])


def exact_at_zero(value: int) -> Callable[[Any], Any]:
    """Return the rule that a function has an exact value at 0."""
    return lambda x: value if x == 0 else None


# --- accurate near 0, and the real cube root ------------------------------------------------------------


def _real_cube_root(np: Any, x: Any) -> Any:
    """Return the real root of real numbers; for complex ones its continuation over each half plane."""
    if x.dtype.kind != "c":
        return np.cbrt(x)
    return np.where(x.real < 0, -((-x) ** (1 / 3)), x ** (1 / 3))


def _exact_cube_root(x: Any) -> Any:
    """Return the cube root of a rational number where it is rational itself."""
    if x == 0:
        return 0
    root = rational_root(abs(x), 3)
    return None if root is None else root if x > 0 else -root


add_function(
    "expm1",
    slope(lambda b, x: b("exp", x)),
    numeric=lambda np, x: np.expm1(x),
    exact=exact_at_zero(0),
    scalar=math.expm1,
)
add_function(
    "log1p",
    slope(lambda b, x: b("^", b("+", 1, x), -1)),
    numeric=lambda np, x: np.log1p(x),
    exact=exact_at_zero(0),
    scalar=math.log1p,
)
add_function(
    "cbrt",
    slope(lambda b, x: b("*", _THIRD, b("^", b("cbrt", x), -2))),
    numeric=_real_cube_root,
    exact=_exact_cube_root,
    scalar=math.cbrt,
)

# --- error functions ----------------------------------------------------------------------------------------


def _bell(b: Build, x: Any, factor: int) -> Any:
    """Return factor * exp(-x^2) / sqrt(pi)."""
    root = b("^", pi_of(x), Fraction(-1, 2))
    return b("*", factor, root, b("exp", b("*", -1, b("^", x, 2))))


def pi_of(x: Any) -> Any:
    """Return the constant pi in the structure that `x` belongs to."""
    from symnum.terms.convert import structure_of
    from symnum.terms.structures import structure

    return structure(structure_of(x)).constant("pi")


add_function("erf", slope(lambda b, x: _bell(b, x, 2)), exact=exact_at_zero(0), scalar=math.erf)
add_function("erfc", slope(lambda b, x: _bell(b, x, -2)), exact=exact_at_zero(1), scalar=math.erfc)

# --- the gamma family ---------------------------------------------------------------------------------------


def _exact_gamma(x: Any) -> Any:
    is_small = x.__class__ is int and 0 < x <= _LARGEST_FACTORIAL
    return math.factorial(x - 1) if is_small else None


def _log_gamma(np: Any, x: Any) -> Any:
    """Return log|gamma(x)| of real numbers, the principal branch of complex ones."""
    return scipy_function("loggamma" if x.dtype.kind == "c" else "gammaln", x)


def _digamma_definition(b: Build, args: tuple[Any, ...]) -> Any:
    """Return digamma by reflection, recurrence and asymptotic expansion (DLMF 5.5.4, 5.5.2, 5.11.2)."""
    (x,) = args
    is_positive = b(">", x, 0)
    y = b("piecewise", x, is_positive, b("+", 1, b("*", -1, x)))
    z = b("+", y, _SHIFT)
    summands = [b("log", z), b("*", Fraction(-1, 2), b("^", z, -1))]
    summands += [b("*", -1, b("^", b("+", y, k), -1)) for k in range(_SHIFT)]
    square = b("^", z, -2)
    tail: Any = 0
    for coefficient in reversed(_EXPANSION):
        tail = b("*", b("+", b("*", -1, coefficient), tail), square)
    value = b("+", *summands, tail)
    pi, whole = pi_of(x), b("floor", x)
    turn = b("tan", b("*", pi, b("+", x, b("*", -1, whole))))
    reflected = b("+", value, b("*", -1, pi, b("^", turn, -1)))
    return b("piecewise", value, is_positive, math.nan, b("==", x, whole), reflected)


def _polygamma_partial(b: Build, args: tuple[Any, ...], i: int) -> Any:
    if i == 0:
        raise UnsupportedError("polygamma has no derivative by its order; differentiate by its argument.")
    return b("polygamma", b("+", args[0], 1) if not isinstance(args[0], int) else args[0] + 1, args[1])


add_function(
    "gamma",
    slope(lambda b, x: b("*", b("gamma", x), b("digamma", x))),
    exact=_exact_gamma,
    scalar=math.gamma,
    latex=r"\Gamma",
)
add_function(
    "loggamma",
    slope(lambda b, x: b("digamma", x)),
    numeric=_log_gamma,
    exact=lambda x: 0 if x in (1, 2) else None,
    scalar=math.lgamma,
    latex=r"\ln\Gamma",
)
add_function(
    "digamma",
    slope(lambda b, x: b("polygamma", 1, x)),
    latex=r"\psi",
    definition=_digamma_definition,
)
add_function(
    "polygamma",
    _polygamma_partial,
    latex=r"\psi^{(n)}",
    arity=2,
    definition=polygamma_definition,
)

# --- Bessel functions and Lambert's W -------------------------------------------------------------------------


def _bessel(name: str, scipy_name: str, sign_below: int, sign_above: int, latex: str) -> None:
    """Register a Bessel function; f_n' = (sign_below f_{n-1} + sign_above f_{n+1}) / 2 (DLMF 10.6.1, 10.29.1)."""

    def partial(b: Build, args: tuple[Any, ...], i: int) -> Any:
        if i == 0:
            raise UnsupportedError(f"{name} has no derivative by its order; differentiate by its argument.")
        order, x = args
        below, above = (order + d if isinstance(order, int | Fraction) else b("+", order, d) for d in (-1, 1))
        half = Fraction(1, 2)
        return b(
            "+",
            b("*", sign_below * half, b(name, below, x)),
            b("*", sign_above * half, b(name, above, x)),
        )

    add_function(name, partial, numeric=_numeric(scipy_name), scalar=_scalar(scipy_name), latex=latex, arity=2)


_bessel("besselj", "jv", 1, -1, "J")
_bessel("bessely", "yv", 1, -1, "Y")
_bessel("besseli", "iv", 1, 1, "I")
_bessel("besselk", "kv", -1, -1, "K")


def _lambert(np: Any, x: Any) -> Any:
    """Return the principal branch; nan for real numbers below -1/e, where it is complex."""
    value = scipy_function("lambertw", x)
    return value if x.dtype.kind == "c" else np.where(value.imag == 0, value.real, np.nan)


def _float_lambert(x: float) -> float:
    value = complex(scipy_function("lambertw", x))
    return value.real if value.imag == 0 else math.nan


def _lambert_slope(b: Build, x: Any) -> Any:
    """Return exp(-W)/(1 + W), which also holds at x = 0 (DLMF 4.13.4)."""
    w = b("lambertw", x)
    return b("*", b("exp", b("*", -1, w)), b("^", b("+", 1, w), -1))


add_function(
    "lambertw",
    slope(_lambert_slope),
    numeric=_lambert,
    exact=exact_at_zero(0),
    scalar=_float_lambert,
    latex="W",
    definition=lambert_definition,
)
