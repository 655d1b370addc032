"""Products of symbolic arrays and matrices: row by row, where rows are alike as one loop."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symnum.errors import ShapeError, UnsupportedError
from symnum.models.stencil_trace.arrays import FieldArray, made_of
from symnum.models.stencil_trace.elementwise import as_value, elementwise, session_of, shape_of
from symnum.models.stencil_trace.indexing import shifted
from symnum.models.stencil_trace.joining import symbolic
from symnum.models.stencil_trace.matrix_rows import RowRun, row_runs
from symnum.models.stencil_trace.pieces import Axis, Group, Loop, Piece, arrange
from symnum.models.stencil_trace.reductions import reduce_by
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.universal import function_named
from symnum.models.stencil_trace.views import View
from symnum.terms.canonical.sums import add

__all__ = ["PRODUCTS", "apply_matrix", "dot", "einsum", "inner", "multiply_matrices", "tensordot"]


def is_sparse(value: Any) -> bool:
    """Tell whether a value is a sparse matrix of SciPy."""
    return type(value).__module__.startswith("scipy.sparse")


def multiply_matrices(left: Any, right: Any) -> Any:
    """Return a matrix product of which one factor is symbolic.

    Raises
    ------
    ShapeError
        If the shapes do not go together.
    """
    if is_sparse(left) or is_sparse(right):
        return _by_sparse(left, right)
    session = session_of(left, right)
    assert session is not None
    a, b = as_value(left), as_value(right)
    if not shape_of(a) or not shape_of(b):
        raise ShapeError("a matrix product needs arrays, and one factor is a single number; use * instead of @")
    if shape_of(a)[-1] != shape_of(b)[max(len(shape_of(b)) - 2, 0)]:
        raise ShapeError(f"a matrix product of shapes {shape_of(a)} and {shape_of(b)} does not exist")
    constant = [_numbers(v) for v in (a, b)]
    if constant[0] is not None and constant[0].ndim <= 2:
        other = symbolic(session, b)
        return apply_matrix(constant[0], other, max(other.ndim - 2, 0))
    if constant[1] is not None and constant[1].ndim <= 2:
        other = symbolic(session, a)
        return apply_matrix(constant[1].T, other, other.ndim - 1)
    return _product_of_symbolic(session, symbolic(session, a), symbolic(session, b))


def _numbers(value: Any) -> Any:
    if isinstance(value, FieldArray):
        return value.geometry if value.is_numeric else None
    return np.asarray(value) if isinstance(value, np.ndarray) and value.dtype != object else None


def _by_sparse(left: Any, right: Any) -> Any:
    matrix, array, axis = (left, right, None) if is_sparse(left) else (right.T, left, -1)
    axis = max(array.ndim - 2, 0) if axis is None else array.ndim - 1
    if matrix.shape[-1] != array.shape[axis]:
        raise ShapeError(f"a matrix product of shapes {left.shape} and {right.shape} does not exist")
    return apply_matrix(matrix, array, axis)


def _product_of_symbolic(session: Session, a: FieldArray, b: FieldArray) -> Any:
    wide = a[..., None] if b.ndim > 1 else a
    other = b if b.ndim < 2 else FieldArray(b.memory, np.expand_dims(b.geometry, -3) if a.ndim > 1 else b.geometry)
    axis = -2 if b.ndim > 1 else -1
    return reduce_by("add", symbolic(session, elementwise(session, function_named("multiply"), wide, other)), axis=axis)


def apply_matrix(matrix: Any, array: FieldArray, axis: int) -> Any:
    """Return ``sum_j matrix[i, j] * array[..., j, ...]``, `i` in the place of `j`.

    Parameters
    ----------
    matrix : ndarray or sparse matrix, of one or two axes
        With one axis the result lacks the axis.
    array : FieldArray
    axis : int
    """
    if not is_sparse(matrix) and np.ndim(matrix) == 1:
        return apply_matrix(np.asarray(matrix)[None, :], array, axis)[(slice(None),) * axis + (0,)]
    session, view = array.session, array.view_of_memory
    pieces: list[Piece] = []
    for run in row_runs(matrix):
        parts = [_column(array, view, axis, run, k) for k in range(len(run.columns))]
        coefficients = [_coefficient(run, k, array.ndim, axis) for k in range(len(run.columns))]
        pieces += _placed(array, axis, run, _combined(session, array, axis, run, parts, coefficients))
    shape = (*array.shape[:axis], matrix.shape[0], *array.shape[axis + 1 :])
    return made_of(session, shape, pieces)


def _column(array: FieldArray, view: View, axis: int, run: RowRun, number: int) -> FieldArray:
    """Return the elements that one entry of each row of a run meets, loops of the run in the place of the axis."""
    stride = view.strides[axis]
    part = View(
        view.offset + run.columns[number] * stride,
        (*view.shape[:axis], *run.extents, *view.shape[axis + 1 :]),
        (*view.strides[:axis], *(s * stride for s in run.column_steps[number]), *view.strides[axis + 1 :]),
    )
    made: FieldArray = made_of(array.session, part.shape, array.memory.read(part) if np.prod(part.shape) else [])
    return made


def _coefficient(run: RowRun, number: int, ndim: int, axis: int) -> Any:
    values = run.values[number]
    if not np.ndim(values):
        return values
    return np.asarray(values).reshape([1] * axis + list(run.extents) + [1] * (ndim - axis - 1))


def _combined(
    session: Session, array: FieldArray, axis: int, run: RowRun, parts: list[FieldArray], coefficients: list[Any]
) -> FieldArray:
    shape = (*array.shape[:axis], *run.extents, *array.shape[axis + 1 :])
    if not parts:
        return symbolic(session, np.zeros(shape))
    count = len(parts)

    def combine(*terms: Any) -> Any:
        return add(tuple(c * x for c, x in zip(terms[count:], terms[:count], strict=True)))

    result: FieldArray = elementwise(session, combine, *parts, *coefficients)
    return result


def _placed(array: FieldArray, axis: int, run: RowRun, result: FieldArray) -> list[Piece]:
    """Return the pieces of a run's rows with their loops back on one axis."""
    session, found = array.session, []
    pieces = result.pieces() if not result.is_numeric else symbolic(session, result).pieces()
    if run.row_steps == (1,):
        return shifted(array, pieces, axis, run.row)
    for piece in pieces:
        offset, loops = run.row, []
        for part, step in zip(piece.axes[axis : axis + len(run.extents)], run.row_steps, strict=True):
            offset += part.offset * step
            loops += [Loop(s * step, low, high) for s, low, high in part.loops]
        axes = [*piece.axes[:axis], Axis(offset, tuple(loops)), *piece.axes[axis + len(run.extents) :]]
        made = arrange(session, axes, [Group(piece.terms)])
        assert made is not None
        found.append(made)
    return found


def dot(a: Any, b: Any) -> Any:
    """Return numpy.dot of which one factor is symbolic."""
    if not shape_of(as_value(a)) or not shape_of(as_value(b)):
        session = session_of(a, b)
        assert session is not None
        return elementwise(session, function_named("multiply"), a, b)
    if len(shape_of(a)) == 2 and len(shape_of(b)) > 2:
        raise UnsupportedError("np.dot of a matrix and an array of three axes or more; write it with np.einsum")
    return multiply_matrices(a, b)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Return numpy.tensordot of which one factor is a matrix of numbers, over one axis."""
    session = session_of(a, b)
    assert session is not None
    both: list[Any] = (
        [[-1], [0]] if axes == 1 else [[], []] if isinstance(axes, int) else [list(np.atleast_1d(x)) for x in axes]
    )
    first, second = both
    a_numbers, b_numbers = _numbers(as_value(a)), _numbers(as_value(b))
    numbers = a_numbers if a_numbers is not None else b_numbers
    if len(first) != 1 or numbers is None or numbers.ndim > 2:
        raise UnsupportedError("np.tensordot of symbolic arrays: one axis, and a matrix of numbers; or use np.einsum")
    if a_numbers is not None:
        other, axis = symbolic(session, b), int(second[0]) % np.ndim(b.geometry)
        done = apply_matrix(np.moveaxis(a_numbers, int(first[0]), -1), other, axis)
        return FieldArray(done.memory, np.moveaxis(done.geometry, axis, 0)) if a_numbers.ndim == 2 else done
    other, axis = symbolic(session, a), int(first[0]) % np.ndim(a.geometry)
    done = apply_matrix(np.moveaxis(b_numbers, int(second[0]), -1), other, axis)
    return FieldArray(done.memory, np.moveaxis(done.geometry, axis, -1)) if b_numbers.ndim == 2 else done


def _without_dots(subscripts: str, operands: tuple[Any, ...]) -> str:
    """Return subscripts in which ``...`` is written out as letters."""
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    names = left.split(",")
    if "..." not in subscripts or len(names) != len(operands):
        return subscripts
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in subscripts]
    counts = [len(shape_of(as_value(o))) - len(n.replace("...", "")) for n, o in zip(names, operands, strict=True)]
    most = max(c for c, n in zip(counts, names, strict=True) if "..." in n)
    dots = ["".join(free[most - c : most]) for c in counts]
    left = ",".join(n.replace("...", d) for n, d in zip(names, dots, strict=True))
    if not arrow:
        letters = left.replace(",", "")
        right = "..." + "".join(sorted(c for c in set(letters) - set(free) if letters.count(c) == 1))
    return f"{left}->{right.replace('...', ''.join(free[:most]))}"


def einsum(subscripts: str, *operands: Any) -> Any:
    """Return numpy.einsum: one index summed with a matrix of numbers, or sums of products of elements."""
    session = session_of(*operands)
    assert session is not None
    if not isinstance(subscripts, str):
        raise UnsupportedError("np.einsum of symbolic arrays takes its subscripts as text")
    subscripts = _without_dots(subscripts, operands)
    left, _arrow, right = subscripts.replace(" ", "").partition("->")
    names = left.split(",")
    if not _arrow:
        letters = "".join(names)
        right = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    if "." in subscripts or len(names) != len(operands) or any(len(set(n)) != len(n) for n in names):
        raise UnsupportedError(
            f'np.einsum("{subscripts}") of symbolic arrays: write each index once per operand, without "..."'
        )
    lengths: dict[str, int] = {}
    for letters, operand in zip(names, operands, strict=True):
        for letter, n in zip(letters, shape_of(as_value(operand)), strict=True):
            if lengths.setdefault(letter, n) != n:
                raise ShapeError(
                    f'np.einsum("{subscripts}"): the index {letter} runs over {lengths[letter]} elements in one array '
                    f"and over {n} in another; use np.broadcast_to where one of them is meant for all"
                )
    matrix = [
        k for k, o in enumerate(operands) if _numbers(as_value(o)) is not None and np.ndim(_numbers(as_value(o))) == 2
    ]
    summed = [c for c in set("".join(names)) if c not in right]
    if len(operands) == 2 and len(matrix) == 1 and len(summed) == 1 and all(summed[0] in n for n in names):
        k = matrix[0]
        values, mine, other = _numbers(as_value(operands[k])), names[k], names[1 - k]
        kept = mine.replace(summed[0], "")
        if kept not in other:
            values = values if mine[-1] == summed[0] else values.T
            done = apply_matrix(values, symbolic(session, operands[1 - k]), other.index(summed[0]))
            order = other.replace(summed[0], kept)
            return FieldArray(done.memory, done.geometry.transpose([order.index(c) for c in right]))
    letters = right + "".join(sorted(summed))
    wide = [_spread(session, o, n, letters) for o, n in zip(operands, names, strict=True)]
    product = wide[0]
    for factor in wide[1:]:
        product = elementwise(session, function_named("multiply"), product, factor)
    axes = tuple(range(len(right), len(letters)))
    return reduce_by("add", symbolic(session, product), axis=axes) if axes else product


def _spread(session: Session, operand: Any, names: str, letters: str) -> FieldArray:
    array = symbolic(session, operand)
    present = [c for c in letters if c in names]
    turned = array.geometry.transpose([names.index(c) for c in present])
    return FieldArray(array.memory, np.expand_dims(turned, [k for k, c in enumerate(letters) if c not in names]))


def inner(a: Any, b: Any) -> Any:
    """Return numpy.inner: sums over the last axes of both."""
    a, b = as_value(a), as_value(b)
    if not shape_of(a) or not shape_of(b):
        return dot(a, b)
    if len(shape_of(a)) == len(shape_of(b)) == 1:
        return multiply_matrices(a, b)
    return tensordot(a, b, ([-1], [-1]))


def _matvec(a: Any, b: Any) -> Any:
    matrix, vectors = _numbers(as_value(a)), as_value(b)
    if matrix is None or matrix.ndim != 2:
        raise UnsupportedError("np.matvec of symbolic arrays takes one matrix of numbers; use np.einsum")
    return apply_matrix(matrix, vectors, len(shape_of(vectors)) - 1)


def _vecdot(a: Any, b: Any) -> Any:
    session = session_of(a, b)
    assert session is not None
    return reduce_by("add", symbolic(session, elementwise(session, function_named("multiply"), a, b)), axis=-1)


def _vecmat(a: Any, b: Any) -> Any:
    return multiply_matrices(a, b)


PRODUCTS: dict[str, Callable[..., Any]] = {
    "matmul": multiply_matrices,
    "vecdot": _vecdot,
    "matvec": _matvec,
    "vecmat": _vecmat,
}
