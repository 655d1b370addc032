"""Determinant of an n x n matrix of symbols by LU without pivoting: the same few lines for every tool."""

from typing import Any

import numpy as np

import symnum as sn
from symnum.terms import make_term
from workloads import tree_rules
from workloads.workload import LABELS, Workload, has_value, in_fresh_arena, later, native, symbols_of


def by_lu(rows: list[list[Any]], finish: Any) -> Any:
    """The product of the pivots; `finish` simplifies every new entry."""
    rows = [list(row) for row in rows]
    size = len(rows)
    determinant = rows[0][0]
    for k in range(size - 1):
        for i in range(k + 1, size):
            factor = finish(rows[i][k] / rows[k][k])
            for j in range(k + 1, size):
                rows[i][j] = finish(rows[i][j] - factor * rows[k][j])
        determinant = determinant * rows[k + 1][k + 1]
    return finish(determinant)


def by_lu_over_the_interface(rows: list[list[Any]]) -> Any:
    """The same by `make_term`."""
    rows = [list(row) for row in rows]
    size, like = len(rows), rows[0][0]

    def product(*factors: Any) -> Any:
        return make_term(like, "*", factors)

    determinant = rows[0][0]
    for k in range(size - 1):
        for i in range(k + 1, size):
            factor = product(rows[i][k], make_term(like, "^", (rows[k][k], -1)))
            for j in range(k + 1, size):
                rows[i][j] = make_term(like, "+", (rows[i][j], product(-1, factor, rows[k][j])))
        determinant = product(determinant, rows[k + 1][k + 1])
    return determinant


def as_is(entry: Any) -> Any:
    """No simplification beyond what construction does."""
    return entry


def determinant(size: int) -> Workload:
    """The job for a matrix of that size."""
    names = [f"m{i}{j}" for i in range(size) for j in range(size)]

    def matrix(symbols: Any) -> list[list[Any]]:
        return [list(symbols[size * i : size * (i + 1)]) for i in range(size)]

    ours = {s: matrix(symbols_of(s, names)) for s in ("tree", "canonical", *LABELS)}
    tools = {
        "tree": later(by_lu, ours["tree"], tree_rules.by_rewrite),
        "tree, gathering rules": later(by_lu, ours["tree"], tree_rules.by_gathering),
        "canonical": later(by_lu, ours["canonical"], as_is),
        "arena": (in_fresh_arena(names, matrix), lambda rows: by_lu(rows, as_is)),
        **{LABELS[s]: later(by_lu_over_the_interface, ours[s]) for s in LABELS},
        **{s: later(by_lu, matrix(symbols), as_is) for s, symbols in native(names).items()},
    }
    values = np.random.default_rng(5).uniform(0.5, 2.0, (size, size)) + np.eye(size)
    point = dict(zip(names, map(float, values.ravel()), strict=True))
    stage = f"determinant by LU, {size} x {size}"
    check = has_value(stage, point, float(np.linalg.det(values)), 1e-9)
    said = {
        "tree": f"{tree_rules.REWRITE} at every new entry",
        "tree, gathering rules": f"{tree_rules.GATHER} at every new entry",
    }
    return Workload(stage, size, tools, lambda t, a: check(t, sn.convert(a, "canonical")), said)
