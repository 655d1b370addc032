"""Functions of the linear part of exponential differencing, and the symbols of operators."""

import math

import numpy as np
import pytest

from symnum.simulators.cuda.linear_symbols import find_spectrum, mode_symbols, step_functions
from symnum.simulators.cuda.methods import FACTORS, ROWS
from symnum.simulators.cuda.scheduled import steps_between
from tests.simulators.cuda.device_models import activator


def phi(k, z):
    """phi_k by its series with whole numbers as far as it goes, in exact fractions of a double."""
    from fractions import Fraction

    z, total, term = Fraction(z), Fraction(0), Fraction(1)
    for j in range(80):
        total += term / math.factorial(j + k)
        term *= z
    return float(total)


@pytest.mark.parametrize("z", [-1e-9, -0.3, -2.0, -7.5, 0.1, 3.0])
def test_functions_are_accurate_for_steps_of_every_size(z):
    h = 0.25
    found = [float(values[0]) for values in step_functions(np.array([z / h]), h)]
    first, second, third = (phi(k, z) for k in (1, 2, 3))
    expected = [
        z / h, math.exp(z / 2), h / 2 * phi(1, z / 2), math.exp(z), h * (first - 3 * second + 4 * third),
        h * (2 * second - 4 * third), h * (4 * third - second),
    ]  # fmt: skip
    np.testing.assert_allclose(found, expected, rtol=2e-13)


def test_functions_of_very_stiff_modes_vanish():
    found = step_functions(np.array([-1e12]), 1.0)
    assert found[1] == 0.0
    assert found[3] == 0.0
    # phi_1 - 3 phi_2 + 4 phi_3 tends to -1/z^2, though each of the three to a multiple of 1/z.
    assert float(found[4][0]) == pytest.approx(-1e-24, rel=1e-3)


def test_symbols_of_diffusion_are_those_of_differences():
    system = activator("no-flux").system()
    spectrum = find_spectrum(system, ROWS, FACTORS)
    assert spectrum.extended == (32, 32)
    symbols = mode_symbols(system, spectrum, np.array([0.02]))
    assert symbols.shape == (2, 32, 17)
    x, y = np.meshgrid(np.arange(32), np.arange(17), indexing="ij")
    laplacian = 256 * (2 * np.cos(np.pi * x / 16) - 2) + 64 * (2 * np.cos(np.pi * y / 16) - 2)
    np.testing.assert_allclose(symbols[1], 0.01 * laplacian, rtol=1e-12, atol=1e-12)


def test_steps_between_outputs():
    assert steps_between(0.0, 1.0, 0.1) == 10
    assert steps_between(0.3, 0.1, 0.1) == 2
    assert steps_between(0.0, 1.0, 0.0999) == 11
    assert steps_between(0.0, 1e-9, 1.0) == 1
