"""The two kinds of numbers that kernels compute with, and how LLVM writes them."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from symnum.errors import InputError

__all__ = ["PRECISIONS", "Precision", "precision_of"]


@dataclass(frozen=True)
class Precision:
    """A floating-point type.

    Attributes
    ----------
    name : str
        Of the NumPy type.
    llvm, intrinsic, suffix : str
        LLVM's type, the ending of its intrinsics' names, and the ending of the names of libm's functions.
    size : int
        Bytes.
    epsilon : float
        Distance from one to the next larger number.
    """

    name: str
    llvm: str
    intrinsic: str
    suffix: str
    size: int
    epsilon: float

    @property
    def dtype(self) -> Any:
        """The NumPy type."""
        return np.dtype(self.name)

    def literal(self, value: float) -> str:
        """Return a number as an exact LLVM literal, rounded to this type.

        Examples
        --------
        >>> PRECISIONS["float32"].literal(1.0)
        '0x3FF0000000000000'
        """
        rounded = float(self.dtype.type(value))
        return f"0x{struct.unpack('<Q', struct.pack('<d', rounded))[0]:016X}"


PRECISIONS = {
    "float64": Precision("float64", "double", "f64", "", 8, 2.0**-52),
    "float32": Precision("float32", "float", "f32", "f", 4, 2.0**-23),
}


def precision_of(dtype: Any) -> Precision:
    """Return the precision of a NumPy type or its name.

    Raises
    ------
    InputError
        Unless it is float64 or float32.
    """
    try:
        return PRECISIONS[np.dtype(dtype).name]
    except (TypeError, KeyError):
        raise InputError(f"dtype is {dtype!r}; devices compute with float64 or float32.") from None
