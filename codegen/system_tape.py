"""From a system to the tape of one of its kernels, and to its compiled kernel."""

import base64
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.cache import cache_key, store_entry
from codegen.compile import cached_kernel, compile_tape, kernel_key
from codegen.factor import factor_rows, rows_from_fluxes, rows_from_terms
from codegen.jacobian import jacobian_outputs
from codegen.jacobian_vector import jacobian_vector_outputs
from codegen.kernel import Kernel
from codegen.lower import Lowering
from codegen.parameter_factors import fold_coefficients
from codegen.reciprocals import share_reciprocals
from codegen.rewriting import CLASSICAL, FLAT, Rewriting
from codegen.tape import Tape, TapeBuilder
from symnum.errors import InputError
from symnum.systems.ode import ODESystem
from symnum.terms.canonical import Product, Sum, Symbol
from symnum.terms.differentiate import differentiate
from symnum.terms.interning import bulk

__all__ = [
    "KERNEL_NAMES",
    "SystemTape",
    "compile_system",
    "planned_tape",
    "rewritten_tape",
    "system_digest",
    "system_tape",
]

# Smaller systems are compiled as they were written: there is little to share, and their code stays readable.
_FACTOR_FROM = 150

_ROUNDS = 15
"""Rounds of timing where a plan asks for it."""

KERNEL_NAMES = ("rhs", "jacobian", "observables")


@dataclass(eq=False)
class SystemTape:
    """A tape and, for a Jacobian, the pattern of its outputs."""

    tape: Tape
    indptr: NDArray[np.int32] | None = None
    indices: NDArray[np.int32] | None = None


def system_tape(system: ODESystem, name: str, rewriting: Rewriting = CLASSICAL) -> SystemTape:
    """Build the tape of the right-hand side, the Jacobian or the observables of a system.

    Rulesets of a plan are not applied here; see `rewritten_tape`.

    Parameters
    ----------
    system : ODESystem
        The model.
    name : str
        "rhs", "jacobian" (values in compressed-column order), "observables", "jacobian_vector" (the Jacobian
        times a vector, which follows the states) or "time_derivative" (of the right-hand side, states held).
    rewriting : Rewriting
        Whether sums are factored and reciprocals shared.

    Raises
    ------
    InputError
        If there is no such kernel.
    """
    with bulk():
        if not rewriting.factoring:
            return _system_tape(system.with_rhs(system.rhs), name, FLAT)
        built = _system_tape(system, name, rewriting)
        built.tape = share_reciprocals(fold_coefficients(built.tape))
        return built


def _system_tape(system: ODESystem, name: str, rewriting: Rewriting) -> SystemTape:
    builder = TapeBuilder()
    leaves = {s: builder.state(i) for i, s in enumerate(system.states)}
    leaves |= {s: builder.parameter(i) for i, s in enumerate(system.parameters)}
    leaves[system.independent] = builder.time()
    lower = Lowering(builder, leaves)
    if name == "rhs":
        if not rewriting.factoring:
            return SystemTape(builder.finish([lower(term) for term in system.rhs]))
        return SystemTape(builder.finish(_right_hand_side(builder, lower, system)))
    if name == "jacobian":
        found = jacobian_outputs(builder, lower, system)
        return SystemTape(builder.finish(found.nodes, found.signs), found.indptr, found.indices)
    if name == "observables":
        return SystemTape(builder.finish([lower(term) for term in system.observables.values()]))
    if name == "jacobian_vector":
        nodes = jacobian_vector_outputs(builder, leaves, system, factoring=rewriting.factoring)
        return SystemTape(builder.finish(nodes))
    if name == "time_derivative":
        return SystemTape(builder.finish([lower(differentiate(term, system.independent)) for term in system.rhs]))
    raise InputError(f'There is no kernel "{name}"; choose one of {", ".join(KERNEL_NAMES)}.')


def _right_hand_side(builder: TapeBuilder, lower: Lowering, system: ODESystem) -> list[int]:
    if system.fluxes is not None:
        return factor_rows(builder, rows_from_fluxes(builder, lower, system.fluxes))
    if _is_polynomial_and_large(system):
        return factor_rows(builder, rows_from_terms(builder, lower, system.rhs))
    return [lower(term) for term in system.rhs]


def _is_polynomial_and_large(system: ODESystem) -> bool:
    """Tell whether factoring pays: layers of shared sums cost stores and loads, which rate laws do not win back."""
    count = sum(len(term.terms) for term in system.rhs if isinstance(term, Sum))
    if count < _FACTOR_FROM:
        return False
    parts = (part for term in system.rhs if isinstance(term, Sum) for part in term.terms)
    return 2 * sum(_is_monomial(part) for part in parts) > count


def _is_monomial(term: Any) -> bool:
    if isinstance(term, Product):
        return all(type(e) is int and e > 0 and isinstance(b, Symbol) for b, e in term.factors.items())
    return isinstance(term, Symbol)


def compile_system(system: ODESystem, name: str, rewriting: Rewriting = CLASSICAL) -> Kernel:
    """Return a compiled kernel of a system, from the cache if it is there.

    Parameters
    ----------
    system : ODESystem
        The model.
    name : str
        As for `system_tape`.
    rewriting : Rewriting
        What is done to the equations before. Rulesets are for the right-hand side; the Jacobian and the
        observables are factored only.

    Returns
    -------
    Kernel
        For a Jacobian, `facts["indptr"]` and `facts["indices"]` hold the pattern. Where rulesets were applied,
        `facts["rewriting"]` says what they did.
    """
    plan = rewriting if name == "rhs" else rewriting.without_steps
    start = time.perf_counter()
    built: SystemTape | None = None
    fingerprint = _fingerprint(system, name)
    if fingerprint is None:
        built = system_tape(system, name, plan)
        fingerprint = _tape_bytes(built)
    if plan.steps:
        fingerprint.append(repr([s.domain for s in (*system.states, *system.parameters, system.independent)]))
    if plan.steps or not plan.factoring:
        fingerprint.append(plan.identity)
    key = kernel_key(name, *fingerprint)
    kernel = cached_kernel(name, key)
    if kernel is None:
        if built is None:
            built = system_tape(system, name, plan)
        lowered = time.perf_counter()
        facts: dict[str, Any] = {"seconds": {"lower": lowered - start}}
        if plan.steps:
            built, facts["rewriting"] = rewritten_tape(system, built, plan)
            facts["seconds"]["rewrite"] = facts["rewriting"]["seconds"] = time.perf_counter() - lowered
        kernel = _compiled(built, name, key, facts)
    for field in ("indptr", "indices"):
        if field in kernel.facts:
            kernel.facts[field] = np.frombuffer(base64.b64decode(kernel.facts[field]), np.int32)
    return kernel


def _compiled(built: SystemTape, name: str, key: bytes, facts: dict[str, Any]) -> Kernel:
    """Compile a tape, and store the kernel with what there is to say about it."""
    kernel = compile_tape(built.tape, name, key, store=False)
    kernel.facts = {**kernel.facts, **facts, "seconds": {**facts["seconds"], **kernel.facts["seconds"]}}
    if built.indptr is not None and built.indices is not None:
        kernel.facts["indptr"], kernel.facts["indices"] = _pack(built.indptr), _pack(built.indices)
    stored = {k: v for k, v in kernel.facts.items() if k not in ("cached", "seconds")}
    if not set(stored.get("rewriting", {}).get("stop", ())) - _PROPER_ENDS:
        store_entry(key, stored, kernel.code)
    return kernel


_PROPER_ENDS = frozenset(
    "saturated|node limit|iteration limit|memory limit|timeout|division by zero|fixed point|cycle|limit".split("|")
)
"""Ends of rewriting after which a kernel is kept; after a failure of the worker it is made again next time."""


def planned_tape(system: ODESystem, name: str, plan: Rewriting) -> SystemTape:
    """Return the tape of a kernel after all of a plan, its rulesets too, as `compile_system` compiles it.

    Parameters
    ----------
    system : ODESystem
    name : str
        As for `system_tape`.
    plan : Rewriting
    """
    built = system_tape(system, name, plan)
    return rewritten_tape(system, built, plan)[0] if name == "rhs" and plan.steps else built


def rewritten_tape(
    system: ODESystem, before: SystemTape, plan: Rewriting
) -> tuple[SystemTape, dict[str, Any]]:
    """Return the right-hand side's tape after the rulesets of a plan, and what was done.

    Parameters
    ----------
    system : ODESystem
    before : SystemTape
        The tape without them, which is kept where it is not predicted to be slower.
    plan : Rewriting
    """
    from codegen.rewrite_system import rewrite_system
    from codegen.tape_cost import tape_cost
    from codegen.time_tapes import time_tapes

    model = plan.cost_model
    new, report = rewrite_system(system, plan)
    cost = tape_cost(before.tape, model)
    after = before if new is system else system_tape(new, "rhs", plan)
    cost_after = tape_cost(after.tape, model)
    kept = new is not system and cost_after < cost
    measured = 0.0
    if kept and plan.measure:
        old, own = time_tapes([before.tape, after.tape], len(system.states), len(system.parameters), _ROUNDS)
        measured = float(np.median(old / own))
        kept = measured >= 1.0
    facts = {
        **asdict(report),
        "level": plan.level,
        "rulesets": [rules.name for rules, _ in plan.steps],
        "engines": [engine for _, engine in plan.steps],
        "cost_model": model.name,
        "kernel_cost_before": cost,
        "kernel_cost_after": cost_after if kept else cost,
        "kept": kept,
        "measured_gain": measured,
    }
    return (after if kept else before), facts


def _pack(array: NDArray[np.int32]) -> str:
    return base64.b64encode(np.ascontiguousarray(array, np.int32).tobytes()).decode()


def _fingerprint(system: ODESystem, name: str) -> list[bytes | str] | None:
    """Return what a network's kernel is made from, so that a cached one needs no tape at all."""
    fluxes = system.fluxes
    if fluxes is None or name == "observables":
        return None
    names = [repr([s.name for s in group]) for group in (system.states, system.parameters)]
    arrays: list[Any] = [
        fluxes.constant_index,
        fluxes.reactant_offsets,
        fluxes.reactants,
        fluxes.change_offsets,
        fluxes.change_states,
        fluxes.change_values,
    ]
    texts = [repr(system.independent.name), repr([str(c) for c in fluxes.constants])]
    texts.append(repr([(r, str(rate)) for r, rate in sorted(fluxes.rates.items())]))
    if any("..." in text or "\N{HORIZONTAL ELLIPSIS}" in text for text in texts):
        return None  # a printed form that may be abridged identifies nothing
    return [*names, *texts, *(f"{a.dtype}{a.shape}" for a in arrays), *(a.tobytes() for a in arrays)]


def system_digest(system: ODESystem) -> str:
    """Return a digest of what a right-hand side computes, the same in every process and on every machine.

    Parameters
    ----------
    system : ODESystem
        Its parts and its mass matrix count too; values of parameters, observables and events do not.
    """
    parts = [system] if system.parts is None else [system, system.part(0), system.part(1)]
    content: list[bytes | str] = [repr([s.name for s in group]) for group in (system.states, system.parameters)]
    for part in parts:
        fingerprint = _fingerprint(part, "rhs")
        content += _tape_bytes(system_tape(part, "rhs")) if fingerprint is None else fingerprint
    if system.mass is not None:
        content.append(repr([(place, str(value)) for place, value in system.mass.entries.items()]))
    return cache_key(*content).hex()


def _tape_bytes(built: SystemTape) -> list[bytes | str]:
    tape = built.tape
    arrays: list[NDArray[Any]] = [tape.operation, tape.offset, tape.argument, tape.weight, tape.stage]
    arrays += [tape.output, tape.sign]
    if built.indptr is not None and built.indices is not None:
        arrays += [built.indptr, built.indices]  # the same values may stand in other places
    return [a.tobytes() for a in arrays]
