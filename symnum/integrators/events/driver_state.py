"""The state of the events of a solve as plain numbers, and back."""

from typing import Any

import numpy as np

from symnum.errors import CheckpointError
from symnum.integrators.events import places as at
from symnum.integrators.events.driver import EventDriver
from symnum.integrators.events.problem import Happening
from symnum.integrators.events.schedule import Stop, Waiting
from symnum.integrators.run import Run

__all__ = ["begin_anew", "restore_driver", "save_driver"]

_INTEGERS = [at.FIRST, at.RESUMED, at.CALLS, at.ENDS_AT, at.RESULT]
_ARRAYS = ("truth", "conditions", "changed", "held", "noise", "state", "reals")
_OWN = ("culprit", "_pieces", "_now", "_has_begun", "_is_aimed")
_VALUES = ("before", "after", "parameters_before", "parameters_after")


def save_driver(driver: EventDriver) -> dict[str, Any]:
    """Return the state of events between two slices, as a tree."""
    watcher, stop = driver.watcher, driver._stop
    return {
        "integers": watcher.integers[_INTEGERS],
        **{name: getattr(watcher, name) for name in _ARRAYS},
        **{name: getattr(driver, name) for name in _OWN},
        "stop": None if stop is None else dict(vars(stop)),
        "waiting": [dict(vars(w)) for w in driver.schedule.waiting],
        "happenings": [dict(vars(h)) for h in driver.happenings],
        "history": [list(entry) for entry in driver.history],
        "times": list(driver._accumulation._times),
    }


def restore_driver(driver: EventDriver, saved: dict[str, Any], run: Run) -> None:
    """Bring events to the state that was saved.

    Parameters
    ----------
    driver : EventDriver
        Attached to the run.
    saved : dict
        From `save_driver`.
    run : Run
        Restored.

    Raises
    ------
    CheckpointError
        If the state is not of these events.
    """
    try:
        _restore(driver, saved, run)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise CheckpointError(f"the checkpoint does not fit the events of the model: {error!r}.") from None


def _restore(driver: EventDriver, saved: dict[str, Any], run: Run) -> None:
    watcher = driver.watcher
    watcher.integers[_INTEGERS] = saved["integers"]
    for name in _ARRAYS:
        getattr(watcher, name)[:] = saved[name]
    for name in _OWN:
        setattr(driver, name, type(getattr(driver, name))(saved[name]))
    driver.history[:] = [(int(n), float(t), np.array(p)) for n, t, p in saved["history"]]
    rules = len(driver.problem.rules)
    for part in (*saved["happenings"], *saved["waiting"]):
        if not 0 <= int(part["rule"]) < rules:
            raise ValueError("an event that the model does not have")
    driver.happenings[:] = [
        Happening(int(h["rule"]), str(h["name"]), float(h["time"]), *(np.array(h[k]) for k in _VALUES))
        for h in saved["happenings"]
    ]
    driver._accumulation._times.extend(saved["times"])
    driver.problem.parameters[:] = driver.history[-1][2]
    driver.problem.refresh()
    driver.schedule.update(run.last_point()[1])
    driver.schedule.waiting = [Waiting(int(w["rule"]), float(w["time"]), w["values"]) for w in saved["waiting"]]
    driver._stop = None if saved["stop"] is None else Stop(**saved["stop"])


def begin_anew(driver: EventDriver, run: Run) -> None:
    """Let the conditions be judged anew where a run begins again."""
    t, y = run.last_point()
    driver.execution.settle(t, y, t)
    driver.watcher.begin()
    driver._now, driver._is_aimed = t, False
