"""Vectors that are read beside those that are needed stay inside the arrays: around them is memory that kills."""

import ctypes
import mmap
import os
import sys

import numpy as np
import pytest

from codegen.stencils import compile_stencils
from tests.codegen.stencils.test_values import call
from tests.systems.stencil_examples import gray_scott

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs mprotect and fork")


def guarded(values, at_end):
    """A copy right before or right behind a page that nobody may read."""
    page = mmap.PAGESIZE
    pages = -(-values.nbytes // page)
    memory = mmap.mmap(-1, (pages + 2) * page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    protect = ctypes.CDLL(None).mprotect
    for place in (start, start + (pages + 1) * page):
        assert protect(ctypes.c_void_p(place), ctypes.c_size_t(page), 0) == 0
    offset = page + (pages * page - values.nbytes if at_end else 0)
    copy = np.frombuffer(memory, values.dtype, len(values), offset)
    copy[:] = values
    return copy


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", [(40,), (91,), (5, 64), (4, 72), (6, 90), (3, 4, 50)])
def test_reads_stay_inside(shape, dtype):
    system = gray_scott(shape)
    kernel = compile_stencils(system, dtype=dtype)
    y = np.random.default_rng(3).uniform(0.2, 1, system.size).astype(dtype)
    p = np.array(system.parameter_values, dtype)
    expected = call(kernel, 0.0, y, p)
    child = os.fork()
    if child == 0:
        right = [np.array_equal(call(kernel, 0.0, guarded(y, at_end), p), expected) for at_end in (False, True)]
        os._exit(0 if all(right) else 1)
    assert os.waitpid(child, 0)[1] == 0
