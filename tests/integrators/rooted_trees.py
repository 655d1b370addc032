"""Rooted trees and the order conditions that belong to them (Hairer, Norsett and Wanner, section II.2)."""

from functools import cache
from math import prod

import numpy as np


@cache
def trees(order):
    """All rooted trees with so many nodes; a tree is the sorted tuple of its root's subtrees."""
    return sorted(_forests(order - 1, order - 1))


def _forests(nodes, largest):
    """Sorted tuples of trees with so many nodes together, none with more than `largest`."""
    if nodes == 0:
        return {()}
    found = set()
    for size in range(1, min(nodes, largest) + 1):
        for tree in trees(size):
            found |= {tuple(sorted((*rest, tree))) for rest in _forests(nodes - size, size)}
    return found


def order_of(tree):
    return 1 + sum(map(order_of, tree))


def density(tree):
    return order_of(tree) * prod(map(density, tree))


def weight(tree, matrix, single=None):
    """Elementary weight of every stage; `single` is the matrix above a node with one branch, where it is another."""
    if len(tree) == 1 and single is not None:
        return single @ weight(tree[0], matrix, single)
    return prod((matrix @ weight(branch, matrix, single) for branch in tree), start=np.ones(len(matrix)))


def residual(order, weights, matrix, single=None, fraction=1.0):
    """Largest violation of the conditions of one order, relative to the size of their sums."""
    worst = 0.0
    for tree in trees(order):
        phi = weight(tree, matrix, single)
        size = max(
            1.0, np.abs(weights) @ weight(tree, np.abs(matrix), None if single is None else np.abs(single))
        )
        worst = max(worst, abs(weights @ phi - fraction**order / density(tree)) / size)
    return worst


def order_reached(weights, matrix, single=None, *, fraction=1.0, limit=12, tolerance=1e-13):
    """Highest order up to which all conditions hold."""
    order = 0
    while order < limit and residual(order + 1, weights, matrix, single, fraction) < tolerance:
        order += 1
    return order


def coloured_weights(tree, matrices):
    """Elementary weights of every stage, for every choice of a matrix at every branch."""
    found = [np.ones(len(matrices[0]))]
    for branch in tree:
        below = [m @ w for w in coloured_weights(branch, matrices) for m in matrices]
        found = [f * b for f in found for b in below]
    return found


def coloured_residual(order, weights, matrices):
    """Largest violation of the conditions of one order of an additive method with the same weights for all parts."""
    return max(
        abs(weights @ phi - 1.0 / density(tree))
        for tree in trees(order)
        for phi in coloured_weights(tree, matrices)
    )
