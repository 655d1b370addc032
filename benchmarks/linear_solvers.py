"""Solution of c_mass*I - c_jac*J against SuperLU and LAPACK, and whole simulations by each solver against CVODE.

``python benchmarks/linear_solvers.py [--json [PATH]] [--quick]``. CPU time of one core, competitors taking
turns. The backward error of every answer is checked before its time is taken; so are the errors of simulations.
"""

import harness

# isort: split
import ctypes
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
from harness import Results, Work, check, once_each, per_call
from peers import cvode
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


def machine_calls(solver: Any, values: np.ndarray) -> Competitor:
    """A solver of the project as an engine calls it."""
    word, real, pointer = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p
    factor = ctypes.CFUNCTYPE(ctypes.c_int32, word, real, real, pointer)(solver.factor_address)
    solve = ctypes.CFUNCTYPE(ctypes.c_int32, word, pointer)(solver.solve_address)

    def refactor() -> None:
        if factor(solver.context_address, 1.0, C_JAC, values.ctypes.data) != 0:
            raise harness.WrongAnswer("the factorisation failed")

    def solution(b: np.ndarray) -> np.ndarray:
        x = b.copy()
        if solve(solver.context_address, x.ctypes.data) != 0:
            raise harness.WrongAnswer("no convergence")
        return x

    return Competitor(refactor, solution)


def symnum_competitor(jacobian: Any, kind: str = "sparse") -> tuple[Competitor, Any, float]:
    """The project's solver as an engine calls it, the object, and the seconds its symbolic phase took."""
    from symnum.integrators.linear import make_linear_solver

    indptr, indices, values = with_diagonal(jacobian)
    make_linear_solver(2, [0, 2, 4], [0, 1, 0, 1], kind)
    began = time.process_time()
    solver = make_linear_solver(jacobian.shape[0], indptr, indices, kind)
    seconds = time.process_time() - began
    return machine_calls(solver, values), solver, seconds


def backward_error(matrix: Any, x: np.ndarray, b: np.ndarray) -> float:
    """Normwise, in the infinity norm."""
    norm = abs(matrix).sum(axis=1).max()
    return float(abs(matrix @ x - b).max() / (norm * abs(x).max() + abs(b).max()))


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
    b = np.random.default_rng(1).standard_normal(n)
    errors = {}
    for tool, competitor in found.items():
        competitor.factor()
        x = competitor.solve(b)
        errors[tool] = backward_error(matrix, x, b)
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


# --- where the banded solver pays


def bands(results: Results) -> None:
    """One factorisation and ten solutions of full bands, by the banded and by the sparse solver."""
    n = 1000
    for side in (2, 8, 12, 16, 24):
        rng = np.random.default_rng(side)
        diagonals = range(-side, side + 1)
        jacobian = sp.diags([rng.standard_normal(n - abs(k)) for k in diagonals], list(diagonals)).tocsc()
        matrix = sp.identity(n) - C_JAC * jacobian
        work = {}
        for kind in ("banded", "sparse"):
            competitor, _, _ = symnum_competitor(jacobian, kind)
            competitor.factor()
            b = np.ones(n)
            error = backward_error(matrix, competitor.solve(b), b)
            if not error <= LIMIT:
                raise harness.WrongAnswer(f"band of {side}, {kind}: backward error {error:.1e}")

            def once(competitor: Competitor = competitor, b: np.ndarray = b) -> None:
                competitor.factor()
                for _ in range(10):
                    competitor.solve(b)

            work[kind] = once
        for kind, (median, least) in per_call(work, quick=results.quick).items():
            results.add(f"band, {side} on each side of 1000", kind, median, "us", least=least)


# --- iterative solvers on the same Jacobians


def iterative(results: Results, name: str, jacobian: Any) -> None:
    """Preconditioner and solution to a residual of 1e-6 of the right-hand side."""
    from symnum.integrators.linear.iterative import IterativeSolver

    n, relative = jacobian.shape[0], 1e-6
    indptr, indices, values = with_diagonal(jacobian)
    matrix = sp.identity(n) - C_JAC * jacobian
    b = np.random.default_rng(1).standard_normal(n)
    for kind in ("gmres", "bicgstab"):
        for preconditioner in ("ilu", "ilut", "diagonal"):
            solver = IterativeSolver(kind, n, indptr, indices, preconditioner, relative=relative)
            competitor = machine_calls(solver, values)
            competitor.factor()
            tool = f"symnum {kind}, {preconditioner}"
            try:
                x = competitor.solve(b)
            except harness.WrongAnswer as error:
                results.skip(f"{name}: {tool}", str(error))
                continue
            residual = float(np.linalg.norm(matrix @ x - b) / np.linalg.norm(b))
            if not residual <= 1.1 * relative:
                raise harness.WrongAnswer(f"{name}, {tool}: residual {residual:.1e}")
            iterations = solver.statistics()["iterations"]
            times = per_call({"f": competitor.factor, "s": partial(competitor.solve, b)}, quick=results.quick)
            results.add(f"{name}: preconditioner", tool, times["f"][0] / 1e3, "ms")
            results.add(f"{name}: iterate to 1e-6", tool, times["s"][0], "us", iterations=iterations)


# --- whole simulations

END, RTOL, ATOL = 11.5, 1e-6, 1e-6
# Mean concentrations at t = 2 and t = 5, from tolerances of 1e-10.
MEANS = {2.0: (0.42251975, 3.70249151), 5.0: (2.37442085, 3.30981550)}


def brusselator_model(side: int) -> Any:
    """The reaction and diffusion of two species on a periodic square grid, with a disc that is fed from t = 1.1."""
    import symnum as sn

    equations, initial = {}, {}
    for i in range(side):
        for j in range(side):
            x, y = i / side, j / side
            u, v = f"u{i}_{j}", f"v{i}_{j}"
            around = [((i + 1) % side, j), ((i - 1) % side, j), (i, (j + 1) % side), (i, (j - 1) % side)]
            flow = {s: " + ".join(f"{s}{k}_{m}" for k, m in around) + f" - 4*{s}{i}_{j}" for s in "uv"}
            source = " + if(t >= 1.1, 5, 0)" if (x - 0.3) ** 2 + (y - 0.6) ** 2 <= 0.01 else ""
            equations[u] = f"1 + {u}^2*{v} - 4.4*{u} + a*({flow['u']}){source}"
            equations[v] = f"3.4*{u} - {u}^2*{v} + a*({flow['v']})"
            initial[u], initial[v] = 22 * (y * (1 - y)) ** 1.5, 27 * (x * (1 - x)) ** 1.5
    return sn.ode_system(equations, parameters={"a": 10.0 * side**2}, initial=initial)


def _cvode(simulator: Any, linear_solver: str, *, tuned: bool = False) -> Work:
    """CVODE on the same compiled kernels; `tuned` sets the better column ordering, which the package hides."""
    from sksundae.cvode import CVODE

    y0, p = simulator.defaults()
    rhs, jacobian = simulator.kernels["rhs"], simulator.kernels["jacobian"]
    contexts = rhs.context(p), jacobian.context(p)

    def f(t: float, y: np.ndarray, out: np.ndarray) -> None:
        rhs.compiled.call(t, y.ctypes.data, p.ctypes.data, contexts[0].address, out.ctypes.data)

    def g(t: float, y: np.ndarray, dy: np.ndarray, out: np.ndarray) -> None:
        jacobian.compiled.call(t, y.ctypes.data, p.ctypes.data, contexts[1].address, out.ctypes.data)

    options: dict[str, Any] = {"linsolver": linear_solver, "rtol": RTOL, "atol": ATOL, "max_num_steps": 10**6}
    if linear_solver == "sparse":
        indptr, indices = simulator.pattern
        n = len(y0)
        pattern = sp.csc_matrix((np.ones(len(indices)), indices.copy(), indptr.copy()), shape=(n, n))
        options |= {"jacfn": g, "sparsity": pattern}
    else:
        options |= {"krylov_dim": 30}

    def run(_: None) -> tuple[np.ndarray, dict[str, Any]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns that the pattern is used for the analytic Jacobian alone
            solver = CVODE(f, **options)
        solver.init_step(0.0, y0)
        if tuned:
            cvode.order_by_minimum_degree(solver)
        result = solver.solve(np.array([0.0, END]), y0)
        return result.y[-1], {}

    return Work(run)


def _symnum(simulator: Any, **options: Any) -> Work:
    counted = ("steps", "newton_iterations", "factorisations", "linear_iterations", "linear_failures")

    def run(_: None) -> tuple[np.ndarray, dict[str, Any]]:
        solution = simulator.solve(
            (0.0, END), t_eval=[END], rtol=RTOL, atol=ATOL, method=options.get("method", "bdf"),
            **{key: value for key, value in options.items() if key != "method"},
        )  # fmt: skip
        if not solution.success:
            raise harness.WrongAnswer(solution.message)
        return solution.y[:, -1], {key: solution.stats[key] for key in counted if solution.stats[key]}

    return Work(run)


def simulations(results: Results) -> None:
    """The 2-D Brusselator on 32 by 32 points, by every solver and by CVODE."""
    import symnum as sn

    simulator = sn.build_simulator(brusselator_model(32))
    times = sorted(MEANS)
    tight = simulator.solve((0.0, END), t_eval=[*times, END], method="bdf", rtol=1e-10, atol=1e-11).y
    for k, t in enumerate(times):
        for part, expected in enumerate(MEANS[t]):
            check(f"mean of species {part} at t = {t}", float(tight[part::2, k].mean()), expected, 1e-5)
    work = {
        "symnum sparse": _symnum(simulator, linear_solver="sparse"),
        "symnum gmres, ilu": _symnum(simulator, linear_solver="gmres"),
        "symnum bicgstab, ilu": _symnum(simulator, linear_solver="bicgstab"),
        "symnum sparse, coloured": _symnum(simulator, linear_solver="sparse", jacobian="coloured"),
    }
    if not results.quick:
        work["symnum banded"] = _symnum(simulator, linear_solver="banded")
        work["symnum gmres, free"] = _symnum(simulator, jacobian="free")
    if harness.available(results, "scikit-sundae"):
        work["CVODE sparse"] = _cvode(simulator, "sparse")
        if cvode.layout_is_known():
            work["CVODE sparse, tuned"] = _cvode(simulator, "sparse", tuned=True)
        if not results.quick:
            work["CVODE gmres"] = _cvode(simulator, "gmres")
    stage = "Brusselator 32 to 11.5, 1e-6"
    for tool, (seconds, (y, statistics)) in once_each(work, 1 if results.quick else 3).items():
        error = float(np.abs(y - tight[:, -1]).max())
        if not error <= 2e-2:
            raise harness.WrongAnswer(f"{stage}, {tool}: error {error:.1e}")
        results.add(stage, tool, seconds, "s", error=error, **statistics)
    mine = results.value(stage, "symnum sparse")
    for tool in ("CVODE sparse", "CVODE sparse, tuned"):
        results.bar(f"{stage}: half the time of {tool}", mine, results.value(stage, tool) / 2, "s")


def main() -> int:
    """Run the comparisons."""
    arguments = harness.parser("linear_solvers", __doc__.splitlines()[0]).parse_args()
    results = Results("linear_solvers", arguments.quick)
    path = harness.data_folder() / "networks" / "bcr.net"
    if path.is_file():
        jacobian = bcr_jacobian(read_network(path))
        measure(results, "BCR", jacobian)
        iterative(results, "BCR", jacobian)
        results.bar("BCR: one factorisation", results.value("BCR: factor", "symnum"), 6.0, "ms")
    else:
        results.skip("BCR", f"no file {path}")
    jacobian = brusselator_jacobian(32)
    measure(results, "Brusselator 32", jacobian)
    iterative(results, "Brusselator 32", jacobian)
    if not arguments.quick:
        measure(results, "Brusselator 100", brusselator_jacobian(100))
    bands(results)
    simulations(results)
    return harness.finish(results, arguments)


if __name__ == "__main__":
    sys.exit(main())
