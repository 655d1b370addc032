"""What a stochastic method provides for ensembles: a source that makes a runner for each thread.

A new method (tau-leaping, Langevin equations, lanes, a GPU) writes a class with the attributes of `Source`, whose
`runner()` returns an object with the method of `Runner`, and hands it to
`symnum.simulators.stochastic.ensembles.simulate.simulate_ensemble`. For example::

    class MySource:
        method, reason, is_light = "my_method", "as asked for", False
        def runner(self): return MyRunner(...)       # memory of one thread; called in that thread
        def reaction_name(self, reaction): return system.reaction_name(reaction)

    class MyRunner:
        events = 0                                   # reactions or steps so far, for statistics
        changes = {}                                 # see `Runner`
        def run(self, first, out, ends, stop):
            for k in range(len(out)):
                if stop(): return k                  # look at this at least every 50 ms
                self.one(first + k, out[k])          # trajectory `first + k`, interpreter lock released
                ends.codes[k] = Status.SUCCESS
            return len(out)

The numbers of trajectory i may depend on i and on what the source was made of, never on the thread, the runner's
earlier work or `first`. A runner that computes several trajectories at once (lanes, a device) takes them from `out`
together.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ends", "Runner", "Source"]

Array = NDArray[np.float64]


class Ends:
    """How the trajectories of a block ended.

    Attributes
    ----------
    codes : ndarray of int32
        Values of `symnum.integrators.status.Status`.
    reactions : ndarray of int32
        After a failure the reaction that is to blame, or -1.
    times : ndarray of float64
        After a failure the time reached.
    """

    def __init__(self, count: int) -> None:
        self.codes = np.zeros(count, np.int32)
        self.reactions = np.full(count, -1, np.int32)
        self.times = np.zeros(count)

    def __getitem__(self, part: slice) -> "Ends":
        made = Ends(0)
        made.codes, made.reactions, made.times = self.codes[part], self.reactions[part], self.times[part]
        return made


class Runner(Protocol):
    """What one thread needs to run trajectories.

    Attributes
    ----------
    events : int
        Reactions, or steps, in all trajectories so far.
    changes : dict
        Of the last call, for trajectories whose parameters were changed by events, under their place in `out`: a list
        of ``(time, parameters from then on)``.
    """

    events: int
    changes: dict[int, list[tuple[float, Array]]]

    def run(self, first: int, out: Array, ends: Ends, stop: Callable[[], bool]) -> int:
        """Run trajectories ``first, first + 1, ...``; return how many came to their end before `stop()` was true.

        Parameters
        ----------
        first : int
            Number of the first one.
        out : ndarray of float64, shape (count, n_times, n_kept), contiguous
            Receives the states at the output times.
        ends : Ends
            Receives how each ended. A failure is an end, too.
        stop : callable
            To be called at least every 50 ms of work.
        """
        ...


class Source(Protocol):
    """A method with a model, values and output times.

    Attributes
    ----------
    method, reason : str
        The method, and why it was chosen.
    is_light : bool
        Whether a trajectory takes less than about a millisecond. Larger blocks suit these, so this must not be
        measured by a clock: numbers are summed by blocks.
    """

    method: str
    reason: str
    is_light: bool

    def runner(self) -> Runner:
        """Return a runner of the calling thread's own."""
        ...

    def reaction_name(self, reaction: int) -> str:
        """Return what a message calls a reaction."""
        ...


class SourceMaker(Protocol):
    """Makes the source once it is known which states are wanted (``kept``, ndarray of int32)."""

    def __call__(self, kept: NDArray[np.int32]) -> Any:
        """Return a `Source` whose runners write these states."""
        ...
