"""Compile the arena's kernels into the cache: ``python -m symnum.terms.arena.warm``."""

import sys
import time


def warm_up() -> float:
    """Compile (or load) every kernel; return the CPU seconds it took.

    Test runners call this once before they start their workers.
    """
    began = time.process_time()
    from symnum.terms.differentiate import differentiate
    from symnum.terms.expand import expand
    from symnum.terms.substitute import substitute
    from symnum.terms.symbols import symbols

    x, y = symbols("x y", terms="arena")
    expanded = expand((x + y) ** 2 * x)
    substitute(differentiate(expanded, x), {x: y + 1})
    return time.process_time() - began


if __name__ == "__main__":
    sys.stderr.write(f"arena kernels ready after {warm_up():.2f} s of CPU time\n")
