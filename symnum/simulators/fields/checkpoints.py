"""Files from which a simulation of fields goes on exactly: the state of its integrator, and what it belongs to."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import CheckpointError
from symnum.simulators.checkpoints import timed_plan
from symnum.simulators.fields.request import FieldRequest
from symnum.simulators.fields.storage.content import About, read_request
from symnum.simulators.fields.storage.door import FrameFile, open_file

if TYPE_CHECKING:
    from symnum.integrators.checkpointing import CheckpointPlan
    from symnum.simulators.fields.layout import FieldLayout
    from symnum.simulators.fields.stage import Stage

__all__ = ["checkpoint_plan", "is_checkpoint", "open_frames", "read_stage"]

Array = NDArray[np.float64]


def is_checkpoint(path: Any) -> bool:
    """Return whether a name is that of a checkpoint."""
    return Path(path).suffix.lower() == ".npz"


def checkpoint_plan(
    path: Any, every_s: Any, request: FieldRequest, stage: "Stage", digest: str
) -> "CheckpointPlan | None":
    """Return where to write checkpoints of a run, and what is written beside the state of the integrator.

    Parameters
    ----------
    path : str, Path or None
    every_s : float
    request : FieldRequest
    stage : Stage
        Where the run begins.
    digest : str
        Of the model.

    Raises
    ------
    InputError
        If nothing can be written there, or the time between two files is not positive.
    """
    if path is None:
        return None
    about, origin = About(digest, request), stage.origin_in(request)
    identity = {
        "about": about.text(),
        "arrays": about.arrays(),
        "origin": {"t": origin.t, "end": origin.end, "state": origin.state},
        "earlier": None if stage.times is None else {"times": stage.times, "states": stage.states},
        "storage": None if stage.file is None else str(stage.file.path),
    }
    return timed_plan(path, every_s, identity)


def read_stage(path: Any, layout: "FieldLayout", digest: str) -> "tuple[FieldRequest, Stage]":
    """Return what was asked for in the run that a checkpoint belongs to, and where it stands.

    Raises
    ------
    CheckpointError
        If the file is damaged or belongs to another model, or its file of frames is not there.
    """
    from symnum.integrators.checkpoint_file import read_checkpoint
    from symnum.simulators.fields.stage import Origin, Stage

    tree = read_checkpoint(path)
    try:
        saved, run = tree["identity"], tree["run"]
        about = read_request(Path(path), saved["about"], saved["arrays"])
        if about.model != digest:
            raise CheckpointError(f'the checkpoint "{path}" belongs to another model: its equations, grid or '
                                  "parameters differ.")  # fmt: skip
        request = about.request
        begin = saved["origin"]
        origin = Origin(float(begin["t"]), np.array(begin["state"], np.float64), float(begin["end"]))
        t, state = _last_point(run)
        earlier = saved["earlier"] or {"times": None, "states": None}
        file = None if saved["storage"] is None else open_frames(saved["storage"], layout, request, t)
        return request, Stage(t, state, file, earlier["times"], earlier["states"], origin, run)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f'the checkpoint "{path}" holds no simulation of fields: {error!r}.') from None


def _last_point(run: dict[str, Any]) -> tuple[float, Array]:
    """Return time and state where an integrator stands, of steps of fixed size or of any other."""
    if "fixed" in run:
        return float(run["time"]), np.array(run["y"], np.float64)
    block = run["runs"][-1]["records"][-1]["blocks"][-1]
    return float(block["times"][-1]), np.array(block["states"][-1], np.float64)


def open_frames(path: Any, layout: "FieldLayout", request: FieldRequest, reached: float) -> FrameFile:
    """Open the file of frames of a run whose integrator stands at a time; frames beyond are written again.

    Raises
    ------
    CheckpointError
        If there is no such file.
    """
    file = open_file(path, layout, writing=True)
    assert request.times is not None
    sign = 1.0 if request.end >= request.start else -1.0
    file.count = min(file.count, int(np.searchsorted(sign * request.times, sign * reached, side="right")))
    return file
