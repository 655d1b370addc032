"""The Radau IIA method of three stages and order 5, with an embedded method of order 3.

The eigenvalues of the inverse matrix are the roots of x^3 - 9 x^2 + 36 x - 60.

Reference: E. Hairer and G. Wanner, Solving Ordinary Differential Equations II, sections IV.5 and IV.8.
"""

from math import sqrt

from symnum.integrators.tableaus import CollocationTableau

_ROOT = sqrt(6.0)
_CUBE = 3.0 ** (1.0 / 3.0)
_SQUARE = _CUBE * _CUBE

RADAU5 = CollocationTableau(
    name="radau5",
    nodes=((4.0 - _ROOT) / 10.0, (4.0 + _ROOT) / 10.0, 1.0),
    eigenvalue=3.0 + _SQUARE - _CUBE,
    complex_eigenvalue=complex(3.0 + 0.5 * (_CUBE - _SQUARE), 0.5 * sqrt(3.0) * (_CUBE + _SQUARE)),
    error=(-(13.0 + 7.0 * _ROOT) / 3.0, (-13.0 + 7.0 * _ROOT) / 3.0, -1.0 / 3.0),
    order=5,
    embedded_order=3,
    interpolant_order=3,
    l_stable=True,
    reference="Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.8",
)
