"""Shared reciprocals: fewer divisions, the same values, also where something is zero or infinite."""

import numpy as np
import pytest

import symnum as sn
from codegen.reciprocals import share_reciprocals
from codegen.repeated import RepeatedKernel
from codegen.rewrite_terms import expressions_tape
from codegen.tape import TapeBuilder
from codegen.tape_cost import tape_cost
from symnum.terms import evaluate, free_symbols

x, y, z, u = sn.symbols("x y z u")


@pytest.mark.parametrize(
    ("terms", "divisions"),
    [
        ([x / z, y / z], 1),
        ([x / z, y / z**2, 1 / z], 1),
        ([x / z, y / u], 2),
        ([x / z, y / u, x / (z * u)], 2),
        ([x / (z * u), y / (z * u)], 2),  # of products nothing is shared
        ([x / z, y / (z * u)], 2),
        ([x / (1 + z), y / (1 + z) + sn.exp(x / (1 + z))], 1),
        ([x / z], 1),
        ([x * y, x + y], 0),
    ],
)
def test_divisions_are_counted_and_values_kept(terms, divisions):
    tape = expressions_tape(terms, ())
    assert tape.operation_counts["divide"] == divisions
    symbols = free_symbols(terms)
    points = np.exp(np.random.default_rng(1).uniform(-2, 2, (20, len(symbols))))
    kernel = RepeatedKernel(tape, 1, len(symbols), 0, len(terms))
    names = dict(zip(symbols, points.T))
    expected = np.stack([np.broadcast_to(evaluate(t, names), 20) for t in terms], axis=1)
    np.testing.assert_allclose(kernel.values(points), expected, rtol=1e-14)


def test_special_values_are_those_of_a_division():
    terms = [x / z, y / z]
    kernel = RepeatedKernel(expressions_tape(terms, ()), 1, 3, 0, 2)
    values = np.array([0.0, -0.0, 1.0, -2.5, np.inf, -np.inf, np.nan])
    points = np.array(np.meshgrid(values, values, values)).reshape(3, -1).T.copy()
    order = [s.name for s in free_symbols(terms)]
    place = {name: points[:, i] for i, name in enumerate(order)}
    with np.errstate(all="ignore"):
        expected = np.stack([place["x"] / place["z"], place["y"] / place["z"]], axis=1)
    found = kernel.values(points)
    np.testing.assert_array_equal(found, expected)
    zeros = expected == 0
    np.testing.assert_array_equal(np.signbit(found)[zeros], np.signbit(expected)[zeros])


def test_a_tape_without_shared_divisors_is_left_as_it_is():
    builder = TapeBuilder()
    one, two = builder.state(0), builder.state(1)
    tape = builder.finish([builder.product([(one, 1), (two, -1)])])
    assert share_reciprocals(tape) is tape


def test_predicted_cost_counts_what_depends_on_states_only():
    assert tape_cost(expressions_tape([x * sn.exp(y)], {y})) == tape_cost(expressions_tape([x * y], {y}))
    assert tape_cost(expressions_tape([sn.exp(x)], ())) > 5 * tape_cost(expressions_tape([x * y], ()))
