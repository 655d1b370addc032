"""Compiled solvers. They know addresses, arrays and tolerances, and nothing of terms."""

from typing import TYPE_CHECKING

_HOME = {
    "KernelProblem": "symnum.integrators.problem",
    "RawSolution": "symnum.integrators.raw_solution",
    "Statistics": "symnum.integrators.statistics",
    "Status": "symnum.integrators.status",
    "UserPreconditioner": "symnum.integrators.linear.preconditioners",
    "METHODS": "symnum.integrators.registry",
    "choose_method": "symnum.integrators.choose",
    "find_method": "symnum.integrators.registry",
    "warm_up": "symnum.integrators.warm",
}

__all__ = sorted(_HOME)  # noqa: PLE0605 - built from the table

if TYPE_CHECKING:
    from symnum.integrators.choose import choose_method as choose_method
    from symnum.integrators.linear.preconditioners import UserPreconditioner as UserPreconditioner
    from symnum.integrators.problem import KernelProblem as KernelProblem
    from symnum.integrators.raw_solution import RawSolution as RawSolution
    from symnum.integrators.registry import METHODS as METHODS
    from symnum.integrators.registry import find_method as find_method
    from symnum.integrators.statistics import Statistics as Statistics
    from symnum.integrators.status import Status as Status
    from symnum.integrators.warm import warm_up as warm_up
else:

    def __getattr__(name):
        """Import a public name on first use."""
        import importlib

        if name not in _HOME:
            raise AttributeError(f'symnum.integrators has no public name "{name}"')
        return getattr(importlib.import_module(_HOME[name]), name)
