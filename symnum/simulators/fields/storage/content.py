"""What a file of frames holds beside the frames: the request, as text and arrays."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import CheckpointError
from symnum.simulators.fields.arrays import attributes_of_axis, attributes_of_field
from symnum.simulators.fields.layout import FieldLayout
from symnum.simulators.fields.request import FieldRequest

__all__ = ["About", "Plan", "read_request"]

Array = NDArray[np.float64]

#: Of the files written by this version.
VERSION = 1

_TEXT = (
    "method", "start", "end", "rtol", "described", "limits", "linear_solver", "preconditioner", "jacobian", "dtype",
    "threads",
)  # fmt: skip


@dataclass
class About:
    """What a run must have in common with a file to go on from it, and how it stands.

    Attributes
    ----------
    model : str
        Digest of the system.
    request : FieldRequest
    status : str
        "RUNNING" while frames may follow, otherwise the name of a `Status`.
    """

    model: str
    request: FieldRequest
    status: str = "RUNNING"

    def text(self) -> str:
        """Return all that is no array, as JSON."""
        request = {name: getattr(self.request, name) for name in _TEXT}
        request["preconditioner"] = _name(self.request.preconditioner)
        request["atol"] = self.request.atol if isinstance(self.request.atol, float) else None
        return json.dumps({"version": VERSION, "model": self.model, "status": self.status, "request": request})

    def arrays(self) -> dict[str, Array]:
        """Return the arrays: parameters, the state at the beginning, times if given, and tolerances if they differ."""
        r = self.request
        found = {"parameters": r.parameters, "state": r.state}
        found |= {} if r.times is None else {"times": r.times}
        return found if isinstance(r.atol, float) else {**found, "atol": r.atol}


def _name(preconditioner: Any) -> str:
    if preconditioner is None or isinstance(preconditioner, str):
        return preconditioner or "none"
    return f"own: {getattr(preconditioner, 'name', type(preconditioner).__name__)}"


def read_request(path: Path, text: Any, arrays: dict[str, Array]) -> About:
    """Return what a file says about its run.

    Raises
    ------
    CheckpointError
        If it was written by something else, or is damaged.
    """
    try:
        found = json.loads(text)
        if found["version"] != VERSION:
            raise CheckpointError(f'"{path}" was written by another version of this package.')
        saved = dict(found["request"])
        atol = saved.pop("atol")
        request = FieldRequest(
            **saved, parameters=arrays["parameters"], state=arrays["state"], times=arrays.get("times"),
            atol=arrays["atol"] if atol is None else float(atol),
        )  # fmt: skip
        return About(str(found["model"]), request, str(found["status"]))
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f'"{path}" holds no run of fields that could go on: {error!r}.') from None


@dataclass
class Plan:
    """What a new file is made of.

    Attributes
    ----------
    layout : FieldLayout
    about : About
    title, independent : str
    parameters : mapping of str to float
        Numbers, as a reader should see them.
    """

    layout: FieldLayout
    about: About
    title: str
    independent: str
    parameters: dict[str, float]

    @property
    def times(self) -> Array:
        """Times of all frames that are wanted."""
        assert self.about.request.times is not None
        return self.about.request.times

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers in fields."""
        return np.dtype(self.about.request.dtype).newbyteorder("<")

    def attributes(self) -> dict[str, Any]:
        """Return what the file says about itself."""
        found: dict[str, Any] = {"title": self.title, "geometry": self.layout.geometry.kind}
        return found | {f"parameter_{name}": value for name, value in self.parameters.items()}

    def coordinates(self) -> list[tuple[str, Array, dict[str, Any]]]:
        """Return name, values and attributes of the axes of space."""
        axes = self.layout.axes
        return [(axis.name, axis.centres, attributes_of_axis(self.layout, k)) for k, axis in enumerate(axes)]

    def fields(self) -> list[tuple[str, tuple[int, ...], tuple[str, ...], dict[str, Any]]]:
        """Return name, shape, dimensions and attributes of the fields over time."""
        dimensions = (self.independent, *(axis.name for axis in self.layout.axes))
        n = len(self.times)
        return [
            (name, (n, *self.layout.shape(name)), dimensions, attributes_of_field(self.layout, name))
            for name in self.layout.names
        ]
