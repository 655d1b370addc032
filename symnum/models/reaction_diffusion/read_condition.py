"""One boundary condition as users write it: a condition, a word, text, a dictionary, a number, an array, a function."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from symnum.errors import BoundaryError, UnknownNameError, suggest
from symnum.models.names import Scope
from symnum.models.reaction_diffusion.boundary import Condition, dirichlet, neumann, periodic, robin
from symnum.models.text import Fragment, Source

__all__ = ["is_dictionary_condition", "read_condition"]

_FIX = 'sn.dirichlet(value), sn.neumann(slope), sn.robin(a, b, target) or "periodic"'
_MAKERS = {"dirichlet": (dirichlet, 1), "neumann": (neumann, 1), "robin": (robin, 3), "periodic": (periodic, 0)}
_WORDS = {
    "periodic": periodic(),
    "neumann": neumann(),
    "no-flux": neumann(),
    "noflux": neumann(),
    "no flux": neumann(),
    "zero-flux": neumann(),
    "dirichlet": dirichlet(),
    "auto_periodic_neumann": neumann(),
    "auto_periodic_dirichlet": dirichlet(),
}
_CALL = re.compile(r"(dirichlet|neumann|robin|periodic)\s*\((.*)\)", re.DOTALL)

#: What a dictionary may say instead, as in some other programs.
_DICTIONARY_KEYS = frozenset({"type", "value", "derivative", "const", "mixed"})


def is_dictionary_condition(value: Mapping[Any, Any]) -> bool:
    """Whether a dictionary is a condition, rather than conditions by side."""
    return bool(value) and all(isinstance(key, str) and key in _DICTIONARY_KEYS for key in value)


def read_condition(value: Any, scope: Scope, where: str, keep: Any = None) -> Condition:
    """Return one condition from a condition, text, a dictionary, or a value, which is that of the field.

    Parameters
    ----------
    value : Condition, str, Fragment, mapping, number or term
    scope : Scope
        What names mean.
    where : str
        What it is, for messages.
    keep : callable, optional
        Takes an array of values along the side, returns the symbol that stands for it.

    Raises
    ------
    BoundaryError
        If it is none of these.
    """
    if isinstance(value, Mapping):
        value = _from_dictionary(value, where)
    if isinstance(value, str):
        value = Source(value).statements()[0] if value.strip() else ""
    if isinstance(value, Fragment):
        return _from_text(value, scope, where)
    if not isinstance(value, Condition):
        if not _is_value(value):
            raise BoundaryError(f"{value!r:.80} is no condition, in {where}. Give {_FIX}, or a number.")
        value = dirichlet(value)
    if value.kind == "periodic":
        return periodic()
    parts = (value.target, value.value_factor, value.derivative_factor)
    return _checked(Condition(value.kind, *(_term(part, scope, where, keep) for part in parts)), where)


def _is_value(value: Any) -> bool:
    from symnum.terms.interface import is_expr, is_symbol

    return inspect.isfunction(value) or hasattr(value, "__float__") or is_expr(value) or is_symbol(value)


def _from_dictionary(value: Mapping[Any, Any], where: str) -> Condition:
    """Read ``{"value": 1}``, ``{"derivative": 0}`` and ``{"type": "mixed", "value": a, "const": b}``."""
    given = dict(value)
    if not is_dictionary_condition(given):
        raise BoundaryError(f"{value!r:.80} is no condition, in {where}. Give {_FIX}.")
    kind = given.pop("type", None)
    if "mixed" in given:
        kind, given["value"] = "mixed", given.pop("mixed")
    if kind == "mixed" and "derivative" not in given:
        return robin(given.get("value", 0), 1, given.get("const", 0))
    if kind in (None, "value", "dirichlet") and set(given) == {"value"}:
        return dirichlet(given["value"])
    if (kind is None and set(given) == {"derivative"}) or (kind in ("derivative", "neumann") and len(given) == 1):
        return neumann(next(iter(given.values())))
    raise BoundaryError(f"{value!r:.80} is no condition, in {where}. Give {_FIX}.")


def _from_text(text: Fragment, scope: Scope, where: str) -> Condition:
    word = text.text.strip().lower()
    if word in _WORDS:
        return _WORDS[word]
    if word.replace("_", "").isalpha() and word not in scope.known and suggest(word, list(_WORDS)):
        raise BoundaryError(f'"{word}" is no condition, in {where}.{suggest(word, list(_WORDS))} Give {_FIX}.')
    match = _CALL.fullmatch(text.masked)
    if match is None:
        return _checked(dirichlet(text.expression(scope)), where)
    make, count = _MAKERS[match[1]]
    inner = text.cut(match.start(2), match.end(2))
    arguments = [part.expression(scope) for part in inner.split()] if inner.start < inner.stop else []
    if len(arguments) > count or (match[1] == "robin" and len(arguments) < 2):
        raise text.error(
            f"{match[1]} takes {'two or three values' if count == 3 else f'at most {count}'} and has {len(arguments)}. "
            "robin(a, b, target) is a*u + b*du/dn = target, with the outward normal n."
        )
    return _checked(make(*arguments), where)  # type: ignore[operator]


def _term(value: Any, scope: Scope, where: str, keep: Any) -> Any:
    if keep is not None and isinstance(value, np.ndarray) and value.ndim > 0:
        return keep(value)
    if inspect.isfunction(value):
        value = _of_function(value, scope, where)
    try:
        return scope.read(value)
    except UnknownNameError as error:
        raise UnknownNameError(f"In {where}: {error}") from None


def _of_function(function: Any, scope: Scope, where: str) -> Any:
    """Return what a function of coordinates, time or parameters gives, told from the names of its arguments."""
    names = list(inspect.signature(function).parameters)
    for name in names:
        if name not in scope.known and name not in scope.found:
            raise UnknownNameError(
                f'In {where}: the function has the argument "{name}", which is no coordinate here, nor time or a '
                "parameter of the model. A function is called on what its arguments are named after: lambda y, t: ..."
            )
    return function(*(scope(name) for name in names))


def _checked(condition: Condition, where: str) -> Condition:
    numbers = (condition.target, condition.value_factor, condition.derivative_factor)
    for number in numbers:
        if isinstance(number, float) and (number != number or abs(number) == float("inf")):
            raise BoundaryError(f"{condition} has a value that is not finite, in {where}.")
        if isinstance(number, complex):
            raise BoundaryError(f"{condition} has a complex value, in {where}; give real numbers.")
    if condition.kind == "robin" and all(isinstance(n, int | float) and n == 0 for n in numbers[1:]):
        raise BoundaryError(
            f"{condition} says nothing of the field, in {where}: in a*u + b*du/dn = target one of a and b is not zero."
        )
    return condition
