"""Right-hand sides of mass-action networks: of the library's models, and of BioNetGen files."""

from random import Random
from typing import Any

from symnum.errors import InputError
from symnum.laboratory.corpora import Corpus
from symnum.laboratory.corpora.data import data_files
from symnum.laboratory.piece import Piece, make_piece
from symnum.terms import interface

_COUNT = 40
_LARGEST = 200
"""Summands of one right-hand side; longer ones say nothing that shorter ones do not."""


def rows_of(model: Any) -> list[Piece]:
    """Return one piece for each right-hand side with at least two summands."""
    system = model.system()
    pieces = []
    for state, term in zip(system.states, system.rhs):
        is_sum = interface.is_call(term) and interface.head(term) == "+"
        if is_sum and 2 <= len(interface.arguments(term)) <= _LARGEST:
            pieces.append(make_piece(f"{system.name}: {state.name}", [term], parameters=system.parameters))
    return [p for p in pieces if p is not None]


def sampled(pieces: list[Piece], seed: int, count: int) -> list[Piece]:
    """Return some pieces in their order, drawn by a seed."""
    if len(pieces) <= count:
        return pieces
    kept = Random(seed).sample(range(len(pieces)), count)  # noqa: S311 - no secrets
    return [pieces[i] for i in sorted(kept)]


def _library(seed: int, count: int | None) -> list[Piece]:
    from symnum.models import library

    makers = (library.lotka_volterra, library.robertson, library.oregonator, library.brusselator)
    models = [make() for make in (*makers, library.michaelis_menten, library.receptor_scaffold)]
    return sampled([p for m in models for p in rows_of(m)], seed, _COUNT if count is None else count)


def _bionetgen(seed: int, count: int | None) -> list[Piece]:
    from symnum.models.read_model import read_model

    pieces = []
    for path in data_files("networks", "*.net"):
        if path.stat().st_size < 300_000:  # the others take seconds to read, and look like these
            pieces += rows_of(read_model(path))
    if not pieces:
        raise InputError("none of the BioNetGen files that were found has a right-hand side with two summands.")
    return sampled(pieces, seed, _COUNT if count is None else count)


CORPORA = (
    Corpus("mass_action", "right-hand sides of the library's reaction networks", _library, _COUNT),
    Corpus("bionetgen", "right-hand sides of BioNetGen networks (needs the reference data)", _bionetgen, _COUNT),
)
