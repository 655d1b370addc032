"""`sn.ode_system`: ordinary differential and differential-algebraic equations written down as equations."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast, overload

from symnum.errors import DuplicateNameError, InputError, ParseError, UnknownNameError, suggest
from symnum.models.equation_rows import algebraic_rows, equation_rows, rows_of_text
from symnum.models.implicit_equations import Row, read_implicit
from symnum.models.names import Scope, as_symbol
from symnum.models.ode_function import is_function, trace_equations
from symnum.models.ode_model import ODEModel
from symnum.models.text import (
    Fragment,
    Source,
    read_definitions,
    read_names,
    split_sections,
)
from symnum.models.values import (
    check_observables,
    merge_definitions,
    read_initial,
    read_observables,
    read_values,
    with_observables,
)
from symnum.systems.events import as_events, names_in
from symnum.systems.ode import ODESystem

if TYPE_CHECKING:
    from symnum.models.stencil_trace.model import TracedModel

__all__ = ["ode_system"]

SECTIONS = ("independent", "parameters", "initial", "observables", "equations")


@overload
def ode_system(
    equations: Callable[..., Any],
    *,
    shape: int | tuple[int, ...] | list[Any] | Mapping[str, Any],
    parameters: Any = None,
    initial: Any = None,
    initial_values: Any = None,
    name: str = ...,
    **options: Any,
) -> "TracedModel": ...


@overload
def ode_system(
    equations: Mapping[Any, Any] | Iterable[Any] | str | Callable[..., Any],
    *,
    parameters: Mapping[Any, Any] | str | Iterable[Any] | None = None,
    initial: Mapping[Any, Any] | Iterable[Any] | None = None,
    initial_values: Mapping[Any, Any] | Iterable[Any] | None = None,
    states: str | Iterable[Any] | int | None = None,
    independent: Any = None,
    observables: Mapping[str, Any] | None = None,
    algebraic: Mapping[Any, Any] | Iterable[Any] | str | None = None,
    mass: Any = None,
    tear: bool = True,
    events: Any = None,
    explicit: Mapping[Any, Any] | None = None,
    name: str = "ode",
    file: str | None = None,
    shape: None = None,
) -> ODEModel: ...


def ode_system(
    equations: Mapping[Any, Any] | Iterable[Any] | str | Callable[..., Any],
    *,
    parameters: Mapping[Any, Any] | str | Iterable[Any] | None = None,
    initial: Mapping[Any, Any] | Iterable[Any] | None = None,
    initial_values: Mapping[Any, Any] | Iterable[Any] | None = None,
    states: str | Iterable[Any] | int | None = None,
    independent: Any = None,
    observables: Mapping[str, Any] | None = None,
    algebraic: Mapping[Any, Any] | Iterable[Any] | str | None = None,
    mass: Any = None,
    tear: bool = True,
    events: Any = None,
    explicit: Mapping[Any, Any] | None = None,
    name: str = "ode",
    file: str | None = None,
    shape: Any = None,
    **options: Any,
) -> "ODEModel | TracedModel":
    """Make a model of ordinary differential equations, or differential-algebraic ones of index 1, from text or terms.

    Parameters
    ----------
    equations : mapping, iterable of Eq, or str
        The right-hand side of each state, ``{"x": "sigma*(y - x)", ...}``, names and expressions as text
        or terms; or equations ``sn.Eq(x, rhs)``; or a text with one equation on each line, such as
        ``D(x) = sigma*(y - x)``, ``dx/dt = ...`` or ``x' = ...``, and optionally the sections
        ``parameters:``, ``initial:``, ``observables:``, ``independent:`` after or before ``equations:``.
        In text an equation without a derivative, ``0 = x + z - 1`` or ``z = x^2``, is algebraic; in a list so is
        ``sn.Eq(0, g)``, and ``sn.Eq(z, expr)`` where another equation writes its derivative, ``sn.Eq(sn.D(x), rhs)``.
        Derivatives may stand anywhere linearly: ``C*(D(u) - D(v)) = -u/R``. A list may also hold equations as text.
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
        With algebraic equations: names of all unknowns, where they are not clear. With a function: names of the
        states, or how many there are; if left out, those of `initial`, or as many as it has numbers, called
        ``y0, y1, ...`` after the function's second argument.
    independent : Symbol or str, optional
        The independent variable; "t" if not given.
    observables : mapping of str to term or text, optional
        Named quantities computed from states, parameters, the independent variable and other observables.
        An equation that names one has its expression.
    algebraic : iterable of Eq or text, mapping, or str, optional
        More equations, without derivatives: ``["0 = x + z - 1"]``, or ``{"z": "1 - x"}`` for ``z = 1 - x``.
    mass : nested sequence, array, sparse matrix or mapping, optional
        A constant mass matrix M, for ``M dy/dt = f``: square, rows as the equations and columns as the states; a
        sequence of numbers is a diagonal. A mapping ``{("x", "y"): C}`` gives the entries that are not zero,
        ``{"z": 0}`` those of a diagonal that are not one. Entries are numbers, or terms or text in parameters.
    tear : bool
        Whether algebraic unknowns that equations give explicitly become expressions, and with that observables.
    events : iterable of Event, optional
        What happens on the way; see `symnum.event`.
    explicit : mapping, optional
        More terms of right-hand sides, by state, ``{"u": "u*(1 - u)"}``: the right-hand side is the sum of the equation
        and these. Additive (IMEX) methods, such as "kencarp4", treat them explicitly and the equations implicitly
        ("etdrk4" exactly, so that these must be linear); for all other methods it does not matter where a term stands.
    name : str
        Shown in reports.
    file : str, optional
        Where a text came from, for messages.
    shape : int, tuple of int, mapping of str to shape, or list of shapes, optional
        Of the state of a function on arrays, ``f(t, u)`` with u of this shape: the same as `symnum.trace` with a shape,
        which gives loops over cells instead of an equation for each element. Goes with `parameters`, `initial`, `name`,
        and `arguments`, `fields`, `coordinates` as there.

    Returns
    -------
    ODEModel
        With `shape` a `TracedModel`.

    Raises
    ------
    StructureError
        If there are too many or too few equations for some unknowns; it names them.
    HigherIndexError
        If the index is two or more; it names the equations, and says what to do.
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

    A function on arrays:

    >>> import numpy as np
    >>> sn.ode_system(lambda t, u, D: D * np.diff(np.pad(u, 1, "wrap"), 2), shape=100, parameters={"D": 0.1})
    <TracedModel <lambda>: u 100; 3 boxes of cells>

    With an algebraic equation:

    >>> sn.ode_system("D(x) = -x + z; 0 = z^3 + z - x").algebraic_states
    (z,)
    """
    if initial is not None and initial_values is not None:
        raise InputError("initial= and initial_values= are two names for the same; give one of them.")
    if shape is not None:
        other = {"states": states, "independent": independent, "observables": observables, "algebraic": algebraic}
        other |= {"mass": mass, "events": events, "explicit": explicit, "file": file}
        start = initial if initial is not None else initial_values
        return _on_arrays(equations, shape, other, parameters=parameters, initial=start, name=name, **options)
    if options:
        raise TypeError(f"ode_system() got an unexpected keyword argument {next(iter(options))!r}")
    start = initial if initial is not None else initial_values or {}
    more = {"mass": mass, "tearing": tear, "name": name, "events": as_events(events), "explicit": explicit or {}}
    if is_function(equations):
        if algebraic is not None:
            raise InputError("algebraic= goes with equations; with a function give mass=, whose rows may be zero.")
        return _from_function(equations, states, parameters, start, independent, observables, more)
    if not isinstance(start, Mapping):
        raise InputError('initial= is a mapping from states to values: {"x": 1.0}.')
    text = _Text(equations, file) if isinstance(equations, str) else None
    if independent is None and text is not None:
        independent = text.independent()
    time = as_symbol("t" if independent is None else independent)
    rows = text.equations(time.name) if text is not None else equation_rows(cast(Iterable[Any], equations), time.name)
    if not rows:
        raise InputError('There are no equations. Give at least one, as in {"x": "-k*x"}.')
    rows += algebraic_rows(algebraic, time.name)
    return _assemble(
        rows,
        time,
        parameters=merge_definitions(parameters, text.definitions("parameters") if text else {}, "parameter"),
        is_open=parameters is None and (text is None or "parameters" not in text.sections),
        initial=merge_definitions(start, text.definitions("initial") if text else {}, "initial value"),
        observables=merge_definitions(observables or {}, text.definitions("observables") if text else {}, "observable"),
        unknowns=states,
        **more,
    )


def _on_arrays(equations: Any, shape: Any, other: dict[str, Any], name: str, **options: Any) -> "TracedModel":
    """Return a function on arrays as loops over cells."""
    from symnum.models.stencil_trace.trace_program import trace_program

    if not is_function(equations):
        raise InputError(f"shape={shape!r} goes with a Python function f(t, u) on arrays; equations have no shape.")
    given = [label for label, value in other.items() if value is not None]
    if given:
        raise InputError(
            f"{given[0]}= does not go with shape=, whose states are the cells of a grid; leave it out"
            f"{', and give fields= for the names' if given[0] == 'states' else ''}."
        )
    return trace_program(equations, shape=shape, name=None if name == "ode" else name, **options)


def _assemble(
    rows: list[Row],
    time: Any,
    *,
    parameters: dict[str, Any],
    is_open: bool,
    initial: dict[str, Any],
    observables: dict[str, Any],
    name: str,
    unknowns: Any,
    mass: Any,
    tearing: bool,
    events: Any,
    explicit: Mapping[Any, Any],
) -> ODEModel:
    states = _states(rows)
    if mass is not None or len(states) < len(rows):
        _check_implicit(rows, mass, explicit)
        return ODEModel(
            *read_implicit(
                rows, time, parameters=parameters, is_open=is_open, initial=initial, observables=observables,
                unknowns=unknowns, mass=mass, tearing=tearing, name=name,
            )
        ).with_events(events)  # fmt: skip
    if unknowns is not None:
        raise InputError(
            "states= goes with a Python function or algebraic equations; these equations name their states themselves."
        )
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
    rhs = [_read_equation(row.state, row.right, scope) for row in rows]
    apart = _explicit_terms(explicit, states, scope)
    _use(scope, events if is_open else ())
    symbols = tuple(dict.fromkeys([*map(as_symbol, parameters), *scope.found.values()]))
    terms = read_observables({s.name: s for s in (*states, *symbols, time)}, observables)
    return ODEModel(
        ODESystem(
            states=states,
            parameters=symbols,
            independent=time,
            **_sides(rhs, apart if explicit else None, terms),
            parameter_values=read_values(symbols, parameters),
            initial_values=read_initial(states, symbols, initial, "a state"),
            observables=terms,
            name=name,
        )
    ).with_events(events)


def _sides(rhs: list[Any], apart: list[Any] | None, terms: Any) -> dict[str, Any]:
    """Return the right-hand side, and its two parts if it has two, with observables replaced."""
    if terms:
        rhs = [with_observables(term, terms) for term in rhs]
    if apart is None:
        return {"rhs": rhs}
    if terms:
        apart = [with_observables(term, terms) for term in apart]
    return {"rhs": [a + b for a, b in zip(rhs, apart, strict=True)], "parts": (rhs, apart)}


def _explicit_terms(explicit: Mapping[Any, Any], states: tuple[Any, ...], scope: Scope) -> list[Any]:
    """Read what additive methods treat explicitly, zero where nothing is given."""
    given = {as_symbol(state): value for state, value in explicit.items()}
    for state in given:
        if state not in states:
            known = [s.name for s in states]
            hint = suggest(state.name, known)
            raise UnknownNameError(f'explicit= has terms for "{state.name}", which is no state of the equations.{hint}')
    return [_read_equation(s, given[s], scope) if s in given else scope.read(0) for s in states]


def _use(scope: Scope, events: Iterable[Any]) -> None:
    """Make parameters of names in events that are nothing else."""
    for name in names_in(events):
        scope(name)


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
    function: Any, states: Any, parameters: Any, start: Any, independent: Any, observables: Any, more: dict[str, Any]
) -> ODEModel:
    time = as_symbol("t" if independent is None else independent)
    values = None if isinstance(start, Mapping) and not start else start
    traced = trace_equations(function, states=states, parameters=parameters, initial=values, time=time)
    return _assemble(
        [Row(state, None, rhs) for state, rhs in traced.pairs],
        time,
        parameters=merge_definitions(traced.parameters, {}, "parameter"),
        is_open=parameters is None,
        initial=merge_definitions(traced.initial, {}, "initial value"),
        observables=merge_definitions(observables or {}, {}, "observable"),
        unknowns=None,
        **more,
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

    def equations(self, time: str) -> list[Row]:
        statements = self.sections.get("equations", [])
        rows = rows_of_text(statements, time)
        without = (row.state is None and "D(" not in s.masked.replace(" ", "") for row, s in zip(rows, statements))
        if rows and all(without):
            raise statements[0].error(
                f'This is not an equation for a state. Write "D(x) = ...", "dx/d{time} = ..." or "x\' = ...": without '
                "a derivative it is algebraic, and at least one equation needs one."
            )
        return rows


def _check_implicit(rows: list[Row], mass: Any, explicit: Mapping[Any, Any]) -> None:
    if explicit:
        raise InputError("explicit= does not go with algebraic equations or a mass matrix.")
    if mass is not None and any(row.state is None for row in rows):
        raise InputError(
            "mass= multiplies the derivatives of the states, one for each right-hand side; write either it or "
            "algebraic equations."
        )


def _states(rows: list[Row]) -> tuple[Any, ...]:
    seen: dict[Any, None] = {}
    for state in (row.state for row in rows if row.state is not None):
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
