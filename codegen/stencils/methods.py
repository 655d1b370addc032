"""Explicit methods of fixed step whose stages are one sweep each: derivative and combination of states in one pass."""

from dataclasses import dataclass

__all__ = ["METHODS", "FixedStepMethod", "Stage"]


@dataclass(frozen=True)
class Stage:
    """One sweep.

    Attributes
    ----------
    time : float
        Where in the step the derivative is taken, as a fraction.
    combine : str
        How the new state is made; see `COMBINATIONS` of the sweeps.
    slope : float
        Factor of the derivative, in steps.
    of_changes, of_last : float
        Factors of changes since the start of the step: of all of them, and of that where the derivative is taken.
    earlier : tuple of int
        States beside the last one: 0 is the one at the start of the step, i the result of stage i.
    """

    time: float
    combine: str
    slope: float
    of_changes: float = 0.0
    of_last: float = 0.0
    earlier: tuple[int, ...] = ()


@dataclass(frozen=True)
class FixedStepMethod:
    """A method with its source."""

    name: str
    order: int
    stages: tuple[Stage, ...]
    reference: str

    @property
    def buffers(self) -> int:
        """States that must be kept apart, that at the start of a step among them."""
        return max(2, len(self.stages))


METHODS = {
    method.name: method
    for method in (
        FixedStepMethod("euler", 1, (Stage(0.0, "add", 1.0),), "Euler 1768"),
        FixedStepMethod(
            "ssprk33",
            3,
            (
                Stage(0.0, "add", 1.0),
                Stage(1.0, "blend", 1 / 4, of_last=1 / 4, earlier=(0,)),
                Stage(1 / 2, "blend", 2 / 3, of_last=2 / 3, earlier=(0,)),
            ),
            "Shu and Osher, Journal of Computational Physics 77 (1988), 439-471",
        ),
        FixedStepMethod(
            "rk4",
            4,
            (
                Stage(0.0, "add", 1 / 2),
                Stage(1 / 2, "base", 1 / 2, earlier=(0,)),
                Stage(1 / 2, "base", 1.0, earlier=(0,)),
                # y + h/6 (k1 + 2 k2 + 2 k3 + k4), with the slopes taken out of the states that they led to.
                Stage(1.0, "last", 1 / 6, 1 / 3, earlier=(0, 1, 2)),
            ),
            "Kutta, Zeitschrift fuer Mathematik und Physik 46 (1901), 435-453",
        ),
    )
}
