"""Factorisation and solution of c_mass*I - c_jac*J against SuperLU and LAPACK, on Jacobians of stiff systems.

``python benchmarks/linear_solvers.py [--json [PATH]] [--quick]``. CPU time of one core, competitors taking
turns. The backward error of every answer is checked before its time is taken.
"""

import harness

# isort: split
import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
from harness import Results, per_call
from peers.arrays import reaction_arrays
from peers.bionetgen import Network, read_network
from scipy.sparse.linalg import splu

C_JAC = 0.1
LIMIT = 1e-14
# Dense LAPACK is left out beyond this: its time grows with the cube.
DENSE_MOST = 2100


@dataclass(frozen=True)
class Competitor:
    """How to factor and, with the latest factors, to solve."""

    factor: Callable[[], Any]
    solve: Callable[[np.ndarray], np.ndarray]


def bcr_jacobian(network: Network) -> Any:
    """Jacobian of the network at its initial state plus one of everything."""
    y = network.initial + 1.0
    constants = reaction_arrays(network).rate_constants
    rows, columns, values = [], [], []
    for (reactants, products, _), constant in zip(network.reactions, constants, strict=True):
        for position, wrt in enumerate(reactants):
            others = reactants[:position] + reactants[position + 1 :]
            slope = constant * np.prod(y[list(others)])
            for state, sign in [(i, -1.0) for i in reactants] + [(i, 1.0) for i in products]:
                if state not in network.fixed:
                    rows.append(state)
                    columns.append(wrt)
                    values.append(sign * slope)
    return sp.csc_matrix((values, (rows, columns)), shape=(len(y), len(y)))


def brusselator_jacobian(side: int) -> Any:
    """Two species on a periodic square grid of `side` points, diffusion 10 on the unit square."""
    ones = np.ones(side)
    line = sp.diags([ones[:1], ones[1:], -2 * ones, ones[1:], ones[:1]], [-(side - 1), -1, 0, 1, side - 1])
    laplace = (
        (sp.kron(line, sp.identity(side)) + sp.kron(sp.identity(side), line)) * 10.0 * (side - 1) ** 2 / 1e2
    )
    u, v = np.random.default_rng(0).random((2, side * side)) + 0.5
    blocks = [
        [laplace + sp.diags(2 * u * v - 4.4), sp.diags(u * u)],
        [sp.diags(3.4 - 2 * u * v), laplace - sp.diags(u * u)],
    ]
    return sp.bmat(blocks).tocsc()


def with_diagonal(matrix: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compressed columns with every diagonal entry present; explicit zeros stay."""
    n = matrix.shape[0]
    coo = sp.coo_matrix(matrix)
    keys = coo.col.astype(np.int64) * n + coo.row
    pattern = np.union1d(keys, np.arange(n, dtype=np.int64) * (n + 1))
    values = np.zeros(len(pattern))
    np.add.at(values, np.searchsorted(pattern, keys), coo.data)
    starts = np.searchsorted(pattern, np.arange(n + 1, dtype=np.int64) * n)
    return starts.astype(np.int32), (pattern % n).astype(np.int32), values


def symnum_competitor(jacobian: Any) -> tuple[Competitor, Any, float]:
    """The project's solver as an engine calls it, the object, and the seconds its symbolic phase took."""
    from symnum.integrators.linear import make_linear_solver

    n = jacobian.shape[0]
    indptr, indices, values = with_diagonal(jacobian)
    make_linear_solver(2, [0, 2, 4], [0, 1, 0, 1], "sparse")
    began = time.process_time()
    solver = make_linear_solver(n, indptr, indices, "sparse")
    seconds = time.process_time() - began
    word, real, pointer = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p
    factor = ctypes.CFUNCTYPE(ctypes.c_int32, word, real, real, pointer)(solver.factor_address)
    solve = ctypes.CFUNCTYPE(ctypes.c_int32, word, pointer)(solver.solve_address)

    def refactor() -> None:
        if factor(solver.context_address, 1.0, C_JAC, values.ctypes.data) != 0:
            raise harness.WrongAnswer("the factorisation failed")

    def solution(b: np.ndarray) -> np.ndarray:
        x = b.copy()
        solve(solver.context_address, x.ctypes.data)
        return x

    return Competitor(refactor, solution), solver, seconds


def competitors(jacobian: Any) -> tuple[dict[str, Competitor], Any, float]:
    """All that take part for one Jacobian."""
    n = jacobian.shape[0]
    matrix = (sp.identity(n) - C_JAC * jacobian).tocsc()
    own, solver, seconds = symnum_competitor(jacobian)
    kept: dict[str, Any] = {}

    def superlu(spec: str, options: dict[str, Any]) -> Competitor:
        def refactor() -> None:
            kept[spec] = splu(matrix, permc_spec=spec, **options)

        def solution(b: np.ndarray) -> np.ndarray:
            return np.asarray(kept[spec].solve(b))

        return Competitor(refactor, solution)

    symmetric = {"diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
    found = {
        "symnum": own,
        "SuperLU, COLAMD": superlu("COLAMD", {}),
        "SuperLU, symmetric mode": superlu("MMD_AT_PLUS_A", symmetric),
    }
    if n <= DENSE_MOST:
        dense = matrix.toarray(order="F")

        def lapack() -> None:
            kept["dense"] = la.lu_factor(dense, check_finite=False)

        found["LAPACK, dense"] = Competitor(
            lapack, lambda b: la.lu_solve(kept["dense"], b, check_finite=False)
        )
    return found, solver, seconds


def measure(results: Results, name: str, jacobian: Any) -> None:
    """Check and time everybody on one Jacobian."""
    n = jacobian.shape[0]
    found, solver, seconds = competitors(jacobian)
    matrix = sp.identity(n) - C_JAC * jacobian
    norm = abs(matrix).sum(axis=1).max()
    b = np.random.default_rng(1).standard_normal(n)
    errors = {}
    for tool, competitor in found.items():
        competitor.factor()
        x = competitor.solve(b)
        errors[tool] = float(abs(matrix @ x - b).max() / (norm * abs(x).max() + abs(b).max()))
        if not errors[tool] <= LIMIT:
            raise harness.WrongAnswer(f"{name}, {tool}: backward error {errors[tool]:.1e}")
    statistics = solver.statistics()
    shown = {key: statistics[key] for key in ("nnz", "nnz_factors", "flops", "fronts", "tail")}
    results.add(f"{name}: symbolic", "symnum", seconds * 1e3, "ms", **shown)
    factored = per_call({tool: c.factor for tool, c in found.items()}, quick=results.quick)
    solved = per_call({tool: partial(c.solve, b) for tool, c in found.items()}, quick=results.quick)
    for tool in found:
        median, least = factored[tool]
        results.add(f"{name}: factor", tool, median / 1e3, "ms", least=least / 1e3, error=errors[tool])
    for tool in found:
        median, least = solved[tool]
        results.add(f"{name}: solve", tool, median, "us", least=least)
    mine = results.value(f"{name}: factor", "symnum")
    peer = min(results.value(f"{name}: factor", tool) for tool in found if tool != "symnum")
    results.bar(f"{name}: factor in half the time of the best peer", mine, peer / 2, "ms")


def main() -> int:
    """Run the comparisons."""
    arguments = harness.parser("linear_solvers", __doc__.splitlines()[0]).parse_args()
    results = Results("linear_solvers", arguments.quick)
    path = harness.data_folder() / "networks" / "bcr.net"
    if path.is_file():
        measure(results, "BCR", bcr_jacobian(read_network(path)))
    else:
        results.skip("BCR", f"no file {path}")
    measure(results, "Brusselator 32", brusselator_jacobian(32))
    if not arguments.quick:
        measure(results, "Brusselator 100", brusselator_jacobian(100))
    return harness.finish(results, arguments)


if __name__ == "__main__":
    sys.exit(main())
