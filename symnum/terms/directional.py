"""Directional derivatives: the product of a Jacobian and a vector as terms, without forming the Jacobian."""

from collections.abc import Iterable, Mapping
from typing import Any

from symnum.errors import InputError, ShapeError
from symnum.terms.differentiate import _differentiate, check_symbols
from symnum.terms.gradients import Gradient, Gradients, resolve
from symnum.terms.interning import bulk
from symnum.terms.sources import is_single, with_symbols
from symnum.terms.symbols import apply
from symnum.terms.traverse import is_canonical


class _Tangents(Gradients):
    """One derivative per part: along a direction."""

    def __init__(self, direction: Mapping[Any, Any]) -> None:
        super().__init__(dict.fromkeys(direction, 0))
        self._direction = direction

    def _symbol(self, symbol: Any) -> Gradient:
        along = self._direction.get(symbol, 0)
        is_zero = along.__class__ is int and along == 0
        return {} if is_zero else {0: along}


def directional_derivative(source: Any, wrt: Any, direction: Mapping[Any, Any] | Iterable[Any]) -> Any:
    """Return the derivative of terms along a direction, which is their Jacobian times a vector.

    Parameters
    ----------
    source : model, system, equations, terms or term
    wrt : symbol, iterable of symbols, or None
        None means what `jacobian` differentiates by if nothing is said.
    direction : iterable or mapping
        One term or number for each symbol; or a mapping from symbols, those left out counting as 0.

    Returns
    -------
    term or list of terms
        One for each term of the source; a single term for a single one.

    Raises
    ------
    ShapeError
        If the direction does not have one entry for each symbol.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y, u, v = sn.symbols("x y u v")
    >>> sn.directional_derivative([x * y, sn.sin(x)], [x, y], [u, v])
    [u*y + v*x, u*cos(x)]
    """
    expressions, wanted = with_symbols(source, wrt)
    check_symbols(wanted)
    along = _along(wanted, direction)
    if all(is_canonical(e) for e in expressions):
        with bulk():
            tangents = _Tangents(along)
            results = [resolve(tangents.of(e).get(0, 0)) for e in expressions]
    else:
        results = [_by_columns(e, along) for e in expressions]
    return results[0] if is_single(source) else results


def _along(wanted: list[Any], direction: Mapping[Any, Any] | Iterable[Any]) -> dict[Any, Any]:
    if isinstance(direction, Mapping):
        unknown = [key for key in direction if key not in wanted]
        if unknown:
            raise InputError(
                f"the direction has an entry for {unknown[0]}, which is not among the symbols to differentiate by."
            )
        return {symbol: direction.get(symbol, 0) for symbol in wanted}
    entries = list(direction)
    if len(entries) != len(wanted):
        raise ShapeError(
            f"the direction has {len(entries)} entries for {len(wanted)} symbols; give one for each, or a mapping."
        )
    return dict(zip(wanted, entries, strict=True))


def _by_columns(expression: Any, along: Mapping[Any, Any]) -> Any:
    slopes = [(_differentiate(expression, symbol), value) for symbol, value in along.items()]
    products = [apply("*", slope, value) for slope, value in slopes if not _is_zero(slope)]
    return apply("+", *products) if products else 0


def _is_zero(value: Any) -> bool:
    return value.__class__ is int and value == 0
