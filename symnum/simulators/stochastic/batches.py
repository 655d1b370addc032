"""Many trajectories, one after the other, in one thread: with events of the model where it has some.

Without events a batch is one call of compiled code that holds no interpreter lock; with events the lock is released
between them. Trajectory i is the same in whatever batch, on whatever thread.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.integrators.stochastic import layout as at
from symnum.simulators.stochastic.event_plans import EventMaker
from symnum.simulators.stochastic.model import JumpModel

if TYPE_CHECKING:
    from symnum.integrators.stochastic.events import JumpEvents

__all__ = ["Batches"]

Array = NDArray[np.float64]

_ENDLESS = 1 << 62


class Batches:
    """What one thread needs to run trajectories of one model.

    Parameters
    ----------
    model : JumpModel
    method : str
        Name of an exact method.
    p : ndarray, shape (n_parameters,)
    seed : int
    plan : EventPlan, optional
        Events, from `JumpEventPlans.plan`.
    kept : ndarray of int32, optional
        States that are written; all by default.
    max_events : int, optional
        Most reactions of one trajectory.
    """

    def __init__(
        self,
        model: JumpModel,
        method: str,
        p: Array,
        seed: int,
        plan: Any = None,
        kept: NDArray[np.int32] | None = None,
        max_events: int | None = None,
    ) -> None:
        self.model, self._p = model, np.array(p)
        self.memory = model.trajectory(method, p, seed)
        self._kept = np.arange(len(model.system.states), dtype=np.int32) if kept is None else kept
        self.memory.keep(self._kept)
        self.memory.integers[at.I_MAX_EVENTS] = max_events or 0
        self._most = max_events or _ENDLESS
        self._maker = None if plan is None else EventMaker(plan, model, self.memory)

    def run(
        self, first: int, t_span: tuple[float, float], y0: Array, grid: Array, out: Array, codes: NDArray[np.int32]
    ) -> int:
        """Run trajectories ``first, first + 1, ...`` to their ends; return the number of reactions in all.

        Parameters
        ----------
        first : int
        t_span : (float, float)
        y0 : ndarray of float64, shape (n_states,)
        grid : ndarray of float64, shape (n_times,)
            Ascending, within `t_span`.
        out : ndarray of float64, shape (count, n_times, n_kept)
            Receives the populations; NaN where a trajectory that failed did not come.
        codes : ndarray of int32, shape (count,)
            How each ended: `layout.STOPPED` is the end, else a value of `Status`.
        """
        if self._maker is None:
            return self.memory.run_batch(first, t_span, y0, grid, out, codes)
        events = 0
        for k in range(len(codes)):
            codes[k] = self._one(self._maker, first + k, t_span, y0, grid, out[k])
            events += int(self.memory.integers[at.I_EVENTS])
        return events

    def _one(
        self, maker: EventMaker, number: int, span: tuple[float, float], y0: Array, grid: Array, out: Array
    ) -> int:
        memory = self.memory
        if not np.array_equal(memory.parameters, self._p):
            maker.set_parameters(self._p)
        memory.begin(span[0], y0, number, grid, out)
        code = self._carry_on(maker.events(span))
        done = int(memory.integers[at.I_GRID_NEXT])
        if code == at.TERMINAL:
            out[done:] = memory.populations[self._kept]  # it stays what it was when the event ended the run
            return at.STOPPED
        if code != at.STOPPED:
            out[done:] = np.nan
        return code

    def _carry_on(self, happening: "JumpEvents") -> int:
        """Run one trajectory through its events; return how it ended."""
        outcome = happening.begin()
        while not outcome.is_terminal:
            stop, is_end = happening.aim()
            left = self._most - int(self.memory.integers[at.I_EVENTS])
            code = self.memory.advance(stop, is_end, left)
            if code == at.RUNNING:
                if self.memory.integers[at.I_EVENTS] >= self._most:
                    return at.TOO_MANY_EVENTS
                continue
            if code == at.STOPPED and is_end:
                return code
            if code not in (at.STOPPED, at.CONDITION):
                return code
            outcome = happening.arrived() if code == at.STOPPED else happening.changed()
        return at.TERMINAL
