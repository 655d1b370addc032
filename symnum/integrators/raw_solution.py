"""What an integration gives, in arrays."""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from symnum.errors import InputError
from symnum.integrators.events.problem import Happening
from symnum.integrators.read_records import read_records
from symnum.integrators.record import CompletedPolynomials, Record
from symnum.integrators.run import Run
from symnum.integrators.statistics import Statistics
from symnum.integrators.status import Status

__all__ = ["RawSolution"]

Array = npt.NDArray[np.float64]


class _Job(Protocol):
    """What made the solution, and can go on."""

    runs: list[Run]

    def state(self) -> dict[str, Any]: ...


@dataclass
class RawSolution:
    """What an integration gives, in arrays.

    Attributes
    ----------
    t : ndarray, shape (m,)
        The requested times that were reached, or every accepted time.
    y : ndarray, shape (n, m)
        Values at `t`.
    status : Status
        How it ended.
    time : float
        Time reached.
    component : int or None
        Index of the component that failed, where one is known.
    method, reason : str
        Methods used, in order ("tsit5, ndf"), and why.
    statistics : Statistics
        Counts and seconds.
    events : list of Happening
        What happened, in order.
    culprit : str
        The event that ended the run, where one did.
    condition_evaluations : int
        How often the conditions of events were evaluated.
    parameters : list of ndarray
        Parameters at the beginning, and after each event that changed them.
    parameter_index : ndarray of int64, shape (m,), or None
        Which of these hold at each time of `t`; None where they never changed.
    """

    t: Array
    y: Array
    status: Status
    time: float
    component: int | None
    method: str
    reason: str
    statistics: Statistics
    _records: list[Record] = field(default_factory=list, repr=False)
    events: list[Happening] = field(default_factory=list)
    culprit: str = ""
    condition_evaluations: int = 0
    parameters: list[Array] = field(default_factory=list)
    parameter_index: npt.NDArray[np.int64] | None = None
    _job: _Job | None = field(default=None, repr=False)

    @property
    def is_abandoned(self) -> bool:
        """Whether a step still goes on in another thread, with the problem's memory."""
        return self._job is not None and any(run.is_abandoned for run in self._job.runs)

    def state(self) -> dict[str, Any]:
        """Return what `integrate(..., resume=)` goes on from: a tree whose arrays are those of this solution."""
        assert self._job is not None
        return self._job.state()

    @property
    def message(self) -> str:
        """A sentence on how it ended."""
        return self.status.explain(self.time, self.component)

    def release(self) -> None:
        """Let go of the problem, so that it may serve another integration; the solution can still be read."""
        for record in self._records:
            if isinstance(record.interpolant, CompletedPolynomials):
                record.interpolant.release()

    @property
    def covered(self) -> tuple[float, float]:
        """Times between which the continuous solution can be read."""
        first = self._records[0].blocks[0]
        return float(first.times[first.first]), self.time

    def __call__(self, t: npt.ArrayLike, side: Literal["left", "right"] = "right") -> Array:
        """Return the continuous solution.

        Parameters
        ----------
        t : float or array_like, shape (m,)
            Times within the part of the interval that was reached.
        side : {"right", "left"}
            Whether to give the value after or before where an event has changed the state.

        Returns
        -------
        ndarray, shape (n,) or (n, m)

        Raises
        ------
        InputError
            For a time outside.
        """
        times = np.asarray(t, np.float64)
        flat = np.atleast_1d(times).ravel()
        low, high = sorted(self.covered)
        if flat.size and not (flat.min() >= low and flat.max() <= high):
            wrong = _outside(flat, low, high)
            raise InputError(
                f"the solution is known for t from {low:.10g} to {high:.10g}; asked for t = {wrong:.10g}"
            )
        values = read_records(self._records, flat, side)
        return values[0] if times.ndim == 0 else values.T


def _outside(times: Array, low: float, high: float) -> float:
    return float(times[~((times >= low) & (times <= high))][0])
