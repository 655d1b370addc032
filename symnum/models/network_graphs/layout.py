"""Places for the nodes of a graph: distances on paper like those along arrows, and no box upon another.

Each connected part is placed by stress majorisation (E. R. Gansner, Y. Koren, S. North, Graph Drawing 2004, LNCS 3383,
239), turned so that it lies flat, freed of overlaps, and the parts are set in rows.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["layout", "set_in_rows"]

_Array = NDArray[np.float64]
_SWEEPS = 300
_GAP = 0.22


def layout(
    sizes: _Array, edges: Sequence[tuple[int, int]], lengths: Sequence[float], seed: int = 0
) -> tuple[_Array, list[NDArray[np.int64]]]:
    """Place the nodes of each connected part around the origin.

    Parameters
    ----------
    sizes : ndarray, shape (n_nodes, 2)
        Width and height of each node's box.
    edges : sequence of (int, int)
        Which nodes are joined.
    lengths : sequence of float
        The distance between centres that each edge should have.
    seed : int
        Of the small disturbance that resolves ties; another seed may give a better picture.

    Returns
    -------
    places : ndarray, shape (n_nodes, 2)
        Centres, in the units of `sizes`.
    parts : list of ndarray of int
        The nodes of each part; `set_in_rows` puts the parts beside one another.
    """
    n = len(sizes)
    graph = _symmetric(n, edges, lengths)
    labels = _components(graph)
    places = np.zeros((n, 2))
    rng = np.random.default_rng(seed)
    parts = [np.flatnonzero(labels == k) for k in range(labels.max() + 1)] if n else []
    for part in parts:
        own = _place(graph[part][:, part], rng)
        places[part] = _without_overlaps(_flat(own), sizes[part])
    return places, parts


def _symmetric(n: int, edges: Sequence[tuple[int, int]], lengths: Sequence[float]) -> Any:
    from scipy.sparse import csr_array

    entries: dict[tuple[int, int], float] = {}
    for (i, j), length in zip(edges, lengths, strict=True):
        if i != j:
            entries[i, j] = entries[j, i] = max(length, entries.get((i, j), 0.0))
    rows, columns = [i for i, _ in entries], [j for _, j in entries]
    return csr_array((list(entries.values()), (rows, columns)), shape=(n, n), dtype=float)


def _components(graph: Any) -> NDArray[np.int64]:
    from scipy.sparse.csgraph import connected_components

    labels: NDArray[np.int64] = connected_components(graph, directed=False)[1]
    return labels


def _place(graph: Any, rng: np.random.Generator) -> _Array:
    """Place one connected part by stress majorisation, from the best of a few beginnings."""
    from scipy.sparse.csgraph import shortest_path

    distances = shortest_path(graph, directed=False)
    if len(distances) == 1:
        return np.zeros((1, 2))
    tries = [_classical(distances), *(rng.normal(size=(len(distances), 2)) for _ in range(3))]
    spread = float(distances.mean())
    results = [_majorise(start + 0.01 * spread * rng.normal(size=start.shape), distances) for start in tries]
    return min(results, key=lambda pair: pair[0])[1]


def _classical(distances: _Array) -> _Array:
    """Return a first guess: the two largest axes of classical scaling."""
    squared = distances**2
    centred = -0.5 * (squared - squared.mean(0) - squared.mean(1)[:, None] + squared.mean())
    values, vectors = np.linalg.eigh(centred)
    out: _Array = vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 1e-12))
    return out


def _majorise(places: _Array, distances: _Array) -> tuple[float, _Array]:
    """Lower the stress, the squared relative errors of distances, and return what is left of it, with the places."""
    n = len(distances)
    with np.errstate(divide="ignore"):
        weights = 1.0 / distances**2
    np.fill_diagonal(weights, 0.0)
    laplacian = np.diag(weights.sum(1)) - weights
    inverse = np.linalg.inv(laplacian + 1.0 / n)
    before = np.inf
    stress = before
    for _ in range(_SWEEPS):
        difference = places[:, None, :] - places[None, :, :]
        actual = np.maximum(np.sqrt((difference**2).sum(-1)), 1e-9)
        stress = float((weights * (actual - distances) ** 2).sum())
        if before - stress < 1e-7 * stress:
            break
        before = stress
        pull = weights * distances / actual
        places = inverse @ ((np.diag(pull.sum(1)) - pull) @ places)
    return stress, places


def _flat(places: _Array) -> _Array:
    """Turn a part so that it is wide rather than high, with its first node on the left, and up."""
    centred = places - places.mean(0)
    if len(centred) > 1:
        _, _, axes = np.linalg.svd(centred, full_matrices=False)
        centred = centred @ axes.T
    third = max(len(centred) // 3, 1)
    if centred[:third, 0].sum() > 0.0:  # the centre is the origin
        centred[:, 0] *= -1.0
    if centred[0, 1] < 0.0:
        centred[:, 1] *= -1.0
    out: _Array = centred
    return out


def _without_overlaps(places: _Array, sizes: _Array) -> _Array:
    """Push boxes apart, along the direction in which less is needed, until none overlaps."""
    places = places.copy()
    for _ in range(400):
        moved = False
        for i in range(len(places)):
            offset = places[i + 1 :] - places[i]
            need = (sizes[i + 1 :] + sizes[i]) / 2.0 + _GAP - np.abs(offset)
            hits = np.flatnonzero((need > 1e-6).all(axis=1))
            for k in hits.tolist():
                axis = 0 if need[k, 0] < need[k, 1] else 1
                push = need[k, axis] / 2.0 * (1.0 if offset[k, axis] >= 0.0 else -1.0)
                places[i, axis] -= push
                places[i + 1 + k, axis] += push
                moved = True
        if not moved:
            break
    return places


def set_in_rows(places: _Array, sizes: _Array, parts: list[NDArray[np.int64]], width: float) -> _Array:
    """Return the places with the parts side by side in rows of about some width, those of greatest height first."""
    places = places.copy()
    boxes = []
    for part in parts:
        low = (places[part] - sizes[part] / 2.0).min(0)
        high = (places[part] + sizes[part] / 2.0).max(0)
        boxes.append((part, low, high - low))
    boxes.sort(key=lambda box: (-round(float(box[2][1]), 2), int(box[0][0])))
    x, top, row_height = 0.0, 0.0, 0.0
    for part, low, size in boxes:
        if x > 0.0 and x + size[0] > width:
            x, top, row_height = 0.0, top - row_height - 3.0 * _GAP, 0.0
        row_height = max(row_height, float(size[1]))
        places[part] += np.array([x, top - float(size[1])]) - low
        x += float(size[0]) + 4.0 * _GAP
    return places
