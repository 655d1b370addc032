"""Equations as a user writes them, with derivatives anywhere: sorted into derivatives and the rest."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from symnum.display import elide
from symnum.errors import InputError, NonlinearError, UnsupportedError

__all__ = [
    "DERIVATIVE",
    "D",
    "ImplicitEquation",
    "all_symbols",
    "by_time_alone",
    "implicit_equation",
    "register_derivative",
]

DERIVATIVE = "D"
"""Name of the operation of which ``D(x)`` is made."""

_SHOWN = 100


def register_derivative() -> None:
    """Make ``D(x)``, the derivative by the independent variable, an operation that terms can hold."""
    from symnum.terms.operations import OPERATIONS, Operation, register_operation

    if DERIVATIVE not in OPERATIONS:
        register_operation(Operation(DERIVATIVE, 1, None, latex=r"\operatorname{D}"))


def D(x: Any, *by: Any) -> Any:
    """Return ``D(x)``, the derivative by the independent variable, to write equations with.

    Parameters
    ----------
    x : term
    *by : symbol, name, whole number, or pair of both
        What it is differentiated by, if not the independent variable, or if that should be seen: ``D(x, t)``. Fields
        of `symnum.reaction_diffusion` have derivatives in space as well: ``D(u, x)``, ``D(u, x, 2)``, ``D(u, x, y)``.

    Raises
    ------
    InputError
        If `by` is something else.

    Examples
    --------
    >>> import symnum as sn
    >>> u, v, C, R = sn.symbols("u v C R")
    >>> sn.Eq(C * (sn.D(u) - sn.D(v)), -u / R)
    Eq(C*(D(u) - D(v)), -u/R)
    """
    from symnum.terms.symbols import apply

    register_derivative()
    return apply(DERIVATIVE, x, *_differentiated_by(by))


def _differentiated_by(by: Iterable[Any]) -> list[Any]:
    """Return symbols and orders, checked, pairs of both taken apart."""
    from symnum.terms.canonical import Symbol
    from symnum.terms.interface import is_symbol

    out: list[Any] = []
    for entry in by:
        out += entry if isinstance(entry, tuple | list) else [entry]
    out = [Symbol(entry) if isinstance(entry, str) and entry.isidentifier() else entry for entry in out]
    for k, entry in enumerate(out):
        is_order = k > 0 and isinstance(entry, int) and not isinstance(entry, bool) and entry > 0
        if not (is_symbol(entry) or (is_order and is_symbol(out[k - 1]))):
            raise InputError(
                f"{entry!r} is not what a derivative is taken by. Write D(x), D(x, t), or, of fields, D(u, x) and "
                "D(u, x, 2) with a symbol and a positive whole number."
            )
    return out


def by_time_alone(term: Any, time: Any) -> Any:
    """Return a term with ``D(x)`` for ``D(x, t)``.

    Raises
    ------
    UnsupportedError
        If it is differentiated by anything else, or more than once.
    """
    from symnum.terms.substitute import substitute

    replaced = {}
    for part in _derivatives(term):
        if len(part.args) == 1:
            continue
        if part.args[1:] != (time,):
            raise UnsupportedError(
                f"{elide(str(part), _SHOWN)} is not a first derivative by {time}, the independent variable. Higher "
                "derivatives are written with names for the lower ones, D(x) = v; derivatives in space belong to "
                "sn.reaction_diffusion."
            )
        replaced[part] = D(part.args[0])
    return substitute(term, replaced) if replaced else term


@dataclass(frozen=True, eq=False)
class ImplicitEquation:
    """An equation ``sum of coefficient * D(unknown) = rest``.

    Attributes
    ----------
    left, right : term or number
        As written.
    derivatives : dict of Symbol to term
        Coefficients of the derivatives; none in an algebraic equation ``0 = rest``.
    rest : term or number
        What stands on the other side.
    defines : Symbol or None
        The left side of an algebraic equation where it is a symbol that the right side does not hold.
    """

    left: Any
    right: Any
    derivatives: dict[Any, Any]
    rest: Any
    defines: Any = None
    symbols: frozenset[Any] = field(default_factory=frozenset)

    @property
    def text(self) -> str:
        """The equation as written, on one short line."""
        from symnum.terms.printing.plain import plain

        return f"{elide(plain(self.left, _SHOWN), _SHOWN)} = {elide(plain(self.right, _SHOWN), _SHOWN)}"


def implicit_equation(left: Any, right: Any) -> ImplicitEquation:
    """Sort an equation into derivatives and the rest.

    Parameters
    ----------
    left, right : canonical terms or numbers

    Raises
    ------
    NonlinearError
        If derivatives do not stand in it linearly.
    UnsupportedError
        For a derivative of a derivative, or of a product.
    """
    from symnum.terms.canonical import Symbol, add, multiply
    from symnum.terms.traverse import free_symbols

    on_left, on_right = _derivatives(left), _derivatives(right)
    if not on_left and not on_right:
        symbols = frozenset(free_symbols([left, right]))
        defines = left if isinstance(left, Symbol) and left not in free_symbols(right) else None
        rest = right if _is_zero(left) else left if _is_zero(right) else add((right, multiply((-1, left))))
        return ImplicitEquation(left, right, {}, rest, defines, symbols)
    if not on_right and left is on_left[0] and isinstance(left.args[0], Symbol):
        return ImplicitEquation(left, right, {left.args[0]: 1}, right, None, frozenset(free_symbols(right)))
    residual = left if _is_zero(right) else add((left, multiply((-1, right))))
    coefficients, constant = _linear(residual, _derivatives(residual), left, right)
    rest = right if not on_right and _is_zero(add((constant, right))) else multiply((-1, constant))
    symbols = frozenset(free_symbols([rest, *coefficients.values()]))
    return ImplicitEquation(left, right, coefficients, rest, None, symbols)


def _is_zero(value: Any) -> bool:
    return isinstance(value, int | float) and value == 0


def _derivatives(term: Any) -> list[Any]:
    """Return the calls of D in a term, innermost first."""
    from symnum.terms.canonical import Call
    from symnum.terms.traverse import subterms

    return [part for part in subterms([term]) if isinstance(part, Call) and part.function == DERIVATIVE]


def _linear(residual: Any, calls: list[Any], left: Any, right: Any) -> tuple[dict[Any, Any], Any]:
    """Return coefficients of the derivatives by unknown, and what is left without them."""
    from symnum.terms.canonical import Symbol, add, multiply
    from symnum.terms.linear import linear_coefficients
    from symnum.terms.substitute import substitute

    unknowns = dict.fromkeys(s for call in calls for s in _differentiated(call))
    stand_in = {s: Symbol(f"{s.name}\N{PRIME}\N{PRIME}") for s in unknowns}
    spread = {}
    for call in calls:
        slopes = _differentiated(call)
        spread[call] = add([multiply((slope, stand_in[s])) for s, slope in slopes.items()])
    free = substitute(residual, spread)
    try:
        matrix, rest = linear_coefficients([free], list(stand_in.values()))
    except NonlinearError:
        shown = ImplicitEquation(left, right, {}, 0).text
        one = next(iter(unknowns)).name
        raise NonlinearError(
            f'In "{shown}" derivatives do not stand linearly. Give the derivative a name: D({one}) = v, with v in its '
            "place, makes v an algebraic variable of this equation."
        ) from None
    found = dict(zip(unknowns, matrix[0], strict=True))
    return {s: c for s, c in found.items() if not _is_zero(c)}, rest[0]


def _differentiated(call: Any) -> dict[Any, Any]:
    """Return by what ``D(expression)`` is a sum of derivatives: factors by symbol."""
    from symnum.terms.canonical import Symbol
    from symnum.terms.differentiate import differentiate
    from symnum.terms.traverse import free_symbols

    inner = call.args[0]
    if isinstance(inner, Symbol):
        return {inner: 1}
    if _derivatives(inner):
        raise UnsupportedError(
            f"{elide(str(call), _SHOWN)} is a derivative of a derivative. Give the inner one a name, D(x) = v, and "
            "write D(v) here."
        )
    symbols = free_symbols(inner)
    slopes = {s: differentiate(inner, s) for s in symbols}
    if any(free_symbols(slope) for slope in slopes.values()):
        raise UnsupportedError(
            f"{elide(str(call), _SHOWN)} is the derivative of an expression. Name the expression, m = ..., and write "
            "D(m), or differentiate it by hand."
        )
    return slopes


def all_symbols(equations: Iterable[ImplicitEquation]) -> dict[Any, None]:
    """Return every symbol in some equations, in order of appearance, each equation's sorted by name."""
    out: dict[Any, None] = {}
    for equation in equations:
        found = {*equation.symbols, *equation.derivatives}
        out.update(dict.fromkeys(sorted(found, key=lambda s: str(s.name))))
    return out
