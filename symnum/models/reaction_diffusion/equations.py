"""The equations of fields as a sequence that shows itself."""

from collections.abc import Sequence
from typing import Any

from symnum.display import elide, html_table

__all__ = ["FieldEquations"]

_WIDTH = 240


class FieldEquations(Sequence[Any]):
    """The equations ``D(u, t) = f`` of a model, as `sn.Eq` objects, after the definitions that they use.

    Parameters
    ----------
    model : ReactionDiffusionModel
    """

    def __init__(self, model: Any) -> None:
        from symnum.systems.implicit import D
        from symnum.terms.functions import Eq

        time = model.independent
        sides = zip(model.fields, model.right_hand_sides, strict=True)
        self._time = time
        self._entries = [*(Eq(s, f) for s, f in model.definitions.items()), *(Eq(D(u, time), f) for u, f in sides)]

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: Any) -> Any:
        found = self._entries[index]
        return tuple(found) if isinstance(index, slice) else found

    def __eq__(self, other: object) -> bool:
        """Equations are equal to any sequence of the same equations."""
        if isinstance(other, FieldEquations | tuple | list):
            return list(self) == list(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(len(self._entries))

    def lines(self, limit: int = 2_000) -> list[str]:
        """Return the equations as text that reads back, unless they are very long."""
        from symnum.terms.printing.plain import plain

        return [f"{plain(e.lhs, limit)} = {plain(e.rhs, limit)}" for e in self._entries]

    def __repr__(self) -> str:
        return "\n".join(elide(line, _WIDTH) for line in self.lines(_WIDTH))

    def _repr_html_(self) -> str:
        rows = [[elide(line, _WIDTH)] for line in self.lines(_WIDTH)]
        return html_table([f"{len(self):,} equations"], rows, left=True)

    def latex(self, *, limit: int | None = None) -> str:
        """Write the equations in LaTeX, as an ``aligned`` block without dollar signs."""
        from symnum.terms.printing.latex import latex

        lines = [f"{self._left(e.lhs)} &= {latex(e.rhs)}" for e in self._entries[:limit]]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def _left(self, left: Any) -> str:
        from symnum.terms.canonical import Symbol
        from symnum.terms.printing.latex import latex

        if isinstance(left, Symbol):
            return latex(left)
        return f"\\frac{{\\partial {latex(left.args[0])}}}{{\\partial {latex(self._time)}}}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"
