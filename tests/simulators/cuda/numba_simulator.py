"""A whole `solve` under Numba's CUDA simulator, in a process of its own: its switch must be set before the import.

The simulator gives grid, blocks, one Python thread per CUDA thread, and barriers; what each thread does between two
barriers is the project's own generated code.
"""

import ctypes
import os
import sys

os.environ["NUMBA_ENABLE_CUDASIM"] = "1"

import numpy as np
from numba import cuda
from numba.core import config

from codegen.cuda.text import BUFFERS
from codegen.native import LoadedObject, object_code
from symnum.simulators.cuda import simulated

_PHASE = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3, *[ctypes.c_void_p] * (1 + len(BUFFERS)))
_CALLS = {"launches": 0}


@cuda.jit
def run_phases(phases, size, buffers):
    shared = cuda.shared.array(size, np.float64)
    for number, phase in enumerate(phases):
        if number:
            cuda.syncthreads()
        phase(cuda.threadIdx.x, cuda.blockIdx.x, cuda.gridDim.x, address(shared), *buffers)


def address(array):
    """Address of an array that the simulator may have wrapped."""
    return np.asarray(getattr(array, "_item", array)).ctypes.data


class NumbaMemory(simulated.SimulatedMemory):
    """Buffers as before; launches go through Numba's simulator."""

    def __init__(self, module, buffers):
        super().__init__(module, buffers)
        text = module.host_text().replace("define internal void", "define void")
        self.code = LoadedObject.load(object_code(text))
        self.phases = {
            name: [_PHASE(self.code.address(f"{name}_{k}")) for k in range(count)]
            for name, count in module.phases.items()
        }

    def _run(self, name):
        launch = self.module.launches[name]
        _CALLS["launches"] += 1
        run_phases[launch.blocks, launch.threads](self.phases[name], max(launch.shared, 1), self._arguments)


class NumbaDevice(simulated.SimulatedDevice):
    name = "Numba's CUDA simulator"

    def load(self, module, buffers):
        return NumbaMemory(module, buffers)


def main(method, step, end):
    """Solve on 16 by 16 cells; write the last state to the standard output."""
    import symnum as sn
    from tests.simulators.cuda.device_models import activator
    from tests.systems.stencil_examples import gray_scott

    model = activator() if method == "etdrk4" else gray_scott((16, 16))  # which says nothing of a linear part
    sim = sn.build_simulator(model, target="cuda-simulator")
    sim.device = NumbaDevice()
    options = {"step": float(step)} if float(step) else {"rtol": 1e-4}
    solution = sim.solve((0.0, float(end)), t_eval=[float(end)], method=method, **options)
    assert solution.success, solution.message
    assert solution.stats["device"] == NumbaDevice.name
    assert config.ENABLE_CUDASIM
    print(_CALLS["launches"], solution.stats["steps"], file=sys.stderr)
    sys.stdout.write(solution.frames[-1].tobytes().hex())


if __name__ == "__main__":
    main(*sys.argv[1:])
