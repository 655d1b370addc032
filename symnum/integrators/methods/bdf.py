"""Backward differentiation formulas of orders 1 to 5.

Reference: Gear, Numerical Initial Value Problems in Ordinary Differential Equations, Prentice-Hall 1971.
"""

from symnum.integrators.tableaus import MultistepFormulas

BDF = MultistepFormulas(
    name="bdf",
    kappa=(0.0, 0.0, 0.0, 0.0, 0.0),
    angles=(90.0, 90.0, 86.0, 73.4, 51.8),
    reference="Gear, Numerical Initial Value Problems in Ordinary Differential Equations, 1971",
)
