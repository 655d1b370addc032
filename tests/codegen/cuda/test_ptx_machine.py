"""The machine that runs PTX: it finds what is wrong, and nothing wrong in the kernels of random systems."""

import numpy as np
import pytest

import symnum as sn
from codegen.cuda.cells import Tapes
from codegen.cuda.control_kernel import ControlKernel, EarlyKernel
from codegen.cuda.kernel import RATE, Scale, Term, Update
from codegen.cuda.layout import Layout
from codegen.cuda.lookup import FirstReaching, Lookup
from codegen.cuda.module import write_module
from codegen.cuda.precision import PRECISIONS
from codegen.cuda.ptx import make_ptx
from codegen.cuda.reduction import Reduction, ReductionKernel
from codegen.cuda.stencil_kernel import StencilKernel
from codegen.cuda.text import BUFFERS
from codegen.functions import FUNCTIONS
from symnum.simulators.cuda.simulated import SimulatedMemory
from symnum.systems.stencils.evaluate import evaluate_rhs
from tests.codegen.cuda.ptx_machine import PtxFault, PtxProgram
from tests.codegen.cuda.ptx_memory import GlobalMemory
from tests.systems.stencil_examples import gray_scott

HEAD = ".version 7.0\n.target sm_80\n.address_size 64\n"
BEGIN = """.visible .entry k(.param .u64 .ptr .align 8 k_0) .maxntid 64 {
.shared .align 8 .b8 m[512];
mov.u32 %r1, %tid.x;
mov.u32 %r2, %ctaid.x;
ld.param.u64 %rd1, [k_0];
mov.u64 %rd2, m;
mul.wide.u32 %rd3, %r1, 8;
add.s64 %rd4, %rd2, %rd3;
add.s64 %rd5, %rd1, %rd3;
"""


def run(body, elements=64, blocks=1):
    """One kernel of 64 threads: %rd4 is the thread's element of the shared memory, %rd5 that of the buffer."""
    memory = GlobalMemory()
    region = memory.allocate(8 * elements, "buffer")
    PtxProgram(f"{HEAD}{BEGIN}{body}\nret;\n}}", memory).launch("k", blocks, 64, [region.base])
    return region.data.view(float)


def test_what_is_right_is_done():
    found = run("""
        cvt.rn.f64.u32 %rd6, %r1; st.shared.b64 [%rd4], %rd6; bar.sync 0;
        sub.s64 %rd7, %rd2, %rd3; ld.shared.b64 %rd8, [%rd7+504]; st.global.b64 [%rd5], %rd8;
    """)
    assert found.tolist() == list(range(63, -1, -1))


def test_branches_meet_again_and_loops_end_at_different_times():
    found = run("""
        mov.b32 %r3, 0; and.b32 %r4, %r1, 3;
        $head: add.s32 %r3, %r3, 1; setp.le.u32 %p1, %r3, %r4; @%p1 bra $head;
        setp.gt.u32 %p2, %r4, 1; @!%p2 bra $after; add.s32 %r3, %r3, 100;
        $after: cvt.rn.f64.u32 %rd6, %r3; st.global.b64 [%rd5], %rd6;
    """)
    assert found.tolist() == [1.0, 2.0, 103.0, 104.0] * 16


@pytest.mark.parametrize(
    ("body", "blocks", "words"),
    [
        ("st.global.b64 [%rd5+8], %rd3;", 1, "belong to no memory"),
        ("st.global.b64 [%rd1+4], %rd3;", 1, "no multiple"),
        ("ld.shared.b64 %rd6, [%rd4];", 1, "before it is written"),
        ("st.shared.b64 [%rd4+8], %rd3;", 1, "shared memory"),
        ("st.shared.b64 [%rd4], %rd3; xor.b64 %rd6, %rd4, 8; ld.shared.b64 %rd7, [%rd6];", 1, "another thread writes"),
        (
            "ld.global.b64 %rd6, [%rd1]; setp.ne.b32 %p1, %r1, 0; @%p1 bra $e; st.global.b64 [%rd1], %rd3; $e:",
            1,
            "is written",
        ),
        ("st.global.b64 [%rd1], %rd3;", 1, "is written"),
        ("st.global.b64 [%rd5], %rd3;", 2, "is written"),
        ("setp.ne.b32 %p1, %r1, 0; @%p1 bra $e; bar.sync 0; $e:", 1, "different barriers"),
        ("add.s64 %rd6, %rd77, 1;", 1, "before it is set"),
    ],
)
def test_what_is_wrong_is_found(body, blocks, words):
    with pytest.raises(PtxFault, match=words):
        run(body, blocks=blocks)


class Machine:
    """Buffers with gaps around them, and the PTX of some kernels."""

    def __init__(self, kernels, layout, tapes, p=(), numbers=(), rows=3):
        module = write_module([*kernels, EarlyKernel(tapes)], layout)
        real, self.layout, self.module = layout.real.dtype, layout, module
        sizes = {"control": (len(layout.slots), float), "work": (rows * layout.stride, real), "p": (len(p), real)}
        sizes |= {"k": (len(tapes.early), real), "tables": (layout.table_size, real)}
        sizes |= {"partials": (layout.partial_size, float), "numbers": (len(numbers), float)}
        self.sizes = {name: sizes.get(name, (1, real)) for name in BUFFERS}
        self.memory = GlobalMemory()
        self.regions = {
            name: self.memory.allocate(max(count, 1) * np.dtype(kind).itemsize, name)
            for name, (count, kind) in self.sizes.items()
        }
        self.program = PtxProgram(make_ptx(module), self.memory)
        self.write("p", p)
        self.write("numbers", numbers)
        for name, place in layout.tables.items():
            self.write("tables", layout.system.arrays[name].values.ravel(), place)

    def view(self, name):
        return self.regions[name].data.view(self.sizes[name][1])

    def write(self, name, values, first=0):
        self.view(name)[first : first + len(values)] = values

    def slot(self, name, value=None):
        if value is not None and name in self.layout.slots:
            self.view("control")[self.layout.slots[name]] = value
        return self.view("control")[self.layout.slots[name]] if name in self.layout.slots else None

    def run(self, *names):
        for name in ("early", *names):
            launch = self.module.launches[name]
            self.program.launch(name, launch.blocks, launch.threads, [self.regions[b].base for b in BUFFERS])


def check_rates(system, dtype, rows, seed):
    layout, tapes = Layout(system, PRECISIONS[dtype]), Tapes(system)
    kernel = StencilKernel("rates", tapes, system.regions, 0, (Update(1, (Term(RATE),)),), guard=None, rows=rows)
    p = np.array([1.0 if v is None else float(v) for v in system.parameter_values])
    machine = Machine([kernel], layout, tapes, p)
    y = np.random.default_rng(seed).uniform(0.2, 0.9, system.size).astype(dtype)
    machine.write("work", y)
    machine.slot("t", 0.7)
    machine.run("rates")
    found = machine.view("work")[layout.stride : layout.stride + system.size]
    expected = evaluate_rhs(system, 0.7, y.astype(float), p)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=scale * (1e-13 if dtype == "float64" else 1e-5))
    assert np.all(machine.view("work")[layout.stride + system.size : 2 * layout.stride] == 0)  # nothing beyond


RANDOM = [("x", 1), ("xy", 2), ("xyz", 3)]


def random_system(seed):
    """A model on a grid whose axes are no multiples of anything, with boundaries of any kind."""
    draw = np.random.default_rng(seed)
    axes = RANDOM[int(draw.integers(3))][0]
    longest = {1: 300, 2: 45, 3: 14}[len(axes)]
    grid = sn.Grid(**{a: (0.0, 1.0, int(draw.integers(7, longest))) for a in axes})
    sides = {
        "periodic": "periodic", "free": sn.neumann(0), "fixed": sn.dirichlet(0.3), "mixed": sn.robin(1, 2, 0.5),
    }  # fmt: skip
    chosen = {a: str(draw.choice(sorted(sides))) for a in axes}
    boundary = {a: sides[side] for a, side in chosen.items()}
    changing = sn.neumann(0), sn.dirichlet("sin(t)")
    other = {a: "periodic" if side == "periodic" else changing for a, side in chosen.items()}
    reaction = str(draw.choice(["u^2*v - u", "u/(1 + v)", "x*u - t*v", "u*v/(0.5 + u)"]))
    order = int(draw.choice([2, 4])) if len(axes) < 3 else 2  # in space, corners of order 4 are 125 regions
    equations = {"u": f"D*laplacian(u) + {reaction}", "v": f"divergence((1 + x)*gradient(v)) - ({reaction})"}
    initial = {"u": "1", "v": "1"}
    made = sn.reaction_diffusion(
        equations, grid=grid, boundary={"u": boundary, "v": other}, parameters={"D": 0.3}, initial=initial, order=order
    )
    return made.system()


@pytest.mark.parametrize("seed", [4, *(pytest.param(s, marks=pytest.mark.slow) for s in range(10) if s != 4)])
def test_kernels_of_random_systems_touch_nothing_that_they_should_not(seed):
    check_rates(random_system(seed), "float32" if seed % 3 == 2 else "float64", seed % 4 + 1, seed)


@pytest.mark.parametrize(
    "shape", [(130,), pytest.param((19, 37), marks=pytest.mark.slow), pytest.param((6, 7, 41), marks=pytest.mark.slow)]
)
def test_last_blocks_that_are_not_full(shape):
    check_rates(gray_scott(shape), "float64", 3, 1)


class FarRegion:
    """Memory of any size: each element has a value of its own until it is written."""

    def __init__(self, base, size):
        self.base, self.size, self.written = base, size, {}

    @staticmethod
    def value(element):
        return 0.25 + 0.5 * (np.asarray(element, np.uint64) * np.uint64(2654435761) % np.uint64(2**32)) / 2.0**32

    def places(self, addresses):
        offset = addresses.astype(np.int64) - self.base
        assert np.all((offset >= 0) & (offset + 8 <= self.size) & (offset % 8 == 0))
        return offset // 8

    def load(self, addresses, width, who, lanes):
        return self.value(self.places(addresses)).view(np.uint64)

    def store(self, addresses, values, width, who, lanes):
        places = self.places(addresses).tolist()
        assert not self.written.keys() & set(places)
        self.written |= zip(places, values.view(float).tolist(), strict=True)


def test_grids_of_more_elements_than_32_bits_count():
    shape = (40_000, 66_000)
    system = gray_scott(shape)
    layout, tapes = Layout(system, PRECISIONS["float64"]), Tapes(system)
    kernel = StencilKernel("rates", tapes, system.regions, 0, (Update(1, (Term(RATE),)),), guard=None)
    p = np.array([0.16, 0.08, 0.035, 0.065])
    machine = Machine([kernel], layout, tapes, p, rows=0)
    base = 1 << 60
    far = machine.memory.regions[base] = FarRegion(base, 2 * layout.stride * 8)
    launch = machine.module.launches["rates"]
    inner = max(range(len(kernel.tiles)), key=lambda k: kernel.tiles[k].blocks)
    last = sum(tile.blocks for tile in kernel.tiles[: inner + 1]) - 1
    assert system.size > 2**32
    places = [base if b == "work" else machine.regions[b].base for b in BUFFERS]
    machine.run()
    machine.program.launch("rates", launch.blocks, launch.threads, places, [last, launch.blocks - 1])
    cells = {element - layout.stride for element in far.written}
    assert system.size - 1 in cells  # the last corner of the last field
    assert len(cells) > 100
    half = system.size // 2
    for cell in sorted(cells)[:40] + [system.size - 1]:
        i, j = divmod(cell % half, shape[1])
        around = ((i, j), (i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1))
        near = [a % shape[0] * shape[1] + b % shape[1] for a, b in around]
        u, v = far.value(np.array(near)), far.value(np.array(near) + half)
        reaction = u[0] * v[0] ** 2
        expected = 0.16 * (u[1:].sum() - 4 * u[0]) - reaction + 0.035 * (1 - u[0])
        if cell >= half:
            expected = 0.08 * (v[1:].sum() - 4 * v[0]) + reaction - 0.1 * v[0]
        assert far.written[cell + layout.stride] == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_reductions_have_no_races():
    system = gray_scott((41, 19))
    layout, tapes = Layout(system, PRECISIONS["float64"]), Tapes(system)
    kernel = ReductionKernel(
        "reduce", (Reduction("a", (Term(0), Term(1, Scale(-2.0))), (0, 1)), Reduction("b", (Term(0),))), None
    )
    blocks, _ = kernel.launch(layout)
    final = ControlKernel("add", (("a", blocks), ("b", blocks)), guard=None)
    machine = Machine([kernel, final], layout, tapes, (1, 1, 1, 1))
    y = np.random.default_rng(1).standard_normal((2, system.size))
    for k in (0, 1):
        machine.write("work", y[k], k * layout.stride)
    machine.slot("rtol", 0.1)
    machine.slot("atol", 0.01)
    machine.run("reduce", "add")
    size = 0.1 * np.abs(y).max(0) + 0.01
    assert machine.slot("a") == pytest.approx((((y[0] - 2 * y[1]) / size) ** 2).sum(), rel=1e-13)
    assert machine.slot("b") == pytest.approx(np.abs(y[0]).sum(), rel=1e-13)


def test_a_barrier_that_is_missing_is_found():
    """The same reduction without its barriers: what the checks are for."""
    system = gray_scott((41, 19))
    layout, tapes = Layout(system, PRECISIONS["float64"]), Tapes(system)
    kernel = ReductionKernel("reduce", (Reduction("b", (Term(0),)),), None)
    machine = Machine([kernel], layout, tapes, (1, 1, 1, 1))
    for block in machine.program.module.routines["reduce"].blocks:
        block[:] = [i for i in block if not i.opcode.startswith("bar")]
    with pytest.raises(PtxFault, match="another thread"):
        machine.run("reduce")


@pytest.mark.parametrize("needed", [-1.0, 2.0, 2.5, 7.0, 9.0])
@pytest.mark.parametrize("usable", [1, 2, 3])
def test_rows_of_a_table_are_found(needed, usable):
    reach = np.array([2.0, 5.0, 8.0])
    table = np.column_stack([[10.0, 20.0, 30.0], reach, [6.0, 7.0, 8.0]]).ravel()
    steps = (
        FirstReaching(3, 3, 1, "usable", "needed", ((0, "name"), (2, "place")), "missing"),
        Lookup("place", ("one", "two")),
    )
    system = gray_scott((4,))
    layout, tapes = Layout(system, PRECISIONS["float64"]), Tapes(system)
    kernel = ControlKernel("look", program=steps, guard=None)
    module = write_module([kernel, EarlyKernel(tapes)], layout)
    sizes = dict.fromkeys(BUFFERS, (1, float)) | {"control": (len(layout.slots), float), "numbers": (10, float)}
    memory = SimulatedMemory(module, sizes | {"p": (4, float)})
    memory.write("numbers", np.append(table, 99.0))
    for slot, value in (("needed", needed), ("usable", usable)):
        memory.write("control", np.array([value]), layout.slots[slot])
    memory.queue(["look"])
    found = {slot: memory.buffers["control"][place] for slot, place in layout.slots.items()}
    row = int(np.searchsorted(reach[:usable], needed))
    assert found["missing"] == (row == usable)
    row = min(row, usable - 1)
    assert (found["name"], found["place"]) == (10.0 * (row + 1), 6.0 + row)
    assert found["one"] == np.append(table, 99.0)[6 + row]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_functions_of_the_device_give_the_numbers_of_the_processor(name, dtype):
    arguments = "u, 0.37" if FUNCTIONS[name].arity == 2 else "1 + u" if name == "acosh" else "u"
    model = sn.reaction_diffusion(
        {"u": f"{name}({arguments})"},
        grid=sn.Grid(x=(0, 1, 40)), boundary="periodic", initial={"u": "1"},
    )  # fmt: skip
    check_rates(model.system(), dtype, 1, 3)
