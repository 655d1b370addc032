"""Fields on grids: a traced matrix program, throughput of kernels, compile time, large and exact simulations.

``python benchmarks/reaction_diffusion.py [--json [PATH]] [--quick] [--only NAME ...]``. CPU time of one core,
competitors taking turns in changing order; every answer is checked before its time counts. Devito, pystencils and
py-pde are looked for in the folders that ``SYMNUM_PEERS`` names: ``pip install --target FOLDER/devito devito``,
``FOLDER/pystencils pystencils``, ``FOLDER/py-pde py-pde``; each runs in a process of its own. With ``--only`` the
stored figures of the other questions stay.
"""

import harness

# isort: split
import importlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from harness import Results
from reaction_diffusion_questions.plot import plot

#: Questions by their names, with the modules that answer them.
QUESTIONS = (
    "traced_program",
    "source_disc",
    "right_hand_side",
    "compile_time",
    "throughput",
    "large_brusselator",
)


def store(results: Results, path: Path | None) -> None:
    """Write results and picture, if a file for them is asked for."""
    if path is not None:
        results.write(path)
        plot(results.figures, path.parent / f"{path.stem}.png")


def keep(results: Results, path: Path | None, asked: Sequence[str]) -> None:
    """Take over the stored figures and bars of the questions that are not asked again."""
    if path is None or not path.is_file() or set(asked) == set(QUESTIONS):
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    results.figures += [f for f in before["figures"] if f.get("question") not in asked]
    results.bars += [b for b in before["bars"] if b.get("question") not in asked]


def ask(results: Results, name: str) -> None:
    """Answer one question, with its name at what it finds and the time it took."""
    figures, bars, start = len(results.figures), len(results.bars), time.perf_counter()
    importlib.import_module(f"reaction_diffusion_questions.{name}").measure(results)
    for found in (*results.figures[figures:], *results.bars[bars:]):
        found["question"] = name
    print(f"{name}: {time.perf_counter() - start:.0f} s\n", flush=True)


def main() -> int:
    """Ask all questions, or those that are named."""
    parser = harness.parser("reaction_diffusion", __doc__ or "")
    parser.add_argument("--only", nargs="+", choices=QUESTIONS, default=QUESTIONS, metavar="NAME")
    given = parser.parse_args()
    results = Results("reaction_diffusion", quick=given.quick)
    keep(results, given.json, given.only)
    for name in given.only:
        ask(results, name)
        store(results, given.json)  # a long run that is stopped has what it has
    return 0


if __name__ == "__main__":
    sys.exit(main())
