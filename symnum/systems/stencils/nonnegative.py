"""What must not be negative for the equations to have solutions: diffusivities, for the parameters of a simulation."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError
from symnum.terms.canonical import Symbol
from symnum.terms.evaluate import evaluate
from symnum.terms.traverse import free_symbols

if TYPE_CHECKING:
    from symnum.systems.stencils.system import StencilSystem

__all__ = ["check_nonnegative"]


def check_nonnegative(system: "StencilSystem", p: NDArray[np.float64]) -> None:
    """Refuse parameters for which a term that must not be negative is so somewhere.

    Parameters
    ----------
    system : StencilSystem
    p : ndarray, shape (parameter_size,)

    Raises
    ------
    InputError
        Naming the term and its least value.
    """
    if not system.nonnegative:
        return
    known = _known(system, p)
    for what, term in system.nonnegative:
        if not all(s in known for s in free_symbols(term)):
            continue
        least = float(np.min(np.real(evaluate(term, known))))
        if least < 0:
            arrays = {a.name for a in system.arrays.values() if a.kind == "parameter"}
            names = ", ".join(s.name for s in free_symbols(term) if s in system.parameters or s.name in arrays)
            raise InputError(
                f"{what}, {term}, is {least:g} somewhere for these parameters: things would flow from little to much, "
                f"and the equations have no solution. Give {names or 'it'} values for which it is 0 or greater."
            )


def _known(system: "StencilSystem", p: NDArray[np.float64]) -> dict[Any, Any]:
    """Return values of parameters, of coordinates, and of arrays of parameters, all broadcastable to the grid."""
    known: dict[Any, Any] = dict(zip(system.parameters, p, strict=False))
    known |= {Symbol(a.name): p[a.places()] for a in system.arrays.values() if a.kind == "parameter"}
    axes = () if system.geometry is None else system.geometry.axes
    for number, axis in enumerate(axes):
        known[Symbol(axis.name)] = axis.centres.reshape([-1 if k == number else 1 for k in range(len(axes))])
    return known
