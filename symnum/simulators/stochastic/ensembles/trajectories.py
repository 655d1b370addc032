"""Trajectories that an ensemble has kept."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Trajectories"]

Array = NDArray[np.float64]


class Trajectories:
    """The trajectories that were kept, without those that failed.

    ``trajectories["A"]`` has shape (number kept, n_times); ``trajectories[k]``, of the k-th one kept, has shape
    (n_quantities, n_times).

    Attributes
    ----------
    numbers : ndarray of int64
        Number of each: ``sim.solve(..., trajectory=number)`` runs it again.
    values : ndarray, shape (number kept, n_times, n_quantities)
    names : tuple of str
        The quantities.
    """

    def __init__(
        self, values: Array, numbers: NDArray[np.int64], names: tuple[str, ...], index: Callable[[Any], int]
    ) -> None:
        self.values, self.numbers, self.names, self._index = values, numbers, names, index

    def __getitem__(self, key: Any) -> Array:
        if isinstance(key, int | np.integer):
            one: Array = self.values[key].T
            return one
        found: Array = self.values[:, :, self._index(key)]
        return found

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Array]:
        return (one.T for one in self.values)

    def __repr__(self) -> str:
        return f"<Trajectories: {len(self)} of {len(self.names)} quantities at {self.values.shape[1]} times>"
