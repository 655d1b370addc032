"""One axis of a grid, for those who make differences along it: positions beyond its ends, weights, areas of faces."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.models.discretisation.tables import Tables
from symnum.models.discretisation.weights import exact_weights, weights_at
from symnum.systems.stencils.grid import GridAxis

__all__ = ["Axis"]


class Axis:
    """An axis with the numbers that differences need.

    Parameters
    ----------
    axis : GridAxis
    number : int
    periodic : bool
    power : int
        Areas of faces grow like this power of the coordinate: 0 but on radii, 1 in two dimensions and 2 in three.
    tables : Tables
    """

    def __init__(self, axis: GridAxis, number: int, periodic: bool, power: int, tables: Tables) -> None:
        self.name = axis.name
        self.number = number
        self.cells = len(axis.centres)
        self.periodic = periodic
        self.uniform = axis.uniform
        self.power = power
        self.has_middle = power > 0 and float(axis.edges[0]) == 0.0
        self.edges = axis.edges
        self.centres = axis.centres
        self.spacing = float((axis.edges[-1] - axis.edges[0]) / self.cells)
        self._tables = tables
        self._weights: dict[Any, Any] = {}
        tables.add(axis.name, axis.centres)

    # Positions ------------------------------------------------------------------------------

    @cached_property
    def _half_cells(self) -> NDArray[np.float64]:
        positions = np.empty(2 * self.cells + 1)
        positions[::2], positions[1::2] = self.edges, self.centres
        return positions

    def position(self, place: Any) -> NDArray[np.float64]:
        """Return coordinates of absolute places in half cells; beyond the ends, the axis is repeated or mirrored."""
        q = np.asarray(place, np.int64) + 1
        last = 2 * self.cells
        low, high = self.edges[0], self.edges[-1]
        if self.periodic:
            return np.asarray(self._half_cells[q % last] + (q // last) * (high - low), np.float64)
        inside = np.clip(np.where(q < 0, -q, np.where(q > last, 2 * last - q, q)), 0, last)
        found = self._half_cells[inside]
        return np.asarray(np.where(q < 0, 2 * low - found, np.where(q > last, 2 * high - found, found)), np.float64)

    def depths(self, side: int, places: Sequence[int]) -> list[Any]:
        """Return distances from a side, inwards; in widths of cells, exact, where these are equal."""
        if self.uniform:
            return [Fraction(p + 1, 2) for p in places]
        q = np.asarray(places) if side == 0 else 2 * self.cells - 2 - np.asarray(places)
        return [float(d) for d in np.abs(self.position(q) - self.edges[0 if side == 0 else -1])]

    @property
    def unit(self) -> float:
        """What `depths` counts in."""
        return self.spacing if self.uniform else 1.0

    # Weights --------------------------------------------------------------------------------

    def weights(self, place: int, offsets: tuple[int, ...], derivative: int, absolute: int | None = None) -> list[Any]:
        """Return weights of values around a place that give a derivative there: numbers, or symbols of tables.

        Parameters
        ----------
        place : int
            Relative to the cell of the loop.
        offsets : tuple of int
            From `place` to where the values are.
        derivative : int
        absolute : int, optional
            The absolute place, if it is known: then the weights are numbers.
        """
        if self.uniform:
            scale = self.spacing**derivative
            halves = tuple(Fraction(k, 2) for k in offsets)
            exact = exact_weights(halves, 0, derivative)
            return [w if derivative == 0 else float(w) / scale for w in exact]
        if absolute is not None:
            points = self.position(absolute + np.array([offsets]))
            return [float(w) for w in weights_at(points, self.position([absolute]), derivative)[0]]
        names = self._weight_tables(place % 2, offsets, derivative)
        return [self._tables.along(name, self.number, place) for name in names]

    def _weight_tables(self, parity: int, offsets: tuple[int, ...], derivative: int) -> list[str]:
        key = (parity, offsets, derivative)
        if key not in self._weights:
            rows = np.arange(self.cells) * 2 if parity == 0 else np.arange(self.cells + 1) * 2 - 1
            values = weights_at(self.position(rows[:, None] + np.array(offsets)), self.position(rows), derivative)
            kind = f"{self.name}.{'faces' if parity else 'cells'}.d{derivative}[{len(offsets)}]"
            self._weights[key] = [
                self._tables.add(f"{kind}({k})", np.ascontiguousarray(values[:, j])) for j, k in enumerate(offsets)
            ]
        return self._weights[key]  # type: ignore[no-any-return]

    # Fluxes ---------------------------------------------------------------------------------

    def flux_weights(self, place: int) -> tuple[Any, Any]:
        """Return the areas of the low and the high face of a cell, each by the cell's volume."""
        if self.uniform and not self.power:
            return 1 / self.spacing, 1 / self.spacing
        return self._along("low", place, lambda: self._areas[:-1] / self.volumes), self._along(
            "high", place, lambda: self._areas[1:] / self.volumes
        )

    def diffusion_weights(self, place: int) -> tuple[Any, Any]:
        """Return the weights of the differences to the low and the high neighbour in a Laplacian in flux form."""
        if self.uniform and not self.power:
            weight = 1 / self.spacing**2
            return weight, weight
        return self._along("low2", place, lambda: self._areas[:-1] / self.volumes / self._distances[:-1]), self._along(
            "high2", place, lambda: self._areas[1:] / self.volumes / self._distances[1:]
        )

    def _along(self, name: str, place: int, values: Callable[[], NDArray[np.float64]]) -> Any:
        table = f"{self.name}.{name}"
        if table not in self._tables.tables:
            self._tables.add(table, np.ascontiguousarray(values()))
        return self._tables.along(table, self.number, place)

    @cached_property
    def _areas(self) -> NDArray[np.float64]:
        return np.asarray(self.edges**self.power, np.float64)

    @cached_property
    def volumes(self) -> NDArray[np.float64]:
        """Of the cells, for areas that are powers of the coordinate."""
        low, high = self.edges[:-1], self.edges[1:]
        return np.asarray((high - low) * sum(high**k * low ** (self.power - k) for k in range(self.power + 1))) / (
            self.power + 1
        )

    @cached_property
    def _distances(self) -> NDArray[np.float64]:
        """Between the centres of neighbours, one more than cells."""
        return np.diff(self.position(np.arange(-1, self.cells + 1) * 2))

    # Coordinates ----------------------------------------------------------------------------

    def coordinate(self, place: int) -> Any:
        """Return the symbol of the coordinate at a place relative to the cell of the loop."""
        if place % 2 == 0:
            return self._tables.along(self.name, self.number, place)
        return self._tables.along(self._tables.add(f"{self.name}.edges", self.edges), self.number, place)

    def absolute(self, side: int, depth: int) -> int:
        """Return the absolute place that is so many half cells inside a side."""
        return depth if side == 0 else 2 * self.cells - 2 - depth
