"""One reaction, as a value: what `net.reactions` hands out and what programmatic networks are made of."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from symnum.errors import InputError

__all__ = ["MOST_MOLECULES", "Reaction", "reaction"]

MOST_MOLECULES = 1_000
"""Greatest stoichiometric coefficient: a larger one is a slip, and its power would overflow anyway."""

SECTIONS = (
    "species",
    "fixed",
    "independent",
    "combinatoric",
    "parameters",
    "initial",
    "observables",
    "reactions",
)
"""The sections of the text form, whose names no reaction can have."""

_RESERVED = (*SECTIONS, "initial values", "initial_values")
_WRITTEN_OUT = re.compile(r"\s*\d|.*\s\+\s")
_NAME = re.compile(r"[\w.\-]+(?: [\w.\-]+)*\Z")


@dataclass(frozen=True)
class Reaction:
    """A reaction with its rate.

    Parameters
    ----------
    rate : term or number
        The rate constant (mass action) or the complete rate law.
    reactants, products : dict of Symbol to int
        Stoichiometric coefficients of both sides, in the order written.
    name : str, optional
        Name shown in reports.
    mass_action : bool
        Whether the rate is to be multiplied by the reactants (`-->`) or is complete (`=>`).
    """

    rate: Any
    reactants: dict[Any, int] = field(default_factory=dict)
    products: dict[Any, int] = field(default_factory=dict)
    name: str | None = None
    mass_action: bool = True

    def __hash__(self) -> int:
        """Hash by content, as equality compares it."""
        return hash(
            (
                self.rate,
                tuple(self.reactants.items()),
                tuple(self.products.items()),
                self.name,
                self.mass_action,
            )
        )

    def __str__(self) -> str:
        """Write the reaction in the text form that `sn.reaction_network` reads; a very long rate is cut."""
        return self.to_text(2_000)

    def to_text(self, limit: int | None = None) -> str:
        """Write the reaction in the text form, its rate in at most about `limit` characters."""
        from symnum.terms.printing.plain import plain

        label = f"{self.name}: " if self.name else ""
        arrow = "-->" if self.mass_action else "=>"
        return f"{label}{plain(self.rate, limit)}, {_side(self.reactants)} {arrow} {_side(self.products)}"

    def __repr__(self) -> str:
        return f"Reaction({self})"

    def _latex(self) -> str:
        from symnum.terms.printing.latex import latex

        arrow = r"\xrightarrow" if self.mass_action else r"\xRightarrow"
        return (
            f"{_latex_side(self.reactants)} {arrow}{{{latex(self.rate, 2_000)}}} {_latex_side(self.products)}"
        )

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self._latex()}$"


def _side(side: Mapping[Any, int]) -> str:
    from symnum.terms.names import written as quote

    return " + ".join(quote(s.name) if n == 1 else f"{n}*{quote(s.name)}" for s, n in side.items()) or "0"


def _latex_side(side: Mapping[Any, int]) -> str:
    from symnum.terms.printing.latex import latex

    parts = (latex(s) if n == 1 else f"{n}\\,{latex(s)}" for s, n in side.items())
    return " + ".join(parts) or r"\varnothing"


def reaction(
    rate: Any,
    reactants: Any = None,
    products: Any = None,
    *,
    name: str | None = None,
    mass_action: bool = True,
) -> Reaction:
    """Make a reaction for `sn.reaction_network([...])`.

    Parameters
    ----------
    rate : term, number or str
        Rate constant, or complete rate law with ``mass_action=False``. A bare name is a parameter.
    reactants, products : mapping to int, iterable, text, symbol, sum of symbols, or None
        Coefficients by species (a Symbol or its name), ``{S: 2}``; or the species, ``[S, S, E]``; or a side
        as one writes it, ``"2S + E"`` or ``2*S + E``. None and 0 are a source or a sink.
    name : str, optional
        Name shown in reports.
    mass_action : bool
        Whether the rate is to be multiplied by the reactants.

    Raises
    ------
    InputError
        If a side cannot be read, or a coefficient is not a whole number from 1 to 1,000.

    Examples
    --------
    >>> import symnum as sn
    >>> S, E, C = sn.species("S E C")
    >>> print(sn.models.reaction_network.reaction(sn.parameters("kf"), [S, E], {C: 1}, name="binding"))
    binding: kf, S + E --> C
    """
    from symnum.models.names import as_expression, parse_open

    if isinstance(rate, str):
        rate = parse_open(rate)
    if name is not None and (not _NAME.match(name) or name in _RESERVED):
        raise InputError(
            f'{name!r} cannot be the name of a reaction: use letters, digits, "_", "-", "." and single blanks, '
            f"and none of {', '.join(_RESERVED)}."
        )
    return Reaction(as_expression(rate), _counts(reactants), _counts(products), name, bool(mass_action))


_FORMS = (
    'Write a side of a reaction as "2S + E", [S, E] or {S: 2, E: 1}, and None for nothing; '
    "names with other characters stand between backquotes."
)
Pairs = Iterable[tuple[Any, Any]]


def _counts(side: Any) -> dict[Any, int]:
    from symnum.models.names import as_symbol

    out: dict[Any, int] = {}
    for species, count in _pairs(side):
        symbol = as_symbol(species)
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_MOLECULES:
            raise InputError(
                f'The coefficient of "{symbol.name}" is {count!r}; '
                f"it must be a whole number from 1 to {MOST_MOLECULES:,}."
            )
        out[symbol] = out.get(symbol, 0) + count
    return out


def _pairs(side: Any) -> Pairs:
    """Return species and their coefficients from any form of one side of a reaction."""
    if side is None or (side.__class__ in (int, float) and side == 0):
        return ()
    if isinstance(side, str):
        return _from_text(side)
    if isinstance(side, Mapping):
        return side.items()
    if isinstance(side, Iterable) and not hasattr(side, "name"):
        return [pair for entry in side for pair in _from_entry(entry)]
    return _from_term(side)


def _from_entry(entry: Any) -> Pairs:
    """Read a member of a list, where any text that is not plainly a sum or a multiple is a name."""
    if isinstance(entry, str):
        return _from_text(entry) if _WRITTEN_OUT.match(entry) else [(entry, 1)]
    return _from_term(entry)


def _from_text(text: str) -> Pairs:
    from symnum.errors import ParseError
    from symnum.models.reaction_network.read_text import read_side
    from symnum.models.text import Fragment, Source

    try:
        return read_side(Fragment(Source(text), 0, len(text)).cut(0, len(text))).items()
    except ParseError as error:
        raise ParseError(f"{error.reason} {_FORMS}", text=text, column=error.column) from None


def _from_term(term: Any) -> Pairs:
    """Read a symbol, or a sum of symbols with whole coefficients."""
    from symnum.models.names import as_expression
    from symnum.terms.canonical import Product, Sum, Symbol
    from symnum.terms.order import sorted_terms

    try:
        found = as_expression(term)
    except InputError:
        raise InputError(f"{term!r} is no side of a reaction. {_FORMS}") from None
    pairs: list[tuple[Any, Any]] = [(found, 1)]
    if isinstance(found, Sum) and found.constant == 0:
        pairs = list(sorted_terms(found))
    elif isinstance(found, Product) and list(found.factors.values()) == [1]:
        pairs = [(next(iter(found.factors)), found.coefficient)]
    for species, _ in pairs:
        if not isinstance(species, Symbol):
            raise InputError(f'"{term!s}" is no side of a reaction, which is a sum of species. {_FORMS}')
    return pairs
