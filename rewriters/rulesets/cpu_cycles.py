"""Fewer processor cycles: common factors, fewer divisions, powers, exponentials, logarithms and circular functions.

Everything that the other rulesets know and that saves cycles, and laws of powers and squares beside it. Laws that are
wrong for some numbers have their conditions: roots and powers of products need a base that is not negative, logarithms
positive arguments. Rules are directed towards the cheaper side; on the e-graph, steps that cost are found from the
other end.
"""

from rewriters.ruleset import Ruleset, ruleset
from rewriters.rulesets.algebra import RULES as ALGEBRA
from rewriters.rulesets.exp_log import RULES as EXP_LOG
from rewriters.rulesets.factor import RULES as FACTOR
from rewriters.rulesets.trigonometry import RULES as TRIGONOMETRY

QUOTIENTS = ruleset(
    """
    product_of_reciprocals: ~a^(-1)*~b^(-1) => (~a*~b)^(-1)
    reciprocal_of_sum:      (~!c*~a^(-1) + ~!d*~b^(-1))^(-1) => ~a*~b*(~c*~b + ~d*~a)^(-1) @ extended
    quotient_in_denominator: (~b + ~!c*~d^~n::integer)^(-1) => ~d^(-~n)*(~b*~d^(-~n) + ~c)^(-1) where ~n < 0 @ extended
    """,
    name="quotients",
)
"""Divisions that are saved whatever the terms are for."""

POWERS = ruleset(
    """
    power_of_power_real:    (~x^~m)^~n => ~x^(~m*~n)                    @ real x: positive, m: real
    product_of_powers:      ~x^~n::symbolic*~y^~n::symbolic => (~x*~y)^~n @ real x: nonnegative
    quotient_of_powers:     ~x^~n*~y^(-~n) => (~x/~y)^~n                @ real x: nonnegative, y: positive
    product_of_roots:       ~x^(1/2)*~y^(1/2) => (~x*~y)^(1/2)          @ real x: nonnegative
    quotient_of_roots:      ~x^(1/2)*~y^(-1/2) => (~x/~y)^(1/2)         @ real x: nonnegative, y: positive
    cube_root:              ~x^(1/3) => cbrt(~x)                        @ real x: nonnegative
    cube_root_squared:      ~x^(2/3) => cbrt(~x)^2                      @ real x: nonnegative
    four_thirds:            ~x^(4/3) => ~x*cbrt(~x)                     @ real x: nonnegative
    reciprocal_cube_root:   ~x^(-1/3) => cbrt(~x)^(-1)                  @ real x: positive
    """,
    name="powers",
)
"""Fewer powers that the library has to compute."""

SQUARES = ruleset(
    """
    square_of_sum:          ~a^2 + 2*~a*~b + ~b^2 => (~a + ~b)^2
    square_of_difference:   ~a^2 + ~c::number*~a*~b + ~b^2 => (~a - ~b)^2 where ~c == -2
    difference_of_squares:  ~!c*~a^2 + ~!d*~b^2 => ~c*(~a - ~b)*(~a + ~b) where ~c + ~d == 0
    """,
    name="squares",
)
"""Sums of squares as squares and products of sums."""

_CIRCULAR = TRIGONOMETRY[
    "pythagoras",
    "one_minus_sine",
    "one_minus_cosine",
    "double_angle_cosine",
    "double_angle_sine",
    "sine_over_cosine",
    "tangent_times_cosine",
    "secant",
    "hyperbolic_pythagoras",
    "hyperbolic_to_growth",
    "hyperbolic_to_decay",
    "hyperbolic_tangent",
]

RULES = Ruleset(
    [*ALGEBRA.without("number_in_sum"), *SQUARES, *FACTOR, *QUOTIENTS, *POWERS, *EXP_LOG, *_CIRCULAR],
    "cpu_cycles",
    tentative=FACTOR.names,
)
