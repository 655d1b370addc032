"""`sn.sde_system`: stochastic differential equations written down as drift and noise."""

from collections.abc import Iterable, Mapping
from typing import Any

from symnum.errors import InputError, UnknownNameError, suggest
from symnum.models.ode_system import ode_system
from symnum.systems.sde import SDESystem

__all__ = ["sde_system"]

_PREFIX = "noise entry "


def sde_system(
    drift: Mapping[Any, Any],
    noise: Mapping[Any, Any],
    *,
    parameters: Mapping[Any, Any] | str | Iterable[Any] | None = None,
    initial: Mapping[Any, Any] | None = None,
    independent: Any = None,
    observables: Mapping[str, Any] | None = None,
    events: Any = None,
    name: str = "sde",
) -> SDESystem:
    """Make a system of stochastic differential equations, in the sense of Itô.

    Parameters
    ----------
    drift : mapping
        The drift of each state, as text or terms: ``{"x": "mu*x"}``.
    noise : mapping
        Of each state that has noise, what stands before ``dW``: ``{"x": "sigma*x"}`` with a Wiener process of its own,
        or, by the names of Wiener processes that several states may share, ``{"x": {"W1": "a", "W2": "b*x"}}``.
    parameters, initial, independent, observables, events, name
        As for `symnum.ode_system`.

    Raises
    ------
    UnknownNameError
        If `noise` names no state; and as `symnum.ode_system`.
    InputError
        If `noise` is no mapping.

    Examples
    --------
    >>> import symnum as sn
    >>> model = sn.sde_system({"x": "-k*x"}, {"x": "s"}, parameters={"k": 1.0, "s": 0.5}, initial={"x": 2.0})
    >>> model
    <SDESystem sde: 1 state, 2 parameters, 1 noise>
    >>> sol = sn.build_simulator(model, kind="sde").solve((0.0, 1.0), t_eval=[1.0], seed=1)
    >>> sol.success
    True
    """
    entries = _entries(drift, noise)
    given = {f"{_PREFIX}{k}": term for k, (_, _, term) in enumerate(entries)}
    made = ode_system(
        drift,
        parameters=parameters,
        initial=initial,
        independent=independent,
        observables={**(observables or {}), **given},
        events=events,
        name=name,
    ).system()
    noises = list(dict.fromkeys(process for _, process, _ in entries))
    states = {s.name: i for i, s in enumerate(made.states)}
    return SDESystem.from_terms(
        made.states,
        made.independent,
        made.rhs,
        [
            (states[state], noises.index(process), made.observables[f"{_PREFIX}{k}"])
            for k, (state, process, _) in enumerate(entries)
        ],
        noises,
        parameters=made.parameters,
        parameter_values=made.parameter_values,
        initial_values=made.initial_values,
        observables={key: term for key, term in made.observables.items() if key not in given},
        events=made.events,
        name=made.name,
    )


def _entries(drift: Mapping[Any, Any], noise: Any) -> list[tuple[str, str, Any]]:
    """Return state, Wiener process and term of each entry."""
    if not isinstance(noise, Mapping):
        raise InputError('noise= is a mapping from states to what stands before dW: {"x": "sigma*x"}.')
    states = [str(getattr(key, "name", key)) for key in drift]
    out = []
    for key, value in noise.items():
        state = str(getattr(key, "name", key))
        if state not in states:
            raise UnknownNameError(f'noise= names "{state}", which has no drift.{suggest(state, states)}')
        parts = value.items() if isinstance(value, Mapping) else [(f"W_{state}", value)]
        out += [(state, str(process), term) for process, term in parts]
    return out
