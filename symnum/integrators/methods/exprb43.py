"""The exponential Rosenbrock pair of orders 4(3) of Hochbruck, Ostermann and Schweitzer.

Reference: M. Hochbruck, A. Ostermann and J. Schweitzer, Exponential Rosenbrock-type methods, SIAM Journal on Numerical
Analysis 47 (2009) 786.
"""

from symnum.integrators.tableaus import ExponentialTableau

EXPRB43 = ExponentialTableau(
    name="exprb43",
    c=(0.5, 1.0),
    a=((), (1.0,)),
    third=(16.0, -2.0),
    left_out=(-48.0, 12.0),
    order=4,
    embedded_order=3,
    interpolant_order=4,
    reference="Hochbruck, Ostermann and Schweitzer, SIAM Journal on Numerical Analysis 47 (2009) 786",
)
