"""Differential-algebraic equations written down: forms, which names are unknowns, mass matrices, text, errors."""

import pickle

import numpy as np
import pytest
import scipy.sparse

import symnum as sn
from symnum.errors import (
    DuplicateNameError,
    HigherIndexError,
    InputError,
    ParseError,
    ShapeError,
    StructureError,
    UnknownNameError,
)

x, y, z, w, k = sn.symbols("x y z w k")


def names(symbols):
    return [s.name for s in symbols]


def test_all_forms_say_the_same():
    text = sn.ode_system("D(x) = -k*x + z; 0 = z^3 + z - x", parameters={"k": 2})
    forms = [
        sn.ode_system([sn.Eq(sn.D(x), -k * x + z), sn.Eq(0, z**3 + z - x)], parameters={"k": 2}),
        sn.ode_system(["x' = -k*x + z", "0 = z^3 + z - x"], parameters={"k": 2}),
        sn.ode_system([sn.Eq(x, -k * x + z), sn.Eq(0, z**3 + z - x)], parameters={"k": 2}),
        sn.ode_system({"x": "-k*x + z"}, algebraic=["0 = z^3 + z - x"], parameters={"k": 2}),
        sn.ode_system({"x": "-k*x + z"}, algebraic=[z**3 + z - x], parameters={"k": 2}),
        sn.ode_system({"x": "-k*x + z", "z": "z^3 + z - x"}, mass=[[1, 0], [0, 0]], parameters={"k": 2}),
        sn.ode_system({x: -k * x + z, z: z**3 + z - x}, mass={"z": 0}, parameters={"k": 2}),
        sn.ode_system(
            lambda t, u, k: [-k * u["x"] + u["z"], u["z"] ** 3 + u["z"] - u["x"]],
            states="x z", parameters={"k": 2}, mass=np.diag([1.0, 0.0]),
        ),
    ]  # fmt: skip
    assert names(text.states) == ["x", "z"]
    assert names(text.algebraic_states) == ["z"]
    for form in forms:
        assert form == text


def test_a_symbol_on_the_left_is_algebraic_where_derivatives_are_written():
    model = sn.ode_system([sn.Eq(sn.D(x), -z), sn.Eq(z, 2 * x)])
    assert model.eliminated == {"z": 2 * x}
    assert sn.ode_system({"x": "-z"}, algebraic={"z": "2*x"}) == model
    assert sn.ode_system({"x": "-z"}, algebraic="z = 2*x") == model
    both = sn.ode_system([sn.Eq(x, -z), sn.Eq(z, 2 * x)])
    assert names(both.states) == ["x", "z"]
    assert both.eliminated == {}


def test_text_of_a_model_reads_back():
    model = sn.ode_system(
        """
        D(x) = -k*x + z
        0 = z^3 + z - x
        w = x + z
        C*(D(u) - D(v)) = -u
        C*(D(v) - D(u)) = sin(t) - v
        parameters: k = 2, C = 1e-6
        initial: x = 1, z = 0.5, w = 1.5
        observables: o = 2*w
        """
    )
    again = sn.ode_system(model.to_text())
    assert again == model
    assert sn.ode_system(model.equations, parameters=model.parameters).system().rhs == model.system().rhs
    assert model.system().eliminated_initial == {"w": 1.5}
    assert model.observables == {"w": x + z, "o": 2 * (x + z)}
    assert pickle.loads(pickle.dumps(model)) == model
    assert "3 eliminated" not in repr(model)
    assert "4 states (1 algebraic), 1 eliminated, 2 parameters" in repr(model)
    assert "C*(D(u) - D(v)) = -u" in repr(model)
    assert r"\operatorname{D}" in model.latex()


def test_nothing_is_torn_where_that_is_not_wanted():
    model = sn.ode_system("D(x) = -z; z = 2*x", tear=False)
    assert names(model.states) == ["x", "z"]
    assert model.eliminated == {}
    assert model.system().rhs == (-z, 2 * x - z)


def test_ordinary_equations_stay_ordinary():
    model = sn.ode_system({"x": "-k*x", "y": "k*x"}, mass=np.eye(2))
    assert model.system().mass is None
    assert sn.ode_system({"x": "-k*x"}, mass=[4]).system().rhs == (-k * x / 4,)
    assert sn.ode_system({"x": "-k*x"}).system().eliminated == {}


@pytest.mark.parametrize(
    "mass",
    [
        [[2, 1], [0, 0]],
        np.array([[2.0, 1.0], [0.0, 0.0]]),
        scipy.sparse.csr_matrix([[2.0, 1.0], [0.0, 0.0]]),
        {("x", "x"): 2, ("x", "y"): 1},
        {(0, 0): 2, (0, 1): 1},
        {(x, x): 2, (x, y): "1"},
    ],
    ids=["list", "array", "sparse", "names", "places", "symbols"],
)
def test_forms_of_a_mass_matrix(mass):
    system = sn.ode_system({"x": "-x", "y": "x - y^3 - y"}, mass=mass).system()
    assert system.mass.entries == {(0, 0): 2, (0, 1): 1}
    assert system.rhs == (-x, x - y**3 - y)


def test_parameters_in_a_mass_matrix_may_be_zero():
    system = sn.ode_system({"x": "-x + z", "z": "x - z"}, mass={"z": "eps"}, parameters={"eps": 0}).system()
    assert system.mass.entries == {(0, 0): 1, (1, 1): sn.Symbol("eps")}


@pytest.mark.parametrize(
    ("mass", "error", "message"),
    [
        ([[1, 0]], ShapeError, "1 rows and 2 columns"),
        ([1, 0, 0], ShapeError, "3 rows"),
        ({"q": 0}, UnknownNameError, "'q', which is no state"),
        ([["x", 0], [0, 1]], UnknownNameError, '"x" is not a parameter'),
    ],
)
def test_wrong_mass_matrices(mass, error, message):
    with pytest.raises(error, match=message):
        sn.ode_system({"x": "-x", "y": "x - y"}, mass=mass, parameters={"k": 1})


def test_a_mass_matrix_and_algebraic_equations_exclude_each_other():
    with pytest.raises(InputError, match="either it or algebraic"):
        sn.ode_system({"x": "-x + z"}, algebraic={"z": "x"}, mass=[1])


def test_which_names_are_unknowns():
    assert names(sn.ode_system("D(x) = -k*x + z; 0 = z^3 + z - x").parameters) == ["k"]
    assert names(sn.ode_system("D(x) = -x + z; 0 = z^3 + q*z - x", states="x z").parameters) == ["q"]
    assert names(sn.ode_system("D(x) = -x + z; 0 = z^3 + q*z - x", initial={"z": 1}).parameters) == ["q"]
    with pytest.raises(InputError, match=r'which of z, q are unknowns too is not clear.*states="x z"'):
        sn.ode_system("D(x) = -x + z; 0 = z^3 + q*z - x")
    with pytest.raises(UnknownNameError, match=r'"zz" is neither a parameter nor an unknown with an equation'):
        sn.ode_system("D(x) = -k*x + zz; 0 = z^3 + z - x", parameters={"k": 1})


def test_names_have_one_meaning():
    with pytest.raises(InputError, match='"z" is a parameter and also an unknown'):
        sn.ode_system("D(x) = -z; z = 2*x", parameters={"z": 1})
    with pytest.raises(InputError, match='"t" is the independent variable'):
        sn.ode_system("D(x) = -t; t = 2*x")
    with pytest.raises(DuplicateNameError, match='"z" is an unknown and also an observable'):
        sn.ode_system("D(x) = -z; z = 2*x", observables={"z": "x"})
    with pytest.raises(DuplicateNameError, match='two equations for "x"'):
        sn.ode_system("D(x) = -z; D(x) = z; z = 2*x")
    with pytest.raises(UnknownNameError, match='"q", which is not an unknown'):
        sn.ode_system("D(x) = -z; z = 2*x", initial={"q": 1})


def test_errors_of_the_analysis_reach_the_user():
    pendulum = "D(x) = u; D(y) = v; D(u) = -T*x; D(v) = -T*y - g; 0 = x^2 + y^2 - L^2"
    with pytest.raises(HigherIndexError, match=r'index 3.*"0 = -L\^2 \+ x\^2 \+ y\^2" binds'):
        sn.ode_system(pendulum, parameters={"g": 9.81, "L": 1})
    with pytest.raises(StructureError, match="one of them is too many"):
        sn.ode_system("D(x) = 1; x = 2")


@pytest.mark.parametrize("text", ["x = -k*x", "0 = x - 1", "x + y = 1; y = x"])
def test_a_text_without_any_derivative(text):
    with pytest.raises(ParseError, match="at least one equation needs one"):
        sn.ode_system(text)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("D(x) = z\n0 = z +", 2, 7), ("D(x) = z\n2*(D(x) = 1", 2, 2), ("D(x) = z; z + 1", 1, 10)],
)
def test_place_of_errors(text, line, column):
    with pytest.raises(ParseError) as caught:
        sn.ode_system(text)
    assert (caught.value.line, caught.value.column) == (line, column)
