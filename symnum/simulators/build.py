"""From a model to a simulator."""

from typing import Any, Literal

from symnum.errors import InputError, UnknownNameError, suggest
from symnum.simulators.rewriting import rewriting_for
from symnum.simulators.simulator import Simulator
from symnum.systems.events import as_events
from symnum.systems.ode import ODESystem

__all__ = ["build_simulator"]

_KINDS = ("ode",)
_TARGETS = ("cpu",)


def build_simulator(
    model: Any,
    kind: Literal["ode"] = "ode",
    target: Literal["cpu"] = "cpu",
    terms: str | None = None,
    rewrite: Any = "auto",
    events: Any = None,
) -> Simulator:
    """Compile a model to a simulator.

    Parameters
    ----------
    model : model or ODESystem
        From `reaction_network`, `ode_system`, `read_model`, or a system of symbols.
    kind : {"ode"}
        How the model is to be understood.
    target : {"cpu"}
        Where it runs.
    terms : str, optional
        Name of the term structure in which the equations are handled (see `term_types`); by
        default networks go from reaction arrays to code without any.
    rewrite : str, Ruleset, sequence or mapping
        What is done to the right-hand side before it is compiled. "none": compiled as written, equal parts once.
        "classical": common factors, shared sums and reciprocals, powers by multiplication. "egraph": beside that,
        rate laws in the cheapest form that the ruleset ``kinetics`` leads to (needs egglog). A ruleset, its name, or
        several in a sequence: beside "classical", these. "auto", the default, is "classical": measured on whole
        models, the time that the e-graph takes is that which thousands of simulations save. A mapping gives options
        beside the level: ``{"level": "egraph", "engine": "egraph", "cost": "cycles", "extractor": "best",
        "timeout_s": 5.0, "node_limit": None, "margin": 1/6, "measure": False}``.
    events : iterable of Event, optional
        More events beside those of the model; see `symnum.event`.

    Returns
    -------
    Simulator
        Its kernels are compiled when first needed, or come from the kernel cache.

    Raises
    ------
    UnknownNameError
        For a kind, target or term structure that does not exist.
    InputError
        If `model` is no model, or `rewrite` says nothing about rewriting.
    MissingDependencyError
        If `rewrite` asks for the e-graph and egglog is not installed.

    Examples
    --------
    >>> import symnum as sn
    >>> model = sn.ode_system({"x": "-k*x"}, parameters={"k": 2.0}, initial={"x": 1.0})
    >>> sol = sn.build_simulator(model).solve((0.0, 1.0))
    >>> round(float(sol["x"][-1]), 4)
    0.1353
    """
    for label, given, known in (("kind", kind, _KINDS), ("target", target, _TARGETS)):
        if given not in known:
            raise UnknownNameError(
                f'There is no {label} "{given}"; choose {" or ".join(known)}.{suggest(str(given), known)}'
            )
    system = _system_of(model, terms)
    if events is not None:
        system = system.replace_events((*system.events, *as_events(events)))
    return Simulator(system, rewriting_for(rewrite))


def _system_of(model: Any, terms: str | None) -> ODESystem:
    system = model if isinstance(model, ODESystem) else getattr(model, "system", None)
    if callable(system):
        system = system()
    if not isinstance(system, ODESystem):
        raise InputError(
            f"{type(model).__name__} is no model: build one with sn.reaction_network, sn.ode_system or "
            "sn.read_model."
        )
    return system if terms is None else _through(system, terms)


def _through(system: ODESystem, terms: str) -> ODESystem:
    """Return the system with its equations taken through a term structure."""
    from symnum.terms.convert import convert

    return system.with_rhs([convert(convert(term, terms), "canonical") for term in system.rhs])
