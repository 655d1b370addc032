"""Every function of terms: compiled and interpreted values agree, derivatives included, or the error says why."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

import symnum as sn
from codegen.system_tape import system_tape
from symnum.errors import UnsupportedError
from symnum.systems.ode import ODESystem
from symnum.terms import Symbol, call, differentiate, evaluate
from symnum.terms.operations import OPERATIONS
from symnum.terms.user_functions import register_function
from tests.codegen.test_kernels_equal_terms import kernel_of, run

X, Y = Symbol("x"), Symbol("y")
EVALUATED_ONLY = set(
    "besselj bessely besseli besselk sinint cosint expi exp1 erfi erfinv "
    "airyai airyaiprime airybi airybiprime D".split()
)
POINTS = {
    "real": [-3.7, -2.5, -1.2, -0.4, 0.3, 0.9, 1.6, 4.1, 25.5],
    "unit": [-0.9, -0.3, 0.1, 0.8],
    "above one": [1.1, 2.4, 30.0],
    "positive": [1e-3, 0.4, 1.46, 7.7, 150.0],
    "above -1/e": [-0.36, -0.34, -0.3, -0.2, -1e-9, 1e-300, 0.5, 20.0, 1e9, 1e300],
    "above minus one": [-0.9, -1e-9, 1e-12, 0.5, 80.0],
}
DOMAIN = {
    "asin": "unit",
    "acos": "unit",
    "atanh": "unit",
    "acosh": "above one",
    "log": "positive",
    "sqrt": "positive",
    "log1p": "above minus one",
    "lambertw": "above -1/e",
    "beta": "positive",
}
COMPILED = [
    n
    for n, f in OPERATIONS.items()
    if f.kind == "function" and n not in {*EVALUATED_ONLY, "polygamma"} and "_" not in n
]


def compiled(expressions, points):
    """Values of some terms of x and y at some points, from one kernel."""
    states = [Symbol(f"out{i}") for i in range(len(expressions) - 2)]
    system = ODESystem(states=[X, Y, *states], parameters=(), independent=Symbol("t"), rhs=expressions)
    kernel = kernel_of(system_tape(system, "rhs").tape, "rhs", "llvm")
    rows = [run(kernel, 0.0, np.array([x, y, *[0.0] * len(states)]), np.zeros(0)) for x, y in points]
    return np.array(rows).T


@pytest.mark.parametrize("name", COMPILED)
def test_value_and_derivative(name):
    arity = OPERATIONS[name].maximum or 3
    term = call(name, (X, Y, X - Y)[:arity])
    slope = differentiate(term, X)
    if name == "digamma":
        slope = term
    xs = np.array(POINTS[DOMAIN.get(name, "real")])
    ys = np.linspace(0.35, 2.2, len(xs))
    expected = evaluate([term, slope], {X: xs, Y: ys})
    found = compiled([term, slope], list(zip(xs, ys, strict=True)))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, np.broadcast_to(other, one.shape), rtol=2e-13, atol=1e-15)


@pytest.mark.parametrize("order", [1, 2, 3, 7, 20])
def test_polygamma_of_whole_orders(order):
    xs = [1e-3, 0.3, 1.0, 2.5, 9.0, 150.0, -0.4, -2.7, -11.5, 0.0, -3.0]
    found = compiled([call("polygamma", (order, X)), call("polygamma", (order, X + Y)), Y], [(x, 0.0) for x in xs])
    with mpmath.workdps(40):
        expected = [float(mpmath.polygamma(order, x)) for x in xs[:-2]]
    np.testing.assert_allclose(found[0][:-2], expected, rtol=1e-13)
    assert np.isinf(found[0][-2:]).all()
    with pytest.raises(UnsupportedError, match="polygamma"):
        compiled([call("polygamma", (Fraction(1, 2), X)), Y], [(1.0, 1.0)])


def test_lambertw_at_its_branch_point():
    xs = [-math.exp(-1), math.nextafter(-math.exp(-1), 0), -0.367879, -0.36787, -0.3678, -0.37, -5.0]
    found = compiled([call("lambertw", (X,)), Y], [(x, 0.0) for x in xs])[0]
    for x, value in zip(xs[:-2], found):
        distance = x + math.exp(-1)  # what rounding of x by one unit does to the value
        assert value == pytest.approx(float(mpmath.re(mpmath.lambertw(x))), abs=1e-15 / math.sqrt(distance + 1e-16))
    assert np.isnan(found[-2:]).all()


@pytest.mark.parametrize("name", sorted(EVALUATED_ONLY - {"D"}))
def test_functions_that_are_not_compiled_say_so(name):
    arguments = (2, X)[-OPERATIONS[name].minimum :]
    with pytest.raises(UnsupportedError, match=f'"{name}".*no compiled form.*expression='):
        compiled([call(name, arguments), X], [(1.0, 1.0)])


def test_digamma_at_its_poles_and_near_its_zero():
    found = compiled([call("digamma", (X,)), Y], [(0.0, 1.0), (-3.0, 1.0), (1.4616321449683623, 1.0)])[0]
    assert np.isnan(found[:2]).all()
    assert abs(found[2]) < 2e-15


def test_registered_function_is_compiled_from_its_expression():
    softplus = register_function(
        "softplus_compiled", expression=lambda x: sn.log(1 + sn.exp(x)), replace=True
    )
    twice = register_function(
        "nested_compiled", 2, expression=lambda x, y: softplus(x * y) + softplus(y), replace=True
    )
    term = twice(X, Y) ** 2
    points = [(0.3, 1.2), (-2.0, 0.7)]
    values = {X: np.array([0.3, -2.0]), Y: np.array([1.2, 0.7])}
    expected = evaluate([term, differentiate(term, X)], values)
    np.testing.assert_allclose(compiled([term, differentiate(term, X)], points), expected, rtol=1e-13)
    by_hand = np.log1p(np.exp(values[X] * values[Y])) + np.log1p(np.exp(values[Y]))
    np.testing.assert_allclose(expected[0], by_hand**2, rtol=1e-14)


def test_a_definition_without_end_is_refused():
    register_function(
        "endless_compiled", expression=lambda x: call("endless_compiled", (x + 1,)), replace=True
    )
    with pytest.raises(UnsupportedError, match="must end in functions that are compiled"):
        compiled([call("endless_compiled", (X,)), Y], [(1.0, 1.0)])


def test_a_model_with_special_functions_runs():
    model = sn.ode_system({"x": "erf(x) - k*loggamma(x + 1)"}, parameters={"k": 2.0}, initial={"x": 0.5})
    simulator = sn.build_simulator(model)
    entry = differentiate(model.equations[0].rhs, X)
    point = {"x": 0.7, "k": 2.0}
    assert simulator.jacobian(0.0, np.array([0.7])).toarray()[0, 0] == pytest.approx(
        evaluate(entry, point), rel=1e-13
    )
