"""Random chains of array operations: symbolic arrays have the elements that NumPy's have."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnum.models.stencil_trace.function_table import zeros
from tests.models.stencil_trace.values import symbolic_input, values_of

SHAPES = st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple)


def slices(draw, n):
    if n > 1 and draw(st.integers(0, 5)) == 0:
        return draw(st.integers(-n, n - 1))
    ends = st.none() | st.integers(-n - 1, n + 1)
    return slice(draw(ends), draw(ends), draw(st.sampled_from([None, None, 1, 2, 3, -1, -2])))


def table(draw, shape):
    numbers = np.random.default_rng(draw(st.integers(0, 99)))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return numbers.uniform(-1, 1, shape)
    if kind == 1:
        return numbers.uniform(-1, 1, shape[-1:])
    wide = np.ones(shape)
    wide[: (shape[0] + 1) // 2] = 0.0 if kind == 2 else numbers.uniform(-1, 1)
    return wide


def step(draw, u):
    """Return a function of arrays of the shape of `u`."""
    kind = draw(st.sampled_from("slice roll pad table add transpose reshape take concatenate where flip write".split()))
    axis = draw(st.integers(0, u.ndim - 1))
    n = u.shape[axis]
    if kind == "slice":
        key = tuple(slices(draw, k) for k in u.shape[: draw(st.integers(1, u.ndim))])
        return lambda v: v[key]
    if kind == "roll":
        shift = draw(st.integers(-n - 1, n + 1))
        return lambda v: np.roll(v, shift, axis)
    if kind == "pad":
        mode = draw(st.sampled_from("constant edge symmetric wrap reflect".split()))
        most = n - 1 if mode == "reflect" else n
        width = [(0, 0)] * u.ndim
        width[axis] = draw(st.integers(0, most)), draw(st.integers(0, most))
        return lambda v: np.pad(v, width, mode)
    if kind == "table":
        numbers = table(draw, u.shape)
        return lambda v: v * numbers + numbers
    if kind == "add":
        shift = draw(st.integers(0, n))
        return lambda v: v * 2 - np.roll(v, shift, axis) ** 2
    if kind == "transpose":
        order = draw(st.permutations(range(u.ndim)))
        return lambda v: v.transpose(order)
    if kind == "reshape":
        parts = [k for k in range(1, u.size + 1) if u.size % k == 0]
        first = draw(st.sampled_from(parts))
        return lambda v: v.reshape(first, -1)
    if kind == "take":
        index = draw(st.lists(st.integers(-n, n - 1), min_size=1, max_size=6))
        return lambda v: np.take(v, index, axis)
    if kind == "concatenate":
        return lambda v: np.concatenate([v, -v[(slice(None),) * axis + (slice(None, None, -1),)]], axis)
    if kind == "where":
        level = draw(st.floats(-1, 1))
        return lambda v: np.where(v > level, v, np.minimum(v, -v))
    if kind == "flip":
        return lambda v: np.flip(v, axis) + v
    return writer(draw, u)


def writer(draw, u):
    """Return a function that fills in a part of an array of zeros, through a view."""
    key = tuple(slices(draw, k) for k in u.shape)
    other = draw(st.integers(-3, 3))

    def write(v):
        out = np.zeros(v.shape) if isinstance(v, np.ndarray) else zeros(v.session, v.shape)
        out[...] = other
        part = out[(..., *[slice(None)] * v.ndim)]
        part[key] = np.roll(v, 1, 0)[key]
        part *= 2.0
        return out

    return write


@settings(max_examples=40)
@given(st.data())
def test_chains(data):
    chain(data)


@pytest.mark.slow
@settings(max_examples=1500)
@given(st.data())
def test_many_chains(data):
    chain(data)


def chain(data):
    shape = data.draw(SHAPES)
    numbers = np.random.default_rng(3).uniform(-1, 1, shape)
    found, expected = symbolic_input(shape), numbers
    for _ in range(data.draw(st.integers(1, 5))):
        operation = step(data.draw, expected)
        expected = operation(expected)
        if not np.size(expected) or np.size(expected) > 600 or not np.ndim(expected):
            break
        found = operation(found)
        assert found.shape == expected.shape
        assert np.allclose(values_of(found, numbers), expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=40)
@given(st.data())
def test_matrix_products(data):
    n, m = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    matrix = np.zeros((n, m))
    for offset in data.draw(st.lists(st.integers(-n + 1, m - 1), max_size=4)):
        length = len(np.diagonal(matrix, offset))
        values = rng.integers(-2, 3, length) if data.draw(st.booleans()) else np.full(length, 1.5)
        matrix[np.arange(length) + max(0, -offset), np.arange(length) + max(0, offset)] = values
    if data.draw(st.booleans()):
        matrix[data.draw(st.integers(0, n - 1))] = rng.uniform(-1, 1, m)
    y = rng.uniform(-1, 1, (m, 3))
    assert np.allclose(values_of(matrix @ symbolic_input((m, 3)), y), matrix @ y, rtol=1e-12, atol=1e-12)
    assert np.allclose(values_of(symbolic_input((3, m)) @ matrix.T, y.T.copy()), y.T @ matrix.T, rtol=1e-12, atol=1e-12)
