"""Operators on terms in coordinates by differentiation, with no grid: what discretisation approximates."""

from symnum.terms.canonical import Call, Product, Sum, Symbol, add, multiply, power
from symnum.terms.differentiate import differentiate

__all__ = ["apply"]

POWERS = {"cartesian": 0, "polar": 1, "cylindrical": 1, "spherical": 2}


def apply(term, known, grid, integral=None):
    """The value of a term with operators, with terms in coordinates for its fields and names."""

    def value(part):
        return apply(part, known, grid, integral)

    if isinstance(term, Sum):
        return add([term.constant, *(multiply((c, value(part))) for part, c in term.terms.items())])
    if isinstance(term, Product):
        return multiply([term.coefficient, *(power(value(b), value(e)) for b, e in term.factors.items())])
    if isinstance(term, Symbol):
        return value(known[term]) if term in known else term
    if not isinstance(term, Call):
        return term
    if term.function == "laplacian":
        return divergence([differentiate(value(term.args[0]), x) for x in grid.coordinates], grid)
    if term.function == "divergence":
        return divergence([value(f) for f in term.args[0].args], grid)
    if term.function == "D":
        result = value(term.args[0])
        for _ in range(term.args[2]):
            result = differentiate(result, term.args[1])
        return result
    if term.function == "advection":
        velocity, f = [value(v) for v in term.args[0].args], value(term.args[1])
        if term.args[3].name == "flux":
            return divergence([v * f for v in velocity], grid)
        return add([v * differentiate(f, x) for v, x in zip(velocity, grid.coordinates, strict=True)])
    if term.function == "integral":
        return integral
    from symnum.terms.canonical import call

    return call(term.function, [value(a) for a in term.args])


def divergence(components, grid):
    parts = []
    for f, x in zip(components, grid.coordinates, strict=True):
        parts.append(differentiate(f, x))
        if grid.is_radial(x.name):
            parts.append(POWERS[grid.kind] * f / x)
    return add(parts)
