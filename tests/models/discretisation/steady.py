"""Steady solutions by Newton's method, with derivatives of the loops' terms evaluated by NumPy."""

import numpy as np
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import splu

from symnum.models.discretisation.discretise import discretise
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.evaluate import evaluate_rhs, evaluate_sum
from symnum.systems.stencils.flat import flat_access, flat_places
from symnum.systems.stencils.system import StencilSystem
from symnum.terms.differentiate import differentiate
from symnum.terms.evaluate import evaluate
from symnum.terms.traverse import free_symbols

__all__ = ["jacobian", "steady_state", "system_of"]


def system_of(problem, arrays=None):
    """The system of a problem, without the model layer: states, tables, arrays of coefficients, loops."""
    made = discretise(problem)
    n = problem.grid.size
    states = [StencilArray(s.name, problem.grid.shape, "state", k * n) for k, s in enumerate(problem.fields)]
    offset, coefficients = len(problem.parameters), []
    for name, shape in problem.arrays.items():
        coefficients.append(StencilArray(name, shape, "parameter", offset))
        offset += coefficients[-1].size
    return StencilSystem(
        arrays=[*states, *coefficients, *made.tables],
        regions=made.regions,
        independent=problem.independent,
        parameters=problem.parameters,
        array_values=arrays,
        sums=made.sums,
        observables=made.observables,
        parts=made.parts,
    )


def values_of(system, region, t, y, p):
    known = {system.independent: t, **dict(zip(system.parameters, p, strict=False))}
    known |= {s.symbol: evaluate_sum(system, s, t, y, p) for s in system.sums}
    for symbol, access in region.loads.items():
        array = system.arrays[access.array]
        places = flat_places(flat_access(access, array, region.box), region.box)
        known[symbol] = (
            array.values.ravel()[places] if array.kind == "table" else (y if array.kind == "state" else p)[places]
        )
    return known


def entries(system, region, t, y, p, by=None):
    """Triplets of the derivatives of a region's terms by states; by `by`, a symbol, instead."""
    known = values_of(system, region, t, y, p)
    cells = int(np.prod(region.shape))
    for target, term in region.stores:
        here = system.arrays[target.array]
        rows = flat_places(flat_access(target, here, region.box), region.box)
        if by is not None:
            yield rows, None, np.broadcast_to(np.float64(evaluate(differentiate(term, by), known)), cells)
            continue
        for symbol in free_symbols(term):
            access = region.loads.get(symbol)
            if access is None or system.arrays[access.array].kind != "state":
                continue
            columns = flat_places(flat_access(access, system.arrays[access.array], region.box), region.box)
            yield rows, columns, np.broadcast_to(np.float64(evaluate(differentiate(term, symbol), known)), cells)


def jacobian(system, t, y, p):
    """The derivative of the right-hand side by the states, sparse; integrals make dense columns of it."""
    n = system.size
    triplets = [part for region in system.regions for part in entries(system, region, t, y, p)]
    rows, columns, data = (np.concatenate([np.asarray(part[k]) for part in triplets]) for k in range(3))
    matrix = csc_array(coo_array((data, (rows, columns)), (n, n)))
    for total in system.sums:
        slope, weights = np.zeros(n), np.zeros(n)
        for region in system.regions:
            for rows, _, data in entries(system, region, t, y, p, total.symbol):
                slope[rows] += data
        for region in total.regions:
            for _, columns, data in entries(system, region, t, y, p):
                np.add.at(weights, columns, data)
        matrix = csc_array(matrix + csc_array(np.outer(slope, weights)))
    return matrix


def steady_state(system, y, p, t=0.0, iterations=12):
    """The solution of ``rhs = 0`` near `y`."""
    p, before = np.asarray(p, np.float64), np.inf
    for _ in range(iterations):
        residual = evaluate_rhs(system, t, y, p)
        change = splu(jacobian(system, t, y, p)).solve(residual)
        y, size = y - change, np.max(np.abs(change)) / (1 + np.max(np.abs(y)))
        if size <= 1e-13 or (size < 1e-6 and size > before / 4):  # as small as rounding lets it become
            return y
        before = size
    raise AssertionError(f"Newton's method did not converge: last change {before:.2e}")
