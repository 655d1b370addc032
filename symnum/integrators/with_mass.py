"""Which methods take problems with a mass matrix, and which of them algebraic equations."""

import numpy as np

from symnum.errors import UnsupportedError
from symnum.integrators.problem import KernelProblem
from symnum.integrators.registry import METHODS, Method
from symnum.systems.null_spaces import null_spaces

__all__ = ["check_mass", "choose_with_mass", "has_algebraic_equations"]

#: States from which a method of many stages, each with a solve and all with a new matrix, is too dear.
SMALL = 60


def has_algebraic_equations(problem: KernelProblem) -> bool:
    """Tell whether the mass matrix of a problem is singular."""
    if problem.mass is None:
        return False
    indptr, indices = problem.pattern()
    columns = np.repeat(np.arange(problem.size, dtype=np.int32), np.diff(indptr))
    return bool(null_spaces(indices, columns, problem.mass, problem.size)[0])


def check_mass(method: Method, problem: KernelProblem) -> None:
    """Refuse a method that cannot take the mass matrix of a problem.

    Raises
    ------
    UnsupportedError
        Naming methods that can.
    """
    if problem.mass is None or method.index_1:
        return
    if has_algebraic_equations(problem):
        suitable = [m.name for m in METHODS.values() if m.index_1]
        what = "differential-algebraic equations"
    elif method.takes_mass_matrix:
        return
    else:
        suitable = [m.name for m in METHODS.values() if m.takes_mass_matrix]
        what = "a mass matrix"
    names = ", ".join(f'"{name}"' for name in suitable)
    raise UnsupportedError(
        f'method="{method.name}" does not take {what}; choose one of {names}, or method="auto".'
    )


def choose_with_mass(problem: KernelProblem) -> tuple[str, str]:
    """Return the name of a method for a problem with a mass matrix, and the reason for it."""
    kind = "algebraic equations" if has_algebraic_equations(problem) else "a mass matrix"
    if problem.size <= SMALL:
        return "rodas5p", f"{kind}, and a small system ({problem.size} states)"
    return "ndf", f"{kind}, and a large system ({problem.size} states)"
