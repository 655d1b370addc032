"""Compiled kernels against interpreted terms, by every emitter."""

import math

import numpy as np
import pytest

from codegen.compile import compile_tape
from codegen.functions import FUNCTIONS
from codegen.jacobian import jacobian_outputs
from codegen.kernel import STAGE_SLOTS, Context, Kernel
from codegen.llvm_text import emit_llvm
from codegen.lower import Lowering
from codegen.native import object_code, triple
from codegen.system_tape import system_tape
from codegen.table_kernel import emit_table
from codegen.tape import TapeBuilder
from codegen.x86_64.module import available, emit_x86_64
from symnum.systems.ode import ODESystem
from symnum.terms.evaluate import evaluate
from symnum.terms.jacobian import jacobian
from tests.codegen.networks import environment, random_network, random_point

OTHER_PROCESSOR = pytest.mark.skipif(not available(), reason="other processor")
EMITTERS = ["llvm", "table", pytest.param("x86-64", marks=OTHER_PROCESSOR)]


def kernel_of(tape, name, emitter, limit=400):
    slot = STAGE_SLOTS[name]
    if emitter == "llvm":
        module = emit_llvm(tape, name, slot, triple(), limit)
    else:
        module = emit_x86_64(tape, name, slot) if emitter == "x86-64" else emit_table(tape, name, slot, triple())
    assert module is not None
    return Kernel(name, object_code(module.text), module.stage_size, module.scratch_size, len(tape.output))


def run(kernel, t, y, p):
    context = Context()
    context.reserve(kernel)
    kernel.evaluate_stage(p, context)
    out = np.full(kernel.n_outputs, np.nan)
    status = kernel.call(t, y.ctypes.data, p.ctypes.data, context.address, out.ctypes.data)
    assert status == 0
    return out


def magnitude(system, values):
    """Sum of the absolute values of a row's terms: what rounding is relative to."""
    sizes = []
    for row in system.rhs:
        parts = list(row.terms) if hasattr(row, "terms") else [row]
        coefficients = list(row.terms.values()) if hasattr(row, "terms") else [1]
        numbers = evaluate(parts, values) if parts else []
        sizes.append(1e-300 + sum(abs(float(c) * float(v)) for c, v in zip(coefficients, numbers, strict=True)))
    return np.array(sizes)


@pytest.mark.parametrize("emitter", EMITTERS)
@pytest.mark.parametrize("seed", range(12))
def test_right_hand_side(seed, emitter):
    system = random_network(seed, general="rational" if emitter == "x86-64" else "all")
    kernel = kernel_of(system_tape(system, "rhs").tape, "rhs", emitter, limit=[7, 60, 400][seed % 3])
    for trial in range(3):
        t, y, p = random_point(system, 100 * seed + trial)
        values = environment(system, t, y, p)
        expected = np.array(evaluate(list(system.rhs), values), float)
        assert np.all(np.abs(run(kernel, t, y, p) - expected) <= 1e-12 * magnitude(system, values))


@pytest.mark.parametrize("emitter", EMITTERS)
@pytest.mark.parametrize("seed", range(6))
def test_jacobian_equals_the_symbolic_one(seed, emitter):
    system = random_network(seed, general="rational" if emitter == "x86-64" else "all")
    found = system_tape(system, "jacobian")
    kernel = kernel_of(found.tape, "jacobian", emitter)
    t, y, p = random_point(system, seed)
    dense = np.zeros((len(y), len(y)))
    columns = np.repeat(np.arange(len(y)), np.diff(found.indptr))
    dense[found.indices, columns] = run(kernel, t, y, p)
    matrix = jacobian(system.rhs, system.states)
    expected = np.zeros_like(dense)
    expected[matrix.rows, matrix.columns] = evaluate(list(matrix.entries), environment(system, t, y, p))
    assert np.all(np.abs(dense - expected) <= 1e-11 * np.maximum(1, np.abs(expected)))
    assert np.all(np.isin(np.arange(len(y)) * (len(y) + 1), found.indices + columns * len(y)))


def test_jacobian_equals_differences():
    system = random_network(3)
    rhs = kernel_of(system_tape(system, "rhs").tape, "rhs", "llvm")
    found = system_tape(system, "jacobian")
    kernel = kernel_of(found.tape, "jacobian", "llvm")
    t, y, p = random_point(system, 5)
    columns = np.repeat(np.arange(len(y)), np.diff(found.indptr))
    dense = np.zeros((len(y), len(y)))
    dense[found.indices, columns] = run(kernel, t, y, p)
    for j in range(len(y)):
        step = np.zeros(len(y))
        step[j] = 1e-5
        difference = (run(rhs, t, y + step, p) - run(rhs, t, y - step, p)) / 2e-5
        assert np.allclose(dense[:, j], difference, rtol=1e-6, atol=1e-6)


@pytest.mark.skipif(not available(), reason="other processor")
def test_repeated_outputs_are_scattered_from_a_table():
    builder = TapeBuilder()
    x, y = builder.state(0), builder.state(1)
    nodes = [builder.multiply(x, y), builder.sum([(1.0, x), (2.0, y)]), x, builder.parameter(0)]
    outputs = [nodes[i % 4] for i in range(1203)]
    signs = [1 if i % 3 else -1 for i in range(1203)]
    tape = builder.finish(outputs, signs)
    state, p = np.array([1.5, -0.25]), np.array([7.0])
    values = np.array([1.5 * -0.25, 1.0, 1.5, 7.0])
    expected = np.array([values[i % 4] * s for i, s in enumerate(signs)])
    for emitter in ("llvm", "x86-64"):
        kernel = kernel_of(tape, "rhs", emitter)
        assert np.array_equal(run(kernel, 0.0, state, p), expected)


def test_functions_and_conditions_as_in_the_interpreter():
    import symnum as sn

    x, y, k = sn.symbols("x y k")
    terms = [
        sn.sin(x) * sn.cos(y) + sn.exp(-x) * sn.log(y + 2),
        sn.tan(x) + sn.atan(y) + sn.sinh(x) + sn.tanh(y) + sn.asinh(x),
        x**k + y ** sn.parse("3/2") + 1 / (x * x) + x**-3 + x**7,
        sn.parse("piecewise(x, x < y, y^2, y <= 2*x && x > 0.5, 3)"),
        sn.parse("max(x, y) - min(x, y, k) + abs(x - y) + sign(y - x)"),
        sn.parse("floor(3*x) + ceil(2*y) + mod(-7*x, 3) + atan2(x, y)"),
        sn.parse("piecewise(1, !(x < y) || x == y, 2) + piecewise(1, x != y, 2)"),
        sn.sqrt(x * y) + sn.parse("t") * k,
    ]
    system = ODESystem(
        states=[x, y] + [sn.Symbol(f"z{i}") for i in range(6)],
        parameters=[k],
        independent=sn.Symbol("t"),
        rhs=terms,
    )
    kernel = kernel_of(system_tape(system, "rhs").tape, "rhs", "llvm")
    for seed in range(20):
        t, state, p = random_point(system, seed)
        if seed % 4 == 0:
            state[1] = state[0]
        expected = np.array(evaluate(terms, environment(system, t, state, p)), float)
        assert np.allclose(run(kernel, t, state, p), expected, rtol=1e-13, atol=1e-13)


def test_not_a_number_is_not_hidden():
    builder = TapeBuilder()
    x, y = builder.state(0), builder.state(1)
    nodes = [builder.call("min", (x, y)), builder.call("max", (x, y)), builder.call("sign", (x,))]
    nodes.append(builder.call("min", (y, x)))
    kernel = kernel_of(builder.finish(nodes), "rhs", "llvm")
    assert np.all(np.isnan(run(kernel, 0.0, np.array([np.nan, 1.0]), np.zeros(1))))


def test_every_library_function_in_a_table():
    """In both stages: of a parameter, of the state, and of one left behind by the parameter stage."""
    builder = TapeBuilder()
    x, p = builder.state(0), builder.parameter(0)
    nodes = [x, p, builder.time(), builder.power(p, p), builder.power(x, builder.power(p, x))]
    for function in FUNCTIONS.values():
        if function.llvm:
            of_parameter = builder.call(function.name, (p,) * function.arity)
            nodes += [of_parameter, builder.call(function.name, (builder.multiply(of_parameter, x),) * function.arity)]
    nodes += [builder.product([(n, -3) for n in nodes[4:9]])]
    tape = builder.finish([*nodes, *[builder.sum([(-2.0, n), (0.5, x)]) for n in nodes]])
    y, values = np.array([0.7]), np.array([0.9])
    found, expected = (run(kernel_of(tape, "rhs", emitter), 0.3, y, values) for emitter in ("table", "llvm"))
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_choices_are_no_table():
    builder = TapeBuilder()
    x = builder.state(0)
    tape = builder.finish([builder.call("min", (x, builder.time()))])
    assert emit_table(tape, "rhs", 1, triple()) is None


@pytest.mark.parametrize("make", ["sin", "pow"])
def test_very_many_calls_become_a_table(make):
    builder = TapeBuilder()
    x, node = builder.state(0), builder.parameter(0)
    for _ in range(20_001):
        node = builder.call("sin", (node,)) if make == "sin" else builder.power(x, node)
    kernel = compile_tape(builder.finish([builder.sum([(1.0, node), (1.0, x)])]), "rhs", b"", store=False)
    assert kernel.facts["emitter"] == "table"
    value = 0.5
    for _ in range(20_001):
        value = math.sin(value) if make == "sin" else 0.7**value
    assert run(kernel, 0.0, np.array([0.7]), np.array([0.5]))[0] == pytest.approx(value + 0.7, rel=1e-13)


@pytest.mark.parametrize("emitter", EMITTERS)
def test_deep_expressions_compile(emitter):
    builder = TapeBuilder()
    node = builder.state(0)
    for i in range(5000):
        node = builder.sum([(1.0, builder.multiply(node, builder.state(1 + i % 2))), (0.5, builder.state(2))])
    kernel = kernel_of(builder.finish([node]), "rhs", emitter)
    y = np.array([0.7, 0.9, 0.8])
    value = y[0]
    for i in range(5000):
        value = value * y[1 + i % 2] + 0.5 * y[2]
    assert run(kernel, 0.0, y, np.zeros(1))[0] == pytest.approx(value, rel=1e-12)


def test_an_unknown_symbol_is_named():
    import symnum as sn
    from symnum.errors import UnknownNameError

    system = ODESystem(
        states=[sn.Symbol("alpha")], parameters=[], independent=sn.Symbol("t"), rhs=[sn.Symbol("alhpa")]
    )
    with pytest.raises(UnknownNameError, match=r'"alhpa".*"alpha"'):
        system_tape(system, "rhs")


def test_pattern_of_a_network_is_that_of_its_terms():
    for seed in range(5):
        system = random_network(seed)
        builder = TapeBuilder()
        leaves = {s: builder.state(i) for i, s in enumerate(system.states)}
        leaves |= {s: builder.parameter(i) for i, s in enumerate(system.parameters)}
        leaves[system.independent] = builder.time()
        found = jacobian_outputs(builder, Lowering(builder, leaves), system)
        columns = np.repeat(np.arange(len(system.states)), np.diff(found.indptr))
        nonzero = {
            (int(i), int(j))
            for i, j, node in zip(found.indices, columns, found.nodes, strict=True)
            if node != builder.zero
        }
        matrix = jacobian(system.rhs, system.states)
        assert nonzero == set(zip(matrix.rows.tolist(), matrix.columns.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_equations_are_factored_like_the_network(seed):
    """The same right-hand side given as terms: the same values, and hardly more operations."""
    network = random_network(seed, n_states=20, n_reactions=250)
    written = ODESystem(
        states=network.states, parameters=network.parameters, independent=network.independent, rhs=network.rhs
    )
    tapes = [system_tape(system, "rhs").tape for system in (network, written)]
    t, y, p = random_point(network, seed)
    values = environment(network, t, y, p)
    size = magnitude(network, values)
    results = [run(kernel_of(tape, "rhs", "llvm"), t, y, p) for tape in tapes]
    assert np.all(np.abs(results[0] - results[1]) <= 1e-12 * size)
    counts = [sum(tape.operation_counts.values()) for tape in tapes]
    assert counts[1] <= 1.3 * counts[0]
