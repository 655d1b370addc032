"""The Rosenbrock pair of orders 2(3) with a quadratic interpolant; its last right-hand side begins the next step.

Reference: L. F. Shampine and M. W. Reichelt, The MATLAB ODE Suite, SIAM Journal on Scientific Computing 18 (1997) 1,
section 3 (ode23s).
"""

from math import sqrt

from symnum.integrators.tableaus import RosenbrockTableau, transformed

_D = 1.0 / (2.0 + sqrt(2.0))
_E32 = 6.0 + sqrt(2.0)
_ALPHA = ((0.0, 0.0, 0.0), (0.5, 0.0, 0.0), (0.0, 1.0, 0.0))
_GAMMA = ((_D, 0.0, 0.0), (-_D, _D, 0.0), (_D * (_E32 - 2.0), -_D * _E32, _D))
_FACTOR = 1.0 / (1.0 - 2.0 * _D)
_A, _C, _STEP, _POWERS = transformed(
    _ALPHA,
    _GAMMA,
    ((0.0, 1.0, 0.0), (-1 / 6, 1 / 3, -1 / 6)),
    ((_FACTOR, -2.0 * _D * _FACTOR, 0.0), (-_FACTOR, _FACTOR, 0.0)),
)

ROSENBROCK23 = RosenbrockTableau(
    name="rosenbrock23",
    gamma=_D,
    nodes=(0.0, 0.5, 1.0),
    drifts=(_D, 0.0, -_D),
    a=_A,
    c=_C,
    weights=_STEP[0],
    error=_STEP[1],
    interpolant=tuple(zip(*_POWERS, strict=True)),
    order=2,
    embedded_order=3,
    interpolant_order=2,
    l_stable=True,
    shared_stage=2,
    reference="Shampine and Reichelt, SIAM Journal on Scientific Computing 18 (1997) 1",
)
