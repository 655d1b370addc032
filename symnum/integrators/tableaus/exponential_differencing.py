"""Exponential time differencing: Runge-Kutta methods for y' = L y + N(t, y) with functions of h L as weights."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from symnum.integrators.tableaus.one_step import OneStep

__all__ = ["LAST_COEFFICIENT", "LINEAR", "SAME", "DifferencingTableau", "Function", "Term"]

Array = npt.NDArray[np.float64]

#: What a term may have in place of a function: the row as it is, and L times the row.
SAME, LINEAR = -1, -2

#: How often a function's h L may be halved; the continuous solution looks at quarters of the step.
HALVINGS = 2

#: Rows of derivatives at quarters of the step, both ends included, and where the continuous solution has them: with the
#: middle too the rise over the step would say nothing more.
SLOPES = 5
NODES = (0.0, 0.25, 0.75, 1.0)

#: Share of the last coefficient of the continuous solution that counts as its error: a polynomial of one degree less
#: comes as near.
LAST_COEFFICIENT = 0.5 ** (2 * len(NODES) + 1)


@dataclass(frozen=True)
class Function:
    """A function of the linear part: sum of weights[k] phi_k(h L / 2^halvings), k = 0, ..., 3 (phi_0 = exp)."""

    halvings: int
    weights: tuple[float, float, float, float]


@dataclass(frozen=True)
class Term:
    """What is added to a row: a function of h L, times a sum of earlier rows, times h where `by_step`.

    Rows are named "v0" (the value), "v1", ..., the stages, "n0", "n1", ... their N, "error", "check" (what the
    continuous solution leaves of the equations), and "s0", ..., "s4", the derivatives at quarters of the step.
    """

    row: str
    function: int
    sources: dict[str, float]
    by_step: bool = False


@dataclass(frozen=True)
class DifferencingTableau(OneStep):
    """An exponential time differencing method; see `symnum.integrators.exponential_differencing`.

    Attributes
    ----------
    c : tuple of float
        Nodes: the value itself, the stages, the new value, and the point at which the continuous solution is checked.
    functions : tuple of Function
        The functions of the linear part that the terms use.
    terms : tuple of Term
        What the rows are made of, in the order in which they are formed: stages, new value, error, checked value,
        check, derivatives.
    order, embedded_order, interpolant_order : int
        Orders of the step, of the embedded method and of the continuous solution.
    """

    family: ClassVar[str] = "differencing"
    implicit: ClassVar[bool] = False
    degree: ClassVar[int] = len(NODES) + 1

    name: str
    c: tuple[float, ...]
    functions: tuple[Function, ...]
    terms: tuple[Term, ...]
    order: int
    embedded_order: int
    interpolant_order: int
    reference: str

    @property
    def stages(self) -> int:
        """Number of stages, the value itself not counted, the new and the checked value counted."""
        return len(self.c) - 1

    @property
    def properties(self) -> dict[str, object]:
        """The implicit part of a split right-hand side is solved exactly."""
        return {"exact for linear problems": True, "additive": True}

    @property
    def rows(self) -> dict[str, int]:
        """Number of each row."""
        names = [f"v{i}" for i in range(len(self.c))] + [f"n{i}" for i in range(len(self.c))]
        names += ["error", "check", *(f"s{i}" for i in range(SLOPES))]
        return {name: i for i, name in enumerate(names)}

    @cached_property
    def table(self) -> Array:
        """Array for the engine: nodes, functions, terms, and the polynomial from values and derivatives."""
        functions = [[f.halvings, *f.weights] for f in self.functions]
        rows, terms = self.rows, np.zeros((len(self.terms), 3 + len(self.rows)))
        for line, term in zip(terms, self.terms, strict=True):
            line[:3] = rows[term.row], term.function, term.by_step
            for source, weight in term.sources.items():
                line[3 + rows[source]] = weight
        return np.concatenate([self.c, np.ravel(functions), terms.ravel(), polynomial(NODES).ravel()])


def polynomial(nodes: tuple[float, ...]) -> Array:
    """Return coefficients of x, x^2, ... by the rise over (0, 1) and the derivatives at nodes.

    Returns
    -------
    ndarray, shape (nodes + 1, nodes + 1)

    Examples
    --------
    >>> polynomial((0.0, 1.0)).round(12).tolist()  # the cubic through both ends
    [[0.0, 1.0, 0.0], [3.0, -2.0, -1.0], [-2.0, 1.0, 1.0]]
    """
    k = np.arange(1, len(nodes) + 2)
    x = np.array(nodes)[:, None]
    out: Array = np.linalg.inv(np.vstack([np.ones(len(k)), k * x ** (k - 1)]))
    return out
