"""The equations of a model as a sequence whose members are made when looked at."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

from symnum.display import elide, html_table
from symnum.systems.ode import ODESystem

__all__ = ["Equations"]

_SHOWN = 20
_WIDTH = 240
_MOST_LATEX = 3_000


class Equations(Sequence[Any]):
    """The equations ``D(x) = f`` of a system, one per state, as `sn.Eq` objects.

    Parameters
    ----------
    system : ODESystem
        The system.
    """

    def __init__(self, system: ODESystem) -> None:
        self._system = system

    def __len__(self) -> int:
        return len(self._system.states)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Any, ...]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            chosen = range(*index.indices(len(self)))
            if len(chosen) * 4 > len(self):
                return tuple(_equation(self._system.states[i], self._system.rhs[i]) for i in chosen)
            return tuple(self[i] for i in chosen)
        i = range(len(self))[index]
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
        return [elide(self.line(i), _WIDTH) for i in range(min(len(self), _SHOWN))]

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

        state, rhs = self._system.states[index], self._system.right_hand_side(index)
        return f"D({state}) = {plain(rhs, limit)}"

    def __repr__(self) -> str:
        lines = self._shown()
        if len(self) > _SHOWN:
            lines.append(f"… and {len(self) - _SHOWN:,} more")
        return "\n".join(lines) or "<no equations>"

    def _repr_html_(self) -> str:
        rows = [[line] for line in self._shown()]
        more = f"<p>… and {len(self) - _SHOWN:,} more</p>" if len(self) > _SHOWN else ""
        return html_table([f"{len(self):,} equations"], rows) + more

    def latex(self, *, limit: int = _SHOWN) -> str:
        """Write the equations in LaTeX, as an ``aligned`` block without dollar signs.

        Parameters
        ----------
        limit : int
            Greatest number of equations written.
        """
        from symnum.terms.printing.latex import latex

        time = latex(self._system.independent)
        lines = [
            f"\\frac{{\\mathrm{{d}} {latex(self._system.states[i])}}}{{\\mathrm{{d}} {time}}} &= "
            f"{latex(self._system.right_hand_side(i), _MOST_LATEX)}"
            for i in range(min(len(self), limit))
        ]
        if len(self) > limit:
            lines.append(f"&\\;\\;\\vdots \\quad \\text{{({len(self) - limit:,} more)}}")
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def _equation(state: Any, rhs: Any) -> Any:
    from symnum.terms.canonical import call
    from symnum.terms.functions import Eq

    _register_derivative()
    return Eq(call("D", (state,)), rhs)


def _register_derivative() -> None:
    """Make ``D(x)``, the derivative by the independent variable, an operation that terms can hold."""
    from symnum.terms.operations import OPERATIONS, Operation, register_operation

    if "D" not in OPERATIONS:
        register_operation(Operation("D", 1, 1, latex=r"\operatorname{D}"))
