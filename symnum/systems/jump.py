"""Continuous-time Markov chains on populations, as pure symbols and arrays: what stochastic simulators compile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from symnum.errors import ShapeError
from symnum.systems.ode import ODESystem
from symnum.systems.propensities import Propensities

__all__ = ["JumpSystem"]


@dataclass(frozen=True, eq=False)
class JumpSystem:
    """Populations that change by reactions, each of which happens at its propensity.

    Parameters
    ----------
    states, parameters : tuple of Symbol
        In declaration order, which is the order of every array made from them.
    independent : Symbol
        Time.
    propensities : Propensities
        The reactions.
    parameter_values : tuple
        A number, a term in other parameters, or None (must be given before simulating), per parameter.
    initial_values : tuple
        A number, a term in the parameters, or None, per state.
    observables : mapping of str to term
        Named quantities computed from states, parameters and time.
    events : tuple of Event
        What happens on the way beside the reactions; see `symnum.event`.
    reaction_names : mapping of int to str
        Names of reactions, for messages; a reaction without one is written by its number.
    name : str
        Shown in reports.
    conserved : ConservedTotals or None
        Where species that follow from conserved totals were removed: how they are computed.

    Raises
    ------
    ShapeError
        If a tuple has the wrong length.

    Examples
    --------
    >>> import symnum as sn
    >>> sn.reaction_network("k, 2X --> Y").jump_system()
    <JumpSystem network: 2 states, 1 parameter, 1 reaction>
    """

    states: tuple[Any, ...]
    parameters: tuple[Any, ...]
    independent: Any
    propensities: Propensities
    parameter_values: tuple[Any, ...]
    initial_values: tuple[Any, ...]
    observables: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Any, ...] = ()
    reaction_names: Mapping[int, str] = field(default_factory=dict)
    name: str = "jump"
    conserved: Any = None

    def __post_init__(self) -> None:
        for label, got, want in (
            ("states of propensities", self.propensities.n_states, len(self.states)),
            ("parameter values", len(self.parameter_values), len(self.parameters)),
            ("initial values", len(self.initial_values), len(self.states)),
        ):
            if got != want:
                raise ShapeError(f"{got} {label} were given for {want} names.")

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the states, in order."""
        return tuple(s.name for s in self.states)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        return tuple(s.name for s in self.parameters)

    @property
    def n_reactions(self) -> int:
        """Number of reactions."""
        return self.propensities.n_reactions

    def reaction_name(self, reaction: int) -> str:
        """Return what a message calls a reaction."""
        return self.reaction_names.get(reaction, f"reaction {reaction}")

    @property
    def starts_at_zero(self) -> bool:
        """Whether species without a value start at zero where others have one."""
        return True

    @cached_property
    def carrier(self) -> ODESystem:
        """A system of the same names, values, observables and events whose states rest between reactions.

        Values by name, observables and events are worked out on it as they are for differential equations.
        """
        system = ODESystem(
            states=self.states,
            parameters=self.parameters,
            independent=self.independent,
            rhs=(0,) * len(self.states),
            parameter_values=self.parameter_values,
            initial_values=self.initial_values,
            observables=self.observables,
            name=self.name,
            events=self.events,
            conserved=self.conserved,
        )
        system.starts_at_zero = self.starts_at_zero
        return system

    def with_events(self, events: Sequence[Any]) -> "JumpSystem":
        """Return the same system with more events, bound to its symbols."""
        return replace(self, events=(*self.events, *self.carrier.bind_events(events)))

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "carrier"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        counts = (
            f"{n} {word}{'s' if n != 1 else ''}"
            for n, word in (
                (len(self.states), "state"),
                (len(self.parameters), "parameter"),
                (self.n_reactions, "reaction"),
            )
        )
        return f"<JumpSystem {self.name}: {', '.join(counts)}>"
