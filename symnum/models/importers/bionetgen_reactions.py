"""The reactions of a BioNetGen file, read in bulk."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.models.importers.bionetgen_names import Names
from symnum.models.importers.bionetgen_sections import Lines, Section
from symnum.models.reaction_network.arrays import ReactionArrays

__all__ = ["read_reactions"]

_KEYWORDS = frozenset(("Sat", "MM", "Hill", "Arrhenius", "FunctionProduct"))


def read_reactions(lines: Lines, section: Section, n_species: int, names: Names) -> ReactionArrays:
    """Read the section of reactions.

    Parameters
    ----------
    lines : Lines
        The file.
    section : Section
        Its reactions.
    n_species : int
        Number of species, which bounds the indices.
    names : Names
        What the rates may refer to.

    Raises
    ------
    ParseError
        With file and line, at the first reaction that cannot be read.
    """
    if (columns := _uniform_columns(section)) is not None:
        reactant_texts, product_texts, texts = columns
        where: Sequence[int] = range(section.first, section.first + len(texts))
    else:
        reactant_texts, product_texts, texts = _columns(lines, section)
        where = section.lines
    reactant_offsets, reactants = _read_side(lines, where, reactant_texts, n_species, "reactant")
    product_offsets, products = _read_side(lines, where, product_texts, n_species, "product")
    # Backwards, so that the first reaction with a rate is the one that stays.
    backwards = dict(zip(reversed(texts), range(len(texts) - 1, -1, -1)))
    first = dict(sorted(backwards.items(), key=itemgetter(1)))
    rates = [_read_rate(lines, text, where[position], names) for text, position in first.items()]
    numbers = {text: k for k, text in enumerate(first)}
    return ReactionArrays(
        reactant_offsets=reactant_offsets,
        reactants=reactants,
        product_offsets=product_offsets,
        products=products,
        rates=tuple(rates),
        rate_index=np.fromiter(map(numbers.__getitem__, texts), np.int32, len(texts)),
        mass_action=np.ones(len(texts), dtype=bool),
        names={},
    )


def _uniform_columns(section: Section) -> tuple[list[str], list[str], list[str]] | None:
    """Return reactants, products and rates of a section as the generator writes it, or None for any other.

    Such a section numbers its reactions 1, 2, 3, ..., and each line has four words, or four and a comment
    of one word. It is cut in one go, with a word of its own at the end of each line that shows where it is.
    """
    block = section.text
    count = block.count("\n")
    width = len(block[: block.find("\n")].split()) + 1
    words = block.replace("\n", " \0 ").split()
    if width not in (5, 6) or len(words) != count * width or words[width - 1 :: width].count("\0") != count:
        return None
    if width == 6 and any(word[0] != "#" for word in set(words[4::6])):
        return None
    if words[0::width] != list(map(str, range(1, count + 1))):
        return None
    rates = words[3::width]
    return None if any("#" in rate for rate in set(rates)) else (words[1::width], words[2::width], rates)


def _columns(lines: Lines, section: Section) -> tuple[list[str], list[str], list[str]]:
    """Return reactants, products and rates, line by line."""
    rows = [lines.words(i) for i in section.lines]
    if min(map(len, rows), default=4) < 4:
        short = next(position for position, row in enumerate(rows) if len(row) < 4)
        raise lines.error(
            'A reaction needs an index, reactants, products and a rate, such as "1 1,2 3 kf".',
            section.lines[short],
        )
    _check_indices(lines, section, [row[0] for row in rows])
    texts = [row[3] for row in rows]
    for position in [k for k, row in enumerate(rows) if len(row) == 5 and row[4][0] != "#"]:
        texts[position] = lines.raw[section.lines[position]].split(None, 3)[3].split("#", 1)[0].strip()
    return [row[1] for row in rows], [row[2] for row in rows], texts


def _check_indices(lines: Lines, section: Section, indices: list[str]) -> None:
    """Check that reactions are numbered by distinct positive integers; gaps are fine."""
    seen: dict[int, int] = {}
    for position, index in enumerate(indices):
        line = section.lines[position]
        if not (index.isascii() and index.isdecimal() and len(index) < 12) or int(index) == 0:
            raise lines.error(
                f'"{index}" is not the index of a reaction; it must be a positive integer.', line
            )
        if int(index) in seen:
            raise lines.duplicate("the reaction number", index, line, seen[int(index)])
        seen[int(index)] = line


def _read_side(
    lines: Lines, where: Sequence[int], texts: list[str], n_species: int, what: str
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Turn lists such as ``1,2`` into offsets and indices from zero; ``0`` alone is nothing."""
    if not texts:
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int32)
    joined = ";".join(texts)
    ends = _ends_of_integers(joined)
    if ends is None or joined.count(";") != len(texts) - 1:
        raise _side_error(lines, where, texts, n_species, what)
    indices = np.fromstring(joined.replace(";", ","), dtype=np.int64, sep=",") - 1
    if indices.max() >= n_species:
        raise _side_error(lines, where, texts, n_species, what)
    counts = np.diff(np.concatenate(([0], np.flatnonzero(ends) + 1, [len(ends) + 1])))
    nothing = indices < 0
    if nothing.any():
        if (np.repeat(counts, counts)[nothing] > 1).any():
            raise _side_error(lines, where, texts, n_species, what)
        indices = indices[~nothing]
        counts = counts - np.add.reduceat(nothing.astype(np.int64), np.cumsum(counts) - counts)
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets, indices.astype(np.int32)


def _ends_of_integers(text: str) -> NDArray[np.bool_] | None:
    """Return for each separator whether it is a semicolon, or None if the text is not a list.

    A list is non-negative integers of at most nine digits, separated by single commas or semicolons.
    """
    if not text.isascii() or text.encode("ascii").translate(None, b"0123456789,;"):
        return None
    characters = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    separators = np.flatnonzero((characters == ord(",")) | (characters == ord(";")))
    lengths = np.diff(separators, prepend=-1, append=len(characters)) - 1
    if lengths.min() < 1 or lengths.max() > 9:
        return None
    ends: NDArray[np.bool_] = characters[separators] == ord(";")
    return ends


def _side_error(lines: Lines, where: Sequence[int], texts: list[str], n_species: int, what: str) -> Exception:
    """Find the reaction at which a bulk conversion failed."""
    for position, text in enumerate(texts):
        parts = text.split(",")
        for part in parts:
            good = part.isascii() and part.isdecimal() and len(part) < 10 and int(part) <= n_species
            if not good or (int(part) == 0 and len(parts) > 1):
                line = where[position]
                return lines.error(
                    f'"{part}" is not a {what}: it must be the index of a species from 1 to {n_species}, '
                    "or 0 alone for none.",
                    line,
                    max(lines.raw[line].find(text), 0),
                )
    raise AssertionError("a bulk conversion failed on well-formed lists")


def _read_rate(lines: Lines, text: str, line: int, names: Names) -> Any:
    text = text.split("#", 1)[0].strip()
    keyword = text.split("(", 1)[0].split(None, 1)
    if keyword and keyword[0] in _KEYWORDS:
        from symnum.errors import UnsupportedError

        place = f"{lines.file}, line" if lines.file else "line"
        raise UnsupportedError(
            f'{place} {line + 1}: the rate law keyword "{keyword[0]}" is not supported. '
            "Write the law as a function of observables in the model, and generate the network again."
        )
    if not text:
        raise lines.error("This reaction has no rate.", line)
    return names.rate(text, line)
