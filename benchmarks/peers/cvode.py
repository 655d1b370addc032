"""CVODE through scikit-sundae: sparse direct solver, analytic Jacobian, compiled right-hand side.

Two configurations are run. ``documented`` uses the package's own options. ``tuned`` also sets SuperLU_MT's
column ordering to minimum degree on A' + A, which suits these matrices and which the package does not expose;
it goes through the solver object's memory and is therefore tied to the one version whose layout is known.
"""

import ctypes
import importlib.metadata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from peers.arrays import Floats, MergedTerms
from peers.numba_loops import merged_jacobian, merged_rhs

_KNOWN_LAYOUT = "1.2.0"
# Pointers of the Cython class, counted from the end of the object's header and its table of methods.
_HEADER, _MEMORY, _LINEAR_SOLVER = 24, 0, 6
_MINIMUM_DEGREE_SUM = 2
_COUNTERS = {
    "steps": "NumSteps",
    "rhs_evaluations": "NumRhsEvals",
    "factorisations": "NumLinSolvSetups",
    "jacobians": "NumJacEvals",
    "newton_iterations": "NumNonlinSolvIters",
    "error_test_failures": "NumErrTestFails",
    "newton_failures": "NumNonlinSolvConvFails",
}


@dataclass(frozen=True)
class Run:
    """One integration: times, states of shape (n_states, n_times), counters."""

    t: Floats
    y: Floats
    statistics: dict[str, int]


def layout_is_known() -> bool:
    """Whether the tuned configuration and all counters are available with the installed version."""
    return importlib.metadata.version("scikit-sundae") == _KNOWN_LAYOUT


def _library(stem: str) -> ctypes.CDLL:
    import sksundae

    folder = Path(sksundae.__file__).parent.parent / "scikit_sundae.libs"
    return ctypes.CDLL(str(next(folder.glob(f"lib{stem}-*"))))


def _pointer(solver: Any, index: int) -> ctypes.c_void_p:
    address = id(solver._CVODE__CVODE) + _HEADER + 8 * index
    return ctypes.c_void_p(ctypes.c_void_p.from_address(address).value)


def _counters(solver: Any, result: Any) -> dict[str, int]:
    if not layout_is_known():
        return {"rhs_evaluations": int(result.nfev), "jacobians": int(result.njev)}
    library, memory = _library("sundials_cvode"), _pointer(solver, _MEMORY)
    counters: dict[str, int] = {}
    for name, function in _COUNTERS.items():
        value = ctypes.c_long()
        getattr(library, f"CVodeGet{function}")(memory, ctypes.byref(value))
        counters[name] = value.value
    return counters


def order_by_minimum_degree(solver: Any) -> None:
    """Set the better column ordering of a CVODE object that has begun (needs `layout_is_known`)."""
    set_ordering = _library("sundials_sunlinsolsuperlumt").SUNLinSol_SuperLUMTSetOrdering
    set_ordering(_pointer(solver, _LINEAR_SOLVER), ctypes.c_int(_MINIMUM_DEGREE_SUM))


def integrate(
    terms: MergedTerms, y0: Floats, times: Floats, rtol: float, atol: float, *, tuned: bool = False,
    rhs: Callable[[Floats, Floats], None] | None = None,
    jacobian: Callable[[Floats, Floats], None] | None = None,
) -> Run:  # fmt: skip
    """Integrate from ``times[0]`` and report the states at `times`.

    Parameters
    ----------
    tuned : bool
        Set the better column ordering (needs `layout_is_known`).
    rhs, jacobian : callable, optional
        ``f(y, out)`` instead of the Numba loops; the Jacobian in the CSC order of ``terms.pattern``.

    Raises
    ------
    RuntimeError
        If CVODE does not reach the end.
    """
    from sksundae.cvode import CVODE

    f = rhs or merged_rhs(terms)
    g = jacobian or merged_jacobian(terms)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that the pattern is used for the analytic Jacobian alone
        solver = CVODE(
            lambda t, y, out: f(y, out),
            jacfn=lambda t, y, dy, values: g(y, values),
            linsolver="sparse", sparsity=terms.pattern, rtol=rtol, atol=atol, max_num_steps=10**8,
        )  # fmt: skip
    solver.init_step(times[0], y0)
    if tuned:
        order_by_minimum_degree(solver)
    result = solver.solve(times, y0)
    if not result.success:
        raise RuntimeError(f"CVODE: {result.message}")
    return Run(result.t, np.ascontiguousarray(result.y.T), _counters(solver, result))
