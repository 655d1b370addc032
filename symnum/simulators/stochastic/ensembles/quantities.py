"""What an ensemble records: states and observables, and how they are computed from the states that are run."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.kernel import Kernel
from symnum.errors import DuplicateNameError, InputError, UnknownNameError, suggest
from symnum.integrators.ensembles.observe import observe
from symnum.simulators.stochastic.model import context_of
from symnum.terms.interface import arguments, is_call, operation

__all__ = ["Observing", "Quantities"]

Array = NDArray[np.float64]


class Quantities:
    """The states and observables that are recorded.

    Parameters
    ----------
    system : JumpSystem or other system
        With `states`, `state_names` and `observables`.
    names : sequence of str or Symbol, optional
        All states and observables by default.
    states_are_whole : bool
        Whether states are whole numbers.

    Attributes
    ----------
    names : tuple of str
        States first.
    columns : ndarray of int32
        Which states are recorded.
    observables : tuple of str
        Which observables are recorded.
    kept : ndarray of int32
        States that have to be run: all, where observables are wanted.
    whole : ndarray of bool
        Which quantities are whole numbers at all times.
    """

    def __init__(self, system: Any, names: Sequence[Any] | None = None, states_are_whole: bool = True) -> None:
        states, known = list(system.state_names), list(system.observables)
        chosen = [*states, *known] if names is None else _names(names, states, known)
        self._system = system
        self.state_names = tuple(name for name in chosen if name in states)
        self.observables = tuple(name for name in chosen if name not in states)
        self.names = (*self.state_names, *self.observables)
        place = {name: i for i, name in enumerate(states)}
        self.columns = np.array([place[name] for name in self.state_names], np.int32)
        everything = np.arange(len(states), dtype=np.int32)
        self.kept = everything if self.observables else self.columns
        symbols = set(system.states) if states_are_whole else set()
        whole = [_is_whole(system.observables[name], symbols) for name in self.observables]
        self.whole = np.array([states_are_whole] * len(self.columns) + whole, bool)

    def kernel(self, model: Any) -> Kernel | None:
        """Return the kernel of the observables that are recorded, None for none."""
        if not self.observables:
            return None
        if self.observables == tuple(self._system.observables):
            kernel: Kernel = model.observables
            return kernel
        made: Kernel = model.compiled([self._system.observables[name] for name in self.observables])
        return made

    def __len__(self) -> int:
        return len(self.names)


def _names(names: Any, states: list[str], observables: list[str]) -> list[str]:
    listed = [names] if isinstance(names, str) or hasattr(names, "name") else list(names)
    chosen = [getattr(name, "name", name) for name in listed]
    for name in chosen:
        if name not in states and name not in observables:
            hint = suggest(str(name), [*states, *observables])
            raise UnknownNameError(f'names asks for "{name}", which is no state or observable.{hint}')
    if len(set(chosen)) < len(chosen):
        raise DuplicateNameError(f"names={chosen} has a name twice.")
    if not chosen:
        raise InputError("names is empty; name at least one state or observable.")
    return chosen


def _is_whole(term: Any, states: set[Any]) -> bool:
    """Whether a term is a sum and product of whole numbers and states."""
    stack = [term]
    while stack:
        term = stack.pop()
        if isinstance(term, bool | float | Fraction | complex):
            return False
        if isinstance(term, int) or (not is_call(term) and term in states):
            continue
        if not is_call(term) or operation(term) not in ("+", "*", "^"):
            return False
        parts = arguments(term)
        if operation(term) == "^":
            if not isinstance(parts[1], int) or parts[1] < 0:
                return False
            parts = parts[:1]
        stack.extend(parts)
    return True


class Observing:
    """Computes what is recorded from the states, for one thread.

    Parameters
    ----------
    quantities : Quantities
    kernel : Kernel
        From `Quantities.kernel`.
    grid : ndarray, shape (n_times,)
    p : ndarray
        Parameters.
    """

    def __init__(self, quantities: Quantities, kernel: Kernel, grid: Array, p: Array) -> None:
        self._quantities, self._kernel, self._grid, self._p = quantities, kernel, grid, p
        self._context = context_of(kernel, p)

    def __call__(self, y: Array, out: Array, changes: dict[int, list[tuple[float, Array]]]) -> None:
        """Write what is recorded, shape (rows, n_times, n_quantities), from states (rows, n_times, n_states).

        Parameters
        ----------
        changes : dict
            See `symnum.simulators.stochastic.ensembles.protocol.Runner`.
        """
        self._write(y, self._grid, out, self._p, self._context)
        for k, history in changes.items():
            starts = [time for time, _ in history]
            places = np.clip(np.searchsorted(starts, self._grid, side="right") - 1, 0, None)
            for j in np.unique(places[places > 0]).tolist():
                here = np.flatnonzero(places == j)
                part = slice(int(here[0]), int(here[-1]) + 1)
                p = history[j][1]
                context = context_of(self._kernel, p)
                self._write(y[k : k + 1, part], self._grid[part], out[k : k + 1, part], p, context)

    def _write(self, y: Array, t: Array, out: Array, p: Array, context: Any) -> None:
        columns = self._quantities.columns
        observe(
            y.ctypes.data, t.ctypes.data, len(y), len(t), y.shape[2], columns.ctypes.data, len(columns),
            self._kernel.address, p.ctypes.data, context.address, out.shape[2], out.ctypes.data,
        )  # fmt: skip
