"""Numbers out of fields: values at points, and statistics over the domain, against what NumPy and formulas say."""

import numpy as np
import pytest

import symnum as sn
from symnum.errors import InputError, UnknownNameError
from tests.simulators.fields.field_models import heat


@pytest.fixture(scope="module")
def plane():
    return sn.build_simulator(heat(2, 6)).solve((0.0, 1.0), t_eval=[0.0, 0.5, 1.0])


def test_statistics_at_every_time(plane):
    u = plane["u"]
    np.testing.assert_array_equal(plane.min("u"), u.min((1, 2)))
    np.testing.assert_array_equal(plane.max("u"), u.max((1, 2)))
    np.testing.assert_allclose(plane.mean("u"), u.mean((1, 2)), rtol=1e-14)
    np.testing.assert_allclose(plane.std("u"), u.std((1, 2)), rtol=1e-12)
    last = plane.at(1.0)
    assert (last.min("u"), last.max("u")) == (u[-1].min(), u[-1].max())
    assert last.std("u") == plane.std("u")[-1]


def test_statistics_weigh_cells_by_their_volume():
    model = sn.reaction_diffusion({"u": "0"}, grid=sn.Grid(r=(0, 1, 200), geometry="polar"), initial={"u": "r"})
    start = sn.build_simulator(model).snapshot()
    assert start.mean("u") == pytest.approx(2 / 3, rel=1e-4)
    assert start.std("u") == pytest.approx(np.sqrt(1 / 2 - 4 / 9), rel=1e-4)  # of r on the unit disc


def test_linear_fields_are_probed_exactly_up_to_the_sides():
    edges = np.array([0.0, 0.1, 0.3, 0.35, 0.8, 1.0])
    grid = sn.Grid(x=edges, y=(-1, 1, 4))
    model = sn.reaction_diffusion({"u": "0"}, grid=grid, initial={"u": "2*x - y + 1"})
    start = sn.build_simulator(model).snapshot()
    for x in (0.0, 0.03, 0.2, 0.5, 1.0):
        for y in (-1.0, -0.2, 0.9):
            assert start.probe("u", x=x, y=y) == pytest.approx(2 * x - y + 1, abs=1e-14)
    np.testing.assert_allclose(start.probe("u", y=0.5), edges[1:] + edges[:-1] + 0.5)


def test_probes_go_around_periodic_axes():
    model = sn.reaction_diffusion(
        {"u": "0"}, grid=sn.Grid(x=(0, 4, 4)), boundary="periodic", initial={"u": "cos(pi*x/2)^2 + x"}
    )
    start = sn.build_simulator(model).snapshot()
    u = start["u"]
    assert start.probe("u", x=0.0) == start.probe("u", x=4.0) == pytest.approx((u[0] + u[3]) / 2)
    assert start.probe("u", x=-0.25) == start.probe("u", x=3.75) == pytest.approx(0.75 * u[3] + 0.25 * u[0])
    assert start.probe("u", x=1.75) == pytest.approx(0.75 * u[1] + 0.25 * u[2])


def test_probes_over_time(plane):
    values = plane.probe("u", x=0.25, y=0.75)
    np.testing.assert_allclose(values, plane["u"][:, 1, 4], rtol=1e-14)
    assert plane.probe("u", t=0.5, x=0.25, y=0.75) == pytest.approx(values[1])
    assert plane.probe("u", y=0.75).shape == (3, 6)
    steps = sn.build_simulator(heat(1)).solve((0.0, 1.0))
    np.testing.assert_allclose(steps.probe("u", t=[0.3, 0.4], x=1 / 32), steps([0.3, 0.4])[0])


def test_places_that_there_are_not(plane):
    with pytest.raises(InputError, match=r"x = 1.5 lies outside the grid, which goes from 0 to 1"):
        plane.probe("u", x=1.5)
    with pytest.raises(UnknownNameError, match='no axis "z"; there are x, y'):
        plane.probe("u", z=0.0)
    with pytest.raises(InputError, match="give a finite number"):
        plane.probe("u", x="left")


def test_other_numbers_against_time(plane):
    ax = plane.plot_integrals("u", of="max")
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), plane.max("u"))
    assert ax.get_ylabel() == "max of u (mM)"
    with pytest.raises(UnknownNameError, match=r'of="maximum": choose one of "mean".*max'):
        plane.plot_integrals("u", of="maximum")


def test_notebooks_show_tables(plane):
    shown = plane.at(0.5)._repr_html_()
    assert "u (mM)" in shown
    assert f"{plane.max('u')[1]:.4g}" in shown
    page = sn.build_simulator(heat(2, 6))._repr_html_()
    assert "0 … 1 mm, 6 cells" in page
    look = sn.track.data(lambda fields: fields.max("u"), every=0.5)
    assert "0 looks" in repr(look)
    sn.build_simulator(heat()).solve((0.0, 1.0), t_eval=[1.0], trackers=[look])
    assert "3 looks, t = 0 … 1" in repr(look)
