"""Boundary conditions: ``dirichlet(g)``, ``neumann(g)``, ``robin(a, b, g)``, ``periodic()``."""

from dataclasses import dataclass
from typing import Any

__all__ = ["KINDS", "Condition", "Sides", "dirichlet", "neumann", "periodic", "robin"]

#: What a condition may be; "axis" is the middle of a radial grid, and given by nobody.
KINDS = ("periodic", "dirichlet", "neumann", "robin", "axis")


@dataclass(frozen=True, eq=False)
class Condition:
    """``value_factor * u + derivative_factor * du/dn = target`` on one side, with the normal pointing outwards.

    Attributes
    ----------
    kind : {"periodic", "dirichlet", "neumann", "robin", "axis"}
    target, value_factor, derivative_factor : number or term
        In coordinates (that of the side's axis being the place of the side), the independent variable and parameters.
        Meaningless for "periodic" and "axis".
    """

    kind: str
    target: Any = 0
    value_factor: Any = 0
    derivative_factor: Any = 0

    def __repr__(self) -> str:
        if self.kind == "robin":
            return f"robin({self.value_factor}, {self.derivative_factor}, {self.target})"
        return f"{self.kind}({self.target})" if self.kind in ("dirichlet", "neumann") else f"{self.kind}()"

    @property
    def homogeneous(self) -> bool:
        """Whether the target is zero."""
        return isinstance(self.target, int | float) and self.target == 0


#: Conditions at the low and the high side of an axis.
Sides = tuple[Condition, Condition]


def dirichlet(value: Any = 0) -> Condition:
    """Return the condition that a field has a value on a side.

    Parameters
    ----------
    value : number, term or text
        In coordinates, the independent variable and parameters.
    """
    return Condition("dirichlet", value, 1, 0)


def neumann(derivative: Any = 0) -> Condition:
    """Return the condition that the derivative of a field along the outward normal has a value on a side.

    Parameters
    ----------
    derivative : number, term or text
        Positive where the field grows towards the outside. Zero lets nothing diffuse through the side.
    """
    return Condition("neumann", derivative, 0, 1)


def robin(value_factor: Any, derivative_factor: Any, target: Any = 0) -> Condition:
    """Return the condition ``value_factor*u + derivative_factor*du/dn = target``, with the outward normal.

    Parameters
    ----------
    value_factor, derivative_factor, target : number, term or text
        In coordinates, the independent variable and parameters.
    """
    return Condition("robin", target, value_factor, derivative_factor)


def periodic() -> Condition:
    """Return the condition that both ends of an axis meet."""
    return Condition("periodic")
