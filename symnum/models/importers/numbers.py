"""Numbers as files write them, read strictly."""

import math
import re

__all__ = ["read_number"]

_NUMBER = re.compile(
    r"[+-]?(\d{1,400}(?P<point>\.\d{0,400})?|(?P<bare>\.\d{1,400}))(?P<exponent>[eE][+-]?\d{1,4})?\Z",
    re.ASCII,
)


def read_number(text: str) -> int | float | None:
    """Read a plain number: integers stay exact, anything with a point or an exponent is a float.

    Parameters
    ----------
    text : str
        For example ``"3"``, ``"-0.5"``, ``"6.022e23"``; nothing else that `float` would take.

    Returns
    -------
    int, float or None
        None if the text is no number, or one that a float cannot hold.

    Examples
    --------
    >>> read_number("3"), read_number("3.0e5"), read_number("1e999"), read_number("nan")
    (3, 300000.0, None, None)
    """
    match = _NUMBER.match(text)
    if match is None:
        return None
    if match["point"] is None and match["bare"] is None and match["exponent"] is None:
        return int(text) if len(text) < 300 else None
    value = float(text)
    return value if math.isfinite(value) else None
