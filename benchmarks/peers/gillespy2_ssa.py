"""GillesPy2's C++ solver, which writes a program for each network, compiles it with g++ and runs it as a process.

Its build sets no optimisation of the compiler: the solver is measured as it comes, and with ``-O3`` slipped in by a
compiler script of our own.
"""

import importlib.util
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from peers.populations import Floats, Peer, Populations, Side

NAMES = {"GillesPy2 C++": "", "GillesPy2 C++, -O3": "-O3"}
# It writes four dense tables of species times reactions into the program; g++ takes minutes beyond this.
LARGEST = 200_000


def missing() -> str | None:
    """Why it cannot take part, or None."""
    if importlib.util.find_spec("gillespy2") is None:
        return "not installed"
    if shutil.which("g++") is None:
        return "needs g++"
    return None


def too_large(network: Populations) -> str | None:
    """Why this network is not for it, or None."""
    species, reactions = network.size
    if species * reactions <= LARGEST:
        return None
    return f"would compile dense tables of {species} species times {reactions} reactions"


@contextmanager
def _compiler_with(flags: str) -> Iterator[None]:
    """While this lasts, ``g++`` is a script that adds the flags."""
    if not flags:
        yield
        return
    compiler, path = shutil.which("g++"), os.environ["PATH"]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "g++"
        script.write_text(f'#!/bin/sh\nexec {compiler} {flags} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
        os.environ["PATH"] = f"{folder}{os.pathsep}{path}"
        try:
            yield
        finally:
            os.environ["PATH"] = path


def _model(network: Populations, end: float, points: int, counter: bool) -> object:
    from gillespy2 import Model, Parameter, Reaction, Species

    model = Model(name="network")
    names = [f"S{i}" for i in range(len(network.initial))]
    initial = dict(zip(names, network.initial, strict=True)) | ({"events": 0} if counter else {})
    model.add_species([Species(name=n, initial_value=v, mode="discrete") for n, v in initial.items()])
    distinct, index = np.unique(network.constants, return_inverse=True)
    model.add_parameter([Parameter(name=f"k{i}", expression=repr(float(k))) for i, k in enumerate(distinct)])

    def side(pairs: Side) -> dict[str, int]:
        return {names[s]: n for s, n in pairs}

    extra = {"events": 1} if counter else {}
    model.add_reaction([
        Reaction(name=f"r{r}", reactants=side(before), products=side(after) | extra, rate=f"k{index[r]}")
        for r, (before, after) in enumerate(zip(network.reactants, network.products, strict=True))
    ])  # fmt: skip
    model.timespan(np.linspace(0.0, end, points))
    return model


def make(network: Populations, end: float, points: int, flags: str) -> Peer:
    """Compile a network, times 0 to `end` in `points` equal steps."""
    import harness

    logging.getLogger("GillesPy2").setLevel(logging.ERROR)
    from gillespy2 import SSACSolver

    def compiled(counter: bool) -> object:
        with _compiler_with(flags):
            return SSACSolver(model=_model(network, end, points, counter))

    preparation, solver = harness.cpu_seconds(lambda: compiled(counter=False))
    names = [f"S{i}" for i in range(len(network.initial))]

    def run(n: int, seed: int) -> Floats:
        results = solver.run(number_of_trajectories=n, seed=seed)
        return np.array([[trajectory[name] for name in names] for trajectory in results]).transpose(0, 2, 1)

    counting: list[object] = []

    def events(n: int, seed: int) -> int:
        if not counting:
            counting.append(compiled(counter=True))
        results = counting[0].run(number_of_trajectories=n, seed=seed)  # type: ignore[attr-defined]
        return int(sum(trajectory["events"][-1] for trajectory in results))

    return Peer(run, events, preparation)
