"""Every method under its name."""

from dataclasses import dataclass

from symnum.errors import UnknownNameError, suggest
from symnum.integrators.methods.bdf import BDF
from symnum.integrators.methods.ndf import NDF
from symnum.integrators.methods.tsit5 import TSIT5
from symnum.integrators.tableaus import MultistepFormulas, RungeKuttaTableau

__all__ = ["METHODS", "Method", "find_method"]


@dataclass(frozen=True)
class Method:
    """One entry of the registry.

    Attributes
    ----------
    name : str
        What a user types.
    title : str
        A line for lists.
    family : str
        The engine: "explicit" or "multistep".
    orders : tuple of int
        Orders of accuracy that it can use.
    stiff : bool
        Whether it suits stiff problems.
    implicit : bool
        Whether it needs a Jacobian and a linear solver.
    interpolant_order : int
        Order of the continuous solution (that of the step for a multistep method).
    numbers : MultistepFormulas or RungeKuttaTableau
        Its coefficients.
    """

    name: str
    title: str
    family: str
    orders: tuple[int, ...]
    stiff: bool
    implicit: bool
    interpolant_order: int
    numbers: MultistepFormulas | RungeKuttaTableau

    @property
    def order(self) -> int:
        """Highest order."""
        return self.orders[-1]

    @property
    def reference(self) -> str:
        """Where it was published."""
        return self.numbers.reference


METHODS: dict[str, Method] = {
    m.name: m
    for m in (
        Method("tsit5", "explicit Runge-Kutta 5(4), for non-stiff problems", "explicit", (5,), False, False, 4, TSIT5),
        Method("ndf", "variable order 1 to 5 for stiff problems (the default)", "multistep", (1, 2, 3, 4, 5), True,
               True, 5, NDF),
        Method("bdf", "backward differentiation of variable order 1 to 5", "multistep", (1, 2, 3, 4, 5), True, True, 5,
               BDF),
    )
}  # fmt: skip


def find_method(name: str) -> Method:
    """Return the method of this name.

    Raises
    ------
    UnknownNameError
        With a suggestion.

    Examples
    --------
    >>> find_method("tsit5").order
    5
    """
    try:
        return METHODS[name.lower()]
    except KeyError:
        known = ", ".join(["auto", *METHODS])
        hint = suggest(name.lower(), ["auto", *METHODS])
        raise UnknownNameError(f'there is no method "{name}"; choose one of {known}.{hint}') from None
