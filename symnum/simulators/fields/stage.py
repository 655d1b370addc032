"""Where a run begins: at its beginning, or where an earlier one has come to."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import CheckpointError, InputError
from symnum.simulators.arguments import finite_number
from symnum.simulators.fields.checkpoints import is_checkpoint, open_frames, read_stage
from symnum.simulators.fields.request import FieldRequest
from symnum.simulators.fields.solution import FieldSolution
from symnum.simulators.fields.storage.door import FrameFile, Frames, open_file

if TYPE_CHECKING:
    from symnum.integrators.checkpointing import CheckpointPlan
    from symnum.simulators.fields.simulator import FieldSimulator

__all__ = ["Left", "Origin", "Stage", "go_on", "stage_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Origin:
    """Where an integrator began, and the end that it was chosen for: the same choices need the same beginning.

    Attributes
    ----------
    t : float
    state : ndarray
    end : float
    """

    t: float
    state: Array
    end: float


@dataclass
class Stage:
    """A point in time, the fields there, and what there is already.

    Attributes
    ----------
    t : float
    state : ndarray
    file : FrameFile, optional
        Where frames are written.
    times, states : ndarray, optional
        Frames in memory from before the integrator began, those of its beginning among them.
    origin : Origin, optional
        Where the integrator began, if not here.
    solver : dict, optional
        The integrator's state here, from which it goes on exactly.
    plan : CheckpointPlan, optional
        Where that state is written from time to time.
    """

    t: float
    state: Array
    file: FrameFile | None = None
    times: Array | None = None
    states: Array | None = None
    origin: Origin | None = None
    solver: dict[str, Any] | None = None
    plan: "CheckpointPlan | None" = None

    def origin_in(self, r: FieldRequest) -> Origin:
        """Return where the integrator of a request began, or begins."""
        return Origin(self.t, self.state, r.end) if self.origin is None else self.origin

    @property
    def is_first(self) -> bool:
        """Whether nothing has gone before."""
        return self.times is None

    @property
    def written(self) -> int:
        """Frames in the file."""
        return 0 if self.file is None else self.file.count

    def wanted(self, r: FieldRequest) -> Array | None:
        """Return the times of which the integrator keeps the states; None for all steps."""
        if self.file is not None:
            return np.zeros(0)
        if r.times is None or self.times is None:
            return r.times
        return r.times[len(self.times) :]

    def frames(self, r: FieldRequest, raw: Any, reached: float, independent: str, status: str) -> tuple[Array, Any]:
        """Return times and states of the whole run, up to the time reached; a file is complete then."""
        if self.file is not None:
            assert r.times is not None
            self.file.finish(independent, status)
            return r.times[: self.file.count], Frames(self.file)
        t, states = raw.t, raw.y.T
        sign = 1.0 if r.end >= r.start else -1.0
        kept = int(np.searchsorted(sign * t, sign * reached, side="right"))
        t, states = t[:kept], states[:kept]
        if self.times is None or self.states is None:
            return t, states
        new = slice(1 if len(t) and len(self.times) and t[0] == self.times[-1] else 0, None)
        return np.concatenate([self.times, t[new]]), np.concatenate([self.states, states[new]])


@dataclass
class Left:
    """What a solution leaves behind for going on.

    Attributes
    ----------
    model : str
        Digest of the system.
    request : FieldRequest
    t : float
    state : ndarray
        The point reached.
    stage : Stage
        Where the run began.
    raw : object
        What the integrator gave, where it can go on exactly; else None.
    """

    model: str
    request: FieldRequest
    t: float
    state: Array
    stage: Stage
    raw: Any = None

    def stage_of_solver(self, simulator: "FieldSimulator") -> Stage:
        """Return the point reached with the integrator's state."""
        s, file = self.stage, None
        if s.file is not None:
            file = open_frames(s.file.path, simulator.layout, self.request, self.t)
        return Stage(self.t, self.state, file, s.times, s.states, s.origin_in(self.request), self.raw.state())


def stage_of(simulator: "FieldSimulator", source: Any) -> tuple[FieldRequest, Stage]:
    """Return what was asked for, and where it stands.

    Raises
    ------
    CheckpointError
        If the source is of another model, or damaged.
    InputError
        If it is no source at all.
    """
    if isinstance(source, FieldSolution):
        if source._request is None:
            raise InputError("this solution has been copied or read from a file; begin a new run from its last frame.")
        left: Left = source._request
        if left.model != simulator.digest:
            raise CheckpointError("this solution is of another model.")
        if left.raw is not None:
            return left.request, left.stage_of_solver(simulator)
        if source.storage is None:
            return left.request, Stage(left.t, left.state, times=source.t, states=source.frames)
    elif isinstance(source, str | Path) and is_checkpoint(source):
        return read_stage(source, simulator.layout, simulator.digest)
    path = source.storage if isinstance(source, FieldSolution) else source
    if not isinstance(path, str | Path):
        raise InputError(f'{source!r} is nothing to go on from; give the file, "run.zarr", or a solution.')
    file = open_file(path, simulator.layout, writing=True)
    if file.about.model != simulator.digest:
        raise CheckpointError(f'"{path}" belongs to another model: its equations, grid or parameters differ.')
    request = file.about.request
    assert request.times is not None
    if file.count == 0:
        return request, Stage(request.start, request.state, file)
    return request, Stage(float(request.times[file.count - 1]), file.read(file.count - 1), file)


def go_on(
    request: FieldRequest, stage: Stage, end: float | None, more: Array | None, limits: dict[str, Any], own: Any
) -> FieldRequest:
    """Return a request with what is asked for from now on.

    Raises
    ------
    InputError
        For an end or times that lie behind.
    """
    forward = 1.0 if request.end >= request.start else -1.0
    last = request.end if end is None else finite_number("t_end", end)
    if forward * (last - stage.t) <= 0.0:
        raise InputError(f"the run is at t = {stage.t:.10g} already; give a t_end beyond, such as {2 * last:g}.")
    times = request.times
    if times is None and more is not None:
        raise InputError("the run keeps every step, so t_eval cannot be given now; read sol(t) at any time.")
    if times is not None:
        times = times[forward * times <= forward * last]
        if more is None and forward * (last - request.end) > 0.0:
            raise InputError(f"the run has output up to t = {request.end:g}; pass the times beyond, t_eval=…")
        if more is not None:
            more = more[forward * more > forward * (times[-1] if len(times) else -forward * np.inf)]
            times = np.concatenate([times, more])
    kept = {name: value for name, value in request.limits.items() if name not in ("max_steps", "first_step")}
    preconditioner = request.preconditioner
    if isinstance(preconditioner, str) and preconditioner.startswith("own: "):
        if own is None:
            raise CheckpointError(f'the run used the preconditioner "{preconditioner[5:]}" of your own; pass it again.')
        preconditioner = own
    return replace(request, end=last, times=times, limits={**kept, **limits}, preconditioner=preconditioner)
