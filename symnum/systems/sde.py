"""Systems of stochastic differential equations (Itô), as pure symbols and arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import ShapeError
from symnum.systems.jump import JumpSystem
from symnum.systems.propensities import Propensities, Readers

__all__ = ["CHEMICAL", "DRIFT", "NOISE", "SDESystem"]

CHEMICAL, DRIFT, NOISE = 0, 1, 2
"""What a rate does to the states: both at once, as the propensity of a reaction; drift alone; noise alone."""


@dataclass(frozen=True, eq=False)
class SDESystem(JumpSystem):
    """Stochastic differential equations ``dX_i = f_i dt + sum_j B_ij dW_j``, in the sense of Itô.

    Rates a_r that change the states along vectors v_r are held as the reactions of a jump system are. In the chemical
    Langevin equation each of them, the propensity of a reaction, gives the drift ``v_r a_r`` and the noise
    ``v_r sqrt(a_r) dW_r`` (D. T. Gillespie, J. Chem. Phys. 113, 297 (2000)). In other systems a rate is one drift or
    one entry of B.

    Parameters
    ----------
    roles : ndarray of int64, shape (n_rates,)
        `CHEMICAL`, `DRIFT` or `NOISE`, per rate; all `CHEMICAL` by default.
    columns : ndarray of int64, shape (n_rates,)
        Number of the Wiener process of each rate; unused for a drift.
    noises : tuple of str
        Names of the Wiener processes.

    Examples
    --------
    >>> import symnum as sn
    >>> system = sn.reaction_network("k, 0 --> X; g, X --> 0").sde_system()
    >>> system
    <SDESystem network: 1 state, 2 parameters, 2 noises>
    >>> float(sn.evaluate(system.drift[0], {"X": 3.0, "k": 10.0, "g": 1.0}))
    7.0
    """

    roles: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    columns: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    noises: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        n = self.propensities.n_reactions
        if len(self.roles) == 0:
            object.__setattr__(self, "roles", np.zeros(n, np.int64))
            object.__setattr__(self, "columns", np.arange(n, dtype=np.int64))
            object.__setattr__(self, "noises", tuple(self.reaction_name(r) for r in range(n)))
        if len(self.roles) != n or len(self.columns) != n:
            raise ShapeError(f"{n} rates need as many roles and columns.")

    @property
    def starts_at_zero(self) -> bool:
        """Whether states without a value start at zero where others have one: species do."""
        return bool((self.roles == CHEMICAL).all())

    @classmethod
    def from_jump_system(cls, system: JumpSystem) -> "SDESystem":
        """Return the chemical Langevin equation of a jump system."""
        return cls(
            states=system.states,
            parameters=system.parameters,
            independent=system.independent,
            propensities=system.propensities,
            parameter_values=system.parameter_values,
            initial_values=system.initial_values,
            observables=system.observables,
            events=system.events,
            reaction_names=system.reaction_names,
            name=system.name,
            conserved=system.conserved,
        )

    @classmethod
    def from_terms(
        cls,
        states: Sequence[Any],
        independent: Any,
        drift: Sequence[Any],
        entries: Sequence[tuple[int, int, Any]],
        noises: Sequence[str],
        **more: Any,
    ) -> "SDESystem":
        """Return a system of given drift terms and entries ``(state, noise, term)`` of B.

        Parameters
        ----------
        states, independent, **more
            As for `JumpSystem`.
        """
        terms = [*drift, *(term for _, _, term in entries)]
        rows = [*range(len(states)), *(row for row, _, _ in entries)]
        n = len(terms)
        offsets, none = np.arange(n + 1, dtype=np.int64), np.zeros(0, np.int32)
        rates = dict(enumerate(terms))
        reads, timed = _reads_of(terms, states, independent)
        propensities = Propensities(
            n_states=len(states),
            constants=(),
            constant_index=np.full(n, -1, np.int32),
            reactant_offsets=np.zeros(n + 1, np.int64),
            reactants=none,
            multiplicities=none,
            change_offsets=offsets,
            change_states=np.array(rows, np.int32),
            change_values=np.ones(n, np.int64),
            rates=rates,
            reads=reads,
            time_dependent=timed,
        )
        roles = np.array([DRIFT] * len(drift) + [NOISE] * len(entries), np.int64)
        columns = np.array([0] * len(drift) + [column for _, column, _ in entries], np.int64)
        return cls(
            states=tuple(states), independent=independent, propensities=propensities, roles=roles, columns=columns,
            noises=tuple(noises), **more,
        )  # fmt: skip

    @property
    def is_chemical(self) -> bool:
        """Whether this is a chemical Langevin equation."""
        return bool(np.all(self.roles == CHEMICAL))

    @property
    def drift(self) -> tuple[Any, ...]:
        """The drift, one term per state."""
        from symnum.terms.canonical import add, multiply

        parts: list[list[Any]] = [[] for _ in self.states]
        for r, rate in enumerate(self._rate_terms()):
            if self.roles[r] != NOISE:
                for state, change in self._changes(r):
                    parts[state].append(multiply((change, rate)))
        return tuple(add(tuple(part)) for part in parts)

    @property
    def diffusion(self) -> dict[str, dict[str, Any]]:
        """The entries of B that are not zero: of each Wiener process, by its name, those of the states."""
        from symnum.terms.canonical import add, call, multiply, power

        out: dict[str, dict[str, Any]] = {name: {} for name in self.noises}
        for r, rate in enumerate(self._rate_terms()):
            if self.roles[r] == DRIFT:
                continue
            amplitude = power(call("max", (rate, 0)), Fraction(1, 2)) if self.roles[r] == CHEMICAL else rate
            column = out[self.noises[self.columns[r]]]
            for state, change in self._changes(r):
                name = self.states[state].name
                column[name] = add((column.get(name, 0), multiply((change, amplitude))))
        return out

    def _rate_terms(self) -> list[Any]:
        return self.propensities.rate_terms(self.states)

    def _changes(self, r: int) -> list[tuple[int, int]]:
        p = self.propensities
        span = slice(p.change_offsets[r], p.change_offsets[r + 1])
        return list(zip(p.change_states[span].tolist(), p.change_values[span].tolist(), strict=True))

    @property
    def is_commutative(self) -> bool:
        """Whether it is plain that the noise commutes: one process, none that states enter, or each state its own."""
        noisy = np.flatnonzero(self.roles != DRIFT)
        p = self.propensities
        if len(self.noises) <= 1 or all(len(p.reads[r]) == 0 for r in noisy.tolist()):
            return True
        touched: dict[int, int] = {}
        for r in noisy.tolist():
            for s in {state for state, _ in self._changes(r)} | set(p.reads[r].tolist()):
                if touched.setdefault(s, int(self.columns[r])) != int(self.columns[r]):
                    return False
        return True

    def __repr__(self) -> str:
        counts = (
            f"{n} {word}{'s' if n != 1 else ''}"
            for n, word in (
                (len(self.states), "state"),
                (len(self.parameters), "parameter"),
                (len(self.noises), "noise"),
            )
        )
        return f"<SDESystem {self.name}: {', '.join(counts)}>"


def _reads_of(terms: Sequence[Any], states: Sequence[Any], independent: Any) -> tuple[Readers, NDArray[np.bool_]]:
    """Return the states that each term contains, and whether time is in it."""
    from symnum.terms.traverse import free_symbols

    numbers = {s: i for i, s in enumerate(states)}
    free = [set() if isinstance(term, int | float | np.number) else set(free_symbols(term)) for term in terms]
    lists = [sorted(numbers[s] for s in symbols if s in numbers) for symbols in free]
    starts = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    members = np.array([s for found in lists for s in found], np.int32)
    return Readers(starts, members), np.array([independent in symbols for symbols in free], np.bool_)
