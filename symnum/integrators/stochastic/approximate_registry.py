"""Approximate stochastic methods under their names, with their options.

A method is asked for by name, ``"tau_leaping"``, or with options, ``"tau_leaping(epsilon=0.01)"``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.errors import InputError, UnknownNameError, suggest
from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic.hybrid_partition import hybrid_doubles, hybrid_integers
from symnum.integrators.stochastic.implicit_leaps import implicit_doubles, implicit_integers
from symnum.integrators.stochastic.method import StochasticMethod

if TYPE_CHECKING:
    from symnum.integrators.stochastic.trajectory import Trajectory

__all__ = ["APPROXIMATE", "ApproximateMethod", "approximate_engines", "approximate_method", "is_approximate"]

GENERAL_ORDER = 4.0
"""A rate law is taken to be no steeper than this power of what it reads."""


def _leap_doubles(states: int, reactions: int) -> int:
    return own.W_ARRAYS + reactions + 6 * states


def _leap_integers(states: int, reactions: int) -> int:
    return 2 * reactions + 8


@dataclass(frozen=True)
class ApproximateMethod(StochasticMethod):
    """An approximate method.

    Attributes
    ----------
    defaults : mapping of str to (int, float, float, float)
        Of each option: its place in the work array, its value unless told otherwise, and its bounds.
    options : mapping of str to float
        What was asked for.
    needs_jacobian : bool
        Whether it solves equations with the Jacobian of the propensities.
    """

    work_doubles: Callable[[int, int], int] = _leap_doubles
    work_integers: Callable[[int, int], int] = _leap_integers
    defaults: Mapping[str, tuple[int, float, float, float]] = field(default_factory=dict)
    options: Mapping[str, float] = field(default_factory=dict)
    needs_jacobian: bool = False

    @property
    def text(self) -> str:
        """The name with the options that were asked for."""
        given = ", ".join(f"{name}={value:g}" for name, value in self.options.items())
        return f"{self.name}({given})" if given else self.name

    def prepare(self, memory: "Trajectory", propensities: Any) -> None:
        """Enter options and tables into the memory of a trajectory."""
        from symnum.integrators.stochastic.direct import advance
        from symnum.integrators.stochastic.leap_counts import leap_counts
        from symnum.integrators.stochastic.leap_outputs import leap_outputs
        from symnum.integrators.stochastic.sde_rates import sde_rates

        for name, (place, value, _, _) in self.defaults.items():
            memory.work[place] = self.options.get(name, value)
        n, size = propensities.n_reactions, propensities.n_states
        memory.integers[own.I_EXACT_ENGINE] = advance.address
        orders = own.W_ARRAYS + n + 3 * size
        memory.work[orders : orders + size], memory.work[orders + size : orders + 2 * size] = _orders(propensities)
        memory.whole_work[n : 2 * n] = _reverses(propensities)
        memory.whole_work[2 * n : 2 * n + 3] = leap_outputs.address, leap_counts.address, sde_rates.address
        if len(memory.whole_work) >= 4 * n + 8:
            memory.whole_work[3 * n + 8 : 4 * n + 8] = 1  # propensities as they are, without noise

    def prepare_jacobian(self, memory: "Trajectory", propensities: Any, kernel: Any, derivatives: Any) -> None:
        """Enter a linear solver and what the Jacobian is made of.

        Parameters
        ----------
        memory : Trajectory
        propensities : Propensities
        kernel : (int, int, object)
            Addresses of the kernel of derivatives of general rates and of its context, and what they belong to.
        derivatives : sequence of (int, int)
            Reaction and state of each of these derivatives.
        """
        from symnum.integrators.stochastic.implicit_leaps import implicit_counts
        from symnum.integrators.stochastic.implicit_tables import ImplicitTables

        n = propensities.n_reactions
        tables = ImplicitTables(propensities, derivatives, *kernel)
        memory.method_tables = tables
        memory.whole_work[2 * n + 3] = tables.table.ctypes.data
        memory.whole_work[2 * n + 4] = implicit_counts.address

    def statistics(self, memory: "Trajectory") -> dict[str, int]:
        """Return what was counted."""
        i = memory.integers
        return {
            "leaps": int(i[own.I_LEAPS]),
            "exact_steps": int(i[own.I_EXACT_STEPS]),
            "halved_leaps": int(i[own.I_HALVED]),
            "implicit_leaps": int(i[own.I_IMPLICIT]),
        }


def _orders(p: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return, for each state, the highest order of a reaction of it, and how many of it such a reaction takes."""
    orders, copies = np.zeros(p.n_states), np.ones(p.n_states)
    for r in range(p.n_reactions):
        if p.constant_index[r] < 0:
            for s in p.reads[r].tolist():
                if orders[s] < GENERAL_ORDER:
                    orders[s], copies[s] = GENERAL_ORDER, 1.0
            continue
        span = slice(p.reactant_offsets[r], p.reactant_offsets[r + 1])
        order = float(p.multiplicities[span].sum())
        for s, m in zip(p.reactants[span].tolist(), p.multiplicities[span].tolist(), strict=True):
            if (order, m) > (orders[s], copies[s]) or orders[s] == 0.0:
                orders[s], copies[s] = order, m
    return orders, copies


def _reverses(p: Any) -> np.ndarray[Any, Any]:
    """Return, for each reaction, one with the opposite changes that reads what it makes, or -1."""
    found = np.full(p.n_reactions, -1, np.int64)
    waiting: dict[Any, int] = {}
    for r in range(p.n_reactions):
        span = slice(p.change_offsets[r], p.change_offsets[r + 1])
        states, values = p.change_states[span].tolist(), p.change_values[span].tolist()
        if not states:
            continue
        other = waiting.pop((tuple(states), tuple(-v for v in values)), None)
        if other is None:
            waiting[tuple(states), tuple(values)] = r
        else:
            found[r], found[other] = other, r
    return found


_SELECTION = {
    "epsilon": (own.W_EPSILON, 0.03, 1e-6, 0.5),
    "critical": (own.W_CRITICAL, 10.0, 1.0, 1e6),
    "exact_below": (own.W_EXACT_BELOW, 10.0, 0.0, 1e6),
    "exact_steps": (own.W_EXACT_STEPS, 100.0, 1.0, 1e6),
}

APPROXIMATE: dict[str, ApproximateMethod] = {
    method.name: method
    for method in (
        ApproximateMethod(
            "tau_leaping",
            'Y. Cao, D. T. Gillespie and L. R. Petzold, "Efficient step size selection for the tau-leaping simulation '
            'method", J. Chem. Phys. 124, 044109 (2006)',
            "large populations whose propensities change slowly",
            defaults=_SELECTION,
        ),
        ApproximateMethod(
            "implicit_tau_leaping",
            'M. Rathinam, L. R. Petzold, Y. Cao and D. T. Gillespie, "Stiffness in stochastic chemically reacting '
            'systems: the implicit tau-leaping method", J. Chem. Phys. 119, 12784 (2003)',
            "stiff networks: fast reactions that balance each other beside slow ones",
            implicit_doubles,
            implicit_integers,
            defaults={
                **_SELECTION,
                "share": (own.W_SHARE, 1.0, 0.5, 1.0),
                "stiffness": (own.W_STIFFNESS, 100.0, 1.0, 1e12),
                "equilibrium": (own.W_EQUILIBRIUM, 0.05, 0.0, 0.5),
            },
            needs_jacobian=True,
        ),
        ApproximateMethod(
            "hybrid",
            'H. Salis and Y. Kaznessis, "Accurate hybrid stochastic simulation of a system of coupled chemical or '
            'biochemical reactions", J. Chem. Phys. 122, 054103 (2005)',
            "frequent reactions of large populations beside rare ones of small populations",
            hybrid_doubles,
            hybrid_integers,
            defaults={
                "epsilon": _SELECTION["epsilon"],
                "exact_steps": _SELECTION["exact_steps"],
                "fast": (own.W_FAST, 10.0, 1.0, 1e6),
                "fast_population": (own.W_FAST_POPULATION, 100.0, 10.0, 1e9),
                "noise": (own.W_NOISE, 1.0, 0.0, 1.0),
            },
        ),
    )
}
"""Every approximate method under its name."""


def is_approximate(name: str) -> bool:
    """Whether a method, given by name with or without options, is approximate."""
    return name.partition("(")[0].strip() in APPROXIMATE


def approximate_method(text: str, known: Mapping[str, ApproximateMethod] = APPROXIMATE) -> ApproximateMethod:
    """Return the approximate method of a name, with the options that follow it in parentheses.

    Parameters
    ----------
    text : str
    known : mapping of str to ApproximateMethod
        Methods to choose from.

    Raises
    ------
    UnknownNameError
        For a method or an option that does not exist.
    InputError
        For an option that is no number, or outside its bounds.

    Examples
    --------
    >>> from symnum.integrators.stochastic.approximate_registry import approximate_method
    >>> approximate_method("tau_leaping(epsilon=0.01)").options
    {'epsilon': 0.01}
    """
    name, _, rest = text.partition("(")
    method = known.get(name.strip())
    if method is None:
        raise UnknownNameError(f'There is no approximate method "{name}".{suggest(name, list(known))}')
    if not rest:
        return method
    options: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in rest.rstrip().removesuffix(")").split(","))):
        found = re.fullmatch(r"(\w+)\s*=\s*([^=\s]+)", part)
        if found is None or not rest.rstrip().endswith(")"):
            raise InputError(f'method="{text}": write options as in "{name}({next(iter(method.defaults))}=0.01)".')
        key, value = found.groups()
        if key not in method.defaults:
            keys = list(method.defaults)
            raise UnknownNameError(f'"{name}" has no option "{key}"; it has {", ".join(keys)}.{suggest(key, keys)}')
        options[key] = _number(name, key, value, method.defaults[key])
    return replace(method, options=options)


def _number(name: str, key: str, text: str, known: tuple[int, float, float, float]) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    _, default, least, most = known
    if not least <= value <= most:
        raise InputError(f"{name}({key}={text}): give a number from {least:g} to {most:g}; {default:g} is the default.")
    return value


def approximate_engines() -> None:
    """Compile (or load) all engines of approximate methods."""
    from symnum.integrators.stochastic.implicit_leaps import implicit_counts
    from symnum.integrators.stochastic.leap_counts import leap_counts
    from symnum.integrators.stochastic.leap_outputs import leap_outputs
    from symnum.integrators.stochastic.variates import variates

    for code in (
        variates,
        leap_counts,
        leap_outputs,
        implicit_counts,
        *(method.load() for method in APPROXIMATE.values()),
    ):
        code.address  # noqa: B018 - compiles it
