"""Equations for fields on a grid, checked and complete, as they go to discretisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from symnum.models.reaction_diffusion.boundary import Sides
from symnum.models.reaction_diffusion.grid import Grid

__all__ = ["FieldProblem"]


@dataclass(frozen=True, eq=False)
class FieldProblem:
    """Equations for fields with everything that their right-hand sides mean.

    Attributes
    ----------
    grid : Grid
    equations : dict of Symbol to term
        Right-hand sides of ``D(u, t) = ...``, with calls of the operators in them (`operators`). Their symbols are
        fields, definitions, coordinates, the independent variable, parameters and names in `arrays`.
    definitions : dict of Symbol to term
        Names for terms in fields, such as a chemical potential, in an order in which each uses only those before it.
        Each has boundary conditions of its own if `boundary` has some for it.
    boundary : mapping of str to mapping of str to (Condition, Condition)
        By field (each is there) or definition (some are), and axis (each is there).
    independent : Symbol
    parameters : tuple of Symbol
        Those that are numbers.
    arrays : mapping of str to tuple of int
        Names of coefficients that vary in space by numbers, one in each cell, with their shapes, which are that of the
        grid, or have 1 where they are constant along an axis. Arrays of kind "parameter" of the same names hold them.
    observables : dict of str to term
        What is integrated over the domain, each for one observable.
    order : int
        2, 4 or 6.
    """

    grid: Grid
    equations: dict[Any, Any]
    boundary: Mapping[str, Mapping[str, Sides]]
    independent: Any
    parameters: tuple[Any, ...] = ()
    definitions: dict[Any, Any] = field(default_factory=dict)
    arrays: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    observables: dict[str, Any] = field(default_factory=dict)
    order: int = 2

    @property
    def fields(self) -> tuple[Any, ...]:
        """The symbols of the fields, in the order of the equations."""
        return tuple(self.equations)
