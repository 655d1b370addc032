"""Frames in a zarr group: a chunk for every frame of every field, which xarray opens as it is."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import CheckpointError, needs
from symnum.simulators.fields.layout import FieldLayout
from symnum.simulators.fields.storage.content import About, Plan, read_request

__all__ = ["ZarrFile"]

Array = NDArray[np.float64]


def _zarr() -> Any:
    with needs('storage="….zarr" needs zarr; install the extra "fields".'):
        import zarr
    return zarr


class ZarrFile:
    """A group on disk with an array for each field, and in its group "symnum" what it takes to go on.

    A frame is written before the count of frames says that it is there, and nothing else changes on the way: whenever
    the process ends, what the count says is whole.

    Attributes
    ----------
    path : Path
    about : About
    count : int
        Frames that are there.
    """

    def __init__(self, path: Path, group: Any, layout: FieldLayout, about: About) -> None:
        self.path, self.about, self._group, self._layout = path, about, group, layout
        self.count = int(group["symnum/frames"][0])
        self._fields = {name: group[name] for name in layout.names}

    @classmethod
    def create(cls, path: Path, plan: Plan) -> "ZarrFile":
        """Make a new file with room for all frames."""
        group = _zarr().open_group(str(path), mode="w", zarr_format=2)
        group.attrs.update(plan.attributes() | {"symnum": plan.about.text()})
        own = group.create_group("symnum")
        for name, values in plan.about.arrays().items():
            own.create_array(name, data=np.ascontiguousarray(values))
        own.create_array("frames", data=np.zeros(1, np.int64))
        axes = [(plan.independent, plan.times, {}), *plan.coordinates()]
        for name, values, attributes in axes:
            about = {"_ARRAY_DIMENSIONS": [name], **attributes}
            group.create_array(name, data=np.ascontiguousarray(values), fill_value=np.nan, attributes=about)
        for name, shape, dimensions, attributes in plan.fields():
            about = {"_ARRAY_DIMENSIONS": list(dimensions), **attributes}
            chunks = (1, *shape[1:])
            group.create_array(name, shape=shape, chunks=chunks, dtype=plan.dtype, fill_value=np.nan, attributes=about)
        made = cls(path, group, plan.layout, plan.about)
        made._consolidate()
        return made

    @classmethod
    def open(cls, path: Path, layout: FieldLayout, writing: bool) -> "ZarrFile":
        """Open a file that is there.

        Raises
        ------
        CheckpointError
            If it holds no run.
        """
        try:
            group = _zarr().open_group(str(path), mode="r+" if writing else "r", use_consolidated=False)
            own = group["symnum"]
            arrays = {name: np.asarray(own[name][...]) for name in own.array_keys() if name != "frames"}
            return cls(path, group, layout, read_request(path, group.attrs["symnum"], arrays))
        except (KeyError, ValueError, OSError, TypeError) as error:
            if isinstance(error, CheckpointError):
                raise
            raise CheckpointError(f'"{path}" holds no run of fields that could go on: {error!r}.') from None

    def write(self, number: int, t: float, state: Array) -> None:
        """Write a frame."""
        for name, array in self._fields.items():
            array[number] = self._layout.view(state, name)
        self.count = number + 1
        self._group["symnum/frames"][0] = self.count

    def read(self, number: int) -> Array:
        """Return a frame as a state, shape (n,)."""
        state = np.empty(self._layout.size)
        for name, array in self._fields.items():
            self._layout.put(state, name, array[number])
        return state

    def field(self, name: str) -> Array:
        """Return all frames of a field, shape (count, ...)."""
        return np.asarray(self._fields[name][: self.count])

    def extend(self, independent: str, about: About) -> None:
        """Make room for the frames of another request, those that are there among them."""
        self.about = about
        times = about.request.times
        assert times is not None
        _replace(self._group["symnum/times"], times)
        self._resize(independent, times)

    def finish(self, independent: str, status: str) -> None:
        """Say how the run ended, and let go of the room that was not needed."""
        self.about.status = status
        assert self.about.request.times is not None
        self._resize(independent, self.about.request.times[: self.count])

    def release(self) -> None:
        """Let go of the file as it is."""

    def _resize(self, independent: str, times: Array) -> None:
        for array in self._fields.values():
            array.resize((len(times), *array.shape[1:]))
        _replace(self._group[independent], times)
        self._group.attrs["symnum"] = self.about.text()
        self._consolidate()

    def _consolidate(self) -> None:
        """Write what all arrays are like into one place, where readers look first."""
        _zarr().consolidate_metadata(self._group.store, zarr_format=2)


def _replace(array: Any, values: Array) -> None:
    array.resize(values.shape)
    array[...] = values
