"""Filters of SciPy on symbolic arrays: sums over neighbours with weights, by slices of a padded array."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, UnsupportedError
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.elementwise import elementwise
from symnum.models.stencil_trace.joining import pad
from symnum.terms.canonical.sums import add

__all__ = [
    "convolve",
    "convolve1d",
    "convolve2d",
    "convolve_1d",
    "correlate",
    "correlate1d",
    "gaussian_filter",
    "laplace",
    "uniform_filter",
]

_PADDING = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
    "grid-wrap": "wrap",
    "constant": "constant",
    "grid-constant": "constant",
}
"""Names of SciPy's modes in `numpy.pad`."""


def _padded(array: FieldArray, width: list[tuple[int, int]], mode: str, value: Any) -> FieldArray:
    if mode not in _PADDING:
        raise InputError(f"there is no mode {mode!r} for the border; choose one of {', '.join(_PADDING)}")
    options = {"constant_values": value} if _PADDING[mode] == "constant" else {}
    return pad(array, width, _PADDING[mode], **options)


def _weighted(padded: FieldArray, weights: NDArray[Any], shape: tuple[int, ...]) -> Any:
    """Return the sums over windows of the weights' shape."""
    places = [p for p in np.ndindex(*weights.shape) if weights[p]]
    parts = [padded[tuple(slice(k, k + n) for k, n in zip(p, shape, strict=True))] for p in places]
    factors = [weights[p].item() for p in places]

    def combine(*terms: Any) -> Any:
        return add(tuple(w * x for w, x in zip(factors, terms, strict=True)))

    return elementwise(padded.session, combine, *parts) if parts else np.zeros(shape)


def _finish(result: Any, output: Any) -> Any:
    if isinstance(output, FieldArray):
        output[...] = result
        return output
    return result


def correlate(
    input: FieldArray,
    weights: Any,
    output: Any = None,
    mode: str = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
) -> Any:
    """Return scipy.ndimage.correlate of a symbolic array."""
    kernel = np.asarray(weights)
    if kernel.ndim != input.ndim:
        raise InputError(f"weights of {kernel.ndim} axes do not fit an array of {input.ndim}")
    origins = np.broadcast_to(origin, (input.ndim,)).tolist()
    width = [(n // 2 + o, n - 1 - n // 2 - o) for n, o in zip(kernel.shape, origins, strict=True)]
    return _finish(_weighted(_padded(input, width, mode, cval), kernel, input.shape), output)


def convolve(
    input: FieldArray,
    weights: Any,
    output: Any = None,
    mode: str = "reflect",
    cval: Any = 0.0,
    origin: Any = 0,
) -> Any:
    """Return scipy.ndimage.convolve of a symbolic array."""
    kernel = np.asarray(weights)
    origins = np.broadcast_to(origin, (input.ndim,)).tolist()
    turned = [-o - (n % 2 == 0) for n, o in zip(kernel.shape, origins, strict=True)]
    return correlate(input, np.flip(kernel), output, mode, cval, turned)


def correlate1d(
    input: FieldArray,
    weights: Any,
    axis: int = -1,
    output: Any = None,
    mode: str = "reflect",
    cval: Any = 0.0,
    origin: int = 0,
) -> Any:
    """Return scipy.ndimage.correlate1d of a symbolic array."""
    axis = axis % input.ndim
    kernel = np.asarray(weights).reshape([-1 if k == axis else 1 for k in range(input.ndim)])
    return correlate(input, kernel, output, mode, cval, [origin if k == axis else 0 for k in range(input.ndim)])


def convolve1d(
    input: FieldArray,
    weights: Any,
    axis: int = -1,
    output: Any = None,
    mode: str = "reflect",
    cval: Any = 0.0,
    origin: int = 0,
) -> Any:
    """Return scipy.ndimage.convolve1d of a symbolic array."""
    kernel = np.asarray(weights)
    return correlate1d(input, kernel[::-1], axis, output, mode, cval, -origin - (len(kernel) % 2 == 0))


def laplace(input: FieldArray, output: Any = None, mode: str = "reflect", cval: Any = 0.0, *, axes: Any = None) -> Any:
    """Return scipy.ndimage.laplace of a symbolic array."""
    along = range(input.ndim) if axes is None else [int(a) % input.ndim for a in np.atleast_1d(axes)]
    kernel = np.zeros((3,) * input.ndim, int)
    middle = (1,) * input.ndim
    for axis in along:
        kernel[middle] -= 2
        for side in (0, 2):
            kernel[tuple(side if k == axis else 1 for k in range(input.ndim))] += 1
    return correlate(input, kernel, output, mode, cval)


def uniform_filter(input: FieldArray, size: Any = 3, output: Any = None, mode: str = "reflect", cval: Any = 0.0) -> Any:
    """Return scipy.ndimage.uniform_filter of a symbolic array."""
    sizes = tuple(int(n) for n in np.broadcast_to(size, (input.ndim,)))
    return correlate(input, np.full(sizes, 1.0 / np.prod(sizes)), output, mode, cval)


def gaussian_filter(
    input: FieldArray,
    sigma: Any,
    order: Any = 0,
    output: Any = None,
    mode: Any = "reflect",
    cval: Any = 0.0,
    **more: Any,
) -> Any:
    """Return scipy.ndimage.gaussian_filter of a symbolic array; the weights are SciPy's own, of a single one."""
    from scipy.ndimage import gaussian_filter1d

    if not set(more) <= {"truncate"}:
        raise UnsupportedError(f"gaussian_filter of symbolic arrays does not know {', '.join(more)}")
    result, n = input, input.ndim
    wide = [np.broadcast_to(v, (n,)).tolist() for v in (sigma, order, mode)]
    for axis, (width, degree, rule) in enumerate(zip(*wide, strict=True)):
        if width > 1e-15:
            reach = int(more.get("truncate", 4.0) * width + 0.5)
            single = np.zeros(2 * reach + 1)
            single[reach] = 1.0
            weights = gaussian_filter1d(single, width, order=degree, mode="constant", **more)
            result = convolve1d(result, weights, axis, mode=rule, cval=cval)
    return _finish(result, output)


def convolve2d(in1: FieldArray, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0) -> Any:
    """Return scipy.signal.convolve2d of a symbolic array and a kernel of numbers.

    Raises
    ------
    UnsupportedError
        If the kernel is symbolic.
    """
    if isinstance(in2, FieldArray) and not in2.is_numeric:
        raise UnsupportedError("convolve2d with a symbolic kernel; give the field first, and a kernel of numbers")
    kernel = np.asarray(in2)
    modes = {"fill": "constant", "wrap": "wrap", "symm": "reflect"}
    if boundary not in modes or mode not in ("full", "same", "valid"):
        raise InputError(f"convolve2d knows no mode {mode!r} with boundary {boundary!r}")
    width = [(n - 1, n - 1) for n in kernel.shape]
    padded = in1 if mode == "valid" else _padded(in1, width, modes[boundary], fillvalue)
    shape = tuple(n - k + 1 for n, k in zip(padded.shape, kernel.shape, strict=True))
    result = _weighted(padded, np.flip(kernel), shape)
    if mode != "same":
        return result
    starts = [(k - 1) // 2 for k in kernel.shape]
    return result[tuple(slice(s, s + n) for s, n in zip(starts, in1.shape, strict=True))]


def convolve_1d(a: Any, v: Any, mode: str = "full") -> Any:
    """Return numpy.convolve of a symbolic array and numbers."""
    field, kernel = (a, v) if isinstance(a, FieldArray) and not a.is_numeric else (v, a)
    if isinstance(kernel, FieldArray) and not kernel.is_numeric:
        raise UnsupportedError("np.convolve of two symbolic arrays; write it with slices and sums")
    weights = np.asarray(kernel)
    full = _weighted(pad(field, len(weights) - 1), weights[::-1], (len(field) + len(weights) - 1,))
    short, long = sorted((len(field), len(weights)))
    if mode == "full":
        return full
    if mode == "valid":
        return full[short - 1 : long]
    start = (short - 1) // 2
    return full[start : start + long]
