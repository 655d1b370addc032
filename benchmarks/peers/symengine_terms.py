"""SymEngine: assembling a network's equations, their sparse Jacobian, and a `Lambdify` kernel."""

from typing import Any

import numpy as np
import symengine as se

from peers.arrays import Floats, ReactionArrays


def assemble(arrays: ReactionArrays) -> tuple[list[Any], list[Any], list[Any]]:
    """States, parameters and right-hand side, parameters left symbolic."""
    states = [se.Symbol(f"y{i}") for i in range(arrays.size)]
    parameters = [se.Symbol(f"p{i}") for i in range(arrays.parameter_values.size)]
    extended = [*states, se.Integer(1)]
    rows: list[list[Any]] = [[] for _ in states]
    starts, species = arrays.change_start.tolist(), arrays.change_species.tolist()
    amounts = arrays.change_amount.astype(int).tolist()
    table = zip(arrays.factor.tolist(), arrays.parameter.tolist(), arrays.first, arrays.second, strict=True)
    for r, (factor, k, a, b) in enumerate(table):
        scale = int(factor) if factor == int(factor) else factor
        rate = scale * parameters[k] * extended[a] * extended[b]
        for e in range(starts[r], starts[r + 1]):
            rows[species[e]].append(amounts[e] * rate)
    return states, parameters, [se.Add(*row) for row in rows]


def sparse_jacobian(states: list[Any], equations: list[Any]) -> tuple[list[int], list[int], list[Any]]:
    """Rows, columns and entries: each row is differentiated by the states that occur in it, and no others."""
    position = {state: index for index, state in enumerate(states)}
    rows, columns, entries = [], [], []
    for row, equation in enumerate(equations):
        for symbol in equation.free_symbols:
            column = position.get(symbol)
            if column is None:
                continue
            entry = equation.diff(symbol)
            if entry != 0:
                rows.append(row)
                columns.append(column)
                entries.append(entry)
    return rows, columns, entries


def kernel(
    states: list[Any], parameters: list[Any], expressions: list[Any], *, cse: bool
) -> tuple[Any, Floats]:
    """A compiled function whose ``unsafe_real(inputs, out)`` takes states then parameters, and an output.

    Optimisation level 0 is the choice that a user would make here: level 3 takes 25 times as long to compile
    (90 s) and its calls take half to two thirds of the time.
    """
    out = np.empty(len(expressions))
    inputs = [*states, *parameters]
    return se.Lambdify(inputs, expressions, backend="llvm", cse=cse, opt_level=0), out
