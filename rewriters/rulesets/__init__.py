"""The rulesets that come with symnum, by name. Each is one file; `register_ruleset` adds to them."""

import importlib

from rewriters.ruleset import Ruleset
from symnum.errors import InputError, UnknownNameError, suggest

__all__ = ["get_ruleset", "register_ruleset", "rulesets"]

_SHIPPED = ("none", "algebra", "factor", "trigonometry", "exp_log", "cpu_cycles", "kinetics", "stencil")
_known: dict[str, Ruleset] = {"none": Ruleset((), "none")}


def rulesets() -> tuple[str, ...]:
    """Return the names of the rulesets.

    Examples
    --------
    >>> from rewriters.rulesets import rulesets
    >>> rulesets()[:5]
    ('none', 'algebra', 'factor', 'trigonometry', 'exp_log')
    """
    return tuple(dict.fromkeys((*_SHIPPED, *_known)))


def shipped() -> tuple[str, ...]:
    """Return the names of the rulesets that come with symnum."""
    return _SHIPPED


def get_ruleset(name: str) -> Ruleset:
    """Return a ruleset by name.

    Raises
    ------
    UnknownNameError
        If there is none; the message suggests close names.
    """
    if name not in _known and name in _SHIPPED:
        _known[name] = importlib.import_module(f"{__name__}.{name}").RULES
    if name not in _known:
        known = rulesets()
        raise UnknownNameError(
            f'there is no ruleset "{name}".{suggest(name, known)} Choose one of {", ".join(known)}, or pass rules of '
            "your own: sn.ruleset([...])."
        )
    return _known[name]


def about(name: str) -> str:
    """Return what a ruleset that comes with symnum is about, in one line; nothing for others.

    Examples
    --------
    >>> about("factor")
    'Common factors: sums are split by the factor that most of their summands share, again and again.'
    """
    if name == "none":
        return "No rules: what others are compared with."
    if name not in _SHIPPED:
        return ""
    return (importlib.import_module(f"{__name__}.{name}").__doc__ or "").partition("\n")[0]


def register_ruleset(new: Ruleset) -> Ruleset:
    """Add a ruleset to those that are found by name.

    Raises
    ------
    InputError
        If another one has that name.
    """
    if new.name in rulesets() and get_ruleset(new.name) != new:
        raise InputError(f'the ruleset "{new.name}" exists already; give yours another name.')
    _known[new.name] = new
    return new
