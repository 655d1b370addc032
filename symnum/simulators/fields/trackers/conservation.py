"""Ends a run, or warns, when an integral that should stay the same does not."""

import warnings
from typing import Any

import numpy as np

from symnum.errors import InputError, SymnumWarning
from symnum.integrators.status import Status
from symnum.simulators.fields.layout import Snapshot, name_of
from symnum.simulators.fields.trackers.base import Tracker

__all__ = ["ConservationTracker", "conservation"]


class ConservationTracker(Tracker):
    """Watches the integral of a field; see `conservation`.

    Attributes
    ----------
    t, totals : list of float
        Times of the looks, and the integrals.
    """

    looks = 100

    def __init__(
        self, field: Any, rtol: float, atol: float, action: str, every: float | None, every_s: float | None
    ) -> None:
        super().__init__(every, every_s)
        if action not in ("stop", "warn", "record"):
            raise InputError(f'action="{action}": choose "stop", "warn" or "record".')
        self.field, self.rtol, self.atol, self.action = name_of(field), float(rtol), float(atol), action
        self.t: list[float] = []
        self.totals: list[float] = []
        self._scale = 0.0

    @property
    def deviation(self) -> float:
        """Largest change of the integral so far, relative to the integral of the field's size at the beginning."""
        change = np.max(np.abs(np.array(self.totals) - self.totals[0]), initial=0.0) if self.totals else 0.0
        return float(change / self._scale) if self._scale else float(change)

    def begin(self, start: Snapshot, t_end: float) -> None:
        """Take the integral at the beginning."""
        name = start.layout.check(self.field)
        self.t, self.totals = [start.t], [start.integral(name)]
        self._scale = float(start.layout.integral(np.abs(start[name])))

    def handle(self, fields: Snapshot) -> Status | None:
        """Compare the integral with that at the beginning."""
        total = fields.integral(self.field)
        if fields.t != self.t[-1]:
            self.t.append(fields.t)
            self.totals.append(total)
        change = abs(total - self.totals[0])
        if change <= self.atol + self.rtol * self._scale or self.action == "record":
            return None
        self.message = f"the integral of {self.field} went from {self.totals[0]:.10g} to {total:.10g}"
        if self.action == "stop":
            return Status.NOT_CONSERVED
        warnings.warn(f"{self.message} at t = {fields.t:g}.", SymnumWarning, stacklevel=2)
        self.action = "record"
        return None


def conservation(
    field: Any,
    rtol: float = 1e-6,
    atol: float = 0.0,
    action: str = "stop",
    every: float | None = None,
    every_s: float | None = None,
) -> ConservationTracker:
    """Watch the integral of a field over the domain, which should stay what it is at the beginning.

    Parameters
    ----------
    field : str or Symbol
    rtol : float
        Change that is allowed, relative to the integral of the field's absolute value at the beginning.
    atol : float
        Change that is allowed, absolute.
    action : {"stop", "warn", "record"}
        End the run with `Status.NOT_CONSERVED`, warn once, or write the integrals down only (`tracker.totals`).
    every, every_s : float, optional
        Simulated time, or seconds on the clock, between two looks. Without either it looks a hundred times, evenly.

    Examples
    --------
    >>> import symnum as sn
    >>> model = sn.reaction_diffusion({"u": "laplacian(u)"}, grid=sn.Grid(x=(0, 1, 8)), initial={"u": "x"})
    >>> mass = sn.track.conservation("u", every=0.1)
    >>> sol = sn.build_simulator(model).solve((0.0, 1.0), trackers=[mass])
    >>> mass.deviation < 1e-12
    True
    """
    return ConservationTracker(field, rtol, atol, action, every, every_s)
