"""Work on symbols and compilation against the number of cells."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from harness import Results
from reaction_diffusion_peers import brusselator as bruss

import symnum as sn
from reaction_diffusion_questions.models import brusselator
from reaction_diffusion_questions.right_hand_side import check_derivatives
from reaction_diffusion_questions.turns import Times

SIDES = (32, 64, 128, 256, 512, 1024)
BAR = 1.2
KERNELS = ("rhs", "jacobian", "jacobian_vector")


@contextmanager
def empty_cache() -> Iterator[None]:
    """A folder of its own for compiled kernels, so that nothing is found there."""
    before = os.environ.get("SYMNUM_CACHE_DIR")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SYMNUM_CACHE_DIR"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["SYMNUM_CACHE_DIR"]
            else:
                os.environ["SYMNUM_CACHE_DIR"] = before


def compiled(n: int) -> tuple[dict[str, float], Any]:
    """CPU seconds of the model's equations and of each kernel, and the simulator."""
    seconds, start = {}, time.process_time()
    simulator = sn.build_simulator(brusselator(n))
    seconds["model"] = time.process_time() - start
    for name in KERNELS:
        start = time.process_time()
        _ = simulator.kernels[name].compiled
        seconds[name] = time.process_time() - start
    return seconds, simulator


def measure(results: Results) -> None:
    """All sizes take turns; what was compiled is checked once for each size."""
    sides = SIDES[::2] if results.quick else SIDES
    parts: dict[int, dict[str, Times]] = {n: {} for n in sides}
    for turn in range(3 if results.quick else 7):
        for n in sides if turn % 2 else sides[::-1]:
            with empty_cache():
                seconds, simulator = compiled(n)
                if turn == 0:
                    y = bruss.initial(n) + 0.1 * np.random.default_rng(n).random((2, n, n))
                    check_derivatives(2.0, y, simulator.rhs(2.0, y.ravel()), n)
            if turn:  # the first round also imports
                for name, spent in {**seconds, "total": sum(seconds.values())}.items():
                    parts[n].setdefault(name, Times()).seconds.append(spent)
    stage = "model and kernels against cells"
    for n in sides:
        more = {name: times.median for name, times in parts[n].items() if name != "total"}
        total = parts[n]["total"]
        results.add(stage, f"{n}²", total.median, "s", least=total.least, **more)
    first, last = parts[sides[0]]["total"], parts[sides[-1]]["total"]
    results.bar(f"{stage}: {sides[-1]}² over {sides[0]}²", last.median / first.median, BAR)
