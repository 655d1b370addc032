"""The classical Runge-Kutta method of order 4, Zonneveld's embedded method of order 3, cubic Hermite interpolant.

The fifth stage serves the error estimate alone; with fixed steps it is not evaluated. (Without it every embedded
method of order 3 is Simpson's rule, as the method itself, where the right-hand side depends on time only.)

References: W. Kutta, Beitrag zur näherungsweisen Integration totaler Differentialgleichungen, Zeitschrift für
Mathematik und Physik 46 (1901) 435; J. A. Zonneveld, Automatic Numerical Integration, Mathematisch Centrum 1964.
"""

from symnum.integrators.tableaus import RungeKuttaTableau

RK4 = RungeKuttaTableau(
    name="rk4",
    c=(0.0, 0.5, 0.5, 1.0, 0.75, 1.0),
    a=(
        (),
        (0.5,),
        (0.0, 0.5),
        (0.0, 0.0, 1.0),
        (5 / 32, 7 / 32, 13 / 32, -1 / 32),
        (1 / 6, 1 / 3, 1 / 3, 1 / 6),
    ),
    error=(2 / 3, -2.0, -2.0, -2.0, 16 / 3, 0.0),
    interpolant=(
        (1.0, -1.5, 2 / 3),
        (0.0, 1.0, -2 / 3),
        (0.0, 1.0, -2 / 3),
        (0.0, 0.5, -1 / 3),
        (0.0, 0.0, 0.0),
        (0.0, -1.0, 1.0),
    ),
    order=4,
    embedded_order=3,
    interpolant_order=3,
    stability=2.7853,
    reference="Kutta, Zeitschrift für Mathematik und Physik 46 (1901) 435",
)
