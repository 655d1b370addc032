"""The exponential Rosenbrock pair of orders 3(2) of Hochbruck, Ostermann and Schweitzer.

Reference: M. Hochbruck, A. Ostermann and J. Schweitzer, Exponential Rosenbrock-type methods, SIAM Journal on Numerical
Analysis 47 (2009) 786.
"""

from symnum.integrators.tableaus import ExponentialTableau

EXPRB32 = ExponentialTableau(
    name="exprb32",
    c=(1.0,),
    a=((),),
    third=(0.0,),
    left_out=(2.0,),
    order=3,
    embedded_order=2,
    interpolant_order=3,
    reference="Hochbruck, Ostermann and Schweitzer, SIAM Journal on Numerical Analysis 47 (2009) 786",
)
