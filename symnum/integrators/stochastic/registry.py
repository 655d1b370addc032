"""Exact stochastic methods under their names."""

from collections.abc import Callable
from dataclasses import dataclass

from symnum.errors import UnknownNameError, suggest
from symnum.integrators.compiled import CompiledCallback

__all__ = ["METHODS", "ExactMethod", "exact_method"]


@dataclass(frozen=True)
class ExactMethod:
    """An exact algorithm.

    Attributes
    ----------
    name : str
    citation : str
        Where it was published.
    suitable : str
        What it is good for.
    load : callable
        Returns its compiled engine.
    work_doubles, work_integers : callable
        From the numbers of states and reactions to the sizes of the two work arrays of a trajectory.
    takes_time : bool
        Whether propensities may depend on time.
    """

    name: str
    citation: str
    suitable: str
    load: Callable[[], CompiledCallback]
    work_doubles: Callable[[int, int], int] = lambda states, reactions: 0
    work_integers: Callable[[int, int], int] = lambda states, reactions: 0
    takes_time: bool = False


def _direct() -> CompiledCallback:
    from symnum.integrators.stochastic.direct import advance

    return advance


METHODS: dict[str, ExactMethod] = {
    method.name: method
    for method in (
        ExactMethod(
            "direct",
            'D. T. Gillespie, "Exact stochastic simulation of coupled chemical reactions", J. Phys. Chem. 81, 2340 '
            "(1977)",
            "small networks",
            _direct,
        ),
    )
}
"""Every exact method under its name."""


def exact_method(name: str) -> ExactMethod:
    """Return the exact method of a name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if name not in METHODS:
        raise UnknownNameError(f'There is no exact method "{name}".{suggest(name, list(METHODS))}')
    return METHODS[name]
