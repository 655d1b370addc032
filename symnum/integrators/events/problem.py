"""What an integrator needs to know of events: addresses, arrays, and where things stand in them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["EventProblem", "EventRule", "Happening"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class EventRule:
    """One event, or one declared discontinuity.

    Attributes
    ----------
    name : str
    changes : int
        Which changes of its condition count (`places.RISES`, `places.FALLS`); 0 where it has given times only.
    delay, priority : int
        Where these stand among the values.
    targets : ndarray of int64
        What is assigned: number of a state, or minus one minus the number of a parameter.
    sources : ndarray of int64
        Where the new values stand among the values.
    times : ndarray of int64
        Where given times stand among the values.
    period, first : int
        Where the period of given times and the first of them stand, or -1.
    terminal, persistent, initial, at_trigger, is_silent : bool
        As in `symnum.systems.events.Event`; `at_trigger` says that values are computed when the condition changes.
    """

    name: str
    changes: int
    delay: int
    priority: int
    targets: Whole
    sources: Whole
    times: Whole
    period: int = -1
    first: int = -1
    terminal: bool = False
    persistent: bool = True
    initial: bool = True
    at_trigger: bool = True
    is_silent: bool = False


@dataclass(frozen=True)
class Happening:
    """One event that happened.

    Attributes
    ----------
    rule : int
        Its number.
    name : str
    time : float
    before, after : ndarray, shape (n,)
        State.
    parameters_before, parameters_after : ndarray, shape (n_parameters,)
    """

    rule: int
    name: str
    time: float
    before: Array
    after: Array
    parameters_before: Array
    parameters_after: Array


@dataclass(frozen=True)
class EventProblem:
    """Events behind addresses, for one solve.

    Attributes
    ----------
    rules : tuple of EventRule
        In the order of declaration; those with a condition come first.
    conditions : int
        How many have a condition.
    kernel_address, context_address : int
        The comparisons, as a kernel of `len(kinds)` values: true where positive.
    kinds, degrees : ndarray of int64
        Of each comparison: `places.WATCHED`, `places.ZERO_COUNTS`; its degree in states and time, or -1 where it is no
        polynomial.
    needed : ndarray of int64
        States that the comparisons need.
    programs, starts : ndarray of int64
        Postfix programs of the conditions, and where each begins.
    lines : ndarray of int64, shape (k, 3)
        Comparisons that change at a known time, where a*t + b is zero: their number, and where a and b stand among the
        values.
    scans : ndarray of int64
        Comparisons that depend on time alone, not linearly, at whose zeros the right-hand side is not smooth.
    parameters : ndarray
        The array that all kernels read; events may change it.
    compare, rates, values : callable
        From time and state to the comparisons, to their derivatives by time along the solution, and to all values.
    refresh : callable
        Called after a change of parameters.
    keep_alive : tuple
        Objects that own the memory behind the addresses.
    """

    rules: tuple[EventRule, ...]
    conditions: int
    kernel_address: int
    context_address: int
    kinds: Whole
    degrees: Whole
    needed: Whole
    programs: Whole
    starts: Whole
    lines: Whole
    scans: Whole
    parameters: Array
    compare: Callable[[float, Array], Array]
    rates: Callable[[float, Array], Array]
    values: Callable[[float, Array], Array]
    refresh: Callable[[], None]
    keep_alive: tuple[Any, ...] = field(default=(), repr=False)
