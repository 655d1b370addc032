"""Symbolic arrays: NumPy's functions on them give arrays whose elements are terms, box by box."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from symnum.errors import ConditionError, InputError
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.pieces import Piece
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.views import View

__all__ = ["FieldArray", "made_of"]


class FieldArray(NDArrayOperatorsMixin):
    """An array of terms that are alike over boxes of elements; what traced programs are called with.

    It is used as an array of NumPy: slices are views that may be written into, arithmetic and NumPy's functions give
    new arrays. A single element is a term.

    Parameters
    ----------
    memory : Memory
    geometry : ndarray
        A view of the memory's frame: which elements these are.
    """

    symbolic_array = True  # terms leave operations with such arrays to them

    def __init__(self, memory: Memory, geometry: NDArray[Any]) -> None:
        self.memory = memory
        self.geometry = geometry
        if memory.views is not None:
            memory.views.add(memory.view_of(geometry))

    # What it is -----------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The tracing it belongs to."""
        return self.memory.session

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape, as of any array."""
        return self.geometry.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.geometry.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.geometry.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the elements will be: floats."""
        return self.geometry.dtype

    @property
    def is_numeric(self) -> bool:
        """Whether the elements are numbers so far."""
        return self.memory.is_numeric

    @property
    def view_of_memory(self) -> View:
        """Which elements of the memory these are."""
        return self.memory.view_of(self.geometry)

    def pieces(self) -> list[Piece]:
        """Return the elements, box by box."""
        return self.memory.read(self.view_of_memory) if self.size else []

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __repr__(self) -> str:
        return f"<symbolic array of shape {self.shape}>"

    def __bool__(self) -> bool:
        if self.is_numeric:
            return bool(self.geometry)
        raise ConditionError("whether the elements of a symbolic array are true is not known before they have values")

    __hash__ = None  # type: ignore[assignment]

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        """Return the numbers, where there are only numbers."""
        if self.is_numeric:
            return np.array(self.geometry, dtype=dtype)
        self.session.wanted_numbers = True
        raise InputError(
            "this needs numbers, and the array is symbolic. Arrays that it is written into are made with "
            "np.zeros_like(u), matrix products are M @ u and not M.dot(u), and functions outside NumPy, "
            "scipy.ndimage and scipy.sparse do not know symbolic arrays"
        )

    # NumPy's protocols ----------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        """Return a universal function of the elements."""
        from symnum.models.stencil_trace.universal import apply_universal

        return apply_universal(ufunc, method, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Return another function of NumPy."""
        from symnum.models.stencil_trace.dispatch import apply_array_function

        return apply_array_function(function, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        from symnum.models.stencil_trace.methods import bound_method

        return bound_method(self, name)

    # Elements -------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        from symnum.models.stencil_trace.indexing import read_items

        return read_items(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        from symnum.models.stencil_trace.indexing import write_items

        write_items(self, key, value)

    @property
    def T(self) -> "FieldArray":
        """The array with its axes in reverse order, a view."""
        return FieldArray(self.memory, self.geometry.T)

    @property
    def real(self) -> "FieldArray":
        """The array itself: all elements are real."""
        return self

    def __matmul__(self, other: Any) -> Any:
        from symnum.models.stencil_trace.products import multiply_matrices

        return multiply_matrices(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        from symnum.models.stencil_trace.products import multiply_matrices

        return multiply_matrices(other, self)


def made_of(session: Session, shape: Sequence[int], pieces: Sequence[Piece]) -> Any:
    """Return a new array of pieces; its element, if it has no axes."""
    if not tuple(shape):
        return pieces[0].terms[0]
    memory = Memory(session, shape, pieces)
    return FieldArray(memory, memory.frame)
