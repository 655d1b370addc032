"""Cost models by name."""

from collections.abc import Callable
from typing import Any

from rewriters.egraph.costs.cycles import Cycles
from rewriters.egraph.costs.cycles_memory import CyclesMemory
from rewriters.egraph.costs.model import CostModel
from rewriters.egraph.costs.nodes import Nodes
from symnum.errors import InputError, UnknownNameError, suggest

_models: dict[str, Callable[[], CostModel]] = {m.name: m for m in (Nodes, Cycles, CyclesMemory)}


def cost_models() -> tuple[str, ...]:
    """Return the names of the cost models.

    Examples
    --------
    >>> cost_models()[:3]
    ('nodes', 'cycles', 'cycles+memory')
    """
    return tuple(_models)


def get_cost_model(cost: Any) -> CostModel:
    """Return a cost model for a name or a model.

    Raises
    ------
    UnknownNameError
        For a name that is not known; the message suggests close ones.
    InputError
        For anything that is neither.
    """
    if isinstance(cost, CostModel):
        return cost
    if isinstance(cost, type) and issubclass(cost, CostModel):
        return cost()
    if not isinstance(cost, str):
        raise InputError(
            f"{cost!r} is no cost model: give one of {', '.join(cost_models())}, or an object of a class that derives "
            "from rewriters.egraph.costs.CostModel."
        )
    if cost not in _models:
        raise UnknownNameError(
            f'there is no cost model "{cost}".{suggest(cost, cost_models())} Choose one of {", ".join(cost_models())}.'
        )
    return _models[cost]()


def register_cost_model(model: Callable[[], CostModel], name: str) -> None:
    """Add a cost model to those that are found by name.

    Parameters
    ----------
    model : callable
        Makes the model; a class that derives from `CostModel`.
    name : str

    Raises
    ------
    InputError
        If another one has that name.
    """
    if _models.get(name, model) is not model:
        raise InputError(f'the cost model "{name}" exists already; give yours another name.')
    _models[name] = model
