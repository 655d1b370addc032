"""Sparse Jacobians: all derivatives of many terms, one sweep per row, each monomial once."""

from collections.abc import Callable, Iterable, Sequence
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from symnum.display import elide, html_table
from symnum.errors import DuplicateNameError
from symnum.terms.canonical import Product, Sum, Symbol, make_product, make_sum
from symnum.terms.convert import convert
from symnum.terms.differentiate import _differentiate, check_symbols
from symnum.terms.gradients import Gradients, derivative_entries
from symnum.terms.interning import bulk
from symnum.terms.numbers import NUMBER_TYPES, plus, times
from symnum.terms.sources import with_symbols
from symnum.terms.structures import structure
from symnum.terms.traverse import free_symbols, is_canonical

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    IndexArray = NDArray[np.int32]

_SHOWN_IN_HTML = 20
_LARGEST_IN_LATEX = 8
Entries = list[tuple[int, Any, Any]]

whole_jacobians: dict[str, Callable[[Any, Any], "SparseJacobian"]] = {}
"""Structures that go from a source and `wrt` to the Jacobian by a way of their own; filled where they are defined."""


class SparseJacobian:
    """Nonzero derivatives by coordinates, ordered by row and then by column.

    Attributes
    ----------
    rows, columns : int32 array of shape (nnz,)
    entries : list of terms and numbers, of length nnz
    shape : (int, int)
        Number of terms, number of symbols.

    Examples
    --------
    >>> from symnum.terms import jacobian, symbols
    >>> x, y = symbols("x y")
    >>> jacobian([x * y, y**2], [x, y])[0, 1]
    x
    """

    __slots__ = ("_index", "columns", "entries", "rows", "shape")

    def __init__(
        self, rows: "IndexArray", columns: "IndexArray", entries: list[Any], shape: tuple[int, int]
    ) -> None:
        self.rows = rows
        self.columns = columns
        self.entries = entries
        self.shape = shape
        self._index: dict[tuple[int, int], int] | None = None

    @property
    def nnz(self) -> int:
        """Number of entries."""
        return len(self.entries)

    @property
    def _places(self) -> dict[tuple[int, int], int]:
        if self._index is None:
            places = zip(self.rows.tolist(), self.columns.tolist(), strict=True)
            self._index = {place: i for i, place in enumerate(places)}
        return self._index

    def __getitem__(self, place: tuple[int, int]) -> Any:
        """Return the derivative at (row, column), 0 where there is none; negative numbers count from the end."""
        row, column = (_wrapped(i, n) for i, n in zip(place, self.shape, strict=True))
        found = self._places.get((row, column))
        return 0 if found is None else self.entries[found]

    def sparsity(self) -> Any:
        """Return the pattern as a boolean `scipy.sparse.csr_array` of the Jacobian's shape."""
        import numpy
        from scipy.sparse import csr_array

        return csr_array((numpy.ones(self.nnz, dtype=bool), (self.rows, self.columns)), shape=self.shape)

    def to_dense(self) -> list[list[Any]]:
        """Return all entries as a list of rows, zeros included."""
        dense: list[list[Any]] = [[0] * self.shape[1] for _ in range(self.shape[0])]
        for (row, column), i in self._places.items():
            dense[row][column] = self.entries[i]
        return dense

    def __repr__(self) -> str:
        size = self.shape[0] * self.shape[1]
        filled = f", {self.nnz / size:.2%} filled" if size else ""
        lines = [
            f"{type(self).__name__} of shape {self.shape[0]} x {self.shape[1]}, {self.nnz} entries{filled}"
        ]
        shown = 8
        for (row, column), i in list(self._places.items())[:shown]:
            text = str(self.entries[i])
            lines.append(f"  [{row}, {column}]  {text if len(text) <= 80 else text[:77] + '...'}")
        if self.nnz > shown:
            lines.append(f"  ... and {self.nnz - shown} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from symnum.terms.printing.plain import plain

        shown = [
            [str(row), str(column), elide(plain(self.entries[i], 200), 240)]
            for (row, column), i in list(self._places.items())[:_SHOWN_IN_HTML]
        ]
        more = f"<p>… and {self.nnz - len(shown):,} more</p>" if self.nnz > len(shown) else ""
        title = f"<p>Jacobian of shape {self.shape[0]:,} × {self.shape[1]:,}, {self.nnz:,} entries</p>"
        return title + html_table(["row", "column", "derivative"], shown) + more

    def _repr_latex_(self) -> str | None:
        """Return a matrix if it is small enough to be read as one; notebooks show the table otherwise."""
        from symnum.terms.printing.latex import latex

        if not 0 < max(self.shape) <= _LARGEST_IN_LATEX or 0 in self.shape:
            return None
        rows = [" & ".join(latex(entry, 120) for entry in row) for row in self.to_dense()]
        body = " \\\\ ".join(rows)
        text = f"$\\displaystyle \\begin{{bmatrix}} {body} \\end{{bmatrix}}$"
        return text if len(text) <= 10_000 else None


def _wrapped(index: int, length: int) -> int:
    if not -length <= index < length:
        raise IndexError(f"index {index} is out of range for a side of length {length}")
    return index % length


def jacobian(source: Any, wrt: Iterable[Any] | None = None, terms: str | None = None) -> SparseJacobian:
    """Return the derivatives of some terms by some symbols, without the zeros.

    Parameters
    ----------
    source : model, system, equations, terms or array
        One row for each right-hand side of a model or system, each term, each ``f`` of an equation
        ``D(x) = f``, each ``lhs - rhs`` of any other equation.
    wrt : iterable of symbols, optional
        One column each. If left out: the states of a model, system or ``D(x) = f``, else the free symbols
        of the terms in order of first appearance.
    terms : str, optional
        Structure to differentiate in, one of `term_types()`; if left out, that of the terms. "arena" is the one
        for whole models: a reaction network goes there as arrays, all derivatives are made in one compiled
        sweep, and an entry becomes a term when somebody looks at it.

    Returns
    -------
    SparseJacobian

    Raises
    ------
    InputError
        If one of `wrt` is not a symbol, or comes twice.
    UnknownNameError
        If there is no such structure.

    Examples
    --------
    >>> from symnum.terms import jacobian, symbols
    >>> x, y = symbols("x y")
    >>> jacobian([x * y, 3 * y], [x, y]).entries
    [y, x, 3]
    >>> jacobian([x * y, 3 * y], [x, y], terms="arena")
    ArenaJacobian of shape 2 x 2, 3 entries, 75.00% filled
      [0, 0]  y
      [0, 1]  x
      [1, 1]  3
    """
    whole = None if terms is None else whole_jacobians.get(structure(terms).name)
    if whole is not None:
        return whole(source, wrt)
    expressions, wanted = with_symbols(source, wrt)
    if terms is not None:
        expressions, wanted = convert(expressions, terms), convert(wanted, terms)
    check_columns(wanted)
    like = next((e for e in expressions if not is_canonical(e)), expressions[0] if expressions else 0)
    with bulk():
        return sparse_jacobian(like, expressions, wanted)


def check_columns(wanted: Sequence[Any]) -> None:
    """Raise `InputError` unless all are symbols, `DuplicateNameError` where one comes twice."""
    check_symbols(wanted)
    columns = {symbol: i for i, symbol in enumerate(wanted)}
    if len(columns) < len(wanted):
        twice = next(s for i, s in enumerate(wanted) if columns[s] != i)
        raise DuplicateNameError(f"symbol {twice} is listed twice among those to differentiate by.")


@singledispatch
def sparse_jacobian(like: Any, expressions: Sequence[Any], wanted: Sequence[Any]) -> SparseJacobian:
    """Return the derivatives of some terms by some distinct symbols, without the zeros.

    Dispatches on `like`, the first term that is not canonical, so that a term structure can bring its own.
    """
    columns = {symbol: i for i, symbol in enumerate(wanted)}
    rows = _canonical_rows if all(is_canonical(e) for e in expressions) else _generic_rows
    return _assembled(rows(expressions, columns), (len(expressions), len(wanted)))


def _assembled(rows: list[list[tuple[int, Any]]], shape: tuple[int, int]) -> SparseJacobian:
    import numpy

    lengths = [len(row) for row in rows]
    row_numbers = numpy.repeat(numpy.arange(len(rows), dtype=numpy.int32), lengths)
    columns = numpy.array([column for row in rows for column, _ in row], dtype=numpy.int32)
    return SparseJacobian(row_numbers, columns, [entry for row in rows for _, entry in row], shape)


def _generic_rows(expressions: Sequence[Any], columns: dict[Any, int]) -> list[list[tuple[int, Any]]]:
    rows = []
    for expression in expressions:
        present = sorted((columns[s], s) for s in free_symbols(expression) if s in columns)
        row = [(column, _differentiate(expression, symbol)) for column, symbol in present]
        rows.append([(column, d) for column, d in row if not (d.__class__ is int and d == 0)])
    return rows


def _canonical_rows(expressions: Sequence[Any], columns: dict[Any, int]) -> list[list[tuple[int, Any]]]:
    known: dict[Any, Entries] = {}
    gradients = Gradients(columns)
    rows = []
    for expression in expressions:
        cells: dict[int, dict[Any, Any]] = {}
        terms = expression.terms if expression.__class__ is Sum else {expression: 1}
        for term, coefficient in terms.items():
            entries = known.get(term)
            if entries is None:
                entries = known[term] = _entries(term, columns, gradients)
            _accumulate(cells, entries, coefficient)
        rows.append(_finished(cells))
    return rows


def _accumulate(cells: dict[int, dict[Any, Any]], entries: Entries, coefficient: Any) -> None:
    whole = coefficient.__class__ is int
    for column, term, factor in entries:
        value = coefficient * factor if whole and factor.__class__ is int else times(coefficient, factor)
        cell = cells.get(column)
        if cell is None:
            cells[column] = {term: value}
        else:
            old = cell.get(term)
            if old is None:
                cell[term] = value
            else:
                cell[term] = old + value if whole and old.__class__ is int else plus(old, value)


def _finished(cells: dict[int, dict[Any, Any]]) -> list[tuple[int, Any]]:
    row = []
    for column in sorted(cells):
        cell = cells[column]
        constant = cell.pop(None, 0) if None in cell else 0
        entry = make_sum(cell, constant)
        if entry.__class__ is not int or entry:
            row.append((column, entry))
    return row


def _entries(term: Any, columns: dict[Any, int], gradients: Gradients) -> Entries:
    """Return the gradient of one summand; products of symbols to whole powers take a short way."""
    if term.__class__ is Symbol:
        column = columns.get(term)
        return [] if column is None else [(column, None, 1)]
    if term.__class__ in NUMBER_TYPES:
        return []
    if term.__class__ is Product and term.monic is None:
        entries: Entries = []
        factors = term.factors
        for base, exponent in factors.items():
            if base.__class__ is not Symbol or exponent.__class__ is not int:
                break
            column = columns.get(base)
            if column is not None:
                rest = factors.copy()
                if exponent == 1:
                    del rest[base]
                else:
                    rest[base] = exponent - 1
                entries.append((column, make_product(rest), exponent))
        else:
            return entries
    return derivative_entries(gradients.of(term))
