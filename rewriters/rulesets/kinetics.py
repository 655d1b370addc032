"""Kinetic laws: Michaelis-Menten and Hill terms, quotients within quotients, powers, roots and exponentials.

A division takes as long as several multiplications, a power as long as several divisions: so quotients are brought over
one denominator, quotients in denominators are multiplied out, and powers and exponentials are merged. Rules stated as
extended give a value where a denominator within a denominator is zero, which floating point has there mostly anyway.
"""

from typing import Any

from rewriters.access import Access, access_of
from rewriters.egraph.laws import register_law
from rewriters.patterns import Node, Segment
from rewriters.rules import Rule
from rewriters.ruleset import Ruleset, ruleset
from rewriters.rulesets.cpu_cycles import POWERS, QUOTIENTS
from rewriters.rulesets.exp_log import RULES as EXP_LOG
from rewriters.rulesets.factor import RULES as FACTOR
from symnum.terms import interface


def common_denominator(terms: tuple[Any, ...]) -> Any:
    """Bring a sum over one denominator where exactly two of its summands divide by something that is computed.

    Of more than two, each further one costs more multiplications, and the last ones more than a division does. Whether
    it pays depends on what else needs the parts, and on what depends on parameters only: the rule is tentative.
    Denominators that are symbols are left alone: of parameters the reciprocals are computed beforehand.
    """
    like = next((t for t in terms if interface.is_call(t)), None)
    if like is None:
        return None
    access = access_of(like)
    parts = [_numerator_and_denominator(t, access) for t in terms]
    quotients = [i for i, (_, below) in enumerate(parts) if below]
    if len(quotients) != 2:
        return None
    (above, below), (above_too, below_too) = (parts[i] for i in quotients)
    rest = [t for i, t in enumerate(terms) if i not in quotients]

    def product(factors: list[Any]) -> Any:
        return 1 if not factors else factors[0] if len(factors) == 1 else access.build(like, "*", factors)

    def reciprocal(factors: list[Any]) -> list[Any]:
        return [access.build(like, "^", (f, -1)) for f in factors]

    numerator = access.build(like, "+", (product(above + below_too), product(above_too + below)))
    made = product([numerator, *reciprocal(below), *reciprocal(below_too)])
    return access.build(like, "+", (made, *rest)) if rest else made


def _numerator_and_denominator(term: Any, access: Access) -> tuple[list[Any], list[Any]]:
    """Return the factors of a summand, and the bases of those that are reciprocals of computed terms."""
    above: list[Any] = []
    below: list[Any] = []
    for part in access.arguments(term) if access.head(term) == "*" else (term,):
        base, exponent = access.arguments(part) if access.head(part) == "^" else (part, 1)
        if exponent.__class__ is int and exponent == -1 and interface.is_call(base):
            below.append(base)
        else:
            above.append(part)
    return above, below


register_law(
    common_denominator,
    [
        "~a*~b^(-1) + ~c*~d^(-1) => (~a*~d + ~c*~b)*(~b*~d)^(-1)",
        "~b^(-1) + ~c*~d^(-1) => (~d + ~c*~b)*(~b*~d)^(-1)",
    ],
)

_LAWS = ruleset(
    """
    # quotients
    quotient_in_factor:      ~x*(~b::number + ~!c*~x^(-1)) => ~b*~x + ~c @ extended
    rest_of_saturation:      ~a + ~b*~k*(~k + ~x)^(-1) => ~a*~x*(~k + ~x)^(-1) where ~a + ~b == 0
    rest_of_unit_saturation: ~a + ~!b*(1 + ~x)^(-1) => ~a*~x*(1 + ~x)^(-1) where ~a + ~b == 0

    # powers with exponents that are no numbers
    hill_activation: ~x^~n::symbolic*(~k^~n + ~x^~n)^(-1) => (1 + (~k/~x)^~n)^(-1) @ real x: positive, k: positive
    hill_repression: ~k^~n::symbolic*(~k^~n + ~x^~n)^(-1) => (1 + (~x/~k)^~n)^(-1) @ real x: nonnegative, k: positive
    like_powers:     ~x^~m::symbolic*~x^~n::symbolic => ~x^(~m + ~n) @ extended
    power_law: ~x^~a::symbolic*~y^~b::symbolic => exp(~a*log(~x) + ~b*log(~y)) @ approximate x: positive, y: positive

    # exponentials
    opposite:        ~!c*exp(~a) + ~!d*exp(-~a) => ~c*exp(~a) + ~d*exp(~a)^(-1)
    boltzmann:       exp(~a)*(~!c*exp(~a) + ~!d*exp(~b))^(-1) => (~c + ~d*exp(~b - ~a))^(-1)
    """,
    name="kinetics",
)

_EXPONENTIALS = EXP_LOG[
    "product_of_exponentials",
    "whole_powers",
    "whole_power",
    "power_of_exponential",
    "exponential_of_log",
    "log_of_exponential",
    "log_of_power",
    "sum_of_logs",
    "difference_of_logs",
]

RULES = Ruleset(
    [
        *FACTOR,
        Rule(Node("+", [Segment("terms")]), common_denominator, name="common_denominator"),
        *_LAWS,
        *QUOTIENTS,
        *POWERS,
        *_EXPONENTIALS,
    ],
    "kinetics",
    tentative=("common_factor", "common_denominator"),
)
