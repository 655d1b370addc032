"""The argument `rewrite` of `build_simulator`: levels, rulesets and options.

"auto" is classical factoring, whatever the model. That was measured (`benchmarks/rewriting.py`): on whole models with
rate laws of all kinds the e-graph gains some percent, and takes as long as thousands of simulations save.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from codegen.rewriting import CLASSICAL, FLAT, Rewriting
from symnum.errors import InputError, UnknownNameError, suggest

if TYPE_CHECKING:
    from rewriters.ruleset import Ruleset

__all__ = ["LEVELS", "rewriting_for"]

LEVELS = ("auto", "none", "classical", "egraph")
DEFAULT_RULESET = "kinetics"
_SLOW = ("rest_of_saturation", "rest_of_unit_saturation")
"""Rules that took half of the e-graph's time on the corpora of kinetic laws and gained nothing there."""

_OPTIONS = ("engine", "cost", "extractor", "timeout_s", "node_limit", "margin", "measure")
_ENGINES = ("egraph", "classical")

Rewrite = Any
"""A level, a ruleset or its name, a sequence of these, or a mapping with "level" and options."""


def rewriting_for(rewrite: Rewrite) -> Rewriting:
    """Return the plan that a value of `rewrite` stands for.

    Parameters
    ----------
    rewrite : str, Ruleset, sequence of them, or mapping
        A level, a ruleset or its name; several are applied in turn. A mapping has these under "level", and options.

    Raises
    ------
    UnknownNameError
        For a level, ruleset, engine or option that does not exist.
    InputError
        For anything else that is none of these.
    MissingDependencyError
        If the e-graph is asked for and egglog is not installed.
    """
    plan = _with_options(rewrite) if isinstance(rewrite, Mapping) else _plan(rewrite, "egraph")
    return replace(plan, given=rewrite)


def _with_options(given: Mapping[str, Any]) -> Rewriting:
    for name in given:
        if name not in (*_OPTIONS, "level"):
            raise UnknownNameError(
                f'rewrite has no option "{name}".{suggest(str(name), _OPTIONS)} It takes "level" and '
                f"{', '.join(_OPTIONS)}."
            )
    engine = given.get("engine", "egraph")
    if engine not in _ENGINES:
        raise UnknownNameError(
            f'there is no engine "{engine}".{suggest(str(engine), _ENGINES)} Choose {" or ".join(_ENGINES)}.'
        )
    plan = _plan(given.get("level", "egraph"), engine)
    known = {field.name for field in fields(Rewriting)}
    options = {name: value for name, value in given.items() if name in known and name != "level"}
    _check_options(options)
    return replace(plan, **options) if options else plan


def _check_options(options: Mapping[str, Any]) -> None:
    from rewriters.egraph.costs import get_cost_model
    from rewriters.egraph.extraction.extract import check_extractor

    get_cost_model(options.get("cost", "cycles"))
    check_extractor(options.get("extractor", "best"))
    for name in ("timeout_s", "node_limit"):
        value = options.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not value > 0):
            raise InputError(f"{name} is a positive number, not {value!r}.")
    margin = options.get("margin", 0.0)
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 <= margin < 1:
        raise InputError(f"margin is the least gain that is taken, from 0 up to 1, not {margin!r}.")


def _plan(rewrite: Any, engine: str) -> Rewriting:
    if isinstance(rewrite, str):
        if rewrite == "auto":
            return replace(CLASSICAL, level="auto")
        if rewrite == "none":
            return FLAT
        if rewrite == "classical":
            return CLASSICAL
    steps: list[tuple[Ruleset, str]] = []
    names = []
    for item in rewrite if _is_sequence(rewrite) else (rewrite,):
        step, name = _step(item, engine)
        names.append(name)
        if step is not None:
            steps.append(step)
    if any(used == "egraph" for _, used in steps):
        _need_egglog()
    return Rewriting(" + ".join(names) or "classical", steps=tuple(steps))


def _is_sequence(rewrite: Any) -> bool:
    from rewriters.ruleset import Ruleset

    return isinstance(rewrite, Sequence) and not isinstance(rewrite, str | Ruleset)


def _step(item: Any, engine: str) -> "tuple[tuple[Ruleset, str] | None, str]":
    """Return a ruleset with its engine, and its name in reports; classical factoring is part of every plan."""
    from rewriters.ruleset import Ruleset
    from rewriters.rulesets import get_ruleset, rulesets

    if isinstance(item, Ruleset):
        return (item.sound(), engine), item.name
    if item == "classical":
        return None, item
    if item == "egraph":
        return (get_ruleset(DEFAULT_RULESET).without(*_SLOW).sound(), "egraph"), item
    if isinstance(item, str) and item in rulesets() and item != "none":
        return (get_ruleset(item).sound(), engine), item
    if isinstance(item, str):
        known = (*LEVELS, *[name for name in rulesets() if name != "none"])
        raise UnknownNameError(
            f'rewrite has no level "{item}".{suggest(item, known)} Choose one of {", ".join(LEVELS)}, a ruleset '
            f"({', '.join(known[len(LEVELS) :])}), or pass rules of your own: sn.ruleset([...])."
        )
    raise InputError(
        f"{item!r} says nothing about rewriting: give a level ({', '.join(LEVELS)}), a ruleset, a sequence of "
        'rulesets, or options such as {"level": "egraph", "timeout_s": 2.0}.'
    )


def _need_egglog() -> None:
    from rewriters.egraph.worker import bindings_file

    bindings_file()
