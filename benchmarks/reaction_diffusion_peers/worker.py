"""A process that holds one tool: ``python worker.py MODULE CELLS DTYPE``, then a command a line, an answer a line.

``run STEPS`` advances and answers with CPU seconds; ``state FILE`` stores both fields; ``copy WAY STEPS`` copies the
tool's own buffers instead. Tools with other versions of their libraries than ours live in such processes alone.
"""

import importlib
import importlib.metadata
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "SYMNUM_THREADS"):
    os.environ[_variable] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def answer(tool: Any, words: list[str]) -> dict[str, Any]:
    """Do what one command says."""
    import numpy as np

    if words[0] == "state":
        np.save(words[1], np.array(tool.state()))
        return {}
    if words[0] == "copy":
        from reaction_diffusion_peers import numba_tool

        work, argument = getattr(numba_tool, f"{words[1]}_copies"), (tool.buffers, int(words[2]))
    else:
        work, argument = tool.run, (int(words[1]),)
    start = time.process_time()
    work(*argument)
    return {"seconds": time.process_time() - start}


def facts(module: Any, tool: Any) -> dict[str, Any]:
    """What a tool says of itself, and its version."""
    found = dict(getattr(tool, "facts", {}))
    package = getattr(module, "DISTRIBUTION", None)
    return found | ({"version": importlib.metadata.version(package)} if package else {})


def main() -> None:
    """Make the tool, say how long that took, and serve."""
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a tool prints goes to standard error
    module = importlib.import_module(f"reaction_diffusion_peers.{sys.argv[1]}")
    start = time.process_time()
    tool = module.Tool(int(sys.argv[2]), sys.argv[3])
    tool.run(2)  # compiles
    children = os.times()
    seconds = time.process_time() - start + children.children_user + children.children_system
    channel.write(json.dumps({"preparation": seconds, **facts(module, tool)}) + "\n")
    for line in sys.stdin:
        channel.write(json.dumps(answer(tool, line.split())) + "\n")


if __name__ == "__main__":
    main()
