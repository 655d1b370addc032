"""Adams-Bashforth-Moulton formulas of orders 2 to 13, predicted, evaluated, corrected, evaluated.

Reference: Shampine and Gordon, Computer Solution of Ordinary Differential Equations: The Initial Value Problem,
Freeman 1975.
"""

from symnum.integrators.tableaus import AdamsFormulas

ADAMS = AdamsFormulas(
    name="adams",
    steps=12,
    intervals=(2.0, 2.4, 1.9346, 1.4115, 1.0393, 0.7728, 0.5797, 0.4394, 0.3374, 0.2635, 0.2101, 0.0617),
    reference="Shampine and Gordon, Computer Solution of Ordinary Differential Equations, Freeman 1975",
)
