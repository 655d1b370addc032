"""Parameters and initial state together: where conserved totals are parameters, they follow from the initial state."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symnum.simulators.values import initial_state, parameter_values
from symnum.systems.conserved_totals import ConservedTotals
from symnum.systems.ode import ODESystem

__all__ = ["parameters_of_run", "start_values"]

Values = ArrayLike | Mapping[Any, Any] | None


def start_values(
    system: ODESystem, params: Values, y0: Values, time: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the parameter array and the initial state, in declaration order.

    Parameters
    ----------
    system : ODESystem
        The model; where dependent species were removed by conservation laws, values for these are taken too.
    params, y0 : array_like, mapping or None
        By position, or by name for those that differ from the model's own. Of a model without its dependent species,
        arrays may also have the length and order of the whole one. A total that is given by name counts.
    time : float
        First time.

    Raises
    ------
    UnknownNameError, ShapeError, MissingValueError, InputError
        As for `parameter_values` and `initial_state`.
    """
    found: ConservedTotals | None = system.conserved
    if found is None:
        p = parameter_values(system, params)
        return p, initial_state(system, p, y0, time)
    whole = found.original
    given: dict[str, Any] = {}
    if isinstance(params, Mapping):
        names = {s.name for s in found.totals}
        given = {name: value for key, value in params.items() if (name := str(getattr(key, "name", key))) in names}
        params = {key: value for key, value in params.items() if str(getattr(key, "name", key)) not in names}
    elif params is not None and np.shape(params) == (len(system.parameters),):
        p = parameter_values(system, params)
        given = dict(zip((s.name for s in found.totals), p[len(whole.parameters) :].tolist(), strict=True))
        params = p[: len(whole.parameters)]
    p = parameter_values(whole, params)
    short = None
    if y0 is not None and not isinstance(y0, Mapping) and np.shape(y0) == (len(system.states),):
        short, y0 = initial_state(system, p, y0, time), None
    state = initial_state(whole, p, y0, time)
    totals = found.totals_of(state)
    for k, symbol in enumerate(found.totals):
        if symbol.name in given:
            totals[k] = _number(system, symbol, given[symbol.name])
    return np.concatenate((p, totals)), state[list(found.kept)] if short is None else short


def parameters_of_run(system: ODESystem, params: Values, used: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the parameters that the user gives for a run that has begun: totals that are not given are those used."""
    found: ConservedTotals | None = system.conserved
    if found is None or not isinstance(params, Mapping):
        return parameter_values(system, params)
    names = {str(getattr(key, "name", key)) for key in params}
    totals = zip(found.totals, used[len(used) - len(found.totals) :].tolist(), strict=True)
    return parameter_values(system, {**params, **{s: value for s, value in totals if s.name not in names}})


def _number(system: ODESystem, symbol: Any, value: Any) -> float:
    """Return the value of a total as a finite number, or raise as for any parameter."""
    return float(parameter_values(_OneParameter(symbol), {symbol: value})[0])  # type: ignore[arg-type]


class _OneParameter:
    """As much of a system as `parameter_values` looks at."""

    def __init__(self, symbol: Any) -> None:
        self.parameters, self.parameter_values = (symbol,), (None,)
