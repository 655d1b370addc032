"""Algebra that makes no term larger: like terms, like factors, powers of powers, zeros and ones.

Canonical terms have most of it from construction; for other structures these rules do it. All hold for complex
numbers, on the principal branch, but for those with a stated domain. Rules that are stated as extended give a value at
zero to terms that have none there, such as x/x.
"""

from rewriters.ruleset import ruleset

RULES = ruleset(
    """
    add_zero:         ~x + 0 => ~x
    add_numbers:      ~a::number + ~b::number => ~a + ~b
    like_terms:       ~!a::number*~x + ~!b::number*~x => (~a + ~b)*~x where is_symbolic(~x)
    multiply_zero:    0*~x => 0
    multiply_one:     1*~x => ~x
    multiply_numbers: ~a::number*~b::number => ~a*~b
    like_factors:     ~x::symbolic^~!m * ~x::symbolic^~!n => ~x^(~m + ~n) @ extended
    power_zero:       ~x^0 => 1
    power_one:        ~x^1 => ~x
    one_to_a_power:   1^~x => 1
    power_of_power:   (~x^~m)^~n::integer => ~x^(~m*~n) @ extended
    power_of_product: (~x*~y)^~n::integer => ~x^~n*~y^~n
    number_in_sum:    ~c::number*(~a + ~b) => ~c*~a + ~c*~b
    abs_of_abs:       abs(abs(~x)) => abs(~x)
    abs_of_negative:  abs(~c::negative*~x) => abs(-~c*~x) where is_number(~c)
    abs_of_positive:  abs(~x) => ~x @ real nonnegative
    abs_squared:      abs(~x)^~n::even => ~x^~n @ real real
    root_of_square:   (~x^~n::even)^(1/2) => abs(~x^(~n/2)) where ~n > 0 @ real x: real
    sign_of_positive: sign(~x) => 1 @ real positive
    floor_of_integer: floor(~x) => ~x @ real integer
    ceil_of_integer:  ceil(~x) => ~x @ real integer
    """,
    name="algebra",
)
