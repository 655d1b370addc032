"""The stabilised method ROCK2 of order 2 with a cubic interpolant, for diffusion and reaction.

Its coefficients are not those of the publication: `tools/rock2_coefficients.py` computes them from their definition.

Reference: A. Abdulle and A. A. Medovikov, Second order Chebyshev methods based on orthogonal polynomials, Numerische
Mathematik 90 (2001) 1.
"""

from symnum.integrators.tableaus.orthogonal import OrthogonalFormulas, StabilityPolynomial
from symnum.integrators.tableaus.rock2_polynomials import POLYNOMIALS

ROCK2 = OrthogonalFormulas(
    name="rock2",
    polynomials=tuple(StabilityPolynomial(*numbers) for numbers in POLYNOMIALS),
    damping=0.95,
    order=2,
    embedded_order=1,
    interpolant_order=2,
    reach=0.80,
    reference="Abdulle and Medovikov, Numerische Mathematik 90 (2001) 1",
)
