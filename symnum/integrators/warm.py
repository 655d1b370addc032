"""Compile every engine into the cache: ``python -m symnum.integrators.warm``."""

import sys
import time


def warm_up() -> float:
    """Compile (or load) all engines and linear solvers; return the CPU seconds it took.

    Test runners call this once before they start their workers.
    """
    began = time.process_time()
    from symnum.integrators.families import compiled_engines
    from symnum.integrators.linear import make_linear_solver

    compiled_engines()
    make_linear_solver(2, [0, 2, 4], [0, 1, 0, 1], kind="dense")
    make_linear_solver(2, [0, 2, 4], [0, 1, 0, 1], kind="sparse")
    return time.process_time() - began


if __name__ == "__main__":
    print(f"solvers ready after {warm_up():.2f} s of CPU time", file=sys.stderr)
