"""Strong stability preserving Runge-Kutta method of order 3 with three stages, and Heun's method as its estimate.

Reference: C.-W. Shu and S. Osher, Efficient implementation of essentially non-oscillatory shock-capturing schemes,
Journal of Computational Physics 77 (1988) 439.
"""

from symnum.integrators.tableaus import RungeKuttaTableau

SSPRK33 = RungeKuttaTableau(
    name="ssprk33",
    c=(0.0, 1.0, 0.5, 1.0),
    a=((), (1.0,), (0.25, 0.25), (1 / 6, 1 / 6, 2 / 3)),
    error=(-1 / 3, -1 / 3, 2 / 3, 0.0),
    interpolant=(
        (1.0, -1.5, 2 / 3),
        (0.0, 0.5, -1 / 3),
        (0.0, 2.0, -4 / 3),
        (0.0, -1.0, 1.0),
    ),
    order=3,
    embedded_order=2,
    interpolant_order=3,
    stability=2.5127,
    positivity=1.0,
    reference="Shu and Osher, Journal of Computational Physics 77 (1988) 439",
)
