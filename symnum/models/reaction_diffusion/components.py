"""Vectors in equations taken apart: what is left are scalars, divergences of components, and derivatives along axes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from symnum.display import elide
from symnum.errors import ShapeError, UnknownNameError, UnsupportedError, suggest
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.operators import FIELD_OPERATORS
from symnum.terms.canonical import Call, Product, Sum, Symbol, add, call, multiply, power
from symnum.terms.traverse import free_symbols, subterms

__all__ = ["Components", "holds_operator"]

_WIDTH = 80


class _Vector(tuple[Any, ...]):
    """Components of a vector, one for each axis; of a matrix its rows, vectors again."""

    @property
    def is_matrix(self) -> bool:
        return any(isinstance(part, _Vector) for part in self)


def holds_operator(term: Any) -> bool:
    """Whether a term holds a call of an operator on fields, or a derivative."""
    known = (*FIELD_OPERATORS, "D")
    return any(isinstance(part, Call) and part.function in known for part in subterms([term]))


class Components:
    """Brings the terms of equations into the form that discretisation reads.

    What is left of operators: ``laplacian(f)``, ``D(f, x, n)`` with one axis and a number, ``divergence(vector(...))``
    and ``advection(vector(...), f, scheme, form)`` with a scalar for each axis, and ``integral(f)`` of what varies.

    On grids of one axis a vector is its only component.

    Parameters
    ----------
    grid : Grid
    varying : iterable of Symbol
        Symbols whose values differ from cell to cell: fields, coordinates, arrays, definitions.
    independent : Symbol
    """

    def __init__(self, grid: Grid, varying: Iterable[Any], independent: Any) -> None:
        self.grid = grid
        self.varying = frozenset(varying)
        self.independent = independent

    def scalar(self, term: Any, where: str) -> Any:
        """Return a term in normal form.

        Parameters
        ----------
        term : canonical term or number
        where : str
            What it is, for messages: "the equation for u".

        Raises
        ------
        ShapeError
            If it is a vector, or vectors in it do not fit.
        InputError, UnknownNameError, UnsupportedError
            For operators that make no sense where they stand.
        """
        done: dict[Any, Any] = {}
        for part in subterms([term]):
            done[part] = self._part(part, done)
        result = self._of(term, done)
        if isinstance(result, _Vector):
            raise ShapeError(
                f"{where[0].upper()}{where[1:]} is a vector, {_text(term)}; a scalar is needed. The divergence, or dot "
                "with another vector, makes one of it."
            )
        return result

    def _of(self, term: Any, done: dict[Any, Any]) -> Any:
        if isinstance(term, Sum):
            term = term.canonical()
        return done.get(term, term)

    def _part(self, part: Any, done: dict[Any, Any]) -> Any:
        if isinstance(part, Sum):
            return self._sum(part, done)
        if isinstance(part, Product):
            return self._product(part, done)
        return self._call(part, done) if isinstance(part, Call) else part

    def _sum(self, part: Sum, done: dict[Any, Any]) -> Any:
        found = [(self._of(term, done), factor, term) for term, factor in part.terms.items()]
        if not any(isinstance(value, _Vector) for value, _, _ in found):
            if all(value is term for value, _, term in found):
                return part
            return add([*(multiply((factor, value)) for value, factor, _ in found), part.constant])
        scalar = next((term for value, _, term in found if not isinstance(value, _Vector)), part.constant)
        if not (isinstance(scalar, int | float) and scalar == 0):
            raise ShapeError(
                f"{_text(part)} adds the scalar {_text(scalar)} to a vector. Add vectors to vectors: vector(...) makes "
                "one of components."
            )
        size = {len(value) for value, _, _ in found}
        if len(size) > 1 or len({value.is_matrix for value, _, _ in found}) > 1:
            raise ShapeError(f"{_text(part)} adds vectors of different lengths; give each a component for every axis.")
        if found[0][0].is_matrix:
            raise UnsupportedError(f"{_text(part)} adds matrices; write the sum of their entries.")
        return _Vector(add([multiply((f, v[k])) for v, f, _ in found]) for k in range(size.pop()))

    def _product(self, part: Product, done: dict[Any, Any]) -> Any:
        found = [(self._of(base, done), self._of(power_, done)) for base, power_ in part.factors.items()]
        vectors = [(base, exponent) for base, exponent in found if isinstance(base, _Vector)]
        if any(isinstance(exponent, _Vector) for _, exponent in found):
            raise ShapeError(f"{_text(part)} has a vector in an exponent.")
        if not vectors:
            same = all(a is b and c is d for (a, c), (b, d) in zip(found, part.factors.items(), strict=True))
            return part if same else multiply([part.coefficient, *(power(b, e) for b, e in found)])
        if len(vectors) > 1 or vectors[0][1] != 1:
            raise ShapeError(
                f"{_text(part)} multiplies vectors. dot(a, b) is their inner product, and gradient_squared(u) the "
                "square of a gradient."
            )
        scalars = [part.coefficient, *(power(b, e) for b, e in found if not isinstance(b, _Vector))]
        return _scaled(multiply(scalars), vectors[0][0])

    # Calls ------------------------------------------------------------------------------------

    def _call(self, part: Call, done: dict[Any, Any]) -> Any:
        arguments = tuple(self._of(a, done) for a in part.args)
        rule: Callable[[Call, tuple[Any, ...]], Any] | None = getattr(self, f"_{part.function}", None)
        if part.function in FIELD_OPERATORS or part.function == "D":
            assert rule is not None
            made = rule(part, arguments)
            single = self.grid.dimensions == 1 and isinstance(made, _Vector) and not made.is_matrix
            return made[0] if single else made
        if any(isinstance(a, _Vector) for a in arguments):
            raise ShapeError(f"{_text(part)} is a function of a vector; functions are applied to scalars.")
        if all(a is b for a, b in zip(arguments, part.args, strict=True)):
            return part
        return call(part.function, arguments)

    def _gradient(self, part: Call, arguments: tuple[Any, ...]) -> Any:
        f = self._checked_scalar(part, arguments[0], "scalars, as divergence is for vectors")
        return _Vector(self._along(f, axis, 1) for axis in self.grid.coordinates)

    def _laplacian(self, part: Call, arguments: tuple[Any, ...]) -> Any:
        f = self._checked_scalar(part, arguments[0], "scalars; of a vector take it component by component")
        return call("laplacian", (f,)) if self._varies(f) else 0

    def _divergence(self, part: Call, arguments: tuple[Any, ...]) -> Any:
        flux = self._vector_of(part, arguments[0])
        return call("divergence", (call("vector", flux),)) if any(self._varies(f) for f in flux) else 0

    def _advection(self, part: Call, arguments: tuple[Any, ...]) -> Any:
        velocity = self._vector_of(part, arguments[0])
        f = self._checked_scalar(part, arguments[1], "scalars, moved by a velocity: advection(velocity, u)")
        if not self._varies(f) and not any(self._varies(v) for v in velocity):
            return 0
        return call("advection", (call("vector", velocity), f, *arguments[2:]))

    def _vector(self, part: Call, arguments: tuple[Any, ...]) -> Any:
        if len(arguments) != self.grid.dimensions:
            raise ShapeError(
                f"{_text(part)} has {len(arguments)} components; this grid has the axes "
                f"{', '.join(self.grid.axis_names)}, so {self.grid.dimensions} are needed."
            )
        made = _Vector(arguments)
        if made.is_matrix and not all(isinstance(row, _Vector) for row in made):
            raise ShapeError(f"{_text(part)} has vectors and scalars as components; a matrix is a vector of its rows.")
        return made

    def _matrix_vector(self, part: Call, arguments: tuple[Any, ...]) -> Any:
        matrix, vector = arguments
        fits = isinstance(matrix, _Vector) and matrix.is_matrix and isinstance(vector, _Vector)
        if not fits or vector.is_matrix:
            raise ShapeError(f"{_text(part)} is not the product of a matrix and a vector.")
        return _Vector(_inner(row, vector) for row in matrix)

    def _dot(self, part: Call, arguments: tuple[Any, ...]) -> Any:
        a, b = arguments
        if self.grid.dimensions == 1 and not isinstance(a, _Vector) and not isinstance(b, _Vector):
            return multiply((a, b))
        if not (isinstance(a, _Vector) and isinstance(b, _Vector)) or b.is_matrix:
            raise ShapeError(
                f"{_text(part)}: dot takes two vectors, such as gradient(u), or lists with a component for each axis."
            )
        return _Vector(_inner(row, b) for row in a) if a.is_matrix else _inner(a, b)

    def _integral(self, part: Call, arguments: tuple[Any, ...]) -> Any:
        f = self._checked_scalar(part, arguments[0], "scalars")
        if any(isinstance(p, Call) and p.function == "integral" for p in subterms([f])):
            raise UnsupportedError(
                f"{_text(part)} is an integral of an integral; the inner one is a number, so write it before the outer."
            )
        return call("integral", (f,)) if self._varies(f) else multiply((self.grid.volume, f))

    def _D(self, part: Call, arguments: tuple[Any, ...]) -> Any:
        f = self._checked_scalar(part, arguments[0], "scalars; of a vector take it component by component")
        result, by = f, list(part.args[1:])
        if not by or by[0] == self.independent:
            raise UnsupportedError(
                f"{_text(part)}, a derivative by {self.independent}, stands where none can. Equations have the form "
                f"D(u, {self.independent}) = ...; for a second derivative in time, give the first a name: "
                f"D(u, {self.independent}) = w and D(w, {self.independent}) = ...."
            )
        while by:
            axis = by.pop(0)
            order = by.pop(0) if by and not isinstance(by[0], Symbol) else 1
            if axis not in self.grid.coordinates:
                known = self.grid.axis_names
                raise UnknownNameError(
                    f"{_text(part)}: the grid has no axis {axis}; it has {', '.join(known)}.{suggest(str(axis), known)}"
                )
            result = self._along(result, axis, order)
        return result

    # Parts of calls ---------------------------------------------------------------------------

    def _along(self, f: Any, axis: Any, order: int) -> Any:
        if isinstance(f, Call) and f.function == "D" and f.args[1] == axis:
            f, order = f.args[0], order + f.args[2]
        return call("D", (f, axis, order)) if self._varies(f) else 0

    def _varies(self, f: Any) -> bool:
        return not self.varying.isdisjoint(free_symbols(f))

    def _checked_scalar(self, part: Call, f: Any, takes: str) -> Any:
        if isinstance(f, _Vector):
            raise ShapeError(f"{_text(part)}: {part.function} is for {takes}.")
        return f

    def _vector_of(self, part: Call, value: Any) -> _Vector:
        """Return the components of what should be a vector; on grids of one axis a scalar is one."""
        if not isinstance(value, _Vector):
            if self.grid.dimensions == 1:
                return _Vector((value,))
            raise ShapeError(
                f"{_text(part)}: {part.function} takes a vector with components along "
                f"{', '.join(self.grid.axis_names)}: gradient(u), D*gradient(u), or vector(a, b)."
            )
        if value.is_matrix:
            raise ShapeError(f"{_text(part)}: {part.function} takes a vector, and this is a matrix.")
        return value


def _scaled(factor: Any, vector: _Vector) -> _Vector:
    return _Vector(_scaled(factor, v) if isinstance(v, _Vector) else multiply((factor, v)) for v in vector)


def _inner(a: Sequence[Any], b: Sequence[Any]) -> Any:
    return add([multiply((x, y)) for x, y in zip(a, b, strict=True)])


def _text(term: Any) -> str:
    """Return a part of an equation for a message; vectors that hide in it included."""
    return elide(str(term), _WIDTH)
