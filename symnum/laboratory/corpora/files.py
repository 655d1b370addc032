"""A file as a corpus: expressions, one on each line, or a model of any format that is read."""

import os
from pathlib import Path
from typing import Any

from symnum.errors import InputError, ParseError
from symnum.laboratory.corpora.expressions import pieces_of_text
from symnum.laboratory.piece import Piece, make_piece

_MODELS = frozenset({".net", ".rn", ".ode", ".bngl"})
_SBML = frozenset({".xml", ".sbml"})


def is_file_name(text: str) -> bool:
    """Tell whether a text is meant as a file, not as the name of a corpus."""
    return os.sep in text or "." in text or Path(text).is_file()


def pieces_of_file(path: Path) -> list[Piece]:
    """Return the pieces of a file of expressions, or of a model.

    Raises
    ------
    InputError
        If there is no such file.
    ParseError
        If it cannot be read, with file and line.
    """
    if path.suffix in _SBML:
        from symnum.laboratory.corpora.laws import pieces_of_laws
        from symnum.laboratory.corpora.sbml_laws import sbml_laws

        return pieces_of_laws(sbml_laws(path))
    if path.suffix in _MODELS:
        from symnum.models.read_model import read_model

        return pieces_of_model(read_model(path))
    try:
        text = _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ParseError("This is not UTF-8 text. Save the file as UTF-8.", file=path, line=1) from None
    return pieces_of_text(text, str(path))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}. Check the path.") from None


def pieces_of_model(model: Any) -> list[Piece]:
    """Return the general rates of a model as one piece each, and its right-hand sides as another one."""
    system = model if hasattr(model, "rhs") else model.system()
    rates = dict(system.fluxes.rates) if system.fluxes is not None else {}
    named = [(f"{system.name}: rate {r + 1}", [rate]) for r, rate in rates.items()]
    named.append((f"{system.name}: right-hand sides", list(system.rhs)))
    pieces = [make_piece(name, terms, parameters=system.parameters) for name, terms in named]
    return [p for p in pieces if p is not None]
