"""BioNetGen network files (`.net`): numbered parameters, species and reactions, functions, groups.

The format is described in "BioNetGen 2.2: advances in rule-based modeling", Bioinformatics 32, 3366
(2016), and its user manual. Reactions are read in bulk into arrays: no object is made per reaction.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import ParseError
from symnum.models.importers.bionetgen_names import Names
from symnum.models.importers.bionetgen_reactions import read_reactions
from symnum.models.importers.bionetgen_sections import Lines, Section, cut_sections
from symnum.models.importers.numbers import read_number
from symnum.models.observables import WeightedSums
from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["looks_like_bionetgen_net", "read_bionetgen"]


def looks_like_bionetgen_net(text: str) -> bool:
    """Whether a text has the sections of a `.net` file."""
    return "begin species" in text or "begin reactions" in text or "begin parameters" in text


def read_bionetgen(text: str, *, file: str | None = None, name: str = "network") -> ReactionNetwork:
    """Read the text of a BioNetGen `.net` file.

    Parameters
    ----------
    text : str
        The content of the file.
    file : str, optional
        Name for messages.
    name : str
        Name of the model.

    Returns
    -------
    ReactionNetwork
        Mass action without combinatoric factors, since the file's statistical factors hold them; groups
        as observables; species marked with ``$`` are fixed. A function that depends on observables makes
        a general rate.

    Raises
    ------
    ParseError
        With file and line, if the text is not a complete network file.
    UnknownNameError, DuplicateNameError
        If a name is not defined, or twice.
    UnsupportedError
        If a rate uses something that symnum does not have, such as `mratio`.
    """
    if "\0" in text:
        line = text[: text.index("\0")].count("\n")
        raise ParseError("There is a NUL byte: this is not a text file.", file=file, line=line + 1)
    from symnum.terms.interning import bulk

    with bulk():
        return _read(text, file, name)


def _read(text: str, file: str | None, name: str) -> ReactionNetwork:
    lines, sections = cut_sections(text, file)
    for needed in ("species", "reactions"):
        if needed not in sections:
            raise ParseError(
                f'There is no section "begin {needed}" ... "end {needed}", which a network file must have.',
                file=file,
            )
    empty = Section(lines, 0, 0, 0, 0)
    names = Names(lines)
    names.read_parameters(sections.get("parameters", empty))
    species, amounts, fixed = _read_species(lines, sections["species"], names)
    groups = _read_groups(lines, sections.get("groups", empty), len(species))
    observables = WeightedSums(species, groups)
    names.read_functions(sections.get("functions", empty), observables, species)
    values = {text: names.constant(text, line) for text, line in amounts[1].items()}
    return ReactionNetwork(
        species=species,
        parameters=names.parameters,
        parameter_values=names.parameter_values(),
        initial_values=[values[text] for text in amounts[0]],
        arrays=read_reactions(lines, sections["reactions"], len(species), names),
        independent=names.independent,
        observables=observables,
        fixed=fixed,
        combinatoric=False,
        name=name,
    )


def _read_species(
    lines: Lines, section: Section, names: Names
) -> tuple[tuple[Any, ...], tuple[list[str], dict[str, int]], frozenset[int]]:
    """Return species, initial amounts (texts in order; a line for each distinct one), and fixed indices."""
    from symnum.terms.canonical import Symbol

    found: dict[str, int] = {}
    fixed = set()
    texts: list[str] = []
    where: dict[str, int] = {}
    for position, i in enumerate(section.lines):
        words = lines.words(i)
        if len(words) < 2:
            raise lines.error("A species needs an index, a name and an initial amount.", i)
        if words[0] != str(position + 1):
            raise lines.error(
                f'The index of this species is "{words[0]}", but species are numbered 1, 2, 3, ... in order, '
                f"and {position + 1} comes next.",
                i,
            )
        name = words[1]
        if "$" in name:
            name = name.replace("$", "", 1)
            fixed.add(position)
        amount = words[2] if len(words) > 2 else "0"
        if len(words) > 3 and not words[3].startswith("#"):
            amount = lines.raw[i].split(None, 2)[2]
        amount = amount.split("#", 1)[0].strip() or "0"
        if name in names.values:
            name += "()"
        if name in found:
            raise lines.duplicate("the species", name, i, found[name])
        found[name] = i
        texts.append(amount)
        where.setdefault(amount, i)
    names.choose_time(found)
    return tuple(Symbol(name) for name in found), (texts, where), frozenset(fixed)


def _read_groups(
    lines: Lines, section: Section, n_species: int
) -> Mapping[str, tuple[NDArray[np.int32], NDArray[Any]]]:
    out: dict[str, tuple[NDArray[np.int32], NDArray[Any]]] = {}
    where: dict[str, int] = {}
    indices_seen: dict[str, int] = {}
    for i in section.lines:
        words = lines.words(i)
        if len(words) < 2 or not _is_index(words[0]):
            raise lines.error('A group needs an index, a name and members such as "1,2*3".', i)
        if words[0] in indices_seen:
            raise lines.duplicate("the group number", words[0], i, indices_seen[words[0]])
        indices_seen[words[0]] = i
        name = words[1]
        if name in where:
            raise lines.duplicate("the group", name, i, where[name])
        where[name] = i
        members = words[2] if len(words) > 2 and not words[2].startswith("#") else ""
        if members and len(words) > 3 and not words[3].startswith("#"):
            raise lines.error("The members of a group are one list without blanks.", i)
        out[name] = _members(lines, members.split("#", 1)[0], i, n_species)
    return out


def _members(lines: Lines, text: str, line: int, n_species: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
    indices: list[int] = []
    weights: list[Any] = []
    for part in text.split(",") if text else ():
        weight, star, index = part.rpartition("*")
        if not _is_index(index) or not 1 <= int(index) <= n_species:
            raise lines.error(
                f'"{part}" is not a member: it must name a species from 1 to {n_species}.', line
            )
        factor = read_number(weight) if star else 1
        if factor is None:
            raise lines.error(f'"{weight}" is not a weight; it must be a number.', line)
        indices.append(int(index) - 1)
        weights.append(factor)
    whole = all(isinstance(w, int) and abs(w) < 2**53 for w in weights)
    # Objects keep the weights that are integers exact beside those that are not.
    return np.array(indices, dtype=np.int32), np.array(weights, dtype=np.int64 if whole else object)


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
