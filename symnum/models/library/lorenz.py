"""The Lorenz system."""

from symnum.models.ode_model import ODEModel
from symnum.models.ode_system import ode_system

__all__ = ["lorenz"]


def lorenz() -> ODEModel:
    """Return Lorenz's model of convection, chaotic at the default parameters.

    Notes
    -----
    E. N. Lorenz, "Deterministic nonperiodic flow", J. Atmos. Sci. 20, 130 (1963).

    Examples
    --------
    >>> from symnum.models.library import lorenz
    >>> lorenz().states
    (x, y, z)
    """
    model = ode_system(
        {"x": "sigma*(y - x)", "y": "x*(rho - z) - y", "z": "x*y - beta*z"},
        parameters={"sigma": 10, "rho": 28, "beta": "8/3"},
        initial={"x": 1, "y": 0, "z": 0},
        name="Lorenz",
    )
    return model.with_t_span(0.0, 40.0)
