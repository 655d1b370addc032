"""The door to files of frames: which kind, a new one, or one that is there."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symnum.errors import CheckpointError, InputError
from symnum.simulators.fields.layout import FieldLayout
from symnum.simulators.fields.storage.content import About, Plan

__all__ = ["FrameFile", "Frames", "create_file", "open_file"]

Array = NDArray[np.float64]

_ZARR, _HDF5 = (".zarr",), (".h5", ".hdf5", ".nc")


class FrameFile(Protocol):
    """A file of frames, written from the first on."""

    path: Path
    about: About
    count: int

    def write(self, number: int, t: float, state: Array) -> None:
        """Write a frame; after that it is safe."""

    def read(self, number: int) -> Array:
        """Return a frame as a state, shape (n,)."""

    def field(self, name: str) -> Array:
        """Return all frames of a field, shape (count, ...)."""

    def extend(self, independent: str, about: About) -> None:
        """Make room for the frames of another request, those that are there among them."""

    def finish(self, independent: str, status: str) -> None:
        """Say how the run ended, and let go of the room that was not needed; frames can still be read."""

    def release(self) -> None:
        """Let go of the file as it is."""


class Frames:
    """The frames of a file as a sequence of states, read when they are asked for."""

    def __init__(self, file: FrameFile) -> None:
        self.file = file

    def __getitem__(self, number: int) -> Array:
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        return self.file.read(number % len(self))

    def __len__(self) -> int:
        return self.file.count

    def field(self, name: str) -> Array:
        """Return all frames of a field."""
        return self.file.field(name)


def _kind(path: Path) -> Any:
    suffix = path.suffix.lower()
    if suffix in _ZARR:
        from symnum.simulators.fields.storage.zarr_file import ZarrFile

        return ZarrFile
    if suffix in _HDF5:
        from symnum.simulators.fields.storage.hdf5_file import Hdf5File

        return Hdf5File
    raise InputError(f'storage="{path}": the name tells the kind of file; write "run.zarr" or "run.h5".')


def create_file(path: Any, plan: Plan, overwrite: bool) -> FrameFile:
    """Make a new file.

    Raises
    ------
    InputError
        If it is there already, or cannot be written.
    MissingDependencyError
        If what writes it is not installed.
    """
    place = Path(path)
    kind = _kind(place)
    if place.exists() and not overwrite:
        raise InputError(
            f'"{place}" is there already: go on with it, sim.resume("{place}"), or begin anew, overwrite=True.'
        )
    try:
        made: FrameFile = kind.create(place, plan)
    except OSError as error:
        raise InputError(f'storage="{place}" cannot be written: {error}.') from None
    return made


def open_file(path: Any, layout: FieldLayout, writing: bool) -> FrameFile:
    """Open a file that is there.

    Raises
    ------
    CheckpointError
        If it is not there, is damaged or holds something else.
    """
    place = Path(path)
    kind = _kind(place)
    if not place.exists():
        raise CheckpointError(f'there is no "{place}" to go on from.')
    made: FrameFile = kind.open(place, layout, writing)
    return made
