"""Whether loops write every element once, told from boxes: against counting cell by cell."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnum.errors import ShapeError
from symnum.systems.stencils.access import FIXED, Access, Index
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.coverage import fills_in_order, writes_once
from symnum.systems.stencils.region import Region
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.symbols import symbols

ends = st.integers(0, 4)
boxes = st.tuples(st.tuples(ends, ends), st.tuples(ends, ends))


HERE = (Index(0, 0), Index(1, 0))


def store(box, target="u", indices=HERE):
    return Region.of(box, [(Access(target, indices), 1)], [])


@settings(max_examples=40)
@given(st.lists(boxes, max_size=5), st.sampled_from([(4, 4), (3, 4), (2, 2), (0, 3)]))
def test_boxes_against_cells(chosen, shape):
    count = np.zeros((5, 5), int)
    for (a, b), (c, d) in chosen:
        count[a:b, c:d] += 1
    expected = np.zeros((5, 5), int)
    expected[: shape[0], : shape[1]] = 1
    assert writes_once([store(box) for box in chosen], [StencilArray("u", shape)]) == np.array_equal(count, expected)


@settings(max_examples=25)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_grids_of_boxes_fill_an_array(first, second):
    rows, columns = (list(itertools.pairwise([0, *np.cumsum(widths).tolist()])) for widths in (first, second))
    tiles = list(itertools.product(rows, columns))
    array = StencilArray("u", (sum(first), sum(second)))
    assert writes_once([store(box) for box in tiles], [array])
    assert not writes_once([store(box) for box in tiles[1:]], [array])
    assert not writes_once([store(box) for box in (*tiles, tiles[-1])], [array])


def test_other_forms_are_left_to_counting():
    array = StencilArray("u", (4, 4))
    whole = ((0, 4), (0, 4))
    assert not writes_once([store(whole, indices=(Index(1, 0), Index(0, 0)))], [array])
    assert not writes_once([store(whole, indices=(Index(0, 3, -1), Index(1, 0)))], [array])
    assert not writes_once([store(whole, indices=(Index(0, 0), Index(FIXED, 0)))], [array])
    assert not writes_once([store(whole, target="v")], [array])
    turned = StencilSystem(
        arrays=[array], regions=[store(whole, indices=(Index(1, 0), Index(0, 3, -1)))], independent=symbols("t")
    )
    assert turned.size == 16


def test_arrays_behind_one_another():
    u, v = StencilArray("u", (2, 3)), StencilArray("v", (4,), offset=6)
    assert fills_in_order([v, u])
    for other in (StencilArray("v", (4,), offset=7), StencilArray("v", (4,), offset=5)):
        assert not fills_in_order([u, other])
        with pytest.raises(ShapeError, match="State arrays must fill the state"):
            StencilSystem(arrays=[u, other], regions=[], independent=symbols("t"))
    mixed = [StencilArray("u", (4,), strides=(2,)), StencilArray("v", (4,), offset=1, strides=(2,))]
    assert not fills_in_order(mixed)
    both = [Region.of(((0, 4),), [(Access(a, (Index(0, 0),)), 1) for a in "uv"], [])]
    assert StencilSystem(arrays=mixed, regions=both, independent=symbols("t")).size == 8
