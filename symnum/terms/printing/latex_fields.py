"""Derivatives and vectors in equations for fields as LaTeX: indices and columns."""

from typing import Any

from symnum.terms.printing.styled import ATOM, Pieces, separated

__all__ = ["field_latex"]


def field_latex(name: str, args: list[Pieces]) -> Pieces | None:
    """Return a call as it is usually written, or None where it is written as a function.

    Parameters
    ----------
    name : str
    args : list of list
        Each with one pair of a term and the level at which it is shown.
    """
    terms = [pieces[0][0] for pieces in args]
    if name == "D" and len(args) > 1:
        return ["{", (terms[0], ATOM), "}_{", *_indices(terms[1:]), "}"]
    if name == "vector":
        return [r"\begin{pmatrix} ", *separated(args, r" \\ "), r" \end{pmatrix}"]
    if name == "dot":
        return [r"\left\langle ", *args[0], ", ", *args[1], r" \right\rangle"]
    if name == "advection" and str(terms[-1]) == "flux":
        return [r"\nabla\cdot\left(", (terms[1], ATOM), " ", (terms[0], ATOM), r"\right)"]
    return None


def _indices(by: list[Any]) -> Pieces:
    """Return each symbol as often as the number behind it says, up to four times, and with a power beyond."""
    out: Pieces = []
    for k, symbol in enumerate(by):
        if isinstance(symbol, int):
            continue
        order = by[k + 1] if k + 1 < len(by) and isinstance(by[k + 1], int) else 1
        out += [(symbol, ATOM), " "] * order if order <= 4 else [(symbol, ATOM), f"^{{{order}}} "]
    return out[:-1] if out and out[-1] == " " else out
