"""Simulations that go on: what was asked for, what it has in common with a checkpoint, and where it stands."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import CheckpointError, InputError
from symnum.simulators.arguments import finite_number, output_times
from symnum.simulators.linear_algebra import LinearAlgebra

if TYPE_CHECKING:
    from symnum.integrators.checkpointing import CheckpointPlan

__all__ = ["Request", "checkpoint_plan", "events_digest", "go_on_to", "options_of", "request_from", "timed_plan"]

Array = NDArray[np.float64]

_LIMITS = ("max_steps", "first_step", "max_step", "fixed_step", "controller")


@dataclass(slots=True)
class Request:
    """One simulation as it was asked for, all values worked out.

    Attributes
    ----------
    method : str
    start, end : float
    parameters, state : ndarray
        At the beginning.
    times : ndarray or None
        Of the output.
    rtol : float
    atol : ndarray
    described : str
        How the absolute tolerance came about.
    limits : dict
        Limits on steps, by the names of `integrate`.
    choice : LinearAlgebra
    events : object
        Further events, as the user gave them.
    about_start : dict
        What belongs in the statistics about the initial values.
    owner : Simulator, optional
        Who carries it out.
    """

    method: str
    start: float
    end: float
    parameters: Array
    state: Array
    times: Array | None
    rtol: float
    atol: Array
    described: str
    limits: dict[str, Any]
    choice: LinearAlgebra
    events: Any = None
    about_start: dict[str, Any] = field(default_factory=dict)
    owner: Any = None


def checkpoint_plan(
    path: Any, every_s: Any, request: Request, digests: dict[str, str]
) -> "CheckpointPlan | None":
    """Return where to write checkpoints of a request.

    Parameters
    ----------
    path : str, Path or None
    every_s : float
    request : Request
    digests : dict
        Of the model and of its events.

    Raises
    ------
    InputError
        If nothing can be written there, or the time between two files is not positive.
    """
    if path is None:
        return None
    return timed_plan(path, every_s, {**digests, "request": _as_tree(request)})


def timed_plan(path: Any, every_s: Any, identity: dict[str, Any]) -> "CheckpointPlan":
    """Return where and how often to write, once both are checked (`InputError`).

    `identity` is what a run must have in common with the file to go on from it.
    """
    from symnum.integrators.checkpoint_file import checkpoint_path
    from symnum.integrators.checkpointing import CheckpointPlan

    seconds = finite_number("checkpoint_every_s", every_s)
    if not seconds > 0:
        raise InputError(f"checkpoint_every_s is {every_s!r}; it must be positive.")
    return CheckpointPlan(checkpoint_path(path), seconds, identity)


def _as_tree(request: Request) -> dict[str, Any]:
    names = ("method", "start", "end", "parameters", "state", "times", "rtol", "atol", "described")
    return {
        **{name: getattr(request, name) for name in names},
        "limits": {k: v for k, v in request.limits.items() if k in _LIMITS and v is not None},
        "linear_solver": request.choice.solver,
        "preconditioner": _name(request.choice.preconditioner),
        "jacobian": request.choice.jacobian,
        "about_start": request.about_start,
    }


def _name(preconditioner: Any) -> str:
    if preconditioner is None or isinstance(preconditioner, str):
        return preconditioner or "none"
    return f"own: {preconditioner.name}"


def request_from(
    tree: dict[str, Any], path: Path, digests: dict[str, str], preconditioner: Any, events: Any, owner: Any
) -> Request:
    """Return the request that a checkpoint belongs to.

    Parameters
    ----------
    tree : dict
        The identity in the file.
    path : Path
    digests : dict
        Of the model and its events here.
    preconditioner, events : object
        What cannot be in a file: the user's own.
    owner : Simulator
        Who goes on.

    Raises
    ------
    CheckpointError
        If the model or its events are others, or something is missing.
    """
    try:
        _compare(tree, path, digests)
        saved = tree["request"]
        kind = str(saved["preconditioner"])
        if kind.startswith("own: ") and (preconditioner is None or isinstance(preconditioner, str)):
            raise CheckpointError(
                f'the run in "{path}" used the preconditioner "{kind[5:]}" of your own; pass it again, preconditioner='
            )
        chosen = preconditioner if kind.startswith("own: ") else kind
        times = None if saved["times"] is None else np.array(saved["times"], np.float64)
        return Request(
            method=str(saved["method"]), start=float(saved["start"]), end=float(saved["end"]),
            parameters=np.array(saved["parameters"], np.float64), state=np.array(saved["state"], np.float64),
            times=times, rtol=float(saved["rtol"]), atol=np.array(saved["atol"], np.float64),
            described=str(saved["described"]), limits={k: v for k, v in saved["limits"].items() if k in _LIMITS},
            choice=LinearAlgebra.of(str(saved["linear_solver"]), chosen, str(saved["jacobian"])), events=events,
            about_start=dict(saved["about_start"]), owner=owner,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f'the checkpoint "{path}" lacks what was asked for: {error!r}.') from None


_WORDS = {
    "model": "another model: its equations, states or parameters are not those of this simulator",
    "parameters": "a model whose parameters have other values; a run goes on with its own, so begin a new one",
    "rewriting": "the model rewritten in another way; build the simulator with the same rewrite=",
    "events": "other events; pass the events= of the first solve again",
}


def _compare(tree: dict[str, Any], path: Path, digests: dict[str, str]) -> None:
    for name, words in _WORDS.items():
        if tree[name] != digests[name]:
            raise CheckpointError(f'the checkpoint "{path}" belongs to {words}.')


def events_digest(events: Any) -> str:
    """Return a digest of the events of a solve."""
    text = repr([[f"{key}={value}" for key, value in vars(event).items()] for event in events])
    return hashlib.sha256(text.encode()).hexdigest()


def options_of(request: Request, end: float | None, times: Any, max_steps: int | None) -> Request:
    """Return a request with what is asked for from now on."""
    limits = {name: value for name, value in request.limits.items() if name != "max_steps"}
    if max_steps is not None:
        limits["max_steps"] = max_steps
    forward = 1.0 if request.end >= request.start else -1.0
    last = request.end if end is None else finite_number("t_end", end)
    if forward * (last - request.start) <= 0.0:
        raise InputError(f"t_end is {last:g}, which does not lie ahead of t = {request.start:g} where the run began.")
    return replace(request, end=last, times=_more_times(request, last, output_times(times), forward), limits=limits)


def _more_times(request: Request, end: float, more: Array | None, forward: float) -> Array | None:
    old = request.times
    if old is None:
        if more is not None:
            raise InputError("the run keeps every step, so t_eval cannot be given now; read sol(t) at any time.")
        return None
    if more is None and forward * (end - request.end) > 0.0:
        raise InputError(
            f"the run has output at given times, up to t = {request.end:g}; pass the times beyond, t_eval=..."
        )
    kept = old[forward * old <= forward * end]
    if more is None:
        return kept
    if len(kept) and len(more) and forward * more[0] < forward * kept[-1]:
        raise InputError(f"t_eval begins at {more[0]:g}; the times so far go on to {kept[-1]:g}, give those beyond.")
    return np.concatenate([kept, more[1:] if len(kept) and len(more) and more[0] == kept[-1] else more])


def go_on_to(state: dict[str, Any], request: Request) -> None:
    """Check that a state can be gone on from to the end of a request.

    Raises
    ------
    InputError
        If the run has ended with a terminal event, or has passed the end already.
    CheckpointError
        If there is no such state.
    """
    try:
        block = state["runs"][-1]["records"][-1]["blocks"][-1]
        reached, status = float(block["times"][-1]), str(state["status"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise CheckpointError(f"the checkpoint holds no state: {error!r}.") from None
    if status == "TERMINAL_EVENT":
        raise InputError(
            f"a terminal event ended the run at t = {reached:.10g}; begin a new one from there with sim.solve."
        )
    forward = 1.0 if request.end >= request.start else -1.0
    if forward * (request.end - reached) < 0.0:
        raise InputError(f"t_end is {request.end:g}, and the run has passed it: it is at t = {reached:.10g}.")
    if request.times is not None and len(request.times):
        beyond = request.times[int(state["taken"]) :]
        released = bool(state["runs"][-1]["records"][-1]["released"])
        if released and len(beyond) and forward * beyond[0] < forward * float(block["times"][int(block["first"])]):
            raise InputError("t_eval asks for times of which nothing is kept any more.")
