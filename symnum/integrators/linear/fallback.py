"""The pivoted factorisation is compiled, and its memory taken, when a solve first needs it: few ever do."""

import ctypes
from typing import Any

import numpy as np

from symnum.integrators.linear import multifrontal
from symnum.integrators.linear.analysis import Analysis, Array, pack

__all__ = ["Fallback"]

#: What the factorisation returns if Python failed to prepare the fallback.
NOT_PREPARED = -4


class Fallback:
    """Stands in a context where the pivoted factorisation belongs, and puts it there at the first call.

    Parameters
    ----------
    analysis : Analysis
        The symbolic phase of the pattern.
    context : numpy.ndarray
        The context that is completed at the first call.

    Attributes
    ----------
    address : int
        Address of a function with the signature of a factorisation. It takes the interpreter lock.
    """

    def __init__(self, analysis: Analysis, context: Array) -> None:
        self._analysis, self._context = analysis, context
        self._kept: list[Any] = []
        kind = ctypes.CFUNCTYPE(
            ctypes.c_int32, ctypes.c_int64, ctypes.c_double, ctypes.c_double, ctypes.c_void_p
        )
        self._entry = kind(self._first)
        self.address = int(ctypes.cast(self._entry, ctypes.c_void_p).value or 0)

    def _first(self, _: int, c_mass: float, c_jac: float, values: int) -> int:
        try:
            from symnum.integrators.linear import pivoted

            arrays = _arrays(self._analysis)
            own = pack(*(arrays[name] for name in pivoted.SLOTS))
            self._kept += [arrays, own]
            self._context[multifrontal.PIVOTED] = own.ctypes.data
            self._context[multifrontal.PIVOTED_SOLVE] = pivoted.solve_pivoted.address
            self._context[multifrontal.PIVOTED_FACTOR] = pivoted.factor_pivoted.address
            return int(pivoted.factor_pivoted.call(own.ctypes.data, c_mass, c_jac, values))
        except BaseException:  # noqa: BLE001 - nothing can pass through machine code; the status tells
            return NOT_PREPARED


def _arrays(analysis: Analysis) -> dict[str, Array | int]:
    """Return the buffers of the pivoted factorisation; the system commits their pages only when they are used."""
    n = analysis.n
    filled = int(str(analysis.statistics["nnz_factors"]))
    capacity = min(n * (n + 1), 8 * filled + 64 * n + 1024)
    return {
        "n": n,
        "indptr": analysis.arrays["indptr"],
        "indices": analysis.arrays["indices"],
        "order": analysis.arrays["order"],
        "lower_bounds": np.empty(n + 1, dtype=np.int64),
        "lower_rows": np.empty(capacity, dtype=np.int32),
        "lower": np.empty(capacity),
        "upper_bounds": np.empty(n + 1, dtype=np.int64),
        "upper_rows": np.empty(capacity, dtype=np.int32),
        "upper": np.empty(capacity),
        "position": np.empty(n, dtype=np.int32),
        "work": np.empty(n),
        "reached": np.empty(n, dtype=np.int32),
        "stack": np.empty(n, dtype=np.int32),
        "place": np.empty(n, dtype=np.int64),
        "mark": np.empty(n, dtype=np.int32),
        "lower_capacity": capacity,
        "upper_capacity": capacity,
    }
