"""Which method and which linear algebra suit a system on a grid: decisions from cheap evidence, with their reasons."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.simulators.fields.bound import BoundSystem

__all__ = ["LinearChoice", "choose_linear_algebra", "choose_method"]

Array = NDArray[np.float64]

#: Unknowns up to which a sparse factorisation costs less than iterations, on grids of one, two and three axes.
DIRECT_LIMITS = (10_000_000, 20_000, 4_000)

#: Unknowns up to which a dense matrix serves where sums over the domain couple all cells.
DENSE_LIMIT = 600

#: Explicit steps that stability may force before implicit or exponential methods pay.
EXPLICIT_STEPS = 1000.0


@dataclass(frozen=True)
class LinearChoice:
    """How implicit methods solve their equations.

    Attributes
    ----------
    solver : str
        A name of `symnum.integrators.linear`.
    preconditioner : str, None or object
        Of an iterative solver.
    free : bool
        Whether the Jacobian is known by its products with vectors alone.
    reason : str
    """

    solver: str
    preconditioner: Any
    free: bool
    reason: str


def power_estimate(product: Any, n: int, iterations: int = 12) -> tuple[float, float]:
    """Return the spectral radius of an operator and the real part of its dominant eigenvalue, roughly."""
    vector = 1.0 + 0.5 * np.cos(np.arange(1.0, n + 1.0))
    vector *= np.where(np.arange(n) % 2 == 0, 1.0, -1.0)  # the fastest modes change sign from cell to cell
    vector /= np.linalg.norm(vector)
    radius = quotient = 0.0
    for _ in range(iterations):
        image = product(vector)
        quotient = float(vector @ image)
        radius = float(np.linalg.norm(image))
        if not 0.0 < radius < 1e300:
            break
        vector = image / radius
    return radius, quotient


def choose_method(bound: BoundSystem, rtol: float) -> tuple[str, str]:
    """Return the name of a method and the reason for it."""
    from symnum.integrators.choose import explicit_method

    n = bound.system.size
    radius, _ = power_estimate(bound.product, n)
    steps = radius * abs(bound.t1 - bound.t0) / 3.5
    if steps <= EXPLICIT_STEPS:
        return explicit_method(rtol), f"not stiff: stability asks for about {steps:.2g} explicit steps"
    modes = bound.modes if bound.system.parts is not None else bound.frozen_modes
    if modes is not None:
        rest = power_estimate(lambda x: bound.product(x) - modes.apply(x) + modes.constant, n)[0]
        if rest * abs(bound.t1 - bound.t0) / 3.5 <= EXPLICIT_STEPS:
            return "etdrk4", (
                f"the linear part is stiff (about {steps:.2g} explicit steps) and solved exactly; the rest is not stiff"
            )
    return "ndf", f"stiff: stability would force about {steps:.2g} explicit steps"


def choose_linear_algebra(
    bound: BoundSystem, solver: str, preconditioner: Any, jacobian: str, may_be_free: bool
) -> LinearChoice:
    """Return how implicit methods solve their equations: as asked for, and where nothing is, by size and stencil."""
    n = bound.system.size
    if bound.system.sums and jacobian == "auto":
        found = _with_sums(bound, solver, preconditioner, may_be_free)
        if found is not None:
            return found
    dimensions = _axes(bound)
    named = isinstance(preconditioner, str) and preconditioner in ("multigrid", "adi", "transform")
    iterative = solver in ("gmres", "bicgstab") or jacobian == "free" or named
    small = n <= DIRECT_LIMITS[max(min(dimensions, 3), 1) - 1]
    if not iterative and (solver != "auto" or small or not may_be_free):
        words = "" if solver != "auto" else f"{n} unknowns on {dimensions} axes: factorised"
        return LinearChoice(solver, preconditioner, False, words)
    chosen = solver if solver != "auto" else "gmres"
    if preconditioner == "auto" and jacobian in ("auto", "free") and may_be_free:
        preconditioner = _grid_preconditioner(bound)
    if isinstance(preconditioner, str) and preconditioner in ("multigrid", "adi", "transform") and may_be_free:
        return LinearChoice(chosen, preconditioner, True, f"{n} unknowns: {chosen}, preconditioned by {preconditioner}")
    free = jacobian == "free"
    return LinearChoice(chosen, preconditioner, free, f"{n} unknowns: {chosen}")


def _axes(bound: BoundSystem) -> int:
    """Return along how many axes neighbours are coupled; those of the grid while that makes no difference."""
    if bound.fields is None:
        return 3
    most = sum(length > 1 for length in bound.grid[0].shape)
    if bound.system.size <= DIRECT_LIMITS[-1] or bound.stencils is None:
        return max(most, 1)
    shifts = [shift for stencil in bound.stencils.values() for shift in stencil.shifts]
    return max(sum(any(shift[axis] for shift in shifts) for axis in range(len(bound.grid[0].shape))), 1)


def _with_sums(bound: BoundSystem, solver: str, preconditioner: Any, may_be_free: bool) -> LinearChoice | None:
    """Return how to solve where all cells are coupled through sums over the domain, which no pattern shows."""
    n = bound.system.size
    named = not (isinstance(preconditioner, str) and preconditioner == "auto")
    if n <= DENSE_LIMIT and solver in ("auto", "dense") and not named:
        return LinearChoice("dense", "auto", False, "sums over the domain couple all cells: a dense matrix")
    if not may_be_free or solver not in ("auto", "gmres", "bicgstab"):
        return None
    given = preconditioner if named else _grid_preconditioner(bound)
    if given == "ilu":
        given = "none"
    chosen = "gmres" if solver == "auto" else solver
    return LinearChoice(chosen, given, True, f"sums over the domain couple all cells: {chosen} with products")


def _grid_preconditioner(bound: BoundSystem) -> str:
    """Return the name of the preconditioner that knows of the grid; "ilu" where none suits."""
    fields = bound.fields
    if fields is None or len({field.shape for field in fields}) > 1 or len(fields[0].shape) > 3:
        return "ilu"
    if is_diffusive(bound):
        return "multigrid"
    return "transform" if bound.modes is not None else "ilu"


def is_diffusive(bound: BoundSystem) -> bool:
    """Whether neighbours are coupled as by diffusion: by second moments, not by higher derivatives."""
    for (f, g), stencil in (bound.stencils or {}).items():
        neighbours = sum(abs(c) for s, c in zip(stencil.shifts, stencil.coefficients, strict=True) if any(s))
        second = sum(
            c * max(i * i for i in s) for s, c in zip(stencil.shifts, stencil.coefficients, strict=True) if any(s)
        )
        if neighbours > 0.0 and (second < 0.3 * neighbours) and f == g:
            return False
    return True
