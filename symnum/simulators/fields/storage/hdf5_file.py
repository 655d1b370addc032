"""Frames in an HDF5 file with the dimension scales of netCDF, which xarray opens as it is."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import CheckpointError, needs
from symnum.simulators.fields.layout import FieldLayout
from symnum.simulators.fields.storage.content import About, Plan, read_request

__all__ = ["Hdf5File"]

Array = NDArray[np.float64]


def _h5py() -> Any:
    with needs('storage="….h5" needs h5py; install the extra "fields".'):
        import h5py
    return h5py


class Hdf5File:
    """A file with a dataset for each field, and in its group "symnum" what it takes to go on.

    The room for all frames is taken at the beginning, so that writing one changes nothing but numbers in their place:
    whenever the process ends, the structure of the file is whole, and so are the frames that the count tells.

    Attributes
    ----------
    path : Path
    about : About
    count : int
        Frames that are there.
    """

    def __init__(self, path: Path, file: Any, layout: FieldLayout, about: About) -> None:
        self.path, self.about, self._file, self._layout = path, about, file, layout
        self.count = int(file["symnum/frames"][0])

    @classmethod
    def create(cls, path: Path, plan: Plan) -> "Hdf5File":
        """Make a new file with room for all frames."""
        h5py = _h5py()
        file = h5py.File(path, "w", locking=False)
        for key, value in (plan.attributes() | {"symnum": plan.about.text()}).items():
            file.attrs[key] = value
        own = file.create_group("symnum")
        for name, values in plan.about.arrays().items():
            own.create_dataset(name, data=values, maxshape=(None,) if name == "times" else None)
        own.create_dataset("frames", data=np.zeros(1, np.int64))
        n = len(plan.times)
        stamps = file.create_dataset(plan.independent, data=plan.times, maxshape=(None,), chunks=(max(n, 1),))
        stamps.make_scale(plan.independent)
        for name, values, attributes in plan.coordinates():
            axis = file.create_dataset(name, data=values)
            axis.make_scale(name)
            axis.attrs.update(attributes)
        for name, shape, dimensions, attributes in plan.fields():
            field = _early(h5py, file, name, shape, plan.dtype)
            field.attrs.update(attributes)
            for k, dimension in enumerate(dimensions):
                field.dims[k].attach_scale(file[dimension])
        file.flush()
        return cls(path, file, plan.layout, plan.about)

    @classmethod
    def open(cls, path: Path, layout: FieldLayout, writing: bool) -> "Hdf5File":
        """Open a file that is there.

        Raises
        ------
        CheckpointError
            If it holds no run.
        """
        h5py = _h5py()
        try:
            file = h5py.File(path, "r+", locking=False) if writing else h5py.File(path, "r")
            own = file["symnum"]
            arrays = {name: np.asarray(own[name][...]) for name in own if name != "frames"}
            return cls(path, file, layout, read_request(path, file.attrs["symnum"], arrays))
        except (KeyError, ValueError, OSError, TypeError) as error:
            if isinstance(error, CheckpointError):
                raise
            raise CheckpointError(f'"{path}" holds no run of fields that could go on: {error!r}.') from None

    def write(self, number: int, t: float, state: Array) -> None:
        """Write a frame."""
        for name in self._layout.names:
            self._file[name][number] = self._layout.view(state, name)
        self._file.flush()
        self.count = number + 1
        self._file["symnum/frames"][0] = self.count
        self._file.flush()

    def read(self, number: int) -> Array:
        """Return a frame as a state, shape (n,)."""
        state = np.empty(self._layout.size)
        with self._reading() as file:
            for name in self._layout.names:
                self._layout.put(state, name, file[name][number])
        return state

    def field(self, name: str) -> Array:
        """Return all frames of a field, shape (count, ...)."""
        with self._reading() as file:
            return np.asarray(file[name][: self.count])

    def _reading(self) -> Any:
        """Return the open file, or open it for a moment, so that others may open it too."""
        if self._file:
            return nullcontext(self._file)
        return _h5py().File(self.path, "r")

    def extend(self, independent: str, about: About) -> None:
        """Make room for the frames of another request, those that are there among them."""
        self.about = about
        times = about.request.times
        assert times is not None
        self._file["symnum/times"].resize(times.shape)
        self._file["symnum/times"][...] = times
        self._resize(independent, times)

    def finish(self, independent: str, status: str) -> None:
        """Say how the run ended, and let go of the room that was not needed; frames can still be read."""
        self.about.status = status
        assert self.about.request.times is not None
        self._resize(independent, self.about.request.times[: self.count])
        self._file.close()

    def release(self) -> None:
        """Let go of the file as it is."""
        self._file.close()

    def _resize(self, independent: str, times: Array) -> None:
        for name in self._layout.names:
            self._file[name].resize(len(times), axis=0)
        self._file[independent].resize(times.shape)
        self._file[independent][...] = times
        self._file.attrs["symnum"] = self.about.text()
        self._file.flush()


def _early(h5py: Any, file: Any, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Make a dataset of numbers that are not there yet, with room for each in the file from now on."""
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_chunk((1, *shape[1:]))
    settings.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    settings.set_fill_value(np.array(np.nan, dtype))
    space = h5py.h5s.create_simple(shape, (h5py.h5s.UNLIMITED, *shape[1:]))
    made = h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(dtype), space, dcpl=settings)
    return h5py.Dataset(made)
