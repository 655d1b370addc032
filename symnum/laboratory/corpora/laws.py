"""Kinetic laws as corpora: the seeded generator's, and those of SBML files."""

from symnum.laboratory.corpora import Corpus
from symnum.laboratory.corpora.kinetic_laws import KineticLaw, kinetic_laws
from symnum.laboratory.piece import Piece, make_piece

_COUNT = 70


def pieces_of_laws(laws: list[KineticLaw]) -> list[Piece]:
    """Return one piece for each law that has an operation."""
    pieces = [make_piece(law.name, [law.term], parameters=law.parameters) for law in laws]
    return [p for p in pieces if p is not None]


def _generated(seed: int, count: int | None) -> list[Piece]:
    return pieces_of_laws(kinetic_laws(_COUNT if count is None else count, seed))


CORPORA = (
    Corpus("kinetic_laws", "generated kinetic laws of all families, as they stand in publications", _generated, _COUNT),
)
