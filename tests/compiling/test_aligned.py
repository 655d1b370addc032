"""Where arrays for compiled loops begin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symnum.compiling.aligned import LINE, PAGE, aligned_copy, aligned_empty, aligned_zeros

SHAPES = st.one_of(st.integers(0, 5000), st.tuples(st.integers(0, 60), st.integers(0, 60)))


@given(SHAPES, st.sampled_from(["float64", "float32", "int32", "complex128"]))
def test_place_shape_and_values(shape, dtype):
    made = [make(shape, dtype) for make in (aligned_empty, aligned_zeros)]
    made.append(aligned_copy(np.ones(shape, dtype)))
    for array in made:
        assert array.shape == np.zeros(shape).shape
        assert array.dtype == dtype
        assert array.flags.c_contiguous
        assert array.flags.writeable
        if array.nbytes >= 4 * PAGE:
            assert array.ctypes.data % PAGE == 0
        elif array.size:
            assert array.ctypes.data % LINE == 0
    assert not made[1].any()
    assert made[2].all()


@pytest.mark.parametrize("shape", [30, (100, 100)])
def test_a_copy_shares_nothing(shape):
    array = np.arange(np.prod(shape), dtype=float).reshape(shape)
    copy = aligned_copy(array[..., ::2])
    assert np.array_equal(copy, array[..., ::2])
    assert not np.shares_memory(copy, array)
