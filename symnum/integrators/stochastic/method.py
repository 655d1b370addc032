"""What the registries of stochastic methods have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from symnum.integrators.compiled import CompiledCallback

__all__ = ["StochasticMethod"]


def _nothing(states: int, reactions: int) -> int:
    return 0


@dataclass(frozen=True)
class StochasticMethod:
    """A stochastic method, whose engine is in the file of its name.

    Attributes
    ----------
    name : str
    citation : str
        Where it was published.
    suitable : str
        What it is good for.
    work_doubles, work_integers : callable
        From the numbers of states and reactions to the sizes of the two work arrays of a trajectory.
    takes_time : bool
        Whether propensities may depend on time.
    """

    name: str
    citation: str
    suitable: str
    work_doubles: Callable[[int, int], int] = _nothing
    work_integers: Callable[[int, int], int] = _nothing
    takes_time: bool = False

    def load(self) -> CompiledCallback:
        """Return its compiled engine."""
        return cast(CompiledCallback, import_module(f"symnum.integrators.stochastic.{self.name}").advance)
