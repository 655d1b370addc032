"""What runs in fresh processes; ``benchmarks/fresh.py`` calls it."""

import resource
import time
from typing import Any

COUNTED = ("method", "steps", "rhs_evaluations", "newton_iterations", "linear_iterations", "factorisations")


def peak_gib() -> float:
    """Most memory that this process has had, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def traced_program(variant: str) -> dict[str, Any]:
    """Trace the matrix program, compile it and solve it, with the CPU seconds at which each step ended."""
    marks = {"start": time.process_time()}
    from reaction_diffusion_peers import matrix_program as mp

    import symnum as sn

    marks["import"] = time.process_time()
    model = sn.trace(mp.PROGRAMS[variant], shape=(3, mp.N, mp.N))
    marks["trace"] = time.process_time()
    simulator = sn.build_simulator(model)
    marks["build"] = time.process_time()
    y0 = [0.0] * (3 * mp.N**2)
    solution = simulator.solve((0.0, mp.END), y0=y0, t_eval=[mp.END], rtol=mp.RTOL, atol=mp.ATOL)
    marks["solve"] = time.process_time()
    return {"marks": marks, "end": [float(v) for v in solution.y[:, -1]], "status": str(solution.status)}


def large_brusselator(side: str, rtol: str, kept: str, *times: str) -> dict[str, Any]:
    """Solve the Brusselator and return `kept` by `kept` points of both fields at each time."""
    n, m, wanted = int(side), int(kept), [float(t) for t in times]
    import symnum as sn
    from reaction_diffusion_questions.models import brusselator

    simulator = sn.build_simulator(brusselator(n))
    start = time.process_time()
    solution = simulator.solve((0.0, wanted[-1]), t_eval=wanted, rtol=float(rtol))
    seconds = time.process_time() - start
    if not solution.success:
        raise RuntimeError(solution.message)
    samples = [solution.y[:, k].reshape(2, n, n)[:, :: n // m, :: n // m].tolist() for k in range(len(wanted))]
    stats = {key: solution.stats[key] for key in COUNTED if solution.stats.get(key)}
    return {"GiB": peak_gib(), "samples": samples, "stats": {"solve": seconds, **stats}}
