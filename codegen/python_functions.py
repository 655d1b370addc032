"""Functions that generated Python calls where `math` or the language raises and C does not.

Their text is copied into generated modules (see `codegen.python_source`), so they use `math` and one another only.
"""

import math

_INF = math.inf
_NAN = math.nan


def _sign(a: float) -> float:
    return 1.0 if a > 0.0 else -1.0 if a < 0.0 else a


def _min(a: float, b: float) -> float:
    return a if a < b or a != a else b  # a NaN is not hidden


def _max(a: float, b: float) -> float:
    return a if a > b or a != a else b  # a NaN is not hidden


def _mod(a: float, b: float) -> float:
    return a - _floor(_divide(a, b)) * b


def _divide(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:
        if a == 0.0 or a != a:
            return _NAN
        return math.copysign(_INF, a) * math.copysign(1.0, b)


def _pow(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except (ValueError, OverflowError):
        if a < 0.0 and b != math.floor(b):
            return _NAN
        return math.copysign(_INF, a) if math.fmod(abs(b), 2.0) == 1.0 else _INF


def _floor(a: float) -> float:
    return float(math.floor(a)) if math.isfinite(a) else a


def _ceil(a: float) -> float:
    return float(math.ceil(a)) if math.isfinite(a) else a


def _sqrt(a: float) -> float:
    return _NAN if a < 0.0 else math.sqrt(a)


def _sin(a: float) -> float:
    return _NAN if math.isinf(a) else math.sin(a)


def _cos(a: float) -> float:
    return _NAN if math.isinf(a) else math.cos(a)


def _tan(a: float) -> float:
    return _NAN if math.isinf(a) else math.tan(a)


def _asin(a: float) -> float:
    return math.asin(a) if -1.0 <= a <= 1.0 else _NAN


def _acos(a: float) -> float:
    return math.acos(a) if -1.0 <= a <= 1.0 else _NAN


def _exp(a: float) -> float:
    try:
        return math.exp(a)
    except OverflowError:
        return _INF


def _expm1(a: float) -> float:
    try:
        return math.expm1(a)
    except OverflowError:
        return _INF


def _sinh(a: float) -> float:
    try:
        return math.sinh(a)
    except OverflowError:
        return math.copysign(_INF, a)


def _cosh(a: float) -> float:
    try:
        return math.cosh(a)
    except OverflowError:
        return _INF


def _log(a: float) -> float:
    return math.log(a) if a > 0.0 else -_INF if a == 0.0 else _NAN


def _log1p(a: float) -> float:
    return math.log1p(a) if a > -1.0 else -_INF if a == -1.0 else _NAN


def _acosh(a: float) -> float:
    return math.acosh(a) if a >= 1.0 else _NAN


def _atanh(a: float) -> float:
    if -1.0 < a < 1.0:
        return math.atanh(a)
    return math.copysign(_INF, a) if abs(a) == 1.0 else _NAN


def _gamma(a: float) -> float:
    try:
        return math.gamma(a)
    except OverflowError:
        return math.copysign(_INF, a)
    except ValueError:
        return math.copysign(_INF, a) if a == 0.0 else _NAN


def _lgamma(a: float) -> float:
    try:
        return math.lgamma(a)
    except (ValueError, OverflowError):
        return _INF
