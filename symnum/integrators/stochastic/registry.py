"""Exact stochastic methods under their names."""

from dataclasses import dataclass
from typing import Any

from symnum.errors import UnknownNameError, suggest
from symnum.integrators.stochastic.method import StochasticMethod
from symnum.integrators.stochastic.rssa import BLOCK
from symnum.integrators.stochastic.slots import SLOTS, slot_integers

__all__ = ["METHODS", "ExactMethod", "compiled_engines", "exact_method"]


@dataclass(frozen=True)
class ExactMethod(StochasticMethod):
    """An exact algorithm."""

    @property
    def text(self) -> str:
        """What the method is asked for by."""
        return self.name

    def statistics(self, memory: Any) -> dict[str, int]:
        """Return what was counted, beside what all methods count."""
        return {}


METHODS: dict[str, ExactMethod] = {
    method.name: method
    for method in (
        ExactMethod(
            "direct",
            'D. T. Gillespie, "Exact stochastic simulation of coupled chemical reactions", J. Phys. Chem. 81, 2340 '
            "(1977)",
            "small networks",
        ),
        ExactMethod(
            "sorting_direct",
            'J. M. McCollum et al., "The sorting direct method for stochastic simulation of biochemical systems with '
            'varying reaction execution behavior", Comput. Biol. Chem. 30, 39 (2006)',
            "networks of some tens of reactions, a few of which happen most of the time",
            work_integers=lambda states, reactions: reactions,
        ),
        ExactMethod(
            "next_reaction",
            'M. A. Gibson and J. Bruck, "Efficient exact stochastic simulation of chemical systems with many species '
            'and many channels", J. Phys. Chem. A 104, 1876 (2000)',
            "large networks in which each event changes few propensities",
            work_doubles=lambda states, reactions: reactions,
            work_integers=lambda states, reactions: 2 * reactions + 1,
        ),
        ExactMethod(
            "composition_rejection",
            'A. Slepoy, A. P. Thompson and S. J. Plimpton, "A constant-time kinetic Monte Carlo algorithm for '
            'simulation of large biochemical reaction networks", J. Chem. Phys. 128, 205101 (2008)',
            "large networks in which each event changes few propensities",
            work_doubles=lambda states, reactions: SLOTS,
            work_integers=lambda states, reactions: slot_integers(reactions),
        ),
        ExactMethod(
            "rssa",
            'V. H. Thanh, C. Priami and R. Zunino, "Efficient rejection-based simulation of biochemical reactions with '
            'stochastic noise and delays", J. Chem. Phys. 141, 134116 (2014)',
            "networks of hundreds of reactions in which each event changes many propensities",
            work_doubles=lambda states, reactions: 2 * (states + 1) + reactions + reactions // BLOCK + 1,
        ),
        ExactMethod(
            "rssacr",
            'V. H. Thanh, R. Zunino and C. Priami, "Efficient constant-time complexity algorithm for stochastic '
            'simulation of large reaction networks", IEEE/ACM Trans. Comput. Biol. Bioinf. 14, 657 (2017)',
            "networks of thousands of reactions",
            work_doubles=lambda states, reactions: 2 * (states + 1) + reactions + SLOTS,
            work_integers=lambda states, reactions: slot_integers(reactions),
        ),
        ExactMethod(
            "integrated_hazard",
            'D. T. Gillespie, "A rigorous derivation of the chemical master equation", Physica A 188, 404 (1992)',
            "networks with rates that depend on time",
            takes_time=True,
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


def compiled_engines() -> None:
    """Compile (or load) all engines, exact and approximate, and what they share."""
    from symnum.integrators.stochastic.approximate_registry import approximate_engines
    from symnum.integrators.stochastic.batch import batch
    from symnum.integrators.stochastic.sde_registry import sde_engines
    from symnum.integrators.stochastic.streams import refill

    for code in (refill, batch, *(method.load() for method in METHODS.values())):
        code.address  # noqa: B018 - compiles it
    approximate_engines()
    sde_engines()
