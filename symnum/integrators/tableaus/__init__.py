"""The numbers that make a method out of an engine, one kind for each engine."""

from symnum.integrators.tableaus.adams import AdamsFormulas
from symnum.integrators.tableaus.collocation import CollocationTableau
from symnum.integrators.tableaus.diagonally_implicit import DiagonallyImplicitTableau
from symnum.integrators.tableaus.exponential import ExponentialTableau
from symnum.integrators.tableaus.exponential_differencing import DifferencingTableau
from symnum.integrators.tableaus.multistep import MultistepFormulas
from symnum.integrators.tableaus.orthogonal import OrthogonalFormulas
from symnum.integrators.tableaus.rosenbrock import (
    RosenbrockTableau,
    stiffly_accurate_interpolant,
    transformed,
)
from symnum.integrators.tableaus.runge_kutta import RungeKuttaTableau
from symnum.integrators.tableaus.stabilised import StabilisedFormulas

__all__ = [
    "AdamsFormulas",
    "CollocationTableau",
    "DiagonallyImplicitTableau",
    "DifferencingTableau",
    "ExponentialTableau",
    "MultistepFormulas",
    "Numbers",
    "OrthogonalFormulas",
    "RosenbrockTableau",
    "RungeKuttaTableau",
    "StabilisedFormulas",
    "stiffly_accurate_interpolant",
    "transformed",
]

#: What a registry entry may hold.
Numbers = (
    AdamsFormulas
    | CollocationTableau
    | DiagonallyImplicitTableau
    | DifferencingTableau
    | ExponentialTableau
    | MultistepFormulas
    | OrthogonalFormulas
    | RosenbrockTableau
    | RungeKuttaTableau
    | StabilisedFormulas
)
