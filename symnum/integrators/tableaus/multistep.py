"""Backward differentiation formulas."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

__all__ = ["MultistepFormulas"]


@dataclass(frozen=True)
class MultistepFormulas:
    """Backward differentiation formulas with one free constant for each order.

    Attributes
    ----------
    kappa : tuple of float
        Constants of orders 1, 2, ...; zero gives the plain backward differentiation formula.
    angles : tuple of float
        Degrees of the wedge of A(alpha)-stability of each order.
    additive : bool
        Whether an explicit part of a right-hand side is carried on from its last values.
    """

    family: ClassVar[str] = "multistep"
    implicit: ClassVar[bool] = True
    stages: ClassVar[int] = 1

    name: str
    kappa: tuple[float, ...]
    angles: tuple[float, ...]
    reference: str
    additive: bool = False

    @property
    def orders(self) -> tuple[int, ...]:
        """Orders that the method chooses from."""
        return tuple(range(1, len(self.kappa) + 1))

    @property
    def interpolant_order(self) -> int:
        """Highest order of the continuous solution: that of the step."""
        return len(self.kappa)

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows."""
        return 1.0

    @property
    def properties(self) -> dict[str, object]:
        """Angles of A(alpha)-stability, by order."""
        return {
            "angles of stability": dict(zip(self.orders, self.angles, strict=True)),
            "additive": self.additive,
        }

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine: leading coefficients at 1..k, error constants at 9..8+k."""
        out = np.zeros(16)
        for order, kappa in enumerate(self.kappa, start=1):
            harmonic = sum(1.0 / j for j in range(1, order + 1))
            out[order] = (1.0 - kappa) * harmonic
            out[8 + order] = 1.0 / (order + 1) + kappa * harmonic
        return out
