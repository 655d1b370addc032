"""Random numbers that belong to an output time, not to the trajectory: output leaves the trajectory as it is.

The counter of Philox holds the number of the output time and that of the draw, under a kind of its own.
"""

from symnum.integrators.stochastic import approximate_layout as own
from symnum.integrators.stochastic import layout as at
from symnum.integrators.stochastic.compiled import compiled
from symnum.integrators.stochastic.philox import MASK, philox
from symnum.integrators.stochastic.streams import _uniform_from

__all__ = ["OUTPUT", "output_uniform", "start_output"]

OUTPUT = 2
_KIND_SHIFT = 28


@compiled
def start_output(integers, number):  # type: ignore[no-untyped-def]
    """Begin the numbers of one output time."""
    integers[own.I_OUTPUT_NUMBER] = number
    integers[own.I_OUTPUT_DRAW] = 0


@compiled
def output_uniform(integers):  # type: ignore[no-untyped-def]
    """Return the next uniform number of the output time, in (0, 1)."""
    seed = integers[at.I_SEED]
    trajectory = integers[at.I_TRAJECTORY]
    draw = integers[own.I_OUTPUT_DRAW]
    integers[own.I_OUTPUT_DRAW] = draw + 1
    c1 = (OUTPUT << _KIND_SHIFT) | integers[own.I_OUTPUT_NUMBER]
    w0, w1, _, _ = philox(
        draw, c1, trajectory & MASK, (trajectory >> 32) & MASK, seed & MASK, (seed >> 32) & MASK
    )
    return _uniform_from(w0, w1)
