"""Corpora by name: collections of expressions to measure rulesets on. Each is one file; `register_corpus` adds more.

A corpus is the same on every run and machine: what is random in it follows from the seed.
"""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from symnum.errors import InputError, UnknownNameError, suggest
from symnum.laboratory.piece import Piece

__all__ = ["Corpus", "corpora", "get_corpus", "register_corpus"]


class Corpus(NamedTuple):
    """A collection of pieces.

    Attributes
    ----------
    name, description : str
    make : callable
        `make(seed, count)` returns a list of `Piece`, at most `count` of them where that is a number. It may raise
        an error of `symnum.errors` where files or packages that it needs are absent.
    size : int or None
        How many pieces are made where the user says nothing.
    """

    name: str
    description: str
    make: Callable[[int, int | None], list[Piece]]
    size: int | None = None


_SHIPPED = {
    "kinetic_laws": "laws",
    "mass_action": "mass_action",
    "polynomials": "polynomials",
    "trigonometric": "trigonometric",
    "stencils": "stencils",
    "moments": "moments",
    "sbml": "laws",
    "bionetgen": "mass_action",
}
"""The corpora that come with symnum, and the modules in which they are."""

_known: dict[str, Corpus] = {}


def corpora() -> tuple[str, ...]:
    """Return the names of the corpora.

    Examples
    --------
    >>> from symnum.laboratory import corpora
    >>> "polynomials" in corpora()
    True
    """
    return tuple(dict.fromkeys((*_SHIPPED, *_known)))


def get_corpus(name: str) -> Corpus:
    """Return a corpus by name.

    Raises
    ------
    UnknownNameError
        If there is none; the message suggests close names.
    """
    if name not in _known and name in _SHIPPED:
        found = importlib.import_module(f"{__name__}.{_SHIPPED[name]}").CORPORA
        _known.update({corpus.name: corpus for corpus in found})
    if name not in _known:
        raise UnknownNameError(
            f'there is no corpus "{name}".{suggest(name, corpora())} Choose one of {", ".join(corpora())}, or give a '
            "file of expressions, a model or a list of expressions."
        )
    return _known[name]


def register_corpus(new: Corpus) -> Corpus:
    """Add a corpus to those that are found by name.

    Raises
    ------
    InputError
        If another one has that name.
    """
    if new.name in corpora() and get_corpus(new.name) != new:
        raise InputError(f'the corpus "{new.name}" exists already; give yours another name.')
    _known[new.name] = new
    return new


def pieces_of(corpus: Any, seed: int, count: int | None) -> tuple[str, list[Piece]]:
    """Return name and pieces of whatever a user may give as a corpus.

    Parameters
    ----------
    corpus : str, Path, Corpus, model, term, or list of terms or pieces
        A name of `corpora()`, or a file of expressions or of a model.
    seed : int
    count : int, optional
        Greatest number of pieces.

    Raises
    ------
    InputError
        If there is nothing to measure in it.
    """
    name, pieces = _found(corpus, seed, count)
    if not pieces:
        raise InputError(f'the corpus "{name}" holds no expression with an operation: there is nothing to measure.')
    return name, pieces[:count]


def _found(corpus: Any, seed: int, count: int | None) -> tuple[str, list[Piece]]:
    from symnum.laboratory.corpora.expressions import pieces_of_terms
    from symnum.laboratory.corpora.files import is_file_name, pieces_of_file, pieces_of_model

    if isinstance(corpus, Corpus):
        return corpus.name, corpus.make(seed, corpus.size if count is None else count)
    if isinstance(corpus, Path) or (isinstance(corpus, str) and corpus not in corpora() and is_file_name(corpus)):
        return Path(corpus).name, pieces_of_file(Path(corpus))
    if isinstance(corpus, str):
        return _found(get_corpus(corpus), seed, count)
    if isinstance(corpus, Piece):
        return corpus.name, [corpus]
    if hasattr(corpus, "system") or hasattr(corpus, "rhs"):
        return str(corpus.name), pieces_of_model(corpus)
    items = corpus if isinstance(corpus, Sequence) else [corpus]
    return "expressions", pieces_of_terms(items)
