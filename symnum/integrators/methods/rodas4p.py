"""Steinebach's Rosenbrock method of order 4(3) with an interpolant of order 3, for parabolic and index-1 problems.

Reference: G. Steinebach, Order-reduction of ROW-methods for DAEs and method of lines applications, Preprint 1741,
Technische Hochschule Darmstadt 1995.
"""

from symnum.integrators.tableaus import RosenbrockTableau, stiffly_accurate_interpolant

# fmt: off
_A: tuple[tuple[float, ...], ...] = (
    (),
    (3.0,),
    (1.831036793486759, 0.4955183967433795),
    (2.304376582692669, -0.05249275245743001, -1.176798761832782),
    (-7.170454962423024, -4.741636671481785, -16.31002631330971, -1.062004044111401),
    (-7.170454962423024, -4.741636671481785, -16.31002631330971, -1.062004044111401, 1.0),
)
_WEIGHTS = (*_A[-1], 1.0)

RODAS4P = RosenbrockTableau(
    name="rodas4p",
    gamma=0.25,
    nodes=(
        0.0, 0.75, 0.21, 0.63, 1.0, 1.0,
    ),
    drifts=(
        0.25, -0.5, -0.023504, -0.0362, 0.0, 0.0,
    ),
    a=_A,
    c=(
        (),
        (-12.0,),
        (-8.791795173947035, -2.207865586973518),
        (10.81793056857153, 6.780270611428266, 19.5348594464241),
        (34.19095006749676, 15.49671153725963, 54.7476087596413, 14.16005392148534),
        (34.62605830930532, 15.30084976114473, 56.99955578662667, 18.40807009793095, -5.714285714285717),
    ),
    weights=_WEIGHTS,
    error=(0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    interpolant=stiffly_accurate_interpolant(
        _WEIGHTS,
        (25.09876703708589, 11.62013104361867, 28.49148307714626, -5.664021568594133, 0.0, 0.0),
        (
            1.638054557396973, -0.7373619806678748, 8.47791821923899, 15.9925314877952,
            -1.882352941176471, 0.0,
        ),
    ),
    order=4,
    embedded_order=3,
    interpolant_order=3,
    l_stable=True,
    reference="Steinebach, Preprint 1741, Technische Hochschule Darmstadt 1995",
)
# fmt: on
