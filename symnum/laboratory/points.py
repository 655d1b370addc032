"""Points at which pieces are evaluated and timed: seeded, and where the input has a value."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import UnsupportedError
from symnum.laboratory.piece import Piece
from symnum.terms import evaluate, interface

__all__ = ["draw_points"]

_TRIED = 4
_FALLBACKS = ((0.3, 3.0), (-2.0, 2.0), (1.5, 6.0), (0.01, 0.9))


def draw_points(piece: Piece, symbols: Sequence[Any], count: int, seed: int) -> NDArray[np.float64]:
    """Return points at which all expressions of a piece have finite values, an array of shape (count, symbols).

    They are drawn from the piece's own interval, and from others where it has hardly any value there.

    Raises
    ------
    UnsupportedError
        If no such point was found.
    """
    random = np.random.default_rng(seed)
    for interval in dict.fromkeys((piece.interval, *_FALLBACKS)):
        drawn = np.stack([_column(random, interval, interface.domain(s), _TRIED * count) for s in symbols], axis=1)
        values = evaluate(list(piece.expressions), {s: drawn[:, i] for i, s in enumerate(symbols)})
        good = np.ones(len(drawn), bool)
        for value in values:
            good &= np.isfinite(np.broadcast_to(value, good.shape))
        if good.sum() >= count // 2 and good.any():
            return np.ascontiguousarray(np.resize(drawn[good], (count, len(symbols))))
    raise UnsupportedError("it has no finite value at any point that was tried.")


def _column(random: Any, interval: tuple[float, float], domain: str, count: int) -> NDArray[np.float64]:
    low, high = interval
    if low <= 0 and domain in ("positive", "nonnegative"):
        low, high = 0.3, max(high, 1.0)
    if domain == "integer":
        return np.asarray(random.integers(1, 5, count), float)
    if low > 0:
        return np.asarray(np.exp(random.uniform(np.log(low), np.log(high), count)))
    return np.asarray(random.uniform(low, high, count))
