"""The Runge-Kutta-Chebyshev method of order 2 with a cubic interpolant, for diffusion and reaction.

Reference: B. P. Sommeijer, L. F. Shampine and J. G. Verwer, RKC: an explicit solver for parabolic PDEs, Journal of
Computational and Applied Mathematics 88 (1998) 315.
"""

from symnum.integrators.tableaus import StabilisedFormulas

RKC2 = StabilisedFormulas(
    name="rkc2",
    damping=2 / 13,
    order=2,
    interpolant_order=2,
    reach=0.65,
    reference="Sommeijer, Shampine and Verwer, Journal of Computational and Applied Mathematics 88 (1998) 315",
)
