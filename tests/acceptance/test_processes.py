"""One answer in every process: hash seeds, processes that compile at once, and spawned workers."""

import multiprocessing
import os
import subprocess
import sys

import numpy as np
import pytest

import symnum as sn

NETWORK = "(k1, k2), S + E <--> C; hill(P, v, K, n), C => E + P; d, P --> 0"
SCRIPT = f"""
import hashlib, sys
import symnum as sn
net = sn.reaction_network("{NETWORK}")
sim = sn.build_simulator(net)
a, b, c = sn.symbols("a b c")
parts = [
    str(net), str(net.equations), net._repr_html_(), net.equations._repr_latex_(), str(net.conservation_laws()),
    sim.source, sim.kernels["jacobian"].source,
    str(sn.expand((a + b + sn.sin(c))**4)), str(sn.cse([(a + b)**2, sn.sin(a + b)/(a + b)])),
    sim.rhs(0, [1, 2, 3, 4], [1, 2, 3, 4, 5, 6]).tobytes().hex(),
    sim.jacobian(0, [1, 2, 3, 4], [1, 2, 3, 4, 5, 6]).data.tobytes().hex(),
]
print(hashlib.sha256(repr(parts).encode()).hexdigest(), "symnum.compiling.plain.translator" in sys.modules)
"""


def start(cache, seed):
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "SYMNUM_CACHE_DIR": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_hash_seeds_and_a_cold_cache_shared_at_once(tmp_path):
    """Three processes with three hash seeds fill one empty kernel cache at the same time; a fourth reads it."""
    running = [start(tmp_path / "cache", seed) for seed in (0, 1, 2)]
    finished = [process.communicate(timeout=120) for process in running]
    finished.append(start(tmp_path / "cache", 3).communicate(timeout=120))
    assert all(said == "" for _, said in finished)
    assert len({printed for printed, _ in finished}) == 1
    assert finished[0][0].endswith("False\n")  # kernels need no solver, and do not load its compiler


def _solve(job):
    sim, k3 = job
    return sim.solve((0, 10), params={"k3": k3}, t_eval=[0, 5, 10])


@pytest.mark.skipif(
    "spawn" not in multiprocessing.get_all_start_methods(), reason="cannot spawn processes here"
)
def test_simulators_travel_to_workers_and_solutions_back():
    sim = sn.build_simulator(
        sn.reaction_network(
            "(k1, k2), S + E <--> C; k3, C --> E + P",
            parameters={"k1": 10, "k2": 1, "k3": 1},
            initial={"S": 1, "E": 0.1, "C": 0, "P": 0},
            observables={"total": "S + C + P"},
        )
    )
    jobs = [(sim, k3) for k3 in (0.5, 2.0)]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.map(_solve, jobs)
    for job, solution in zip(jobs, there, strict=True):
        here = _solve(job)
        assert np.array_equal(solution.y, here.y)
        assert np.array_equal(solution["total"], here["total"])
        assert solution.status is here.status
