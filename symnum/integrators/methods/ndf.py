"""Numerical differentiation formulas of orders 1 to 5 (backward differentiation with smaller error constants).

Reference: Shampine and Reichelt, The MATLAB ODE Suite, SIAM J. Sci. Comput. 18 (1997) 1, table 1.
"""

from symnum.integrators.tableaus import MultistepFormulas

NDF = MultistepFormulas(
    name="ndf",
    kappa=(-37 / 200, -1 / 9, -823 / 10000, -83 / 2000, 0.0),
    angles=(90.0, 90.0, 80.0, 66.0, 51.8),
    reference="Shampine and Reichelt, SIAM J. Sci. Comput. 18 (1997) 1",
)
