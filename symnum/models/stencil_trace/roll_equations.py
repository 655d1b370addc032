"""Systems of very many similar equations as loops: what lattices, chains and compartments written one by one are."""

import numpy as np

from symnum.errors import UnsupportedError
from symnum.models.stencil_trace.accesses import AccessFinder
from symnum.models.stencil_trace.assemble import state_arrays
from symnum.models.stencil_trace.emit import emit, initial_regions
from symnum.models.stencil_trace.fields import layouts
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.session import Element, Session
from symnum.systems.ode import ODESystem
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.interning import bulk
from symnum.terms.substitute import substitute_all

__all__ = ["roll_equations"]


def roll_equations(system: ODESystem, most_regions: int | None = None) -> StencilSystem:
    """Return a system of equations with a loop for all that are alike.

    Two equations are alike if they are equal but for which states they read, and for floats in them, and the states
    move along with the equation in an affine way. The states keep their order.

    Parameters
    ----------
    system : ODESystem
        With numbers, or nothing, for initial values.
    most_regions : int, optional
        Loops up to which that is worth having; by default an eighth of the number of equations.

    Returns
    -------
    StencilSystem
        With one field named "y", of one axis, or of more if the loops are nested.

    Raises
    ------
    UnsupportedError
        If there are more loops than that.

    Examples
    --------
    >>> import numpy as np
    >>> import symnum as sn
    >>> from symnum.models.stencil_trace.roll_equations import roll_equations
    >>> model = sn.ode_system(lambda t, y: np.roll(y, 1) - y**2, states=100)
    >>> roll_equations(model.system())
    <StencilSystem ode: y 100; 2 regions>
    """
    n = len(system.states)
    session = Session([system.independent])
    source = session.add_source("y", "state", (n,))
    with bulk():
        elements = {s: session.symbol(Element(source, k, ())) for k, s in enumerate(system.states)}
        memory = Memory(session, (n,), numbers=np.zeros(n))
        for place, term in enumerate(substitute_all(list(system.rhs), elements)):
            memory.write_cell(place, term)
        failure = "they have more forms than loops are worth having"
        for places in layouts(source, "y", (n,), (), memory.loop_strides(), None):
            finder = AccessFinder(session, places)
            try:
                found = emit(session, {source: memory}, places, finder)
            except UnsupportedError as error:
                failure = str(error)
                continue
            if len(found.regions) > (max(n // 8, 3) if most_regions is None else most_regions):
                continue
            values = np.array([np.nan if v is None else v for v in system.initial_values], float)
            initial = initial_regions(session, finder, places[0], values.reshape(places[0].view.shape))
            return StencilSystem(
                arrays=[*state_arrays({source: 0}, places), *finder.tables.values()],
                regions=found.regions,
                independent=system.independent,
                parameters=system.parameters,
                parameter_values=system.parameter_values,
                initial=initial,
                name=system.name,
            )
    raise UnsupportedError(f"the {n:,} equations of {system.name} do not become loops: {failure}.")
