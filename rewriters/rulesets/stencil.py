"""Bodies of stencils: differences and means of neighbouring values, limiters, upwind terms, conductivities in series.

Coefficients that summands share are taken out, differences of squares become products, and the larger and the smaller
of two values become what they are together. The numbers of a stencil stay where they are: multiplying by a number and
adding is one instruction.
"""

from rewriters.ruleset import Ruleset, ruleset
from rewriters.rulesets.cpu_cycles import QUOTIENTS, SQUARES
from rewriters.rulesets.factor import RULES as FACTOR

_LAWS = ruleset(
    """
    larger_and_smaller_sum:        ~!c*max(~a, ~b) + ~!c*min(~a, ~b) => ~c*(~a + ~b)                     @ extended
    larger_times_smaller:          max(~a, ~b)*min(~a, ~b) => ~a*~b                                     @ extended
    larger_minus_smaller:          ~!c*max(~a, ~b) + ~!d*min(~a, ~b) => ~c*abs(~a - ~b) where ~c + ~d == 0 @ real real
    larger_of_opposites:           max(~a, -~a) => abs(~a)                                              @ real real
    smaller_of_opposites:          min(~a, -~a) => -abs(~a)                                             @ real real
    sum_with_modulus:              ~!c*~a + ~!c*abs(~a) => 2*~c*max(~a, 0)                              @ real real
    difference_with_modulus:       ~!c*~a + ~!d*abs(~a) => 2*~c*min(~a, 0) where ~c + ~d == 0           @ real real
    product_of_moduli:             abs(~a)*abs(~b) => abs(~a*~b)
    sign_times_modulus:            sign(~a)*abs(~a) => ~a
    sign_times_value:              sign(~a)*~a => abs(~a)                                               @ real real
    square_of_modulus:             abs(~a)^~n::even => ~a^~n                                            @ real real
    root_of_square:                (~a^2)^(1/2) => abs(~a)                                              @ real real
    """,
    name="stencil",
)

RULES = Ruleset([*SQUARES, *FACTOR, *QUOTIENTS, *_LAWS], "stencil", tentative=FACTOR.names)
