"""`sn.ode_system`: ordinary differential equations written down as equations."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, ClassVar, cast

from symnum.errors import DuplicateNameError, InputError, ParseError, UnknownNameError
from symnum.models.equations import Equations
from symnum.models.model import LONGEST_ENTRY, Model
from symnum.models.names import Scope, as_symbol
from symnum.models.ode_function import is_function, trace_equations
from symnum.models.text import Fragment, Source, read_definitions, read_name, read_names, split_sections
from symnum.models.values import (
    check_observables,
    merge_definitions,
    read_initial,
    read_observables,
    read_values,
    with_observables,
)
from symnum.systems.ode import ODESystem

__all__ = ["ODEModel", "ode_system"]

SECTIONS = ("independent", "parameters", "initial", "observables", "equations")
_LEFT = re.compile(
    r"D\s*\(\s*(?P<d>[^()]+?)\s*\)|d\s*(?P<leibniz>[^\W\d]\w*|`[^`]*`)\s*/\s*d\s*(?P<time>[^\W\d]\w*)|(?P<prime>[^\W\d]\w*|`[^`]*`)\s*'"
)


class ODEModel(Model):
    """Ordinary differential equations: an immutable model.

    Made by `symnum.ode_system`, `symnum.read_model` and the functions of `symnum.models.library`.

    Parameters
    ----------
    system : ODESystem
        The equations with all that belongs to them.
    """

    def __init__(self, system: ODESystem) -> None:
        self._set(
            _ode=system,
            name=system.name,
            parameters=system.parameters,
            parameter_values=system.parameter_values,
            initial_values=system.initial_values,
            independent=system.independent,
            observables=system.observables,
        )

    _ode: ODESystem

    @property
    def states(self) -> tuple[Any, ...]:
        """The states, in declaration order."""
        return self._ode.states

    @cached_property
    def _summary_text(self) -> str:
        return f"{len(self.states):,} states, {len(self.parameters):,} parameters"

    def system(self) -> ODESystem:
        """Return the model as a system of symbols, which is what simulators compile."""
        return self._ode

    @property
    def equations(self) -> Equations:
        """The equations, a sequence of ``D(x) = ...``."""
        return Equations(self._ode)

    def to_text(self, *, limit: int | None = None, width: int = LONGEST_ENTRY) -> str:
        """Write the equations in the text form that `sn.ode_system` and `sn.read_model` read.

        Parameters
        ----------
        limit : int, optional
            Greatest number of entries in each section; a comment says what was left out.
        width : int
            Greatest length of an entry where `limit` is given; longer ones are cut.
        """
        from symnum.models.reaction_network.write_text import write_definitions, write_section

        lines = write_definitions(self, limit, width)
        if self.independent.name != "t":
            lines.insert(0, f"independent: {self.independent}")
        equations = self.equations
        entries = (equations.line(i, width) for i in range(len(equations)))
        lines += write_section("equations", entries, len(equations), limit, width=width)
        return "\n".join(lines) + "\n"

    def _summary(self) -> str:
        return self._summary_text

    def _rows(self) -> Any:
        return _Lines(self.equations)

    def __eq__(self, other: object) -> bool:
        """Whether two models are written alike; the name does not count."""
        if not isinstance(other, ODEModel):
            return NotImplemented
        return self is other or (self._content() == other._content() and self._ode.rhs == other._ode.rhs)

    def __hash__(self) -> int:
        return hash((self.states, self.parameters))


class _Lines:
    """Equations as lines of text, made when looked at."""

    def __init__(self, equations: Equations) -> None:
        self._equations = equations

    def __len__(self) -> int:
        return len(self._equations)

    def __getitem__(self, index: int) -> str:
        return self._equations.line(index)


def ode_system(
    equations: Mapping[Any, Any] | Iterable[Any] | str | Callable[..., Any],
    *,
    parameters: Mapping[Any, Any] | str | Iterable[Any] | None = None,
    initial: Mapping[Any, Any] | Iterable[Any] | None = None,
    initial_values: Mapping[Any, Any] | Iterable[Any] | None = None,
    states: str | Iterable[Any] | int | None = None,
    independent: Any = None,
    observables: Mapping[str, Any] | None = None,
    name: str = "ode",
    file: str | None = None,
) -> ODEModel:
    """Make a model of ordinary differential equations from text or terms.

    Parameters
    ----------
    equations : mapping, iterable of Eq, or str
        The right-hand side of each state, ``{"x": "sigma*(y - x)", ...}``, names and expressions as text
        or terms; or equations ``sn.Eq(x, rhs)``; or a text with one equation on each line, such as
        ``D(x) = sigma*(y - x)``, ``dx/dt = ...`` or ``x' = ...``, and optionally the sections
        ``parameters:``, ``initial:``, ``observables:``, ``independent:`` after or before ``equations:``.
        Or a Python function in SciPy's form, ``f(t, y)``, ``f(t, y, p)`` or ``f(t, y, k1, k2, ...)``, which is
        called on symbols once (see `symnum.trace`).
    parameters : mapping, str or iterable, optional
        Default values by name (a number, or text or a term in other parameters), or names alone. If left
        out, every name that is neither a state nor time is a parameter without a value; if given, any
        other name is an error.
    initial, initial_values : mapping, optional
        Initial values by state: a number, or text or a term in parameters. Two names for the same. With a
        function, also a sequence of numbers in the order of the states.
    states : str, iterable or int, optional
        With a function: names of the states, or how many there are. If left out, those of `initial`, or
        as many as it has numbers, called ``y0, y1, ...`` after the function's second argument.
    independent : Symbol or str, optional
        The independent variable; "t" if not given.
    observables : mapping of str to term or text, optional
        Named quantities computed from states, parameters, the independent variable and other observables.
        An equation that names one has its expression.
    name : str
        Shown in reports.
    file : str, optional
        Where a text came from, for messages.

    Raises
    ------
    ParseError
        If a text cannot be read, with line and column.
    UnknownNameError
        If an expression uses a name that the model does not have; the message suggests close ones.
    DuplicateNameError
        If a name has two meanings.
    TracingError
        If a function cannot be called on symbols; the message names its line and the fix.

    Examples
    --------
    >>> import symnum as sn
    >>> lorenz = sn.ode_system(
    ...     {"x": "sigma*(y - x)", "y": "x*(rho - z) - y", "z": "x*y - beta*z"},
    ...     parameters={"sigma": 10, "rho": 28, "beta": 8 / 3},
    ... )
    >>> lorenz.states
    (x, y, z)
    """
    if initial is not None and initial_values is not None:
        raise InputError("initial= and initial_values= are two names for the same; give one of them.")
    start = initial if initial is not None else initial_values or {}
    if is_function(equations):
        return _from_function(equations, states, parameters, start, independent, observables, name)
    if states is not None:
        raise InputError("states= goes with a Python function; equations name their states themselves.")
    if not isinstance(start, Mapping):
        raise InputError('initial= is a mapping from states to values: {"x": 1.0}.')
    text = _Text(equations, file) if isinstance(equations, str) else None
    if independent is None and text is not None:
        independent = text.independent()
    time = as_symbol("t" if independent is None else independent)
    pairs = text.equations(time.name) if text is not None else _pairs(cast(Iterable[Any], equations))
    if not pairs:
        raise InputError('There are no equations. Give at least one, as in {"x": "-k*x"}.')
    return _assemble(
        pairs,
        time,
        parameters=merge_definitions(parameters, text.definitions("parameters") if text else {}, "parameter"),
        is_open=parameters is None and (text is None or "parameters" not in text.sections),
        initial=merge_definitions(start, text.definitions("initial") if text else {}, "initial value"),
        observables=merge_definitions(
            observables or {}, text.definitions("observables") if text else {}, "observable"
        ),
        name=name,
    )


def _assemble(
    pairs: list[tuple[Any, Any]],
    time: Any,
    *,
    parameters: dict[str, Any],
    is_open: bool,
    initial: dict[str, Any],
    observables: dict[str, Any],
    name: str,
) -> ODEModel:
    states = _states(pairs)
    _check_distinct(states, parameters, time)
    check_observables(
        observables,
        {time.name: "the independent variable"}
        | dict.fromkeys(parameters, "a parameter")
        | {s.name: "a state" for s in states},
    )
    scope = Scope(
        {s.name: s for s in (*map(as_symbol, observables), *states, *map(as_symbol, parameters), time)},
        "a state, a parameter or the independent variable",
        is_open=is_open,
        fix='If it is a parameter, declare it: parameters={{"{name}": 1.0, ...}}.',
    )
    rhs = [_read_equation(state, value, scope) for state, value in pairs]
    symbols = tuple(dict.fromkeys([*map(as_symbol, parameters), *scope.found.values()]))
    terms = read_observables({s.name: s for s in (*states, *symbols, time)}, observables)
    return ODEModel(
        ODESystem(
            states=states,
            parameters=symbols,
            independent=time,
            rhs=[with_observables(term, terms) for term in rhs] if terms else rhs,
            parameter_values=read_values(symbols, parameters),
            initial_values=read_initial(states, symbols, initial, "a state"),
            observables=terms,
            name=name,
        )
    )


def _read_equation(state: Any, value: Any, scope: Scope) -> Any:
    """Read a right-hand side; errors say which, also where there are no lines to count."""
    if isinstance(value, Fragment):
        return value.expression(scope)
    where = f"in the equation for {state.name}: "
    try:
        return scope.read(value)
    except ParseError as error:
        place: dict[str, Any] = {
            "text": error.text,
            "file": error.file,
            "line": error.line,
            "column": error.column,
        }
        raise type(error)(where + error.reason, **place) from None
    except UnknownNameError as error:
        raise UnknownNameError(where + str(error)) from None
    except InputError as error:
        raise InputError(where + str(error)) from None


def _from_function(
    function: Any, states: Any, parameters: Any, start: Any, independent: Any, observables: Any, name: str
) -> ODEModel:
    time = as_symbol("t" if independent is None else independent)
    values = None if isinstance(start, Mapping) and not start else start
    traced = trace_equations(function, states=states, parameters=parameters, initial=values, time=time)
    return _assemble(
        traced.pairs,
        time,
        parameters=merge_definitions(traced.parameters, {}, "parameter"),
        is_open=parameters is None,
        initial=merge_definitions(traced.initial, {}, "initial value"),
        observables=merge_definitions(observables or {}, {}, "observable"),
        name=name,
    )


class _Text:
    """A text cut into sections."""

    _WHAT: ClassVar[dict[str, str]] = {
        "parameters": "parameter",
        "initial": "initial value",
        "observables": "observable",
    }

    def __init__(self, text: str, file: str | None) -> None:
        self.sections = split_sections(Source(text, file), SECTIONS, "equations")

    def definitions(self, section: str) -> dict[str, Fragment | None]:
        return read_definitions(self.sections.get(section, ()), self._WHAT[section])

    def independent(self) -> str | None:
        names = read_names(self.sections.get("independent", ()), "variable")
        return names[-1] if names else None

    def equations(self, time: str) -> list[tuple[Any, Any]]:
        return _from_text(self.sections.get("equations", []), time)


def _pairs(equations: Mapping[Any, Any] | Iterable[Any]) -> list[tuple[Any, Any]]:
    if hasattr(equations, "lhs"):
        equations = [equations]
    if not isinstance(equations, Iterable):
        raise InputError(
            f'{equations!r} holds no equations. Give {{"x": "-k*x"}}, text such as "D(x) = -k*x", or a list of '
            "sn.Eq(x, rhs); sn.read_model(path) reads a file."
        )
    if isinstance(equations, Mapping):
        return [(as_symbol(state), rhs) for state, rhs in equations.items()]
    out = []
    for equation in equations:
        left = getattr(equation, "lhs", None)
        if left is None:
            raise InputError(
                f'{equation!r} is no equation. Write sn.Eq(x, rhs), or a mapping {{"x": "rhs"}}.'
            )
        arguments = getattr(left, "args", ()) if getattr(left, "function", None) == "D" else ()
        out.append((as_symbol(arguments[0] if arguments else left), equation.rhs))
    return out


def _from_text(statements: list[Fragment], time: str) -> list[tuple[Any, Any]]:
    out = []
    for statement in statements:
        left, equals, _ = statement.masked.partition("=")
        match = _LEFT.fullmatch(statement.text[: len(left)].strip())
        if match is None or not equals:
            raise statement.error(
                f'This is not an equation for a state. Write "D(x) = ...", "dx/d{time} = ..." or "x\' = ...".'
            )
        if match["time"] is not None and match["time"] != time:
            raise statement.error(
                f'The derivative is by "{match["time"]}", but the independent variable is "{time}". '
                f'Write "independent: {match["time"]}" or differentiate by "{time}".'
            )
        kind = next(k for k in ("d", "leibniz", "prime") if match[k] is not None)
        state = statement.cut(match.start(kind), match.end(kind))
        rhs = statement.cut(len(left) + 1, statement.stop - statement.start)
        out.append((as_symbol(read_name(state, "state")), rhs))
    return out


def _states(pairs: list[tuple[Any, Any]]) -> tuple[Any, ...]:
    seen: dict[Any, None] = {}
    for state, _ in pairs:
        if state in seen:
            raise DuplicateNameError(f'There are two equations for "{state.name}". Join or remove one.')
        seen[state] = None
    return tuple(seen)


def _check_distinct(states: tuple[Any, ...], parameters: Mapping[str, Any], time: Any) -> None:
    names = {s.name for s in states}
    for name in parameters:
        if name in names:
            raise DuplicateNameError(f'"{name}" is a state and also a parameter; rename one of them.')
    if time.name in names or time.name in parameters:
        raise DuplicateNameError(
            f'"{time.name}" is the independent variable and also a state or parameter; rename it, '
            'or give independent="time".'
        )
