"""The implicit Euler method, its error judged by the trapezoidal rule.

Reference: Hairer and Wanner, Solving Ordinary Differential Equations II, sections IV.3 and IV.8.
"""

from symnum.integrators.tableaus import DiagonallyImplicitTableau

IMPLICIT_EULER = DiagonallyImplicitTableau(
    name="implicit_euler",
    a=((), (0.0, 1.0)),
    c=(0.0, 1.0),
    error=(-0.5, 0.5),
    order=1,
    embedded_order=2,
    interpolant_order=1,
    l_stable=True,
    reference="Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.3",
)
