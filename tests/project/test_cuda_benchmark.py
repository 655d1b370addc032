"""The benchmark for CUDA devices: it runs on a simulated one, and says what is missing where there is none."""

import json
import subprocess
import sys

import pytest

from symnum.errors import MissingDeviceError
from symnum.simulators.cuda.driver import load_driver


def run(root, *arguments):
    command = [sys.executable, str(root / "benchmarks" / "cuda_reaction_diffusion.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)


@pytest.mark.slow
def test_without_a_device(project_root):
    try:
        load_driver()
    except MissingDeviceError:
        done = run(project_root)
        assert done.returncode == 2
        assert "Nothing was measured" in done.stderr
    else:
        pytest.skip("this machine has NVIDIA's driver")


@pytest.mark.slow
def test_on_a_simulated_device(project_root):
    done = run(project_root, "--simulate", "--quick")
    assert done.returncode == 0, done.stderr
    for method in ("euler", "ssprk33", "rk4", "bs3", "tsit5", "rkc2", "rock2", "etdrk4"):
        assert method in done.stdout
    assert "nothing is stored" in done.stdout
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["device"] == "simulated CUDA device"
    assert min(last["copy_GBps"], last["of_copy"], last["of_bandwidth"]) > 0
