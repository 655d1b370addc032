"""Grids: axes in every form, volumes, sides, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import DuplicateNameError, InputError, ShapeError, UnknownNameError


def test_axes_in_every_form():
    grid = sn.Grid(x=(0, 2, 4), y=3, z=np.array([0.0, 0.1, 0.3, 0.6]), units={"x": "mm"}, periodic="y")
    assert grid.shape == (4, 3, 3)
    assert grid.axis_names == ("x", "y", "z")
    assert grid.x.tolist() == [0.25, 0.75, 1.25, 1.75]
    assert grid.y.tolist() == [0.5, 1.5, 2.5]
    assert np.allclose(grid.z, [0.05, 0.2, 0.45])
    assert [axis.uniform for axis in grid.axes] == [True, True, False]
    assert [axis.periodic for axis in grid.axes] == [False, True, False]
    assert grid.axis("x").unit == "mm"
    assert repr(grid) == "<Grid x: 0..2 mm, 4 cells, y: 0..3, 3 cells, z: 0..0.6, 3 cells, not uniform>"
    assert [axis.periodic for axis in sn.Grid(4, 4, periodic=[False, True]).axes] == [False, True]
    assert sn.Grid(4, (0, 1, 3)) == sn.Grid(x=4, y=(0, 1, 3))
    assert sn.Grid(x=np.linspace(0, 1, 5)).axes[0].uniform
    assert hash(sn.Grid(4)) == hash(sn.Grid(x=4))


@settings(max_examples=25)
@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=6), st.lists(st.floats(0.01, 10), min_size=1, max_size=6))
def test_volumes_are_products_of_widths(first, second):
    grid = sn.Grid(x=np.cumsum([0.0, *first]), y=np.cumsum([0.0, *second]))
    volumes = np.broadcast_to(grid.volumes, grid.shape)
    assert np.allclose(volumes, np.outer(first, second), rtol=1e-9)
    assert np.isclose(volumes.sum(), grid.volume, rtol=1e-9)
    assert np.isclose(grid.volume, sum(first) * sum(second), rtol=1e-9)


@pytest.mark.parametrize(
    ("geometry", "axes", "volume"),
    [
        ("polar", {"r": (0, 2, 7)}, 4 * np.pi),
        ("polar", {"r": (1, 2, 7)}, 3 * np.pi),
        ("cylindrical", {"r": (0, 2, 7), "z": (0, 3, 2)}, 12 * np.pi),
        ("cylindrical", {"r": (0, 2, 7)}, 4 * np.pi),
        ("spherical", {"r": (1, 2, 7)}, 4 / 3 * np.pi * 7),
    ],
)
def test_volumes_of_round_grids(geometry, axes, volume):
    grid = sn.Grid(geometry=geometry, **axes)
    assert np.isclose(np.broadcast_to(grid.volumes, grid.shape).sum(), volume, rtol=1e-12)
    assert np.isclose(grid.volume, volume, rtol=1e-12)
    assert grid.has_middle("r") == (axes["r"][0] == 0)


def test_sides_have_two_names():
    grid = sn.Grid(4, 4, 4)
    for name, side in (
        ("left", "x-"),
        ("right", "x+"),
        ("bottom", "y-"),
        ("top", "y+"),
        ("back", "z-"),
        ("front", "z+"),
    ):
        assert grid.side(name) == grid.side(side)
    assert grid.side("x") == ("x", (0, 1))
    assert sn.Grid(r=4, geometry="polar").side("outer") == ("r", (1,))


@pytest.mark.parametrize(
    ("axes", "error", "message"),
    [
        ({}, InputError, "one, two or three axes, not 0"),
        ({"a": 1, "b": 1, "c": 1, "d": 1}, InputError, "not 4"),
        ({"a b": 3}, InputError, "cannot be the name of an axis"),
        ({"x": (0, 1)}, InputError, "third number counts cells"),
        ({"x": (0, 1, 2.5)}, InputError, "third number counts cells"),
        ({"x": (0, 1, 0)}, InputError, "has 0 cells"),
        ({"x": (1, 0, 5)}, InputError, "do not increase"),
        ({"x": [0, 2, 1, 3.0]}, InputError, "do not increase"),
        ({"x": [0, 1, np.nan, 3.0]}, InputError, "not all finite"),
        ({"x": (0, np.inf, 4)}, InputError, "not all finite"),
        ({"x": np.ones((2, 2))}, ShapeError, "no axis"),
        ({"x": "0..1"}, InputError, "no numbers"),
        ({"x": True}, ShapeError, "no axis"),
        ({"x": 4, "geometry": "polr"}, UnknownNameError, 'Did you mean "polar"'),
        ({"x": 4, "geometry": "polar"}, InputError, r"Grid\(r=\(0, 1, 100\), ...\)"),
        ({"r": (-1, 1, 4), "geometry": "polar"}, InputError, "a radius is 0 at least"),
        ({"r": 4, "geometry": "polar", "periodic": "r"}, InputError, "cannot be periodic"),
        ({"x": 4, "periodic": "y"}, UnknownNameError, "no axis"),
        ({"x": 4, "periodic": [True, False]}, InputError, "yes or no 2 times; the axes are x"),
        ({"x": 4, "periodic": "x x"}, DuplicateNameError, "twice"),
        ({"x": 4, "units": {"y": "m"}}, UnknownNameError, "no axis"),
    ],
)
def test_axes_that_are_none(axes, error, message):
    with pytest.raises(error, match=message):
        sn.Grid(**axes)


def test_what_a_grid_does_not_have():
    grid = sn.Grid(x=4)
    with pytest.raises(AttributeError, match='no axis "y"'):
        grid.y
    with pytest.raises(UnknownNameError, match='"x-", "x\\+" or "x" for both'):
        grid.side("top")
    with pytest.raises(AttributeError, match="Grids do not change"):
        grid.kind = "polar"
    with pytest.raises(ValueError, match="read-only"):
        grid.x[0] = 3
    with pytest.raises(InputError, match="by name"):
        sn.Grid(4, x=4)
