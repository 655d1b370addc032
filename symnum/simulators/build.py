"""From a model to a simulator."""

from typing import TYPE_CHECKING, Any, Literal, overload

from symnum.errors import InputError, UnknownNameError, UnsupportedError, suggest
from symnum.simulators.rewriting import rewriting_for
from symnum.simulators.simulator import Simulator
from symnum.systems.events import as_events
from symnum.systems.ode import ODESystem
from symnum.systems.stencils.system import StencilSystem

if TYPE_CHECKING:
    from symnum.simulators.cuda.simulator import CudaSimulator
    from symnum.simulators.fields.simulator import FieldSimulator
    from symnum.simulators.stochastic.langevin import LangevinSimulator
    from symnum.simulators.stochastic.simulator import StochasticSimulator

__all__ = ["build_simulator"]

_KINDS = ("ode", "ssa", "sde", "cle")
_TARGETS = ("cpu", "cuda", "cuda-simulator")


@overload
def build_simulator(
    model: StencilSystem, kind: Literal["ode"] = "ode", *, dtype: str = "float64"
) -> "FieldSimulator": ...
@overload
def build_simulator(
    model: Any,
    kind: Literal["ode"] = "ode",
    target: Literal["cpu"] = "cpu",
    terms: str | None = None,
    rewrite: Any = "auto",
    events: Any = None,
    remove_conserved: bool = False,
) -> Simulator: ...
@overload
def build_simulator(
    model: Any,
    kind: Literal["ssa"],
    target: Literal["cpu"] = "cpu",
    terms: str | None = None,
    rewrite: Any = "auto",
    events: Any = None,
    remove_conserved: bool = False,
) -> "StochasticSimulator": ...
@overload
def build_simulator(
    model: Any,
    kind: Literal["sde", "cle"],
    target: Literal["cpu"] = "cpu",
    terms: str | None = None,
    rewrite: Any = "auto",
    events: Any = None,
    remove_conserved: bool = False,
) -> "LangevinSimulator": ...
@overload
def build_simulator(
    model: Any,
    kind: Literal["ode"] = "ode",
    *,
    target: Literal["cuda", "cuda-simulator"],
    dtype: str = "float64",
) -> "CudaSimulator": ...
def build_simulator(
    model: Any,
    kind: str = "ode",
    target: str = "cpu",
    terms: str | None = None,
    rewrite: Any = "auto",
    events: Any = None,
    remove_conserved: bool = False,
    dtype: str = "float64",
) -> Any:
    """Compile a model to a simulator.

    Parameters
    ----------
    model : model, ODESystem or StencilSystem
        From `reaction_network`, `ode_system`, `read_model`, `reaction_diffusion`, or a system of symbols.
    kind : {"ode", "ssa", "sde", "cle"}
        How the model is to be understood: as differential equations, as reactions that happen one by one (a
        stochastic simulation, of networks), or as stochastic differential equations, which for a network are the
        chemical Langevin equation ("cle" says the same).
    target : {"cpu", "cuda", "cuda-simulator"}
        Where it runs: on the processor, on a CUDA device (fields on a grid only; state and time stepping stay there),
        or on a device that the processor simulates, thread by thread.
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
    remove_conserved : bool
        Remove the species that follow from others by conservation laws; see `symnum.remove_conserved`. They are
        observables then, and initial values are given as before.
    dtype : {"float64", "float32"}
        Of fields: on a device in all that is done there, on the processor in steps of fixed size (see
        `FieldSimulator.solve`). All else is computed with float64.

    Returns
    -------
    Simulator, StochasticSimulator, LangevinSimulator, or, of fields on a grid, FieldSimulator or CudaSimulator
        Its kernels are compiled when first needed, or come from the kernel cache.

    Raises
    ------
    UnknownNameError
        For a kind, target or term structure that does not exist.
    InputError
        If `model` is no model, or `rewrite` says nothing about rewriting.
    MissingDeviceError
        If there is no CUDA device.
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
    if kind != "ode":
        _only_fields(target, dtype)
    if kind == "ssa":
        return _stochastic(model, events, remove_conserved)
    if kind in ("sde", "cle"):
        return _langevin(model, events, remove_conserved)
    made = _made(model)
    if isinstance(made, StencilSystem):
        return _fields(made, (terms, rewrite, events, remove_conserved), target, dtype)
    _only_fields(target, dtype)
    system = _system_of(made, terms)
    if events is not None:
        system = system.replace_events((*system.events, *as_events(events)))
    return Simulator(_without_dependent(system) if remove_conserved else system, rewriting_for(rewrite))


def _without_dependent(system: Any) -> Any:
    from symnum.systems.remove_conserved import remove_conserved

    return remove_conserved(system)


def _stochastic(model: Any, events: Any, without_dependent: bool) -> "StochasticSimulator":
    from symnum.simulators.stochastic.simulator import StochasticSimulator
    from symnum.systems.jump import JumpSystem
    from symnum.systems.sde import SDESystem

    made = getattr(model, "jump_system", None)
    system = made() if callable(made) else model
    if not isinstance(system, JumpSystem) or isinstance(system, SDESystem):
        raise InputError(
            f"{type(model).__name__} has no reactions to happen one by one: build a network with sn.reaction_network "
            "or sn.read_model."
        )
    if events is not None:
        system = system.with_events(as_events(events))
    return StochasticSimulator(_without_dependent(system) if without_dependent else system)


def _langevin(model: Any, events: Any, without_dependent: bool) -> "LangevinSimulator":
    from symnum.simulators.stochastic.langevin import LangevinSimulator
    from symnum.systems.jump import JumpSystem
    from symnum.systems.sde import SDESystem

    made = getattr(model, "sde_system", None)
    system = made() if callable(made) else model
    if isinstance(system, JumpSystem) and not isinstance(system, SDESystem):
        system = SDESystem.from_jump_system(system)
    if not isinstance(system, SDESystem):
        raise InputError(
            f"{type(model).__name__} says nothing about noise: build a network with sn.reaction_network or "
            "sn.read_model, or equations with sn.sde_system."
        )
    if events is not None:
        system = system.with_events(as_events(events))
    return LangevinSimulator(_without_dependent(system) if without_dependent else system)


def _made(model: Any) -> Any:
    """Return the system of a model, or what is no model as it is."""
    if isinstance(model, ODESystem | StencilSystem):
        return model
    system = getattr(model, "system", None)
    made = system() if callable(system) else system
    return made if isinstance(made, ODESystem | StencilSystem) else model


def _only_fields(target: str, dtype: str) -> None:
    """Refuse what is for fields on a grid alone."""
    if target != "cpu":
        raise UnsupportedError(f'target="{target}" is for fields on a grid (sn.reaction_diffusion); leave it out.')
    if dtype != "float64":
        raise UnsupportedError(f"dtype={dtype!r} is for fields on a grid (sn.reaction_diffusion); leave it out.")


def _fields(
    system: StencilSystem, options: tuple[Any, Any, Any, bool], target: str, dtype: str
) -> "FieldSimulator | CudaSimulator":
    from symnum.simulators.fields.simulator import FieldSimulator

    terms, rewrite, events, without_dependent = options
    for name, is_given in (
        ("terms", terms is not None), ("rewrite", rewrite != "auto"), ("events", events is not None),
        ("remove_conserved", without_dependent),
    ):  # fmt: skip
        if is_given:
            raise UnsupportedError(f"{name}= is not for fields on a grid; leave it out.")
    if target == "cpu":
        return FieldSimulator(system, dtype)
    from symnum.simulators.cuda.simulator import CudaSimulator

    return CudaSimulator(system, target, dtype)


def _system_of(system: Any, terms: str | None) -> ODESystem:
    if not isinstance(system, ODESystem):
        raise InputError(
            f"{type(system).__name__} is no model: build one with sn.reaction_network, sn.ode_system, "
            "sn.read_model or sn.reaction_diffusion."
        )
    return system if terms is None else _through(system, terms)


def _through(system: ODESystem, terms: str) -> ODESystem:
    """Return the system with its equations taken through a term structure."""
    from symnum.terms.convert import convert

    return system.with_rhs([convert(convert(term, terms), "canonical") for term in system.rhs])
