"""One call of the Brusselator's right-hand side on 32 by 32 points, beside the same by hand in Numba."""

import ctypes
from typing import Any

import harness
import numba
import numpy as np
from harness import Results, WrongAnswer
from reaction_diffusion_peers import brusselator as bruss

import symnum as sn
from reaction_diffusion_questions.models import brusselator
from reaction_diffusion_questions.turns import take_turns
from symnum.compiling.aligned import aligned_copy, aligned_zeros

SIDE, CALLS, BAR = 32, 20_000, 1.0
#: Relative to the largest derivative.
ALLOWED = 1e-12


def check_derivatives(t: float, y: Any, got: Any, n: int = SIDE) -> float:
    """Largest distance from NumPy's values relative to the largest of them.

    Raises
    ------
    WrongAnswer
        If it is larger than rounding allows.
    """
    expected = bruss.numpy_rhs(t, y, n)
    worst = float(np.abs(np.ravel(got) - expected).max() / np.abs(expected).max())
    if not worst <= ALLOWED:
        raise WrongAnswer(f"right-hand side at t = {t:g}: {worst:.1e} of the largest value away from NumPy's")
    return worst


def caller(address: int) -> Any:
    """A compiled loop that calls a kernel so often: ``calls(count, y, p, context, out)`` with addresses."""
    kernel = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_double, *[ctypes.c_void_p] * 4)(address)

    @numba.njit
    def calls(count: int, y: int, p: int, context: int, out: int) -> int:
        failures = 0
        for k in range(count):
            failures += kernel(2.0 + k, y, p, context, out)
        return failures

    return calls


def measure(results: Results) -> None:
    """Check both before and after the source is on, then time calls in compiled loops, taking turns."""
    simulator = sn.build_simulator(brusselator(SIDE))
    _, p = simulator.defaults()
    random = np.random.default_rng(7)
    # Memory as integrators keep it, for everybody.
    y = aligned_copy(bruss.initial(SIDE) + 0.1 * random.random((2, SIDE, SIDE)))
    out, numba_out, source = aligned_zeros(y.size), aligned_zeros(y.shape), aligned_copy(bruss.disc(SIDE))
    for t in (0.0, 2.0):
        check_derivatives(t, y, simulator.rhs(t, y.ravel()))
        bruss.numba_rhs(t, y, source, numba_out)
        check_derivatives(t, y, numba_out)
    kernel = simulator.kernels["rhs"]
    context = kernel.context(p)
    calls = caller(kernel.address)
    places = y.ctypes.data, p.ctypes.data, context.address, out.ctypes.data
    assert calls(1, *places) == 0
    check_derivatives(2.0, y, out)
    work = {
        "symnum": lambda: calls(CALLS, *places),
        "hand-written Numba": lambda: bruss.numba_calls(CALLS, y, source, numba_out),
    }
    stage = "Brusselator 32², one right-hand side"
    for tool, times in take_turns(work, 5 if results.quick else 15).items():
        results.add(stage, tool, 1e6 * times.median / CALLS, "µs", least=1e6 * times.least / CALLS)
    bound = kernel.bind(2.0, y.ravel(), p) if hasattr(kernel, "bind") else None
    if bound is not None:
        median, least = harness.per_call({"symnum": bound}, quick=results.quick)["symnum"]
        results.add(f"{stage}, from Python", "symnum", median, "µs", least=least)
    results.bar(stage, results.value(stage, "symnum"), BAR, "µs")
