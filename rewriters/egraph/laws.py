"""What rules whose right side is a Python function say as laws in patterns, which is what an e-graph can use."""

from collections.abc import Callable, Sequence
from typing import Any

from rewriters.rules import Rule, rule

_known: dict[Callable[..., Any], tuple[Rule, ...]] = {}


def register_law(function: Callable[..., Any], rules: Sequence[Rule | str]) -> None:
    """State what a Python function on the right side of a rule does, as rules in patterns.

    Parameters
    ----------
    function : callable
        The right side of some rule.
    rules : sequence of Rule or str
        Together they should reach, step by step, what the function does at once. They are applied wherever they
        match, so they must hold on their own.

    Examples
    --------
    >>> def halved(terms): ...
    >>> register_law(halved, ["~x/2 + ~x/2 => ~x"])
    """
    _known[function] = tuple(r if isinstance(r, Rule) else rule(r) for r in rules)


def laws_of(function: Any) -> tuple[Rule, ...] | None:
    """Return the laws of a Python function, or None if none are stated."""
    from rewriters.rulesets.factor import common_factor

    if common_factor not in _known:
        register_law(common_factor, _DISTRIBUTIVE)
    return _known.get(function)


_DISTRIBUTIVE = (
    "~a*~b + ~a*~c => ~a*(~b + ~c)",
    "~a + ~a*~b => ~a*(1 + ~b)",
    "~a^~m::rational => ~a*~a^(~m - 1) where ~m > 1 and is_integer(~m)",
    "~a^~m::rational => ~a^(-1)*~a^(~m + 1) where ~m < -1 and is_integer(~m)",
    "~a*~a => ~a^2",
    "~a*~a^~m::rational => ~a^(~m + 1) where ~m > 0 and is_integer(~m)",
)
