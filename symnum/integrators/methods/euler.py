"""Explicit Euler, with the trapezoidal rule as its error estimate.

Reference: L. Euler, Institutionum calculi integralis, volume 1 (1768), section 2, chapter 7.
"""

from symnum.integrators.tableaus import RungeKuttaTableau

EULER = RungeKuttaTableau(
    name="euler",
    c=(0.0, 1.0),
    a=((), (1.0,)),
    error=(0.5, -0.5),
    interpolant=((1.0,), (0.0,)),
    order=1,
    embedded_order=2,
    interpolant_order=1,
    stability=2.0,
    positivity=1.0,
    reference="Euler, Institutionum calculi integralis 1 (1768)",
)
