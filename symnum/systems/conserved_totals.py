"""Species that follow from conserved totals: which ones, and how they are computed from the others."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError

__all__ = ["ConservedTotals", "solve_for_dependent"]

_Law = dict[int, int]


@dataclass(frozen=True, eq=False)
class ConservedTotals:
    """How a system without its dependent species hangs together with the whole one.

    Attributes
    ----------
    original : ODESystem
        Names and values of the whole system; of a jump system, its carrier.
    kept, removed : tuple of int
        Which of the original states are left, and which follow from the totals.
    totals : tuple of Symbol
        The parameters that are new; they are the last ones.
    laws : tuple of dict of int to int
        For each total, its coefficients by original state.
    expressions : tuple of term
        For each removed state, what it is in states that are left and totals.
    """

    original: Any
    kept: tuple[int, ...]
    removed: tuple[int, ...]
    totals: tuple[Any, ...]
    laws: tuple[_Law, ...]
    expressions: tuple[Any, ...]

    def totals_of(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the totals of a state of the whole system, shape (n_totals,)."""
        return np.array([sum(c * state[i] for i, c in law.items()) for law in self.laws], dtype=np.float64)

    def check_events(self, events: Iterable[Any]) -> None:
        """Raise `InputError` if an event changes a species whose total is taken to be conserved."""
        species = {self.original.states[i]: k for k, law in enumerate(self.laws) for i in law}
        for event in events:
            for symbol, _ in event.affect:
                if symbol in species:
                    total = self.totals[species[symbol]].name
                    raise InputError(
                        f'The event "{event.name}" changes "{symbol.name}", and "{total}" was taken to be conserved '
                        "when species were removed. Give the event to the model, or to build_simulator(..., "
                        "events=...): then that law is left alone."
                    )

    @property
    def replacements(self) -> dict[Any, Any]:
        """The removed states as symbols, and what stands for them."""
        return {self.original.states[i]: term for i, term in zip(self.removed, self.expressions, strict=True)}

    def __repr__(self) -> str:
        lines = (f"{s} = {term}" for s, term in self.replacements.items())
        return "\n".join([f"<{len(self.removed)} species that follow from totals>", *lines])


def solve_for_dependent(
    laws: Sequence[_Law], uses: Sequence[int], untouchable: Collection[int]
) -> tuple[list[_Law], list[int], list[tuple[dict[int, Fraction], dict[int, Fraction]]]]:
    """Choose a dependent state for each law, and solve for it.

    Parameters
    ----------
    laws : sequence of dict of int to int
        Linearly independent.
    uses : sequence of int
        For each state how many reactions depend on it; the least used one of a law is solved for.
    untouchable : collection of int
        States that must stay.

    Returns
    -------
    used : list of dict
        The laws that were solved; those without a state that may go are left out.
    removed : list of int
        The state solved for, one per law.
    solutions : list of (dict, dict)
        For each such state its coefficients in the states that stay, and in the laws used.
    """
    forbidden = set(untouchable)
    rows: list[tuple[dict[int, Fraction], dict[int, Fraction]]] = []
    used: list[_Law] = []
    removed: list[int] = []
    for law in sorted(laws, key=len):
        row = {i: Fraction(c) for i, c in law.items()}, {len(used): Fraction(1)}
        for pivot, solved in zip(removed, rows, strict=True):
            _subtract(row, row[0].get(pivot, Fraction(0)), solved)
        candidates = [i for i in row[0] if i not in forbidden]
        if not candidates:
            continue
        pivot = min(candidates, key=lambda i: (abs(row[0][i]) != 1, uses[i], -i))
        scale = row[0][pivot]
        for part in row:
            for k in part:
                part[k] /= scale
        for solved in rows:
            _subtract(solved, solved[0].get(pivot, Fraction(0)), row)
        rows.append(row)
        removed.append(pivot)
        used.append(dict(law))
    for (states, _), pivot in zip(rows, removed, strict=True):
        del states[pivot]
    return used, removed, [({i: -c for i, c in states.items()}, totals) for states, totals in rows]


def _subtract(
    target: tuple[dict[int, Fraction], dict[int, Fraction]],
    factor: Fraction,
    source: tuple[dict[int, Fraction], dict[int, Fraction]],
) -> None:
    if not factor:
        return
    for part, other in zip(target, source, strict=True):
        for k, c in other.items():
            value = part.get(k, Fraction(0)) - factor * c
            if value:
                part[k] = value
            else:
                part.pop(k, None)
