"""Initial values from numbers, terms, text, arrays, functions and noise, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from symnum.errors import DuplicateNameError, InputError, MissingValueError, ShapeError, UnknownNameError

GRID = sn.Grid(x=(0, 1, 8), y=(0, 2, 6))
x, y, a = sn.symbols("x y a")


def start(initial, **more):
    made = sn.reaction_diffusion({"u": "-u", "v": "-v"}, grid=GRID, initial=initial, **more)
    return made.initial_state()


EXPECTED = 2 + GRID.x[:, None] * np.sin(GRID.y)


@pytest.mark.parametrize(
    "value",
    [
        2 + x * sn.sin(y),
        "2 + x*sin(y)",
        "a + x*sin(y)",
        EXPECTED,
        EXPECTED.tolist(),
        lambda x, y: 2 + x * np.sin(y),
        "v + x*sin(y)",
    ],
)
def test_one_field_in_many_forms(value):
    found = start({"u": value, "v": 2}, parameters={"a": 2.0})
    assert np.allclose(found["u"], EXPECTED, rtol=1e-14)
    assert np.all(found["v"] == 2)


def test_all_fields_as_one_array():
    both = np.arange(96.0).reshape(2, 8, 6)
    found = start(both)
    assert np.array_equal(found["u"], both[0])
    assert np.array_equal(found["v"], both[1])
    one = sn.reaction_diffusion({"u": "-u"}, grid=GRID, initial=both[0])
    assert np.array_equal(one.initial_state()["u"], both[0])


def test_functions_may_return_one_number():
    assert np.all(start({"u": lambda x, y: 3})["u"] == 3)


def test_arrays_are_copied():
    given_array = np.ones((8, 6))
    made = sn.reaction_diffusion({"u": "-u"}, grid=GRID, initial={"u": given_array})
    given_array[:] = 7
    assert np.all(made.initial_state()["u"] == 1)


def test_values_of_parameters_may_be_others():
    made = sn.reaction_diffusion({"u": "-u"}, grid=GRID, initial={"u": "a*b"}, parameters={"a": 2, "b": "a + 1"})
    assert np.all(made.initial_state()["u"] == 6)
    assert np.all(made.initial_state({"a": 3})["u"] == 12)
    with pytest.raises(UnknownNameError, match='no parameter "c"'):
        made.initial_state({"c": 3})


def test_names_for_terms():
    equations = "D(u) = w; D(v) = c; w = x*y; c = laplacian(v); s = u^2"
    made = sn.reaction_diffusion(equations, grid=GRID, initial={"u": "w + 1", "v": "s"})
    expected = GRID.x[:, None] * GRID.y + 1
    assert np.allclose(made.initial_state()["u"], expected)
    assert np.allclose(made.initial_state()["v"], expected**2)
    with pytest.raises(InputError, match="derivatives or integrals"):
        sn.reaction_diffusion(equations, grid=GRID, initial={"u": "c", "v": 1})
    with pytest.raises(InputError, match="u needs u"):
        sn.reaction_diffusion(equations, grid=GRID, initial={"u": "s"})


def test_noise_is_seeded_and_differs_from_field_to_field():
    first = start({"u": sn.normal_noise(1.0, 0.1, seed=3), "v": "normal(1.0, 0.1, 3)"})
    again = start({"u": "1.0 + 0.1*normal(0, 1, 3)", "v": sn.normal_noise(1.0, 0.1, seed=3)})
    assert np.array_equal(first["u"], again["u"])
    assert np.array_equal(first["v"], again["v"])
    assert not np.any(first["u"] == first["v"])
    other = start({"u": sn.normal_noise(1.0, 0.1, seed=4)})
    assert not np.any(first["u"] == other["u"])


@settings(max_examples=15)
@given(st.integers(0, 2**40), st.floats(-5, 5), st.floats(0.1, 5))
def test_uniform_noise_stays_in_its_interval(seed, low, width):
    found = start({"u": sn.uniform_noise(low, low + width, seed)})["u"]
    assert np.all(found >= low - 1e-12)
    assert np.all(found <= low + width + 1e-12)
    assert len(np.unique(found)) == found.size


def test_moments_of_noise():
    """Mean and variance of 10^5 numbers, five standard errors wide."""
    made = sn.reaction_diffusion(
        {"u": "-u", "v": "-v"},
        grid=sn.Grid(100_000),
        initial={"u": sn.normal_noise(2, 3, seed=1), "v": sn.uniform_noise(-1, 3, seed=1)},
    ).initial_state()
    n = 100_000
    assert abs(made["u"].mean() - 2) < 5 * 3 / np.sqrt(n)
    assert abs(made["u"].var() - 9) < 5 * 9 * np.sqrt(2 / n)
    assert abs(made["v"].mean() - 1) < 5 * np.sqrt(16 / 12 / n)
    assert abs(np.corrcoef(made["u"], made["v"])[0, 1]) < 5 / np.sqrt(n)


def test_functions_are_called_by_the_names_of_their_arguments():
    """As conditions at the sides are; other names stand for the axes in their order."""
    made = start({"u": lambda y, x: x + 10 * y, "v": lambda a, b: a + 10 * b}, parameters={"a": 1})
    assert np.array_equal(made["u"], made["v"])
    alone, written = (start({"u": u, "v": 0}, parameters={"a": 1})["u"] for u in (lambda y: y, "y"))
    assert np.array_equal(alone, written)


@pytest.mark.parametrize(
    ("initial", "error", "message"),
    [
        ({"w": 1}, UnknownNameError, 'given for "w", which is no field; there are u, v'),
        ({"u": 1, sn.symbols("u"): 2}, DuplicateNameError, "given twice"),
        ({"u": np.ones((6, 8))}, ShapeError, r"\(6, 8\); the grid has \(8, 6\) \(x, y\). Transpose it"),
        ({"u": np.ones(8)}, ShapeError, r"such as initial={\"u\": np.ones\(\(8, 6\)\)}"),
        ({"u": np.full((8, 6), np.nan)}, InputError, r"not finite in 48 of 48 cells, first at \(0, 0\)"),
        ({"u": ["a", "b"]}, InputError, "no array of real numbers"),
        ({"u": lambda a: a}, InputError, "cannot be called on the coordinates x, y"),
        ({"u": lambda x, y: 1.0 if x < 3 else 0.0}, InputError, r"initial value of u .* np.where\(x < 3, 1.0, 0.0\)"),
        ({"u": np.full((8, 6), 1j)}, InputError, "no array of real numbers"),
        ({"u": lambda x, y: x[:3]}, ShapeError, "the grid has"),
        ({"u": "sin(t)"}, InputError, "depends on t|not a coordinate"),
        ({"u": "q*x"}, UnknownNameError, '"q" is not a coordinate or parameter'),
        ({"u": "v", "v": "u"}, InputError, "u needs v needs u"),
        ({"u": "v"}, InputError, "uses v, which has none"),
        ({"u": float("nan")}, InputError, "finite real number"),
        ({"u": 1j}, InputError, "finite real number"),
        (np.ones((3, 8, 6)), InputError, r"one array of shape \(2, 8, 6\)"),
        ({"u": "normal(0, 1, -3)"}, InputError, "whole number, 0 at least"),
        ({"u": "normal(0, 1, 1.5)"}, InputError, "whole number, 0 at least"),
    ],
)
def test_values_that_are_none(initial, error, message):
    with pytest.raises(error, match=message):
        start(initial, parameters={"a": 1})


def test_parameters_without_a_value():
    with pytest.raises(MissingValueError, match=r'need q, which has no value: initial_state\({"q": 1.0}\)'):
        start({"u": "q*x"})
    with pytest.raises(InputError, match="two names for the same"):
        start({"u": 1}, initial_values={"u": 2})
