"""Differential equations written down: forms, meaning, errors, and that the text reads back."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import (
    DuplicateNameError,
    InputError,
    ParseError,
    SymnumError,
    UnknownNameError,
    UnsupportedError,
)
from symnum.models.ode_system import ode_system
from symnum.terms import Eq, Symbol, evaluate

LORENZ = {"x": "sigma*(y - x)", "y": "x*(rho - z) - y", "z": "x*y - beta*z"}
x, y, z, sigma, rho, beta, t, k = sn.symbols("x y z sigma rho beta t k")


def names(symbols):
    return [s.name for s in symbols]


def test_text_terms_and_equations_say_the_same():
    text = ode_system(LORENZ)
    terms = ode_system(
        {x: sigma * (y - x), y: x * (rho - z) - y, z: x * y - beta * z}, parameters="sigma rho beta"
    )
    equations = ode_system([Eq(x, LORENZ["x"]), Eq(y, LORENZ["y"]), Eq(z, LORENZ["z"])])
    written = ode_system("D(x) = sigma*(y - x); dy/dt = x*(rho - z) - y\nz' = x*y - beta*z")
    assert text == terms == equations == written
    assert names(text.states) == ["x", "y", "z"]
    assert names(text.parameters) == ["sigma", "rho", "beta"]
    assert text.system().rhs == (sigma * (y - x), x * (rho - z) - y, x * y - beta * z)


def test_derivatives_may_say_by_what():
    expected = ode_system("D(x) = -k*x")
    assert ode_system("D(x, t) = -k*x") == expected
    assert ode_system([Eq(sn.D(x, t), -k * x)]) == expected
    assert ode_system([Eq(sn.D(x, t) + k * x, 0)]).system().rhs == expected.system().rhs
    assert str(sn.D(x, y, 2)) == "D(x, y, 2)"
    assert sn.D(x, "y", (z, 2)) == sn.D(x, y, z, 2)
    with pytest.raises(UnsupportedError, match="D\\(x, y\\) is not a first derivative by t.*sn.reaction_diffusion"):
        ode_system([Eq(sn.D(x, y), -x)])
    with pytest.raises(UnsupportedError, match="D\\(x, t, 2\\) is not a first derivative by t"):
        ode_system([Eq(sn.D(x, t, 2), -x)])
    with pytest.raises(ParseError, match='The derivative is by "y"'):
        ode_system("D(x, y) = -x")
    for wrong in (2, 0, x + 1, -1):
        with pytest.raises(InputError, match="not what a derivative is taken by"):
            sn.D(x, wrong)


def test_its_own_equations_make_the_model_again():
    model = ode_system(LORENZ)
    assert ode_system(model.equations, parameters=model.parameters) == model


def test_values():
    model = ode_system(
        {"x": "-k*x"},
        parameters={"k": "2*k0", "k0": 3, "half": 0.5},
        initial={"x": "k0/2"},
        observables={"double": "2*x + t"},
    )
    assert model.parameter_values == (2 * Symbol("k0"), 3, 0.5)
    assert model.initial_values == (Symbol("k0") / 2,)
    assert model.observables == {"double": 2 * x + t}
    assert model.system().parameter_values == model.parameter_values


@pytest.mark.parametrize("value", [1j, 2 + 0.5j, "1j"])
def test_complex_values_are_refused(value):
    with pytest.raises(InputError, match='"k".*complex'):
        ode_system({"x": "-k*x"}, parameters={"k": value})
    with pytest.raises(InputError, match='"x".*complex'):
        ode_system({"x": "-k*x"}, initial={"x": value})
    sim = sn.build_simulator(ode_system({"x": "-k*x"}, parameters={"k": 1, "i": "k"}, initial={"x": 1}))
    with pytest.raises(InputError, match="real number"):
        sim.solve((0, 1), params={"k": value})
    with pytest.raises(InputError, match="real number"):
        sim.solve((0, 1), params={"i": 1j * k})


def test_observables_in_equations_are_their_expressions():
    model = ode_system({"x": "-k*tot", "y": 2 * Symbol("both")}, observables={"both": "2*tot", "tot": "x + y"})
    assert names(model.parameters) == ["k"]
    assert model.system().rhs == (-k * (x + y), 4 * (x + y))
    assert ode_system(model.to_text()) == model
    with pytest.raises(InputError, match='circle: "a" needs "a"'):
        ode_system({"x": "a"}, observables={"a": "a + x"})


@pytest.mark.parametrize(
    ("name", "meaning"), [("x", "a state"), ("k", "a parameter"), ("t", "the independent variable")]
)
def test_observables_have_names_of_their_own(name, meaning):
    with pytest.raises(DuplicateNameError, match=f'"{name}" is {meaning} and also an observable'):
        ode_system({"x": "-k*x"}, parameters={"k": 1}, observables={name: "2*x"})


@pytest.mark.parametrize("rhs", ["x +", "kk*x", "foo(x)", Symbol("kk") * x, None, "1e999999*x"])
def test_errors_name_the_equation(rhs):
    with pytest.raises(InputError, match="in the equation for y: "):
        ode_system({"x": "-x", "y": rhs}, parameters={"k": 1})
    with pytest.raises(InputError, match="in the equation for y: "):
        ode_system([Eq(x, x), Eq(y, rhs)], parameters={"k": 1})


@pytest.mark.parametrize(
    ("rhs", "reason"),
    [
        ("1 + max(x)", r"compares several at one place: max\(a, b\)"),
        ("minimum(x)", "one argument"),
        ("piecewise(t > 1, 2, 5)", "2 in the place of a condition. The condition t > 1 comes second"),
        ("piecewise(t > 1, k, x)", "k in the place of a condition"),
        ("piecewise(1, x*k, 2)", "in the place of a condition"),
    ],
)
def test_arguments_in_another_order_are_mistakes(rhs, reason):
    with pytest.raises(InputError, match=reason):
        ode_system({"x": rhs}, parameters={"k": 1})
    with pytest.raises(InputError, match=reason):
        sn.reaction_diffusion({"x": rhs}, grid=sn.Grid(z=4), parameters={"k": 1})
    assert ode_system({"x": "if(t > 1, 2, 5)"}).system().rhs == (sn.piecewise(2, Symbol("t") > 1, 5),)


def test_without_initial_values():
    assert ode_system(LORENZ).initial_values == (None, None, None)


def test_other_independent_variable():
    model = ode_system({"x": "-k*x*tau + t"}, independent="tau")
    assert model.independent == Symbol("tau")
    assert names(model.parameters) == ["k", "t"]
    assert ode_system("independent: tau\nequations: dx/dtau = -k*x*tau + t") == model


@pytest.mark.parametrize("name", ["E1", "S", "N", "lambda", "x7", "Q", "I", "e", "y0", "p3"])
def test_names_can_be_anything(name):
    model = ode_system({name: f"-{name}*k_{name}", "other": f"2*{name}"})
    assert evaluate(model.system().rhs[0], {name: 3.0, f"k_{name}": 2.0}) == -6.0
    assert evaluate(model.system().rhs[1], {name: 3.0}) == 6.0


def test_pi_is_the_number_unless_it_is_a_state():
    assert ode_system({"x": "pi*x"}).parameters == ()
    assert float(evaluate(ode_system({"pi": "2*pi"}).system().rhs[0], {"pi": 5.0})) == 10.0


def test_unknown_names_need_parameters():
    with pytest.raises(UnknownNameError, match=r'"sigm".*Did you mean "sigma"'):
        ode_system({"x": "sigm*x"}, parameters={"sigma": 10})
    with pytest.raises(UnknownNameError, match='"b"'):
        ode_system({x: Symbol("b") * x}, parameters=["a"])
    with pytest.raises(UnknownNameError, match=r'"u".*not a state'):
        ode_system({"x": "x"}, initial={"u": 1})
    with pytest.raises(UnknownNameError, match=r"m\.ode, line 3"):
        ode_system("parameters: k = 1\n\nequations: D(x) = kk*x", file="m.ode")


def test_double_meanings():
    with pytest.raises(DuplicateNameError, match="state and also a parameter"):
        ode_system({"x": "x"}, parameters={"x": 1})
    with pytest.raises(DuplicateNameError, match="independent"):
        ode_system({"t": "t"})
    with pytest.raises(DuplicateNameError, match="two equations"):
        ode_system("D(x) = 1; D(x) = 2")
    with pytest.raises(DuplicateNameError, match="second time"):
        ode_system({"x": "x"}, parameters={"k": 1, Symbol("k"): 2})


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("D(x) = 1\nx + 2", 2, 0),
        ("D(x) = 1\n  D(y) = 2 +", 2, 12),
        ("D(x) = ", 1, 6),
        ("dx/ds = 1", 1, 0),
        ("D(2x) = 1", 1, 2),
        ("D(x) == 1", 1, 6),
    ],
)
def test_place_of_errors(text, line, column):
    with pytest.raises(ParseError) as caught:
        ode_system(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_nothing_is_refused():
    for empty in ({}, "", "# nothing"):
        with pytest.raises(InputError, match="no equations"):
            ode_system(empty)
    with pytest.raises(InputError):
        ode_system({"x": object()})


def test_pickle_and_immutability():
    model = ode_system(LORENZ, parameters={"sigma": 10, "rho": 28, "beta": "8/3"}, initial={"x": 1})
    again = pickle.loads(pickle.dumps(model.with_t_span(0, 5)))
    assert again == model
    assert again.t_span == (0.0, 5.0)
    assert model.t_span is None
    with pytest.raises(AttributeError, match="do not change"):
        model.name = "other"


def test_display():
    model = ode_system({f"x{i}": f"-k*x{i}*x{(i + 1) % 40}" for i in range(40)})
    assert "… and 20 more" in repr(model)
    assert r"\frac{\mathrm{d}" in model.latex()
    assert "20 more" in model.latex()
    assert "20 more" in model._repr_html_()
    assert ode_system(str(model)) == model


@given(st.text(alphabet="Dxyd/t'=+-*()0.1 \n;:k`#,", max_size=40))
def test_any_text_is_read_or_refused_with_a_typed_error(text):
    try:
        model = ode_system(text)
    except SymnumError:
        return
    assert ode_system(model.to_text()) == model


@pytest.mark.parametrize("terms", ["tree", "canonical", "sympy"])
def test_terms_of_any_structure(terms):
    u, rate = sn.symbols("u rate", terms=terms)
    model = ode_system({u: -rate * u**2}, initial={u: 2 * rate})
    assert model == ode_system({"u": "-rate*u^2"}, initial={"u": "2*rate"})
    with sn.use_terms(terms):
        assert ode_system({"u": "-rate*u^2"}, initial={"u": "2*rate"}) == model
