"""Preconditioners of the iterative solvers: by name, or the user's own behind addresses."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from symnum.errors import InputError, UnknownNameError, suggest
from symnum.integrators.linear import ilu
from symnum.integrators.linear.analysis import Array, pack
from symnum.integrators.linear.bandwidth import find_band
from symnum.integrators.linear.rows import Rows

__all__ = [
    "PRECONDITIONERS",
    "Preconditioner",
    "UserPreconditioner",
    "check_preconditioner",
    "make_preconditioner",
]

#: What may be asked for by name; "auto" takes "ilu", or none where the Jacobian has no entries.
PRECONDITIONERS = ("auto", "ilu", "ilut", "diagonal", "none")


class Preconditioner(Protocol):
    """What an iterative solver needs of a preconditioner; every `LinearSolver` is one.

    The addresses are those of the two functions of a linear solver, which here need only be rough: `factor` takes
    ``c_mass``, ``c_jac`` and the values of the Jacobian's pattern, `solve` overwrites its argument with P^-1 b. Both
    return 0 if all is well, and must not need the interpreter.
    """

    @property
    def name(self) -> str:
        """How `sol.stats` calls it."""
        ...

    @property
    def context_address(self) -> int:
        """Passed to both functions."""
        ...

    @property
    def factor_address(self) -> int:
        """Address of `factor`, 0 for none."""
        ...

    @property
    def solve_address(self) -> int:
        """Address of `solve`."""
        ...


@dataclass(frozen=True)
class UserPreconditioner:
    """A preconditioner of the user's own, from addresses of compiled functions.

    Attributes
    ----------
    solve_address : int
        ``int32 solve(int64 context, double* b)``: b := P^-1 b; 0 if all is well.
    factor_address : int
        ``int32 factor(int64 context, double c_mass, double c_jac, const double* values)``, called whenever the matrix
        c_mass*I - c_jac*J has changed, with the values of the Jacobian in compressed columns; 0 for none. Where the
        Jacobian has no entries, `values` holds n, t and the n states.
    context_address : int
        Passed to both.
    name : str
        How `sol.stats` calls it.
    keep_alive : object
        Whatever owns the memory behind the addresses.

    Notes
    -----
    The context is shared by all solves that use this object: either it is only read, or only one solve may run at a
    time. An object with the same attributes and a method ``clone()`` gets a context of its own for each solve.

    Examples
    --------
    >>> import numba
    >>> @numba.cfunc("int32(int64, CPointer(float64))")
    ... def halve(context, b):
    ...     b[0] *= 0.5
    ...     return 0
    >>> UserPreconditioner(halve.address, name="halves").name
    'halves'
    """

    solve_address: int
    factor_address: int = 0
    context_address: int = 0
    name: str = "user"
    keep_alive: Any = None


class _RowPreconditioner:
    """Common part of those that hold M by rows."""

    def __init__(self, name: str, rows: Rows, length: int, factor: Any, solve: Any) -> None:
        self.name, self._rows = name, rows
        self._counters = np.zeros(4, dtype=np.int64)
        self._made = {
            "matrix": np.empty(length),
            "where": np.full(rows.n, -1, dtype=np.int32),
            "work": np.empty(rows.n),
            "counters": self._counters,
        }
        everything: dict[str, Any] = rows.arrays | self._made | {"n": rows.n}
        self._context = pack(*(everything[slot] for slot in ilu.SLOTS))
        self.context_address = int(self._context.ctypes.data)
        self.factor_address = factor.address
        self.solve_address = solve.address

    def statistics(self) -> dict[str, object]:
        """Return the number of factorisations and of pivots that had to be replaced."""
        return {"factorisations": int(self._counters[0]), "replaced_pivots": int(self._counters[1])}


def check_preconditioner(given: Any) -> Any:
    """Return a known name, or an object with the addresses of a preconditioner.

    Raises
    ------
    UnknownNameError
        For another name.
    InputError
        For an object without the addresses.
    """
    if given is None:
        return "none"
    if isinstance(given, str):
        if given in PRECONDITIONERS:
            return given
        known = ", ".join(f'"{name}"' for name in PRECONDITIONERS)
        hint = suggest(given, PRECONDITIONERS)
        raise UnknownNameError(
            f'there is no preconditioner "{given}"; choose one of {known}, or give an object with addresses.{hint}'
        )
    for attribute, kind in (
        ("context_address", int),
        ("factor_address", int),
        ("solve_address", int),
        ("name", str),
    ):
        if not isinstance(getattr(given, attribute, None), kind):
            raise InputError(
                f"a preconditioner of type {type(given).__name__} has no attribute {attribute} of type "
                f"{kind.__name__}; make one by UserPreconditioner(solve_address=..., factor_address=...)"
            )
    return given


def make_preconditioner(given: Any, n: int, indptr: Array, indices: Array) -> Preconditioner | None:
    """Return a preconditioner with a context of its own for one pattern.

    Parameters
    ----------
    given : str or object
        What `check_preconditioner` returns.
    n : int
        Number of unknowns.
    indptr, indices : numpy.ndarray
        int32 compressed columns with the full diagonal.
    """
    if given == "none":
        return None
    if not isinstance(given, str):
        made: Preconditioner = given.clone() if hasattr(given, "clone") else given
        return made
    if given == "diagonal":
        rows = Rows.of(n, indptr, indices, np.arange(n, dtype=np.int32))
        return _RowPreconditioner("diagonal", rows, n, ilu.factor_diagonal, ilu.solve_diagonal)
    rows = Rows.of(n, indptr, indices, find_band(n, indptr, indices).order)
    if given == "ilut":
        from symnum.integrators.linear.threshold_preconditioner import ThresholdPreconditioner

        return ThresholdPreconditioner(rows)
    return _RowPreconditioner("ilu", rows, len(indices), ilu.factor_incomplete, ilu.solve_incomplete)
