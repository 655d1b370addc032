"""The generated kernels under Numba's CUDA simulator: grids, blocks, threads and barriers that are not our own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symnum as sn
from tests.simulators.cuda.device_models import activator
from tests.systems.stencil_examples import gray_scott

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def system():
    return gray_scott((16, 16))


def last_state(method, step, end):
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[2])}
    command = [sys.executable, str(HERE / "numba_simulator.py"), method, str(step), str(end)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return np.frombuffer(bytes.fromhex(done.stdout))


def test_fixed_steps_equal_the_processor(system):
    expected = sn.build_simulator(system).solve((0.0, 1.0), t_eval=[1.0], method="euler", step=0.5)
    np.testing.assert_allclose(last_state("euler", 0.5, 1.0), expected.frames[-1], rtol=1e-14, atol=1e-15)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "end"), [("bs3", 0.5), ("rkc2", 0.5), ("rock2", 0.02)])
def test_steps_that_the_device_chooses_equal_the_processor(system, method, end):
    expected = sn.build_simulator(system).solve((0.0, end), t_eval=[end], method=method, rtol=1e-4)
    np.testing.assert_allclose(last_state(method, 0.0, end), expected.frames[-1], rtol=1e-12, atol=1e-14)


@pytest.mark.slow
def test_exponential_differencing_equals_the_processor():
    expected = sn.build_simulator(activator()).solve((0.0, 0.1), t_eval=[0.1], method="etdrk4", rtol=1e-4)
    np.testing.assert_allclose(last_state("etdrk4", 0.0, 0.1), expected.frames[-1], rtol=1e-12, atol=1e-14)
