"""The way to a device: a driver and cuFFT that pretend, check every argument, and run the very PTX that they get."""

import ctypes
import gc

import numpy as np
import pytest

import symnum as sn
from codegen.cuda.text import BUFFERS
from codegen.native import LoadedObject, object_code
from symnum.errors import (
    CompilationError,
    DeviceError,
    DeviceMemoryError,
    MissingDependencyError,
    MissingDeviceError,
)
from symnum.simulators.cuda import cuda_device, driver, transforms
from symnum.simulators.cuda.cuda_device import CudaDevice
from symnum.simulators.cuda.driver import Driver
from symnum.simulators.cuda.simulated import _KERNEL
from tests.simulators.cuda.device_models import activator, fisher
from tests.simulators.cuda.pretended_driver import PROTOTYPES, PretendedDriver, PretendedFourier
from tests.systems.stencil_examples import gray_scott

SHORTEST = ".version 7.0\n.target sm_80\n.address_size 64\n"


class Pretended:
    """A device of a pretended driver with a pretended cuFFT."""

    def __init__(self, monkeypatch, **options):
        self.library = PretendedDriver(**options)
        self.fourier = PretendedFourier(self.library)
        monkeypatch.setattr(transforms, "load_cufft", lambda version: transforms.declared(self.fourier))
        monkeypatch.setattr(cuda_device, "load_driver", lambda: Driver(self.library))
        self.device = cuda_device.first_device.__wrapped__()

    def simulator(self, model, **options):
        simulator = sn.build_simulator(model, target="cuda-simulator", **options)
        simulator.device = self.device
        return simulator

    def finished(self):
        """Nothing was wrong, and everything has been given back."""
        assert self.library.broken == []
        assert self.library.alive() == []
        assert self.fourier.plans == {}


@pytest.fixture
def pretended(monkeypatch):
    return Pretended(monkeypatch)


@pytest.fixture
def quick(pretended, monkeypatch):
    """Kernels run as code for the processor, under the names that the shortest of PTX has."""
    codes = []

    def text(module, architecture):
        codes.append(LoadedObject.load(object_code(module.host_text(), level=0)))
        pretended.library.native = {name: _KERNEL(codes[-1].address(name)) for name in module.launches}
        parameters = ", ".join(f".param .u64 p{i}" for i in range(len(BUFFERS)))
        entries = (
            f".visible .entry {n} ({parameters}) .maxntid {m.threads} {{ ret; }}" for n, m in module.launches.items()
        )
        return SHORTEST + "\n".join(entries)

    monkeypatch.setattr(cuda_device, "make_ptx", text)
    return pretended


def kind(argument):
    """What a C compiler makes of an argument: its size, and whether it is an address."""
    is_pointer = hasattr(argument, "contents") or argument in (ctypes.c_void_p, ctypes.c_char_p)
    target = getattr(argument, "_type_", None) if hasattr(argument, "contents") else None
    return ctypes.sizeof(argument), is_pointer, ctypes.sizeof(target) if target else None


def test_prototypes_are_those_of_the_header():
    assert driver._FUNCTIONS.keys() == PROTOTYPES.keys()
    for name, arguments in PROTOTYPES.items():
        ours = list(map(kind, driver._FUNCTIONS[name]))
        assert [k[:2] for k in ours] == [kind(a)[:2] for a in arguments], name
        for mine, theirs in zip(ours, map(kind, arguments), strict=True):
            assert None in (mine[2], theirs[2]) or mine[2] == theirs[2], name


def test_what_the_driver_says_of_a_device(pretended):
    device = pretended.device
    assert (device.name, device.architecture, device.driver_version) == ("Pretended device", "sm_90", "12.8")
    assert device.bandwidth == pytest.approx(3.352e12, rel=1e-3)  # HBM3 of an H100
    assert not device.simulated


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        ((5, 0), 50),
        ((6, 1), 61),
        ((7, 5), 75),
        ((8, 8), 87),
        ((9, 0), 90),
        ((10, 3), 100),
        ((12, 1), 120),
        ((13, 0), 120),
    ],
)
def test_ptx_is_made_for_the_next_older_architecture(monkeypatch, capability, expected):
    assert Pretended(monkeypatch, capability=capability).device.architecture == f"sm_{expected}"


@pytest.mark.parametrize(
    ("model", "end", "options"),
    [
        ("activator", 0.04, {"method": "bs3", "rtol": 1e-3}),
        *[
            pytest.param(model, end, options, marks=pytest.mark.slow)
            for model, end, options in (
                ("activator", 0.5, {"method": "bs3", "rtol": 1e-5}),
                ("activator", 0.5, {"method": "tsit5", "rtol": 1e-5}),
                ("activator", 0.5, {"method": "rkc2", "rtol": 1e-4}),
                ("activator", 0.5, {"method": "rock2", "rtol": 1e-3}),
                ("activator", 0.2, {"method": "rk4", "step": 0.02}),
                ("activator", 0.2, {"method": "euler", "step": 0.013}),
                ("activator", 0.2, {"method": "ssprk33", "step": 0.02}),
                ("fisher", 0.5, {"method": "tsit5", "rtol": 1e-5}),
                ("activator", 0.2, {"method": "etdrk4", "step": 0.02}),
                ("activator", 0.5, {"method": "etdrk4", "rtol": 1e-3}),
            )
        ],
    ],
)
def test_a_whole_solve_by_the_ptx_itself(pretended, model, end, options):
    made = {"activator": activator, "fisher": fisher}[model]("no-flux")
    times = [0.0, end / 2, end]
    found = pretended.simulator(made).solve((0, end), t_eval=times, **options)
    pretended.finished()
    assert found.success, found.message
    assert b".target sm_90" in pretended.library.ptx.encode()
    expected = sn.build_simulator(made).solve((0, end), t_eval=times, **options)
    assert found.stats["steps"] == expected.stats["steps"]
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("runs", [pytest.param("pretended", marks=pytest.mark.slow), "quick"])
def test_steps_in_modes_that_move_and_are_refused(request, runs):
    """Complex functions of the linear part; launches with transforms between them, recorded or not."""
    device = request.getfixturevalue(runs)
    model = sn.reaction_diffusion(
        {"u": "0.01*laplacian(u) + 30*exp(-1000*(t - 0.15)^2) - u^3 - 2*D(u, x, 1)"}, boundary="periodic",
        grid=sn.Grid(x=(0, 1, 16), y=(0, 1, 6)), initial={"u": "2 + cos(2*pi*x)"},
    )  # fmt: skip
    options = {"method": "etdrk4", "rtol": 1e-3, "first_step": 0.1, "t_eval": np.linspace(0.0, 0.2, 9)}
    found = device.simulator(model).solve((0, 0.2), **options)
    device.finished()
    expected = sn.build_simulator(model).solve((0, 0.2), **options)
    assert found.stats["steps"] == expected.stats["steps"]
    assert found.stats["rejected"] == expected.stats["rejected"] > 0
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"method": "rkc2", "rtol": 1e-3},
        {"method": "rk4", "step": 0.02},
        {"method": "etdrk4", "step": 0.02},
        {"method": "etdrk4", "rtol": 1e-4},
    ],
)
def test_single_precision_by_the_ptx_itself(pretended, options):
    found = pretended.simulator(fisher("no-flux"), dtype="float32").solve((0, 0.2), **options)
    pretended.finished()
    expected = sn.build_simulator(fisher("no-flux")).solve((0, 0.2), t_eval=[0, 0.2], **options)
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [{"method": "euler", "step": 0.5}, *(pytest.param({"method": m}, marks=pytest.mark.slow) for m in ("bs3", "rkc2"))],
)
def test_many_steps_are_recorded_once(quick, options):
    model = gray_scott((16, 16))
    expected = sn.build_simulator(model, target="cuda-simulator").solve((0, 60), t_eval=[0, 20, 60], **options)
    found = quick.simulator(model).solve((0, 60), t_eval=[0, 20, 60], **options)
    assert found.success
    assert np.array_equal(found.frames, expected.frames)
    assert (found.stats["device"], found.stats["device_simulated"]) == ("Pretended device", False)
    assert quick.library.calls["cuGraphLaunch"] > 0
    assert 1 <= quick.library.calls["cuStreamBeginCapture_v2"] <= 2
    quick.finished()


@pytest.mark.parametrize("refused", ["cuStreamBeginCapture_v2", "cuGraphInstantiateWithFlags", "kernels"])
def test_steps_that_cannot_be_recorded_are_launched(quick, refused):
    quick.library.refused[refused] = 900
    quick.library.records_kernels = refused != "kernels"
    found = quick.simulator(gray_scott((16, 16))).solve((0, 60), method="euler", step=0.5)
    assert found.success
    assert found.stats["steps"] == 120
    assert quick.library.calls["cuGraphLaunch"] == 0
    quick.finished()


def test_code_is_unloaded_when_its_simulator_is_gone(quick):
    simulator = quick.simulator(gray_scott((16, 16)))
    for _ in range(2):
        assert simulator.solve((0, 2), method="euler", step=0.5).success
    assert quick.library.calls["cuModuleLoadDataEx"] == 1
    del simulator
    gc.collect()
    assert quick.simulator(gray_scott((16, 8))).solve((0, 2), method="euler", step=0.5).success
    assert quick.library.calls["cuModuleUnload"] == 1
    quick.finished()


# What goes wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "refused", "words"),
    [
        ({"count": 0}, {}, "no CUDA-capable device.*error 100.*nvidia-smi"),
        ({}, {"cuInit": 3}, "error 3.*spawn"),
        ({}, {"cuInit": 803}, "error 803.*restart"),
        ({"capability": (3, 5)}, {}, "too old"),
    ],
)
def test_no_device_is_told(monkeypatch, options, refused, words):
    library = PretendedDriver(**options)
    library.refused = refused
    monkeypatch.setattr(cuda_device, "load_driver", lambda: Driver(library))
    with pytest.raises(MissingDeviceError, match=words):
        cuda_device.first_device.__wrapped__()


def test_errors_of_the_driver_are_explained(pretended):
    with pytest.raises(MissingDeviceError, match="cuDeviceGetName failed: invalid device ordinal \\(error 101\\)"):
        CudaDevice(Driver(pretended.library), 99)
    module = pretended.simulator(gray_scott((16, 16))).device_module("euler", step=1.0)
    memory = pretended.device.load(module, dict.fromkeys(BUFFERS, (1, float)))
    with pytest.raises(CompilationError, match=r"JIT compilation failed.*no version"):
        memory._load("nonsense")
    memory.close()
    pretended.finished()


def test_ptx_that_is_too_new_for_the_driver_is_told(monkeypatch):
    old = Pretended(monkeypatch, version=11040)  # before compute capability 9.0 was known
    with pytest.raises(CompilationError, match="update"):
        old.simulator(gray_scott((16, 16))).solve((0, 1), method="euler", step=0.5)
    old.finished()


def test_memory_that_is_not_there_is_told_and_the_rest_given_back(monkeypatch):
    small = Pretended(monkeypatch, capacity=1 << 20)
    with pytest.raises(DeviceMemoryError, match=r"needs 0.01 GB.*0.00 of 0.00 GB are free.*float32"):
        small.simulator(gray_scott((256, 256))).solve((0, 1), t_eval=[1], method="euler", step=0.5)
    small.finished()
    assert issubclass(DeviceMemoryError, MemoryError)


def test_a_kernel_that_fails_is_told_where_somebody_waits(quick, monkeypatch):
    def fail(*arguments):
        raise AssertionError

    simulator = quick.simulator(gray_scott((16, 16)))
    assert simulator.solve((0, 1), method="euler", step=0.5).success
    quick.library.native = dict.fromkeys(quick.library.native, fail)
    with pytest.raises(DeviceError, match=r"cuStreamSynchronize failed.*999"):
        simulator.solve((0, 1), method="euler", step=0.5)
    assert len(quick.library.broken) == 1  # giving back what there was has been tried, and nothing else was wrong


def test_a_context_belongs_to_each_thread(quick):
    import threading

    simulator, found = quick.simulator(gray_scott((16, 16))), []
    work = threading.Thread(target=lambda: found.append(simulator.solve((0, 1), method="euler", step=0.5)))
    work.start()
    work.join()
    assert found[0].success
    quick.finished()


def test_a_library_that_is_too_old():
    with pytest.raises(AttributeError):
        Driver(ctypes.CDLL(None))


# Fourier transforms -----------------------------------------------------------------------------


def test_without_cufft_exponential_differencing_is_refused(quick, monkeypatch):
    def missing(version):
        raise MissingDependencyError("no cuFFT")

    monkeypatch.setattr(transforms, "load_cufft", missing)
    with pytest.raises(MissingDependencyError, match="cuFFT"):
        quick.simulator(activator()).solve((0, 1), method="etdrk4", step=0.5)
    quick.finished()


def test_no_room_for_the_work_area_of_transforms(quick):
    quick.fourier.work_area = 1 << 40
    with pytest.raises(DeviceMemoryError, match="2 grids of shape \\(16, 16\\)"):
        quick.simulator(activator()).solve((0, 1), method="etdrk4", step=0.5)
    quick.finished()


@pytest.mark.parametrize(
    ("shape", "boundary"),
    [
        ({"x": (0, 1, 15)}, "periodic"),
        ({"x": (0, 1, 9), "y": (0, 1, 6)}, "no-flux"),
        *[
            pytest.param({"x": (0, 1, 4), "y": (0, 1, 5), "z": (0, 1, 7)}, boundary, marks=pytest.mark.slow)
            for boundary in ("periodic", "no-flux")
        ],
    ],
)
def test_transforms_that_lose_what_they_begin_with(quick, shape, boundary):
    """Odd lengths, several dimensions, mirrored fields: layouts of grids and modes are those of cuFFT."""
    model = activator(boundary, {"u": "1 + x^2", "v": "1 - x/2"}, shape)
    options = {"method": "etdrk4", "step": 0.05, "t_eval": [0, 0.1]}
    found = quick.simulator(model).solve((0, 0.1), **options)
    expected = sn.build_simulator(model, target="cuda-simulator").solve((0, 0.1), **options)
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-13)
    quick.finished()


def test_the_library_of_transforms_is_not_newer_than_the_driver(monkeypatch):
    asked = []

    def load(name):
        asked.append(name)
        raise OSError

    monkeypatch.setattr(transforms.ctypes, "CDLL", load)
    for version in (12040, 13000):
        asked.clear()
        with pytest.raises(MissingDependencyError, match="nvidia-cufft"):
            transforms.load_cufft.__wrapped__(version)
        assert ("libcufft.so.12" in asked) == (version >= 13000)
        assert {"libcufft.so.11", "cufft64_11.dll"} <= set(asked)
