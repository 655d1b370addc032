"""Textbook identities: the results of the simplifications beside SymPy's, equal in value and hardly ever larger.

``python tests/rewriters/test_against_sympy.py`` prints the table.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sympy

import symnum as sn
from rewriters.simplification.size import size

sys.path.insert(0, str(Path(__file__).parent))
from precise_values import first_difference, points

FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "simplify": (sn.simplify, sympy.simplify),
    "factor": (sn.factor, sympy.factor),
    "cancel": (sn.cancel, sympy.cancel),
    "apart": (lambda t: sn.apart(t, "x"), lambda t: sympy.apart(t, sympy.Symbol("x"))),
    "together": (sn.together, sympy.together),
    "trigsimp": (sn.trigsimp, sympy.trigsimp),
    "powsimp": (sn.powsimp, sympy.powsimp),
    "logcombine": (sn.logcombine, sympy.logcombine),
    "expand": (sn.expand, sympy.expand),
}
IDENTITIES = {
    "simplify": """
        sin(x)^2 + cos(x)^2
        2*sin(x)*cos(x)
        cos(x)^2 - sin(x)^2
        sin(x)^4 - cos(x)^4 + cos(x)^2 - sin(x)^2
        1 + tan(x)^2
        (1 - cos(x)^2)/sin(x)
        sin(x)/cos(x) + cos(x)/sin(x)
        sin(x)*cos(y) + cos(x)*sin(y)
        cosh(x)^2 - sinh(x)^2
        (exp(x) + exp(-x))/2 - cosh(x)
        (exp(2*x) - 1)/(exp(x) - 1)
        exp(x)*exp(y)/exp(x + y)
        (x^2 + 2*x*y + y^2)/(x + y)
        (x^3 - y^3)/(x - y)
        (x^4 - 1)/(x^2 - 1) - x^2
        1/(1 + 1/(1 + 1/x))
        1/x + 1/y - (x + y)/(x*y)
        x/(x^2 - 1) - 1/(2*(x - 1)) - 1/(2*(x + 1))
        ((x + h)^3 - x^3)/h
        (x + 1)^2 - x^2 - 2*x - 1
        a*x + b*x + a*y + b*y
        (a/b)/(c/d)*b/d
        k1*s/(k2*(1 + s/k2))
        v*s^2/(k^2*(1 + s^2/k^2))
        sqrt(p^2*q)/sqrt(q)
        sqrt(p)*sqrt(q)/sqrt(p*q)
        log(p*q) - log(p) - log(q)
        log(p^3) - 3*log(p)
        log(exp(p))
        exp(log(x) + log(y))
        exp(2*log(x))
        (p^2)^(3/2)
        abs(p)*abs(-q)
        sqrt(2)*sqrt(8) + 1/2
        gamma(x + 1)/gamma(x)
        max(x, x) + min(y, y)
        sinh(x)/cosh(x)*cosh(x)
        cos(x)*tan(x)/sin(x)
        sin(2*x)/sin(x)
        (cos(x) + sin(x))^2 - sin(2*x)
    """,
    "factor": """
        x^2 - y^2
        x^3 + 3*x^2 + 3*x + 1
        x^4 + 4
        a*c + a*d + b*c + b*d
        x^6 - 1
        2*x^2*y - 8*y
    """,
    "cancel": """
        (x^2 - 1)/(x - 1)
        (x^3 + 1)/(x^2 - x + 1)
        (x*y + x)/(y^2 + 2*y + 1)
        1/(1/x + 1/y)
        (x/2 + y/3 + z/2)/(2*z)
    """,
    "apart": """
        (3*x + 1)/(x^2 - 1)
        1/(x^3 + x)
        x^3/(x^2 - 3*x + 2)
        1/(x^2*(x + 1)^2)
    """,
    "together": """
        1/x + 1/y + 1/z
        x/(x + 1) + 1/(x - 1)
        1/(1 + 1/x)
    """,
    "trigsimp": """
        sin(x)^2*y + cos(x)^2*y
        sin(x)*cos(y) - cos(x)*sin(y)
        tan(x)*cos(x)
        cosh(x)^2 + sinh(x)^2 - cosh(2*x)
        2*sin(x)*cos(x)*cos(2*x)
    """,
    "powsimp": """
        x^a*x^b
        p^a*q^a
        sqrt(p)*sqrt(q)
        exp(x)*exp(2*y)
    """,
    "logcombine": """
        log(p) + log(q)
        log(p) - 2*log(q)
        2*log(p) + x
    """,
    "expand": """
        (x + y)^3
        (x + 1)*(x - 1)*(x^2 + 1)
        (a + b)*(c + d) - a*c
    """,
}
CASES = [(name, text.strip()) for name, texts in IDENTITIES.items() for text in texts.strip().splitlines()]
SYMBOLS = sn.symbols("x y z a b c d h k k1 k2 s v") + sn.symbols("p q", domain="positive")
WHERE = [
    point | {name: point["xyrsz"[i % 5]] + i for i, name in enumerate("a b c d h k k1 k2 v".split(), 1)}
    for point in points(3, 4)
]


def compared(name: str, text: str) -> tuple[Any, Any, float, float]:
    """Return our result, SymPy's as a term of ours, and the seconds that each took."""
    ours, theirs = FUNCTIONS[name]
    term = sn.parse(text, SYMBOLS)
    foreign = sn.convert(term, "sympy")
    begin = time.process_time()
    result = ours(term)
    middle = time.process_time()
    other = theirs(foreign)
    end = time.process_time()
    assert first_difference(term, result, WHERE) is None, (term, result)
    return result, sn.convert(other, "canonical"), middle - begin, end - middle


@pytest.mark.slow
@pytest.mark.parametrize(("name", "text"), CASES)
def test_results_are_hardly_larger_than_those_of_sympy(name, text):
    result, other, _, _ = compared(name, text)
    assert size(result) <= 1.5 * size(other), f"{result} and not {other}"


@pytest.mark.parametrize(("name", "text"), [case for case in CASES if "gamma" not in case[1]][::4])
def test_values_are_kept(name, text):
    term = sn.parse(text, SYMBOLS)
    assert first_difference(term, FUNCTIONS[name][0](term), WHERE) is None


if __name__ == "__main__":
    for name, text in CASES:
        result, other, own_time, other_time = compared(name, text)
        mark = "LARGER" if size(result) > 1.5 * size(other) else "smaller" if size(result) < size(other) else ""
        print(f"{name:10} {text:45} {result!s:32} {other!s:32} {size(result):3} {size(other):3} "
              f"{own_time * 1e3:6.1f} {other_time * 1e3:7.1f} ms {mark}")  # fmt: skip
