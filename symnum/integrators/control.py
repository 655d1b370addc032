"""Step-size control from the last three error estimates: integral, proportional-integral, and with a difference.

With the errors e (1 is what is allowed) of this step, the last and the one before, the step grows by the factor

    safety * e1^(-alpha) * e2^beta * e3^(-third).

Sources: Gustafsson, ACM TOMS 17 (1991) 533 (proportional-integral); Kennedy, Carpenter and Lewis, Applied Numerical
Mathematics 35 (2000) 177 (the constants of the third).
"""

from symnum.errors import InputError, suggest
from symnum.integrators.compiled import compiled
from symnum.integrators.layout import (
    R_ALPHA,
    R_BETA,
    R_EARLIER_ERROR,
    R_LAST_ERROR,
    R_SAFETY,
    R_THIRD,
)  # fmt: skip

__all__ = ["CONTROLLERS", "exponents", "next_factor", "remember_error"]

#: Exponents of the three errors, each times the order of the error estimate.
CONTROLLERS = {"i": (1.0, 0.0, 0.0), "pi": (0.7, 0.4, 0.0), "pid": (0.49, 0.34, 0.10)}


def exponents(controller: str, control_order: int) -> tuple[float, float, float]:
    """Return the three exponents of a controller.

    Parameters
    ----------
    controller : {"i", "pi", "pid"}
    control_order : int
        Power of the step size that the error estimate follows.

    Raises
    ------
    InputError
        If there is no such controller.

    Examples
    --------
    >>> exponents("i", 4)
    (0.25, 0.0, 0.0)
    """
    try:
        alpha, beta, third = CONTROLLERS[str(controller).lower()]
    except KeyError:
        raise InputError(
            f'there is no controller "{controller}"; choose one of {", ".join(CONTROLLERS)}.'
            + suggest(str(controller), list(CONTROLLERS))
        ) from None
    return alpha / control_order, beta / control_order, third / control_order


@compiled
def next_factor(reals, error):  # type: ignore[no-untyped-def]
    """Return the factor of the step size after an accepted step."""
    factor = reals[R_SAFETY] * max(error, 1e-10) ** -reals[R_ALPHA]
    if reals[R_BETA] != 0.0:
        factor *= reals[R_LAST_ERROR] ** reals[R_BETA]
    if reals[R_THIRD] != 0.0:
        factor *= reals[R_EARLIER_ERROR] ** -reals[R_THIRD]
    return factor


@compiled
def remember_error(reals, error):  # type: ignore[no-untyped-def]
    """Keep the error of an accepted step for the next ones."""
    reals[R_EARLIER_ERROR] = reals[R_LAST_ERROR]
    reals[R_LAST_ERROR] = max(error, 1e-4)
