"""Diffusivities of every shape, and those that are refused."""

import numpy as np
import pytest

import symnum as sn
from symnum.errors import DuplicateNameError, InputError, ShapeError, UnknownNameError

GRID = sn.Grid(x=(0, 1, 8), y=(0, 2, 6))
u, x, y, a = sn.symbols("u x y a")
UX, UY = sn.D(u, x, 1), sn.D(u, y, 1)


def equation(diffusion, **more):
    made = sn.reaction_diffusion({"u": "-u"}, grid=GRID, diffusion={"u": diffusion}, **more)
    return made.problem.equations[u] + u


def test_the_same_everywhere_is_a_laplacian():
    assert equation(0.5) == 0.5 * sn.laplacian(u)
    assert equation("a") == equation(a, parameters={"a": 1}) == a * sn.laplacian(u)
    assert equation("a*(2 + cos(t))") == a * (sn.cos(sn.symbols("t")) + 2) * sn.laplacian(u)
    assert equation(np.float64(0.5)) == 0.5 * sn.laplacian(u)


def test_what_varies_is_in_flux_form():
    assert equation("1 + x*y") == sn.divergence([(1 + x * y) * UX, (1 + x * y) * UY])
    assert equation("D", parameters={"D": "1 + x"}) == sn.divergence([(1 + x) * UX, (1 + x) * UY])
    assert equation(u**2) == sn.divergence([u**2 * UX, u**2 * UY])
    assert equation([1, x]) == sn.divergence([UX, x * UY])
    assert equation(np.array([[1.0, 0.5], [0.5, 2.0]])) == sn.divergence([1.0 * UX + 0.5 * UY, 0.5 * UX + 2.0 * UY])


def test_one_number_for_each_cell():
    numbers = np.linspace(0, 1, 48).reshape(8, 6)
    made = sn.reaction_diffusion({"u": "-u"}, grid=GRID, diffusion={"u": numbers})
    name = sn.symbols("diffusivity_u")
    assert made.problem.equations == {u: sn.divergence([name * UX, name * UY]) - u}
    assert np.array_equal(made.system().array_values["diffusivity_u"], numbers)


def test_the_operator_is_the_same():
    for value in (0.5, [1, x], [[1, x], [x, 2 + x]]):
        made = sn.reaction_diffusion({"u": sn.diffusion(value, u)}, grid=GRID)
        given = sn.reaction_diffusion({"u": 0}, grid=GRID, diffusion={"u": value})
        if value == 0.5:
            assert made.problem.equations == {u: sn.divergence([0.5 * UX, 0.5 * UY])}
        else:
            assert made.problem.equations == given.problem.equations


@pytest.mark.parametrize(
    ("diffusion", "error", "message"),
    [
        ({"u": -1}, InputError, 'The diffusivity of "u" is negative, -1'),
        ({"u": "a"}, InputError, "negative, -2 somewhere for the default values, of a"),
        ({"u": "x - 1/2"}, InputError, "negative, -0.4375 somewhere"),
        ({"u": [1, -2]}, InputError, "negative, -2"),
        ({"u": [[1, 2], [2, 1]]}, InputError, "negative in some direction.*eigenvalue -1"),
        ({"u": [["a", 0], [0, 1]]}, InputError, "negative, -2"),
        ({"u": "1 + a*c*x"}, InputError, "negative, -0.875 somewhere"),
        ({"u": -np.ones((8, 6))}, InputError, r"negative: -1 in the cell \(0, 0\)"),
        ({"u": float("nan")}, InputError, "is nan"),
        ({"u": 1j}, InputError, "is 1j"),
        ({"u": [[1, np.inf], [0, 1]]}, InputError, "has the entry inf"),
        ({"u": np.full((8, 6), np.nan)}, InputError, "not finite in 48 cells"),
        ({"u": np.ones(5)}, ShapeError, r"array of shape \(5,\); the grid has \(8, 6\)"),
        ({"u": np.ones((6, 8))}, ShapeError, "Transpose it"),
        ({"u": [1, 2, 3]}, ShapeError, r"shape \(3,\).*2 for the axes, a matrix of 2 by 2"),
        ({"u": [[1, 2], [3]]}, ShapeError, "has shape"),
        ({"u": [[1, 2]]}, ShapeError, "has shape"),
        ({"u": [1, [2, 3]]}, ShapeError, "has shape"),
        ({"w": 1}, UnknownNameError, 'names "w", which is no field; there are u'),
        ({"u": 1, u: 2}, DuplicateNameError, "as a symbol and as text"),
        (0.1, InputError, r"diffusion= is a mapping.*diffusion={\"u\": 0.1}"),
        ({"u": "b"}, UnknownNameError, '"b" is not a field'),
    ],
)
def test_diffusivities_that_are_none(diffusion, error, message):
    with pytest.raises(error, match=message):
        sn.reaction_diffusion({"u": "-u"}, grid=GRID, diffusion=diffusion, parameters={"a": -2, "c": np.ones((1, 6))})


def test_equations_may_have_any_sign():
    assert sn.reaction_diffusion({"u": "-laplacian(u) - bilaplacian(u)"}, grid=GRID).system().size == 48


def test_a_matrix_that_is_no_square():
    with pytest.raises(ShapeError, match="no square matrix"):
        sn.diffusion([[1, 2], [3]], u)


def test_values_of_a_simulation_are_checked_too():
    from symnum.systems.stencils.nonnegative import check_nonnegative

    made = sn.reaction_diffusion(
        {"u": "0", "v": "0", "w": "0"},
        grid=GRID,
        diffusion={"u": "a*(x + b)", "v": np.ones((8, 6)), "w": 2},
        parameters={"a": 1, "b": 0.0},
    )
    system = made.system()
    right = np.concatenate([[1.0, 0.0], np.ones(48)])
    check_nonnegative(system, right)
    for wrong, message in (([-1.0, 0.0], r'"u", a\*\(b \+ x\), is -0.9375'), ([1.0, -0.5], 'of "u".*Give a, b')):
        with pytest.raises(InputError, match=message):
            check_nonnegative(system, np.concatenate([wrong, np.ones(48)]))
    right[-1] = -3
    with pytest.raises(InputError, match='of "v", diffusivity_v, is -3 somewhere'):
        check_nonnegative(system, right)
