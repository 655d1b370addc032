"""Values that go with names: parameters, initial values, observables."""

from collections.abc import Iterable, Mapping
from typing import Any

from symnum.errors import DuplicateNameError, InputError, UnknownNameError, suggest
from symnum.models.names import Scope, as_symbol, first_cycle, split_names
from symnum.models.text import Fragment

__all__ = [
    "check_observables",
    "merge_definitions",
    "read_initial",
    "read_observables",
    "read_values",
    "with_observables",
]


def merge_definitions(
    given: Mapping[Any, Any] | str | Iterable[Any] | None, written: Mapping[str, Fragment | None], what: str
) -> dict[str, Any]:
    """Join what was passed with what stands in a text, by name.

    Parameters
    ----------
    given : mapping, str, iterable or None
        Values by name or symbol, or names alone.
    written : mapping of str to Fragment or None
        Values as text.
    what : str
        What they are, for messages.

    Returns
    -------
    dict of str to value
        In the order of the text, then of the rest. What was passed wins over the text.

    Raises
    ------
    DuplicateNameError
        If a name is passed twice, as a symbol and as text.
    """
    passed: dict[str, Any] = {}
    pairs = given.items() if isinstance(given, Mapping) else ((s, None) for s in split_names(given))
    for key, value in pairs:
        name = key if what == "observable" and isinstance(key, str) else as_symbol(key).name
        if name in passed:
            raise DuplicateNameError(f'The {what} "{name}" is given a second time. Remove one of the two.')
        passed[name] = value
    return {**written, **passed}


def _read(value: Any, scope: Scope) -> Any:
    if isinstance(value, Fragment):
        return value.expression(scope)
    return scope.read(value)


def _read_value(name: str, value: Any, scope: Scope) -> Any:
    found = _read(value, scope)
    if isinstance(found, complex):
        raise InputError(f'The value of "{name}" is {found}, a complex number; give a real number.')
    return found


def read_values(names: tuple[Any, ...], given: Mapping[str, Any]) -> list[Any]:
    """Return the default value of each parameter: a number, a term in other parameters, or None.

    Raises
    ------
    InputError
        If values need each other in a circle.
    """
    symbols = {s.name: s for s in names}
    scope = Scope(symbols, "a parameter", fix='Values may use parameters: parameters={{"{name}": 1.0, ...}}.')
    values = {s.name: None if given.get(s.name) is None else _read_value(s.name, given[s.name], scope) for s in names}
    cycle = first_cycle(symbols, values)
    if cycle is not None:
        raise InputError(
            "The values of parameters go round in a circle: "
            + " needs ".join(f'"{n}"' for n in cycle)
            + ". Give one of them a number."
        )
    return list(values.values())


def read_initial(
    states: tuple[Any, ...], parameters: tuple[Any, ...], given: Mapping[str, Any], what: str
) -> list[Any]:
    """Return the initial value of each state: a number, a term in parameters, or None.

    Raises
    ------
    UnknownNameError
        If a value is given for something that is not a state.
    """
    names = {s.name for s in states}
    for name in given:
        if name not in names:
            raise UnknownNameError(
                f'An initial value is given for "{name}", which is not {what} of this model.'
                f"{suggest(name, [s.name for s in states])}"
            )
    scope = Scope(
        {s.name: s for s in parameters},
        "a parameter",
        fix='Initial values may use parameters; declare it: parameters={{"{name}": 1.0}}.',
    )
    return [None if given.get(s.name) is None else _read_value(s.name, given[s.name], scope) for s in states]


def read_observables(symbols: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the observables as terms without observables; they may be written with other observables.

    Raises
    ------
    InputError
        If one has no expression, or some need each other in a circle.
    """
    own = {name: as_symbol(name) for name in given}
    scope = Scope({**own, **symbols}, "a name of this model")
    for name, value in given.items():
        if value is None:
            raise InputError(f'The observable "{name}" has no expression. Write "{name} = ...".')
    terms = {name: _read(value, scope) for name, value in given.items()}
    cycle = first_cycle(own, terms)
    if cycle is not None:
        raise InputError(
            "The observables go round in a circle: "
            + " needs ".join(f'"{n}"' for n in cycle)
            + ". Write one of them with states and parameters only."
        )
    return _resolved(terms)


def _resolved(terms: dict[str, Any]) -> dict[str, Any]:
    """Put the expressions of observables where other observables use them."""
    from symnum.terms.traverse import free_symbols

    needs = {name: [s.name for s in free_symbols(term) if s.name in terms] for name, term in terms.items()}
    done: dict[str, Any] = {}
    for root in terms:
        stack = [root]
        while stack:
            waiting = [n for n in needs[stack[-1]] if n not in done]
            if waiting:
                stack += waiting
                continue
            name = stack.pop()
            done[name] = with_observables(terms[name], {n: done[n] for n in needs[name]})
    return {name: done[name] for name in terms}


def with_observables(term: Any, observables: Mapping[str, Any]) -> Any:
    """Return a term with the expressions of observables in the place of their names."""
    from symnum.terms.substitute import substitute
    from symnum.terms.traverse import free_symbols

    used = {s.name: observables[s.name] for s in free_symbols(term) if s.name in observables}
    return substitute(term, used) if used else term


def check_observables(names: Iterable[str], taken: Mapping[str, str]) -> None:
    """Raise if an observable has the name of something else.

    Parameters
    ----------
    names : iterable of str
        Names of the observables.
    taken : mapping of str to str
        The other names, and what they mean: "a species".

    Raises
    ------
    DuplicateNameError
        Naming both.
    """
    for name in names:
        if name in taken:
            raise DuplicateNameError(
                f'"{name}" is {taken[name]} and also an observable; rename one of them. '
                "Every state can be plotted and looked up by its name without an observable."
            )
