"""Names and functions in equations for fields that are written as text."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from symnum.errors import InputError, UnknownNameError
from symnum.models.names import Scope
from symnum.models.reaction_diffusion import operators
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.spelling import spelled_out
from symnum.systems.implicit import D
from symnum.terms.canonical import Symbol
from symnum.terms.traverse import free_symbols

__all__ = ["FieldScope", "text_functions"]


class FieldScope(Scope):
    """What names mean in an equation; ``u_xx`` is the second derivative of a field `u`, unless that is a name.

    Parameters
    ----------
    known : mapping of str to term
    grid : Grid
    derivatives : mapping of str to term
        Names whose derivatives in space may be written with an index.
    refused : mapping of str to str, optional
        Names that may not stand here, with the message.
    functions : mapping of str to callable, optional
        What text may call; the operators on fields by default.
    what, **more
        As for `symnum.models.names.Scope`.
    """

    def __init__(
        self,
        known: Mapping[str, Any],
        grid: Grid,
        derivatives: Mapping[str, Any],
        *,
        refused: Mapping[str, str] | None = None,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        what: str = "a name of this model",
        **more: Any,
    ) -> None:
        calls = text_functions(grid) if functions is None else dict(functions)
        calls = {**{name: self._at_coordinates(f) for name, f in derivatives.items()}, **calls}
        super().__init__(known, what, functions=calls, **more)
        self._refused = refused or {}
        self._subscript = re.compile(rf"(\w+)_((?:{'|'.join(map(re.escape, grid.axis_names))})+)")
        self._axes = re.compile("|".join(map(re.escape, sorted(grid.axis_names, key=len, reverse=True))))
        self._fields = derivatives
        self._axis_names = grid.axis_names

    def parse(self, text: str, **where: Any) -> Any:
        """Read an expression, signs of vector calculus included."""
        return super().parse(spelled_out(text), **where)

    def __call__(self, name: str) -> Any:
        """Return what a name means."""
        if name in self._refused:
            raise InputError(self._refused[name])
        if name not in self.known:
            if name[:1] == "Δ" and name[1:] in self._fields:
                return operators.laplacian(self._fields[name[1:]])
            match = self._subscript.fullmatch(name)
            if match is not None and match[1] in self._fields:
                return _along(self._fields[match[1]], self._axes.findall(match[2]))
            self._refuse_other_axes(name)
            if name in (*operators.ADVECTION_SCHEMES, *operators.ADVECTION_FORMS):
                return Symbol(name)
        return super().__call__(name)

    def with_derivatives(self, term: Any) -> Any:
        """Return a term that was read before the fields were known with derivatives where it has ``u_x``."""
        from symnum.terms.substitute import substitute

        found = {}
        for symbol in free_symbols(term):
            match = self._subscript.fullmatch(symbol.name)
            if symbol.name not in self.known and match is not None and match[1] in self._fields:
                found[symbol] = _along(self._fields[match[1]], self._axes.findall(match[2]))
        return substitute(term, found) if found else term

    def _at_coordinates(self, field: Any) -> Callable[..., Any]:
        """Return what ``u(x, t)`` means: the field itself, at the very place and time."""

        def apply(*arguments: Any) -> Any:
            for argument in arguments:
                if not isinstance(argument, Symbol):
                    raise InputError(
                        f"{field} is written at {argument}, and equations for fields hold at one place and time: write "
                        f"{field} alone. Derivatives, integrals and means say something of other places."
                    )
            return field

        return apply

    def _refuse_other_axes(self, name: str) -> None:
        """Refuse ``u_zz`` on a grid without the axis z, which would be taken for a parameter."""
        field, _, index = name.rpartition("_")
        if field in self._fields and index and set(index) <= set("xyzr"):
            raise UnknownNameError(
                f'"{name}" looks like a derivative of {field} along an axis that the grid does not have; its axes are '
                f'{", ".join(self._axis_names)}. If it is a parameter, declare it: parameters={{"{name}": 1.0}}.'
            )


def _along(f: Any, axes: list[str]) -> Any:
    """Return derivatives along axes that are named one after the other, equal neighbours as one of higher order."""
    while axes:
        count = next((k for k, a in enumerate(axes) if a != axes[0]), len(axes))
        f, axes = operators.derivative(f, axes[0], count), axes[count:]
    return f


def text_functions(grid: Grid) -> dict[str, Callable[..., Any]]:
    """Return the operators by the names under which text may call them."""
    operators.register_operators()
    out: dict[str, Callable[..., Any]] = {
        "D": D,
        "advection": operators.advection,
        "average": operators.mean,
        "bilaplacian": operators.bilaplacian,
        "diffusion": operators.diffusion,
        "dt": D,
        "div": operators.divergence,
        "divergence": operators.divergence,
        "dot": operators.dot,
        "grad": operators.gradient,
        "gradient": operators.gradient,
        "gradient_squared": operators.gradient_squared,
        "inner": operators.dot,
        "integral": operators.integral,
        "lap": operators.laplacian,
        "laplace": operators.laplacian,
        "laplacian": operators.laplacian,
        "mean": operators.mean,
        "vector": operators.vector,
        "Δ": operators.laplacian,
    }
    for a in grid.axis_names:
        out |= {f"d{a}": _derivative(a, 1), f"d_d{a}": _derivative(a, 1), f"d2_d{a}2": _derivative(a, 2)}
        out |= {f"D{a * n}": _derivative(a, n) for n in (1, 2, 3, 4)}
        out |= {f"D{a}{b}": _mixed(a, b) for b in grid.axis_names if a != b}
    return out


def _derivative(axis: str, order: int) -> Callable[[Any], Any]:
    return lambda f: operators.derivative(f, axis, order)


def _mixed(first: str, second: str) -> Callable[[Any], Any]:
    return lambda f: operators.derivative(operators.derivative(f, first), second)
