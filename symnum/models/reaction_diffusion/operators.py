"""Operators on fields, as function calls in terms: ``laplacian(u)``, ``divergence(D*gradient(u))``, ``D(u, x, 2)``.

Heads of calls and what their arguments are, scalars first:

``laplacian(f)``; ``divergence(F)`` of a vector; ``D(f, x, n)``, derivative number n along the axis x;
``advection(v, f, scheme, form)``, with `v` a vector (or a scalar on grids of one axis), ``scheme`` the symbol
`central`, `upwind` or `weno5`, and ``form`` the symbol `flux` (divergence of v*f) or `gradient` (v times the gradient
of f); ``dot(F, G)`` of two vectors; ``integral(f)`` over the domain.

Vectors: ``gradient(f)``, ``vector(f, g, ...)`` with a component for each axis, ``matrix_vector(M, F)`` with `M` a
vector of vectors, its rows; sums of vectors, and products of scalars and one vector.
"""

from collections.abc import Sequence
from typing import Any

from symnum.errors import InputError, ShapeError, UnknownNameError, suggest
from symnum.terms.canonical import Symbol

__all__ = [
    "ADVECTION_FORMS",
    "ADVECTION_SCHEMES",
    "FIELD_OPERATORS",
    "VECTOR_OPERATORS",
    "advection",
    "bilaplacian",
    "derivative",
    "diffusion",
    "divergence",
    "dot",
    "fields",
    "gradient",
    "gradient_squared",
    "integral",
    "laplacian",
    "mean",
    "register_operators",
    "vector",
]

ADVECTION_SCHEMES = ("upwind", "central", "weno5")
ADVECTION_FORMS = ("flux", "gradient")

#: Operators of calls in equations, with the least and greatest numbers of their arguments.
FIELD_OPERATORS: dict[str, tuple[int, int | None]] = {
    "laplacian": (1, 1),
    "gradient": (1, 1),
    "divergence": (1, 1),
    "advection": (4, 4),
    "dot": (2, 2),
    "vector": (1, None),
    "matrix_vector": (2, 2),
    "integral": (1, 1),
}

#: Those whose value is a vector.
VECTOR_OPERATORS = ("gradient", "vector", "matrix_vector")

_LATEX = {"laplacian": r"\nabla^2", "gradient": r"\nabla", "divergence": r"\nabla\cdot", "integral": r"\int"}


def register_operators() -> None:
    """Make the operators, and ``D(f, x, n)``, operations that terms can hold."""
    from symnum.systems.implicit import register_derivative
    from symnum.terms.operations import OPERATIONS, Operation, register_operation

    register_derivative()
    for name, (least, most) in FIELD_OPERATORS.items():
        if name not in OPERATIONS:
            latex = _LATEX.get(name, rf"\operatorname{{{name}}}")
            register_operation(Operation(name, least, most, kind="field", latex=latex))


def _apply(name: str, *arguments: Any) -> Any:
    from symnum.terms.canonical import call

    register_operators()
    return call(name, [_term(a) for a in arguments])


def _term(value: Any) -> Any:
    from symnum.models.names import as_expression

    return vector(*value) if isinstance(value, list | tuple) else as_expression(value)


def fields(names: str | Sequence[str]) -> Any:
    """Return symbols for fields, one for each name, to write equations with.

    Examples
    --------
    >>> import symnum as sn
    >>> u, v = sn.fields("u v")
    >>> sn.laplacian(u) - u * v
    -u*v + laplacian(u)
    """
    from symnum.terms.symbols import symbols

    return symbols(names)


def laplacian(f: Any) -> Any:
    """Return the Laplacian of a term in fields: the divergence of its gradient."""
    return _apply("laplacian", f)


def bilaplacian(f: Any) -> Any:
    """Return the Laplacian of the Laplacian of a term in fields."""
    return laplacian(laplacian(f))


def gradient(f: Any, symbols: Any = None) -> Any:
    """Return the gradient of a term in fields, a vector: to multiply with scalars, for `divergence` and `dot`.

    Parameters
    ----------
    f : term
    symbols : iterable of symbols, optional
        Return the derivatives by these instead, a list, as `symnum.terms.gradient` does.

    Examples
    --------
    >>> import symnum as sn
    >>> u, x, y = sn.symbols("u x y")
    >>> sn.divergence(u * sn.gradient(u))
    divergence(u*gradient(u))
    >>> sn.gradient(x * y**2, [x, y])
    [y^2, 2*x*y]
    """
    if symbols is not None:
        from symnum.terms.differentiate import gradient as by_symbols

        return by_symbols(f, symbols)
    return _apply("gradient", f)


def divergence(flux: Any) -> Any:
    """Return the divergence of a vector: of ``D*gradient(u)``, or of a list with a component for each axis."""
    return _apply("divergence", flux)


def vector(*components: Any) -> Any:
    """Return a vector with a component for each axis of the grid."""
    return _apply("vector", *components)


def dot(a: Any, b: Any) -> Any:
    """Return the inner product of two vectors; lists with a component for each axis are vectors."""
    return _apply("dot", a, b)


def gradient_squared(f: Any) -> Any:
    """Return the square of the gradient's length."""
    return dot(gradient(f), gradient(f))


def diffusion(coefficient: Any, f: Any) -> Any:
    """Return ``divergence(coefficient*gradient(f))``, in flux form.

    Parameters
    ----------
    coefficient : number, term, list, or list of lists
        One number or term for all directions, one for each axis, or a matrix.
    f : term

    Raises
    ------
    ShapeError
        If a matrix is not square.

    Examples
    --------
    >>> import symnum as sn
    >>> u, x = sn.symbols("u x")
    >>> sn.diffusion(1 + x**2, u)
    divergence(gradient(u)*(x^2 + 1))
    """
    if hasattr(coefficient, "tolist"):
        coefficient = coefficient.tolist()
    if not isinstance(coefficient, list | tuple):
        return divergence(_term(coefficient) * gradient(f))
    rows = [list(row) if isinstance(row, list | tuple) else None for row in coefficient]
    if all(row is None for row in rows):
        n = len(coefficient)
        rows = [[coefficient[i] if i == j else 0 for j in range(n)] for i in range(n)]
    if any(row is None or len(row) != len(rows) for row in rows):
        raise ShapeError(
            f"The diffusivity {coefficient!r:.80} is no square matrix; give one number, one for each axis, or a row of "
            "numbers for each axis: [[Dxx, Dxy], [Dyx, Dyy]]."
        )
    return divergence(_apply("matrix_vector", rows, gradient(f)))


def advection(velocity: Any, f: Any, scheme: str = "upwind", form: str = "flux") -> Any:
    """Return the transport of a field by a velocity.

    Parameters
    ----------
    velocity : term or list of terms
        A component for each axis; one term on grids of one axis.
    f : term
        What is transported.
    scheme : {"upwind", "central", "weno5"}
        How values at the cells' faces are made: from the cell that the flow comes from (first order), from both sides
        (of the order of the model), or by weighted essentially non-oscillatory reconstruction (fifth order).
    form : {"flux", "gradient"}
        ``divergence(velocity*f)``, which conserves the total of `f`, or ``dot(velocity, gradient(f))``; the same where
        the velocity has no divergence.

    Raises
    ------
    UnknownNameError
        For another scheme or form.

    Examples
    --------
    >>> import symnum as sn
    >>> u, c = sn.symbols("u c")
    >>> sn.Eq(sn.D(u), -sn.advection(c, u, scheme="weno5"))
    Eq(D(u), -advection(c, u, weno5, flux))
    """
    choices = (("scheme", scheme, ADVECTION_SCHEMES), ("form", form, ADVECTION_FORMS))
    made = []
    for what, given, known in choices:
        name = str(getattr(given, "name", given))
        if name not in known:
            raise UnknownNameError(
                f'{what}="{name}" is no {what} of advection; there are {", ".join(known)}.{suggest(name, known)}'
            )
        made.append(Symbol(name))
    return _apply("advection", velocity, f, *made)


def derivative(f: Any, axis: Any, order: int = 1) -> Any:
    """Return a derivative along an axis; ``sn.D(f, x, order)`` is the same.

    Raises
    ------
    InputError
        If the order is no positive whole number.
    """
    from symnum.models.names import as_symbol

    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise InputError(f"The order of a derivative is 1, 2, 3, ..., and was given as {order!r}.")
    return _apply("D", f, as_symbol(axis), *([order] if order > 1 else []))


def integral(f: Any) -> Any:
    """Return the integral of a term over the domain."""
    return _apply("integral", f)


def mean(f: Any) -> Any:
    """Return the mean of a term over the domain."""
    return integral(f) / integral(1)
