"""Every method under its name."""

from dataclasses import dataclass

from symnum.errors import UnknownNameError, suggest
from symnum.integrators.methods.adams import ADAMS
from symnum.integrators.methods.bdf import BDF
from symnum.integrators.methods.bs3 import BS3
from symnum.integrators.methods.dop853 import DOP853
from symnum.integrators.methods.dp5 import DP5
from symnum.integrators.methods.etdrk4 import ETDRK4
from symnum.integrators.methods.euler import EULER
from symnum.integrators.methods.exprb32 import EXPRB32
from symnum.integrators.methods.exprb43 import EXPRB43
from symnum.integrators.methods.implicit_euler import IMPLICIT_EULER
from symnum.integrators.methods.kencarp4 import KENCARP4
from symnum.integrators.methods.ndf import NDF
from symnum.integrators.methods.radau5 import RADAU5
from symnum.integrators.methods.rk4 import RK4
from symnum.integrators.methods.rkc2 import RKC2
from symnum.integrators.methods.rock2 import ROCK2
from symnum.integrators.methods.rodas4p import RODAS4P
from symnum.integrators.methods.rodas5p import RODAS5P
from symnum.integrators.methods.rosenbrock23 import ROSENBROCK23
from symnum.integrators.methods.sbdf import SBDF
from symnum.integrators.methods.ssprk33 import SSPRK33
from symnum.integrators.methods.trapezoid import TRAPEZOID
from symnum.integrators.methods.trbdf2 import TRBDF2
from symnum.integrators.methods.tsit5 import TSIT5
from symnum.integrators.methods.vern7 import VERN7
from symnum.integrators.methods.vern9 import VERN9
from symnum.integrators.tableaus import Numbers

__all__ = ["MASS_FAMILIES", "METHODS", "Method", "find_method"]

#: Engines that take a mass matrix.
MASS_FAMILIES = ("rosenbrock", "multistep", "sdirk", "radau")


@dataclass(frozen=True)
class Method:
    """One entry of the registry.

    Attributes
    ----------
    numbers : Numbers
        Its coefficients, with what can be said of them.
    title : str
        A line for lists.
    suits : tuple of str
        What it is meant for: "non-stiff", "stiff", "loose tolerances", "tight tolerances", ...
    """

    numbers: Numbers
    title: str
    suits: tuple[str, ...]

    @property
    def name(self) -> str:
        """What a user types."""
        return self.numbers.name

    @property
    def family(self) -> str:
        """The engine, such as "explicit", "rosenbrock" or "multistep"."""
        return self.numbers.family

    @property
    def orders(self) -> tuple[int, ...]:
        """Orders of accuracy that it can use."""
        return self.numbers.orders

    @property
    def order(self) -> int:
        """Highest order."""
        return self.orders[-1]

    @property
    def stages(self) -> int:
        """Stages of a step, one that is shared with the next step included."""
        return self.numbers.stages

    @property
    def interpolant_order(self) -> int:
        """Order of the continuous solution (that of the step for a multistep method)."""
        return self.numbers.interpolant_order

    @property
    def tolerance_exponent(self) -> float:
        """Power of the tolerance that the global error follows: 1 where the step is of higher order than its check."""
        return self.numbers.tolerance_exponent

    @property
    def one_step(self) -> bool:
        """Whether a step needs nothing of those before, so that its size may be fixed."""
        return self.family not in ("adams", "multistep")

    @property
    def stiff(self) -> bool:
        """Whether it suits stiff problems."""
        return "stiff" in self.suits

    @property
    def takes_mass_matrix(self) -> bool:
        """Whether it solves M y' = f with a constant matrix M."""
        return self.family in MASS_FAMILIES

    @property
    def index_1(self) -> bool:
        """Whether it solves differential-algebraic equations of index 1, which have a singular matrix M."""
        return self.takes_mass_matrix and "index 1" in self.suits

    @property
    def implicit(self) -> bool:
        """Whether it needs a Jacobian and a linear solver."""
        return self.numbers.implicit

    @property
    def properties(self) -> dict[str, object]:
        """What is claimed of its stability: real interval, angles, strong stability preservation."""
        return self.numbers.properties

    @property
    def reference(self) -> str:
        """Where it was published."""
        return self.numbers.reference


METHODS: dict[str, Method] = {
    m.name: m
    for m in (
        Method(TSIT5, "explicit Runge-Kutta 5(4), for non-stiff problems", ("non-stiff",)),
        Method(NDF, "variable order 1 to 5 for stiff problems (the default)", ("stiff", "index 1")),
        Method(BDF, "backward differentiation of variable order 1 to 5", ("stiff", "index 1")),
        Method(EULER, "explicit Euler, for comparison and fixed steps", ("fixed steps",)),
        Method(RK4, "the classical Runge-Kutta method of order 4", ("non-stiff", "fixed steps")),
        Method(SSPRK33, "strong stability preserving Runge-Kutta of order 3, for conservation laws",
               ("non-stiff", "fixed steps", "loose tolerances")),
        Method(BS3, "explicit Runge-Kutta 3(2)", ("non-stiff", "loose tolerances")),
        Method(DP5, "explicit Runge-Kutta 5(4) of Dormand and Prince", ("non-stiff",)),
        Method(VERN7, "explicit Runge-Kutta 7(6)", ("non-stiff", "tight tolerances")),
        Method(DOP853, "explicit Runge-Kutta 8(5,3)", ("non-stiff", "tight tolerances")),
        Method(VERN9, "explicit Runge-Kutta 9(8)", ("non-stiff", "tight tolerances")),
        Method(ADAMS, "Adams formulas of variable order 2 to 13, for dear smooth right-hand sides",
               ("non-stiff", "tight tolerances")),
        Method(ROSENBROCK23, "Rosenbrock 2(3), for stiff problems at loose tolerances", ("stiff", "loose tolerances")),
        Method(RODAS4P, "Rosenbrock 4(3), for stiff and parabolic problems", ("stiff", "small systems", "index 1")),
        Method(RODAS5P, "Rosenbrock 5(4), for stiff problems",
               ("stiff", "small systems", "tight tolerances", "index 1")),
        Method(IMPLICIT_EULER, "implicit Euler, for comparison, rough answers and fixed steps",
               ("fixed steps", "index 1")),
        Method(TRAPEZOID, "trapezoidal rule, for oscillations that must not be damped", ("fixed steps",)),
        Method(TRBDF2, "trapezoidal rule and backward differentiation, of order 2",
               ("stiff", "loose tolerances", "index 1")),
        Method(KENCARP4, "diagonally implicit Runge-Kutta 4(3); additive where the right-hand side is split",
               ("stiff", "split", "parabolic", "index 1")),
        Method(SBDF, "semi-implicit backward differentiation of order 1 to 4, where the right-hand side is split",
               ("split", "parabolic", "large systems")),
        Method(EXPRB32, "exponential Rosenbrock 3(2) with Krylov spaces, for large semilinear problems",
               ("parabolic", "large systems", "loose tolerances")),
        Method(EXPRB43, "exponential Rosenbrock 4(3) with Krylov spaces, for large semilinear problems",
               ("parabolic", "large systems")),
        Method(ETDRK4, "exponential time differencing of order 4, where the implicit part of a split is linear",
               ("split", "parabolic")),
        Method(RADAU5, "Radau IIA of order 5, for stiff problems at tight tolerances",
               ("stiff", "small systems", "tight tolerances", "index 1")),
        Method(RKC2, "Runge-Kutta-Chebyshev of order 2, for diffusion with reaction",
               ("parabolic", "large systems", "loose tolerances")),
        Method(ROCK2, "stabilised Runge-Kutta of order 2 by orthogonal polynomials, for diffusion with reaction",
               ("parabolic", "large systems", "loose tolerances")),
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
        names = ["auto", "auto-switching", *METHODS]
        known = ", ".join(names)
        hint = suggest(name.lower(), names)
        raise UnknownNameError(f'there is no method "{name}"; choose one of {known}.{hint}') from None
