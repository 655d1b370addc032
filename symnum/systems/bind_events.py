"""Events of a model: their names are the model's, or they are refused."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from symnum.errors import DuplicateNameError, InputError, UnknownNameError, suggest
from symnum.systems.event_conditions import take_apart
from symnum.systems.events import Event, as_events

__all__ = ["bind_events"]


def bind_events(
    given: Any, states: Iterable[Any], parameters: Iterable[Any], time: Any, observables: Mapping[str, Any]
) -> tuple[Event, ...]:
    """Return events in the symbols of a model.

    Parameters
    ----------
    given : Event, iterable of Event, or None
        As the user passes them.
    states, parameters : iterable of Symbol
    time : Symbol
    observables : mapping of str to term
        May stand in conditions and values; they are replaced by what they are.

    Raises
    ------
    UnknownNameError
        For a name that the model does not have; the message suggests close ones.
    InputError
        For an assignment to time or to an observable, and for times or conditions that cannot be taken.
    DuplicateNameError
        For two events of one name that the user gave.
    """
    binder = _Binder(tuple(states), tuple(parameters), time, observables)
    events = tuple(binder.bind(event) for event in as_events(given))
    _check_names(events)
    return events


def _check_names(events: tuple[Event, ...]) -> None:
    seen: set[str] = set()
    for event in events:
        if event.name in seen and event.name != str(replace(event, affect=(), terminal=False))[:60]:
            raise DuplicateNameError(f'Two events are called "{event.name}"; give one of them another name.')
        seen.add(event.name)


class _Binder:
    def __init__(
        self, states: tuple[Any, ...], parameters: tuple[Any, ...], time: Any, observables: Mapping[str, Any]
    ) -> None:
        self.states, self.parameters, self.time, self.observables = states, parameters, time, observables
        self.symbols = {s.name: s for s in (*states, *parameters, time)}
        self.constants = {s.name: s for s in parameters}

    def bind(self, event: Event) -> Event:
        where = f'the event "{event.name}"'
        condition = self._condition(event.condition, where)
        return replace(
            event,
            condition=condition,
            times=tuple(self._time(x, where) for x in event.times),
            period=None if event.period is None else self._time(event.period, where),
            first=None if event.first is None else self._time(event.first, where),
            affect=tuple((self._target(s, where), self._term(value, where)) for s, value in event.affect),
            delay=self._term(event.delay, where),
            priority=self._term(event.priority, where),
        )

    def _condition(self, condition: Any, where: str) -> Any:
        if condition is None:
            return None
        if callable(condition) and not hasattr(condition, "__slots__"):
            condition = self._traced(condition)
        term = self._term(condition, where)
        take_apart(term)  # refuses what is no condition
        return term

    def _traced(self, function: Any) -> Any:
        """Call a function f(t, y) in SciPy's form on symbols."""
        from symnum.terms.trace.arrays import array
        from symnum.terms.trace.tracing import call_on_symbols

        return call_on_symbols(function, [self.time, array(list(self.states))], {})

    def _term(self, term: Any, where: str) -> Any:
        from symnum.terms.convert import convert
        from symnum.terms.substitute import substitute
        from symnum.terms.traverse import free_symbols

        if isinstance(term, int | float):
            return term
        term = convert(term, "canonical")
        replacements: dict[Any, Any] = {}
        for symbol in sorted(free_symbols(term), key=lambda s: str(s.name)):
            found = self.symbols.get(symbol.name)
            if found is None and symbol.name in self.observables:
                found = self._term(self.observables[symbol.name], where)
            if found is None:
                known = [*self.symbols, *self.observables]
                raise UnknownNameError(
                    f'{where} uses "{symbol.name}", which is no state, parameter or observable of this model.'
                    f"{suggest(symbol.name, known)}"
                )
            if found is not symbol:
                replacements[symbol] = found
        return substitute(term, replacements) if replacements else term

    def _time(self, term: Any, where: str) -> Any:
        from symnum.terms.traverse import free_symbols

        bound = self._term(term, where)
        if isinstance(bound, int | float):
            return bound
        for symbol in free_symbols(bound):
            if symbol.name not in self.constants:
                raise InputError(
                    f'{where} is to happen at {term}, but "{symbol.name}" is no parameter: a time is known beforehand. '
                    f'Give a condition instead, as in sn.event("{self.time.name} >= {term}").'
                )
        return bound

    def _target(self, symbol: Any, where: str) -> Any:
        name = symbol.name
        if name in self.observables:
            raise InputError(
                f'{where} assigns to "{name}", which is an observable and follows from others; assign to the states or '
                "parameters it is made of."
            )
        if name == self.time.name:
            raise InputError(f'{where} assigns to "{name}", the independent variable; time cannot be set.')
        if name not in self.symbols:
            known = [s.name for s in (*self.states, *self.parameters)]
            raise UnknownNameError(
                f'{where} assigns to "{name}", which is neither a state nor a parameter of this model.'
                f"{suggest(name, known)} To change a quantity of your own, declare it as a parameter."
            )
        return self.symbols[name]
