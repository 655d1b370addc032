"""A piece: expressions that are rewritten, compiled and measured together."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from symnum.terms import convert, interface

__all__ = ["Piece", "make_piece"]

INTERVAL = (0.3, 3.0)


class Piece(NamedTuple):
    """Expressions that are rewritten, compiled and measured together.

    Attributes
    ----------
    name : str
        Shown in tables.
    expressions : tuple of canonical terms
        One kinetic law, or the right-hand sides of a small model.
    interval : tuple of float
        Where the values of the symbols are drawn from; evenly in the logarithm if it is above zero.
    parameters : tuple of Symbol
        The symbols that keep their values while a model is integrated.
    """

    name: str
    expressions: tuple[Any, ...]
    interval: tuple[float, float] = INTERVAL
    parameters: tuple[Any, ...] = ()


def make_piece(
    name: str,
    expressions: Sequence[Any],
    interval: tuple[float, float] = INTERVAL,
    parameters: Sequence[Any] = (),
) -> Piece | None:
    """Return a piece of what is worth measuring: expressions with an operation in them, as canonical terms.

    Returns
    -------
    Piece or None
        None if no expression has an operation.
    """
    kept = [e for e in expressions if interface.is_expr(e) and interface.is_call(e)]
    if not kept:
        return None
    return Piece(name, tuple([convert(e, "canonical") for e in kept]), interval, tuple(parameters))
