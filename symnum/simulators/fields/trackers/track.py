"""All trackers by the names under which users know them: ``sn.track.steady_state(1e-6)``."""

from symnum.simulators.fields.trackers.base import Tracker
from symnum.simulators.fields.trackers.callback import callback
from symnum.simulators.fields.trackers.conservation import conservation
from symnum.simulators.fields.trackers.data import data
from symnum.simulators.fields.trackers.plot import plot
from symnum.simulators.fields.trackers.steady_state import steady_state

__all__ = ["Tracker", "callback", "conservation", "data", "plot", "steady_state"]
