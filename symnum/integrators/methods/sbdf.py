"""Semi-implicit backward differentiation formulas of orders 1 to 4, for right-hand sides in two parts.

The explicit part is carried on from its last values; a right-hand side in one part is treated implicitly.

Reference: U. M. Ascher, S. J. Ruuth and B. T. R. Wetton, Implicit-explicit methods for time-dependent partial
differential equations, SIAM Journal on Numerical Analysis 32 (1995) 797.
"""

from symnum.integrators.tableaus import MultistepFormulas

SBDF = MultistepFormulas(
    name="sbdf",
    kappa=(0.0, 0.0, 0.0, 0.0),
    angles=(90.0, 90.0, 86.0, 73.4),
    reference="Ascher, Ruuth and Wetton, SIAM Journal on Numerical Analysis 32 (1995) 797",
    additive=True,
)
