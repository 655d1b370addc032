"""Other packages' integrators on a symnum simulator's compiled kernels (diffrax: on the same equations in JAX).

Every function takes a problem and returns ``solve(rtol) -> state at the end`` by name of the tool, or nothing where the
package is absent. What is compiled once is compiled before.
"""

import ctypes
import importlib.util
import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from workloads.initial_values import InitialValueProblem

Solve = Callable[[float], np.ndarray]


class Failed(RuntimeError):
    """The peer did not reach the end."""


class _Kernels:
    """Right-hand side and dense Jacobian by one C call each."""

    def __init__(self, problem: InitialValueProblem) -> None:
        simulator = problem.simulator
        self.y0, self.p = simulator.defaults()
        self._rhs, self._jacobian = simulator.kernels["rhs"], simulator.kernels["jacobian"]
        self._contexts = self._rhs.context(self.p), self._jacobian.context(self.p)
        indptr, indices = simulator.pattern
        self._places = indices, np.repeat(np.arange(len(self.y0)), np.diff(indptr))
        self._values = np.zeros(len(indices))

    def write(self, t: float, y: np.ndarray, out: np.ndarray) -> None:
        self._rhs.compiled.call(t, y.ctypes.data, self.p.ctypes.data, self._contexts[0].address, out.ctypes.data)

    def rhs(self, t: float, y: np.ndarray) -> np.ndarray:
        out = np.empty_like(y)
        self.write(t, np.ascontiguousarray(y), out)
        return out

    def jacobian(self, t: float, y: np.ndarray) -> np.ndarray:
        state = np.ascontiguousarray(y)
        values = self._values
        self._jacobian.compiled.call(
            t, state.ctypes.data, self.p.ctypes.data, self._contexts[1].address, values.ctypes.data
        )
        out = np.zeros((len(y), len(y)))
        out[self._places] = values
        return out

    def machine_rhs(self) -> tuple[Any, int]:
        """The right-hand side as a ctypes function for compiled callers, and its context."""
        double = ctypes.POINTER(ctypes.c_double)
        kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_double, double, double, ctypes.c_int64, double)
        return kind(self._rhs.compiled.address), self._contexts[0].address


def scipy_solvers(problem: InitialValueProblem) -> dict[str, Solve]:
    """``solve_ivp`` with the methods that suit the problem."""
    from scipy.integrate import solve_ivp

    kernels = _Kernels(problem)

    def solver(method: str) -> Solve:
        options: dict[str, Any] = {"jac": kernels.jacobian} if method in ("Radau", "BDF") else {}

        def solve(rtol: float) -> np.ndarray:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # LSODA reports its troubles by warnings and in its status
                sol = solve_ivp(
                    kernels.rhs, problem.span, kernels.y0, method, [problem.span[1]],
                    rtol=rtol, atol=problem.scale * rtol, **options,
                )  # fmt: skip
            if sol.status != 0:
                raise Failed(sol.message)
            return np.asarray(sol.y[:, -1])

        return solve

    methods = ("Radau", "BDF", "LSODA") if problem.stiff else ("RK45", "DOP853", "LSODA")
    return {f"SciPy {method}": solver(method) for method in methods}


def cvode_solvers(problem: InitialValueProblem) -> dict[str, Solve]:
    """CVODE of scikit-sundae with the dense solver, or with Adams' methods where the problem is not stiff."""
    if importlib.util.find_spec("sksundae") is None:
        return {}
    from sksundae.cvode import CVODE

    kernels = _Kernels(problem)

    def write_jacobian(t: float, y: np.ndarray, dy: np.ndarray, out: np.ndarray) -> None:
        out[:] = kernels.jacobian(t, y)

    options: dict[str, Any] = {"method": "Adams"} if not problem.stiff else {"jacfn": write_jacobian}

    def solve(rtol: float) -> np.ndarray:
        solver = CVODE(
            kernels.write, rtol=rtol, atol=problem.scale * rtol, linsolver="dense", max_num_steps=10**7, **options
        )
        result = solver.solve(np.array(problem.span), kernels.y0)
        if not result.success:
            raise Failed(result.message)
        return np.asarray(result.y[-1])

    return {"CVODE": solve}


def numbalsoda_solvers(problem: InitialValueProblem) -> dict[str, Solve]:
    """LSODA and DOP853 of numbalsoda, which call the compiled right-hand side without Python."""
    if importlib.util.find_spec("numbalsoda") is None:
        return {}
    import numba
    import numbalsoda

    kernels = _Kernels(problem)
    function, context = kernels.machine_rhs()
    signature = numbalsoda.lsoda_sig

    @numba.cfunc(signature)
    def right(t, u, du, p):  # type: ignore[no-untyped-def]
        function(t, u, p, context, du)

    times = np.array(problem.span)
    solvers = {"numbalsoda lsoda": numbalsoda.lsoda}
    if not problem.stiff:
        solvers["numbalsoda dop853"] = numbalsoda.dop853

    def solver(run: Any) -> Solve:
        def solve(rtol: float) -> np.ndarray:
            keep = right.address
            y, success = run(
                keep, kernels.y0, times, data=kernels.p, rtol=rtol, atol=problem.scale * rtol, **limit
            )
            if not success:
                raise Failed("no success")
            return np.asarray(y[-1])

        limit = {"mxstep": 10**6}
        return solve

    return {name: solver(run) for name, run in solvers.items()}


def diffrax_solvers(problem: InitialValueProblem) -> dict[str, Solve]:
    """Diffrax in double precision, compiled before it is timed; for up to twenty states, for it compiles long."""
    if importlib.util.find_spec("diffrax") is None or len(problem.exact) > 20:
        return {}
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    import diffrax
    import jax
    import sympy

    import symnum as sn

    jax.config.update("jax_enable_x64", True)
    names = problem.simulator.state_names
    symbols = [sympy.Symbol(name) for name in ("t", *names)]
    right = [sn.convert(term, "sympy") for term in problem.equations.values()]
    by_name = {s.name: s for term in right for s in term.free_symbols}
    arguments = [by_name.get(s.name, s) for s in symbols]
    function = sympy.lambdify(arguments, right, "jax")
    y0, _ = problem.simulator.defaults()

    def rhs(t: Any, y: Any, args: Any) -> Any:
        return jax.numpy.stack([jax.numpy.asarray(v, float) for v in function(t, *y)])

    methods = {"Kvaerno5": diffrax.Kvaerno5} if problem.stiff else {"Tsit5": diffrax.Tsit5, "Dopri8": diffrax.Dopri8}

    def solver(method: Any) -> Solve:
        @jax.jit
        def run(rtol: Any) -> Any:
            controller = diffrax.PIDController(rtol=rtol, atol=problem.scale * rtol, pcoeff=0.3, icoeff=0.4)
            sol = diffrax.diffeqsolve(
                diffrax.ODETerm(rhs), method(), *problem.span, None, jax.numpy.asarray(y0),
                stepsize_controller=controller, max_steps=10_000, throw=False,
            )  # fmt: skip
            return sol.ys[-1], sol.result == diffrax.RESULTS.successful

        def solve(rtol: float) -> np.ndarray:
            y, success = run(rtol)
            if not bool(success):
                raise Failed("no success")
            return np.asarray(y)

        return solve

    return {f"diffrax {name}": solver(method) for name, method in methods.items()}


ALL = (scipy_solvers, cvode_solvers, numbalsoda_solvers, diffrax_solvers)
