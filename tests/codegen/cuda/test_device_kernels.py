"""Device kernels run thread by thread on the processor, compared with NumPy."""

import numpy as np
import pytest

from codegen.cuda.cells import Tapes
from codegen.cuda.control_kernel import ControlKernel, EarlyKernel
from codegen.cuda.kernel import RATE, Scale, Term, Update
from codegen.cuda.layout import Layout
from codegen.cuda.module import write_module
from codegen.cuda.pointwise_kernel import PointwiseKernel
from codegen.cuda.precision import PRECISIONS
from codegen.cuda.program import Program
from codegen.cuda.reduction import Reduction, ReductionKernel
from codegen.cuda.stencil_kernel import StencilKernel, Tile
from symnum.simulators.cuda.simulated import SimulatedMemory
from symnum.systems.stencils.access import Access, Index
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.evaluate import evaluate_rhs
from symnum.systems.stencils.region import Region, Sum
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.functions import exp, log, sqrt
from symnum.terms.symbols import symbols
from tests.systems.stencil_examples import brusselator, gray_scott


def memory_of(layout, kernels, tapes, p=(), rows=4):
    """Buffers with tables and parameters; the values that depend on parameters alone are there."""
    module = write_module([*kernels, EarlyKernel(tapes)], layout)
    real = layout.real.dtype
    sizes = {"control": (len(layout.slots), float), "work": (rows * layout.stride, real), "p": (len(p), real)}
    sizes |= {"k": (len(tapes.early), real), "tables": (layout.table_size, real)}
    sizes |= {
        "partials": (layout.partial_size, float),
        "outputs": (1, real),
        "times": (1, float),
        "modes": (1, real),
        "numbers": (1, float),
    }
    memory = SimulatedMemory(module, sizes)
    memory.write("p", np.asarray(p, real))
    for name, place in layout.tables.items():
        memory.write("tables", layout.system.arrays[name].values.ravel().astype(real), place)
    memory.queue(["early"])
    return memory


def rates(system, rows=0, t=1.3, dtype="float64", seed=5):
    """Right-hand side by the kernel and by NumPy, at a random state."""
    layout, tapes = Layout(system, PRECISIONS[dtype]), Tapes(system)
    kernel = StencilKernel("rates", tapes, system.regions, 0, (Update(1, (Term(RATE),)),), guard=None, rows=rows)
    p = np.array([1.0 if v is None else float(v) for v in system.parameter_values])
    p = np.append(p, np.linspace(0.5, 1.5, system.parameter_size - len(p)))
    memory = memory_of(layout, [kernel], tapes, p)
    y = np.random.default_rng(seed).random(system.size).astype(dtype)
    memory.write("work", y)
    memory.write("control", np.array([t]), layout.slots["t"]) if "t" in layout.slots else None
    memory.queue(["rates"])
    found = memory.read("work", layout.stride, system.size)
    return found, evaluate_rhs(system, t, y.astype(float), p), kernel


@pytest.mark.parametrize("shape", [(130,), (16, 16), (19, 37), (4, 3), (6, 7, 9)])
@pytest.mark.parametrize("rows", [1, 3, 4])
def test_rates_of_all_regions(shape, rows):
    found, expected, _ = rates(gray_scott(shape), rows)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


def test_tables_time_and_conditions():
    found, expected, _ = rates(brusselator(17), 2)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_single_precision():
    found, expected, _ = rates(gray_scott((16, 16)), 4, dtype="float32")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def array_parameter_system(n=40):
    """A diffusivity for each cell, and functions whose values depend on parameters alone."""
    u, right = Access("u", (Index(0, 0),)), Access("u", (Index(0, 1),))
    d, k, last = Access("d", (Index(0, 0),)), symbols("k"), Access("u", (Index(0, 0),))
    inner = Region.of(
        ((0, n - 1),), [(u, d.symbol * (right.symbol - u.symbol) + exp(k) * log(1 + u.symbol))], [u, right, d]
    )
    end = Region.of(((n - 1, n),), [(last, -sqrt(k) * last.symbol)], [last])
    arrays = [StencilArray("u", (n,)), StencilArray("d", (n,), "parameter", 1)]
    return StencilSystem(
        arrays=arrays, regions=[inner, end], independent=symbols("t"), parameters=[k], parameter_values=[0.7]
    )


def test_parameters_that_vary_in_space_and_values_computed_beforehand():
    found, expected, kernel = rates(array_parameter_system())
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    assert len(kernel.tapes.early) == 2


@pytest.mark.parametrize("shape", [(1, 50), (50, 1), (33, 200), (3, 4, 5), (200,), (7, 129)])
@pytest.mark.parametrize(("rows", "first"), [(1, 0), (4, 1), (3, 17)])
def test_tiles_cover_every_cell_once(shape, rows, first):
    tile = Tile.of(shape, 64, rows, first)
    covered = []
    for axis, cells in enumerate(shape):
        width = 64 if axis == tile.axis else tile.rows if axis == tile.row_axis else 1
        start = -tile.before if axis == tile.axis else 0
        covered.append(range(start, start + width * tile.along(axis)))
        assert covered[-1].start <= 0
        assert cells <= covered[-1].stop < cells + width
    assert tile.blocks == np.prod([tile.along(axis) for axis in range(len(shape))])
    assert tile.before in (0, first % 16)


def test_groups_of_threads_begin_where_lines_of_memory_do():
    kernel = rates(gray_scott((12, 300)))[2]
    inside = max(kernel.tiles, key=lambda tile: np.prod(tile.shape))
    assert inside.shape == (10, 298)
    assert inside.before == 1


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_reductions(dtype):
    system = gray_scott((40, 50))
    layout, tapes = Layout(system, PRECISIONS[dtype]), Tapes(system)
    difference = (Term(0), Term(1, Scale(-2.0)))
    reductions = Reduction("a", difference, (0, 1)), Reduction("b", difference)
    kernel = ReductionKernel("reduce", reductions, None)
    blocks, _ = kernel.launch(layout)
    final = ControlKernel("add", (("a", blocks), ("b", blocks)), guard=None)
    memory = memory_of(layout, [kernel, final], tapes)
    y = np.random.default_rng(1).standard_normal((2, system.size)).astype(dtype)
    for k in (0, 1):
        memory.write("work", y[k], k * layout.stride)
    for slot, value in (("rtol", 0.1), ("atol", 0.01)):
        memory.write("control", np.array([value]), layout.slots[slot])
    memory.queue(["reduce", "add"])
    control = memory.read("control", 0, len(layout.slots))
    wide = y.astype(float)
    size = 0.1 * np.abs(wide).max(0) + 0.01
    assert control[layout.slots["a"]] == pytest.approx((((wide[0] - 2 * wide[1]) / size) ** 2).sum(), rel=1e-13)
    assert control[layout.slots["b"]] == pytest.approx(np.abs(wide[0] - 2 * wide[1]).sum(), rel=1e-13)


def test_a_zero_hides_what_stands_in_a_row():
    system = gray_scott((40,))
    layout, tapes = Layout(system, PRECISIONS["float64"]), Tapes(system)
    update = Update(2, (Term(0), Term(1, Scale(1.0, ("c",), optional=True))))
    memory = memory_of(layout, [PointwiseKernel("form", (update,), None)], tapes)
    memory.write("work", np.ones(system.size))
    memory.write("work", np.full(system.size, np.nan), layout.stride)
    memory.queue(["form"])
    assert np.all(memory.read("work", 2 * layout.stride, system.size) == 1.0)


def test_nothing_happens_without_the_guard():
    system = gray_scott((40,))
    layout, tapes = Layout(system, PRECISIONS["float64"]), Tapes(system)
    memory = memory_of(layout, [PointwiseKernel("form", (Update(1, (Term(0),)),), "run")], tapes)
    memory.write("work", np.ones(system.size))
    memory.queue(["form"])
    assert np.all(memory.read("work", layout.stride, system.size) == 0.0)
    memory.write("control", np.array([1.0]), layout.slots["run"])
    memory.queue(["form"])
    assert np.all(memory.read("work", layout.stride, system.size) == 1.0)


def run_program(program, **values):
    system = gray_scott((4,))
    layout, tapes = Layout(system, PRECISIONS["float32"]), Tapes(system)
    memory = memory_of(layout, [ControlKernel("decide", program=program, guard=None)], tapes)
    for slot, value in values.items():
        memory.write("control", np.array([value]), layout.slot(slot))
    memory.queue(["decide"])
    control = memory.read("control", 0, len(layout.slots))
    return {slot: control[place] for slot, place in layout.slots.items()}


def test_programs_compute_in_double_precision():
    c = Program()
    a, b = c["a"], c["b"]
    c["sum"], c["ratio"], c["power"] = 1.0 - a + b * 2, a / b, a**-0.2
    c["larger"], c["truth"] = c.larger(a, b), (a < b) & ~(a == b)
    c.assign("a", a > 100.0, 0.0)
    c["a"], c["b"] = c["b"], c["a"]
    got = run_program(c, a=1 / 3, b=3.0)
    assert got["sum"] == 1 - 1 / 3 + 6
    assert got["ratio"] == (1 / 3) / 3.0
    assert got["power"] == pytest.approx((1 / 3) ** -0.2, rel=1e-15)
    assert (got["larger"], got["truth"], got["a"], got["b"]) == (3.0, 1.0, 3.0, 1 / 3)


def test_assignments_under_a_condition():
    c = Program()
    with c.only_if(c["x"] > 1.0):
        c["y"] = 5.0
        with c.only_if(c["x"] > 2.0):
            c["y"] = 6.0
        c["z"] = c["y"] + 1.0
    assert [run_program_values(c, x) for x in (0.0, 1.5, 3.0)] == [(-1.0, -2.0), (5.0, 6.0), (6.0, 7.0)]


def run_program_values(program, x):
    got = run_program(program, x=x, y=-1.0, z=-2.0)
    return got["y"], got["z"]


def test_sums_over_the_domain_are_read_by_the_rates():
    n = 30
    u, t = Access("u", (Index(0, 0),)), symbols("t")
    total = Sum(symbols("mean"), (Region.of(((0, n),), [(u, u.symbol**2 / n)], [u]),))
    region = Region.of(((0, n),), [(u, total.symbol - u.symbol)], [u])
    system = StencilSystem(arrays=[StencilArray("u", (n,))], regions=[region], independent=t, sums=[total])
    import symnum as sn

    y = np.linspace(0, 1, n)
    device = sn.build_simulator(system, target="cuda-simulator")
    one = device.solve((0, 1e-3), y0=y, method="euler", step=1e-3)
    np.testing.assert_allclose(one.frames[1], y + 1e-3 * evaluate_rhs(system, 0.0, y, np.zeros(0)), rtol=1e-14)
