"""How many steps are taken at a time, in tiles of how many layers, from the sizes of the caches."""

import functools
from pathlib import Path
from typing import NamedTuple

from codegen.stencils.layers import Layers

__all__ = ["Blocking", "choose_blocking"]


class Blocking(NamedTuple):
    """Steps per block and layers per tile; no layers: steps over the whole grid, one by one."""

    depth: int
    tile: int


@functools.cache
def cache_sizes() -> tuple[int, int]:
    """Return the bytes of one core's own cache and of the largest shared one, from the system or as a guess."""
    sizes = {}
    for folder in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"):
        try:
            level = int((folder / "level").read_text())
            text = (folder / "size").read_text().strip()
            kind = (folder / "type").read_text().strip()
        except (OSError, ValueError):
            continue
        if kind != "Instruction" and text.endswith("K"):
            sizes[level] = int(text[:-1]) * 1024
    return sizes.get(2, 1 << 20), sizes.get(3, 1 << 23)


_SWEEPS = 4
"""Sweeps per block. Measured: two take less from each time the grid is read, eight compute too much twice."""
_OWN_SHARE, _COMMON_SHARE = 0.33, 0.15
"""How much of a core's own cache and of the one that all share a tile may fill; the rest is for all else."""
_LEAST_TILE = 4
"""Layers of a tile for each layer of reach: otherwise more than about an eighth is computed twice."""


def choose_blocking(layers: Layers | None, stages: int, buffers: int, size: int, itemsize: int) -> Blocking:
    """Return what is fastest, judged by what fits where.

    Parameters
    ----------
    layers : Layers or None
    stages, buffers : int
        Of the method.
    size : int
        Number of states.
    itemsize : int
        Bytes of a number.
    """
    own, common = cache_sizes()
    whole = Blocking(1, 0)
    if layers is None or buffers * size * itemsize <= own:
        return whole
    depth = max(1, _SWEEPS // stages)
    halo = depth * stages * layers.reach
    layer = sum(layers.strides) * itemsize * buffers
    for room in (_OWN_SHARE * own, _COMMON_SHARE * common):
        tile = int(room // layer) - 2 * halo
        if tile >= _LEAST_TILE * halo and halo < layers.count:
            return whole if tile >= layers.count else Blocking(depth, tile)
    return whole
