"""The argument `rewrite` of `build_simulator`: levels, rulesets and options, and what "auto" means for a model."""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from codegen.rewriting import CLASSICAL, FLAT, Rewriting
from symnum.errors import InputError, UnknownNameError, suggest
from symnum.systems.ode import ODESystem

if TYPE_CHECKING:
    from rewriters.ruleset import Ruleset

__all__ = ["LEVELS", "rewriting_for"]

LEVELS = ("auto", "none", "classical", "egraph")
DEFAULT_RULESET = "kinetics"

AUTO_FROM = 24
"""General laws from which "auto" applies the e-graph: with fewer, starting it costs more than a run gains."""

_OPTIONS = ("engine", "cost", "extractor", "timeout_s", "node_limit", "margin", "measure")
_ENGINES = ("egraph", "classical")

Rewrite = Any
"""A level, a ruleset or its name, a sequence of these, or a mapping with "level" and options."""


def rewriting_for(rewrite: Rewrite, system: ODESystem) -> Rewriting:
    """Return the plan that a value of `rewrite` stands for.

    Parameters
    ----------
    rewrite : str, Ruleset, sequence of them, or mapping
        A level, a ruleset or its name; several are applied in turn. A mapping has these under "level", and options.
    system : ODESystem
        What "auto" decides by.

    Raises
    ------
    UnknownNameError
        For a level, ruleset, engine or option that does not exist.
    InputError
        For anything else that is none of these.
    MissingDependencyError
        If the e-graph is asked for and egglog is not installed.
    """
    if isinstance(rewrite, Mapping):
        return _with_options(rewrite, system)
    return _plan(rewrite, system, "egraph")


def _with_options(given: Mapping[str, Any], system: ODESystem) -> Rewriting:
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
    plan = _plan(given.get("level", "egraph"), system, engine)
    known = {field.name for field in fields(Rewriting)}
    options = {name: value for name, value in given.items() if name in known and name != "level"}
    _check_numbers(options)
    return replace(plan, **options) if options else plan


def _check_numbers(options: Mapping[str, Any]) -> None:
    for name in ("timeout_s", "node_limit"):
        value = options.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not value > 0):
            raise InputError(f"{name} is a positive number, not {value!r}.")
    margin = options.get("margin", 0.0)
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 <= margin < 1:
        raise InputError(f"margin is the least gain that is taken, from 0 up to 1, not {margin!r}.")


def _plan(rewrite: Any, system: ODESystem, engine: str) -> Rewriting:
    if isinstance(rewrite, str):
        if rewrite == "auto":
            return _automatic(system)
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
        return (get_ruleset(DEFAULT_RULESET).sound(), "egraph"), item
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


def egglog_is_there() -> bool:
    """Tell whether the e-graph engine can run."""
    return importlib.util.find_spec("egglog") is not None


def _automatic(system: ODESystem) -> Rewriting:
    """Classical, and from some number of general laws on the e-graph too."""
    if not _has_many_laws(system):
        return replace(CLASSICAL, level="auto")
    if not egglog_is_there():
        return replace(CLASSICAL, level="auto", note="egglog is not installed, so the e-graph was left out")
    step, _ = _step("egraph", "egraph")
    assert step is not None
    return Rewriting("auto", steps=(step,))


def _has_many_laws(system: ODESystem) -> bool:
    if system.fluxes is not None:
        if len(system.fluxes.rates) < AUTO_FROM:
            return False
    elif len(system.states) < AUTO_FROM // 4:
        return False
    from codegen.rewrite_system import general_laws

    return len(general_laws(system)) >= AUTO_FROM
