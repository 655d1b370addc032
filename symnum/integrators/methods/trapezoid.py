"""The trapezoidal rule; its error is estimated by differences of the last three derivatives.

Reference: Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.3; Dahlquist, BIT 3 (1963) 27 (no
A-stable multistep formula of order 2 has a smaller error constant).
"""

from symnum.integrators.tableaus import DiagonallyImplicitTableau

TRAPEZOID = DiagonallyImplicitTableau(
    name="trapezoid",
    a=((), (0.5, 0.5)),
    c=(0.0, 1.0),
    error=(),
    order=2,
    embedded_order=3,
    interpolant_order=2,
    l_stable=False,
    reference="Dahlquist, BIT 3 (1963) 27",
)
