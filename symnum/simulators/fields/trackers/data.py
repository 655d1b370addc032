"""Writes numbers down while a simulation goes on."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.display import elide
from symnum.errors import InputError, needs
from symnum.integrators.status import Status
from symnum.simulators.fields.layout import Snapshot
from symnum.simulators.fields.trackers.base import Tracker

if TYPE_CHECKING:
    import pandas

__all__ = ["DataTracker", "data"]


class DataTracker(Tracker):
    """Records what functions make of the fields; see `data`.

    Attributes
    ----------
    t : list of float
        Times of the looks.
    values : list
        What the function gave: numbers, arrays or dictionaries.
    """

    _in_process = ("function",)

    def __init__(self, function: Callable[[Snapshot], Any], every: float | None, every_s: float | None) -> None:
        super().__init__(every, every_s)
        if not callable(function):
            raise InputError(f"{function!r} cannot be called; give a function of the fields.")
        self.function = function
        self.t: list[float] = []
        self.values: list[Any] = []

    def begin(self, start: Snapshot, t_end: float) -> None:
        """Forget an earlier run."""
        self.t, self.values = [], []

    def handle(self, fields: Snapshot) -> Status | None:
        """Write down."""
        value = self.function(fields)
        self.t.append(fields.t)
        self.values.append(np.array(value) if isinstance(value, np.ndarray) else value)
        return None

    def __repr__(self) -> str:
        where = f", t = {self.t[0]:g} … {self.t[-1]:g}, the last {self.values[-1]!r}" if self.t else ""
        return f"<data tracker: {len(self.t)} looks{elide(where, 160)}>"

    @property
    def array(self) -> NDArray[np.float64]:
        """All values as one array, the first dimension time."""
        return np.array(self.values, np.float64)

    def to_dataframe(self) -> "pandas.DataFrame":
        """Return the values as a `pandas.DataFrame`, a column for each entry where they are dictionaries.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        with needs('to_dataframe() needs pandas; install the extra "dataframe".'):
            import pandas
        rows = [value if isinstance(value, dict) else {"value": value} for value in self.values]
        return pandas.DataFrame(rows, index=pandas.Index(self.t, name="t"))


def data(function: Callable[[Snapshot], Any], every: float | None = None, every_s: float | None = None) -> DataTracker:
    """Write down what a function makes of the fields: a number, an array or a dictionary of numbers.

    Parameters
    ----------
    function : callable
        Gets the fields at one time: ``fields.t``, ``fields["u"]``, ``fields.mean("u")``.
    every, every_s : float, optional
        Simulated time, or seconds on the clock, between two looks.

    Examples
    --------
    >>> import symnum as sn
    >>> model = sn.reaction_diffusion({"u": "laplacian(u)"}, grid=sn.Grid(x=(0, 1, 8)), initial={"u": "x"})
    >>> largest = sn.track.data(lambda fields: fields["u"].max(), every=0.5)
    >>> sol = sn.build_simulator(model).solve((0.0, 1.0), trackers=[largest])
    >>> largest.t
    [0.0, 0.5, 1.0]
    """
    return DataTracker(function, every, every_s)
