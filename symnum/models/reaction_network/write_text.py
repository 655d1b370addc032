"""Writing a network in the text form that reads back."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from symnum.display import elide
from symnum.models.model import LONGEST_ENTRY
from symnum.terms.names import written as quote
from symnum.terms.printing.plain import ELISION, plain

__all__ = ["LONGEST", "event_comments", "write_definitions", "write_section", "write_text"]

_LONGEST_SHOWN = 20_000
"""Characters of one entry where the text is cut anyway."""

LONGEST = LONGEST_ENTRY


def write_text(network: Any, *, limit: int | None = None, width: int = LONGEST) -> str:
    """Write a network in the text form.

    Parameters
    ----------
    network : ReactionNetwork
        The network.
    limit : int, optional
        Greatest number of entries in each section; a comment says what was left out.
    width : int
        Greatest length of an entry where `limit` is given; longer ones are cut.
    """
    lines: list[str] = []
    if network.independent.name != "t":
        lines.append(f"independent: {quote(network.independent.name)}")
    if not network.combinatoric:
        lines.append("combinatoric: false")
    lines += write_section(
        "species", (quote(s.name) for s in network.species), len(network.species), limit, wrap=True, width=width
    )
    fixed = [quote(network.species[i].name) for i in sorted(network.fixed)]
    lines += write_section("fixed", fixed, len(fixed), limit, wrap=True, width=width)
    lines += write_definitions(network, limit, width)
    lines += write_section(
        "reactions", (r.to_text(width) for r in network.reactions), network.n_reactions, limit, width=width
    )
    lines += event_comments(network.events, width)
    return "\n".join(lines) + "\n"


def event_comments(events: Iterable[Any], width: int) -> list[str]:
    """Write events as comments: they are no part of the text form."""
    return [f"# event, not read back: {elide(str(event), width)}" for event in events]


def write_definitions(model: Any, limit: int | None, width: int = LONGEST) -> list[str]:
    """Write the sections of parameters, initial values and observables."""
    return [
        *write_section(
            "parameters",
            _assignments(model.parameters, model.parameter_values, width),
            len(model.parameters),
            limit,
            width=width,
        ),
        *write_section(
            "initial",
            _assignments(*_given(model.states, model.initial_values), width),
            sum(v is not None for v in model.initial_values),
            limit,
            width=width,
        ),
        *write_section(
            "observables",
            (f"{quote(name)} = {plain(term, width)}" for name, term in model.observables.items()),
            len(model.observables),
            limit,
            width=width,
        ),
    ]


def _given(symbols: Iterable[Any], values: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    pairs = [(s, v) for s, v in zip(symbols, values, strict=True) if v is not None]
    return [s for s, _ in pairs], [v for _, v in pairs]


def _assignments(symbols: Iterable[Any], values: Iterable[Any], width: int) -> Iterator[str]:
    for symbol, value in zip(symbols, values, strict=True):
        yield quote(symbol.name) if value is None else f"{quote(symbol.name)} = {plain(value, width)}"


def write_section(
    title: str,
    entries: Iterable[str],
    count: int,
    limit: int | None,
    *,
    wrap: bool = False,
    width: int = LONGEST,
) -> list[str]:
    """Write a section with its title; nothing if it is empty."""
    if count == 0:
        return []
    shown = list(entries if limit is None else islice(entries, limit))
    if limit is not None:
        shown = [_cut(entry, min(width, _LONGEST_SHOWN)) for entry in shown]
    lines = [f"{title}:"]
    if wrap:
        lines += _wrapped(shown)
    else:
        lines += ["    " + entry for entry in shown]
    if count > len(shown):
        lines.append(f"    # … and {count - len(shown):,} more; to_text() writes all of them")
    return lines


def _cut(entry: str, width: int) -> str:
    """Shorten an entry; of a sum that was written as ``a + b + … + …``, what comes before the first gap stays."""
    if len(entry) <= width:
        return entry
    beginning, gap, _ = entry.partition(ELISION)
    return elide(beginning, width - len(gap)) + gap


def _wrapped(words: list[str], width: int = 100) -> list[str]:
    lines: list[str] = []
    current = "   "
    for word in words:
        if len(current) + len(word) >= width and current.strip():
            lines.append(current)
            current = "   "
        current += " " + word
    return [*lines, current]
