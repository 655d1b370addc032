"""Equations in every form, names, text that reads back, and what is refused."""

import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import (
    DuplicateNameError,
    InputError,
    NonlinearError,
    ParseError,
    ShapeError,
    SymnumError,
    SymnumWarning,
    UnknownNameError,
    UnsupportedError,
)

LINE = sn.Grid(x=(0, 1, 16))
ACROSS = {"a": "vector(1, x)"}
PLANE = sn.Grid(x=(0, 1, 8), y=(0, 2, 6))

u, v, x, y, t, k = sn.symbols("u v x y t k")


def model(equations, grid=LINE, **more):
    return sn.reaction_diffusion(equations, grid=grid, **more)


def test_one_equation_in_many_forms():
    expected = model({"u": sn.D(u, x, 2) - k * u**2})
    for equations in (
        {u: "D(u, x, 2) - k*u^2"},
        {"D(u, t)": "u_xx - k*u²"},
        {sn.D(u, t): "Dxx(u) - k*u^2"},
        "D(u) = u_xx - k*u^2",
        "D(u, t) = d2_dx2(u) - k*u^2",
        "du/dt = D(u, x, 2) - k*u^2",
        "∂u/∂t = D(u, x, 2) - k*u^2",
        "u_t = u_xx - k*u^2",
        "u' = u_xx - k*u^2",
        sn.Eq(sn.D(u, t), sn.D(u, x, 2) - k * u**2),
        sn.Eq(sn.D(u), sn.D(u, x, 2) - k * u**2),
        [sn.Eq(u, sn.D(u, (x, 2)) - k * u**2)],
        [sn.Eq(2 * sn.D(u, t) - 2 * sn.D(u, "x", 2), -2 * k * u**2)],
        "2*D(u, t) + 2*k*u^2 = 2*D(u, x, 2)",
    ):
        assert model(equations).equations[0].rhs.__class__ is expected.equations[0].rhs.__class__
        assert model(equations).problem.equations == expected.problem.equations, equations


def test_definitions_in_text_equations_and_argument():
    potential = "c^3 - c - g*laplacian(c)"
    ways = [
        model(f"D(c) = laplacian(mu); mu = {potential}"),
        model([sn.Eq(sn.D(sn.symbols("c")), sn.laplacian(sn.symbols("mu"))), f"mu = {potential}"]),
        model({"c": "laplacian(mu)"}, definitions={"mu": potential}),
        model({"c": f"laplacian({potential})"}),
    ]
    assert all(way.problem.equations == ways[0].problem.equations for way in ways)
    assert str(ways[0].equations) == "mu = c^3 - g*laplacian(c) - c\nD(c, t) = laplacian(mu)"


def test_vectors_come_apart():
    made = model({"u": "dot(a, gradient(u)) + divergence(u*a - 2*gradient(u))"}, PLANE, definitions=ACROSS)
    a, b = sn.D(u, x, 1), sn.D(u, y, 1)
    flux = sn.vector(u - 2 * a, x * u - 2 * b)
    assert made.problem.equations == {u: a + x * b + sn.divergence(flux)}
    rotated = model({"u": "divergence(dot(vector(vector(0, 1), vector(-1, 0)), gradient(u)))"}, PLANE)
    assert rotated.problem.equations == {u: sn.divergence([b, -a])}
    assert model({"u": "gradient_squared(u)"}, PLANE).problem.equations == {u: a**2 + b**2}
    assert model({"u": "D(D(u, x), x) + u_xy"}, PLANE).problem.equations == {u: sn.D(u, x, 2) + sn.D(a, y, 1)}


def test_constants_have_no_derivatives_and_a_volume():
    made = model({"u": "laplacian(k) + D(3, x) + divergence(vector(1, k)) + integral(k) + mean(u)"}, PLANE)
    assert made.problem.equations == {u: 2.0 * k + 0.5 * sn.integral(u)}


def test_symbols_of_other_structures():
    tree = sn.symbols("u", terms="tree")
    assert model([sn.Eq(sn.D(tree), sn.laplacian(tree))]).problem.equations == {u: sn.laplacian(u)}


def test_networks_and_equations_without_space():
    network = sn.reaction_network("k1, U + 2V --> 3V; k2, V --> 0", parameters={"k1": 1.0, "k2": 0.5})
    made = model(network, diffusion={"U": 1, "V": "d"}, parameters={"k2": 0.1, "d": 3}, initial={"U": 1})
    assert dict(zip(made.parameter_names, made.parameter_values)) == {"k1": 1.0, "k2": 0.1, "d": 3}
    assert model("k1, U + 2V --> 3V; k2, V --> 0", diffusion={"U": 1, "V": "d"}).fields == made.fields
    decay = sn.ode_system({"a": "-k*a"}, parameters={"k": 1}, initial={"a": "2*k"})
    assert np.all(model(decay).initial_state()["a"] == 2.0)
    assert np.all(model(decay, initial={"a": 5}).initial_state()["a"] == 5.0)


def test_time_may_have_another_name():
    made = model("D(u, s) = laplacian(u) + sin(s)", independent="s")
    assert made.independent.name == "s"
    assert str(made.equations) == "D(u, s) = laplacian(u) + sin(s)"


WHOLE = """
independent: s
order: 4
grid:
    x = (0, 2*pi, 20)
    y = edges(0, 1, 3, 4, 6, 7, 8.5, 9)
    periodic = x
parameters: Du = 0.1, F = 0.03 + 0.01*x, k = 2*Du, unknown
boundary:
    u at bottom = dirichlet(sin(s)), u at y+ = robin(1, 2, x), mu at top = 1
initial:
    u = 1 + 0.01*normal(0, 1, 3)   # noise
    v = exp(-x^2)*u
observables: mass = integral(u) + 2*mean(v)
equations:
    D(u, s) = Du*(u_xx + u_yy) - F*u*v + unknown
    dv/ds = laplacian(mu) + u - mean(v)
    mu = 1 + v^2
"""


def test_text_holds_everything_and_reads_back():
    made = sn.reaction_diffusion(WHOLE)
    assert made.grid.shape == (20, 7)
    assert made.order == 4
    assert made.parameter_names == ("Du", "k", "unknown")
    again = sn.reaction_diffusion(made.to_text())
    assert again == made
    assert again.to_text() == made.to_text()
    assert again.problem.equations == made.problem.equations
    assert np.array_equal(again.initial_state()["v"], made.initial_state()["v"])
    assert repr(again.boundary) == repr(made.boundary)
    assert str(made) == made.to_text()


def test_conditions_of_definitions_read_back():
    made = model("D(u) = laplacian(mu); mu = u^2", boundary={"mu": "no-flux", "u": 1})
    assert list(made.boundary) == ["u", "mu"]
    assert sn.reaction_diffusion(made.to_text()) == made
    assert model("D(u) = laplacian(mu); mu = u^2", boundary={"u": 1}).problem.definitions == {}


def test_text_of_a_small_model_reads_like_equations():
    made = sn.reaction_diffusion(
        [sn.Eq(sn.D(u, t), sn.symbols("Du") * sn.laplacian(u) - u * v**2), sn.Eq(sn.D(v, t), u * v**2)],
        grid=sn.Grid(x=(0, 1, 64)),
        parameters={"Du": 0.16},
        boundary={"u": {"left": 1}},
        initial={"u": 1, "v": "exp(-x)"},
    )
    assert made.to_text() == (
        "grid:\n    x = (0.0, 1.0, 64)\n"
        "parameters:\n    Du = 0.16\n"
        "boundary:\n    u at x- = dirichlet(1)\n"
        "initial:\n    u = 1\n    v = exp(-x)\n"
        "equations:\n    D(u, t) = -u*v^2 + Du*laplacian(u)\n    D(v, t) = u*v^2\n"
    )


def test_displays():
    made = model({"u": "divergence(u*gradient(u)) + integral(u)"}, PLANE)
    assert repr(made).startswith("<ReactionDiffusionModel fields: 1 field on 8×6 cells, 0 parameters>\n  D(u, t) = ")
    assert r"\frac{\partial u}{\partial t} &= \nabla\cdot\left(u \nabla\left(u\right)\right)" in made.latex()
    assert "8×6 cells" in made._repr_html_()
    assert made._repr_latex_().startswith("$")
    bent = (
        sn.D(u, x, 2)
        + sn.D(k * u, x, y) ** 2
        + sn.D(u, x, 6)
        + sn.dot([u, v], sn.gradient(u))
        - sn.advection([1, x], u)
    )
    for part in (
        "{u}_{x x}",
        r"{\left(k u\right)}_{x y}^{2}",
        "{u}_{x^{6} }",
        r"\left\langle \begin{pmatrix} u \\ v \end{pmatrix}, \nabla\left(u\right) \right\rangle",
        r"\nabla\cdot\left(u \begin{pmatrix} 1 \\ x \end{pmatrix}\right)",
    ):
        assert part in sn.latex(bent)
    assert "D(u, t)" in made.equations._repr_html_()


def test_models_are_values():
    made = model({"u": "laplacian(u) - k*u"}, initial={"u": "x"})
    assert made == model({"u": "laplacian(u) - k*u"}, initial={"u": "x"})
    assert made != model({"u": "laplacian(u) - k*u"}, initial={"u": "2*x"})
    assert made != model({"u": "laplacian(u) - k*u"}, initial={"u": "x"}, boundary=1.0)
    copy = pickle.loads(pickle.dumps(made))
    assert copy == made
    assert copy.system().size == 16
    assert made["u"] is made.fields[0]
    with pytest.raises(AttributeError, match="Models do not change"):
        made.order = 4
    assert made.system() is made.system()
    with pytest.raises(UnsupportedError, match="piecewise"):
        made.with_events(sn.event(t > 1, {"k": 1}))
    with pytest.raises(UnsupportedError, match="an equation for each cell"):
        made.to_ode_system()


def test_models_made_again():
    text = "D(u) = k*laplacian(u); grid: x = 8; boundary: u = 1; parameters: k = 2, j = 1; initial: u = x"
    for made in (
        sn.reaction_diffusion(text),
        model({u: "k*laplacian(u)"}, boundary={u: 1}, parameters={k: 2, "j": 1}, initial={u: "x"}),
    ):
        assert made.replace() == made
        other = made.replace(grid=PLANE, boundary="periodic", order=4, parameters={"k": 3})
        assert (other.grid, other.order, other.parameter_values) == (PLANE, 4, (3, 1))
        assert other.boundary["u"]["y"][0].kind == "periodic"
        assert np.array_equal(other.initial_state()["u"], np.broadcast_to(PLANE.x[:, None], (8, 6)))
        with pytest.raises(UnknownNameError, match='"gird" is no argument.*Did you mean "grid"'):
            made.replace(gird=PLANE)
        with pytest.raises(UnsupportedError, match="unpickled"):
            pickle.loads(pickle.dumps(made)).replace(order=4)


@pytest.mark.parametrize(
    ("equations", "error", "message"),
    [
        ({}, InputError, "There are no equations"),
        (None, InputError, "holds no equations"),
        ([3], InputError, "is no equation"),
        ("laplacian(u)", ParseError, "This is not an equation"),
        ("D(u) = 1; du/dt = 2", DuplicateNameError, 'two equations for "u"'),
        ("D(u) = mu; mu = 1; mu = 2", DuplicateNameError, 'two equations for "mu"'),
        ({"x": "laplacian(x)"}, DuplicateNameError, r"an axis of the grid and also a field.*Grid\(X=...\)"),
        ({"t": "laplacian(t)"}, DuplicateNameError, "the independent variable and also a field"),
        ({"u": "laplacain(u)"}, ParseError, '"laplacain" is not a known function. Did you mean "laplacian"'),
        ({"u": "D(u, z)"}, UnknownNameError, "the grid has no axis z; it has x, y"),
        ({"u": "u_zz"}, UnknownNameError, "looks like a derivative of u along an axis that the grid does not have"),
        ({"u": "D(u, t)"}, UnsupportedError, "stands where none can"),
        ([sn.Eq(sn.D(u, t, 2), sn.laplacian(u))], UnsupportedError, "higher derivative in time"),
        ([sn.Eq(sn.D(u, t) + sn.D(v, t), 1)], UnsupportedError, "derivatives in time of u, v"),
        ([sn.Eq(sn.D(u, t) ** 2, 1)], NonlinearError, "not linear in D"),
        ([sn.Eq(2 * u, v), sn.Eq(sn.D(v), 1)], InputError, "has no derivative in time"),
        ({"u": "gradient(u)"}, ShapeError, "The equation for u is a vector"),
        ({"u": "laplacian(gradient(u))"}, ShapeError, "laplacian is for scalars"),
        ({"u": "gradient(u)*gradient(u)"}, ShapeError, "dot"),
        ({"u": "divergence(gradient(u) + u)"}, ShapeError, "adds the scalar u to a vector"),
        ({"u": "divergence(u)"}, ShapeError, "takes a vector with components along x, y"),
        ({"u": "divergence(vector(u, u, u))"}, ShapeError, "3 components; this grid has the axes x, y"),
        ({"u": "dot(sin(gradient(u)), gradient(u))"}, ShapeError, "a function of a vector"),
        ({"u": "dot(u, gradient(u))"}, ShapeError, "dot takes two vectors"),
        ({"u": "2^gradient(u)"}, ShapeError, "vector in an exponent"),
        ({"u": "D(gradient(u), x)"}, ShapeError, "scalars"),
        ({"u": "integral(u*integral(u))"}, UnsupportedError, "an integral of an integral"),
        ({"u": "advection(1, u)"}, ShapeError, "takes a vector"),
        ({"u": "advection(vector(1, 0), u, upwnd)"}, UnknownNameError, 'Did you mean "upwind"'),
        ("D(u) = a; a = b; b = a", InputError, "circle"),
    ],
)
def test_equations_that_are_none(equations, error, message):
    with pytest.raises(error, match=message):
        model(equations, PLANE)


def test_names_that_are_unknown_or_taken():
    with pytest.raises(UnknownNameError, match='"kk" is not a field, coordinate, .*Did you mean "k".*declare it'):
        model({"u": "-kk*u"}, parameters={"k": 1})
    with pytest.raises(DuplicateNameError, match='"u" is a field and also a parameter'):
        model({"u": "-u"}, parameters={"u": 1})
    with pytest.raises(DuplicateNameError, match='"m" is a parameter and also an observable'):
        model({"u": "-u"}, parameters={"m": 1}, observables={"m": "integral(u)"})
    with pytest.raises(UnknownNameError, match='units= names "w"'):
        model({"u": "-u"}, units={"w": "m"})
    with pytest.raises(InputError, match=r"grid= is missing.*sn.Grid\(x=\(0, 1, 64\)"):
        sn.reaction_diffusion({"u": "-u"})
    with pytest.raises(InputError, match=r"is \(64, 64\), which is no grid"):
        model({"u": "-u"}, (64, 64))
    with pytest.raises(InputError, match="order=3 is no order"):
        model({"u": "-u"}, order=3)
    with pytest.raises(DuplicateNameError, match="grid= is given, and the text has a section"):
        model("grid: x = 4; equations: D(u) = 1")
    with pytest.raises(UnsupportedError, match="events"):
        model(sn.ode_system({"a": "-a"}, events=sn.event(t > 1, {"a": 1})))
    with pytest.raises(UnsupportedError, match="algebraic"):
        model(sn.ode_system("D(a) = -a + z; 0 = z^3 + z - a"))


def test_parameters_that_are_no_numbers():
    with pytest.raises(ShapeError, match=r"shape \(8, 2\).*\(8, 6\)"):
        model({"u": "F"}, PLANE, parameters={"F": np.ones((8, 2))})
    with pytest.raises(ShapeError, match="Transpose it"):
        model({"u": "F"}, PLANE, parameters={"F": np.ones((6, 8))})
    with pytest.raises(InputError, match="not finite"):
        model({"u": "F"}, PLANE, parameters={"F": np.full((8, 6), np.nan)})
    with pytest.raises(InputError, match="is nan"):
        model({"u": "k"}, parameters={"k": float("nan")})
    with pytest.raises(InputError, match="circle"):
        model({"u": "k"}, parameters={"k": "j", "j": "k"})


def test_observables_are_integrals():
    for wrong in ("u^2", "integral(u)/integral(u^2)", "integral(u)*x"):
        with pytest.raises(UnsupportedError, match='The observable "m" is not a sum of integrals'):
            model({"u": "-u"}, observables={"m": wrong})


NETWORK = """
k1*(1 + x), U + 2V --> 3V
k2, V --> 0
species: W
diffusion: U = 2e-5, V = d*(1 + x)
grid:
    x = (0, 2.5, 32)   # mm
boundary: U at left = 1
parameters: k1 = 1, k2 = 0.1*(1 + x), d = 1e-5
initial:
    U = 1; V = exp(-x^2)
observables: mass = integral(U)
"""


def test_text_of_a_network_in_space():
    made = sn.reaction_diffusion(NETWORK)
    assert [f.name for f in made.fields] == ["W", "U", "V"]
    assert made.parameter_names == ("k1", "d")
    assert np.allclose(made.initial_state()["V"], np.exp(-(made.grid.x**2)))
    assert repr(made.boundary["U"]["x"]) == "(dirichlet(1), neumann(0))"
    U, V, k1, d = sn.symbols("U V k1 d")
    expected = k1 * (1 + x) * U * V**2 / 2 - (0.1 * (1 + x)) * V + sn.divergence([d * (1 + x) * sn.D(V, x, 1)])
    assert made.problem.equations[V] == expected
    assert sn.reaction_diffusion(made.to_text()) == made
    with pytest.raises(ParseError, match="line 2, column 19: A species is missing"):
        sn.reaction_diffusion("grid: x = 4\nreactions: k1, U + --> V")
    with pytest.raises(ParseError, match="reactions or equations, not both"):
        sn.reaction_diffusion("k, U --> V; grid: x = 4; equations: D(W) = 1")
    with pytest.raises(DuplicateNameError, match="diffusion= is given, and the text has a section"):
        sn.reaction_diffusion(NETWORK, diffusion={"U": 1})
    with pytest.raises(InputError, match="no value"):
        sn.reaction_diffusion("k, U --> V; grid: x = 4; diffusion: U")


def test_names_with_other_characters():
    made = sn.reaction_diffusion("k, `A(b~1)` --> 0; diffusion: `A(b~1)` = 1; grid: x = 8")
    again = sn.reaction_diffusion(made.to_text())
    assert [f.name for f in again.fields] == ["A(b~1)"]
    assert again.system().field_names == ("A(b~1)",)


def test_habits_from_elsewhere():
    u_x = sn.D(u, x, 1)
    assert model("D(u(t, x), t) = Dxx(u(t, x)) + dx(u)").problem.equations == {u: sn.D(u, x, 2) + u_x}
    assert model("dt(u) - nu*lap(u) = -u*dx(u)").problem.equations == {u: sn.symbols("nu") * sn.laplacian(u) - u * u_x}
    for text in ("pi^2*u_t = u_xx + k", "pi^2*D(u, t) - k = u_xx", "u_t = (u_xx + k)/pi^2"):
        found = model(text).problem.equations[u]
        numbers = sn.substitute(found, {sn.D(u, x, 2): 3.0, k: 4.0})
        assert sn.evaluate(numbers, {}) == pytest.approx(7 / np.pi**2, rel=1e-15)
    burgers = model("u_t = nu*u_xx - u*u_x").problem.equations
    for text in ("u_t + u*u_x = nu*u_xx", "D(u, t) + u*u_x - nu*u_xx = 0", "u_t + u*D(u, x) = nu*D(u, x, 2)"):
        assert model(text).problem.equations == burgers
    waves = model("u_t + c*v_x = 0; v_t + c*u_x = 0").problem.equations
    assert waves == model("u_t = -c*v_x; v_t = -c*u_x").problem.equations
    calculus = sn.reaction_diffusion("∂u/∂t = D ∇²u + ∇·(u ∇u) - k |∇u|² + 2*Δu + ∆(u³) + ∇⁴u + ∇^2 u", grid=PLANE)
    words = "D*laplacian(u) + divergence(u*gradient(u)) - k*gradient_squared(u) + 3*laplacian(u) + laplacian(u^3)"
    expected = sn.reaction_diffusion({"u": words + " + bilaplacian(u)"}, grid=PLANE)
    assert calculus.problem.equations == expected.problem.equations
    assert sn.reaction_diffusion({"u": "∇²u"}, grid=PLANE).problem.equations == {u: sn.laplacian(u)}
    partial = sn.reaction_diffusion("∂u/∂t = D ∂²u/∂x² + ∂²u/∂x∂y - u ∂u/∂y + ∂_xx u + u_{yy} + ∇·(2 u ∇u)", grid=PLANE)
    words = "D*u_xx + u_xy - u*u_y + u_xx + u_yy + divergence(2*u*gradient(u))"
    assert partial.problem.equations == sn.reaction_diffusion({"u": words}, grid=PLANE).problem.equations
    assert model("u_t = -advection(u/2, u, scheme=weno5)").problem.equations == (
        model("u_t = -advection(u/2, u, weno5)").problem.equations
    )
    whole = sn.reaction_diffusion("u_t = 2 D ∇²u + form; form = k*u; grid: x = (0, 1, 8); boundary: no flux")
    assert repr(whole.boundary["u"]["x"]) == "(neumann(0), neumann(0))"
    assert whole.problem.equations == model("u_t = 2*D*laplacian(u) + k*u").problem.equations
    with pytest.raises(InputError, match="of order 2 above the line and 1 below"):
        model("u_t = ∂²u/∂x")
    with pytest.raises(InputError, match="has no field to act on"):
        model("u_t = -(1 + ∇²)² u")
    with pytest.raises(ParseError, match="Join conditions by a word"):
        model("u_t = piecewise(1, (t > 1) & (t < 2), 0)")
    with pytest.raises(ParseError, match="u is written at t - 1"):
        model("D(u) = u(t - 1, x)")
    with pytest.raises(InputError, match="on a grid already"):
        sn.reaction_diffusion(model("D(u) = 1"), grid=PLANE)
    with pytest.raises(UnsupportedError, match=r"build_simulator\(model\).jacobian"):
        sn.jacobian(model("D(u) = 1"))


def test_an_order_that_upwind_advection_does_not_have_is_warned_of():
    with pytest.warns(SymnumWarning, match="order=4 says nothing of upwind advection, which is of first order"):
        sn.reaction_diffusion("u_t = -advection(1, u)", grid=LINE, order=4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sn.reaction_diffusion("u_t = -advection(1, u, central)", grid=LINE, order=4)
        sn.reaction_diffusion("u_t = -advection(1, u)", grid=LINE)


def test_on_one_axis_a_vector_is_its_component():
    c, u_x = sn.symbols("c"), sn.D(u, x, 1)
    made = model(
        {"u": "dot(c, gradient(u)) + gradient(u)^2 + u*gradient(u) + divergence(u) + divergence(2*gradient(u))"}
    )
    flux = sn.divergence([u]) + sn.divergence([2 * u_x])
    assert made.problem.equations == {u: c * u_x + u_x**2 + u * u_x + flux}


STATEMENTS = """D(u) = laplacian(u)|v_t = u_xx|mu = u^2|grid: x = (0, 1, 8)|grid:|boundary: u = periodic|initial: u = x
at left = 1|v = u|parameters: k = 2|k = x|diffusion: u = 0.1|= -1|observables: m = integral(u)|order: 4|k, u --> v
mean(u)|gradient(u)|u(x, t)|D(|vector(u)|normal(0, 1, 3)|robin(1, k, t)|equations:|+|*|(|)|,|nan|1j|#|`u v`"""
PIECES = st.sampled_from(STATEMENTS.replace("\n", "|").split("|"))


@settings(max_examples=60)
@given(st.lists(st.tuples(PIECES, st.sampled_from([" ", "; ", "\n", ", "])), max_size=8))
def test_any_text_is_read_or_refused_with_a_typed_error(pieces):
    text = "".join(part for pair in pieces for part in pair)
    try:
        made = sn.reaction_diffusion(text, grid=None if "grid" in text else LINE)
    except SymnumError:
        return
    assert sn.reaction_diffusion(made.to_text()) == made


def test_second_derivatives_in_time_in_short_form():
    with pytest.raises(ParseError, match="u_t = w and then w_t"):
        sn.reaction_diffusion("u_tt = u_xx", grid=sn.Grid(x=16))
