"""Methods and linear algebra for fields: results, what is chosen and why, what is refused."""

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError, UnknownNameError, UnsupportedError
from tests.systems.stencil_examples import brusselator

EQUATIONS = {"u": "B + u^2*v - (A+1)*u + alpha*laplacian(u)", "v": "A*u - u^2*v + 0.5*alpha*laplacian(v)"}


def make(n=16, boundary="neumann", equations=EQUATIONS, initial=None, **parameters):
    given = {"A": 3.4, "B": 1.0, "alpha": 1.0} | parameters
    start = initial or {"u": "1 + 0.5*cos(2*pi*x)*cos(2*pi*y)", "v": "3 + cos(2*pi*y)"}
    model = sn.reaction_diffusion(
        equations, grid=sn.Grid(x=(0, 1, n), y=(0, 1, n)), parameters=given, boundary=boundary, initial=start
    )
    return sn.build_simulator(model)


def end(solution):
    assert solution.success, solution.message
    return np.stack([np.asarray(solution.field(name).isel(t=-1)) for name in solution.field_names])


@pytest.fixture(scope="module", params=["neumann", "periodic"])
def case(request):
    sim = make(boundary=request.param, alpha=4.0)
    return sim, end(sim.solve((0, 1.0), t_eval=[1.0], rtol=1e-10, atol=1e-12, method="radau5"))


CHOICES = [
    ("auto", {}, "explicit steps"),
    ("etdrk4", {}, "mode by mode"),
    ("kencarp4", {}, "mode by mode"),
    ("sbdf", {"linear_solver": "transform"}, "mode by mode"),
    ("kencarp4", {"linear_solver": "sparse"}, "by a sparse solver"),
    ("ndf", {}, "factorised"),
    ("ndf", {"linear_solver": "gmres"}, "preconditioned by multigrid"),
    ("ndf", {"preconditioner": "adi"}, "preconditioned by adi"),
    ("ndf", {"linear_solver": "bicgstab", "preconditioner": "transform"}, "preconditioned by transform"),
    ("trbdf2", {"preconditioner": "multigrid"}, "preconditioned by multigrid"),
    ("exprb43", {}, "chosen by the user"),
    ("rkc2", {}, "chosen by the user"),
    ("rock2", {}, "chosen by the user"),
]


@pytest.mark.parametrize(("method", "settings", "words"), CHOICES)
def test_all_agree(case, method, settings, words):
    sim, exact = case
    solution = sim.solve((0, 1.0), t_eval=[1.0], rtol=1e-6, atol=1e-8, method=method, **settings)
    assert np.abs(end(solution) - exact).max() <= 1e-4 * np.abs(exact).max()
    assert words in f"{solution.stats['method']} {solution.stats['method_reason']}"


# Means of u and v by SciPy's Radau method, begun anew at t = 1.1: `sharp_means` of benchmarks/reaction_diffusion_peers,
# whose right-hand side is NumPy's.
MEANS = {2.0: (0.42251981615, 3.70249140575), 5.0: (2.37441348284, 3.30982450545)}


@pytest.mark.parametrize(
    ("method", "rtol"), [("auto", 1e-8), ("ndf", 1e-9), pytest.param("radau5", 1e-8, marks=pytest.mark.slow)]
)
def test_brusselator_with_a_source_that_is_switched_on(method, rtol):
    sim = sn.build_simulator(brusselator(32))
    solution = sim.solve((0, 5.0), t_eval=list(MEANS), rtol=rtol, atol=1e-2 * rtol, method=method)
    assert solution.success
    for k, means in enumerate(MEANS.values()):
        found = [float(solution.field(name).isel(t=k).mean()) for name in "uv"]
        assert np.allclose(found, means, rtol=1e-6)


def test_boundary_values_that_are_not_zero():
    """They add a constant, which the explicit part has; along the line the solution is straight in the end."""
    model = sn.reaction_diffusion(
        {"u": "4*laplacian(u)"},
        grid=sn.Grid(x=(0, 1, 20)),
        boundary={"u": {"x": (sn.dirichlet(1), sn.dirichlet(3))}},
        initial={"u": 0.0},
    )
    sim = sn.build_simulator(model)
    x = (np.arange(20) + 0.5) / 20
    for method, settings in (("etdrk4", {}), ("kencarp4", {}), ("ndf", {"preconditioner": "multigrid"})):
        solution = sim.solve((0, 10.0), t_eval=[10.0], rtol=1e-8, method=method, **settings)
        assert np.allclose(end(solution)[0], 1.0 + 2.0 * x, atol=1e-6)


def test_higher_derivatives_are_not_for_multigrid():
    model = sn.reaction_diffusion(
        {"c": "-laplacian(laplacian(c)) - 2*laplacian(c) + 0.2*c - c^3"},
        grid=sn.Grid(x=(0, 12, 48), y=(0, 12, 48)),
        boundary="periodic",
        initial={"c": "0.1*cos(pi*x/6)"},
    )
    sim = sn.build_simulator(model)
    solution = sim.solve((0, 1.0), t_eval=[1.0], rtol=1e-4, method="ndf", linear_solver="gmres")
    assert "preconditioned by transform" in solution.stats["method_reason"]
    exact = end(sim.solve((0, 1.0), t_eval=[1.0], rtol=1e-7))
    assert np.abs(end(solution) - exact).max() <= 1e-3 * np.abs(exact).max()


def test_sums_over_the_domain_are_in_the_products():
    """Newton's method would stall with a Jacobian that lacks them."""
    model = sn.reaction_diffusion(
        {"u": "10*laplacian(u) + 1000*u*(1 - integral(u))"}, grid=sn.Grid(x=(0, 1, 30)), boundary="neumann",
        initial={"u": "0.5 + 0.1*cos(pi*x)"},
    )  # fmt: skip
    sim = sn.build_simulator(model)
    for settings in ({}, {"linear_solver": "gmres", "preconditioner": "none"}):
        solution = sim.solve((0, 1.0), t_eval=[1.0], rtol=1e-8, method="ndf", **settings)
        assert solution.success
        assert solution.stats["steps"] < 1000
        assert float(solution.field("u").isel(t=-1).mean()) == pytest.approx(1.0, abs=1e-6)


def test_what_is_chosen():
    calm = make(alpha=1e-4, A=1.0)
    assert "not stiff" in calm.solve((0, 1.0), t_eval=[1.0]).stats["method_reason"]
    fast = make(n=64, alpha=10.0)
    for rtol, method in ((1e-3, "rock2"), (1e-5, "rkc2")):
        solution = fast.solve((0, 1.0), t_eval=[1.0], rtol=rtol)
        assert (solution.stats["method"], solution.success) == (method, True)
        assert "stabilised explicit steps" in solution.stats["method_reason"]
    mild = make(n=64, alpha=0.05).solve((0, 2.0), t_eval=[2.0], rtol=1e-3)
    assert mild.stats["method"] == "rkc2"
    solution = fast.solve((0, 1.0), t_eval=[1.0], rtol=1e-7)
    assert (solution.stats["method"], solution.success) == ("etdrk4", True)
    robin = make(boundary={"u": sn.robin(1, 1, 0), "v": "neumann"}, alpha=50.0)
    solution = robin.solve((0, 2.0), t_eval=[2.0])
    assert solution.stats["method"] == "ndf"
    assert "explicit steps" in solution.stats["method_reason"]


def test_stabilised_methods_where_diffusion_dominates():
    sim = make(n=40, alpha=10.0)
    exact = end(sim.solve((0, 1.0), t_eval=[1.0], rtol=1e-9, atol=1e-11, method="etdrk4"))
    runs = {name: sim.solve((0, 1.0), t_eval=[1.0], rtol=1e-3, method=name) for name in ("rock2", "rkc2", "ndf")}
    errors = {name: np.abs(end(solution) - exact).max() / np.abs(exact).max() for name, solution in runs.items()}
    assert max(errors["rock2"], errors["ndf"]) < 1e-3
    assert errors["rock2"] < errors["rkc2"]
    assert runs["rock2"].stats["rhs_evaluations"] < runs["rkc2"].stats["rhs_evaluations"]


def test_a_front_that_runs_into_nothing():
    """Rounding of a transform would grow ahead of it."""
    model = sn.reaction_diffusion(
        {"u": "laplacian(u) + u*(1-u)"}, grid=sn.Grid(x=(0, 150, 1500)), boundary="neumann",
        initial={"u": "piecewise(1, x < 5, 0)"},
    )  # fmt: skip
    sim = sn.build_simulator(model)
    solution = sim.solve((0, 60.0), t_eval=[40.0, 60.0], rtol=1e-6)
    assert solution.success
    assert solution.stats["method"] != "etdrk4"
    assert 1.9 < float(solution.field("u").sum("x").diff("t").item()) / 20.0 / 10.0 < 2.0


def test_what_is_refused():
    sim = make(n=20)
    with pytest.raises(UnknownNameError, match='Did you mean "multigrid"'):
        sim.solve((0, 1), method="ndf", preconditioner="multigrit")
    with pytest.raises(UnknownNameError, match='Did you mean "transform"'):
        sim.solve((0, 1), method="kencarp4", linear_solver="transfrom")
    with pytest.raises(InputError, match="solves no linear equations"):
        sim.solve((0, 1), method="rkc2", preconditioner="multigrid")
    with pytest.raises(InputError, match="for iterative solvers"):
        sim.solve((0, 1), method="ndf", linear_solver="sparse", preconditioner="multigrid")
    with pytest.raises(InputError, match='method="etdrk4"'):
        sim.solve((0, 1), method="ndf", linear_solver="transform")
    robin = make(n=20, boundary={"u": sn.robin(1, 1, 0), "v": "neumann"})
    with pytest.raises(UnsupportedError, match=r"no fast transform belongs to the conditions .*robin"):
        robin.solve((0, 1), method="etdrk4")
    with pytest.raises(UnsupportedError, match="no fast transform"):
        robin.solve((0, 1), method="kencarp4", linear_solver="transform")
