"""Systems of ordinary differential equations, and of differential-algebraic ones of index 1, as pure symbols."""

import copy
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from symnum.errors import DuplicateNameError, ShapeError
from symnum.systems.fluxes import Fluxes
from symnum.systems.mass import MassMatrix

__all__ = ["ODESystem"]


class ODESystem:
    """An initial-value problem `M dy/dt = f(t, y, p)` in symbols; mostly M is the identity.

    Parameters
    ----------
    states, parameters : sequence of Symbol
        In declaration order, which is the order of every array made from them.
    rhs : sequence of term, optional
        One term per state. Left out where `fluxes` says it all; then built when first asked for.
    fluxes : Fluxes, optional
        The same right-hand side as reactions.
    independent : Symbol
        The independent variable.
    parameter_values : sequence, optional
        A number, a term in other parameters, or None (must be given before solving), per parameter.
    initial_values : sequence, optional
        A number, a term in the parameters, or None, per state.
    observables : mapping of str to term, optional
        Named quantities computed from states, parameters and the independent variable.
    name : str
        Shown in reports.
    mass : MassMatrix, optional
        The constant matrix M. Its rows without entries are algebraic equations ``0 = f``.
    eliminated : mapping of str to term, optional
        Algebraic unknowns that became expressions in states, parameters and the independent variable. They are
        observables too.
    eliminated_initial : mapping of str to number or term, optional
        Initial values that were given for them; they are compared with what follows from the states.
    events : sequence of Event, optional
        What happens on the way; see `symnum.event`. Kept in the symbols of this system.
    parts : (sequence of term, sequence of term), optional
        Two right-hand sides whose sum is `rhs`: additive methods treat the first implicitly, the second explicitly.
    conserved : ConservedTotals, optional
        Where species that follow from conserved totals were removed: how they are computed.

    Raises
    ------
    DuplicateNameError
        If one name stands for two of states, parameters and the independent variable.
    ShapeError
        If a sequence has the wrong length, or neither `rhs` nor `fluxes` is given.
    """

    def __init__(
        self,
        *,
        states: Sequence[Any],
        parameters: Sequence[Any],
        independent: Any,
        rhs: Sequence[Any] | None = None,
        fluxes: Fluxes | None = None,
        parameter_values: Sequence[Any] | None = None,
        initial_values: Sequence[Any] | None = None,
        observables: Mapping[str, Any] | None = None,
        name: str = "ode",
        mass: MassMatrix | None = None,
        eliminated: Mapping[str, Any] | None = None,
        eliminated_initial: Mapping[str, Any] | None = None,
        events: Sequence[Any] | None = None,
        parts: tuple[Sequence[Any], Sequence[Any]] | None = None,
        conserved: Any = None,
    ) -> None:
        self.name = name
        self.conserved = conserved
        self.mass = None if mass is None or mass.is_identity else mass
        self.eliminated: dict[str, Any] = dict(eliminated or {})
        self.eliminated_initial: dict[str, Any] = dict(eliminated_initial or {})
        self.states = tuple(states)
        self.parameters = tuple(parameters)
        self.independent = independent
        self.fluxes = fluxes
        self.starts_at_zero = fluxes is not None  # states, all but one of which may be left without a value
        self.parameter_values = tuple(parameter_values or [None] * len(self.parameters))
        self.initial_values = tuple(initial_values or [None] * len(self.states))
        self.observables: dict[str, Any] = {**self.eliminated, **(observables or {})}
        self._rhs = None if rhs is None else tuple(rhs)
        self.parts = None if parts is None else (tuple(parts[0]), tuple(parts[1]))
        self._check()
        self.events = self.bind_events(events)

    def replace_events(self, events: Any) -> "ODESystem":
        """Return the same system with these events only."""
        other = copy.copy(self)
        other.events = self.bind_events(events)
        return other

    def bind_events(self, events: Any) -> tuple[Any, ...]:
        """Return events in the symbols of this system; see `symnum.systems.bind_events.bind_events`."""
        if not events:
            return ()
        from symnum.systems.bind_events import bind_events

        bound = bind_events(events, self.states, self.parameters, self.independent, self.observables)
        if self.conserved is not None:
            self.conserved.check_events(bound)
        return bound

    def _check(self) -> None:
        if self._rhs is None and self.fluxes is None:
            raise ShapeError("A system needs its right-hand side: give rhs= or fluxes=.")
        for label, got, want in (
            ("right-hand sides", self._rhs, self.states),
            ("implicit parts", None if self.parts is None else self.parts[0], self.states),
            ("explicit parts", None if self.parts is None else self.parts[1], self.states),
            ("parameter values", self.parameter_values, self.parameters),
            ("initial values", self.initial_values, self.states),
            ("rows of the mass matrix", None if self.mass is None else range(self.mass.size), self.states),
        ):
            if got is not None and len(got) != len(want):
                raise ShapeError(f"{len(got)} {label} were given for {len(want)} names.")
        seen: dict[str, str] = {self.independent.name: "the independent variable"}
        for label, symbols in (("a state", self.states), ("a parameter", self.parameters)):
            for symbol in symbols:
                if symbol.name in seen:
                    raise DuplicateNameError(
                        f'"{symbol.name}" is {seen[symbol.name]} and also {label}; rename one of them.'
                    )
                seen[symbol.name] = label

    @property
    def rhs(self) -> tuple[Any, ...]:
        """The right-hand side, one term per state."""
        if self._rhs is None:
            assert self.fluxes is not None
            self._rhs = self.fluxes.equations(self.states)
        return self._rhs

    def right_hand_side(self, state: int) -> Any:
        """Return the right-hand side of one state, without building those of all others."""
        if self._rhs is not None:
            return self._rhs[state]
        assert self.fluxes is not None
        return self.fluxes.equation(state, self.states)

    def part(self, index: int) -> "ODESystem":
        """Return the system of one of the two parts of the right-hand side: 0 the implicit, 1 the explicit one."""
        assert self.parts is not None
        return ODESystem(
            states=self.states,
            parameters=self.parameters,
            independent=self.independent,
            rhs=self.parts[index],
            parameter_values=self.parameter_values,
            initial_values=self.initial_values,
            name=f"{self.name}, {('implicit', 'explicit')[index]} part",
        )

    def with_rhs(self, rhs: Sequence[Any]) -> "ODESystem":
        """Return the same system with other right-hand sides, one term per state, in one part."""
        system = ODESystem(
            states=self.states,
            parameters=self.parameters,
            independent=self.independent,
            rhs=rhs,
            parameter_values=self.parameter_values,
            initial_values=self.initial_values,
            observables=self.observables,
            name=self.name,
            mass=self.mass,
            eliminated=self.eliminated,
            eliminated_initial=self.eliminated_initial,
            events=self.events,
            conserved=self.conserved,
        )
        system.starts_at_zero = self.starts_at_zero
        return system

    @property
    def algebraic_states(self) -> tuple[Any, ...]:
        """The states whose derivative appears nowhere: algebraic equations determine them."""
        return () if self.mass is None else tuple(self.states[j] for j in self.mass.algebraic_columns)

    def equation_text(self, row: int, limit: int = 100) -> str:
        """Write one equation on a short line, for messages."""
        from symnum.display import elide
        from symnum.terms.printing.plain import plain

        left = f"D({self.states[row]})"
        if self.mass is not None:
            own = [(j, value) for (i, j), value in self.mass.entries.items() if i == row]
            left = " + ".join(f"({value})*D({self.states[j]})" for j, value in own) or "0"
            if len(own) == 1 and own[0][1] == 1:
                left = f"D({self.states[own[0][0]]})"
        return elide(f"{left} = {plain(self.right_hand_side(row), limit)}", limit)

    @cached_property
    def state_names(self) -> tuple[str, ...]:
        """Names of the states, in order."""
        return tuple(s.name for s in self.states)

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        return tuple(s.name for s in self.parameters)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what can be built again."""
        state = dict(self.__dict__)
        if self.fluxes is not None:
            state["_rhs"] = None
        return state

    def __repr__(self) -> str:
        return f"<ODESystem {self.name}: {len(self.states)} states, {len(self.parameters)} parameters>"
