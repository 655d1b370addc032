"""Complexes: the sides of reactions, each once; what they are made of, and which reactions lead from which to which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from symnum.display import elide, html_table

if TYPE_CHECKING:
    from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["Complex", "Complexes", "reaction_complexes"]

_SHOWN = 20
_WIDTH = 160


@dataclass(frozen=True)
class Complex:
    """One side of a reaction.

    Parameters
    ----------
    species : dict of Symbol to int
        Stoichiometric coefficients; empty for nothing.
    """

    species: dict[Any, int]

    def __hash__(self) -> int:
        """Hash by content, as equality compares it."""
        return hash(frozenset(self.species.items()))

    def __str__(self) -> str:
        """Write it as one writes a side of a reaction: ``2 A + B``, and ∅ for nothing."""
        return " + ".join(f"{s}" if n == 1 else f"{n} {s}" for s, n in self.species.items()) or "∅"

    def __repr__(self) -> str:
        return str(self)

    def _repr_latex_(self) -> str:
        from symnum.terms.printing.latex import latex

        parts = (latex(s) if n == 1 else f"{n}\\,{latex(s)}" for s, n in self.species.items())
        return f"$\\displaystyle {' + '.join(parts) or chr(92) + 'varnothing'}$"


class Complexes(Sequence[Complex]):
    """The distinct complexes of a network, in order of first appearance.

    Fixed species are left out: they do not change, and count as part of the rate constant. So
    ``composition @ incidence`` is the net stoichiometric matrix.

    Attributes
    ----------
    species : tuple of Symbol
        The species of the network.
    offsets : ndarray of int64, shape (n_complexes + 1,)
        Where each complex starts in `indices` and `counts`.
    indices, counts : ndarray
        Species, ascending within a complex, and their coefficients.
    sources, targets : ndarray of int64, shape (n_reactions,)
        The complex that each reaction consumes, and the one it produces.
    """

    def __init__(
        self,
        species: tuple[Any, ...],
        sides: Sequence[dict[int, int]],
        sources: NDArray[np.int64],
        targets: NDArray[np.int64],
    ) -> None:
        self.species = species
        self.offsets = np.zeros(len(sides) + 1, dtype=np.int64)
        np.cumsum([len(side) for side in sides], out=self.offsets[1:])
        self.indices = np.array([i for side in sides for i in side], dtype=np.int64)
        self.counts = np.array([n for side in sides for n in side.values()], dtype=np.int64)
        self.sources, self.targets = sources, targets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> Complex: ...
    @overload
    def __getitem__(self, index: slice) -> list[Complex]: ...
    def __getitem__(self, index: int | slice) -> Complex | list[Complex]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        side = self.side(range(len(self))[index])
        return Complex({self.species[i]: n for i, n in side.items()})

    def side(self, index: int) -> dict[int, int]:
        """Return a complex as coefficients by index of the species."""
        own = slice(self.offsets[index], self.offsets[index + 1])
        return dict(zip(self.indices[own].tolist(), self.counts[own].tolist(), strict=True))

    def difference(self, first: int, second: int) -> dict[int, int]:
        """Return the second complex less the first, by index of the species, without zeros."""
        out = {i: -n for i, n in self.side(first).items()}
        for i, n in self.side(second).items():
            out[i] = out.get(i, 0) + n
        return {i: n for i, n in out.items() if n}

    @property
    def composition(self) -> Any:
        """What complexes are made of: scipy.sparse CSC array of int64, shape (n_species, n_complexes)."""
        from scipy.sparse import csc_array

        shape = (len(self.species), len(self))
        return csc_array((self.counts, self.indices, self.offsets), shape=shape)

    @property
    def incidence(self) -> Any:
        """Which reaction leads from which complex (-1) to which (+1): scipy.sparse CSC array of int64.

        Shape (n_complexes, n_reactions).

        The column of a reaction that changes nothing is empty.
        """
        from scipy.sparse import csc_array

        moving = np.flatnonzero(self.sources != self.targets)
        rows = np.concatenate((self.sources[moving], self.targets[moving]))
        values = np.concatenate((np.full(len(moving), -1), np.full(len(moving), 1)))
        shape = (len(self), len(self.sources))
        return csc_array((values.astype(np.int64), (rows, np.concatenate((moving, moving)))), shape=shape)

    @property
    def edges(self) -> list[tuple[int, int]]:
        """The arrows of the reaction graph, each once, without those from a complex to itself."""
        arrows = dict.fromkeys(zip(self.sources.tolist(), self.targets.tolist(), strict=True))
        return [(i, j) for i, j in arrows if i != j]

    def __repr__(self) -> str:
        lines = [f"<{len(self):,} complexes>"]
        lines += ["  " + elide(str(self[i]), _WIDTH) for i in range(min(len(self), _SHOWN))]
        if len(self) > _SHOWN:
            lines.append(f"  … and {len(self) - _SHOWN:,} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = ([str(i), elide(str(self[i]), _WIDTH)] for i in range(len(self)))
        return html_table(["", "complex"], rows, limit=_SHOWN)


def reaction_complexes(network: "ReactionNetwork") -> Complexes:
    """Find the complexes of a network.

    Examples
    --------
    >>> import symnum as sn
    >>> net = sn.reaction_network("(k1, k2), S + E <--> C;  k3, C --> E + P")
    >>> list(net.complexes())
    [S + E, C, E + P]
    """
    arrays = network.arrays
    known: dict[bytes, int] = {}
    sides: list[dict[int, int]] = []
    ends = [
        _numbered(offsets, members, network.fixed, known, sides)
        for offsets, members in (
            (arrays.reactant_offsets, arrays.reactants),
            (arrays.product_offsets, arrays.products),
        )
    ]
    return _in_order_of_appearance(network.species, sides, *ends)


def _numbered(
    offsets: NDArray[np.int64],
    members: NDArray[np.int32],
    fixed: frozenset[int],
    known: dict[bytes, int],
    sides: list[dict[int, int]],
) -> NDArray[np.int64]:
    """Return the number of the complex on one side of each reaction, and enter new ones."""
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    if fixed:
        kept = ~np.isin(members, np.fromiter(fixed, np.int64, len(fixed)))
        owner, members = owner[kept], members[kept]
    order = np.lexsort((members, owner))
    sorted_members = np.ascontiguousarray(members[order], dtype=np.int64)
    starts = np.searchsorted(owner, np.arange(len(offsets))).tolist()
    out = np.zeros(len(offsets) - 1, dtype=np.int64)
    for reaction in range(len(out)):
        own = sorted_members[starts[reaction] : starts[reaction + 1]]
        key = own.tobytes()
        number = known.get(key)
        if number is None:
            number = known[key] = len(sides)
            side: dict[int, int] = {}
            for i in own.tolist():
                side[i] = side.get(i, 0) + 1
            sides.append(side)
        out[reaction] = number
    return out


def _in_order_of_appearance(
    species: tuple[Any, ...], sides: list[dict[int, int]], sources: NDArray[np.int64], targets: NDArray[np.int64]
) -> Complexes:
    """Number complexes as one meets them when reading the reactions."""
    _, first = np.unique(np.column_stack((sources, targets)).ravel(), return_index=True)
    order = np.argsort(first, kind="stable")
    place = np.zeros(len(sides), dtype=np.int64)
    place[order] = np.arange(len(sides))
    return Complexes(species, [sides[k] for k in order.tolist()], place[sources], place[targets])
