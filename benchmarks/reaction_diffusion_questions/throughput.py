"""Explicit Euler steps of Gray and Scott's model, float64, periodic, one core: symnum, its peers, and a copy."""

import math
from functools import partial
from typing import Any

import numpy as np
from harness import Results, WrongAnswer
from reaction_diffusion_peers import gray_scott as gray
from reaction_diffusion_peers.processes import Peer, missing

from reaction_diffusion_questions.turns import take_turns

OURS, PLAIN = "symnum", "symnum, each step by itself"
#: Tools by what the results call them, with the modules they are in.
TOOLS = {
    OURS: "symnum_tool",
    PLAIN: "symnum_plain_tool",
    "symnum, solve": "symnum_solve_tool",
    "hand-written Numba": "numba_tool",
    "Devito": "devito_tool",
    "pystencils": "pystencils_tool",
    "py-pde": "pypde_tool",
    "NumPy": "numpy_tool",
}
SLOW = ("py-pde", "NumPy")
#: Steps after which all fields are compared with NumPy's.
CHECKED = {256: 100, 4096: 8}
#: CPU seconds that a turn takes at least, and steps.
TURN, STEPS = 0.25, {256: 400, 4096: 16}
PEER_BAR, COPY_BAR, LARGE_BAR, BLOCKED_BAR = 1.2, 0.5, 0.8, 1.2


def check_state(tool: str, got: Any, expected: Any) -> float:
    """Largest distance from NumPy's values after the same steps.

    Raises
    ------
    WrongAnswer
        If it is more than rounding, or shapes differ.
    """
    found = np.asarray(got)
    if found.shape != expected.shape:
        raise WrongAnswer(f"{tool}: shape {found.shape} instead of {expected.shape}")
    worst = float(np.abs(found - expected).max())
    if not worst <= gray.ALLOWED:
        raise WrongAnswer(f"{tool}: {worst:.1e} away from NumPy's values (allowed: {gray.ALLOWED:g})")
    return worst


def check_alive(tool: str, got: Any) -> None:
    """See that all steps were worth their time: v is nowhere dead, nor has it grown.

    Raises
    ------
    WrongAnswer
        If it is.
    """
    low, high = float(np.min(got[1])), float(np.max(got[1]))
    if not gray.ALIVE <= low <= high <= 1.0:
        raise WrongAnswer(f"{tool}: v is from {low:.1e} to {high:.1e} after all turns")


def start(results: Results, n: int) -> dict[str, Peer]:
    """Start all tools that are there and check what each computes."""
    expected = np.array(gray.numpy_steps(*gray.initial(n), CHECKED[n]))
    peers = {}
    for tool, module in TOOLS.items():
        if (why := missing(module)) is not None:
            results.skip(tool, why)
            continue
        if tool in SLOW and (results.quick or n > 1000):
            continue
        peers[tool] = peer = Peer(module, n)
        peer.ask("run", CHECKED[n] - 2)  # two were made when it was compiled
        error = check_state(tool, peer.state(), expected)
        results.add(
            f"Gray–Scott {n}²: preparation", tool, peer.facts.pop("preparation"), "s", error=error, **peer.facts
        )
    return peers


def steps_per_turn(peer: Peer, n: int) -> int:
    """An even number of steps that takes as long as a turn should, or the least number if that takes longer."""
    once = peer.seconds(2) / 2
    return max(STEPS[n] if once * STEPS[n] < 12 * TURN else 2, 2 * math.ceil(TURN / once / 2))


def measure_one(results: Results, n: int) -> None:
    """All tools on n by n cells, and copies of the same buffers beside, taking turns."""
    peers = start(results, n)
    steps = {tool: steps_per_turn(peer, n) for tool, peer in peers.items()}
    work: dict[str, Any] = {tool: partial(peer.ask, "run", steps[tool]) for tool, peer in peers.items()}
    for way in ("fused", "library"):
        for tool in (PLAIN, "hand-written Numba"):
            if tool in peers:
                name = f"copy, {way}, buffers of {tool}"
                steps[name] = steps[tool]
                work[name] = partial(peers[tool].ask, "copy", way, steps[tool])
    times = take_turns(work, 3 if results.quick else 7, lambda _, answer: float(answer["seconds"]))
    for tool, peer in peers.items():
        check_alive(tool, peer.state())
        peer.close()
    stage = f"Gray–Scott {n}²"
    for name, spent in times.items():
        cells = 1e-6 * n * n * steps[name]
        results.add(stage, name, cells / spent.median, "Mcell/s", best=cells / spent.least, steps=steps[name])
    bars(results, n, {name: 1e-6 * n * n * steps[name] / spent.median for name, spent in times.items()})


def bars(results: Results, n: int, rates: dict[str, float]) -> None:
    """Ratios to the best peer and to the faster copy."""
    stage = f"Gray–Scott {n}²"
    best = max((rate, name) for name, rate in rates.items() if not name.startswith(("symnum", "copy")))
    roof = max((rate, name) for name, rate in rates.items() if name.startswith("copy"))
    for tool in (OURS, PLAIN, "symnum, solve"):
        if tool in rates:
            results.add(f"{stage}: over best peer", tool, rates[tool] / best[0], "x", peer=best[1])
            results.add(f"{stage}: over copy", tool, rates[tool] / roof[0], "x", copy=roof[1])
    ours, plain = rates.get(OURS, math.nan), rates.get(PLAIN, math.nan)
    if n == 256:
        results.bar(f"{stage}: best peer, {PEER_BAR:g} times", PEER_BAR * best[0] / ours, 1.0)
        results.bar(f"{stage}: copy, {COPY_BAR:g} of it", COPY_BAR * roof[0] / ours, 1.0)
    else:
        results.bar(f"{stage}: copy, {LARGE_BAR:g} of it, each step by itself", LARGE_BAR * roof[0] / plain, 1.0)
        results.bar(f"{stage}: copy, {BLOCKED_BAR:g} times, several steps in cache", BLOCKED_BAR * roof[0] / ours, 1.0)


def measure(results: Results) -> None:
    """In cache and beyond it."""
    for n in (256,) if results.quick else (256, 4096):
        measure_one(results, n)
