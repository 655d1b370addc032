"""Kirchhoff's tree constants of a strongly connected reaction graph, as numbers and as terms.

The tree constant of a complex is the sum, over all spanning trees directed to it, of the products of their rate
constants (matrix-tree theorem); the vector of them spans the kernel of the graph's Laplacian. Sources: W. T. Tutte,
Proc. Camb. Phil. Soc. 44 (1948) 463; W. K. Grassmann, M. I. Taksar, D. P. Heyman, Oper. Res. 33 (1985) 1107
(elimination without subtractions); G. Craciun et al., J. Symb. Comp. 44 (2009) 1551 (complex balance).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import UnsupportedError

__all__ = ["MOST_SYMBOLIC", "log_tree_constants", "symbolic_tree_constants"]

MOST_SYMBOLIC = 8
"""Complexes of the largest linkage class whose tree constants are written out."""

_MOST_NUMERIC = 4_000


def log_tree_constants(rates: Mapping[tuple[int, int], float], members: list[int]) -> NDArray[np.float64]:
    """Return the logarithms of the tree constants of one linkage class, up to a common summand.

    Parameters
    ----------
    rates : mapping of (int, int) to float
        Rate constants by source and target; every member can be reached from every other one.
    members : list of int
        The complexes.

    Returns
    -------
    ndarray of float64, shape (len(members),)
        Computed without subtractions: accurate however far apart the rate constants are.

    Raises
    ------
    UnsupportedError
        If there are thousands of complexes.
    """
    if len(members) > _MOST_NUMERIC:
        raise UnsupportedError(
            f"A linkage class has {len(members):,} complexes; tree constants are computed for up to {_MOST_NUMERIC:,}."
        )
    place = {k: a for a, k in enumerate(members)}
    matrix = np.zeros((len(members), len(members)))
    for (i, j), rate in rates.items():
        if i in place and j in place:
            matrix[place[i], place[j]] += rate
    with np.errstate(all="ignore"):
        weights = _stationary(matrix.copy())
        if np.all(np.isfinite(weights)) and np.all(weights > 1e-290):
            return np.log(weights)
        return _log_stationary(np.log(matrix))


def _stationary(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Eliminate the complexes one after another, and put them back."""
    for last in range(len(matrix) - 1, 0, -1):
        matrix[:last, last] /= matrix[last, :last].sum()
        matrix[:last, :last] += np.outer(matrix[:last, last], matrix[last, :last])
    weights = np.ones(len(matrix))
    for k in range(1, len(matrix)):
        weights[k] = weights[:k] @ matrix[:k, k]
        weights[: k + 1] /= weights[: k + 1].max()
    return weights


def _log_stationary(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Do the same with logarithms: slower, and for numbers that no double would hold."""
    for last in range(len(matrix) - 1, 0, -1):
        matrix[:last, last] -= np.logaddexp.reduce(matrix[last, :last])
        through = matrix[:last, last, None] + matrix[None, last, :last]
        matrix[:last, :last] = np.logaddexp(matrix[:last, :last], through)
    weights = np.zeros(len(matrix))
    for k in range(1, len(matrix)):
        weights[k] = np.logaddexp.reduce(weights[:k] + matrix[:k, k])
    return weights


def symbolic_tree_constants(rates: Mapping[tuple[int, int], Any], members: list[int]) -> list[Any]:
    """Return the tree constants of one linkage class as expanded terms.

    Raises
    ------
    UnsupportedError
        If there are more than `MOST_SYMBOLIC` complexes: the number of trees grows very fast.
    """
    from symnum.terms.canonical import add, multiply

    if len(members) > MOST_SYMBOLIC:
        raise UnsupportedError(
            f"A linkage class has {len(members)} complexes; tree constants are written out for up to {MOST_SYMBOLIC}. "
            "Ask with numbers: net.complex_balance(params={...})."
        )
    inside = set(members)
    leaving: dict[int, list[tuple[int, Any]]] = {k: [] for k in members}
    for (i, j), rate in rates.items():
        if i in inside and j in inside:
            leaving[i].append((j, rate))
    return [add([multiply(tree) for tree in _trees(leaving, root)]) for root in members]


def _trees(leaving: Mapping[int, list[tuple[int, Any]]], root: int) -> list[list[Any]]:
    """Return the rate constants of every spanning tree directed to the root: one way out of every other complex."""
    others = [k for k in leaving if k != root]
    trees: list[list[Any]] = []

    def choose(position: int, ways: dict[int, int], factors: list[Any]) -> None:
        if position == len(others):
            trees.append([1, *factors])
            return
        k = others[position]
        for target, rate in leaving[k]:
            end = target
            while end in ways:
                end = ways[end]
            if end != k:
                choose(position + 1, {**ways, k: target}, [*factors, rate])

    choose(0, {}, [])
    return trees
