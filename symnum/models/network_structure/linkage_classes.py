"""Linkage classes: the connected parts of the reaction graph; strong ones, and those without a way out."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.display import elide, html_table
from symnum.models.network_structure.complex_lists import ComplexLists
from symnum.models.network_structure.complexes import Complex, Complexes

__all__ = ["LinkageClasses", "linkage_classes", "strong_linkage_classes", "terminal_linkage_classes"]

_SHOWN = 20
_WIDTH = 160


class LinkageClasses(ComplexLists):
    """A partition of complexes, or a part of one: a sequence of lists of `Complex`.

    Attributes
    ----------
    members : list of list of int
        Numbers of the complexes in each class, ascending.
    """

    def __init__(self, complexes: Complexes, members: list[list[int]], what: str) -> None:
        super().__init__(complexes, members)
        self.what = what

    def __iter__(self) -> Iterator[list[Complex]]:
        return (self[i] for i in range(len(self)))

    def class_of(self) -> NDArray[np.int64]:
        """Return the class of each complex, shape (n_complexes,); -1 for those in none."""
        out = np.full(len(self.complexes), -1, dtype=np.int64)
        for number, members in enumerate(self.members):
            out[members] = number
        return out

    def _text(self, index: int) -> str:
        members = self.members[index]
        shown = ", ".join(str(self.complexes[k]) for k in members[:_SHOWN])
        return elide("{" + shown + (", …" if len(members) > _SHOWN else "") + "}", _WIDTH)

    def __repr__(self) -> str:
        lines = [f"<{len(self):,} {self.what}>"]
        lines += ["  " + self._text(i) for i in range(min(len(self), _SHOWN))]
        if len(self) > _SHOWN:
            lines.append(f"  … and {len(self) - _SHOWN:,} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = ([str(i), str(len(self.members[i])), self._text(i)] for i in range(len(self)))
        return html_table(["", "complexes", self.what], rows, limit=_SHOWN)


def linkage_classes(complexes: Complexes) -> LinkageClasses:
    """Return the connected parts of the reaction graph, in order of their first complexes."""
    return LinkageClasses(complexes, _groups(_labels(complexes, "weak")), "linkage classes")


def strong_linkage_classes(complexes: Complexes) -> LinkageClasses:
    """Return the greatest sets of complexes that can all be reached from one another along arrows."""
    return LinkageClasses(complexes, _groups(_labels(complexes, "strong")), "strong linkage classes")


def terminal_linkage_classes(complexes: Complexes) -> LinkageClasses:
    """Return the strong linkage classes that no reaction leaves."""
    labels = _labels(complexes, "strong")
    left = set(labels[complexes.sources[labels[complexes.sources] != labels[complexes.targets]]].tolist())
    members = [group for group in _groups(labels) if int(labels[group[0]]) not in left]
    return LinkageClasses(complexes, members, "terminal linkage classes")


def _labels(complexes: Complexes, connection: str) -> NDArray[np.int64]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n = len(complexes)
    ones = np.ones(len(complexes.sources), dtype=np.int8)
    graph: Any = csr_array((ones, (complexes.sources, complexes.targets)), shape=(n, n))
    _, labels = connected_components(graph, directed=True, connection=connection)
    return np.asarray(labels, dtype=np.int64)


def _groups(labels: NDArray[np.int64]) -> list[list[int]]:
    """Return the members of each label, in order of first members."""
    groups: dict[int, list[int]] = {}
    for k, label in enumerate(labels.tolist()):
        groups.setdefault(label, []).append(k)
    return list(groups.values())
