"""Fields of solutions as arrays of xarray, with coordinates and units."""

import builtins

import numpy as np
import pytest

import symnum as sn
from symnum.errors import MissingDependencyError, UnknownNameError
from tests.simulators.fields.field_models import cosine, heat


@pytest.fixture(scope="module")
def sol():
    return sn.build_simulator(heat(2, 6)).solve((0.0, 1.0), t_eval=[0.0, 0.5, 1.0], rtol=1e-8)


def test_a_field_has_coordinates_and_units(sol):
    u = sol.field("u")
    assert u.dims == ("t", "x", "y")
    assert u.attrs["units"] == "mM"
    assert u["x"].attrs["units"] == "mm"
    assert (u["x"].attrs["lower_edge"], u["x"].attrs["upper_edge"]) == (0.0, 1.0)
    np.testing.assert_array_equal(u.values, sol["u"])
    near = u.sel(t=0.5, x=0.1, method="nearest")
    np.testing.assert_allclose(near, cosine(0.5, 2, 6)[0], rtol=1e-6)


def test_a_field_at_one_time_is_without_that_dimension(sol):
    u = sol.field(sn.symbols("u"), t=0.5)
    assert u.dims == ("x", "y")
    assert float(u["t"]) == 0.5
    np.testing.assert_array_equal(u.values, sol["u"][1])


def test_a_dataset_has_observables_and_says_what_it_is(sol):
    whole = sol.to_xarray()
    assert set(whole) == {"u", "total"}
    assert whole["total"].dims == ("t",)
    np.testing.assert_allclose(whole["total"], 2.0)
    assert whole.attrs["title"] == "heat"
    assert whole.attrs["parameter_D"] == 0.1


def test_fields_between_steps_where_all_are_kept():
    sol = sn.build_simulator(heat()).solve((0.0, 1.0), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(sol.field("u", t=0.321), cosine(0.321), rtol=1e-6)
    assert sol(np.array([0.1, 0.2])).shape == (16, 2)
    assert sol.at(0.2).mean("u") == pytest.approx(2.0)


def test_names_that_do_not_exist(sol):
    with pytest.raises(UnknownNameError, match='no field "w"; the fields are u'):
        sol.field("w")
    with pytest.raises(UnknownNameError, match='no field "total"'):
        sol.integral("total")


def test_without_xarray_the_error_says_what_to_install(sol, monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **more):
        if name == "xarray":
            raise ImportError(name)
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependencyError, match='install the extra "fields"'):
        sol.field("u")
