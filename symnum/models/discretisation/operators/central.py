"""Transport with values from both sides, of the order of the model."""

from collections.abc import Sequence
from typing import Any

from symnum.models.discretisation.places import Where
from symnum.models.discretisation.values import Values
from symnum.terms.canonical import add, call, multiply

__all__ = ["central"]


def central(values: Values, velocity: Sequence[Any], f: Any, in_flux_form: bool, where: Where) -> Any:
    """Return ``divergence(v*f)`` or ``dot(v, gradient(f))`` at a place."""
    if in_flux_form:
        flux = call("vector", [multiply((v, f)) for v in velocity])
        return values.value(call("divergence", (flux,)), where)
    axes = values.problem.grid.coordinates
    slopes = [multiply((v, call("D", (f, x, 1)))) for v, x in zip(velocity, axes, strict=True)]
    return values.value(add(slopes), where)
