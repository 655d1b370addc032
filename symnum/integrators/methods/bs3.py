"""Bogacki and Shampine's explicit Runge-Kutta pair of orders 3(2) with the cubic Hermite interpolant.

Reference: P. Bogacki and L. F. Shampine, A 3(2) pair of Runge-Kutta formulas, Applied Mathematics Letters 2 (1989) 321.
"""

from symnum.integrators.tableaus import RungeKuttaTableau

BS3 = RungeKuttaTableau(
    name="bs3",
    c=(0.0, 0.5, 0.75, 1.0),
    a=((), (0.5,), (0.0, 0.75), (2 / 9, 1 / 3, 4 / 9)),
    error=(-5 / 72, 1 / 12, 1 / 9, -1 / 8),
    interpolant=(
        (1.0, -4 / 3, 5 / 9),
        (0.0, 1.0, -2 / 3),
        (0.0, 4 / 3, -8 / 9),
        (0.0, -1.0, 1.0),
    ),
    order=3,
    embedded_order=2,
    interpolant_order=3,
    stability=2.5127,
    reference="Bogacki and Shampine, Applied Mathematics Letters 2 (1989) 321",
)
