"""From events in symbols to what an integrator needs: comparisons, their rates and all values as kernels."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from codegen.kernel import Context, Kernel
from codegen.system_tape import compile_system
from symnum.simulators.problem_pool import evaluate_stages
from symnum.systems.event_conditions import (
    AND,
    NOT,
    OR,
    Condition,
    Sign,
    polynomial_degree,
    take_apart,
    time_line,
)
from symnum.systems.events import Event, as_events
from symnum.systems.ode import ODESystem
from symnum.systems.time_discontinuities import TimeDiscontinuities, time_discontinuities
from symnum.terms.differentiate import differentiate
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.traverse import free_symbols

if TYPE_CHECKING:
    from symnum.integrators.events.problem import EventProblem, EventRule
    from symnum.integrators.problem import KernelProblem

__all__ = ["EventPlan", "EventPlans"]

Array = NDArray[np.float64]


class _Terms:
    """Terms that one kernel computes, each once."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}

    def place(self, term: Any) -> int:
        """Return where the value of a term stands."""
        key = (type(term), term) if type(term) in NUMBER_TYPES else term
        return self.places.setdefault(key, len(self.places))

    @property
    def terms(self) -> list[Any]:
        """The terms, in order."""
        return [key[1] if isinstance(key, tuple) else key for key in self.places]


class _Evaluator:
    """A kernel with memory of its own."""

    def __init__(self, kernel: Kernel, parameters: Array) -> None:
        self.kernel, self.parameters = kernel, parameters
        self.context = Context()
        self.context.reserve(kernel)
        self.out = np.zeros(max(kernel.n_outputs, 1))
        self._call = kernel.call
        self._places = (_address(parameters), self.context.address, _address(self.out))
        self.refresh()

    def refresh(self) -> None:
        """Evaluate anew what depends on parameters only."""
        self.kernel.evaluate_stage(self.parameters, self.context)

    def __call__(self, t: float, y: Array) -> Array:
        state = np.ascontiguousarray(y)
        self._call(t, _address(state), *self._places)
        return self.out.copy()


def _address(array: Array) -> int:
    place: int = array.__array_interface__["data"][0]
    return place


class EventPlan:
    """The events of a model, taken apart and compiled.

    Parameters
    ----------
    system : ODESystem
    events : sequence of Event
        In the symbols of the system.
    discontinuities : TimeDiscontinuities
        Of the right-hand side.
    """

    def __init__(
        self, system: ODESystem, events: Sequence[Event], discontinuities: TimeDiscontinuities
    ) -> None:
        self.system = system
        self.events = [e for e in events if e.condition is not None] + [e for e in events if e.condition is None]
        self._conditions = [take_apart(e.condition) for e in self.events if e.condition is not None]
        self._atoms: dict[Sign, int] = {}
        self._programs = [self._program(condition) for condition in self._conditions]
        self._lines: dict[int, tuple[Any, Any]] = {}
        for function in discontinuities.functions:
            self._atoms.setdefault(Sign(function, False), len(self._atoms))
        known = len(self._atoms)
        self._scans = []
        for function in discontinuities.others:  # never those of conditions, which are watched on every step
            self._atoms[Sign(function, False)] = number = self._atoms.get(Sign(function, False), len(self._atoms))
            self._scans += [number] if number >= known else []
        for sign, number in self._atoms.items():
            line = time_line(sign.function, system.independent, system.parameters)
            if line is not None:
                self._lines[number] = line
        self._values = _Terms()
        self._line_places = [(n, self._values.place(a), self._values.place(b)) for n, (a, b) in self._lines.items()]
        self._rules = [self._rule(e, c) for e, c in zip(self.events, self._changes(), strict=True)]
        self._rules += [self._steps(function) for function in discontinuities.steps]

    # ------------------------------------------------------------------------------------ taking apart

    def _program(self, condition: Condition) -> list[int]:
        numbers = [self._atoms.setdefault(sign, len(self._atoms)) for sign in condition.signs]
        return [numbers[code] if code >= 0 else code for code in condition.program]

    def _changes(self) -> list[int]:
        """Which changes of its condition count, for each event."""
        from symnum.integrators.events import places

        codes = {"up": places.RISES, "down": places.FALLS, "both": places.RISES | places.FALLS}
        out = []
        for event, condition in zip(self.events, self._conditions):
            out.append(codes[event.direction or ("both" if condition.is_expression else "up")])
        return out + [0] * (len(self.events) - len(out))

    def _rule(self, event: Event, changes: int) -> "EventRule":
        from symnum.integrators.events.problem import EventRule

        place = self._values.place
        states = {s: i for i, s in enumerate(self.system.states)}
        parameters = {s: -1 - i for i, s in enumerate(self.system.parameters)}
        targets = states | parameters
        return EventRule(
            name=event.name,
            changes=changes,
            delay=place(event.delay),
            priority=place(event.priority),
            targets=np.array([targets[s] for s, _ in event.affect], np.int64),
            sources=np.array([place(value) for _, value in event.affect], np.int64),
            times=np.array([place(time) for time in event.times], np.int64),
            period=-1 if event.period is None else place(event.period),
            first=-1 if event.first is None else place(event.first),
            terminal=event.terminal,
            persistent=event.persistent,
            initial=event.initial,
            at_trigger=event.values == "trigger",
            is_silent=event.is_silent,
        )

    def _steps(self, function: Any) -> "EventRule":
        """Return the times at which a function a*t + b of time is a whole number, as a declared discontinuity."""
        from symnum.integrators.events.problem import EventRule

        line = time_line(function, self.system.independent, self.system.parameters)
        assert line is not None
        place, none = self._values.place, np.zeros(0, np.int64)
        period = abs(1 / line[0]) if type(line[0]) in NUMBER_TYPES else (1 / line[0] ** 2) ** 0.5
        return EventRule(
            "", 0, place(0), place(0), none, none, none, place(period), place(-line[1] / line[0]), is_silent=True
        )

    # ------------------------------------------------------------------------------------ kernels

    def _compiled(self, terms: Sequence[Any]) -> Kernel:
        """Compile terms as the observables of a system of the same names."""
        s = self.system
        like = ODESystem(
            states=s.states,
            parameters=s.parameters,
            independent=s.independent,
            rhs=[0] * len(s.states),
            observables={str(i): term for i, term in enumerate(terms)},
        )
        return compile_system(like, "observables")

    @functools.cached_property
    def _compare(self) -> Kernel:
        return self._compiled([sign.function for sign in self._atoms])

    @functools.cached_property
    def _value_kernel(self) -> Kernel:
        return self._compiled(self._values.terms)

    @functools.cached_property
    def _rates(self) -> Kernel:
        """Derivatives of the comparisons by time along the solution; zero where they are not known."""
        return self._compiled([self._rate(sign.function) for sign in self._atoms])

    def _rate(self, function: Any) -> Any:
        s = self.system
        total = differentiate(function, s.independent)
        numbers = {state: i for i, state in enumerate(s.states)}
        for symbol in sorted(free_symbols(function), key=lambda x: x.name):
            if symbol in numbers:
                if s.mass is not None:
                    return 0
                total = total + differentiate(function, symbol) * s.right_hand_side(numbers[symbol])
        return total

    # ------------------------------------------------------------------------------------ for one solve

    @property
    def names(self) -> list[str]:
        """Names of all events that the table of events may show."""
        return [event.name for event in self.events if not event.is_silent]

    @property
    def is_empty(self) -> bool:
        """Whether nothing can happen at all."""
        return not self._rules and not self._lines and not self._scans

    def problem(self, model: "KernelProblem") -> "EventProblem":
        """Return the events for one solve of a model.

        Parameters
        ----------
        model : KernelProblem
            Its parameters are those that events change; its first object kept alive is the kernels' context.
        """
        from symnum.integrators.events import places
        from symnum.integrators.events.problem import EventProblem

        assert (places.AND, places.OR, places.NOT) == (AND, OR, NOT)
        p = model.parameters
        compare, values = _Evaluator(self._compare, p), _Evaluator(self._value_kernel, p)
        rates = _LazyEvaluator(self, p)
        starts = np.cumsum([0] + [len(program) for program in self._programs])
        def refresh() -> None:
            evaluate_stages(model, p)
            compare.refresh()
            values.refresh()
            rates.refresh()

        return EventProblem(
            rules=tuple(self._rules),
            conditions=len(self._conditions),
            kernel_address=compare.kernel.address,
            context_address=compare.context.address,
            kinds=self._kinds(places.WATCHED, places.ZERO_COUNTS),
            degrees=self._degrees,
            needed=self._needed,
            programs=np.array([code for program in self._programs for code in program], np.int64),
            starts=starts.astype(np.int64),
            lines=np.array(self._line_places, np.int64).reshape(-1, 3),
            scans=np.array(self._scans, np.int64),
            parameters=p,
            compare=compare,
            rates=rates,
            values=values,
            refresh=refresh,
            keep_alive=(compare, values, rates),
        )

    def _kinds(self, watched: int, zero_counts: int) -> NDArray[np.int64]:
        known = {*self._lines, *self._scans}
        kinds = [
            (0 if number in known else watched) + (zero_counts if sign.zero_counts else 0)
            for sign, number in self._atoms.items()
        ]
        return np.array(kinds, np.int64)

    @functools.cached_property
    def _degrees(self) -> NDArray[np.int64]:
        variables = [*self.system.states, self.system.independent]
        return np.array([polynomial_degree(sign.function, variables) for sign in self._atoms], np.int64)

    @functools.cached_property
    def _needed(self) -> NDArray[np.int64]:
        used = {symbol for sign in self._atoms for symbol in free_symbols(sign.function)}
        return np.array([i for i, s in enumerate(self.system.states) if s in used], np.int64)

    def __getstate__(self) -> dict[str, Any]:
        made = ("_compare", "_value_kernel", "_rates")
        return {key: value for key, value in self.__dict__.items() if key not in made}


class EventPlans:
    """The compiled events of a model, with those that single solves add.

    Parameters
    ----------
    system : ODESystem
    """

    def __init__(self, system: ODESystem) -> None:
        self._system = system
        self._plans: dict[tuple[Event, ...], EventPlan] = {}

    def plan(self, more: Any, autonomous: bool) -> EventPlan | None:
        """Return the plan for the events of the model and some more; None where nothing can happen.

        Parameters
        ----------
        more : Event, iterable of Event, or None
            As the user passes them.
        autonomous : bool
            Whether the right-hand side is free of time, and so has no discontinuities in time.
        """
        if more is None and autonomous and not self._system.events:
            return None
        events = (*self._system.events, *self._system.bind_events(as_events(more)))
        plan = self._plans.get(events)
        if plan is None:
            plan = self._plans[events] = EventPlan(self._system, events, self._discontinuities(autonomous))
        return None if plan.is_empty else plan

    def _discontinuities(self, autonomous: bool) -> TimeDiscontinuities:
        system = self._system
        if autonomous:
            return TimeDiscontinuities((), ())
        rates = system.rhs if system.fluxes is None else system.fluxes.rates.values()
        return time_discontinuities(rates, system.independent, system.parameters)


class _LazyEvaluator:
    """The rates, compiled when they are first needed."""

    def __init__(self, plan: EventPlan, parameters: Array) -> None:
        self._plan, self._parameters = plan, parameters
        self._made: _Evaluator | None = None

    def refresh(self) -> None:
        """Evaluate anew what depends on parameters only."""
        if self._made is not None:
            self._made.refresh()

    def __call__(self, t: float, y: Array) -> Array:
        if self._made is None:
            self._made = _Evaluator(self._plan._rates, self._parameters)
        return self._made(t, y)
