"""Quotients of gamma functions whose arguments differ by whole numbers."""

from typing import Any

from rewriters.simplification.layers import bottom_up
from symnum.terms.canonical import Call, Sum, add, call, multiply
from symnum.terms.numbers import NUMBER_TYPES, is_exact
from symnum.terms.traverse import subterms

_FARTHEST = 12


def same_gammas(term: Any) -> Any:
    """Return a canonical term with ``gamma(x + n)`` written as ``x*(x + 1)*...*gamma(x)`` where both occur.

    Examples
    --------
    >>> import symnum as sn
    >>> from rewriters.simplification.gammas import same_gammas
    >>> x = sn.symbols("x")
    >>> same_gammas(sn.gamma(x + 2) / sn.gamma(x))
    x*(x + 1)
    """
    arguments = {t.args[0] for t in subterms((term,)) if t.__class__ is Call and t.function == "gamma"}
    groups: dict[Any, list[Any]] = {}
    for argument in arguments:
        rest, constant = _split(argument)
        if rest is not None:
            groups.setdefault((rest, constant % 1), []).append(constant)
    steps: dict[Any, tuple[Any, int]] = {}
    for (rest, _), constants in groups.items():
        least = min(constants)
        for constant in constants:
            if 0 < constant - least <= _FARTHEST:
                steps[add((rest, constant))] = add((rest, least)), int(constant - least)
    return bottom_up(term, lambda part: _lowered(part, steps)) if steps else term


def _split(argument: Any) -> tuple[Any, Any]:
    """Return an argument as (term without number, exact number); (None, 0) where there is no such form."""
    if argument.__class__ is Sum:
        return (add((argument, -argument.constant)), argument.constant) if is_exact(argument.constant) else (None, 0)
    return (None, 0) if argument.__class__ in NUMBER_TYPES else (argument, 0)


def _lowered(part: Any, steps: dict[Any, tuple[Any, int]]) -> Any:
    if part.__class__ is not Call or part.function != "gamma" or part.args[0] not in steps:
        return part
    least, count = steps[part.args[0]]
    return multiply([*[add((least, k)) for k in range(count)], call("gamma", (least,))])
