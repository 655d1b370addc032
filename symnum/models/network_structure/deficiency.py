"""Deficiency: complexes less linkage classes less rank, for the whole network and for each linkage class.

Source: M. Feinberg, Foundations of Chemical Reaction Network Theory (Springer 2019), chapter 6.
"""

from symnum.models.network_structure.complexes import Complexes
from symnum.models.network_structure.linkage_classes import LinkageClasses
from symnum.systems.modular_rank import Rank, modular_rank

__all__ = ["class_deficiencies", "network_rank", "tree_vectors"]


def tree_vectors(complexes: Complexes, members: list[int], neighbours: list[list[int]]) -> list[list[tuple[int, int]]]:
    """Return differences of complexes along a spanning tree of one linkage class: they span its reaction vectors."""
    seen = {members[0]}
    queue = [members[0]]
    vectors = []
    for k in queue:
        for j in neighbours[k]:
            if j not in seen:
                seen.add(j)
                queue.append(j)
                vectors.append(sorted(complexes.difference(k, j).items()))
    return vectors


def network_rank(vectors: list[list[list[tuple[int, int]]]], upper_bound: int | None = None) -> Rank:
    """Return the rank of all reaction vectors, given those of each linkage class.

    Parameters
    ----------
    vectors : list of list of vectors
        From `tree_vectors`.
    upper_bound : int, optional
        Species less conservation laws, where these are known: then the rank is certain.
    """
    distinct = {_up_to_sign(v): None for own in vectors for v in own}
    return modular_rank(list(distinct), upper_bound)


def _up_to_sign(vector: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple(vector) if vector and vector[0][1] > 0 else tuple((i, -c) for i, c in vector)


def class_deficiencies(classes: LinkageClasses, vectors: list[list[list[tuple[int, int]]]]) -> tuple[int, ...]:
    """Return the deficiency of each linkage class taken as a network of its own: complexes - 1 - rank."""
    out = []
    for members, own in zip(classes.members, vectors, strict=True):
        out.append(len(members) - 1 - modular_rank(own).value)
    return tuple(out)
