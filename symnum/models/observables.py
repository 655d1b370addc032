"""Observables that are weighted sums of states, kept as arrays until somebody looks at one."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["WeightedSums"]


class WeightedSums(Mapping[str, Any]):
    """A mapping from names to sums of states, which become terms on demand.

    Parameters
    ----------
    states : tuple of Symbol
        The states that the arrays number.
    members : mapping of str to (ndarray of int32, ndarray)
        For each name the indices of the states and their weights.
    """

    def __init__(
        self, states: tuple[Any, ...], members: Mapping[str, tuple[NDArray[np.int32], NDArray[Any]]]
    ) -> None:
        self._states = states
        self._members = dict(members)
        self._terms: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        term = self._terms.get(name)
        if term is None:
            term = self._terms[name] = self._build(name)
        return term

    def _build(self, name: str) -> Any:
        from symnum.terms.canonical import make_sum

        indices, weights = self._members[name]
        coefficients: dict[Any, Any] = {}
        for i, weight in zip(indices.tolist(), weights.tolist(), strict=True):
            state = self._states[i]
            coefficients[state] = coefficients.get(state, 0) + weight
        return make_sum(coefficients, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the terms, which are made again on demand."""
        return {"_states": self._states, "_members": self._members, "_terms": {}}
