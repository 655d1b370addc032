"""What is measured in a fresh interpreter: ``python benchmarks/fresh.py STAGE [ARGUMENT]`` prints JSON.

CPU seconds count from the start of the interpreter. Nothing is imported before it is needed.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

LORENZ = (
    {"x": "sigma*(y - x)", "y": "x*(rho - z) - y", "z": "x*y - beta*z"},
    {"sigma": 10, "rho": 28, "beta": 8 / 3},
    {"x": 1.0, "y": 0.0, "z": 0.0},
    5.0,
    1e-8,
)
ROBERTSON = (
    {"A": "-k1*A + k3*B*C", "B": "k1*A - k3*B*C - k2*B^2", "C": "k2*B^2"},
    {"k1": 0.04, "k2": 3e7, "k3": 1e4},
    {"A": 1.0, "B": 0.0, "C": 0.0},
    40.0,
    1e-10,
)
MODELS = {"lorenz": LORENZ, "robertson": ROBERTSON}


def import_symnum() -> dict[str, Any]:
    """``import symnum`` alone; a bare interpreter's own start is `before`."""
    before = time.process_time()
    import symnum

    return {"before": before, "import": time.process_time() - before, "version": symnum.__version__}


def first_rhs(path: str) -> dict[str, Any]:
    """From a network file to the first right-hand side, with the time at which each step ended."""
    marks = {"start": time.process_time()}
    import symnum as sn

    marks["import"] = time.process_time()
    model = sn.read_model(path)
    marks["read"] = time.process_time()
    simulator = sn.build_simulator(model)
    marks["build"] = time.process_time()
    state, parameters = simulator.defaults()
    dy = simulator.rhs(0.0, state, parameters)
    marks["first call"] = time.process_time()
    return {"marks": marks, "norm": float((dy * dy).sum() ** 0.5), "largest": float(abs(dy).max())}


def first_rhs_numba(path: str) -> dict[str, Any]:
    """The same by the peers' small reader and a Numba reaction loop."""
    marks = {"start": time.process_time()}
    from peers.arrays import reaction_arrays
    from peers.bionetgen import read_network
    from peers.numba_loops import reaction_loop

    marks["import"] = time.process_time()
    network = read_network(path)
    marks["read"] = time.process_time()
    import numpy as np

    arrays = reaction_arrays(network)
    rhs, dy = reaction_loop(arrays), np.empty(arrays.size)
    marks["build"] = time.process_time()
    rhs(np.append(network.initial, 1.0), arrays.parameter_values, dy)
    marks["first call"] = time.process_time()
    return {"marks": marks, "norm": float(np.linalg.norm(dy)), "largest": float(np.abs(dy).max())}


def first_solution(name: str) -> dict[str, Any]:
    """From a model's text to its first solution."""
    equations, parameters, y0, t_end, atol = MODELS[name]
    marks = {"start": time.process_time()}
    import symnum as sn

    marks["import"] = time.process_time()
    simulator = sn.build_simulator(sn.ode_system(equations, parameters=parameters))
    marks["build"] = time.process_time()
    solution = simulator.solve((0.0, t_end), y0=y0, rtol=1e-8, atol=atol)
    marks["solve"] = time.process_time()
    return {
        "marks": marks,
        "end": [float(value) for value in solution.y[:, -1]],
        "status": str(solution.status),
    }


def compile_solvers() -> dict[str, Any]:
    """Compile both engines, and then the sparse linear solver, in one process with an empty cache."""
    marks = {"start": time.process_time()}
    import symnum as sn

    simulators = {}
    for name, (equations, parameters, y0, *_) in MODELS.items():
        simulators[name] = sn.build_simulator(sn.ode_system(equations, parameters=parameters, initial=y0))
        simulators[name].rhs(0.0, None)
        simulators[name].jacobian(0.0, None)
    marks["kernels"] = time.process_time()
    first = simulators["lorenz"].solve((0.0, 1.0), method="tsit5")
    second = simulators["robertson"].solve((0.0, 1.0), method="ndf")
    marks["both engines"] = time.process_time()
    from symnum.integrators.linear import make_linear_solver

    make_linear_solver(2, [0, 2, 4], [0, 1, 0, 1], kind="sparse")
    marks["sparse linear solver"] = time.process_time()
    return {"marks": marks, "status": [str(first.status), str(second.status)]}


def compile_every_engine() -> dict[str, Any]:
    """Compile what is not in the cache of all engines; seconds by stage of each that was compiled."""
    from llvmlite.binding.newpassmanagers import ModulePassManager
    from llvmlite.binding.targets import TargetMachine

    from symnum.compiling.compiled import CompiledCallback
    from symnum.compiling.plain.functions import Functions
    from symnum.integrators.warm import warm_up

    engines: dict[str, dict[str, float]] = {}
    spent: dict[str, float] = {}

    def timed(owner: Any, method: str, stage: str) -> None:
        inner = getattr(owner, method)

        def outer(*arguments: Any) -> Any:
            began = time.process_time()
            result = inner(*arguments)
            spent[stage] = spent.get(stage, 0.0) + time.process_time() - began
            if stage == "all":
                engines[arguments[0].name] = {"translate": 0.0, "optimise": 0.0, "emit": 0.0, **spent}
                spent.clear()
            return result

        setattr(owner, method, outer)

    timed(Functions, "module_text", "translate")
    timed(ModulePassManager, "run", "optimise")
    timed(TargetMachine, "emit_object", "emit")
    timed(CompiledCallback, "_compile", "all")
    return {"seconds": warm_up(), "engines": engines}


def plain_rhs(name: str) -> Any:
    """The model as a Python function of time and state."""
    _, p, *_ = MODELS[name]
    if name == "lorenz":
        return lambda t, u: [
            p["sigma"] * (u[1] - u[0]),
            u[0] * (p["rho"] - u[2]) - u[1],
            u[0] * u[1] - p["beta"] * u[2],
        ]

    def robertson(t: float, u: Any) -> list[Any]:
        forward, back, middle = p["k1"] * u[0], p["k3"] * u[1] * u[2], p["k2"] * u[1] ** 2
        return [back - forward, forward - back - middle, middle]

    return robertson


def first_solution_scipy(name: str) -> dict[str, Any]:
    """The same by SciPy, on a right-hand side written in Python."""
    _, _, y0, t_end, atol = MODELS[name]
    marks = {"start": time.process_time()}
    from scipy.integrate import solve_ivp

    marks["import"] = time.process_time()
    method = {"lorenz": "RK45", "robertson": "BDF"}[name]
    result = solve_ivp(plain_rhs(name), (0.0, t_end), list(y0.values()), method, rtol=1e-8, atol=atol)
    marks["solve"] = time.process_time()
    return {"marks": marks, "end": [float(value) for value in result.y[:, -1]]}


def first_trajectory(network: str, tool: str) -> dict[str, Any]:
    """From a network to the end of a first short trajectory, and what memory the process took beyond imports."""
    import harness
    from workloads.jump_networks import networks

    case = next(n for n in networks(harness.data_folder()) if n.name == network)
    end, _ = case.end / 100, case.initial  # everybody gets populations ready made

    def own() -> None:
        import symnum as sn

        simulator = sn.build_simulator(case.network, kind="ssa")
        assert simulator.solve((0.0, end), y0=case.initial, t_eval=[0.0, end], seed=1).success

    def make_peer() -> Any:
        from peers import gillespy2_ssa, populations, roadrunner_ssa

        numbers = populations.populations(case.network, case.initial)
        if tool == roadrunner_ssa.NAME:
            return lambda: roadrunner_ssa.make(numbers, end, 2).run(1, 1)
        return lambda: gillespy2_ssa.make(numbers, end, 2, gillespy2_ssa.NAMES[tool]).run(1, 1)

    work = own if tool == "symnum" else make_peer()
    _import(tool)
    imported = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak counts from here
    seconds, _ = harness.cpu_seconds(work)
    return {"seconds": seconds, "imported_MB": imported, "more_MB": _memory("VmHWM") - imported}


def traced_program(variant: str) -> dict[str, Any]:
    """A matrix program of fields on a grid: trace, compile, solve."""
    from reaction_diffusion_questions import fresh_stages

    return fresh_stages.traced_program(variant)


def large_brusselator(*arguments: str) -> dict[str, Any]:
    """The stiff Brusselator on a large grid, with the memory it took."""
    from reaction_diffusion_questions import fresh_stages

    return fresh_stages.large_brusselator(*arguments)


def _memory(what: str) -> float:
    """MB of this process: VmRSS now, or VmHWM at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(what))) / 1024


def _import(tool: str) -> None:
    name = {"symnum": "symnum", "libroadrunner": "roadrunner"}.get(tool, "gillespy2")
    __import__(name)


STAGES = {
    stage.__name__: stage
    for stage in (
        import_symnum,
        first_rhs,
        first_rhs_numba,
        first_solution,
        first_solution_scipy,
        compile_solvers,
        compile_every_engine,
        first_trajectory,
        traced_program,
        large_brusselator,
    )
}


def main() -> None:
    """Run the stage that the command line names."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    print(json.dumps(STAGES[sys.argv[1]](*sys.argv[2:])))


if __name__ == "__main__":
    main()
