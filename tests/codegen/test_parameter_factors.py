"""Numbers before products move into what depends on parameters only, where that saves something, and values stay."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symnum as sn
from codegen.lower import Lowering
from codegen.parameter_factors import fold_coefficients
from codegen.repeated import RepeatedKernel
from codegen.tape import TapeBuilder
from codegen.tape_cost import arithmetic
from symnum.terms import evaluate

STATES = x, y, z = sn.symbols("x y z")
PARAMETERS = d, h, k = sn.symbols("d h k")


def lowered(terms):
    builder = TapeBuilder()
    leaves = {s: builder.state(i) for i, s in enumerate(STATES)}
    leaves |= {s: builder.parameter(i) for i, s in enumerate(PARAMETERS)}
    lower = Lowering(builder, leaves)
    return builder.finish([lower(term) for term in terms])


def multiplications(tape):
    counts = arithmetic(tape)
    return counts["multiply"] + counts["multiply_add"]


def check(terms):
    before = lowered(terms)
    after = fold_coefficients(before)
    point = np.random.default_rng(1).uniform(0.3, 3.0, 6)
    expected = evaluate(terms, dict(zip((*STATES, *PARAMETERS), point)))
    kernel = RepeatedKernel(after, 1, 3, 3, len(terms))
    np.testing.assert_allclose(kernel.values(point[None, :])[0], expected, rtol=1e-12)
    return multiplications(before), multiplications(after)


@pytest.mark.parametrize(
    ("terms", "saved"),
    [
        ([8 * d * x / h**2 + z], 1),
        ([8 * d * x / h**2 - 3 * k * y + z], 2),
        ([8 * d * x / h**2 - 8 * d * y / h**2], 2),
        ([-d * x / 12 + 4 * d * y / 3 - 5 * d * z / 2], 0),  # two values more, for three multiplications
        ([-d * x / 12 + 4 * d * y / 3 - d * z / 12 + 4 * d * x * y / 3], 4),  # one value more, for four
        ([x * (3 * d * y + z), 3 * d * y - z], 2),  # one number wherever it is used
        ([d * x + 2 * d * y], 0),  # another value to load, for one multiplication
        ([d * x + z, 2 * d * x + y], 0),  # the product is needed as it is
        ([d * x, 3 * d * x + y], 0),
        ([3 * x + y], 0),
        ([3 * d + x], 0),
        ([3 * x * y + z], 0),
        ([3 * x / d + z], 1),
        ([sn.exp(3 * d * x + z) * 5 * k * x], 1),
    ],
    ids=str,
)
def test_what_is_saved(terms, saved):
    before, after = check(terms)
    assert before - after == saved


def test_a_tape_without_such_products_comes_back_itself():
    for terms in ([x * y + z], [3 * x + d * y], [d * x + 2 * d * y]):
        tape = lowered(terms)
        assert fold_coefficients(tape) is tape


monomials = st.tuples(
    st.sampled_from([1, -1, 2, -3, 0.5, 8]),
    st.sampled_from([1, d, d / h, d * k, 1 / h]),
    st.sampled_from([x, y, z, x * y, x**2, x / y, y * sn.exp(z)]),
)


@settings(max_examples=25)
@given(st.lists(st.lists(monomials, min_size=1, max_size=5), min_size=1, max_size=3))
def test_never_more_and_the_same_values(sums):
    terms = [sum(c * p * m for c, p, m in each) + 1 for each in sums]
    before, after = check(terms)
    assert after <= before
