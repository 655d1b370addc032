"""The kernel cache: what is trusted, what is compiled again."""

import pickle
import stat
import subprocess
import sys

import numpy as np
import pytest

import symnum as sn
from codegen import cache
from codegen.system_tape import compile_system
from symnum.errors import CacheError, SymnumWarning
from tests.codegen.networks import random_network


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMNUM_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "kernels"


def test_second_time_from_the_cache(folder):
    first = compile_system(random_network(1), "jacobian")
    second = compile_system(random_network(1), "jacobian")
    assert (first.facts["cached"], second.facts["cached"]) == (False, True)
    assert first.code == second.code
    assert np.array_equal(first.facts["indices"], second.facts["indices"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_other_content_is_another_entry(folder):
    compile_system(random_network(1), "rhs")
    assert not compile_system(random_network(2), "rhs").facts["cached"]


def test_equal_values_in_other_places_are_another_entry(folder):
    for row in (1, 2):
        equations = {"x": "0*x", "y": "0", "z": "0"} | {"xyz"[row]: "c*x"}
        simulator = sn.build_simulator(sn.ode_system(equations, parameters={"c": 7.25}))
        expected = np.zeros((3, 3))
        expected[row, 0] = 7.25
        assert np.array_equal(simulator.jacobian(0.0, [1.0, 1.0, 1.0]).toarray(), expected)


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "foreign", "facts"])
def test_damaged_entries_are_compiled_again(folder, damage):
    system = random_network(1)
    good = compile_system(system, "rhs").code
    (entry,) = [f for f in folder.iterdir() if not f.name.startswith(".")]
    data = bytearray(entry.read_bytes())
    if damage == "truncate":
        entry.write_bytes(data[: len(data) // 2])
    elif damage == "flip":
        data[-100] ^= 1
        entry.write_bytes(data)
    elif damage == "empty":
        entry.write_bytes(b"")
    elif damage == "foreign":
        other = compile_system(random_network(2), "rhs")
        assert other.code
        (second,) = [f for f in folder.iterdir() if f != entry and not f.name.startswith(".")]
        entry.write_bytes(second.read_bytes())
    else:
        data[80:90] = b"\xff" * 10
        entry.write_bytes(data)
    again = compile_system(system, "rhs")
    assert not again.facts["cached"]
    assert again.code == good
    assert compile_system(system, "rhs").facts["cached"]


def test_a_folder_of_somebody_else_is_refused(folder, monkeypatch):
    folder.mkdir(parents=True)
    monkeypatch.setattr(cache.os, "getuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(CacheError, match="SYMNUM_CACHE_DIR"):
        cache.cache_directory()
    with pytest.warns(SymnumWarning, match="cache is not used"):
        kernel = compile_system(random_network(1), "rhs")
    assert not kernel.facts["cached"]


def test_a_folder_that_others_may_write_is_closed(folder):
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    assert stat.S_IMODE(cache.cache_directory().stat().st_mode) == 0o700


def test_code_is_the_same_in_every_process(folder, tmp_path):
    script = (
        "from codegen.system_tape import system_tape; from codegen.compile import compile_tape;"
        "from tests.codegen.networks import random_network; import hashlib;"
        "t = system_tape(random_network(4), 'rhs').tape;"
        "print(hashlib.sha256(compile_tape(t, 'rhs', b'0' * 32, store=False).code).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=_environment(seed)
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(digests) == 1


def _environment(seed):
    import os
    from pathlib import Path

    return {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])}


def test_simulators_pickle_and_work_on(folder):
    model = sn.ode_system({"x": "-k*x^2"}, parameters={"k": 2.0}, initial={"x": 1.0})
    sim = sn.build_simulator(model)
    before = sim.rhs(0.0, [0.5])
    for name in ("compiled", "fresh"):
        copy = pickle.loads(pickle.dumps(sim if name == "compiled" else sn.build_simulator(model)))
        assert np.array_equal(copy.rhs(0.0, [0.5]), before)


def test_machine_code_of_another_processor_is_not_run(folder, monkeypatch):
    model = sn.ode_system({"x": "-k*x^2"}, parameters={"k": 2.0}, initial={"x": 1.0})
    sim = sn.build_simulator(model)
    before = sim.rhs(0.0, [0.5])
    data = pickle.dumps(sim)
    import codegen.kernel as kernel_module

    monkeypatch.setattr(kernel_module, "machine_identity", lambda: "another machine")
    copy = pickle.loads(data)
    assert not copy.kernels["rhs"].is_compiled
    monkeypatch.undo()
    assert np.array_equal(copy.rhs(0.0, [0.5]), before)
