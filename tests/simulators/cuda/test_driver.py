"""The way to a device through the driver's library, with a library that pretends: arguments, graphs, memory, errors."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import symnum as sn
from codegen.cuda.ptx import make_ptx
from codegen.cuda.text import BUFFERS
from codegen.native import LoadedObject, object_code
from symnum.errors import CompilationError, MissingDependencyError, MissingDeviceError
from symnum.simulators.cuda import driver, transforms
from symnum.simulators.cuda.driver import CudaDevice, Driver
from tests.simulators.cuda.device_models import activator
from tests.systems.stencil_examples import gray_scott

LAUNCHES, GRAPH_LAUNCHES, CAPTURES, ALIVE = range(4)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler to make a pretended driver with")
    path = tmp_path_factory.mktemp("driver") / "libpretended.so"
    source = Path(__file__).with_name("pretended_driver.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(path), str(source)], check=True)
    found = ctypes.CDLL(str(path))
    found.pretend_register.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    found.pretend_text.restype = ctypes.c_char_p
    return found


class PretendedDevice(CudaDevice):
    """Registers the kernels' code for the processor where a device would assemble PTX."""

    def load(self, module, buffers):
        code = LoadedObject.load(object_code(module.host_text(), level=0))
        self.codes.append(code)  # the library keeps addresses
        for name in module.launches:
            self.library.pretend_register(name.encode(), code.address(name))
        return super().load(module, buffers)


@pytest.fixture
def device(library, monkeypatch):
    """Return a device that gets the shortest of PTX: making the real one takes a second for each method."""
    monkeypatch.setattr(driver, "make_ptx", lambda module, architecture: ".version of nothing .visible .entry")
    library.pretend_forget()
    found = PretendedDevice(Driver(library), 7)
    found.library, found.codes = library, []
    return found


def on(device, model, **options):
    simulator = sn.build_simulator(model, target="cuda-simulator", **options)
    simulator.device = device
    return simulator


def test_what_the_driver_says_of_a_device(device):
    assert device.name == "Pretended device"
    assert device.architecture == "sm_90"
    assert not device.simulated


@pytest.mark.parametrize(
    "options",
    [{"method": "euler", "step": 0.5}, pytest.param({"method": "bs3"}, marks=pytest.mark.slow), {"method": "rkc2"}],
)
def test_a_whole_solve(device, library, options):
    model = gray_scott((16, 16))
    expected = sn.build_simulator(model, target="cuda-simulator").solve((0, 60), t_eval=[0, 20, 60], **options)
    found = on(device, model).solve((0, 60), t_eval=[0, 20, 60], **options)
    assert found.success
    assert np.array_equal(found.frames, expected.frames)
    assert found.stats["device"] == "Pretended device"
    assert found.stats["device_simulated"] is False
    assert library.pretend_count(GRAPH_LAUNCHES) > 0
    assert 1 <= library.pretend_count(CAPTURES) <= 2
    assert library.pretend_count(ALIVE) == 0


def test_the_driver_gets_the_ptx(device, library, monkeypatch):
    monkeypatch.setattr(driver, "make_ptx", make_ptx)
    assert on(device, gray_scott((16, 16))).solve((0, 1), method="euler", step=0.5).success
    assert library.pretend_text().startswith(b".version")
    assert b".target sm_90" in library.pretend_text()


def test_single_precision(device):
    found = on(device, gray_scott((16, 16)), dtype="float32").solve((0, 10), method="rk4", step=0.5)
    expected = sn.build_simulator(gray_scott((16, 16))).solve((0, 10), t_eval=[0, 10], method="rk4", step=0.5)
    np.testing.assert_allclose(found.frames, expected.frames, rtol=1e-4, atol=1e-7)


def test_errors_of_the_driver_are_explained(device, library):
    with pytest.raises(MissingDeviceError, match="cuDeviceGetName failed: pretended error \\(error 101\\)"):
        CudaDevice(Driver(library), 8)
    module = on(device, gray_scott((16, 16))).device_module("euler", step=1.0)
    memory = device.load(module, dict.fromkeys(BUFFERS, (1, float)))
    with pytest.raises(CompilationError, match=r"invalid PTX.*no entry"):
        memory._load("nonsense")
    memory.close()


def test_memory_that_is_not_there_is_told_and_the_rest_given_back(device, library):
    module = on(device, gray_scott((16, 16))).device_module("euler", step=1.0)
    with pytest.raises(MissingDeviceError, match="out of memory"):
        device.load(module, {**dict.fromkeys(BUFFERS, (1, float)), "modes": (1 << 27, float)})
    assert library.pretend_count(ALIVE) == 0


def test_a_library_that_is_too_old():
    with pytest.raises(AttributeError):
        Driver(ctypes.CDLL(None))


def test_without_cufft_exponential_differencing_is_refused(device, monkeypatch):
    def missing():
        raise MissingDependencyError("no cuFFT")

    monkeypatch.setattr(transforms, "load_cufft", missing)
    with pytest.raises(MissingDependencyError, match="cuFFT"):
        on(device, activator()).solve((0, 1), method="etdrk4", step=0.5)
