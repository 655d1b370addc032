"""Fixed-step methods as machine code: against the same steps by NumPy, in tiles and without."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from codegen.stencils import compile_stepper
from symnum.compiling.aligned import aligned_zeros
from symnum.errors import InputError, ShapeError, UnknownNameError
from symnum.systems.stencils.evaluate import evaluate_rhs
from tests.codegen.stencils.random_systems import random_system
from tests.systems.stencil_examples import brusselator, gray_scott


def steps(system, method, t, dt, count, y, p):
    """The methods as they stand in books."""

    def f(t, y):
        return evaluate_rhs(system, t, y, p)

    for i in range(count):
        s = t + i * dt
        if method == "euler":
            y = y + dt * f(s, y)
        elif method == "ssprk33":
            a = y + dt * f(s, y)
            b = 3 / 4 * y + 1 / 4 * (a + dt * f(s + dt, a))
            y = 1 / 3 * y + 2 / 3 * (b + dt * f(s + dt / 2, b))
        else:
            k1 = f(s, y)
            k2 = f(s + dt / 2, y + dt / 2 * k1)
            k3 = f(s + dt / 2, y + dt / 2 * k2)
            k4 = f(s + dt, y + dt * k3)
            y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


def start(system, dtype, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.uniform(0.2, 1, system.size).astype(dtype)
    return y, np.array(system.parameter_values, dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("method", ["euler", "ssprk33", "rk4"])
def test_against_numpy_and_in_tiles(method, dtype):
    system = gray_scott((21, 19))
    y, p = start(system, dtype)
    stepper = compile_stepper(system, method, dtype)
    for count in (1, 2, 5):
        expected = steps(system, method, 0.0, 0.3, count, y.astype(float), p.astype(float))
        whole = stepper.advance(0.0, 0.3, count, y.copy(), p, depth=1)
        # Each stage adds about ten roundings of numbers below 4.
        assert np.abs(whole - expected).max() < 160 * count * np.finfo(dtype).eps
        for depth, tile in ((1, 6), (2, 5), (3, 4)):
            assert np.array_equal(stepper.advance(0.0, 0.3, count, y.copy(), p, depth=depth, tile=tile), whole)


@pytest.mark.parametrize("shape", [(40,), (12, 5, 9)])
def test_other_dimensions(shape):
    system = gray_scott(shape)
    y, p = start(system, "float64")
    stepper = compile_stepper(system, "ssprk33")
    expected = steps(system, "ssprk33", 0.0, 0.2, 3, y, p)
    whole = stepper.advance(0.0, 0.2, 3, y.copy(), p)
    assert np.allclose(whole, expected, rtol=1e-13)
    if len(shape) == 3:
        assert np.array_equal(stepper.advance(0.0, 0.2, 3, y.copy(), p, depth=2, tile=2), whole)
    else:
        with pytest.raises(InputError, match="cannot be taken in tiles"):
            stepper.advance(0.0, 0.2, 3, y, p, depth=2)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_tiles_begin_with_cache_lines(dtype):
    """What precedes them, a few numbers for each step, does not shift the vectors of all sweeps across two lines."""
    system = brusselator(48)
    y, p = start(system, dtype)
    stepper = compile_stepper(system, "euler", dtype, threads=1)
    memory = aligned_zeros(len(y) + 2048, dtype)
    memory[48:][: len(y)] = y
    y = memory[48:][: len(y)]  # three lines or more past the beginning of a page
    stepper.advance(0.0, 1e-5, 3, y, p, depth=3, tile=8)
    room = stepper._scratch
    room[:] = np.nan
    stepper.advance(0.0, 1e-5, 3, y, p, depth=3, tile=8)
    written = np.flatnonzero(~np.isnan(room))
    runs = [int(run[0]) for run in np.split(written, np.flatnonzero(np.diff(written) > 1) + 1) if len(run) >= 48]
    places = room.ctypes.data + room.itemsize * np.array(runs)
    assert (places[0] - y.ctypes.data) % 4096 == 2048
    assert len(places) > 3
    assert np.all(places % 64 == 0)
    assert len(room) - written[-1] >= 128  # vectors past the end may be read


@pytest.mark.parametrize("method", ["ssprk33", "rk4"])
def test_single_precision_does_not_drift(method):
    """Ten thousand steps: each adds one rounding to the state, and roundings do not all go one way."""
    model = sn.reaction_diffusion({"u": "-u"}, grid=sn.Grid(x=4), initial=1.0)
    stepper = compile_stepper(model.system(), method, "float32")
    y = stepper.advance(0.0, 1e-4, 10_000, np.ones(4, "float32"), np.zeros(stepper.parameter_size, "float32"))
    assert np.abs(y / np.exp(-1.0) - 1.0).max() < 1e-5


def test_time_and_coordinates_in_tiles():
    """The source disc depends on where a layer is, and begins in the middle of a block."""
    system = brusselator(24)
    y, p = start(system, "float64")
    stepper = compile_stepper(system, "rk4")
    expected = steps(system, "rk4", 1.099983, 1e-5, 4, y, p)
    whole = stepper.advance(1.099983, 1e-5, 4, y.copy(), p, depth=1)
    assert np.allclose(whole, expected, rtol=1e-12)
    assert np.array_equal(stepper.advance(1.099983, 1e-5, 4, y.copy(), p, depth=4, tile=3), whole)


@settings(max_examples=3)
@given(st.integers(0, 2**32 - 1))
def test_random_systems(seed):
    system = random_system(seed)
    rng = np.random.default_rng(seed)
    y, p = rng.uniform(0.2, 1.2, system.size), rng.uniform(0.2, 1.2, system.parameter_size)
    expected = steps(system, "ssprk33", 0.45, 1e-3, 3, y, p)
    whole = compile_stepper(system, "ssprk33").advance(0.45, 1e-3, 3, y.copy(), p, depth=1)
    assert np.allclose(whole, expected, rtol=1e-11, atol=1e-11)


def test_what_is_refused():
    system = gray_scott((8, 8))
    y, p = start(system, "float64")
    stepper = compile_stepper(system)
    with pytest.raises(ShapeError, match=r"y has shape \(5,\)"):
        stepper.advance(0.0, 0.1, 1, y[:5], p)
    with pytest.raises(ShapeError, match="float32"):
        stepper.advance(0.0, 0.1, 1, y.astype("float32"), p)
    with pytest.raises(InputError, match="reach over the whole grid"):
        stepper.advance(0.0, 0.1, 8, y, p, depth=8)
    with pytest.raises(UnknownNameError, match='"eular".*Did you mean "euler"'):
        compile_stepper(system, "eular")
