"""PTX made and assembled without a device."""

import pytest

import symnum as sn
from codegen.cuda import ptx as ptx_module
from codegen.cuda.libdevice import find_assembler, find_libdevice
from codegen.cuda.ptx import assemble, make_ptx
from symnum.errors import CompilationError, MissingDependencyError
from symnum.simulators.cuda.cuda_device import _ARCHITECTURES
from symnum.simulators.cuda.simulator import CudaSimulator
from tests.simulators.cuda.device_models import activator, fisher
from tests.systems.stencil_examples import gray_scott


def test_the_environment_has_an_assembler_and_libdevice():
    assert find_libdevice() is not None
    assert find_assembler() is not None


def module_of(model, method, step=None, dtype="float64", rows=0):
    system = model if not hasattr(model, "system") else model.system()
    return CudaSimulator(system, "cuda-simulator", dtype, rows).device_module(method, step=step)


@pytest.mark.parametrize(
    ("model", "method", "step", "dtype", "architecture"),
    [
        (gray_scott((64, 64)), "euler", 1.0, "float64", "sm_80"),
        pytest.param(gray_scott((6, 6, 40)), "rk4", 1.0, "float32", "sm_90", marks=pytest.mark.slow),
        pytest.param(fisher("no-flux"), "tsit5", None, "float64", "sm_90", marks=pytest.mark.slow),
        (activator("no-flux"), "rkc2", None, "float64", "sm_80"),
        (activator("periodic"), "etdrk4", 0.1, "float32", "sm_80"),
        pytest.param(activator("periodic"), "etdrk4", None, "float64", "sm_80", marks=pytest.mark.slow),
    ],
)
def test_kernels_assemble_without_spilling(model, method, step, dtype, architecture):
    module = module_of(model, method, step, dtype, rows=4)
    text = make_ptx(module, architecture)
    assembled = assemble(text, architecture)
    assert assembled.code[:4] == b"\x7fELF"
    assert text.count(".visible .entry") == len(module.launches)
    spills = [line for line in assembled.report.splitlines() if "spill" in line]
    assert spills
    assert all("0 bytes spill stores, 0 bytes spill loads" in line for line in spills)


@pytest.mark.slow
@pytest.mark.parametrize("number", _ARCHITECTURES)
def test_every_architecture_assembles(number):
    module = module_of(fisher("no-flux"), "bs3")
    text = make_ptx(module, f"sm_{number}")
    assert f".target sm_{number}" in text
    assert assemble(text, f"sm_{number}").code[:4] == b"\x7fELF"


def test_fixed_steps_of_rational_rates_need_no_libdevice(monkeypatch):
    module = module_of(gray_scott((64, 64)), "rk4", 1.0)
    assert module.functions == ()
    monkeypatch.setattr(ptx_module, "find_libdevice", lambda: None)
    text = make_ptx(module)
    # What does not change is read through the cache for constants; what is shared by threads lies in shared memory.
    assert "ld.global.nc.b64" in text
    assert "st.shared.b64" in text
    assert "bar.sync" in text or "barrier.sync" in text


def test_functions_without_libdevice_are_refused(monkeypatch):
    module = module_of(fisher("no-flux"), "euler", 1.0)
    assert {"exp", "sin"} <= set(module.functions)
    monkeypatch.setattr(ptx_module, "find_libdevice", lambda: None)
    with pytest.raises(MissingDependencyError, match="cuda"):
        make_ptx(module)


def test_functions_are_linked_in():
    text = make_ptx(module_of(fisher("no-flux"), "euler", 1.0))
    assert "__nvvm_reflect" not in text
    assert ".extern .func" not in text


def test_nonsense_is_refused():
    with pytest.raises(CompilationError, match="ptxas"):
        assemble("this is no PTX")


def test_a_missing_assembler_is_told(monkeypatch):
    monkeypatch.setattr(ptx_module, "find_assembler", lambda: None)
    with pytest.raises(MissingDependencyError, match="CUDA_HOME"):
        assemble("")


def test_kernels_are_made_in_the_same_time_for_any_grid():
    # Text, not seconds: nothing in it depends on the number of cells but the numbers.
    sizes = [len(module_of(gray_scott(shape), "rk4", 1.0).bodies) for shape in ((1024, 1024), (4096, 4096))]
    assert sizes[1] < 1.05 * sizes[0]


def test_no_toolkit_is_needed_to_build_a_simulator(monkeypatch):
    monkeypatch.setattr(ptx_module, "find_libdevice", lambda: None)
    assert sn.build_simulator(fisher("no-flux"), target="cuda-simulator").solve((0, 0.1)).success
