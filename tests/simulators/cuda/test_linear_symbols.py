"""Symbols of the linear part of exponential differencing, and steps between outputs."""

import numpy as np

from symnum.simulators.cuda.linear_symbols import find_spectrum, mode_symbols
from symnum.simulators.cuda.scheduled import steps_between
from tests.simulators.cuda.device_models import activator


def test_symbols_of_diffusion_are_those_of_differences():
    system = activator("no-flux").system()
    spectrum = find_spectrum(system, 6, 7)
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
