"""Groups of structurally independent columns, so that one difference gives many columns of a Jacobian.

Reference: Curtis, Powell and Reid, J. Inst. Maths Applics 13 (1974) 117.
"""

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


def colour_columns(
    indptr: npt.NDArray[np.int32], indices: npt.NDArray[np.int32]
) -> tuple[Integers, Integers]:
    """Return columns ordered by colour, and where each colour starts.

    Parameters
    ----------
    indptr, indices : ndarray of int32
        Pattern in compressed sparse columns.

    Returns
    -------
    columns : ndarray of int64, shape (n,)
    starts : ndarray of int64, shape (colours + 1,)
    """
    n = len(indptr) - 1
    if len(indices) == n * n:
        return np.arange(n), np.arange(n + 1)
    taken: list[set[int]] = []  # rows in use, for each colour
    groups: list[list[int]] = []
    for column in np.argsort(-np.diff(indptr), kind="stable").tolist():
        rows = set(indices[indptr[column] : indptr[column + 1]].tolist())
        for used, group in zip(taken, groups, strict=True):
            if used.isdisjoint(rows):
                used |= rows
                group.append(column)
                break
        else:
            taken.append(rows)
            groups.append([column])
    columns = np.array([c for group in groups for c in group], np.int64)
    starts = np.concatenate([[0], np.cumsum([len(g) for g in groups])]).astype(np.int64)
    return columns, starts
