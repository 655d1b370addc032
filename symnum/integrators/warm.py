"""Compile every engine into the cache: ``python -m symnum.integrators.warm``."""

import sys
import time


def warm_up() -> float:
    """Compile (or load) all engines and linear solvers; return the CPU seconds it took.

    Test runners call this once before they start their workers.
    """
    began = time.process_time()
    from symnum.integrators.ensembles.compiled import compiled_statistics
    from symnum.integrators.events.watch import watch
    from symnum.integrators.families import compiled_engines
    from symnum.integrators.grids.engines import compiled_on_grids
    from symnum.integrators.linear import KINDS, make_linear_solver
    from symnum.integrators.linear.operators import keep_point
    from symnum.integrators.stochastic.registry import compiled_engines as stochastic_engines

    compiled_engines()
    watch.address  # noqa: B018 - compiles it
    for kind in KINDS:
        make_linear_solver(2, [0, 2, 4], [0, 1, 0, 1], kind)
    for preconditioner in ("ilut", "diagonal"):
        make_linear_solver(2, [0, 2, 4], [0, 1, 0, 1], "gmres", preconditioner)
    make_linear_solver(2, None, None)
    keep_point.address  # noqa: B018 - compiles it
    compiled_on_grids()
    stochastic_engines()
    compiled_statistics()
    return time.process_time() - began


if __name__ == "__main__":
    print(f"solvers ready after {warm_up():.2f} s of CPU time", file=sys.stderr)
