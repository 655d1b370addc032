"""Prices of operations in processor cycles: a table as default, the user's own where it was calibrated.

A calibration is a file ``cost_table.json`` in symnum's cache folder (`calibrated_file`): an object with "format": 1,
"prices" (cycles by the names of `DEFAULT_PRICES`; others are ignored, missing ones keep their default) and anything
else, such as the processor that it was measured on.
"""

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

FORMAT = 1

DEFAULT_PRICES: dict[str, float] = {
    "add": 0.6,
    "multiply": 0.6,
    "multiply_add": 0.62,
    "divide": 4.4,
    "square_root": 6.0,
    "cube_root": 62.0,
    "power": 65.0,
    "compare": 0.8,
    "select": 0.8,
    "exp": 18.0,
    "log": 16.0,
    "sin": 26.0,
    "cos": 25.0,
    "tan": 35.0,
    "hyperbolic": 45.0,
    "inverse": 48.0,
    "simple": 2.3,
    "rounding": 1.4,
    "other": 45.0,
    "load": 0.1,
    "store": 1.0,
    "spill": 1.1,
    "byte": 0.06,
}
"""Cycles within straight-line code, as `symnum calibrate` finds them on an x86-64 server processor (Cascade Lake) with
glibc. They are throughputs: a chain of operations, each waiting for the one before, takes several times longer.
``multiply_add`` is one instruction that takes as long as an addition; it is a little dearer here, so that of forms that
take equally long the one of fewer operations wins. ``load``, ``store``, ``spill``, ``byte`` are of `cycles+memory`."""


def calibrated_file() -> Path:
    """Return where a calibration for this machine is kept."""
    from symnum.compiling.codestore import cache_root

    return cache_root() / "cost_table.json"


def prices() -> dict[str, float]:
    """Return the prices in force: the calibrated ones where there are any."""
    path = calibrated_file()
    try:
        stamp = path.stat()
    except OSError:
        return dict(DEFAULT_PRICES)
    return dict(_read(path, stamp.st_mtime_ns, stamp.st_size))


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _size: int) -> dict[str, float]:
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return DEFAULT_PRICES
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        return DEFAULT_PRICES
    given = content.get("prices")
    made = dict(DEFAULT_PRICES)
    for name, value in given.items() if isinstance(given, dict) else ():
        if name in made and isinstance(value, int | float) and math.isfinite(value) and value >= 0:
            made[name] = float(value)
    return made


def write_calibration(measured: dict[str, float], **facts: Any) -> Path:
    """Keep measured prices for this user; ``facts`` say where they come from.

    Returns
    -------
    Path
        The file.
    """
    path = calibrated_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    content = {"format": FORMAT, "prices": measured, **facts}
    new.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    new.replace(path)
    return path
