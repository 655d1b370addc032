"""Calls a function of the user's own."""

from collections.abc import Callable
from typing import Any

from symnum.errors import InputError
from symnum.integrators.status import Status
from symnum.simulators.fields.layout import Snapshot
from symnum.simulators.fields.trackers.base import Tracker

__all__ = ["CallbackTracker", "callback"]


class CallbackTracker(Tracker):
    """Calls a function with the fields; see `callback`."""

    _in_process = ("function",)

    def __init__(self, function: Callable[[Snapshot], Any], every: float | None, every_s: float | None) -> None:
        super().__init__(every, every_s)
        if not callable(function):
            raise InputError(f"{function!r} cannot be called; give a function of the fields.")
        self.function = function

    def handle(self, fields: Snapshot) -> Status | None:
        """Call the function; `StopIteration` ends the run."""
        try:
            self.function(fields)
        except StopIteration as reason:
            self.message = str(reason)
            return Status.STOPPED
        return None


def callback(
    function: Callable[[Snapshot], Any], every: float | None = None, every_s: float | None = None
) -> CallbackTracker:
    """Call a function from time to time while a simulation goes on.

    Parameters
    ----------
    function : callable
        Gets the fields at one time: ``fields.t``, ``fields["u"]``, ``fields.integral("u")``. If it raises
        ``StopIteration("why")`` the run ends with `Status.STOPPED`.
    every, every_s : float, optional
        Simulated time, or seconds on the clock, between two calls.

    Examples
    --------
    >>> import symnum as sn
    >>> model = sn.reaction_diffusion({"u": "laplacian(u)"}, grid=sn.Grid(x=(0, 1, 8)), initial={"u": "x"})
    >>> seen = []
    >>> watcher = sn.track.callback(lambda fields: seen.append(fields.mean("u")), every=0.5)
    >>> sol = sn.build_simulator(model).solve((0.0, 1.0), trackers=[watcher])
    """
    return CallbackTracker(function, every, every_s)
