"""Reading reactions in Catalyst's text form."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from symnum.errors import DuplicateNameError
from symnum.models.names import Scope
from symnum.models.reaction_network.make_reaction import MOST_MOLECULES, Reaction
from symnum.models.text import Fragment, read_name

__all__ = ["Statement", "finish", "read_side", "read_statement"]

_ARROW = re.compile(r"<-->|<--|-->|<=>|<->|=>|->|→|⟶|↔|⟷|⇌|⇄|⇒|←|⟵|⇔")
_FORWARD = frozenset(("-->", "->", "→", "⟶", "=>", "⇒"))
_BOTH = frozenset(("<-->", "<->", "↔", "⟷", "⇌", "⇄", "<=>", "⇔"))
_COMPLETE = frozenset(("=>", "⇒", "<=>", "⇔"))
_LABEL = re.compile(r"([\w.\-]+(?: [\w.\-]+)*)\s*:(?!:)\s*")
_NOTHING = frozenset(("0", "∅", "Ø", "\N{LATIN SMALL LETTER O WITH STROKE}"))
_PART = re.compile(r"(?:(\d+)\s*\*?\s*)?([^\W\d]\w*|`[^`]*`)\Z")
_SCIENTIFIC = re.compile(r"\d+(e\d+|E\d+[^\W\d])")
_FIX = 'Write for example "k, A + 2B --> C".'


@dataclass(frozen=True)
class Statement:
    """One statement, with the sides read and the rates still text.

    Parameters
    ----------
    reactions : list of (Fragment, dict, dict, str or None)
        Rate, reactants, products and name of each reaction that the statement stands for.
    mass_action : bool
        Whether the rates are to be multiplied by the reactants.
    """

    reactions: list[tuple[Fragment, dict[str, int], dict[str, int], str | None]]
    mass_action: bool


def read_statement(statement: Fragment) -> Statement:
    """Read ``[name:] rate, reactants ARROW products``, with bundles such as ``(k1, k2)`` spread out.

    Raises
    ------
    ParseError
        With the place of the fault.
    """
    label = None
    match = _LABEL.match(statement.masked)
    if match is not None:
        label = statement.text[: match.end(1)]
        statement = statement.cut(match.end(), statement.stop - statement.start)
    parts = statement.split()
    if len(parts) < 2:
        raise statement.error(
            f"A reaction needs a rate, a comma, and then the reaction. {_FIX}"
            if _ARROW.search(statement.masked)
            else f"This is not a reaction: it has no arrow such as --> or =>. {_FIX}"
        )
    rate = parts[0]
    reaction = Fragment(statement.source, parts[1].start, statement.stop)
    if len(parts) > 2:
        raise parts[2].error(f"A reaction has one comma outside of brackets, after its rate. {_FIX}")
    arrows = list(_ARROW.finditer(reaction.masked))
    if len(arrows) != 1:
        what = "no arrow such as --> or =>" if not arrows else "more than one arrow"
        raise reaction.error(f"This reaction has {what}. {_FIX}", arrows[1].start() if arrows else 0)
    arrow = arrows[0]
    left = _bundle(reaction.cut(0, arrow.start()))
    right = _bundle(reaction.cut(arrow.end(), reaction.stop - reaction.start))
    if arrow[0] in _BOTH:
        both = rate.unbundle()
        if both is None or len(both) != 2:
            raise rate.error('A reversible reaction needs two rates: "(kf, kr), A <--> B".')
        forward = _spread(both[0], left, right, label)
        backward = _spread(both[1], right, left, None if label is None else f"{label}_reverse")
        pairs = (
            [r for pair in zip(forward, backward) for r in pair] if len(forward) == len(backward) else None
        )
        return Statement(pairs if pairs is not None else forward + backward, arrow[0] not in _COMPLETE)
    if arrow[0] not in _FORWARD:
        left, right = right, left
    return Statement(_spread(rate, left, right, label), arrow[0] not in _COMPLETE)


def _bundle(side: Fragment) -> list[dict[str, int]]:
    return [read_side(part) for part in side.unbundle() or [side]]


def _spread(
    rate: Fragment, left: list[dict[str, int]], right: list[dict[str, int]], label: str | None
) -> list[tuple[Fragment, dict[str, int], dict[str, int], str | None]]:
    """Pair the members of bundles; what is not a bundle counts for all."""
    rates = rate.unbundle() or [rate]
    sizes = {len(x) for x in (rates, left, right)} - {1}
    if len(sizes) > 1:
        raise rate.error(
            f"The bundles have {len(rates)} rates, {len(left)} left and {len(right)} right sides. "
            "Each must have one member or as many as the others."
        )
    n = max(sizes, default=1)
    return [
        (
            rates[k % len(rates)],
            left[k % len(left)],
            right[k % len(right)],
            label if label is None or n == 1 else f"{label}_{k + 1}",
        )
        for k in range(n)
    ]


def read_side(side: Fragment) -> dict[str, int]:
    """Read ``S + 2E``, or 0 for nothing."""
    if side.start == side.stop:
        raise side.error("One side of this reaction is missing. Write 0 for a source or a sink.")
    if side.text in _NOTHING:
        return {}
    out: dict[str, int] = {}
    for part in _summands(side):
        match = _PART.match(part.text)
        if match is None or _SCIENTIFIC.match(part.text):
            raise part.error(_why_no_species(part.text))
        count = int(match[1]) if match[1] and len(match[1]) < 9 else 1 if not match[1] else MOST_MOLECULES + 1
        if not 1 <= count <= MOST_MOLECULES:
            raise part.error(f"A stoichiometric coefficient must be from 1 to {MOST_MOLECULES:,}.")
        name = read_name(part.cut(match.start(2), match.end(2)), "species")
        out[name] = out.get(name, 0) + count
    return out


def _summands(side: Fragment) -> Iterator[Fragment]:
    begin = 0
    for match in re.finditer(r"\+|\Z", side.masked):
        yield side.cut(begin, match.start())
        begin = match.end()


def _why_no_species(text: str) -> str:
    if not text:
        return f'A species is missing beside "+". {_FIX}'
    if text in _NOTHING:
        return "0 stands alone on its side of a reaction."
    if _SCIENTIFIC.match(text):
        return f'"{text[:60]}" begins like a number with an exponent. Write * after a coefficient: "2*e1".'
    if re.match(r"\d*\.\d+|\d+/\d+", text):
        return f'The coefficient in "{text[:60]}" is not a whole number; multiply the reaction out.'
    if "(" in text:
        return f'"{text[:60]}" cannot stand in a reaction: write brackets out, as "2A + 2B" for "2(A + B)".'
    return f'"{text[:60]}" is not a species with a whole coefficient. {_FIX}'


def finish(statements: list[Statement], symbols: Mapping[str, Any], scope: Scope) -> list[Reaction]:
    """Read the rates, once all species are known, and make the reactions.

    Raises
    ------
    DuplicateNameError
        If two reactions have the same name.
    """
    out: list[Reaction] = []
    labels: set[str] = set()
    memo: dict[str, Any] = {}
    for statement in statements:
        for rate, left, right, label in statement.reactions:
            if label is not None and label in labels:
                line = rate.source.locate(rate.start)[0]
                raise DuplicateNameError(
                    f'line {line}: two reactions are named "{label}". Rename one of them.'
                )
            if label is not None:
                labels.add(label)
            text = rate.text
            if text not in memo:
                memo[text] = rate.expression(scope)
            out.append(
                Reaction(
                    memo[text],
                    {symbols[name]: n for name, n in left.items()},
                    {symbols[name]: n for name, n in right.items()},
                    label,
                    statement.mass_action,
                )
            )
    return out
