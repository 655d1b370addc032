"""Real transforms along one axis of cells, in which shifts of a field that goes on beyond its ends are simple.

A field goes on periodically, or as a mirror image: with the same sign beyond a side without flux, with the opposite
sign beyond a side where it is zero. To these belong the real Fourier transform and the cosine and sine transforms of
types II (both sides alike) and IV (one of each), where values are at the centres of cells and sides lie half a cell
further. Where values are at points, the mirror is at the last of them ("mirror") or at the next one, where the field is
zero ("zero"): to these belong types I (both alike) and III.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["KINDS", "AxisTransform", "axis_transform"]

Array = npt.NDArray[np.float64]

#: What an axis may be, by the conditions at its low and its high side; "identity" leaves the values as they are.
KINDS = {
    ("periodic", "periodic"): "fourier",
    ("neumann", "neumann"): "cosine",
    ("dirichlet", "dirichlet"): "sine",
    ("neumann", "dirichlet"): "cosine-sine",
    ("dirichlet", "neumann"): "sine-cosine",
    ("mirror", "mirror"): "cosine of points",
    ("zero", "zero"): "sine of points",
    ("mirror", "zero"): "cosine-sine of points",
    ("zero", "mirror"): "sine-cosine of points",
}

_TYPES = {"cosine": 2, "sine": 2, "cosine-sine": 4, "sine-cosine": 4}
_TYPES |= {"cosine of points": 1, "sine of points": 1, "cosine-sine of points": 3, "sine-cosine of points": 3}


@dataclass(frozen=True)
class AxisTransform:
    """A transform along an axis of `n` cells.

    Attributes
    ----------
    kind : str
        A value of `KINDS`, or "identity".
    n : int
    """

    kind: str
    n: int

    @property
    def length(self) -> int:
        """Points from one mirror to the other, or all round: what a fast transform of it splits into factors."""
        return self.n + {"cosine of points": -1, "sine of points": 1}.get(self.kind, 0)

    @property
    def angles(self) -> Array:
        """Phase from one cell to the next of every mode, shape (n,)."""
        k = np.arange(self.n)
        if self.kind == "fourier":
            return np.asarray(2.0 * np.pi * ((k + 1) // 2) / self.n, np.float64)
        if self.kind == "identity":
            return np.zeros(self.n)
        shift = {"cosine": 0.0, "sine": 1.0}.get(self.kind.removesuffix(" of points"), 0.5)
        return np.asarray(np.pi * (k + shift) / self.length, np.float64)

    def forward(self, x: Array, axis: int) -> None:
        """Transform an array along an axis, in place."""
        self._transform(x, axis, is_inverse=False)

    def back(self, x: Array, axis: int) -> None:
        """Undo `forward`, in place."""
        self._transform(x, axis, is_inverse=True)

    @property
    def slowness(self) -> float:
        """How much longer a step takes than with a length without large prime factors, at worst."""
        from scipy.fft import next_fast_len

        return 1.0 if self.kind == "identity" or next_fast_len(self.length) == self.length else 10.0

    def _transform(self, x: Array, axis: int, *, is_inverse: bool) -> None:
        if self.kind == "identity":
            return
        if self.kind == "fourier":
            from scipy.fftpack import irfft, rfft

            result = (irfft if is_inverse else rfft)(x, axis=axis, overwrite_x=True)
        else:
            from scipy.fft import dct, dst, idct, idst

            cosine, sine = (idct, idst) if is_inverse else (dct, dst)
            transform = cosine if self.kind.startswith("cosine") else sine
            result = transform(x, _TYPES[self.kind], axis=axis, overwrite_x=True)
        if result is not x and not np.shares_memory(result, x):
            x[...] = result

    def matrices(self) -> tuple[Array, Array]:
        """Return the transform and its inverse as matrices, shape (n, n) each."""
        there, back = np.eye(self.n), np.eye(self.n)
        self.forward(there, 0)
        self.back(back, 0)
        return there, back


def axis_transform(sides: tuple[str, str], n: int) -> AxisTransform | None:
    """Return the transform that belongs to the conditions at both sides; None where there is none.

    Examples
    --------
    >>> axis_transform(("neumann", "neumann"), 4).angles.round(3).tolist()
    [0.0, 0.785, 1.571, 2.356]
    """
    kind = KINDS.get(sides)
    return None if kind is None or n < 2 else AxisTransform(kind, n)
