"""The kernel of a Jacobian on a grid: its pattern is made when somebody asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from codegen.kernel import Context
from codegen.native import machine_identity
from codegen.stencils.kernel import POSITIONS_SLOT, StencilKernel
from codegen.stencils.pattern import Pattern, make_pattern
from codegen.stencils.plan import Segment
from symnum.compiling.aligned import aligned_copy

__all__ = ["MatrixFacts", "MatrixKernel"]


@dataclass(eq=False)
class MatrixKernel(StencilKernel):
    """Machine code that writes the values of a Jacobian.

    Parameters
    ----------
    segments : sequence of Segment
        What it consists of.
    offsets : sequence of int
        Where the arrays of states start.
    size : int
        Number of states.
    """

    segments: Sequence[Segment] = ()
    offsets: Sequence[int] = ()
    size: int = 0

    def __post_init__(self) -> None:
        self.facts = MatrixFacts(self.facts, self)
        self.__dict__.pop("n_outputs", None)  # see __getattr__

    @cached_property
    def pattern(self) -> Pattern:
        """Where the entries are."""
        made = make_pattern(self.segments, self.offsets, self.size)
        return Pattern(made.indptr, made.indices, aligned_copy(made.positions))

    def evaluate_stage(self, parameters: NDArray[Any], context: Context) -> None:
        """Evaluate what depends on parameters only, and tell the context where tables and positions are."""
        self._provide(context, POSITIONS_SLOT, self.pattern.positions)
        super().evaluate_stage(parameters, context)

    def __getattr__(self, name: str) -> Any:
        """Count the entries when somebody asks how many there are."""
        if name == "n_outputs":
            return len(self.pattern.indices)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __getstate__(self) -> dict[str, Any]:
        """Keep what the pattern is made of."""
        kept = {k: self.__dict__[k] for k in ("segments", "offsets", "size")}
        names = ("name", "code", "stage_size", "scratch_size", "tables", "dtype", "threads")
        own = {k: self.__dict__[k] for k in names} | {"facts": dict(self.facts), "machine": machine_identity()}
        return own | kept

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.__post_init__()


class MatrixFacts(dict[str, Any]):
    """What compiling reported, and the pattern as "indptr" and "indices", made at first use."""

    def __init__(self, known: dict[str, Any], kernel: MatrixKernel) -> None:
        super().__init__(known)
        self.kernel = kernel

    def __missing__(self, name: str) -> Any:
        if name in ("indptr", "indices"):
            return getattr(self.kernel.pattern, name)
        raise KeyError(name)
