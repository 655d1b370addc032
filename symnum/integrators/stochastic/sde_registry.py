"""Methods for stochastic differential equations under their names."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic.approximate_registry import ApproximateMethod, approximate_method
from symnum.integrators.stochastic.platen import platen_doubles
from symnum.integrators.stochastic.sde_steps import sde_doubles, sde_integers

if TYPE_CHECKING:
    from symnum.integrators.stochastic.trajectory import Trajectory

__all__ = ["SDE_METHODS", "SDEMethod", "sde_engines", "sde_method"]


@dataclass(frozen=True)
class SDEMethod(ApproximateMethod):
    """A method for stochastic differential equations.

    Attributes
    ----------
    strong, weak : float
        Orders of convergence of paths, and of means.
    needs_commuting : bool
        Whether the noise must commute.
    """

    strong: float = 0.5
    weak: float = 1.0
    needs_commuting: bool = False

    def prepare_equations(
        self, memory: "Trajectory", propensities: Any, columns: Any, roles: Any, is_chemical: bool
    ) -> None:
        """Enter options and tables into the memory of a trajectory."""
        from symnum.integrators.stochastic.sde_rates import sde_rates

        self.prepare(memory, propensities)
        n = propensities.n_reactions
        memory.whole_work[:n] = 0
        memory.whole_work[2 * n + 2] = sde_rates.address
        memory.whole_work[2 * n + 8 : 4 * n + 8] = np.concatenate((columns, roles))
        memory.work[own.W_AUTOMATIC] = 0.0 if is_chemical or memory.work[own.W_STEP] > 0.0 else 1.0

    def statistics(self, memory: "Trajectory") -> dict[str, int]:
        """Return what was counted."""
        return {"steps": int(memory.integers[own.I_LEAPS])}


_OPTIONS = {
    "step": (own.W_STEP, 0.0, 0.0, float("inf")),
    "epsilon": (own.W_EPSILON, 0.03, 1e-6, 0.5),
}

SDE_METHODS: dict[str, SDEMethod] = {
    method.name: method
    for method in (
        SDEMethod(
            "euler_maruyama",
            'G. Maruyama, "Continuous Markov processes and stochastic equations", Rend. Circ. Mat. Palermo 4, 48 '
            "(1955)",
            "noise of any kind, many noises",
            sde_doubles,
            sde_integers,
            defaults=_OPTIONS,
            takes_time=True,
        ),
        SDEMethod(
            "milstein",
            'P. E. Kloeden and E. Platen, "Numerical Solution of Stochastic Differential Equations" (1992), section '
            "11.1",
            "paths, where the noise commutes",
            sde_doubles,
            sde_integers,
            defaults=_OPTIONS,
            takes_time=True,
            strong=1.0,
            needs_commuting=True,
        ),
        SDEMethod(
            "platen",
            'P. E. Kloeden and E. Platen, "Numerical Solution of Stochastic Differential Equations" (1992), equation '
            "(15.1.3)",
            "means and distributions, few noises of any kind",
            platen_doubles,
            sde_integers,
            defaults=_OPTIONS,
            takes_time=True,
            weak=2.0,
        ),
    )
}
"""Every method under its name."""


def sde_method(text: str) -> SDEMethod:
    """Return the method of a name, with the options that follow it in parentheses.

    Raises
    ------
    UnknownNameError, InputError
        As `symnum.integrators.stochastic.approximate_registry.approximate_method`.
    """
    method = approximate_method(text, SDE_METHODS)
    assert isinstance(method, SDEMethod)
    return method


def sde_engines() -> None:
    """Compile (or load) all engines."""
    from symnum.integrators.stochastic.sde_rates import sde_rates

    for code in (sde_rates, *(method.load() for method in SDE_METHODS.values())):
        code.address  # noqa: B018 - compiles it
