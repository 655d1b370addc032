"""What a grid is, for those who show, store or transform what lives on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Field", "Geometry", "GridAxis"]


@dataclass(frozen=True, eq=False)
class GridAxis:
    """One axis of a grid of cells.

    Attributes
    ----------
    name : str
    centres : ndarray, shape (n,)
        Where the values are.
    edges : ndarray, shape (n + 1,)
        Where cells meet.
    periodic, uniform : bool
    unit : str
    """

    name: str
    centres: NDArray[np.float64]
    edges: NDArray[np.float64]
    periodic: bool = False
    uniform: bool = True
    unit: str = ""

    @property
    def spacing(self) -> float:
        """Width of a cell; of uniform axes only."""
        return float((self.edges[-1] - self.edges[0]) / len(self.centres))


@dataclass(frozen=True, eq=False)
class Geometry:
    """Axes and volumes.

    Attributes
    ----------
    axes : tuple of GridAxis
    kind : {"cartesian", "polar", "cylindrical", "spherical"}
        What the axes mean.
    volumes : ndarray, broadcastable to the shape of the grid
        Of the cells: a domain integral is the sum of value times volume.
    """

    axes: tuple[GridAxis, ...]
    kind: str
    volumes: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Cells per axis."""
        return tuple(len(axis.centres) for axis in self.axes)


@dataclass(frozen=True, eq=False)
class Field:
    """A quantity with a value in every cell.

    Attributes
    ----------
    name : str
    array : str
        Name of the `StencilArray` of kind "state" that holds it.
    boundary : mapping of str to (str, str)
        Per axis, the kinds of condition at the low and the high side: "periodic", "dirichlet", "neumann", "robin"
        or "axis" (the middle of a polar, cylindrical or spherical grid); empty where nobody knows.
    homogeneous : bool
        Whether all Dirichlet and Neumann values are zero, so that the right-hand side's linear part is linear.
    unit : str
    """

    name: str
    array: str
    boundary: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    homogeneous: bool = True
    unit: str = ""
