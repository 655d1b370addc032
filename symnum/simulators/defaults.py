"""Default values of a system for generated simulators: numbers, and the expressions among them as tapes."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.lower import Lowering
from codegen.model_tables import DerivedValue
from codegen.tape import TapeBuilder
from symnum.errors import InputError
from symnum.systems.ode import ODESystem
from symnum.terms.evaluate import evaluate
from symnum.terms.traverse import free_symbols

__all__ = ["DefaultValues", "default_values"]


@dataclass(frozen=True, eq=False)
class DefaultValues:
    """Defaults in declaration order.

    Parameters
    ----------
    parameters, initial : ndarray of float64
        Numbers; NaN where the model gives none.
    derived : list of DerivedValue
        Those that are expressions, in order of evaluation.
    """

    parameters: NDArray[np.float64]
    initial: NDArray[np.float64]
    derived: list[DerivedValue]


def default_values(system: ODESystem) -> DefaultValues:
    """Evaluate the defaults of a system; values that nobody gave are NaN.

    Raises
    ------
    InputError
        If parameters are defined by one another.
    """
    numbers: dict[Any, float] = {
        s: _number(v) for s, v in zip(system.parameters, system.parameter_values) if not _is_term(v)
    }
    derived = []
    for index, term in _in_order(system):
        numbers[system.parameters[index]] = _value(term, numbers)
        derived.append(DerivedValue(False, index, _tape(system, term)))
    numbers[system.independent] = 0.0
    initial = []
    for index, value in enumerate(system.initial_values):
        initial.append(_value(value, numbers) if _is_term(value) else _number(value))
        if _is_term(value):
            derived.append(DerivedValue(True, index, _tape(system, value)))
    parameters = np.array([numbers[s] for s in system.parameters], np.float64)
    return DefaultValues(parameters, np.array(initial, np.float64), derived)


def _is_term(value: Any) -> bool:
    return value is not None and not isinstance(value, Real)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _value(term: Any, numbers: dict[Any, float]) -> float:
    return float(evaluate(term, {n: numbers[n] for n in free_symbols(term)}))


def _in_order(system: ODESystem) -> list[tuple[int, Any]]:
    """Return the parameters that are expressions, each after those that it uses."""
    waiting = {i: v for i, v in enumerate(system.parameter_values) if _is_term(v)}
    open_symbols = {system.parameters[i] for i in waiting}
    order = []
    while waiting:
        ready = [i for i, v in waiting.items() if open_symbols.isdisjoint(free_symbols(v))]
        if not ready:
            names = ", ".join(f'"{system.parameters[i].name}"' for i in list(waiting)[:5])
            raise InputError(f"The parameters {names} are defined by one another; give one of them a number.")
        order += [(i, waiting.pop(i)) for i in ready]
        open_symbols.difference_update(system.parameters[i] for i in ready)
    return order


def _tape(system: ODESystem, term: Any) -> Any:
    builder = TapeBuilder()
    leaves = {s: builder.parameter(i) for i, s in enumerate(system.parameters)}
    leaves[system.independent] = builder.constant(0.0)
    return builder.finish([Lowering(builder, leaves)(term)])
