"""Boundary conditions: all ways to write them mean the same, and what is refused with the fix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import (
    BoundaryError,
    DuplicateNameError,
    InputError,
    ParseError,
    ShapeError,
    UnknownNameError,
)

GRID = sn.Grid(x=(0, 1, 8), y=(0, 2, 6))
EQUATIONS = {"u": "laplacian(u) + v", "v": "laplacian(v)"}


def table(boundary, grid=GRID, equations=EQUATIONS, **more):
    return sn.reaction_diffusion(equations, grid=grid, boundary=boundary, **more).boundary


u, x, y, t, k = sn.symbols("u x y t k")


@pytest.mark.parametrize(
    "boundary",
    [
        {"u": {"left": 1, "right": sn.neumann(2), "y": sn.robin(1, k, y)}},
        {u: {"x-": sn.dirichlet(1), "x+": "neumann(2)", y: "robin(1, k, y)"}},
        {"u": {"x": (1, sn.neumann(2)), "y": [sn.robin(1, k, y), "robin(1, k, y)"]}},
        {
            ("u", "left"): "1",
            ("u", "x+"): "neumann(2)",
            ("u", "bottom"): "robin(1,k,y)",
            (u, "top"): sn.robin(1, "k", "y"),
        },
        {"u": {"x-": {"value": 1}, "x+": {"derivative": 2}, "y": sn.robin("1", "k", lambda y: y)}},
        {"all": {"left": 1, "x+": sn.neumann(2), "y": sn.robin(1, k, y)}, "v": "no-flux"},
        {"left": 1, "right": sn.neumann(2), "y": sn.robin(1, k, y), "v": sn.neumann()},
    ],
)
def test_many_ways_to_say_one_thing(boundary):
    found = table(boundary)
    assert repr(found["u"]["x"]) == "(dirichlet(1), neumann(2))"
    assert repr(found["u"]["y"]) == "(robin(1, k, y), robin(1, k, y))"
    assert repr(found["v"]) == repr({a: (sn.neumann(), sn.neumann()) for a in "xy"})


def test_nothing_flows_by_default():
    assert repr(table(None)) == repr(table("no-flux")) == repr(table({"u": "neumann", "v": sn.neumann(0)}))


def test_all_sides_are_those_that_there_are():
    half = sn.Grid(x=(0, 1, 8), y=(0, 2, 6), periodic=[False, True])
    for boundary in (1.0, {"u": 1.0}, {"all": 1.0}, {"x": 1.0}, "dirichlet(1.0)"):
        found = table(boundary, grid=half)
        assert repr(found["u"]) == "{'x': (dirichlet(1.0), dirichlet(1.0)), 'y': (periodic(), periodic())}"
    assert repr(table("auto_periodic_neumann", grid=half)) == repr(table(None, grid=half))
    with pytest.raises(BoundaryError, match="y, which is a periodic axis"):
        table({"y": 1.0}, grid=half)


def test_periodic_by_grid_or_by_field():
    one = table("periodic")
    assert repr(one) == repr(table(None, grid=sn.Grid(x=(0, 1, 8), y=(0, 2, 6), periodic=True)))
    found = table({"u": {"x": "periodic"}})
    assert found["v"]["x"][0].kind == "periodic"
    assert found["v"]["y"][0].kind == "neumann"
    model = sn.reaction_diffusion(EQUATIONS, grid=GRID, boundary={"u": {"x": "periodic"}})
    assert [axis.periodic for axis in model.system().geometry.axes] == [True, False]


def test_dictionaries_of_another_program():
    mixed = {"type": "mixed", "value": 2, "const": 7}
    found = table({"x": [{"value": 1}, {"type": "derivative", "derivative": 0}], "y": mixed})
    assert repr(found["u"]["x"]) == "(dirichlet(1), neumann(0))"
    assert repr(found["u"]["y"]) == "(robin(2, 1, 7), robin(2, 1, 7))"


def test_round_grids_have_a_middle():
    grid = sn.Grid(r=(0, 1, 8), geometry="spherical")
    for boundary in ({"u": 1.0}, {"r": 1.0}, {"outer": 1.0}, {"r": (None, 1.0)}, 1.0):
        low, high = table(boundary, grid, {"u": "laplacian(u)"})["u"]["r"]
        assert (low.kind, high.kind) == ("axis", "dirichlet")
    ring = sn.Grid(r=(1, 2, 8), geometry="spherical")
    assert table({"inner": 1.0}, ring, {"u": "laplacian(u)"})["u"]["r"][0].kind == "dirichlet"
    for side in ("inner", "r-"):
        with pytest.raises(BoundaryError, match='the middle of the grid, which is no boundary.*"r\\+" alone'):
            table({side: 1.0}, grid, {"u": "laplacian(u)"})
    with pytest.raises(BoundaryError, match="cannot be periodic"):
        table({"r": "periodic"}, ring, {"u": "laplacian(u)"})


def test_what_systems_say_of_the_boundary():
    model = sn.reaction_diffusion(
        EQUATIONS, grid=GRID, boundary={"u": {"x": 0, "y": sn.robin(1, 1)}, "v": 1.0}, units={"u": "mol"}
    )
    first, second = model.system().fields
    assert first.boundary == {"x": ("dirichlet", "dirichlet"), "y": ("robin", "robin")}
    assert (first.homogeneous, second.homogeneous, first.unit) == (True, False, "mol")


@pytest.mark.parametrize(
    ("boundary", "error", "message"),
    [
        ({"w": 1.0}, UnknownNameError, 'names "w", which is neither a field nor a side; the fields are u, v'),
        ({("w", "left"): 1.0}, UnknownNameError, 'names "w"'),
        ({"uu": 1.0}, UnknownNameError, r'Did you mean "u"\?.*Write boundary='),
        ({"u": {"front": 1.0}}, UnknownNameError, '"front" is no side of the grid'),
        ({"u": {"lef": 1.0}}, UnknownNameError, 'Did you mean "left"'),
        ({"u": {"left": 1, "x-": 2}}, DuplicateNameError, 'side "x-" is given twice for u, as "left" and as "x-"'),
        ({"u": {"x": "periodic", "x-": 2}}, DuplicateNameError, 'given twice for u, as "x" and as "x-"'),
        ({"left": 1, "x-": 2}, DuplicateNameError, "given twice for all fields"),
        ({("u", "left"): 1, "u": {"x-": 2}}, DuplicateNameError, "given twice for u"),
        ({u: 1, "u": 2}, DuplicateNameError, "as a symbol and as text"),
        ({"u": {"x-": "periodic", "x+": 0}}, BoundaryError, "periodic at one end of x only"),
        ({"u": {"x": "periodic"}, "v": {"x": 0}}, BoundaryError, "u is periodic along x and v is not"),
        ({"u": {"x": (1, 2, 3)}}, BoundaryError, "3 conditions; an axis has two ends"),
        ([0, 1], BoundaryError, "say which"),
        ({"u": {"x": None}}, BoundaryError, "None is no condition"),
        ("dirichlt", BoundaryError, 'Did you mean "dirichlet"'),
        ("", BoundaryError, "is no condition"),
        ({"u": {"x-": {"valu": 1}}}, BoundaryError, "is no condition"),
        ({"u": {"x-": {"value": 1, "derivative": 1}}}, BoundaryError, "is no condition"),
        (sn.robin(0, 0, 1), BoundaryError, "says nothing of the field"),
        (float("nan"), BoundaryError, "not finite"),
        (sn.dirichlet(1j), InputError, "complex"),
        ({"u": "robin(1, v, 2)"}, InputError, r'"v" before the field or its derivative in robin\(1, v, 2\)'),
        ("robin(1)", ParseError, "two or three values"),
        ("neumann(1, 2)", ParseError, "at most 1"),
        (sn.neumann(-u), InputError, r"condition for u at x- depends on u itself.*sn.robin\(a, b, target\)"),
        (
            {"u": {"y+": "v"}, "v": {"y+": sn.neumann(u)}},
            InputError,
            "condition for u at y\\+ depends on v and u itself",
        ),
        ({"x-": np.ones(8)}, ShapeError, r"one number for each cell along y, so the shape \(6,\)"),
        ({"x-": np.full(6, np.nan)}, BoundaryError, "not finite"),
        (lambda q: q, UnknownNameError, 'argument "q", which is no coordinate here'),
    ],
)
def test_conditions_that_are_none(boundary, error, message):
    with pytest.raises(error, match=message):
        table(boundary, parameters={})


def test_names_for_terms_in_conditions():
    equations = "D(u) = laplacian(u) + w + F; w = u^2; push = y*sin(t); s = laplacian(u)"
    model = sn.reaction_diffusion(equations, grid=GRID, boundary={"left": "push + F"}, parameters={"F": "2*y", "k": 1})
    assert repr(model.boundary["u"]["x"]) == "(dirichlet(F + push), neumann(0))"
    target = model.problem.boundary["u"]["x"][0].target
    assert target == y * sn.sin(t) + 2 * y
    for wrong, message in (("w", "depends on u itself"), ("k*w", "itself"), ("m", "an integral"), ("s", "derivatives")):
        with pytest.raises(InputError, match=message):
            sn.reaction_diffusion(
                equations,
                grid=GRID,
                boundary={"left": wrong},
                parameters={"F": "2*y", "k": 1},
                observables={"m": "integral(u)"},
            )


def test_a_periodic_axis_has_no_ends():
    with pytest.raises(BoundaryError, match="periodic axis of the grid: leave x out"):
        table({"u": {"x": 0}}, grid=sn.Grid(x=8, periodic="x"), equations={"u": "laplacian(u)"})


sides = st.sampled_from(["x-", "x+", "y-", "y+"])
conditions = st.sampled_from([sn.dirichlet(2), sn.neumann(1), sn.robin(1, 2, 3)])


@settings(max_examples=25)
@given(st.dictionaries(sides, conditions), st.dictionaries(sides, conditions))
def test_what_is_said_of_a_field_goes_first(general, special):
    found = table({**general, "u": special}, grid=sn.Grid(40, 40))
    for axis in "xy":
        for end, sign in enumerate("-+"):
            side = axis + sign
            assert repr(found["u"][axis][end]) == repr(special.get(side, general.get(side, sn.neumann())))
            assert repr(found["v"][axis][end]) == repr(general.get(side, sn.neumann()))


def test_a_robin_condition_in_which_the_value_cancels_is_refused():
    """With u on the side and u_0 half a cell inwards, u - h/2 du/dn is u_0, whatever u is."""
    with pytest.raises(BoundaryError, match="end of x .* cancel"):
        sn.reaction_diffusion(
            {"u": "laplacian(u)"}, grid=sn.Grid(x=(0, 1, 16)), boundary={"u": {"x-": sn.robin(1, -1 / 32, 1)}}
        ).system()
