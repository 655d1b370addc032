"""The equations of a model as a sequence whose members are made when looked at."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from symnum.display import elide, html_table
from symnum.systems.ode import ODESystem

__all__ = ["Equations"]

_SHOWN = 20
_WIDTH = 240
_MOST_TEXT = 6_000
_MOST_LATEX = 1_500
_ALL = 50_000_000


class Equations(Sequence[Any]):
    """The equations ``D(x) = f`` of a system, one per state, as `sn.Eq` objects.

    Parameters
    ----------
    system : ODESystem
        The system.
    written : sequence of (left, right), optional
        Other equations to show: those that a differential-algebraic system was made from.
    """

    def __init__(self, system: ODESystem, written: Sequence[tuple[Any, Any]] | None = None) -> None:
        self._system = system
        self._written = written

    def __len__(self) -> int:
        return len(self._system.states) if self._written is None else len(self._written)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Any, ...]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            chosen = range(*index.indices(len(self)))
            if self._written is not None:
                return tuple(self[i] for i in chosen)
            if len(chosen) * 4 > len(self):
                return tuple(_equation(self._system.states[i], self._system.rhs[i]) for i in chosen)
            return tuple(self[i] for i in chosen)
        i = range(len(self))[index]
        if self._written is not None:
            return _made(*self._written[i])
        return _equation(self._system.states[i], self._system.right_hand_side(i))

    def __iter__(self) -> Iterator[Any]:
        return iter(self[:])

    def __eq__(self, other: object) -> bool:
        """Equations are equal to any sequence of the same equations."""
        if isinstance(other, Equations | tuple | list):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._system.states)

    def _shown(self) -> list[str]:
        return [elide(line, _WIDTH) for line in self._within(self.line, _SHOWN)]

    def _within(self, write: Callable[[int], str], limit: int) -> list[str]:
        """Write equations until there are `limit`, or so much text that nobody would read on."""
        out: list[str] = []
        room = _MOST_TEXT
        for i in range(min(len(self), limit)):
            out.append(write(i))
            room -= len(out[-1])
            if room < 0:
                break
        return out

    def line(self, index: int, limit: int = 2_000) -> str:
        """Write one equation as ``D(x) = f``, the way `sn.ode_system` reads it, unless it is very long.

        Parameters
        ----------
        index : int
            Number of the state.
        limit : int
            Number of characters after which parts are shown as "…".
        """
        from symnum.terms.printing.plain import plain

        if self._written is not None:
            left, right = self._written[index]
            return f"{plain(left, limit)} = {plain(right, limit)}"
        state, rhs = self._system.states[index], self._system.right_hand_side(index)
        return f"D({state}) = {plain(rhs, limit)}"

    def __repr__(self) -> str:
        lines = self._shown()
        if len(self) > len(lines):
            lines.append(f"… and {len(self) - len(lines):,} more")
        return "\n".join(lines) or "<no equations>"

    def _repr_html_(self) -> str:
        lines = self._shown()
        left_out = len(self) - len(lines)
        more = f"<p>… and {left_out:,} more</p>" if left_out else ""
        return html_table([f"{len(self):,} equations"], [[line] for line in lines], left=True) + more

    def latex(self, *, limit: int | None = None) -> str:
        """Write the equations in LaTeX, as an ``aligned`` block without dollar signs.

        Parameters
        ----------
        limit : int, optional
            Greatest number of equations written, each in full. If left out, as many as one would read:
            at most 20, fewer where they are long, and long ones cut.
        """
        if limit is None:
            lines = self._within(lambda i: self._latex_line(i, _MOST_LATEX), _SHOWN)
        else:
            lines = [self._latex_line(i, None) for i in range(min(len(self), limit))]
        if len(self) > len(lines):
            lines.append(f"&\\;\\;\\vdots \\quad \\text{{({len(self) - len(lines):,} more)}}")
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def _latex_line(self, index: int, limit: int | None) -> str:
        from symnum.terms.printing.latex import latex

        longest = _ALL if limit is None else limit
        if self._written is not None:
            left, right = self._written[index]
            return f"{latex(left, longest)} &= {latex(right, longest)}"
        state = latex(self._system.states[index])
        rhs = self._system.right_hand_side(index)
        right = latex(rhs, longest)
        time = latex(self._system.independent)
        return f"\\frac{{\\mathrm{{d}} {state}}}{{\\mathrm{{d}} {time}}} &= {right}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def _equation(state: Any, rhs: Any) -> Any:
    from symnum.systems.implicit import D

    return _made(D(state), rhs)


def _made(left: Any, right: Any) -> Any:
    from symnum.terms.functions import Eq

    return Eq(left, right)
