"""What compiling every engine costs the first time ever, stage by stage, and loading all of them again.

``python benchmarks/engine_compilation.py [--json [PATH]] [--quick]``. CPU seconds of fresh processes with an empty
cache: translating Python, optimising its intermediate code, emitting machine code; the dearest engines by name. Edit no
source file of the integrators meanwhile: the cache would be another.
"""

import harness

# isort: split
import shutil
import sys
import tempfile
from pathlib import Path

from harness import Results


def main() -> int:
    """Run the stages."""
    parser = harness.parser("engine_compilation", __doc__.splitlines()[0])
    arguments = parser.parse_args()
    results = Results("engine_compilation", arguments.quick)
    cache = Path(tempfile.mkdtemp(prefix="symnum-benchmark-"))
    try:
        report = harness.fresh_process("compile_every_engine", cache=cache)
        loaded = harness.fresh_process("compile_every_engine", cache=cache)
    finally:
        shutil.rmtree(cache)
    engines = report["engines"]
    harness.check("engines loaded that had to be compiled again, plus 1", 1 + len(loaded["engines"]), 1, 0.0)
    total = report["seconds"]
    stages = {stage: sum(e[stage] for e in engines.values()) for stage in ("translate", "optimise", "emit")}
    results.add("all engines, empty cache", "symnum", total, "s", engines=len(engines), **stages)
    dearest = sorted(engines, key=lambda name: -engines[name]["all"])
    for name in dearest if not arguments.quick else dearest[:5]:
        results.add(name.removeprefix("symnum.integrators."), "symnum", engines[name]["all"], "s", **engines[name])
    results.bar("all engines, empty cache", total, 60, "s")
    results.bar(f"dearest engine ({dearest[0]})", engines[dearest[0]]["all"], 8, "s")
    results.add("all engines, from the cache", "symnum", loaded["seconds"], "s")
    results.bar("one engine from the cache, on average", loaded["seconds"] / len(engines), 0.1, "s")
    return harness.finish(results, arguments)


if __name__ == "__main__":
    sys.exit(main())
