"""Events and declared discontinuities: what happens when, in symbols."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

from symnum.errors import DuplicateNameError, InputError

__all__ = ["Event", "discontinuity", "event"]

DIRECTIONS = ("up", "down", "both")
VALUES = ("trigger", "execution")

_ARROWS: dict[Any, str] = {1: "up", -1: "down", 0: "both"}


@dataclass(frozen=True, repr=False)
class Event:
    """Something that happens to a model when a condition becomes true, or at given times.

    Made by `symnum.event` and `symnum.discontinuity`.

    Attributes
    ----------
    condition : term, callable or None
        A comparison, comparisons joined by and, or, not, or an expression whose zero is meant; None for given times.
    times : tuple of terms
        Given times.
    period, first : term or None
        Of periodic times, the distance between two of them and the first one.
    affect : tuple of (Symbol, term)
        Simultaneous assignments to states and parameters.
    direction : {"up", "down", "both"} or None
        Which changes count; None is "up" (false to true) for conditions and "both" for expressions.
    terminal, persistent, initial : bool
    delay, priority : term
    values : {"trigger", "execution"}
        When the assigned values are computed.
    name : str
        For the table of events and for messages.
    is_silent : bool
        Whether it is left out of the table of events: a declared discontinuity.
    """

    condition: Any = None
    times: tuple[Any, ...] = ()
    period: Any = None
    first: Any = None
    affect: tuple[tuple[Any, Any], ...] = ()
    direction: str | None = None
    terminal: bool = False
    persistent: bool = True
    delay: Any = 0
    priority: Any = 0
    initial: bool = True
    values: str = "trigger"
    name: str = ""
    is_silent: bool = False

    def __str__(self) -> str:
        when = "" if self.condition is None else str(self.condition)
        if self.condition is None:
            when = f"every {self.period}" if self.period is not None else "at " + ", ".join(map(str, self.times))
        does = ", ".join(f"{symbol} = {value}" for symbol, value in self.affect)
        return when + (f" => {does}" if does else "") + (" => stop" if self.terminal else "")

    def __repr__(self) -> str:
        return f"Event({self})"


def event(
    condition: Any = None,
    affect: Mapping[Any, Any] | Iterable[Any] | str | None = None,
    *,
    at: Any = None,
    every: Any = None,
    start: Any = None,
    direction: str | int | None = None,
    terminal: bool = False,
    persistent: bool = True,
    delay: Any = 0,
    priority: Any = 0,
    initial: bool = True,
    values: str = "trigger",
    name: str | None = None,
) -> Event:
    """Say what happens to a model when a condition becomes true, or at given times.

    Parameters
    ----------
    condition : term, str or callable, optional
        A comparison such as ``v < 0`` or ``t >= 5``, comparisons joined by ``and``, ``or``, ``not`` (for terms
        ``&``, ``|``, ``~``), or an expression whose zero is meant, such as ``h`` or ``x - 1``. A Python function
        ``f(t, y)`` in SciPy's form is called on symbols once, and its attributes ``terminal`` and ``direction`` count.
    affect : mapping, Eq, iterable of Eq, or str, optional
        New values of states and parameters, ``{"v": "-0.9*v"}``: expressions in states, parameters and time, all
        computed before any is assigned. As text, ``"v = -0.9*v; n = n + 1"``. None only records the time.
    at : number, term or iterable of them, optional
        Instead of a condition: times, which may use parameters. They are stepped onto exactly.
    every, start : number or term, optional
        Instead of a condition: ``start``, ``start + every``, ``start + 2*every``, ...; by default `start` is `every`.
    direction : {"up", "down", "both"} or {1, -1, 0}, optional
        Which changes count: of a condition from false to true ("up", the default), from true to false ("down"), or
        both; of an expression from negative to positive, from positive to negative, or both (the default).
    terminal : bool
        Whether the simulation ends there.
    persistent : bool
        Whether an event that waits (for the end of its delay, or for others of higher priority) is carried out even
        if its condition has become false in the meantime.
    delay : number, term or str
        Time between the change of the condition and the assignments; computed when the condition changes.
    priority : number, term or str
        Of events at the same time, those of higher priority come first; equal ones in the order of declaration.
    initial : bool
        Value that the condition is taken to have had before the beginning: with False, an event whose condition is
        true at the beginning happens at once.
    values : {"trigger", "execution"}
        Whether the new values are computed when the condition changes, or when they are assigned.
    name : str, optional
        For the table of events; by default the condition.

    Returns
    -------
    Event
        For ``sn.ode_system(..., events=[...])``, ``sn.reaction_network(..., events=[...])``,
        ``sn.build_simulator(..., events=[...])`` or ``sim.solve(..., events=[...])``.

    Raises
    ------
    InputError, ParseError
        For what cannot be read; negative delays; a condition beside times, or neither.

    Examples
    --------
    >>> import symnum as sn
    >>> sn.event("h <= 0", {"v": "-0.9*v"}, name="bounce")
    Event(h <= 0 => v = -0.9*v)
    """
    if (condition is None) + (at is None) + (every is None) != 2:
        raise InputError(
            'an event needs one of a condition, times or a period: sn.event("x > 1", ...), sn.event(at=[1, 2], ...) '
            "or sn.event(every=24, ...)."
        )
    if start is not None and every is None:
        raise InputError("start= is the first of periodic times; give every= too, or at= for single times.")
    if callable(condition) and not _is_term(condition):
        terminal = terminal or bool(getattr(condition, "terminal", False))
        slope = getattr(condition, "direction", 0)
        direction = direction if direction is not None else int(slope > 0) - int(slope < 0)
    else:
        condition = None if condition is None else _condition(condition)
    made = Event(
        condition=condition,
        times=() if at is None else tuple(_expression(x, "a time") for x in _listed(at)),
        period=None if every is None else _positive(_expression(every, "every")),
        first=None if every is None else _expression(every if start is None else start, "start"),
        affect=_assignments(affect),
        direction=_direction(direction),
        terminal=_flag("terminal", terminal),
        persistent=_flag("persistent", persistent),
        delay=_not_negative(_expression(delay, "delay")),
        priority=_expression(priority, "priority"),
        initial=_flag("initial", initial),
        values=_values(values),
        name=name or "",
    )
    return made if name else replace(made, name=_default_name(made))


def discontinuity(*times: Any, every: Any = None, start: Any = None, name: str | None = None) -> Event:
    """Declare times at which the right-hand side is not smooth: they are stepped onto exactly.

    Times that `piecewise`, `heaviside` and their kin show, with conditions linear in time, are found without.

    Parameters
    ----------
    *times : number, term or str
        Times, which may use parameters.
    every, start : number or term, optional
        Periodic times instead, as for `event`.
    name : str, optional

    Examples
    --------
    >>> import symnum as sn
    >>> sn.discontinuity(5, "t_off")
    Event(at 5, t_off)
    """
    made = event(at=times or None, every=every, start=start, name=name)
    return replace(made, is_silent=True)


def as_events(given: Any) -> tuple[Event, ...]:
    """Return events from one or several; a pair (condition, affect) stands for ``event(condition, affect)``.

    Raises
    ------
    InputError
        For anything else.
    """
    if given is None:
        return ()
    if isinstance(given, Event) or callable(given):
        given = [given]
    if isinstance(given, str) or not isinstance(given, Iterable) or isinstance(given, Mapping):
        raise InputError(f'events= takes a list of events: [sn.event("x > 1", {{"x": 0}})], not {given!r}.')
    out = []
    for item in given:
        if isinstance(item, Event):
            out.append(item)
        elif isinstance(item, tuple) and len(item) == 2:
            out.append(event(*item))
        elif callable(item) and not _is_term(item):
            out.append(event(item))
        else:
            raise InputError(f'{item!r} is no event. Write sn.event(condition, affect), as in sn.event("x > 1").')
    return tuple(out)


def names_in(events: Iterable[Event]) -> list[str]:
    """Return all names that occur in events, sorted."""
    from symnum.terms.traverse import free_symbols

    names: set[str] = set()
    for item in events:
        values = [item.delay, item.priority, *item.times, *(value for _, value in item.affect)]
        values += [x for x in (item.period, item.first) if x is not None]
        if item.condition is not None and (_is_term(item.condition) or not callable(item.condition)):
            values.append(item.condition)
        names |= {s.name for s, _ in item.affect}
        names |= {s.name for value in values for s in free_symbols(value)}
    return sorted(names)


def _is_term(value: Any) -> bool:
    from symnum.terms.interface import is_expr

    return bool(is_expr(value)) or hasattr(value, "name")


def _canonical(value: Any, what: str) -> Any:
    """Return text, a term or a number as a canonical term."""
    from symnum.terms.convert import convert
    from symnum.terms.numbers import as_number
    from symnum.terms.parsing import parse

    if isinstance(value, str):
        return parse(value, terms="canonical")
    if isinstance(value, bool):
        raise InputError(f"{what} is {value}; write a condition in symbols, such as x > 1 with x from sn.symbols.")
    number = None if hasattr(value, "__len__") else as_number(value)
    if number is not None:
        return number
    if not _is_term(value):
        raise InputError(f"{what} is {value!r}; give a number, a term or text.")
    return convert(value, "canonical")


_BOOLEAN = frozenset(("<", "<=", ">", ">=", "==", "!=", "and", "or", "not"))


def is_boolean(term: Any) -> bool:
    """Whether a canonical term is true or false rather than a number."""
    return getattr(term, "function", None) in _BOOLEAN


def _condition(value: Any) -> Any:
    from symnum.terms.traverse import free_symbols

    if hasattr(value, "lhs") and hasattr(value, "rhs"):  # an equation: the zero of the difference
        value = _canonical(value.lhs, "a condition") - _canonical(value.rhs, "a condition")
    term = _canonical(value, "a condition")
    if isinstance(term, int | float | complex) or not free_symbols(term):
        raise InputError(f"the condition {value!r} is always the same; it needs a state or the time in it.")
    return term


def _expression(value: Any, what: str) -> Any:
    term = _canonical(value, what)
    if is_boolean(term):
        raise InputError(f"{what} is the condition {term}; give an expression. sn.piecewise(a, condition, b) is one.")
    if isinstance(term, complex) or (isinstance(term, float) and term != term):
        raise InputError(f"{what} is {term}; give a real number.")
    return term


def _listed(value: Any) -> Sequence[Any]:
    if isinstance(value, str) or _is_term(value) or not isinstance(value, Iterable):
        return [value]
    found = list(value)
    if not found:
        raise InputError("at= is empty; give at least one time.")
    return found


def _not_negative(delay: Any) -> Any:
    if isinstance(delay, Real) and float(delay) < 0:
        raise InputError(f"the delay is {delay}; an event cannot happen before its condition. Give 0 or more.")
    return delay


def _positive(period: Any) -> Any:
    if isinstance(period, Real) and not 0 < float(period) < float("inf"):
        raise InputError(f"every= is {period}; the time between two events must be positive.")
    return period


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool | int) or value not in (0, 1):
        raise InputError(f"{name}={value!r} is neither True nor False.")
    return bool(value)


def _direction(value: Any) -> str | None:
    chosen = _ARROWS.get(value, value) if not isinstance(value, bool) else value
    if chosen is not None and chosen not in DIRECTIONS:
        raise InputError(f'direction={value!r} is none of "up", "down" and "both" (or 1, -1 and 0).')
    return None if chosen is None else str(chosen)


def _values(value: Any) -> str:
    if value not in VALUES:
        raise InputError(f'values={value!r}: choose "trigger" (computed when the condition changes) or "execution".')
    return str(value)


def _assignments(affect: Any) -> tuple[tuple[Any, Any], ...]:
    from symnum.terms.canonical import Symbol
    from symnum.terms.interface import is_symbol
    from symnum.terms.interface import name as name_of

    out: dict[str, tuple[Any, Any]] = {}
    for target, value in _pairs(affect):
        target = target.strip() if isinstance(target, str) else target
        if not isinstance(target, str) and not is_symbol(target):
            raise InputError(f"{target} cannot be assigned to; name a state or a parameter.")
        symbol = Symbol(target if isinstance(target, str) else name_of(target))
        if symbol.name in out:
            raise DuplicateNameError(f'"{symbol.name}" is assigned twice in one event; remove one of the two.')
        out[symbol.name] = (symbol, _expression(value, f'the new value of "{symbol.name}"'))
    return tuple(out.values())


def _pairs(affect: Any) -> Iterable[tuple[Any, Any]]:
    if affect is None:
        return []
    if isinstance(affect, Mapping):
        return affect.items()
    if isinstance(affect, str):
        return [_split(part) for part in affect.replace(";", "\n").split("\n") if part.strip()]
    items = [affect] if hasattr(affect, "lhs") else affect
    if not isinstance(items, Iterable):
        raise InputError(f'an affect is a mapping from names to new values, {{"x": "x + 1"}}, not {affect!r}.')
    out: list[tuple[Any, Any]] = []
    for item in items:
        if isinstance(item, str):
            out.append(_split(item))
        elif hasattr(item, "lhs"):
            out.append((item.lhs, item.rhs))
        elif isinstance(item, tuple) and len(item) == 2:
            out.append(item)
        else:
            raise InputError(f'{item!r} assigns nothing. Write {{"x": "x + 1"}} or sn.Eq(x, x + 1).')
    return out


def _split(text: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not equals or right.startswith("=") or not left.strip() or left.rstrip()[-1:] in "<>!":
        raise InputError(f'"{text.strip()}" assigns nothing. Write "x = x + 1", or a mapping {{"x": "x + 1"}}.')
    return left, right


def _default_name(made: Event) -> str:
    if callable(made.condition) and not _is_term(made.condition):
        return str(getattr(made.condition, "__name__", "event"))
    return str(replace(made, affect=(), terminal=False))[:60]
