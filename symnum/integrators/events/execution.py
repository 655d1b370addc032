"""What happens at one time: conditions that change, their events in order, and what these bring about."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from symnum.errors import EventError, InputError, UnsupportedError
from symnum.integrators.events import places as at
from symnum.integrators.events.problem import EventProblem, Happening
from symnum.integrators.events.schedule import Schedule, Waiting
from symnum.integrators.events.watcher import Watcher

Array = npt.NDArray[np.float64]

#: So many events at one time are taken for a circle.
MOST_AT_ONCE = 1000


@dataclass
class Outcome:
    """What has happened at one time.

    Attributes
    ----------
    y : ndarray
        State afterwards.
    happened : list of str
        Names of the events, in order.
    has_changed, parameters_changed : bool
        Whether anything was assigned, and whether to a parameter.
    restarts : bool
        Whether the solution is not smooth here, or something ahead has changed.
    is_terminal, by_condition : bool
        Whether a terminal event happened, and whether one did because its condition changed.
    is_endless : bool
        Whether the solution is driven to and fro across conditions without time passing.
    """

    y: Array
    happened: list[str] = field(default_factory=list)
    has_changed: bool = False
    parameters_changed: bool = False
    restarts: bool = False
    is_terminal: bool = False
    by_condition: bool = False
    is_endless: bool = False


class Execution:
    """Carries out events.

    Parameters
    ----------
    problem : EventProblem
    watcher : Watcher
        Holds the truth of comparisons and conditions.
    schedule : Schedule
        Takes the events that wait.
    """

    def __init__(self, problem: EventProblem, watcher: Watcher, schedule: Schedule) -> None:
        self.problem, self.watcher, self.schedule = problem, watcher, schedule
        self.happenings: list[Happening] = []
        self._watched = (problem.kinds & at.WATCHED) != 0
        self._counts = (problem.kinds & at.ZERO_COUNTS) != 0

    def begin(self, t: float, y: Array, after: float) -> Outcome:
        """Find out what is true at the beginning; events that happen there."""
        p, watcher = self.problem, self.watcher
        self.settle(t, y, after)
        for e in range(p.conditions):
            if not p.rules[e].initial and p.rules[e].changes & at.RISES:
                watcher.conditions[e] = 0
        return self._carry_out(Outcome(y.copy()), t, after, self._given(t, y))

    def settle(self, t: float, y: Array, after: float) -> None:
        """Take the conditions as they are, without any event; the right-hand side is smooth from `after` on."""
        self.watcher.noise[:] = 0.0
        if np.any(self._watched):
            self.watcher.truth[self._watched] = self._truth_of(self.problem.compare(t, y))[self._watched]
        self._hold(self._compare(t, y), after, y)
        self.watcher.conditions[:] = self.watcher.changed

    def at_change(self, t: float, y: Array) -> Outcome:
        """What happens where the watch function has found a change."""
        self.watcher.held[:] = 0
        return self._carry_out(Outcome(y.copy()), t, t, [])

    def at_known_time(self, t: float, y: Array, after: float) -> Outcome:
        """What happens at a time known beforehand; the right-hand side is smooth from `after` on."""
        self.watcher.noise[:] = 0.0
        if np.any(self._watched):  # what changes while the time is stepped over changes now
            self.watcher.noise[:] = np.nan_to_num(2.0 * abs(after - t) * np.abs(self.problem.rates(after, y)))
        self._hold(self._compare(t, y), after, y)
        queue = [*self.schedule.due(t), *self._given(t, y)]
        outcome = self._carry_out(Outcome(y.copy()), t, after, queue)
        outcome.restarts = True
        return outcome

    # ------------------------------------------------------------------------------------ conditions

    def _compare(self, t: float, y: Array) -> npt.NDArray[np.int64]:
        """Set all comparisons that are surely not zero; return where the others are."""
        watcher = self.watcher
        watcher.held[:] = 0
        self.schedule.set_truth(t, watcher.truth)
        if not np.any(self._watched):
            return np.zeros(0, np.int64)
        values = self.problem.compare(t, y)
        near = self._watched & (np.abs(values) <= watcher.noise)
        far = self._watched & ~near
        watcher.truth[far] = self._truth_of(values)[far]
        watcher.judge()
        return np.flatnonzero(near).astype(np.int64)

    def _truth_of(self, values: Array) -> npt.NDArray[np.bool_]:
        truth: npt.NDArray[np.bool_] = (values > 0.0) | ((values == 0.0) & self._counts)
        return truth

    def _hold(self, near: npt.NDArray[np.int64], after: float, y: Array) -> None:
        """Comparisons that are zero go where the solution takes them."""
        if len(near):
            rates = self.problem.rates(after, y)[near]
            self.watcher.held[near] = np.where(rates > 0.0, 1, np.where(rates < 0.0, -1, at.UNKNOWN))
            known = near[rates != 0.0]
            self.watcher.truth[known] = self.watcher.held[known] > 0
        self.watcher.judge()

    def _changes(self, t: float, y: Array, outcome: Outcome, silent: frozenset[int]) -> list[Waiting]:
        """Return the events whose conditions have changed; those that wait may be called off."""
        watcher, rules = self.watcher, self.problem.rules
        old, new = watcher.conditions.tolist(), watcher.changed.tolist()
        if old == new:
            return []
        found = []
        for e in range(len(new)):
            if new[e] == old[e]:
                continue
            rises = bool(new[e])
            if rules[e].changes & (at.RISES if rises else at.FALLS):
                if e not in silent:
                    found.append(e)
            elif not rules[e].persistent:
                self.schedule.waiting = [w for w in self.schedule.waiting if w.rule != e]
        watcher.conditions[:] = watcher.changed
        if not found:
            return []
        outcome.by_condition = True
        values = self.problem.values(t, y)
        return [w for e in found if (w := self._trigger(e, t, values, outcome)) is not None]

    def _given(self, t: float, y: Array) -> list[Waiting]:
        numbers = self.schedule.given_at(t)
        values = self.problem.values(t, y) if numbers else None
        found = []
        for e in numbers:
            assert values is not None
            waiting = self._trigger(e, t, values, None)
            if waiting is not None:
                found.append(waiting)
        return found

    def _trigger(self, e: int, t: float, values: Array, outcome: Outcome | None) -> Waiting | None:
        """Return an event to be carried out now; one with a delay is put on the schedule."""
        rule = self.problem.rules[e]
        delay = float(values[rule.delay])
        if not 0.0 <= delay < np.inf:
            raise InputError(
                f'The delay of the event "{rule.name}" is {delay:g} at t = {t:.10g}; an event cannot happen before its '
                "condition. Let the delay be 0 or more, as in delay=sn.maximum(d, 0)."
            )
        waiting = Waiting(e, t, values if rule.at_trigger else None)
        if delay == 0.0:
            return waiting
        if self.schedule.forward < 0.0:
            raise UnsupportedError(
                f'The event "{rule.name}" has a delay, and time runs backwards; events with delays need t_span[0] < '
                "t_span[1]."
            )
        waiting.time = t + delay
        self.schedule.waiting.append(waiting)
        if outcome is not None:
            outcome.restarts = True
        return None

    # ------------------------------------------------------------------------------------ execution

    def _carry_out(self, outcome: Outcome, t: float, after: float, queue: list[Waiting]) -> Outcome:
        """Carry out all that is due at one time, in order, and what follows from it at once."""
        batch = self._changes(t, outcome.y, outcome, frozenset())
        batches = [frozenset(w.rule for w in (*queue, *batch))]
        ready = [(w, batches[0]) for w in (*queue, *batch)]
        while ready:
            waiting, together = ready.pop(self._first(t, outcome.y, [w for w, _ in ready]))
            if not self._still_holds(waiting.rule):
                continue
            self._execute(outcome, t, waiting)
            if len(outcome.happened) > MOST_AT_ONCE:
                if outcome.is_endless:
                    break
                raise self._circle(t, outcome)
            if len(self.problem.rules[waiting.rule].targets):
                near = self._compare(t, outcome.y)
                more = self._changes(t, outcome.y, outcome, frozenset([waiting.rule]))
                self._hold(near, after, outcome.y)
                driven = self._changes(t, outcome.y, outcome, together)
                outcome.is_endless = bool(driven) or outcome.is_endless
                more += driven
                ready += [(w, frozenset(x.rule for x in more)) for w in more]
        outcome.is_endless = outcome.is_endless and len(outcome.happened) > MOST_AT_ONCE
        return outcome

    def _first(self, t: float, y: Array, ready: list[Waiting]) -> int:
        """Return which event comes first: by priority, then by declaration."""
        if len(ready) == 1:
            return 0
        values = self.problem.values(t, y)
        priorities = [float(values[self.problem.rules[w.rule].priority]) for w in ready]
        ranks = [(-p if p == p else np.inf, w.rule, i) for i, (p, w) in enumerate(zip(priorities, ready, strict=True))]
        return min(ranks)[2]

    def _still_holds(self, e: int) -> bool:
        """Whether an event that is not persistent may still be carried out."""
        rule = self.problem.rules[e]
        if rule.persistent or rule.changes not in (at.RISES, at.FALLS):
            return True
        return bool(self.watcher.conditions[e]) == (rule.changes == at.RISES)

    def _execute(self, outcome: Outcome, t: float, waiting: Waiting) -> None:
        """Assign the new values of one event, all at once."""
        p, rule = self.problem, self.problem.rules[waiting.rule]
        before, old = outcome.y, p.parameters.copy()
        outcome.y = before.copy()
        if len(rule.targets):
            values = waiting.values if waiting.values is not None else p.values(t, before)
            states = rule.targets >= 0
            outcome.y[rule.targets[states]] = values[rule.sources[states]]
            outcome.has_changed = outcome.restarts = True
            if not np.all(states):
                p.parameters[-1 - rule.targets[~states]] = values[rule.sources[~states]]
                outcome.parameters_changed = True
                p.refresh()
                self.schedule.update(outcome.y)
        outcome.happened.append(rule.name)
        outcome.is_terminal = outcome.is_terminal or rule.terminal
        if not rule.is_silent:
            happening = Happening(waiting.rule, rule.name, t, before, outcome.y, old, p.parameters.copy())
            self.happenings.append(happening)

    def _circle(self, t: float, outcome: Outcome) -> EventError:
        names = list(dict.fromkeys(outcome.happened[-20:]))
        return EventError(
            f"More than {MOST_AT_ONCE} events happen at t = {t:.10g}; these bring one another about: "
            + ", ".join(f'"{name}"' for name in names[:5])
            + ". Let what they assign make their conditions false for good, or leave a gap between two thresholds."
        )
