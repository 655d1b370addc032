"""Exponentials and logarithms: fewer of them. Laws of logarithms apply only where signs are known."""

from rewriters.ruleset import ruleset

RULES = ruleset(
    """
    product_of_exponentials: exp(~a)*exp(~b) => exp(~a + ~b)
    whole_powers:            exp(~a)^~m::integer * exp(~b)^~!n::integer => exp(~m*~a + ~n*~b)
    whole_power:             exp(~a)^~n::integer => exp(~n*~a)
    power_of_exponential:    exp(~a)^~b => exp(~a*~b) @ real a: real
    exponential_of_log:      exp(log(~x)) => ~x @ extended
    exponential_of_multiple: exp(~a*log(~x)) => ~x^~a @ extended
    exponential_of_sum:      exp(log(~x) + ~a) => ~x*exp(~a) @ extended
    log_of_exponential:      log(exp(~x)) => ~x @ real real
    log_of_power:            log(~a^~n) => ~n*log(~a) @ real a: positive, n: real
    sum_of_logs:             log(~a) + log(~b) => log(~a*~b) @ real a: positive
    difference_of_logs:      log(~a) - log(~b) => log(~a/~b) @ real b: positive
    """,
    name="exp_log",
)
