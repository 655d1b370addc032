"""A trapezoidal step followed by one of the second backward differentiation formula, with an embedded order 3.

Reference: R. E. Bank et al., IEEE Trans. Electron Devices 32 (1985) 1992; M. E. Hosea and L. F. Shampine, Analysis and
implementation of TR-BDF2, Applied Numerical Mathematics 20 (1996) 21 (weights of order 3).
"""

from math import sqrt

from symnum.integrators.tableaus import DiagonallyImplicitTableau

_D = 1.0 - 0.5 * sqrt(2.0)
_W = 0.25 * sqrt(2.0)

TRBDF2 = DiagonallyImplicitTableau(
    name="trbdf2",
    a=((), (_D, _D), (_W, _W, _D)),
    c=(0.0, 2.0 * _D, 1.0),
    error=(_W - (1.0 - _W) / 3.0, _W - (3.0 * _W + 1.0) / 3.0, _D - _D / 3.0),
    order=2,
    embedded_order=3,
    interpolant_order=2,
    l_stable=True,
    reference="Hosea and Shampine, Applied Numerical Mathematics 20 (1996) 21",
)
