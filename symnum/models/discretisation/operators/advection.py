"""Transport by a velocity, ``advection(vector(v, w, ...), f, scheme, form)``: the door to its schemes."""

from collections.abc import Callable
from typing import Any

from symnum.models.discretisation.operators.central import central
from symnum.models.discretisation.operators.upwind import upwind
from symnum.models.discretisation.operators.weno5 import weno5
from symnum.models.discretisation.places import Where
from symnum.models.discretisation.values import Values

__all__ = ["SCHEMES", "advection"]

#: What ``scheme(values, velocity components, f, in flux form, where)`` returns: the transport at a place.
SCHEMES: dict[str, Callable[..., Any]] = {"central": central, "upwind": upwind, "weno5": weno5}


def advection(values: Values, term: Any, where: Where) -> Any:
    """Return the value of a transport at a place."""
    face = where.face()
    if face is not None:
        return values.interpolate(term, where, face)
    velocity, f, scheme, form = term.args
    return SCHEMES[scheme.name](values, velocity.args, f, form.name == "flux", where)
