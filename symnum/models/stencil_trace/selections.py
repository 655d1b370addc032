"""Elements picked by a mask, ``u[mask]``: computed with as whole arrays, since a mask has no loops."""

from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from symnum.errors import UnsupportedError
from symnum.models.stencil_trace import joining
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.elementwise import elementwise, shape_of
from symnum.models.stencil_trace.universal import apply_universal, choose

__all__ = ["ChosenByValue", "Selection"]


class Selection(NDArrayOperatorsMixin):
    """The elements of a symbolic array where a mask is true.

    Functions of selections by one mask, numbers and terms are selections of functions of whole arrays; assigned back
    by the same mask they are a choice. Anything else is done with the elements one after the other.

    Parameters
    ----------
    array : FieldArray
    mask : ndarray of bool
        Of the shape of the array.
    """

    symbolic_array = True

    def __init__(self, array: FieldArray, mask: NDArray[np.bool_]) -> None:
        self.array = joining.copy(array)  # later writes into the array do not show
        self.mask = mask

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of elements picked."""
        return (int(np.count_nonzero(self.mask)),)

    @property
    def ndim(self) -> int:
        """One axis."""
        return 1

    def gathered(self) -> Any:
        """Return the elements one after the other, as a symbolic array."""
        from symnum.models.stencil_trace.indexing import gather_mask

        return gather_mask(self.array, self.mask)

    def assigned_to(self, target: FieldArray, mask: NDArray[np.bool_]) -> bool:
        """Write the elements where they came from, in an array of the same shape; False for another mask."""
        if mask.shape != self.mask.shape or not np.array_equal(mask, self.mask):
            return False
        target[...] = elementwise(target.session, choose, self.mask, self.array, target)
        return True

    def sum(self, **options: Any) -> Any:
        """Return the sum of the elements."""
        return elementwise(self.array.session, choose, self.mask, self.array, 0).sum(**options)

    def mean(self) -> Any:
        """Return the mean of the elements."""
        return self.sum() / self.shape[0]

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Any:
        return iter(self.gathered())

    def __getitem__(self, key: Any) -> Any:
        return self.gathered()[key]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.gathered(), name)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        """Return a universal function of the elements."""
        out = keywords.pop("out", None)
        wide = [self._whole(v) for v in inputs]
        if method != "__call__" or keywords or any(v is None for v in wide):
            plain = [v.gathered() if isinstance(v, Selection) else v for v in inputs]
            result = apply_universal(ufunc, method, tuple(plain), keywords, self.array.session)
        else:
            result = Selection(apply_universal(ufunc, method, tuple(wide), {}, self.array.session), self.mask)
        if out is None:
            return result
        if out[0] is self and isinstance(result, Selection):
            self.array = result.array
            return self
        out[0][...] = result
        return out[0]

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Return another function of NumPy, of the elements one after the other."""
        if function in (np.sum, np.mean) and len(args) == 1 and not kwargs:
            return getattr(self, function.__name__)()
        return function(*[v.gathered() if isinstance(v, Selection) else v for v in args], **kwargs)

    def _whole(self, value: Any) -> Any:
        """Return what stands for an operand on the whole array; None if there is nothing."""
        if isinstance(value, Selection):
            same = value.mask.shape == self.mask.shape and np.array_equal(value.mask, self.mask)
            return value.array if same else None
        if isinstance(value, np.ndarray) and value.shape == self.shape:
            spread = np.zeros(self.mask.shape)
            spread[self.mask] = value
            return spread
        return value if np.ndim(value) == 0 and not isinstance(value, FieldArray) else None


class ChosenByValue(NDArrayOperatorsMixin):
    """The elements of a symbolic array where a condition on values holds, ``u[u > 0.5]``; how many is not known.

    Functions of such elements by one condition, numbers and terms are again such, and may be assigned where the same
    condition holds; their sum is one over the whole array. There is nothing else that could be done with them.

    Parameters
    ----------
    array : FieldArray
    mask : FieldArray
        Conditions, of the shape of the array.
    """

    symbolic_array = True
    ndim, shape = 1, (-1,)

    def __init__(self, array: FieldArray, mask: FieldArray) -> None:
        self.array = joining.copy(array)
        self.mask = joining.copy(mask)

    def is_where(self, mask: Any) -> bool:
        """Tell whether another mask is the same conditions."""
        if not isinstance(mask, FieldArray) or mask.is_numeric or mask.shape != self.mask.shape:
            return False
        return sorted(mask.pieces(), key=repr) == sorted(self.mask.pieces(), key=repr)

    def sum(self) -> Any:
        """Return the sum of the elements."""
        return joining.symbolic(self.array.session, self._or(0)).sum()

    def mean(self) -> Any:
        """Return the mean of the elements."""
        ones = joining.symbolic(self.array.session, elementwise(self.array.session, choose, self.mask, 1, 0))
        return self.sum() / ones.sum()

    def _or(self, value: Any) -> Any:
        return elementwise(self.array.session, choose, self.mask, self.array, value)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        """Return a universal function of the elements."""
        out = keywords.pop("out", (None,))[0]
        wide = [v.array if isinstance(v, ChosenByValue) and v.is_where(self.mask) else v for v in inputs]
        apart = [v for v, old in zip(wide, inputs, strict=True) if v is old]
        if method != "__call__" or keywords or any(map(shape_of, apart)) or not (out is None or out is self):
            raise self._refused()
        result = ChosenByValue(apply_universal(ufunc, method, tuple(wide), {}, self.array.session), self.mask)
        if out is None:
            return result
        self.array = result.array
        return self

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Return another function of NumPy."""
        if function in (np.sum, np.mean) and len(args) == 1 and not kwargs:
            return getattr(self, function.__name__)()
        raise self._refused()

    def __getattr__(self, name: str) -> Any:
        raise self._refused()

    def __array__(self, *_: Any, **__: Any) -> Any:
        """Refuse to become numbers."""
        raise self._refused()

    def _refused(self) -> UnsupportedError:
        return UnsupportedError(
            "u[condition] picks elements by values, and how many is not known yet; they can only be computed with and "
            "put back where the same condition holds, or summed. Write np.where(condition, a, b)"
        )
