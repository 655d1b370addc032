"""A system's Jacobian times a vector as a kernel: the derivative along it, no entry of the Jacobian formed."""

from typing import Any

from codegen.factor import factor_rows, rows_from_terms
from codegen.lower import Lowering
from codegen.tape import TapeBuilder
from symnum.systems.ode import ODESystem
from symnum.terms.canonical import Sum, Symbol
from symnum.terms.directional import directional_derivative

__all__ = ["jacobian_vector_outputs"]

# As for right-hand sides: smaller systems have little to share.
_FACTOR_FROM = 150


def jacobian_vector_outputs(
    builder: TapeBuilder, leaves: dict[Any, int], system: ODESystem, *, factoring: bool = True
) -> list[int]:
    """Return the nodes of J v, one for each state.

    Parameters
    ----------
    builder : TapeBuilder
        Receives them. State n + i of the kernel is component i of v.
    leaves : dict
        Nodes of the system's own symbols; those of the vector are added.
    system : ODESystem
        The model.
    factoring : bool
        Whether large sums of monomials are factored, as in the right-hand side.
    """
    taken = {symbol.name for symbol in leaves}
    prefix = "v"
    while any(name.startswith(prefix) for name in taken):
        prefix += "_"
    vector = [Symbol(f"{prefix}{i}") for i in range(len(system.states))]
    leaves |= {v: builder.state(len(vector) + i) for i, v in enumerate(vector)}
    lower = Lowering(builder, leaves)
    products = directional_derivative(list(system.rhs), list(system.states), vector)
    if factoring and sum(len(term.terms) for term in products if isinstance(term, Sum)) >= _FACTOR_FROM:
        return factor_rows(builder, rows_from_terms(builder, lower, products))
    return [lower(term) for term in products]
