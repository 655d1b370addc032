"""Adams-Bashforth-Moulton formulas."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import factorial
from typing import ClassVar

import numpy as np
import numpy.typing as npt

__all__ = ["AdamsFormulas"]


@dataclass(frozen=True)
class AdamsFormulas:
    """Adams-Bashforth-Moulton formulas: k derivatives predict, one more corrects, k = 1, 2, ...

    Attributes
    ----------
    steps : int
        Largest k; a step with k is of order k + 1.
    intervals : tuple of float
        Reach of the stability region along the negative real axis for each k.
    """

    family: ClassVar[str] = "adams"
    implicit: ClassVar[bool] = False
    stages: ClassVar[int] = 2

    name: str
    steps: int
    intervals: tuple[float, ...]
    reference: str

    @property
    def orders(self) -> tuple[int, ...]:
        """Orders that the method chooses from."""
        return tuple(range(2, self.steps + 2))

    @property
    def interpolant_order(self) -> int:
        """Highest order of the continuous solution: that of the step."""
        return self.steps + 1

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows."""
        return 1.0

    @property
    def properties(self) -> dict[str, object]:
        """Real intervals of stability, by order."""
        return {"real intervals": dict(zip(self.orders, self.intervals, strict=True))}

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Array for the engine, rows of 16: error constants, factorials, 1/(k + 1), all at k."""
        count = 16
        constants = [Fraction(1)]  # of the corrector: c_k + c_{k-1}/2 + ... + c_0/(k + 1) = 0
        for k in range(1, count):
            constants.append(-sum((constants[k - j] / (j + 1) for j in range(1, k + 1)), Fraction(0)))
        out = np.zeros((3, count))
        out[0] = [abs(float(c)) for c in constants]
        out[1] = [float(factorial(k)) for k in range(count)]
        out[2] = 1.0 / np.arange(1.0, count + 1.0)
        return out.ravel()
