"""What holds for every model: constants do not diffuse, what is there is kept, and the size does not matter."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import GridError
from symnum.systems.stencils.evaluate import evaluate_rhs
from symnum.terms.traverse import subterms

cells = st.integers(3, 7)
widths = st.lists(st.floats(0.1, 3), min_size=3, max_size=7)
values = st.floats(-3, 3)


@st.composite
def grids(draw):
    """Return a grid of any kind that is large enough for differences of second order."""
    kind = draw(st.sampled_from(["cartesian", "cartesian", "polar", "cylindrical", "spherical"]))
    start = draw(st.sampled_from([0.0, 0.5]))
    names = {"cartesian": "xyz"[: draw(st.integers(1, 3))], "cylindrical": "rz"}.get(kind, "r")
    axes = {name: start + np.cumsum([0.0, *draw(widths)]) for name in names}
    if kind == "cartesian" and draw(st.booleans()):
        axes = {name: (0, 1, draw(cells)) for name in names}
    return sn.Grid(geometry=kind, **axes)


def rates(model, state):
    system = model.system()
    return evaluate_rhs(system, 0.0, np.ravel(state), np.array(system.parameter_values, float))


@settings(max_examples=8)
@given(grids(), values)
def test_constants_do_not_diffuse_where_nothing_flows_out(grid, value):
    model = sn.reaction_diffusion({"u": "laplacian(u) + gradient_squared(u)"}, grid=grid)
    assert np.allclose(rates(model, np.full(grid.shape, value)), 0, atol=1e-9)
    closed = sn.reaction_diffusion({"u": "laplacian(u)"}, grid=grid, boundary=sn.robin(1, 2, value))
    assert np.allclose(rates(closed, np.full(grid.shape, value)), 0, atol=1e-9)


@settings(max_examples=8)
@given(grids(), st.integers(0, 2**32))
def test_what_is_there_is_kept(grid, seed):
    """The integral of the rate is that of the sources, for diffusion that depends on place, direction and value."""
    first = grid.axis_names[0]
    model = sn.reaction_diffusion(
        {"u": "laplacian(u) - v", "v": f"divergence((1 + {first}^2 + v^2)*gradient(v)) + v"}, grid=grid
    )
    state = np.random.default_rng(seed).normal(size=(2, *grid.shape))
    change = rates(model, state).reshape(2, *grid.shape)
    totals = (change * grid.volumes).sum(axis=tuple(range(1, change.ndim)))
    content = (np.broadcast_to(state[1], grid.shape) * grid.volumes).sum()
    scale = np.abs(change * grid.volumes).sum() + 1
    assert np.allclose(totals, [-content, content], atol=1e-12 * scale)


@settings(max_examples=6)
@given(grids(), st.integers(0, 2**32), values)
def test_equations_are_linear_where_they_are_written_so(grid, seed, factor):
    model = sn.reaction_diffusion({"u": "2*laplacian(u) - u"}, grid=grid, boundary=sn.dirichlet())
    a, b = np.random.default_rng(seed).normal(size=(2, grid.size))
    combined = rates(model, a + factor * b)
    assert np.allclose(combined, rates(model, a) + factor * rates(model, b), rtol=1e-9, atol=1e-7)


def work(model):
    """Return how much a system holds: regions, and parts of terms."""
    system = model.system()
    roots = [term for region in system.regions for _, term in region.stores]
    return len(system.regions), len(subterms(roots))


@pytest.mark.parametrize("boundary", ["periodic", "no-flux", sn.dirichlet("sin(t)*x")])
@pytest.mark.parametrize("order", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_the_work_does_not_depend_on_the_number_of_cells(boundary, order):
    """Terms of models of 2,000 and 4 million cells are of one size."""
    sizes = {
        work(
            sn.reaction_diffusion(
                {"u": "Du*laplacian(u) - u*v^2", "v": "diffusion(1 + v, v) + mean(v)"},
                grid=sn.Grid(n, 2 * n),
                boundary=boundary,
                order=order,
            )
        )
        for n in (16, 1414)
    }
    assert len(sizes) == 1


@pytest.mark.slow
def test_the_time_does_not_depend_on_the_number_of_cells():
    """Medians of 15 alternating runs, each of a model that is new; the larger has 1,024 times the cells."""
    seconds = {32: [], 1024: []}
    for repeat in range(15):
        for n, found in seconds.items():
            start = time.process_time()
            sn.reaction_diffusion(
                {"u": f"Du*laplacian(u) - u*v^2 + {repeat}", "v": "Dv*laplacian(v) + u*v^2"}, grid=sn.Grid(n, n)
            ).system()
            found.append(time.process_time() - start)
    assert np.median(seconds[1024]) < 1.2 * np.median(seconds[32])
    assert np.median(seconds[1024]) < 0.3


@pytest.mark.parametrize(
    ("equation", "cells", "order"),
    [("laplacian(u)", 2, 2), ("bilaplacian(u)", 4, 2), ("laplacian(u)", 6, 6), ("-advection(1, u, weno5)", 5, 2)],
)
def test_grids_that_are_too_small(equation, cells, order):
    with pytest.raises(GridError, match=rf"axis x has {cells} cells, fewer than the .* Give it"):
        sn.reaction_diffusion({"u": equation}, grid=sn.Grid(cells), order=order, boundary="periodic")
