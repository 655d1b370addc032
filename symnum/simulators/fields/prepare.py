"""From a system on a grid and what the user asks for to a problem that an integrator takes, a method and a reason."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, UnknownNameError, UnsupportedError, suggest
from symnum.simulators.fields.bound import BoundSystem
from symnum.simulators.fields.choose import LinearChoice, choose_linear_algebra, choose_method
from symnum.simulators.fields.kernels import LINEAR_PRODUCT
from symnum.systems.stencils.system import StencilSystem

if TYPE_CHECKING:
    from symnum.integrators.problem import KernelProblem

__all__ = ["GRID_PRECONDITIONERS", "Prepared", "prepare"]

Array = NDArray[np.float64]

#: Preconditioners that know of the grid.
GRID_PRECONDITIONERS = ("multigrid", "adi", "transform")

#: Engines whose matrices may be known by their products with vectors alone.
FREE_FAMILIES = ("multistep", "sdirk", "rosenbrock")

#: Engines that solve no equations and need the entries of the Jacobian all the same.
ENTRY_FAMILIES = ("exponential",)

#: Iterations of a cycle of GMRES for large systems: each keeps a vector.
LONG_VECTORS, SHORT_CYCLE = 500_000, 15


@dataclass(frozen=True)
class Prepared:
    """What to integrate.

    Attributes
    ----------
    problem : KernelProblem
    method : str
        Name in the registry.
    reason : str
        Why this method, and how its linear equations are solved.
    """

    problem: "KernelProblem"
    method: str
    reason: str


def prepare(
    system: StencilSystem,
    kernels: Callable[[str], Any],
    p: Array,
    *,
    t0: float,
    t1: float,
    y0: Array,
    rtol: float = 1e-6,
    method: str = "auto",
    linear_solver: str = "auto",
    preconditioner: Any = "auto",
    jacobian: str = "auto",
) -> Prepared:
    """Return the problem behind addresses, with the method and the linear algebra that suit it.

    Parameters
    ----------
    system : StencilSystem
    kernels : callable
        From "rhs", "jacobian", "jacobian_vector", "part0" or "part1" to a compiled kernel with ``address``,
        ``compiled`` and ``context(p)``.
    p : ndarray
        Parameters.
    t0, t1 : float
        The interval.
    y0 : ndarray, shape (n,)
        Initial state.
    rtol : float
        Relative tolerance.
    method : str
        "auto", or a name of the registry.
    linear_solver : str
        "auto", "transform" (mode by mode, for the linear part of methods that split), or a name of
        `symnum.integrators.linear`.
    preconditioner : str or object
        "auto", "multigrid", "adi", "transform", or what `symnum.integrators.linear.preconditioners` takes.
    jacobian : {"auto", "analytic", "coloured", "differences", "free"}
        Of implicit methods.

    Returns
    -------
    Prepared

    Raises
    ------
    UnknownNameError
        For a name that there is not.
    InputError
        Where choices do not fit together.
    UnsupportedError
        Where a method or a solver does not suit the system, with the reason.
    """
    bound = BoundSystem(system, kernels, p, t0, t1, y0)
    _check_names(linear_solver, preconditioner, jacobian)
    name, reason = method.lower(), "chosen by the user"
    if name in ("auto", "auto-switching"):
        name, reason = choose_method(bound, rtol)
    problem = _plain(bound)
    kind = _kind(name)
    if kind == "explicit":
        _refuse_linear_algebra(name, linear_solver, preconditioner)
        return Prepared(problem, name, reason)
    if kind == "additive" and system.parts is not None:
        split, more = _split(bound, problem, name, linear_solver, preconditioner, jacobian)
        return Prepared(split, name, f"{reason}; {more}")
    if kind == "additive" and _family(name) == "differencing":
        whole, more = _frozen(bound, problem, name)
        return Prepared(whole, name, f"{reason}; {more}")
    problem, more = _implicit(bound, name, linear_solver, preconditioner, jacobian)
    return Prepared(problem, name, f"{reason}; {more}" if more else reason)


# ------------------------------------------------------------------------------------ names


def _check_names(linear_solver: object, preconditioner: object, jacobian: object) -> None:
    from symnum.integrators.linear import KINDS
    from symnum.integrators.linear.preconditioners import PRECONDITIONERS, check_preconditioner
    from symnum.integrators.newton_matrix import check_jacobian

    check_jacobian(jacobian)
    _known("linear solver", linear_solver, (*KINDS, "transform"))
    if isinstance(preconditioner, str):
        _known("preconditioner", preconditioner, (*PRECONDITIONERS, *GRID_PRECONDITIONERS))
    else:
        check_preconditioner(preconditioner)
    chosen = preconditioner not in ("auto", "none", None) if isinstance(preconditioner, str | None) else True
    if chosen and linear_solver not in ("auto", "gmres", "bicgstab"):
        raise InputError(
            f'a preconditioner is for iterative solvers, and linear_solver is "{linear_solver}"; add '
            'linear_solver="gmres", or leave preconditioner out'
        )


def _known(what: str, given: object, names: tuple[str, ...]) -> None:
    if given not in names:
        known = ", ".join(f'"{name}"' for name in names)
        raise UnknownNameError(f'there is no {what} "{given}"; choose one of {known}.{suggest(str(given), names)}')


def _family(method: str) -> str:
    from symnum.integrators.registry import find_method

    return find_method(method).family


def _kind(method: str) -> str:
    """Return "explicit", "additive" or "implicit"."""
    from symnum.integrators.registry import find_method

    found = find_method(method)
    if found.properties.get("additive"):
        return "additive"
    return "implicit" if found.implicit or found.family in ENTRY_FAMILIES else "explicit"


def _refuse_linear_algebra(method: str, linear_solver: str, preconditioner: Any) -> None:
    if linear_solver != "auto" or not (preconditioner is None or preconditioner in ("auto", "none")):
        raise InputError(
            f'method="{method}" solves no linear equations; leave linear_solver and preconditioner out, or choose '
            'method="ndf" or "kencarp4"'
        )


# ------------------------------------------------------------------------------------ problems


def _plain(bound: BoundSystem) -> "KernelProblem":
    """Return the right-hand side alone."""
    from symnum.integrators.problem import KernelProblem

    call = bound.call("rhs")
    return KernelProblem(
        size=bound.system.size,
        rhs_address=call.addresses[0],
        parameters=bound.p,
        context_address=call.addresses[1],
        jacobian="free",
        keep_alive=(call, bound.p),
    )


def _with_entries(bound: BoundSystem, problem: "KernelProblem", jacobian: str) -> "KernelProblem":
    """Return the problem with the entries of the Jacobian."""
    kernel, context = bound.kernels("jacobian").compiled, problem.keep_alive[0].context
    context.reserve(kernel)
    kernel.evaluate_stage(bound.p, context)
    return replace(
        problem,
        jacobian_address=kernel.address,
        indptr=kernel.facts["indptr"],
        indices=kernel.facts["indices"],
        jacobian="analytic" if jacobian == "auto" else jacobian,
        keep_alive=(*problem.keep_alive, kernel),
    )


def _with_products(bound: BoundSystem, problem: "KernelProblem", kind: str = "jacobian_vector") -> "KernelProblem":
    """Return the problem with products of the Jacobian and vectors in the place of entries."""
    kernel, context = bound.kernels(kind).compiled, problem.keep_alive[0].context
    context.reserve(kernel)
    kernel.evaluate_stage(bound.p, context)
    return replace(problem, product_address=kernel.address, jacobian="free", keep_alive=(*problem.keep_alive, kernel))


def _split(
    bound: BoundSystem, whole: "KernelProblem", method: str, linear_solver: str, preconditioner: Any, jacobian: str
) -> "tuple[KernelProblem, str]":
    """Return a problem with its linear part for implicit or exact treatment, and how that is solved."""
    from symnum.integrators.problem import KernelProblem

    calls = bound.call("part0"), bound.call("part1")
    implicit, explicit = (
        KernelProblem(
            size=whole.size, rhs_address=call.addresses[0], parameters=bound.p, context_address=call.addresses[1],
            keep_alive=(call, bound.p),
        )
        for call in calls
    )  # fmt: skip
    wanted = linear_solver in ("auto", "transform") and preconditioner in ("auto", "none", None)
    if _family(method) == "differencing" or (wanted and bound.modes is not None):
        return _by_modes(bound, whole, (implicit, explicit), method)
    if linear_solver == "transform":
        raise UnsupportedError(
            f'linear_solver="transform" is not for this system: {bound.why_no_modes}; choose method="ndf" with '
            'linear_solver="gmres", or "sparse"'
        )
    choice = choose_linear_algebra(bound, linear_solver, preconditioner, jacobian, _family(method) in FREE_FAMILIES)
    if choice.free:
        part = _with_products(bound, implicit, LINEAR_PRODUCT)
        solver = _iterative(bound, part, choice)
        words = f"the linear part by its products ({bound.why_no_modes or 'as asked for'}), {choice.reason}"
        return replace(whole, split=(replace(part, linear_solver=solver), explicit)), words
    # The entries of the linear part, by differences in groups, on the pattern of the whole.
    from symnum.integrators.linear import make_linear_solver

    facts = bound.kernels("jacobian").compiled.facts
    name = "sparse" if linear_solver == "auto" else linear_solver
    make = functools.partial(
        make_linear_solver, whole.size, facts["indptr"], facts["indices"], name, preconditioner, trusted=True
    )
    entries = replace(
        implicit, indptr=facts["indptr"], indices=facts["indices"], linear_solver=make,
        jacobian="coloured" if jacobian in ("auto", "analytic") else jacobian,
    )  # fmt: skip
    words = f"the linear part by a {name} solver ({bound.why_no_modes or 'as asked for'})"
    return replace(whole, split=(entries, explicit)), words


def _by_modes(
    bound: BoundSystem, whole: "KernelProblem", parts: "tuple[KernelProblem, KernelProblem]", method: str
) -> "tuple[KernelProblem, str]":
    """Return a problem whose linear part is solved mode by mode."""
    from symnum.integrators.grids.modal_solver import ModalSolver
    from symnum.integrators.linear_part import LARGEST_BLOCK

    modes = bound.modes
    if modes is None:
        if whole.size > LARGEST_BLOCK:
            raise UnsupportedError(
                f'method="{method}" is not for this system: {bound.why_no_modes}, and of more than {LARGEST_BLOCK} '
                'states the linear part is not taken as a matrix; choose method="ndf" or "rkc2"'
            )
        facts = bound.kernels("jacobian").compiled.facts
        implicit = replace(parts[0], indptr=facts["indptr"], indices=facts["indices"])
        return replace(whole, split=(implicit, parts[1])), "the linear part by its matrix"
    implicit = replace(parts[0], grid_modes=modes, linear_solver=functools.partial(ModalSolver, modes), jacobian="free")
    words = f"the linear part mode by mode ({modes.transform.name})"
    return replace(whole, split=(implicit, parts[1])), words


def _frozen(bound: BoundSystem, problem: "KernelProblem", method: str) -> "tuple[KernelProblem, str]":
    """Return a problem without parts, of which the coupling of neighbours is solved exactly."""
    modes = bound.frozen_modes
    if modes is None:
        raise UnsupportedError(
            f'method="{method}" is not for this system: {bound.why_no_modes}; choose method="ndf" or "rkc2"'
        )
    words = (
        f"the coupling of neighbours, as it is in the middle at the beginning, mode by mode ({modes.transform.name})"
    )
    return replace(problem, grid_modes=modes), words


def _implicit(
    bound: BoundSystem, method: str, linear_solver: str, preconditioner: Any, jacobian: str
) -> "tuple[KernelProblem, str]":
    """Return a problem for a method that treats everything implicitly."""
    from symnum.integrators.linear import make_linear_solver

    if linear_solver == "transform":
        raise InputError(
            f'linear_solver="transform" is for the linear part of methods that split, and method="{method}" does not; '
            'choose method="etdrk4", "kencarp4" or "sbdf", or preconditioner="transform" with linear_solver="gmres"'
        )
    family = _family(method)
    choice = choose_linear_algebra(bound, linear_solver, preconditioner, jacobian, family in FREE_FAMILIES)
    problem = _plain(bound)
    if choice.solver == "dense" and bound.system.sums:
        # The pattern lacks what sums over the domain couple: all columns by differences.
        whole = replace(problem, jacobian="differences")
        dense = functools.partial(make_linear_solver, problem.size, *whole.pattern(), "dense")
        return replace(whole, linear_solver=dense), choice.reason
    if not choice.free:
        problem = _with_entries(bound, problem, jacobian)
        given = "auto" if choice.preconditioner in GRID_PRECONDITIONERS else choice.preconditioner
        make = functools.partial(
            make_linear_solver, problem.size, problem.indptr, problem.indices, choice.solver, given, trusted=True
        )
        return replace(problem, linear_solver=make), choice.reason
    problem = _with_products(bound, problem)
    return replace(problem, linear_solver=_iterative(bound, problem, choice)), choice.reason


def _iterative(bound: BoundSystem, problem: "KernelProblem", choice: LinearChoice) -> Any:
    """Return how to make the iterative solver of a problem with products."""
    from symnum.integrators.linear.iterative import RESTART, IterativeSolver

    made = _grid_preconditioner(bound, problem, choice.preconditioner)
    restart = SHORT_CYCLE if problem.size > LONG_VECTORS else RESTART
    return functools.partial(IterativeSolver, choice.solver, problem.size, None, None, made, restart)


def _grid_preconditioner(bound: BoundSystem, problem: "KernelProblem", name: Any) -> Any:
    from symnum.integrators.grids.grid_preconditioner import ADI, Multigrid, modal_preconditioner_of

    if not (isinstance(name, str) and name in GRID_PRECONDITIONERS):
        return name
    if name == "transform":
        if bound.modes is None:
            raise UnsupportedError(f'preconditioner="transform" is not for this system: {bound.why_no_modes}')
        return modal_preconditioner_of(problem, bound.modes, bound.named_grid)
    return (Multigrid if name == "multigrid" else ADI)(problem, bound.named_grid, bound.reach)
