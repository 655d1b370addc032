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

#: Reach of the stability interval of explicit methods, and steps that are few whatever else there is.
EXPLICIT_REACH, FEW_STEPS = 3.3, 300.0

#: Cells next to a side in which conditions there may count.
SIDE = 3

#: Share of a field's largest value that is nothing, and the logarithm of what may become of rounding.
NOTHING, GROWTH = 1e-10, 20.0

#: Relative tolerance from which the stabilised methods of order 2 are candidates: rkc2 keeps there what it promises.
LOOSE = 9e-6

#: What an evaluation costs within a step of rock2, beside one of rkc2: it reads two vectors less. And the stages a step
#: from which it is a candidate: with few of them its shorter steps count for more.
ROCK_COST, MANY_STAGES = 0.85, 30.0

#: What is said of both.
STABILISED = "diffusion is stiff, a few digits are wanted: stabilised explicit steps without linear algebra"

#: What a step costs, in evaluations of the right-hand side: of exponential differencing (its transforms), of a
#: multistep method along a line (a narrow band) and on a grid; and how many steps the latter takes for three digits.
MODAL_COST, LINE_COST, GRID_COST, STIFF_STEPS = 400.0, 20.0, 600.0, 60.0

#: Steps of a method of order 4 for three digits, over the time in which things change in a cell; and at least.
STEPS_PER_TIME, LEAST_STEPS = 0.3, 10.0


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
    # Fresh memory costs more than arithmetic on large grids, so all is done in place.
    vector = np.arange(1.0, n + 1.0)
    np.cos(vector, out=vector)
    vector *= 0.5
    vector += 1.0
    vector[1::2] *= -1.0  # the fastest modes change sign from cell to cell
    vector /= np.linalg.norm(vector)
    radius = quotient = 0.0
    for _ in range(iterations):
        image = product(vector)
        quotient = float(vector @ image)
        radius = float(np.linalg.norm(image))
        if not 0.0 < radius < 1e300:
            break
        np.divide(image, radius, out=vector)
    return radius, quotient


def reaction_radius(bound: BoundSystem) -> float:
    """Return how fast things change in a cell itself at the beginning: the largest row sum away from the sides."""
    places = _places(bound)
    sums, one = np.zeros(bound.system.size), np.zeros(bound.system.size)
    for own, _ in places:
        one[own] = 1.0
        image = bound.product(one)
        sums += np.abs(image, out=image)
        one[own] = 0.0
    largest = 0.0
    for own, shape in places:
        inside = tuple(slice(SIDE, -SIDE) if length > 4 * SIDE else slice(None) for length in shape)
        largest = max(largest, float(sums[own].reshape(shape)[inside].max(initial=0.0)))
    return largest


def _places(bound: BoundSystem) -> list[tuple[Any, tuple[int, ...]]]:
    """Return where each field lies in the state, as a slice if it can be one, and its shape."""
    if bound.fields is not None:
        return [(slice(f.offset, f.offset + f.size), f.shape) for f in bound.fields]
    arrays = [bound.system.arrays[field.array] for field in bound.system.fields]
    return [(array.places().ravel(), array.shape) for array in arrays]


def choose_method(bound: BoundSystem, rtol: float) -> tuple[str, str]:
    """Return the name of a method and the reason for it.

    For each candidate the number of steps is guessed, from the tolerance and from what stability asks for, and what a
    step costs in evaluations of the right-hand side; the constants are those of `benchmarks/field_methods.py`.
    """
    from symnum.integrators.choose import explicit_method
    from symnum.integrators.registry import find_method

    span = abs(bound.t1 - bound.t0)
    radius, quotient = power_estimate(bound.product, bound.system.size)
    stiffness, reaction = radius * span, reaction_radius(bound) * span
    explicit = explicit_method(rtol)
    if stiffness / EXPLICIT_REACH <= FEW_STEPS:
        return explicit, f"not stiff: stability asks for about {stiffness / EXPLICIT_REACH:.2g} explicit steps"
    loose = max(1e-3 / max(rtol, 1e-13), 1.0)
    steps = max(LEAST_STEPS, STEPS_PER_TIME * reaction)
    costs = {explicit: find_method(explicit).stages * max(steps * loose**0.2, stiffness / EXPLICIT_REACH)}
    if quotient < -0.8 * radius and rtol >= LOOSE:
        count = 2.5 * steps * loose ** (1 / 3)
        costs["rkc2"] = count * max(2.0, 1.0 + (1.54 * stiffness / count) ** 0.5)
        count = 2.8 * steps * loose**0.5
        stages = (1.25 * stiffness / count) ** 0.5
        if stages >= MANY_STAGES:
            costs["rock2"] = ROCK_COST * count * stages
    costs["ndf"] = STIFF_STEPS * loose**0.2 * (LINE_COST if _axes(bound) == 1 else GRID_COST)
    modal = steps * loose**0.25 * MODAL_COST
    if modal < min(costs.values()) and not grows_from_nothing(bound) and (modes := _modes(bound)) is not None:
        costs["etdrk4"] = modal * modes.transform.slowness
    name = min(costs, key=costs.__getitem__)
    words = {
        explicit: "few enough beside other methods",
        "rkc2": STABILISED,
        "rock2": f"{STABILISED}, of many stages",
        "ndf": "implicit steps cost less",
        "etdrk4": "the linear part is stiff and solved exactly, the rest is not stiff",
    }
    return name, f"stability asks for about {stiffness / EXPLICIT_REACH:.2g} explicit steps; {words[name]}"


def grows_from_nothing(bound: BoundSystem) -> bool:
    """Whether a field is zero somewhere at the beginning and would grow there by many orders of magnitude.

    Transforms leave rounding everywhere, which grows as well and runs ahead of fronts.
    """
    n, span = bound.system.size, abs(bound.t1 - bound.t0)
    for own, _ in _places(bound):
        values = np.abs(bound.y0[own])
        empty = values <= NOTHING * values.max(initial=0.0)
        if np.count_nonzero(empty) <= 0.02 * len(values):
            continue
        one = np.zeros(n)
        one[own] = 1.0
        if float(np.median(bound.product(one)[own][empty])) * span > GROWTH:
            return True
    return False


def _modes(bound: BoundSystem) -> Any:
    return bound.modes if bound.system.parts is not None else bound.frozen_modes


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
