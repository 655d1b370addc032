"""Times at which a right-hand side is not smooth, read off its terms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from symnum.systems.event_conditions import time_line
from symnum.terms.traverse import free_symbols, subterms

__all__ = ["TimeDiscontinuities", "time_discontinuities"]

_COMPARISONS = frozenset(("<", "<=", ">", ">=", "==", "!="))


@dataclass(frozen=True)
class TimeDiscontinuities:
    """Where terms jump or have corners, as far as this depends on time and parameters alone.

    Attributes
    ----------
    functions : tuple of term
        At the zeros of these functions, linear in time.
    steps : tuple of term
        Wherever one of these functions, linear in time, is a whole number.
    others : tuple of term
        At the zeros of these functions, not linear in time.
    """

    functions: tuple[Any, ...]
    steps: tuple[Any, ...]
    others: tuple[Any, ...] = ()


def time_discontinuities(terms: Iterable[Any], time: Any, parameters: Sequence[Any]) -> TimeDiscontinuities:
    """Find comparisons, `abs`, `sign`, `min`, `max`, `floor`, `ceil` and `mod` of time.

    Parameters
    ----------
    terms : iterable of canonical terms
    time : Symbol
    parameters : sequence of Symbol

    Examples
    --------
    >>> import symnum as sn
    >>> t, k = sn.symbols("t k")
    >>> time_discontinuities([sn.piecewise(1, t < k, 0) + sn.floor(t / 2)], t, [k])
    TimeDiscontinuities(functions=(-k + t,), steps=(t/2,), others=())
    """
    functions: dict[Any, None] = {}
    steps: dict[Any, None] = {}
    roots = [term for term in terms if hasattr(term, "__hash__") and not isinstance(term, int | float)]
    for part in subterms(roots):
        name = getattr(part, "function", None)
        if name in _COMPARISONS:
            functions[part.args[0] - part.args[1]] = None
        elif name in ("abs", "sign"):
            functions[part.args[0]] = None
        elif name in ("min", "max"):
            for i, first in enumerate(part.args):
                for second in part.args[i + 1 :]:
                    functions[first - second] = None
        elif name in ("floor", "ceil"):
            steps[part.args[0]] = None
        elif name == "mod":
            steps[part.args[0] / part.args[1]] = None
    lines = tuple(f for f in functions if time_line(f, time, parameters) is not None)
    allowed = {time, *parameters}
    others = (f for f in functions if f not in lines and time in (found := set(free_symbols(f))) and found <= allowed)
    return TimeDiscontinuities(
        lines, tuple(f for f in steps if time_line(f, time, parameters) is not None), tuple(others)
    )
