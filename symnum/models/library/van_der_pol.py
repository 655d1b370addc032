"""Van der Pol's oscillator."""

from symnum.models.ode_model import ODEModel
from symnum.models.ode_system import ode_system

__all__ = ["van_der_pol"]


def van_der_pol() -> ODEModel:
    """Return van der Pol's relaxation oscillator, stiff at the default damping.

    Notes
    -----
    B. van der Pol, "On relaxation-oscillations", Phil. Mag. 2, 978 (1926).

    Examples
    --------
    >>> from symnum.models.library import van_der_pol
    >>> van_der_pol().states
    (x, y)
    """
    model = ode_system(
        {"x": "y", "y": "mu*(1 - x^2)*y - x"},
        parameters={"mu": 1000.0},
        initial={"x": 2, "y": 0},
        name="van der Pol",
    )
    return model.with_t_span(0.0, 3000.0)
