"""Reversibility: every reaction with its reverse, or at least a way back."""

from symnum.models.network_structure.complexes import Complexes
from symnum.models.network_structure.linkage_classes import LinkageClasses

__all__ = ["is_reversible", "is_weakly_reversible"]


def is_reversible(complexes: Complexes) -> bool:
    """Return whether for every reaction there is one the other way round."""
    arrows = set(complexes.edges)
    return all((j, i) in arrows for i, j in arrows)


def is_weakly_reversible(classes: LinkageClasses, strong: LinkageClasses) -> bool:
    """Return whether every reaction lies on a cycle: each linkage class is a strong linkage class."""
    return len(classes) == len(strong)
