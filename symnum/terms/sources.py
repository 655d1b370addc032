"""What can be differentiated: models, systems, equations, mappings, arrays and single terms, as lists of terms."""

from collections.abc import Iterable, Mapping
from typing import Any

from symnum.errors import InputError, UnsupportedError
from symnum.terms import interface
from symnum.terms.canonical import Symbol
from symnum.terms.checks import check_terms
from symnum.terms.functions import Eq
from symnum.terms.traverse import free_symbols


def expressions_of(source: Any) -> list[Any]:
    """Return the terms that a source stands for.

    A model or system gives its right-hand sides, ``Eq(D(x), f)`` gives f, any other equation ``lhs - rhs``,
    a mapping its values, and an array its entries, row by row.
    """
    return _read(source)[0]


def with_symbols(source: Any, wrt: Any = None) -> tuple[list[Any], list[Any]]:
    """Return the terms of a source, and the symbols to differentiate by.

    Parameters
    ----------
    source : model, system, equations, mapping, array, terms or term
    wrt : symbol or iterable of symbols or their names, optional
        If left out: the states of models, systems and equations ``D(x) = f``, the keys of a mapping, else
        the free symbols of the terms in order of first appearance.
    """
    expressions, states = _read(source)
    if wrt is not None:
        return expressions, named_symbols(wrt, expressions)
    return expressions, list(free_symbols(expressions)) if states is None else states


def is_single(source: Any) -> bool:
    """Tell whether a source is one term or one equation rather than a collection of them."""
    return isinstance(source, Eq) or not (
        isinstance(source, Mapping)
        or hasattr(source, "system")
        or hasattr(source, "states")
        or _is_list(source)
    )


def _is_list(source: Any) -> bool:
    return isinstance(source, Iterable) and not interface.is_expr(source) and not interface.is_symbol(source)


def named_symbols(wrt: Any, expressions: list[Any]) -> list[Any]:
    """Return symbols from symbols and names; a name means the symbol of that name in some terms.

    Raises
    ------
    InputError
        If the terms have several symbols of that name, with different domains.
    """
    wanted = wrt.replace(",", " ").split() if isinstance(wrt, str) else _as_list(wrt)
    if not any(isinstance(w, str) for w in wanted):
        return wanted
    found: dict[str, list[Any]] = {}
    for symbol in free_symbols(expressions):
        found.setdefault(interface.name(symbol), []).append(symbol)
    return [_only(w, found.get(w, [Symbol(w)])) if isinstance(w, str) else w for w in wanted]


def _only(name: str, candidates: list[Any]) -> Any:
    if len(candidates) > 1:
        raise InputError(f'there are {len(candidates)} symbols named "{name}"; give the one that is meant itself.')
    return candidates[0]


def _as_list(wrt: Any) -> list[Any]:
    return _flat(wrt) if _is_list(wrt) else [wrt]


def _flat(values: Any) -> list[Any]:
    return list(values.ravel()) if hasattr(values, "ravel") else list(values)


def _read(source: Any) -> tuple[list[Any], list[Any] | None]:
    system = source.system() if callable(getattr(source, "system", None)) else source
    if hasattr(system, "regions"):
        raise UnsupportedError(
            "A model of fields has an equation for each cell, kept as loops, and no list of terms. Its simulator has "
            "the Jacobian as numbers: sn.build_simulator(model).jacobian(t, y)."
        )
    if hasattr(system, "states") and hasattr(system, "rhs"):
        return list(system.rhs), list(system.states)
    if isinstance(source, Mapping):
        check_terms(source.values())
        return list(source.values()), list(source)
    entries = [source] if isinstance(source, str) or is_single(source) else _flat(source)
    if not any(isinstance(entry, Eq) for entry in entries):
        check_terms(entries)
        return entries, None
    states = [_differentiated(entry) for entry in entries]
    rows = [
        (e.rhs if s is not None else e.lhs - e.rhs) if isinstance(e, Eq) else e
        for e, s in zip(entries, states, strict=True)
    ]
    return rows, None if any(s is None for s in states) else states


def _differentiated(equation: Any) -> Any:
    """Return x of an equation ``D(x) = f``, else None."""
    left = equation.lhs if isinstance(equation, Eq) else None
    if left is None or not interface.is_call(left) or interface.operation(left) != "D":
        return None
    return interface.arguments(left)[0]
