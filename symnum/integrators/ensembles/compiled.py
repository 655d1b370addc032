"""How the statistics of ensembles are compiled: a package of its own, so that engines keep their machine code."""

from pathlib import Path

from symnum.compiling.compiled import CodePackage
from symnum.integrators import compiled as of_integrators

__all__ = ["statistics"]

_HERE = Path(__file__).resolve().parent

statistics = CodePackage(
    "ensembles",
    "symnum.integrators.ensembles.",
    [_HERE, _HERE.parent / "addresses.py"],
    announce=lambda seconds: of_integrators.announce(seconds),  # noqa: PLW0108 - looked up when called
)
"""All source files of the statistics, which are compiled together."""


def compiled_statistics() -> None:
    """Compile (or load) all of them."""
    from symnum.integrators.ensembles.co_moments import co_moments
    from symnum.integrators.ensembles.count import count, merge_counts
    from symnum.integrators.ensembles.moments import moments
    from symnum.integrators.ensembles.observe import observe

    for code in (moments, co_moments, count, merge_counts, observe):
        code.address  # noqa: B018 - compiles it
