"""The constant linear part of exponential time differencing: read from the model, checked, brought to a good basis."""

import ctypes
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from symnum.errors import NonlinearError, UnsupportedError
from symnum.integrators.colouring import colour_columns
from symnum.integrators.problem import KernelProblem
from symnum.integrators.run import address_of

__all__ = [
    "LARGEST_BLOCK",
    "LARGEST_PART",
    "Modes",
    "check_pattern",
    "find_modes",
    "frozen_jacobian",
    "linear_operator",
]

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: States that may be coupled with each other in the linear part: where its matrix is not symmetric, and where it is
#: (after scaling) and eigenvectors serve.
LARGEST_BLOCK, LARGEST_PART = 300, 2000

# Deviation from linearity, as a share of the largest sums of absolute terms, that is rounding.
_ROUNDING = 1e-9

# Largest ratio of scales that make a matrix symmetric.
_SCALES = 1e3

_KERNEL = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.c_double, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p
)


@dataclass(frozen=True)
class Modes:
    """A linear part as blocks on the diagonal in some basis.

    Attributes
    ----------
    blocks : ndarray of int64
        Where each block starts, and the number of states; empty where all are of order 1.
    linear : ndarray
        The blocks, one after the other.
    context : ndarray of int64
        For `linear_modes.change_basis`; empty where the basis is that of the states.
    kept : tuple
        Arrays behind the addresses in the context.
    transform : (int, int)
        Addresses of another change of basis and of its context; zeros where there is none.
    """

    blocks: Integers
    linear: Array
    context: Integers
    kept: tuple[Any, ...] = ()
    transform: tuple[int, int] = (0, 0)


class _Evaluation:
    """A right-hand side, called from Python."""

    def __init__(self, problem: KernelProblem, address: int) -> None:
        self._call = _KERNEL(address)
        self._fixed = address_of(problem.parameters), problem.context_address

    def __call__(self, t: float, y: Array, size: int) -> Array:
        out = np.zeros(size)
        if self._call(t, address_of(y), self._fixed[0], self._fixed[1], address_of(out)) != 0:
            out[:] = np.nan
        return out


def linear_operator(
    problem: KernelProblem, method: str, t: float, t1: float, y: Array
) -> tuple[Array, Array]:
    """Return the entries of L, on the pattern of the problem, and b of a right-hand side L y + b.

    Parameters
    ----------
    problem : KernelProblem
        The implicit part.
    method : str
        For messages.
    t, t1 : float
        The interval; two times in it are looked at.
    y : ndarray
        Where the integration begins.

    Raises
    ------
    NonlinearError
        Where the right-hand side is not of this form; the message names a component.
    """
    n = problem.size
    f = _Evaluation(problem, problem.rhs_address)
    constant = f(t, np.zeros(n), n)
    indptr, indices = problem.pattern()
    columns, starts = colour_columns(indptr, indices)
    values = np.zeros(len(indices))
    sums = np.abs(constant)
    with np.errstate(all="ignore"):
        for first, last in pairwise(starts):
            group = columns[first:last]
            x = np.zeros(n)
            x[group] = 1.0
            change = f(t, x, n) - constant
            for j in group:
                at = slice(indptr[j], indptr[j + 1])
                values[at] = change[indices[at]]
        owner = np.repeat(np.arange(n), np.diff(indptr))
        irregular = 0.3 + np.modf(np.arange(1.0, n + 1.0) * 0.6180339887498949)[0]
        for when, point in ((t, y), (t + 0.618 * (t1 - t), irregular), (t1, -1.7 * irregular)):
            parts = values * point[owner]
            expected = constant + np.bincount(indices, parts, n)
            sums = np.abs(constant) + np.bincount(indices, np.abs(parts), n)
            wrong = ~(np.abs(f(when, point, n) - expected) <= _ROUNDING * sums)
            if wrong.any():
                raise NonlinearError(_not_linear(method, problem, int(np.argmax(wrong))))
    return values, constant


def _not_linear(method: str, problem: KernelProblem, component: int) -> str:
    name = f'that of "{problem.names[component]}"' if problem.names else f"component {component}"
    return (
        f'method="{method}" solves the implicit part of the right-hand side exactly, but {name} is not linear in the '
        "states with constant coefficients; move what is not, and what depends on time, to explicit=, as in "
        'ode_system({"u": "-100*u"}, explicit={"u": "u^2 + sin(t)"}), or choose method="kencarp4"'
    )


def frozen_jacobian(problem: KernelProblem, t: float, y: Array) -> Array:
    """Return the entries of the Jacobian at a point, by its kernel or by differences."""
    n = problem.size
    indptr, indices = problem.pattern()
    if problem.jacobian_address:
        return _Evaluation(problem, problem.jacobian_address)(t, y, len(indices))
    f = _Evaluation(problem, problem.rhs_address)
    here = f(t, y, n)
    columns, starts = colour_columns(indptr, indices)
    values = np.zeros(len(indices))
    typical = max(float(np.abs(y).mean()), 1e-12)
    for first, last in pairwise(starts):
        group = columns[first:last]
        x = y.copy()
        x[group] += 1.5e-8 * np.maximum(np.abs(y[group]), typical)
        moved = x - y
        change = f(t, x, n) - here
        for j in group:
            at = slice(indptr[j], indptr[j + 1])
            values[at] = change[indices[at]] / moved[j]
    return values


def check_pattern(problem: KernelProblem, method: str, *, whole: bool) -> None:
    """Refuse a large problem of which nobody knows which states are coupled, before a full matrix is read.

    Raises
    ------
    UnsupportedError
        Where it is too large.
    """
    if problem.indptr is None and problem.size > LARGEST_PART:
        raise UnsupportedError(_too_large(method, problem.size, whole))


def find_modes(problem: KernelProblem, values: Array, method: str, *, whole: bool) -> Modes:
    """Return a matrix as blocks: one for each group of coupled states, or eigenvalues where it is symmetric.

    Parameters
    ----------
    problem : KernelProblem
        Has the pattern.
    values : ndarray
        Entries of the matrix.
    method : str
        For messages.
    whole : bool
        Whether the right-hand side has no parts, for messages.

    Raises
    ------
    UnsupportedError
        If more states are coupled than matrices are made for.
    """
    from scipy.sparse import csc_matrix
    from scipy.sparse.csgraph import connected_components

    indptr, indices = problem.pattern()
    n = problem.size
    matrix = csc_matrix((values, indices, indptr), (n, n), copy=True)
    matrix.eliminate_zeros()
    count, labels = connected_components(matrix, directed=False)
    states = np.argsort(labels, kind="stable").astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(np.bincount(labels, minlength=count))]).astype(np.int64)
    sizes = np.diff(starts)
    if sizes.max() > LARGEST_PART:
        raise UnsupportedError(_too_large(method, int(sizes.max()), whole))
    if count == n:
        return Modes(np.zeros(0, np.int64), matrix.diagonal()[states], np.zeros(0, np.int64))
    ordered = matrix[states][:, states].tocsr()
    parts = [ordered[a:b, a:b].toarray() for a, b in pairwise(starts)]
    found = [_eigenvectors(part) for part in parts]
    solved = [f for f in found if f is not None]
    if len(solved) == count:
        there = np.concatenate([f[1].T.ravel() for f in solved])  # by columns
        back = np.concatenate([f[2].T.ravel() for f in solved])
        context = np.array([n, count, *(address_of(a) for a in (starts, states, there, back))], np.int64)
        linear = np.concatenate([f[0] for f in solved])
        return Modes(np.zeros(0, np.int64), linear, context, (starts, states, there, back))
    if sizes.max() > LARGEST_BLOCK:
        raise UnsupportedError(_too_large(method, int(sizes.max()), whole))
    linear = np.concatenate([part.T.ravel() for part in parts])
    if np.array_equal(states, np.arange(n)):
        return Modes(starts, linear, np.zeros(0, np.int64))
    context = np.array([n, count, address_of(starts), address_of(states), 0, 0], np.int64)
    return Modes(starts, linear, context, (starts, states))


def _too_large(method: str, size: int, whole: bool) -> str:
    what = "the Jacobian, the linear part of a right-hand side in one part," if whole else "the linear part"
    more = "; say which terms are linear and stiff with ode_system(..., explicit={...})" if whole else ""
    return (
        f'method="{method}" makes matrices of {what} and {size} states are coupled there; it takes '
        f"{LARGEST_BLOCK}, and {LARGEST_PART} where the matrix is symmetric{more}, "
        'or choose method="exprb43" or "kencarp4"'
    )


def _eigenvectors(a: Array) -> tuple[Array, Array, Array] | None:
    """Return eigenvalues, and the matrices to and from their basis, of a matrix that scales make symmetric."""
    scales = _scales(a)
    if scales is None:
        return None
    similar = scales[:, None] * a / scales
    if np.abs(similar - similar.T).max() > 1e-13 * np.abs(similar).max():
        return None
    eigenvalues, vectors = np.linalg.eigh(0.5 * (similar + similar.T))
    return eigenvalues, vectors.T * scales, vectors / scales[:, None]


def _scales(a: Array) -> Array | None:
    """Return d such that d_i a_ij / d_j may be symmetric, or None where the pattern or the signs say that it is not."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import breadth_first_order

    if not np.array_equal(np.sign(a), np.sign(a.T)):
        return None
    scales = np.ones(len(a))
    if np.array_equal(a, a.T):
        return scales
    order, before = breadth_first_order(csr_matrix(a), 0, directed=False)
    for j in order[1:]:
        i = before[j]
        scales[j] = scales[i] * np.sqrt(a[i, j] / a[j, i])
    scales /= np.exp(np.log(scales).mean())
    return scales if scales.max() <= _SCALES * scales.min() else None
