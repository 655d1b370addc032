"""Every operator, on every geometry, with every kind of boundary condition, converges as its order says."""

import pytest

from symnum.models.discretisation.atoms import OPERATOR_NAMES, atoms
from symnum.models.discretisation.operators.advection import SCHEMES
from symnum.models.reaction_diffusion.boundary import KINDS as CONDITIONS
from symnum.models.reaction_diffusion.grid import GEOMETRIES as GRIDS
from symnum.terms.canonical import Call
from symnum.terms.traverse import subterms
from tests.models.discretisation.manufactured import GEOMETRIES, KINDS, OPERATORS, all_cases, observed_order

#: Those that take little time, and together have every operator, kind of condition, order and geometry.
FAST = {
    ("laplacian", "line", kind, order) for kind in KINDS for order in (2, 4, 6)
} | {
    ("laplacian", geometry, kind, order)
    for geometry, kind, order in (
        ("stretched line", "robin", 4), ("plane", "neumann", 2), ("disc", "neumann", 4), ("ring", "robin", 2),
        ("ball", "dirichlet", 4), ("shell", "neumann", 4), ("cylinder", "robin", 2),
    )
} | {
    (operator, "line", kind, 2)
    for operator, kind in (
        ("derivative", "dirichlet"), ("second derivative", "neumann"), ("squared gradient", "robin"),
        ("laplacian of a power", "neumann"), ("variable coefficient", "robin"), ("nonlinear coefficient", "dirichlet"),
        ("central advection", "neumann"), ("central transport", "robin"), ("upwind advection", "dirichlet"),
        ("upwind transport", "periodic"), ("bilaplacian", "robin"), ("chemical potential", "neumann"),
        ("third derivative", "dirichlet"), ("fourth derivative", "neumann"), ("integral", "neumann"),
        ("third derivative, periodic", "periodic"), ("fourth derivative, periodic", "periodic"),
    )
} | {("anisotropic coefficients", "plane", "dirichlet", 2), ("mixed derivative", "plane", "robin", 2)}  # fmt: skip


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, id=", ".join(map(str, c)), marks=() if c in FAST else pytest.mark.slow) for c in all_cases()],
)
def test_observed_order(case):
    operator, _, _, order = case
    found, errors = observed_order(*case)
    assert abs(found - OPERATORS[operator].expected(order)) <= 0.1, errors


def test_every_operator_is_tried():
    """What is missing in the lists is seen, should an operator, scheme, geometry or condition be added."""
    grid = GEOMETRIES["plane"].make(16)
    line = GEOMETRIES["line"].make(16)
    terms = [
        term
        for operator in OPERATORS.values()
        for on in [grid if "plane" in operator.on else line]
        for term in (operator.make(on, "dirichlet"), *operator.names(on).values())
    ]
    calls = {part.function for part in subterms(terms) if isinstance(part, Call)}
    assert calls >= OPERATOR_NAMES
    assert {s.name for term in terms for s in atoms(term, into=True)} >= set(SCHEMES)
    assert {shape.make(16).kind for shape in GEOMETRIES.values()} == set(GRIDS)
    assert {*KINDS, "axis"} == set(CONDITIONS)
    assert set(all_cases()) >= FAST
