"""From a trajectory that has been run to its solution."""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.integrators.stochastic import layout as at
from symnum.simulators.event_table import EventTable
from symnum.simulators.stochastic.model import JumpModel, context_of
from symnum.simulators.stochastic.one_run import OneRun
from symnum.simulators.stochastic.solution import JumpSolution, Lines, Steps

__all__ = ["make_solution"]

Array = NDArray[np.float64]


def make_solution(
    model: JumpModel, run: OneRun, about: dict[str, Any], names: tuple[str, ...] = ()
) -> JumpSolution:
    """Return the solution of a run.

    Parameters
    ----------
    model : JumpModel
    run : OneRun
        After its end, however it ended.
    about : dict
        Statistics to begin with.
    names : tuple of str
        Names of all events that could happen.
    """
    system, i = model.system, run.memory.integers
    t, y, reactions, parameters = _output(model, run)
    reaction = int(i[at.I_REACTION])
    failed = system.reaction_name(reaction) if run.status.names_reaction and reaction >= 0 else None
    stats = {
        **about,
        "t_span": run.span,
        "t_reached": run.time,
        "reaction_events": run.events_done,
        "rate_evaluations": int(i[at.I_EVALUATIONS]),
        "rejections": int(i[at.I_REJECTIONS]),
        "events": len(run.events.happenings) if run.events is not None else 0,
        **run.memory.method.statistics(run.memory),
    }
    changing = parameters if len(run.history) > 1 else None
    made = JumpSolution(
        t=t,
        y=y,
        status=run.status,
        message=_message(run, failed),
        stats=stats,
        state_names=system.state_names,
        parameter_names=system.parameter_names,
        parameters=run.history[0][1],
        observable_names=tuple(system.observables),
        observe=functools.partial(_observe, model, run.history) if system.observables else None,
        interpolate=(Steps if model.is_counting else Lines)(t, y) if run.grid is None else None,
        independent=system.independent.name,
        title=system.name,
        events=EventTable(
            [] if run.events is None else run.events.happenings, system.state_names, system.parameter_names, names
        ),
        changing_parameters=changing,
    )
    made.reactions, made.failed_reaction = reactions, failed
    return made


def _message(run: OneRun, failed: str | None) -> str:
    from symnum.integrators.status import Status

    message = run.status.explain_reaction(run.time, failed)
    if run.status is Status.TERMINAL_EVENT and run.events is not None and run.events.happenings:
        message += f' It is "{run.events.happenings[-1].name}".'
    return message


def _output(model: JumpModel, run: OneRun) -> tuple[Array, Array, NDArray[np.int32] | None, Array]:
    """Return times, populations, reactions and the parameters at each time."""
    if run.pieces is None:
        assert run.grid is not None
        done = int(run.memory.integers[at.I_GRID_NEXT])
        t, y = run.grid[:done], np.ascontiguousarray(run.out[:done].T)
        return t, y, None, _parameters_at(run.history, t)
    t, y, reactions, _ = run.pieces.arrays(model.system.propensities)
    return t, y, reactions, _parameters_at(run.history, t)


def _parameters_at(history: list[tuple[float, Array]], t: Array) -> Array:
    """Return the parameters at times, shape (n_parameters, n_times); where they change, those afterwards."""
    places = np.searchsorted([time for time, _ in history], t, side="right") - 1
    values: Array = np.array([p for _, p in history]).T
    return values[:, np.clip(places, 0, None)]


def _observe(model: JumpModel, history: list[tuple[float, Array]], t: Array, y: Array) -> Array:
    """Return the observables, shape (n_observables, n_times)."""
    kernel = model.observables
    out = np.zeros((len(t), kernel.n_outputs))
    columns = np.ascontiguousarray(y.T)
    places = np.clip(np.searchsorted([time for time, _ in history], t, side="right") - 1, 0, None)
    for k in np.unique(places).tolist():
        p = history[k][1]
        context = context_of(kernel, p)
        for j in np.flatnonzero(places == k).tolist():
            kernel.call(t[j], columns[j].ctypes.data, p.ctypes.data, context.address, out[j].ctypes.data)
    return np.ascontiguousarray(out.T)
