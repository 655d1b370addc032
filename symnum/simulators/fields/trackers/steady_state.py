"""Ends a run when nothing changes any more."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError
from symnum.integrators.status import Status
from symnum.simulators.fields.layout import Snapshot
from symnum.simulators.fields.trackers.base import Tracker

__all__ = ["SteadyStateTracker", "steady_state"]


class SteadyStateTracker(Tracker):
    """Ends a run at a steady state; see `steady_state`.

    Attributes
    ----------
    rate : float
        Largest change per time that was found last, relative to what is tolerated: up to 1 is steady.
    """

    looks = 100
    _in_process = ("rhs",)

    def __init__(self, rtol: float, atol: float, every: float | None, every_s: float | None) -> None:
        super().__init__(every, every_s)
        if not (rtol >= 0.0 and atol >= 0.0 and rtol + atol > 0.0):
            raise InputError(f"rtol is {rtol!r} and atol is {atol!r}; give numbers from 0 up, not both 0.")
        self.rtol, self.atol = float(rtol), float(atol)
        self.rate = np.inf
        self._largest: dict[str, float] = {}
        self.rhs: Callable[[float, NDArray[np.float64]], NDArray[np.float64]] | None = None  # set by the run

    def begin(self, start: Snapshot, t_end: float) -> None:
        """Forget earlier runs."""
        self._largest = dict.fromkeys(start, 0.0)

    def handle(self, fields: Snapshot) -> Status | None:
        """Evaluate the right-hand side and compare."""
        assert self.rhs is not None
        slope = self.rhs(fields.t, fields.state)
        rates = Snapshot(fields.t, slope, fields.layout)
        parts = []
        for name in fields:
            self._largest[name] = max(self._largest[name], float(np.max(np.abs(fields[name]))))
            tolerated = self.atol + self.rtol * self._largest[name]
            parts.append(float(np.max(np.abs(rates[name]))) / (tolerated or 1e-300))
        self.rate = max(parts, default=0.0)
        if self.rate <= 1.0:
            self.message = f"no field changes by more than {self.rtol:g} of its largest size per unit of time"
            return Status.STEADY_STATE
        return None


def steady_state(
    rtol: float = 1e-6, atol: float = 0.0, every: float | None = None, every_s: float | None = None
) -> SteadyStateTracker:
    """End a simulation when nothing changes any more, with `Status.STEADY_STATE`.

    That is so where no time derivative of a field is larger than `atol` plus `rtol` times the field's largest value
    at all looks so far, in the whole domain.

    Parameters
    ----------
    rtol : float
        Relative change per unit of time that counts as none.
    atol : float
        Absolute change per unit of time that counts as none.
    every, every_s : float, optional
        Simulated time, or seconds on the clock, between two looks. Without either it looks a hundred times, evenly.

    Examples
    --------
    >>> import symnum as sn
    >>> model = sn.reaction_diffusion({"u": "laplacian(u)"}, grid=sn.Grid(x=(0, 1, 8)), initial={"u": "x"})
    >>> sol = sn.build_simulator(model).solve((0.0, 100.0), trackers=[sn.track.steady_state(1e-5)])
    >>> sol.status.name
    'STEADY_STATE'
    """
    return SteadyStateTracker(rtol, atol, every, every_s)
