"""Exponential time differencing, Runge-Kutta of order 4, with an embedded method of order 3.

The embedded method has the derivative at the new value in place of that at the last stage. Between the ends of a step
the nonlinear part is taken as the parabola through its values there and the mean of the two in the middle; its value at
a quarter of the step tells how near that is, also where it depends on time alone and the embedded method sees nothing.

References: S. M. Cox and P. C. Matthews, Exponential time differencing for stiff systems, Journal of Computational
Physics 176 (2002) 430 (the method); A.-K. Kassam and L. N. Trefethen, Fourth-order time-stepping for stiff PDEs, SIAM
Journal on Scientific Computing 26 (2005) 1214 (coefficients without cancellation).
"""

from symnum.integrators.tableaus.exponential_differencing import (
    LINEAR,
    SAME,
    DifferencingTableau,
    Function,
    Term,
)

_HALF, _HALF_PHI, _WHOLE, _FIRST, _MIDDLE, _LAST, _QUARTER, _QUARTER_PHI, _QUARTER_PHI2, _QUARTER_PHI3 = range(10)

# The parabola n0 + c1 x + c2 x^2 of the nonlinear part.
_C1 = {"n0": -3.0, "n1": 2.0, "n2": 2.0, "n4": -1.0}
_C2 = {"n0": 2.0, "n1": -2.0, "n2": -2.0, "n4": 2.0}
_HALF_C2 = {row: 0.5 * weight for row, weight in _C2.items()}
_TWICE_C2 = {row: 2.0 * weight for row, weight in _C2.items()}
_PARABOLA = {row: (row == "n0") + _C1[row] / 4.0 + _C2[row] / 16.0 for row in _C1}

ETDRK4 = DifferencingTableau(
    name="etdrk4",
    c=(0.0, 0.5, 0.5, 1.0, 1.0, 0.25),
    functions=(
        Function(1, (1.0, 0.0, 0.0, 0.0)),
        Function(1, (0.0, 0.5, 0.0, 0.0)),
        Function(0, (1.0, 0.0, 0.0, 0.0)),
        Function(0, (0.0, 1.0, -3.0, 4.0)),
        Function(0, (0.0, 0.0, 2.0, -4.0)),
        Function(0, (0.0, 0.0, -1.0, 4.0)),
        Function(2, (1.0, 0.0, 0.0, 0.0)),
        Function(2, (0.0, 1 / 4, 0.0, 0.0)),
        Function(2, (0.0, 0.0, 1 / 16, 0.0)),
        Function(2, (0.0, 0.0, 0.0, 1 / 64)),
    ),
    terms=(
        Term("v1", _HALF, {"v0": 1.0}),
        Term("v1", _HALF_PHI, {"n0": 1.0}, by_step=True),
        Term("v2", SAME, {"v1": 1.0}),
        Term("v2", _HALF_PHI, {"n1": 1.0, "n0": -1.0}, by_step=True),
        Term("v3", _HALF, {"v1": 1.0}),
        Term("v3", _HALF_PHI, {"n2": 2.0, "n0": -1.0}, by_step=True),
        Term("v4", _WHOLE, {"v0": 1.0}),
        Term("v4", _FIRST, {"n0": 1.0}, by_step=True),
        Term("v4", _MIDDLE, {"n1": 1.0, "n2": 1.0}, by_step=True),
        Term("v4", _LAST, {"n3": 1.0}, by_step=True),
        Term("error", _LAST, {"n4": 1.0, "n3": -1.0}, by_step=True),
        Term("v5", _QUARTER, {"v0": 1.0}),
        Term("v5", _QUARTER_PHI, {"n0": 1.0}, by_step=True),
        Term("v5", _QUARTER_PHI2, _C1, by_step=True),
        Term("v5", _QUARTER_PHI3, _TWICE_C2, by_step=True),
        Term("check", _QUARTER_PHI, {"n5": 1.0} | {row: -weight for row, weight in _PARABOLA.items()}, by_step=True),
        # s' = h L s + c1 + 2 c2 x
        Term("s1", _QUARTER, {"s0": 1.0}),
        Term("s1", _QUARTER_PHI, _C1),
        Term("s1", _QUARTER_PHI2, _TWICE_C2),
        Term("s2", SAME, {"s1": 1.0}),
        Term("s2", _QUARTER, {"s1": 1.0, "s0": -1.0}),
        Term("s2", _QUARTER_PHI, _HALF_C2),
        Term("s3", SAME, {"s2": 1.0}),
        Term("s3", _QUARTER, {"s2": 1.0, "s1": -1.0}),
        Term("s3", _QUARTER_PHI, _HALF_C2),
        Term("s4", LINEAR, {"v4": 1.0}),
        Term("s4", SAME, {"n4": 1.0}),
    ),
    order=4,
    embedded_order=3,
    interpolant_order=3,
    reference="Cox and Matthews, Journal of Computational Physics 176 (2002) 430",
)
