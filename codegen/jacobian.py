"""Sparse Jacobians as tape outputs: a pattern in compressed columns and one node per entry.

A rule-generated network has few distinct entries: BCR's 31,369 entries are 3,487 linear forms up
to sign. Every form is computed once.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codegen.lower import Lowering
from codegen.tape import TapeBuilder
from symnum.systems.fluxes import Fluxes
from symnum.systems.mass import MassMatrix
from symnum.systems.ode import ODESystem

__all__ = ["JacobianOutputs", "jacobian_outputs"]

_NONE = -1


@dataclass(eq=False)
class JacobianOutputs:
    """Pattern (compressed columns, sorted, with a full diagonal) and output nodes with signs."""

    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    nodes: list[int]
    signs: list[int]


def jacobian_outputs(builder: TapeBuilder, lower: Lowering, system: ODESystem) -> JacobianOutputs:
    """Return the Jacobian of a system's right-hand side with respect to its states.

    Parameters
    ----------
    builder : TapeBuilder
        Where the nodes go.
    lower : Lowering
        Terms to nodes.
    system : ODESystem
        With `n` states.
    """
    if system.fluxes is not None:
        return _from_fluxes(builder, lower, system, system.fluxes)
    from symnum.terms.jacobian import jacobian

    matrix = jacobian(system.rhs, system.states)
    nodes = [lower(entry) for entry in matrix.entries]
    keep = [i for i, node in enumerate(nodes) if node != builder.zero]
    rows = np.asarray(matrix.rows, np.int64)[keep]
    columns = np.asarray(matrix.columns, np.int64)[keep]
    nodes = [nodes[i] for i in keep]
    if system.mass is not None:
        rows, columns, nodes = _with_places(system.mass, rows, columns, nodes, builder.zero)
    return _assemble(builder, len(system.states), rows, columns, nodes, [1] * len(nodes))


def _with_places(
    mass: MassMatrix, rows: NDArray[np.int64], columns: NDArray[np.int64], nodes: list[int], zero: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[int]]:
    """Add zeros where the mass matrix has entries and the Jacobian has none: solvers need one pattern for both."""
    known = set(zip(rows.tolist(), columns.tolist(), strict=True))
    more = [place for place in mass.entries if place not in known]
    if not more:
        return rows, columns, nodes
    added = np.array(more, np.int64)
    return np.r_[rows, added[:, 0]], np.r_[columns, added[:, 1]], nodes + [zero] * len(more)


def _assemble(
    builder: TapeBuilder,
    n: int,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    nodes: list[int],
    signs: list[int],
) -> JacobianOutputs:
    """Sort by column and row, and add the diagonal entries that are missing."""
    missing = np.setdiff1d(np.arange(n), rows[rows == columns])
    position = np.concatenate([columns * n + rows, missing * (n + 1)])
    nodes = nodes + [builder.zero] * len(missing)
    signs = signs + [1] * len(missing)
    order = np.argsort(position, kind="stable")
    position = position[order]
    indptr = np.searchsorted(position, np.arange(n + 1) * n).astype(np.int32)
    chosen = order.tolist()
    return JacobianOutputs(
        indptr, (position % max(n, 1)).astype(np.int32), [nodes[i] for i in chosen], [signs[i] for i in chosen]
    )


def _from_fluxes(
    builder: TapeBuilder, lower: Lowering, system: ODESystem, fluxes: Fluxes
) -> JacobianOutputs:
    n = fluxes.n_states
    constants = np.array([lower(c) for c in fluxes.constants], np.int64)
    position, key, rest, coefficient = _simple_entries(fluxes, constants)
    extra = _general_entries(builder, lower, system, fluxes, constants)
    if extra:
        position, key, rest, coefficient = (
            np.concatenate([a, np.array(b, a.dtype)])
            for a, b in zip((position, key, rest, coefficient), zip(*extra, strict=True), strict=True)
        )
    position, key, rest, coefficient = _merge(position, key, rest, coefficient)
    starts = np.flatnonzero(np.r_[True, position[1:] != position[:-1]]) if len(position) else np.zeros(0, int)
    stops = np.r_[starts[1:], np.full(min(len(starts), 1), len(position))]
    sign = np.sign(coefficient[starts])
    coefficient = coefficient * np.repeat(sign, stops - starts)
    nodes = _forms(builder, starts, stops, key, rest, coefficient)
    entries = position[starts]
    return _assemble(builder, n, entries % n, entries // n, nodes, sign.astype(int).tolist())


def _simple_entries(
    fluxes: Fluxes, constants: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Contributions of mass-action reactions of one and two reactants.

    A contribution is `coefficient * constant * rest` at position `column * n + row`.
    """
    n = fluxes.n_states
    order = np.diff(fluxes.reactant_offsets)
    mass_action = fluxes.constant_index >= 0
    first = fluxes.reactant_offsets[:-1]
    reactants = fluxes.reactants.astype(np.int64)
    parts = []
    for size, at, other in ((1, 0, None), (2, 0, 1), (2, 1, 0)):
        chosen = np.flatnonzero((order == size) & mass_action)
        if not len(chosen):
            continue
        column = reactants[first[chosen] + at]
        rest = np.full(len(chosen), _NONE, np.int64) if other is None else reactants[first[chosen] + other]
        key = constants[fluxes.constant_index[chosen]]
        lengths = np.diff(fluxes.change_offsets)[chosen]
        where = np.repeat(fluxes.change_offsets[chosen] - np.r_[0, np.cumsum(lengths)[:-1]], lengths)
        where = where + np.arange(len(where))
        row = fluxes.change_states[where].astype(np.int64)
        value = fluxes.change_values[where].astype(np.float64)
        repeat = [np.repeat(a, lengths) for a in (column, key, rest)]
        parts.append((repeat[0] * n + row, repeat[1], repeat[2], value))
    if not parts:
        empty = np.zeros(0, np.int64)
        return empty, empty, empty, np.zeros(0)
    position, key, rest, value = (np.concatenate(p) for p in zip(*parts, strict=True))
    return position, key, rest, value


def _general_entries(
    builder: TapeBuilder,
    lower: Lowering,
    system: ODESystem,
    fluxes: Fluxes,
    constants: NDArray[np.int64],
) -> list[tuple[int, int, int, float]]:
    """Contributions of general rates, and of mass action with three and more reactants.

    Their partial derivatives are nodes; they go in as constants without a further factor.
    """
    n = fluxes.n_states
    out: list[tuple[int, int, int, float]] = []
    offsets = fluxes.reactant_offsets.tolist()
    many = np.flatnonzero((np.diff(fluxes.reactant_offsets) > 2) & (fluxes.constant_index >= 0)).tolist()
    for r in many:
        reactants = fluxes.reactants[offsets[r] : offsets[r + 1]].tolist()
        constant = int(constants[fluxes.constant_index[r]])
        for state in sorted(set(reactants)):
            count = reactants.count(state)
            factors = [(builder.state(i), reactants.count(i) - (i == state)) for i in sorted(set(reactants))]
            node = builder.product([(constant, 1), *factors], float(count))
            out += _spread(fluxes, r, state, node, n)
    states = {symbol: i for i, symbol in enumerate(system.states)}
    derivatives: dict[int, list[tuple[int, int]]] = {}
    for r, rate in fluxes.rates.items():
        known = derivatives.get(id(rate))
        if known is None:
            known = derivatives[id(rate)] = _partials(builder, lower, rate, states)
        for state, node in known:
            out += _spread(fluxes, r, state, node, n)
    return out


def _spread(fluxes: Fluxes, r: int, state: int, node: int, n: int) -> list[tuple[int, int, int, float]]:
    where = range(int(fluxes.change_offsets[r]), int(fluxes.change_offsets[r + 1]))
    return [
        (state * n + int(fluxes.change_states[j]), node, _NONE, float(fluxes.change_values[j])) for j in where
    ]


def _partials(
    builder: TapeBuilder, lower: Lowering, rate: object, states: dict[object, int]
) -> list[tuple[int, int]]:
    from symnum.terms.differentiate import gradient
    from symnum.terms.traverse import free_symbols

    symbols = [s for s in free_symbols(rate) if s in states]
    nodes = [lower(d) for d in gradient(rate, symbols)]
    return [(states[s], node) for s, node in zip(symbols, nodes, strict=True) if node != builder.zero]


def _merge(
    position: NDArray[np.int64], key: NDArray[np.int64], rest: NDArray[np.int64], value: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Add up equal contributions and drop what cancels."""
    order = np.lexsort((rest, key, position))
    position, key, rest, value = position[order], key[order], rest[order], value[order]
    if not len(position):
        return position, key, rest, value
    change = (np.diff(position) != 0) | (np.diff(key) != 0) | (np.diff(rest) != 0)
    new = np.flatnonzero(np.r_[True, change])
    value = np.add.reduceat(value, new)
    keep = value != 0
    new = new[keep]
    return position[new], key[new], rest[new], value[keep]


def _forms(
    builder: TapeBuilder,
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    key: NDArray[np.int64],
    rest: NDArray[np.int64],
    value: NDArray[np.float64],
) -> list[int]:
    """Return the node of every entry, each distinct linear form built once."""
    known: dict[bytes, int] = {}
    nodes = []
    packed = np.stack([key.astype(np.float64), rest.astype(np.float64), value], axis=1)
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        shape = packed[start:stop].tobytes()
        node = known.get(shape)
        if node is None:
            triples = zip(
                key[start:stop].tolist(), rest[start:stop].tolist(), value[start:stop].tolist(), strict=True
            )
            node = known[shape] = _form(builder, list(triples))
        nodes.append(node)
    return nodes


def _form(builder: TapeBuilder, triples: list[tuple[int, int, float]]) -> int:
    groups: dict[tuple[int, float], list[int]] = defaultdict(list)
    items: list[tuple[float, int]] = []
    for key, rest, value in triples:
        if rest == _NONE:
            items.append((value, key))
        else:
            groups[key, value].append(rest)
    for (key, value), members in groups.items():
        node = builder.plain_sum(tuple(sorted(builder.state(i) for i in members)))
        sign = -1.0 if value < 0 else 1.0
        items.append((sign, builder.product([(key, 1), (node, 1)], abs(value))))
    return builder.sum(items)
