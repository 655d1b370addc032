"""Elementary flux modes: the smallest sets of reactions that together change nothing.

Every flux at steady state is a sum of them with positive weights. Found by the double description method: starting
from single reactions, species are balanced one after another, and of the combinations only those stay whose set of
reactions contains no other. Sources: S. Schuster, C. Hilgetag, J. Biol. Syst. 2 (1994) 165; K. Fukuda, A. Prodon,
in Combinatorics and Computer Science (1996) 91.
"""

from collections.abc import Sequence
from math import gcd
from typing import TYPE_CHECKING, Any, overload

from symnum.errors import UnsupportedError

if TYPE_CHECKING:
    from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["ElementaryModes", "elementary_modes"]

_SHOWN = 20
_MOST_COMPARISONS = 30_000_000


class ElementaryModes(Sequence[dict[int, int]]):
    """Elementary flux modes: dictionaries of how often each reaction runs, by number of the reaction."""

    def __init__(self, network: "ReactionNetwork", modes: list[dict[int, int]]) -> None:
        self.network, self._modes = network, modes

    def __len__(self) -> int:
        return len(self._modes)

    @overload
    def __getitem__(self, index: int) -> dict[int, int]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[int, int]]: ...
    def __getitem__(self, index: int | slice) -> dict[int, int] | list[dict[int, int]]:
        return [dict(mode) for mode in self._modes[index]] if isinstance(index, slice) else dict(self._modes[index])

    @property
    def matrix(self) -> Any:
        """The modes as a scipy.sparse CSR array of int64, shape (n_modes, n_reactions)."""
        from scipy.sparse import csr_array

        rows = [k for k, mode in enumerate(self._modes) for _ in mode]
        columns = [r for mode in self._modes for r in mode]
        values = [n for mode in self._modes for n in mode.values()]
        return csr_array((values, (rows, columns)), shape=(len(self), self.network.n_reactions), dtype="int64")

    def _text(self, mode: dict[int, int]) -> str:
        complexes, names = self.network.complexes(), self.network.arrays.names
        sources, targets = complexes.sources, complexes.targets
        parts = ((n, names.get(r) or f"({complexes[sources[r]]} --> {complexes[targets[r]]})") for r, n in mode.items())
        return " + ".join(part if n == 1 else f"{n} {part}" for n, part in parts)

    def __repr__(self) -> str:
        lines = [f"<{len(self):,} elementary modes>"]
        lines += ["  " + self._text(mode) for mode in self._modes[:_SHOWN]]
        if len(self) > _SHOWN:
            lines.append(f"  … and {len(self) - _SHOWN:,} more")
        return "\n".join(lines)


def elementary_modes(network: "ReactionNetwork", limit: int = 20_000) -> ElementaryModes:
    """Find the elementary flux modes of a small network.

    Parameters
    ----------
    network : ReactionNetwork
    limit : int
        Greatest number of modes, on the way too: it grows exponentially with the size of the network.

    Raises
    ------
    UnsupportedError
        If there are more.

    Examples
    --------
    >>> import symnum as sn
    >>> net = sn.reaction_network("a, 0 --> A;  b, A --> B;  c, A --> 2B;  d, B --> 0")
    >>> list(net.elementary_modes())
    [{0: 1, 1: 1, 3: 1}, {0: 1, 2: 1, 3: 2}]
    """
    matrix = network.stoichiometry.tocsr()
    equations = []
    for i in range(matrix.shape[0]):
        own = slice(matrix.indptr[i], matrix.indptr[i + 1])
        if own.stop > own.start:
            equations.append(dict(zip(matrix.indices[own].tolist(), matrix.data[own].tolist(), strict=True)))
    modes: list[dict[int, int]] = [{r: 1} for r in range(network.n_reactions)]
    budget = _Budget(limit)
    done = 0
    while equations:
        sizes = [_pairs(equation, modes) for equation in equations]
        equation = equations.pop(sizes.index(min(sizes)))
        modes = _balanced(equation, modes, done + 2, budget)
        done += 1
    return ElementaryModes(network, sorted(modes, key=lambda mode: (len(mode), sorted(mode))))


def _pairs(equation: dict[int, int], modes: list[dict[int, int]]) -> int:
    values = [_value(equation, mode) for mode in modes]
    return sum(v > 0 for v in values) * sum(v < 0 for v in values)


def _value(equation: dict[int, int], mode: dict[int, int]) -> int:
    return sum(c * mode[r] for r, c in equation.items() if r in mode)


class _Budget:
    """How many modes there may be, and how many comparisons of two of them."""

    def __init__(self, limit: int) -> None:
        self.limit, self.comparisons = limit, _MOST_COMPARISONS

    def spend(self, modes: int, comparisons: int) -> None:
        self.comparisons -= comparisons
        if modes > self.limit or self.comparisons < 0:
            raise UnsupportedError(
                f"The network has more elementary modes than {self.limit:,}, or finding them takes too long; they are "
                "for small networks. Give a greater limit=, or take the network apart: net.reduce(only=[...])."
            )


def _balanced(
    equation: dict[int, int], modes: list[dict[int, int]], most_reactions: int, budget: _Budget
) -> list[dict[int, int]]:
    """Return the modes that balance one more species.

    Two modes combine to a new one if no third lies within the reactions of the two; with m species balanced, there are
    at most m + 2 of these.
    """
    values = [_value(equation, mode) for mode in modes]
    out = [mode for mode, v in zip(modes, values, strict=True) if v == 0]
    positive = [(mode, v) for mode, v in zip(modes, values, strict=True) if v > 0]
    negative = [(mode, v) for mode, v in zip(modes, values, strict=True) if v < 0]
    supports = [_bits(mode) for mode in modes]
    budget.spend(0, len(positive) * len(negative))
    for up, rise in positive:
        up_bits = _bits(up)
        for down, fall in negative:
            down_bits = _bits(down)
            union = up_bits | down_bits
            if union.bit_count() > most_reactions:
                continue
            budget.spend(len(out), len(supports))
            outside = ~union
            if not any(s & outside == 0 for s in supports if s not in (up_bits, down_bits)):
                out.append(_combined(up, -fall, down, rise))
    return out


def _combined(first: dict[int, int], a: int, second: dict[int, int], b: int) -> dict[int, int]:
    out = {r: a * n for r, n in first.items()}
    for r, n in second.items():
        out[r] = out.get(r, 0) + b * n
    divisor = gcd(*out.values())
    return {r: out[r] // divisor for r in sorted(out)}


def _bits(mode: dict[int, int]) -> int:
    return sum(1 << r for r in mode)
