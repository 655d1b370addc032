"""Events and discontinuities of a stochastic model, taken apart and compiled once."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, UnsupportedError
from symnum.simulators.events import EventPlan
from symnum.simulators.stochastic.model import JumpModel, whole_populations
from symnum.systems.events import Event, as_events
from symnum.systems.time_discontinuities import TimeDiscontinuities, time_discontinuities
from symnum.terms.traverse import free_symbols

if TYPE_CHECKING:
    from symnum.integrators.stochastic.events import JumpEvents
    from symnum.integrators.stochastic.trajectory import Trajectory

__all__ = ["EventMaker", "JumpEventPlans"]

Array = NDArray[np.float64]


class JumpEventPlans:
    """The compiled events of a model, with those that single runs add.

    Parameters
    ----------
    model : JumpModel
    """

    def __init__(self, model: JumpModel) -> None:
        self._model = model
        self._plans: dict[tuple[Event, ...], EventPlan] = {}

    def plan(self, more: Any = None) -> EventPlan | None:
        """Return the plan for the events of the model and some more; None where nothing can happen.

        Raises
        ------
        UnsupportedError
            For a comparison in which time and populations meet.
        """
        system, carrier = self._model.system, self._model.system.carrier
        is_timed = bool(system.propensities.time_dependent.any())
        if more is None and not is_timed and not system.events:
            return None
        events = (*carrier.events, *carrier.bind_events(as_events(more)))
        plan = self._plans.get(events)
        if plan is None:
            jumps = TimeDiscontinuities((), ())
            if is_timed:
                rates = system.propensities.rates.values()
                jumps = time_discontinuities(rates, system.independent, system.parameters)
            plan = EventPlan(carrier, events, jumps)
            self._refuse_mixed(plan)
            self._plans[events] = plan
        return None if plan.is_empty else plan

    def _refuse_mixed(self, plan: EventPlan) -> None:
        from symnum.integrators.events import places

        watched = plan._kinds(places.WATCHED, places.ZERO_COUNTS) & places.WATCHED
        for sign, is_watched in zip(plan._atoms, watched.tolist(), strict=True):
            if is_watched and self._model.system.independent in free_symbols(sign.function):
                raise UnsupportedError(
                    f"The sign of {sign.function} decides on an event: in a stochastic simulation a comparison is of "
                    "populations, or linear in time. Join two with and, as in (t >= 5) & (A > 3)."
                )


class EventMaker:
    """Makes the events of one trajectory after the other, in the memory of one thread.

    Parameters
    ----------
    plan : EventPlan
    model : JumpModel
    memory : Trajectory
    """

    def __init__(self, plan: EventPlan, model: JumpModel, memory: "Trajectory") -> None:
        carried: Any = SimpleNamespace(parameters=memory.parameters, split=None, keep_alive=(None,))
        self._problem = plan.problem(carried)
        self._model, self._memory = model, memory

    def events(self, span: tuple[float, float]) -> "JumpEvents":
        """Return the events of a trajectory, before its beginning."""
        from symnum.integrators.stochastic.events import JumpEvents

        return JumpEvents(self._problem, self._memory, span, self._refresh, self._check)

    def set_parameters(self, p: Array) -> None:
        """Enter parameters anew, after events have changed some."""
        self._memory.parameters[:] = p
        self._problem.refresh()
        self._refresh()

    def _refresh(self) -> None:
        self._model.refresh(self._memory)

    def _check(self, y: Array, event: str) -> Array:
        if not self._model.is_counting:
            return y
        names = self._model.system.state_names
        try:
            return whole_populations(y, names)
        except InputError:
            i = int(np.argmax((y != np.rint(y)) | (y < 0) | ~np.isfinite(y)))
            raise InputError(
                f'The event "{event}" gives "{names[i]}" the population {y[i]:.10g}; populations are whole numbers '
                "from 0 to 2^53. Round in the event, as in sn.floor(x/2)."
            ) from None
