"""Whole-number relations between the rows of a matrix."""

from collections.abc import Sequence

import numpy as np

from symnum.systems.conservation import integer_laws
from symnum.systems.fluxes import Fluxes

__all__ = ["row_relations"]


def row_relations(rows: Sequence[dict[int, int]], n_columns: int) -> list[dict[int, int]]:
    """Return a basis of the relations between rows: dictionaries r with ``sum(r[k] * rows[k]) == 0``.

    Examples
    --------
    >>> row_relations([{0: 1, 1: -1}, {0: -2, 1: 2}], 2)
    [{0: 2, 1: 1}]
    """
    columns: list[dict[int, int]] = [{} for _ in range(n_columns)]
    for k, row in enumerate(rows):
        for i, value in row.items():
            columns[i][k] = value
    filled = [column for column in columns if column]
    offsets = np.concatenate(([0], np.cumsum([len(c) for c in filled]))).astype(np.int64)
    none = np.zeros(len(filled) + 1, dtype=np.int64)
    return integer_laws(
        Fluxes(
            n_states=len(rows),
            constants=(1,),
            constant_index=np.zeros(len(filled), dtype=np.int32),
            reactant_offsets=none,
            reactants=np.zeros(0, dtype=np.int32),
            change_offsets=offsets,
            change_states=np.array([k for column in filled for k in column], dtype=np.int32),
            change_values=np.array([v for column in filled for v in column.values()], dtype=np.int64),
        )
    )
