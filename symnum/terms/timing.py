"""A time limit that long computations on terms look at: `with time_limit(2.0): ...`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from symnum.errors import TimeLimitError

_deadline: ContextVar[float] = ContextVar("symnum_deadline", default=float("inf"))


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Make `check_time` raise once so many seconds have passed; None sets no limit of its own.

    Examples
    --------
    >>> from symnum.terms.timing import check_time, time_limit
    >>> with time_limit(60.0):
    ...     check_time()
    """
    if seconds is None:
        yield
        return
    token = _deadline.set(min(_deadline.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def check_time() -> None:
    """Raise `TimeLimitError` if the time is over."""
    deadline = _deadline.get()
    if deadline != float("inf") and time.monotonic() > deadline:
        raise TimeLimitError("the time limit has passed. Give more time (timeout_s=) or a smaller term.")
