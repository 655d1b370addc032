"""Methods that split the right-hand side where no transform fits: the linear part by its products with vectors."""

import numpy as np
import pytest

import symnum as sn


def edges(n):
    """Return edges of cells whose widths vary smoothly, from 0 to 1."""
    widths = 1 + 0.3 * np.sin(2 * np.pi * np.arange(n) / n)
    return np.concatenate([[0.0], np.cumsum(widths)]) / np.sum(widths)


@pytest.fixture(scope="module")
def simulator():
    model = sn.reaction_diffusion(
        {"u": "D*laplacian(u) + 1 - 4.4*u + u^2*v", "v": "D*laplacian(v) + 3.4*u - u^2*v"},
        grid=sn.Grid(x=edges(24), y=edges(20)),
        parameters={"D": 0.5},
        initial={"u": "1 + x", "v": "3 + y"},
    )
    return sn.build_simulator(model)


@pytest.mark.parametrize("method", ["kencarp4", "sbdf"])
@pytest.mark.parametrize("preconditioner", ["multigrid", "adi"])
def test_products_give_what_a_factorisation_gives(simulator, method, preconditioner):
    ways = {"linear_solver": "sparse"}, {"linear_solver": "gmres", "preconditioner": preconditioner}
    direct, iterated = (simulator.solve((0, 1), t_eval=[1.0], method=method, rtol=1e-6, **way) for way in ways)
    assert direct.success
    assert iterated.success
    assert np.allclose(iterated.field("u"), direct.field("u"), rtol=1e-4)
    assert "by its products" in str(iterated)
    assert preconditioner in str(iterated)
    assert iterated.stats["steps"] <= 1.2 * direct.stats["steps"]
