"""Steady solutions by Newton's method, with derivatives of the loops' terms by `derivatives`."""

import numpy as np
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import splu

from symnum.models.discretisation.discretise import Discretisation, discretise
from symnum.models.discretisation.integrals import sum_over_cells
from symnum.models.discretisation.regions import regions_of
from symnum.models.discretisation.tables import Tables
from symnum.models.discretisation.values import Values
from symnum.systems.stencils.arrays import StencilArray
from symnum.systems.stencils.evaluate import evaluate_rhs, evaluate_sum
from symnum.systems.stencils.flat import flat_access, flat_places
from symnum.systems.stencils.system import StencilSystem
from tests.models.discretisation.derivatives import value_and_derivatives

__all__ = ["jacobian", "steady_state", "system_of"]


def whole(problem):
    """What `discretise` makes, without the two parts of the right-hand side: a third of the work."""
    tables = Tables()
    values = Values(problem, tables)
    regions = regions_of(values, [(s.name, term) for s, term in problem.equations.items()])
    sums = tuple(sum_over_cells(values, f, symbol) for f, symbol in list(values.sums.items()))
    return Discretisation(regions, list(tables.tables.values()), sums)


def system_of(problem, arrays=None, parts=True):
    """The system of a problem, without the model layer: states, tables, arrays of coefficients, loops."""
    made = discretise(problem) if parts else whole(problem)
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
    """What symbols of a region stand for: arrays over its cells, or numbers where it is a single cell."""
    known = {system.independent: t, **dict(zip(system.parameters, p, strict=False))}
    known |= {s.symbol: evaluate_sum(system, s, t, y, p) for s in system.sums}
    for symbol, access in region.loads.items():
        array = system.arrays[access.array]
        places = flat_places(flat_access(access, array, region.box), region.box)
        values = array.values.ravel()[places] if array.kind == "table" else (y if array.kind == "state" else p)[places]
        known[symbol] = float(values[0]) if len(values) == 1 else values
    return known


def entries(system, region, t, y, p):
    """Per symbol of a state, or of an integral, triplets of the derivatives of a region's terms; columns or None."""
    known = values_of(system, region, t, y, p)
    cells = int(np.prod(region.shape))
    states = {s for s, access in region.loads.items() if system.arrays[access.array].kind == "state"}
    by = states | {s.symbol for s in system.sums}
    for target, term in region.stores:
        here = system.arrays[target.array]
        rows = flat_places(flat_access(target, here, region.box), region.box)
        for symbol, slope in value_and_derivatives(term, known, by)[1].items():
            access, columns = region.loads.get(symbol), None
            if access is not None:
                columns = flat_places(flat_access(access, system.arrays[access.array], region.box), region.box)
            yield symbol, rows, columns, np.broadcast_to(np.float64(slope), cells)


def derivatives(system, t, y, p):
    """The derivative of the right-hand side by the states: a sparse matrix A, and B and C of A + B C for integrals."""
    n, triplets = system.size, []
    slopes = {s.symbol: np.zeros(n) for s in system.sums}
    for region in system.regions:
        for symbol, rows, columns, data in entries(system, region, t, y, p):
            if columns is None:
                slopes[symbol][rows] += data
            else:
                triplets.append((rows, columns, data))
    rows, columns, data = (np.concatenate([np.asarray(part[k]) for part in triplets]) for k in range(3))
    weights = np.zeros((len(system.sums), n))
    for total, weight in zip(system.sums, weights, strict=True):
        for region in total.regions:
            for _, _, where, part in entries(system, region, t, y, p):
                np.add.at(weight, where, part)
    return (
        csc_array(coo_array((data, (rows, columns)), (n, n))),
        np.array(list(slopes.values())).reshape(-1, n).T,
        weights,
    )


def jacobian(system, t, y, p):
    """The derivative of the right-hand side by the states, sparse; integrals make dense columns of it."""
    matrix, slopes, weights = derivatives(system, t, y, p)
    return csc_array(matrix + csc_array(slopes @ weights)) if len(weights) else matrix


def direct(matrix):
    """What solves with a sparse matrix by its factors."""
    return splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, options={"SymmetricMode": True}).solve


def solver(system, t, y, p, with_matrix=direct):
    """What solves with the Jacobian; integrals by the formula of Sherman, Morrison and Woodbury."""
    matrix, slopes, weights = derivatives(system, t, y, p)
    inner = with_matrix(matrix)
    moved = np.array([inner(slope) for slope in slopes.T]).reshape(-1, system.size).T
    small = np.eye(len(weights)) + weights @ moved

    def solve(residual):
        change = inner(residual)
        return change - moved @ np.linalg.solve(small, weights @ change) if len(weights) else change

    return solve


def steady_state(system, y, p, t=0.0, iterations=40, with_matrix=direct):
    """The solution of ``rhs = 0`` near `y`, to a millionth of how far it is from `y`, by the derivatives at `y`."""
    p, first, before = np.asarray(p, np.float64), y, np.inf
    solve = solver(system, t, y, p, with_matrix)
    for _ in range(iterations):
        change = solve(evaluate_rhs(system, t, y, p))
        y, size = y - change, np.max(np.abs(change))
        if size <= 1e-6 * np.max(np.abs(y - first)) or (size < 1e-6 and size > before / 2):  # the latter is rounding
            return y
        before = size
    raise AssertionError(f"Newton's method did not converge: last change {before:.2e}")
