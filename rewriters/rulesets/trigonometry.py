"""Trigonometric and hyperbolic functions: fewer of them. All of these identities hold for complex numbers.

The inverse functions are odd too, but on their branch cuts the sign of a zero decides, so those laws ask for reals.
"""

from rewriters.ruleset import ruleset

_ODD = "sin tan sinh tanh".split()
_EVEN = "cos cosh".split()
_INVERSE = {"sin": "asin", "cos": "acos", "tan": "atan", "sinh": "asinh", "cosh": "acosh", "tanh": "atanh"}


def _where(function: str) -> str:
    """The inverses of the tangents have poles, at which the composition has no value."""
    return " @ extended" if function in ("tan", "tanh") else ""


RULES = ruleset(
    [
        *[f"{f}_odd: {f}(~c::number*~x) => -{f}(-~c*~x) where ~c < 0" for f in _ODD],
        *[f"{f}_even: {f}(~c::number*~x) => {f}(-~c*~x) where ~c < 0" for f in _EVEN],
        *[f"{f}_odd: {f}(~c::number*~x) => -{f}(-~c*~x) where ~c < 0 @ real real" for f in ("atan", "asinh")],
        *[f"{f}_of_{inverse}: {f}({inverse}(~x)) => ~x{_where(f)}" for f, inverse in _INVERSE.items()],
        """
        pythagoras:              ~!a*sin(~x)^2 + ~!a*cos(~x)^2 => ~a
        one_minus_sine:          ~a + ~b*sin(~x)^2 => ~a*cos(~x)^2 where ~a + ~b == 0
        one_minus_cosine:        ~a + ~b*cos(~x)^2 => ~a*sin(~x)^2 where ~a + ~b == 0
        double_angle_cosine:     ~!a*cos(~x)^2 + ~!b*sin(~x)^2 => ~a*cos(2*~x) where ~a + ~b == 0
        double_angle_sine:       sin(~x)*cos(~x) => sin(2*~x)/2
        sine_over_cosine:        sin(~x)^~!m::integer * cos(~x)^~n::integer => tan(~x)^~m where ~m + ~n == 0
        tangent_times_cosine:    tan(~x)*cos(~x) => sin(~x) @ extended
        secant:                  ~a + ~!b*tan(~x)^2 => ~a*cos(~x)^(-2) where ~a == ~b
        hyperbolic_pythagoras:   ~!a*cosh(~x)^2 + ~!b*sinh(~x)^2 => ~a where ~a + ~b == 0
        hyperbolic_to_growth:    ~!a*cosh(~x) + ~!a*sinh(~x) => ~a*exp(~x)
        hyperbolic_to_decay:     ~!a*cosh(~x) + ~!b*sinh(~x) => ~a*exp(-~x) where ~a + ~b == 0
        hyperbolic_tangent:      sinh(~x)^~!m::integer * cosh(~x)^~n::integer => tanh(~x)^~m where ~m + ~n == 0
        """,
    ],
    name="trigonometry",
)
