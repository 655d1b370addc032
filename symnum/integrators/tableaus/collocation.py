"""Fully implicit methods by collocation."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from symnum.integrators.tableaus.one_step import OneStep

__all__ = ["CollocationTableau"]


@dataclass(frozen=True)
class CollocationTableau(OneStep):
    """A fully implicit method of three stages by collocation, the last of them at the end of the step.

    The inverse of its matrix has one real eigenvalue and a complex pair.

    Attributes
    ----------
    nodes : tuple of float
        Collocation points as fractions of the step; the last is 1.
    eigenvalue, complex_eigenvalue : float, complex
        Of the inverse of the matrix; the second has a positive imaginary part.
    error : tuple of float
        Weights of the stages in the error estimate, for the filter with the real eigenvalue.
    order, embedded_order, interpolant_order : int
        Orders of the step, of the embedded method and of the continuous solution.
    l_stable : bool
        Whether it is L-stable.
    """

    family: ClassVar[str] = "radau"
    implicit: ClassVar[bool] = True
    stages: ClassVar[int] = 3
    degree: ClassVar[int] = 3

    name: str
    nodes: tuple[float, float, float]
    eigenvalue: float
    complex_eigenvalue: complex
    error: tuple[float, float, float]
    order: int
    embedded_order: int
    interpolant_order: int
    l_stable: bool
    reference: str

    @property
    def properties(self) -> dict[str, object]:
        """Kinds of stability."""
        return {"A-stable": True, "L-stable": self.l_stable}

    @cached_property
    def powers(self) -> npt.NDArray[np.float64]:
        """Coefficients of the polynomial in the fraction of the step, powers 1 to 3, by stages."""
        return np.linalg.inv(np.array(self.nodes)[:, None] ** np.arange(1.0, 4.0))

    @cached_property
    def matrix(self) -> npt.NDArray[np.float64]:
        """The matrix (a_ij): integrals of the Lagrange polynomials up to the nodes."""
        nodes = np.array(self.nodes)
        lagrange = np.linalg.inv(nodes[:, None] ** np.arange(3.0))
        return np.asarray(
            (nodes[:, None] ** np.arange(1.0, 4.0) / np.arange(1.0, 4.0)) @ lagrange, np.float64
        )

    @cached_property
    def transformation(self) -> npt.NDArray[np.float64]:
        """The matrix T of eigenvectors: the real one, and real and imaginary part of the complex one."""
        inverse = np.linalg.inv(self.matrix)

        def vector(eigenvalue: complex) -> npt.NDArray[np.complex128]:
            # Of the conjugate, whose parts T needs; its last component is one.
            shifted = inverse - np.conj(eigenvalue) * np.eye(3)
            return np.append(np.linalg.solve(shifted[:2, :2], -shifted[:2, 2]), 1.0)

        pair = vector(self.complex_eigenvalue)
        return np.column_stack([vector(self.eigenvalue).real, pair.real, pair.imag])

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """nodes, T, its inverse, error weights, powers, eigenvalues, weights and slopes at 1/2."""
        half = 0.5 ** np.arange(1.0, 4.0)
        eigenvalues = [self.eigenvalue, self.complex_eigenvalue.real, self.complex_eigenvalue.imag]
        parts = (
            np.array(self.nodes),
            self.transformation,
            np.linalg.inv(self.transformation),
            np.array(self.error),
            self.powers,
            np.array(eigenvalues),
            half @ self.powers,
            (2.0 * np.arange(1.0, 4.0) * half) @ self.powers,
        )
        return np.concatenate([p.ravel() for p in parts])
