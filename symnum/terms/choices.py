"""What ``piecewise``, ``min`` and ``max`` may be given by people: mistakes that would silently mean something else."""

from collections.abc import Sequence
from typing import Any

from symnum.errors import InputError
from symnum.terms import interface
from symnum.terms.numbers import as_number
from symnum.terms.operations import OPERATIONS

__all__ = ["check_choice", "check_extreme"]

_TRUTHS = ("comparison", "logical")


def check_choice(arguments: Sequence[Any]) -> None:
    """See that conditions stand where `piecewise` has them.

    Raises
    ------
    InputError
        If there is a number or an arithmetic term in the place of a condition.
    """
    for value, condition in zip(arguments[:-1:2], arguments[1::2], strict=False):
        swapped = _is_truth(value) and not _is_truth(condition)
        if not _is_no_condition(condition) and not swapped:
            continue
        hint = f" The condition {value} comes second, or write if({value}, ..., ...)." if swapped else ""
        raise InputError(
            f"piecewise(value, condition, default) has {condition} in the place of a condition.{hint}"
        )


def check_extreme(name: str, arguments: Sequence[Any]) -> None:
    """See that `min` and `max` compare something.

    Raises
    ------
    InputError
        If there is one argument only.
    """
    if len(arguments) == 1:
        raise InputError(
            f"{name}({arguments[0]}) has one argument, and {name} compares several at one place: {name}(a, b). The "
            f'{"least" if name.startswith("min") else "greatest"} value of a field in the whole domain is no part of '
            f'equations; after a run it is sol.{name[:3]}("{arguments[0]}").'
        )


def _kind(term: Any) -> str:
    known = OPERATIONS.get(interface.operation(term)) if interface.is_call(term) else None
    return "" if known is None else known.kind


def _is_truth(term: Any) -> bool:
    return isinstance(term, bool) or _kind(term) in _TRUTHS


def _is_no_condition(term: Any) -> bool:
    if isinstance(term, bool):
        return False
    return as_number(term) is not None or _kind(term) in ("arithmetic", "function")
