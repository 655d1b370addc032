"""From equations for fields to loops over boxes of cells: the door."""

from dataclasses import dataclass, field

from symnum.models.discretisation.integrals import sum_over_cells
from symnum.models.discretisation.parts import linear_and_rest
from symnum.models.discretisation.regions import regions_of
from symnum.models.discretisation.tables import Tables
from symnum.models.discretisation.values import Values
from symnum.models.reaction_diffusion.problem import FieldProblem
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.region import Region, Sum

__all__ = ["Discretisation", "discretise"]


@dataclass(frozen=True, eq=False)
class Discretisation:
    """What a `StencilSystem` needs of the equations for fields.

    Attributes
    ----------
    regions : tuple of Region
        The right-hand side.
    tables : list of StencilArray
        Tables of numbers: the coordinates, under the names of the axes, and weights where these vary.
    sums : tuple of Sum
        Integrals that the right-hand side uses.
    parts : (tuple of Region, tuple of Region) or None
        Its linear differential operators with constant coefficients, linear in the states; and the rest. None where
        there are none of the former.
    observables : dict of str to Sum
    """

    regions: tuple[Region, ...]
    tables: list[StencilArray]
    sums: tuple[Sum, ...] = ()
    parts: tuple[tuple[Region, ...], tuple[Region, ...]] | None = None
    observables: dict[str, Sum] = field(default_factory=dict)


def discretise(problem: FieldProblem) -> Discretisation:
    """Return equations for fields as loops over boxes of cells.

    The work does not depend on the number of cells, but where weights vary along an axis.

    Parameters
    ----------
    problem : FieldProblem

    Raises
    ------
    GridError
        If an axis has fewer cells than the operators reach over.
    BoundaryError
        If the conditions of a quantity between two operators do not follow from those of its fields.
    """
    tables = Tables()
    values = Values(problem, tables)
    regions = regions_of(values, [(s.name, term) for s, term in problem.equations.items()])
    observables = {name: sum_over_cells(values, term, name) for name, term in problem.observables.items()}
    parts = linear_and_rest(problem, values)
    sums = tuple(sum_over_cells(values, f, symbol) for f, symbol in list(values.sums.items()))
    return Discretisation(regions, list(tables.tables.values()), sums, parts, observables)
