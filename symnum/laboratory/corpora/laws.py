"""Kinetic laws as corpora: the seeded generator's, and those of SBML files."""

from symnum.laboratory.corpora import Corpus
from symnum.laboratory.corpora.data import data_files
from symnum.laboratory.corpora.kinetic_laws import KineticLaw, families, kinetic_laws
from symnum.laboratory.corpora.mass_action import sampled
from symnum.laboratory.corpora.sbml_laws import sbml_laws
from symnum.laboratory.piece import Piece, make_piece

_COUNT = 2 * len(families())


def pieces_of_laws(laws: list[KineticLaw]) -> list[Piece]:
    """Return one piece for each law that has an operation."""
    pieces = [make_piece(law.name, [law.term], parameters=law.parameters) for law in laws]
    return [p for p in pieces if p is not None]


def _generated(seed: int, count: int | None) -> list[Piece]:
    return pieces_of_laws(kinetic_laws(_COUNT if count is None else count, seed))


def _sbml(seed: int, count: int | None) -> list[Piece]:
    pieces = [p for path in data_files("sbml", "*.tar.gz") for p in pieces_of_laws(sbml_laws(path))]
    distinct = list({piece.expressions: piece for piece in pieces}.values())
    return distinct if count is None else sampled(distinct, seed, count)


CORPORA = (
    Corpus("kinetic_laws", "generated kinetic laws of all families, as they stand in publications", _generated, _COUNT),
    Corpus("sbml", "every kinetic law of the SBML test cases (needs the reference data)", _sbml),
)
