"""Which method suits a problem: a decision from cheap evidence, with its reason."""

import numpy as np
import numpy.typing as npt

from symnum.integrators.problem import KernelProblem
from symnum.integrators.run import address_of

Array = npt.NDArray[np.float64]

#: Steps that stability would force on the explicit method, from which a damped problem is called stiff at once.
STIFF_STEPS = 20_000.0


def start_vector(n: int) -> Array:
    """Return a unit vector with a part of every eigenvector, as far as one can know."""
    vector = 1.0 + 0.5 * np.cos(np.arange(1.0, n + 1.0))
    return np.asarray(vector / np.linalg.norm(vector), np.float64)


def spectral_estimate(problem: KernelProblem, t0: float, y0: Array) -> tuple[float, float] | None:
    """Estimate the dominant eigenvalue of the Jacobian at the start by power iteration.

    Parameters
    ----------
    problem : KernelProblem
    t0 : float
    y0 : ndarray, shape (n,)

    Returns
    -------
    (radius, quotient) or None
        Spectral radius and the real Rayleigh quotient of the last iterate, in 1/time; None where no Jacobian is
        given or it is not finite.
    """
    if problem.jacobian_address == 0:
        return None
    from symnum.integrators.spectrum import power_iteration

    n = problem.size
    made = problem.own.get("power iteration")
    if made is None:
        indptr, indices = problem.pattern()
        memory = np.empty(2 * n + len(indices))
        places = address_of(indptr), address_of(indices), address_of(memory)
        made = problem.own["power iteration"] = start_vector(n), memory, places, (indptr, indices)
    start, memory, (indptr_at, indices_at, memory_at), _ = made
    memory[:n] = start
    failed = power_iteration.call(
        n, indptr_at, indices_at, problem.jacobian_address, t0, address_of(y0), address_of(problem.parameters),
        problem.context_address, memory_at,
    )  # fmt: skip
    if failed:
        return None
    return float(memory[0]), float(memory[1])


#: Explicit methods by the relative tolerance from which they need the fewest evaluations for the error they leave
#: (geometric mean over the non-stiff test problems). Between its steps dop853 is up to a hundred times less accurate
#: than at their ends; the others are within five times, and so the choice is among them.
EXPLICIT = ((2e-6, "tsit5"), (2e-9, "vern7"), (0.0, "vern9"))


def explicit_method(rtol: float) -> str:
    """Return the name of the explicit method for a relative tolerance."""
    return next((name for bound, name in EXPLICIT if rtol > bound), EXPLICIT[-1][1])


def choose_method(
    problem: KernelProblem, t0: float, t1: float, y0: Array, rtol: float = 1e-3, stability: float = 3.5
) -> tuple[str, str]:
    """Return the name of a method and the reason for it.

    Parameters
    ----------
    problem : KernelProblem
    t0, t1 : float
        The interval.
    y0 : ndarray, shape (n,)
        Initial values.
    rtol : float
        Relative tolerance.
    stability : float
        Reach of the explicit method's stability region.

    Returns
    -------
    (name, reason)
    """
    estimate = spectral_estimate(problem, t0, y0)
    explicit = explicit_method(rtol)
    if estimate is None:
        return explicit, "no Jacobian to judge by: explicit first, with an eye on stiffness"
    radius, quotient = estimate
    steps = radius * abs(t1 - t0) / stability
    if steps > STIFF_STEPS and quotient < -0.5 * radius:
        return "ndf", (
            f"stiff: the Jacobian's spectral radius {radius:.3g} would force about {steps:.2g} explicit steps"
        )
    return explicit, (
        f"not stiff at the start: the Jacobian's spectral radius {radius:.3g} asks for about {steps:.2g} explicit steps"
    )
