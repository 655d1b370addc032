"""Derivatives in cells of what lives on faces: fluxes, and derivatives in them."""

from typing import Any

from symnum.models.discretisation.atoms import atoms, is_operator
from symnum.models.discretisation.places import Where
from symnum.models.discretisation.values import Values
from symnum.models.discretisation.weights import staggered_offsets
from symnum.terms.canonical import Symbol, add, multiply

__all__ = ["from_faces", "lives_on_faces"]


def lives_on_faces(values: Values, term: Any, axis: int) -> bool:
    """Whether a term has a first (or odd) derivative along an axis in it, which is sharpest on faces."""
    return any(_atom_on_faces(values, atom, axis) for atom in atoms(term))


def _atom_on_faces(values: Values, atom: Any, axis: int) -> bool:
    if isinstance(atom, Symbol):
        inner = values.problem.definitions.get(atom)
        return inner is not None and atom.name not in values.problem.boundary and lives_on_faces(values, inner, axis)
    if not is_operator(atom) or atom.function != "D":
        return False
    f, symbol, number = atom.args
    inner_on_faces = lives_on_faces(values, f, axis)
    turns = bool(symbol.name == values.axes[axis].name and number % 2 == 1)
    return inner_on_faces != turns


def from_faces(values: Values, f: Any, where: Where, axis: int, derivative: int, mirrored: bool = False) -> Any:
    """Return a derivative in a cell from values on faces.

    Near a side, faces further inside take the place of those beyond it, and one more of them. Beyond the middle of a
    radial grid, terms have values as they have inside.

    Parameters
    ----------
    values, f, where, axis
    derivative : int
        0 for the value.
    mirrored : bool
        Whether `f` is known to change its sign across the middle of a radial grid, which saves work.
    """
    grid_axis = values.axes[axis]
    offsets = staggered_offsets(derivative, where.order)
    low, high = where.depth(axis, 0), where.depth(axis, 1)
    if low is not None and low + offsets[0] < -1 and not grid_axis.has_middle:
        offsets = tuple(range(-1 - low, -1 - low + 2 * len(offsets) + 1, 2))
    elif high is not None and high - offsets[-1] < -1:
        offsets = tuple(range(1 + high - 2 * len(offsets), 2 + high, 2))
    weights = grid_axis.weights(where.place[axis], offsets, derivative, values.absolute(axis, where))
    summands = []
    for k, weight in zip(offsets, weights, strict=True):
        at, sign = where.moved(axis, k), 1
        depth = at.depth(axis, 0)
        if mirrored and grid_axis.has_middle and depth is not None and depth < -1:
            at, sign = where.at_depth(axis, 0, -2 - depth), -1
        summands.append(multiply((sign, weight, values.value(f, at))))
    return add(summands)
