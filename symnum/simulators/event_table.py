"""What happened in a simulation, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from symnum.display import elide, html_table, plain_table
from symnum.errors import UnknownNameError, needs, suggest

if TYPE_CHECKING:
    import pandas

__all__ = ["EventRecord", "EventTable"]

_SHOWN = 20


@dataclass(frozen=True, eq=False)
class EventRecord:
    """One event that happened.

    Attributes
    ----------
    name : str
    time : float
    before, after : ndarray, shape (n_states,)
        State.
    changes : dict of str to (float, float)
        States and parameters that got another value: the old one and the new one.
    """

    name: str
    time: float
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    changes: dict[str, tuple[float, float]]

    def __repr__(self) -> str:
        return f"<{self.name} at {self.time:.10g}" + (f": {_text(self.changes)}>" if self.changes else ">")


def _text(changes: dict[str, tuple[float, float]]) -> str:
    return ", ".join(f"{name} {old:.6g} → {new:.6g}" for name, (old, new) in changes.items())


class EventTable(Sequence[EventRecord]):
    """The events of a simulation in the order in which they happened.

    Parameters
    ----------
    happenings : sequence of Happening
        From the integrator.
    state_names, parameter_names : sequence of str
    known : sequence of str
        Names of all events, those that did not happen included.
    """

    def __init__(
        self,
        happenings: Sequence[Any] = (),
        state_names: Sequence[str] = (),
        parameter_names: Sequence[str] = (),
        known: Sequence[str] = (),
    ) -> None:
        self._state_names, self._parameter_names = tuple(state_names), tuple(parameter_names)
        self.names = tuple(dict.fromkeys(known))
        self._rows = [self._record(h) for h in happenings]

    def _record(self, h: Any) -> EventRecord:
        changes = {}
        for names, old, new in (
            (self._state_names, h.before, h.after),
            (self._parameter_names, h.parameters_before, h.parameters_after),
        ):
            for i in np.flatnonzero(old != new).tolist():
                changes[names[i]] = (float(old[i]), float(new[i]))
        return EventRecord(h.name, h.time, h.before, h.after, changes)

    @overload
    def __getitem__(self, key: int) -> EventRecord: ...
    @overload
    def __getitem__(self, key: slice | str) -> list[EventRecord]: ...
    def __getitem__(self, key: int | slice | str) -> EventRecord | list[EventRecord]:
        """Return one record by position, several by a slice, or all of one event by its name."""
        return [r for r in self._rows if r.name == self._known(key)] if isinstance(key, str) else self._rows[key]

    def __len__(self) -> int:
        return len(self._rows)

    def times(self, name: str | None = None) -> NDArray[np.float64]:
        """Return the times of all events, or of one by name.

        Raises
        ------
        UnknownNameError
            If the model has no event of this name.
        """
        rows = self._rows if name is None else self[name]
        return np.array([row.time for row in rows])

    def _known(self, name: str) -> str:
        if name not in self.names:
            raise UnknownNameError(f'There is no event "{name}".{suggest(name, self.names)}')
        return name

    def to_dataframe(self) -> "pandas.DataFrame":
        """Return a `pandas.DataFrame`: event, time, and the states before and after.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        with needs('to_dataframe() needs pandas; install the extra "dataframe".'):
            import pandas
        columns: dict[str, Any] = {"event": [r.name for r in self._rows], "time": self.times()}
        for i, name in enumerate(self._state_names):
            columns[f"{name} before"] = [float(r.before[i]) for r in self._rows]
            columns[f"{name} after"] = [float(r.after[i]) for r in self._rows]
        return pandas.DataFrame(columns)

    def _shown(self) -> list[tuple[str, str]]:
        first = self._rows[:_SHOWN]
        rows = [(f"{r.time:.10g}", elide(f"{r.name}: {_text(r.changes)}".rstrip(": "), 100)) for r in first]
        more = len(self._rows) - _SHOWN
        return [*rows, ("…", f"and {more:,} more")] if more > 0 else rows

    def __repr__(self) -> str:
        title = f"{len(self._rows):,} events" if len(self._rows) != 1 else "1 event"
        return title + ("\n" + plain_table(self._shown(), indent="  ") if self._rows else "")

    def _repr_html_(self) -> str:
        return html_table(("time", "event"), self._shown())
