"""During one call, NumPy's and SciPy's functions that know no symbolic arrays are replaced by ones that do."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.models.stencil_trace import filters, joining, products
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.dispatch import apply_array_function
from symnum.models.stencil_trace.function_table import zeros
from symnum.models.stencil_trace.memory import Memory
from symnum.models.stencil_trace.session import Session
from symnum.models.stencil_trace.universal import apply_universal
from symnum.terms import interface
from symnum.terms.array_operand import tracing_of_arrays

__all__ = ["substituted"]

_INSIDE = ("numpy", "scipy", "symnum", "rewriters", "codegen")
"""Packages whose own calls are left alone."""

_OF_ARRAYS = (
    "sum prod max min amax amin mean average var std ptp any all cumsum diff gradient trapezoid roll ravel reshape "
    "transpose flip repeat tile take pad clip"
).split()
"""Functions of NumPy that people give lists to."""


class _Numpy(ModuleType):
    """NumPy as a traced program sees it: some functions are others."""

    def __init__(self, own: dict[str, Any]) -> None:
        super().__init__("numpy", np.__doc__)
        self.__dict__.update(own)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def _maker(session: Session, original: Any, value: Any) -> Callable[..., Any]:
    """Return zeros, ones, empty or full, whose results terms can be written into."""

    def made(shape: Any, *args: Any, **keywords: Any) -> Any:
        dtype = keywords.get("dtype", args[1 if value is None else 0] if len(args) > (value is None) else None)
        if not _is_real(dtype) or "like" in keywords:
            return original(shape, *args, **keywords)
        fill = (args[0] if args else keywords["fill_value"]) if value is None else value
        if not _has_terms((fill,)):
            return zeros(session, shape, fill)
        new = zeros(session, shape)
        new[...] = fill
        return new

    return made


def _is_real(dtype: Any) -> bool:
    return dtype is None or dtype is object or np.dtype(dtype).kind == "f"


def _maker_like(session: Session, original: Any, value: Any) -> Callable[..., Any]:
    def made(a: Any, *args: Any, **keywords: Any) -> Any:
        if not isinstance(a, np.ndarray) or not _is_real(keywords.get("dtype", a.dtype)):
            return original(a, *args, **keywords)
        fill = (args[0] if args else keywords["fill_value"]) if value is None else value
        new = zeros(session, keywords.get("shape") or a.shape, 0.0 if _has_terms((fill,)) else fill)
        if _has_terms((fill,)):
            new[...] = fill
        return new

    return made


def _reader(session: Session, original: Any, copies: bool) -> Callable[..., Any]:
    """Return array and asarray, which leave symbolic arrays what they are and join lists of them."""

    def made(value: Any, *args: Any, **keywords: Any) -> Any:
        if isinstance(value, FieldArray):
            new = joining.copy(value) if copies and keywords.get("copy", True) else value
        elif isinstance(value, list | tuple) and _has_terms(value):
            new = joining.symbolic(session, list(value))
        else:
            return original(value, *args, **keywords)
        dtype = keywords.get("dtype", args[0] if args else None)
        new = new if _is_real(dtype) or new.is_numeric else new.astype(dtype)
        return new[(None,) * max(keywords.get("ndmin", 0) - new.ndim, 0)]

    return made


def _has_terms(values: Any) -> bool:
    return any(
        _has_terms(v)
        if isinstance(v, list | tuple)
        else isinstance(v, FieldArray) or interface.is_symbol(v) or interface.is_expr(v)
        for v in values
    )


def _for_symbolic(original: Any, own: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that goes another way where an argument is symbolic."""

    def made(*args: Any, **keywords: Any) -> Any:
        given = [v for v in (*args, *keywords.values()) if isinstance(v, FieldArray)]
        return own(*args, **keywords) if any(not v.is_numeric for v in given) else original(*args, **keywords)

    return made


def _of_lists(session: Session, original: Any) -> Callable[..., Any]:
    """Return a function that takes a list of terms or symbolic arrays for an array, which NumPy would not notice."""

    def made(*args: Any, **keywords: Any) -> Any:
        if args and isinstance(args[0], list | tuple) and _has_terms(args[0]):
            return original(joining.symbolic(session, list(args[0])), *args[1:], **keywords)
        return original(*args, **keywords)

    return made


def _own_functions(session: Session) -> dict[str, Any]:
    """Return NumPy's functions that are others for the program, by name."""
    own: dict[str, Any] = {n: _of_lists(session, getattr(np, n)) for n in _OF_ARRAYS}
    for name, value in (("zeros", 0.0), ("empty", 0.0), ("ones", 1.0), ("full", None)):
        own[name] = _maker(session, getattr(np, name), value)
        own[f"{name}_like"] = _maker_like(session, getattr(np, f"{name}_like"), value)
    for name in "array asarray asanyarray ascontiguousarray asfortranarray".split():
        own[name] = _reader(session, getattr(np, name), name == "array")
    own["ndarray"] = _ArrayType
    own["isscalar"] = lambda element: np.isscalar(element) or interface.is_symbol(element) or interface.is_expr(element)
    own["r_"], own["c_"] = _Rows(session, np.r_, False), _Rows(session, np.c_, True)
    return own


def _replacements() -> list[tuple[Any, str, Any]]:
    """Return modules and classes of SciPy, names in them, and what stands there during the call.

    Each of these goes another way for symbolic arrays only, so others who call them see no difference.
    """
    found: list[tuple[Any, str, Any]] = []
    ndimage, signal = sys.modules.get("scipy.ndimage"), sys.modules.get("scipy.signal")
    if ndimage is not None:
        names = "laplace convolve correlate convolve1d correlate1d uniform_filter gaussian_filter".split()
        found += [(ndimage, n, _for_symbolic(getattr(ndimage, n), getattr(filters, n))) for n in names]
    if signal is not None:
        found.append((signal, "convolve2d", _for_symbolic(signal.convolve2d, filters.convolve2d)))
    for module, name in (("scipy.sparse._base", "_spbase"), ("scipy.sparse._coo", "_coo_base")):
        cls = getattr(sys.modules.get(module), name, None)
        for method in ("_matmul_dispatch", "dot"):
            if method in vars(cls or object):
                own = products.dot if method == "dot" else products.multiply_matrices
                found.append((cls, method, _for_symbolic(getattr(cls, method), own)))
    return found


def _functions(function: Callable[..., Any]) -> list[FunctionType]:
    """Return a function and those of the user's that it calls, as far as names and closures tell."""
    found: list[FunctionType] = []
    waiting: list[Any] = [function]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, partial):
            waiting.append(one.func)
        one = getattr(one, "py_func", getattr(one, "__func__", one))
        one = one if isinstance(one, FunctionType) else getattr(type(one), "__call__", None)  # noqa: B004
        if not isinstance(one, FunctionType) or id(one) in seen or _is_inside(one.__module__):
            continue
        seen.add(id(one))
        found.append(one)
        names = [one.__globals__[n] for n in one.__code__.co_names if n in one.__globals__]
        waiting += [n for n in names if callable(n)]
        for module in (n for n in names if isinstance(n, ModuleType) and not _is_inside(n.__name__)):
            waiting += [vars(module)[n] for n in one.__code__.co_names if n in vars(module)]
        waiting += [c.cell_contents for c in one.__closure__ or () if _is_filled(c)]
    return found


def _is_inside(name: str | None) -> bool:
    return (name or "").partition(".")[0] in _INSIDE


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


class _Tracing:
    """Makes symbolic arrays of terms and arrays of numbers, which know nothing of the tracing themselves."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def universal(self, ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Return a universal function of terms and arrays of numbers."""
        return apply_universal(ufunc, method, inputs, keywords, self._session)

    def function(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return another function of NumPy of terms and arrays of numbers."""
        return apply_array_function(function, args, kwargs, self._session)


class _Matrix(np.ndarray[Any, np.dtype[Any]]):
    """A matrix of numbers whose method ``dot`` knows symbolic arrays."""

    def dot(self, b: Any, *args: Any, **keywords: Any) -> Any:
        """Return the matrix product."""
        if isinstance(b, FieldArray) and not b.is_numeric:
            return products.multiply_matrices(np.asarray(self), b)
        return super().dot(b, *args, **keywords)


class _AnyArray(type):
    """What ``isinstance(u, np.ndarray)`` asks during the call."""

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, np.ndarray | FieldArray)


class _ArrayType(np.ndarray[Any, np.dtype[Any]], metaclass=_AnyArray):
    """``np.ndarray`` for the program: symbolic arrays are arrays too."""


class _Rows:
    """What ``np.r_`` and ``np.c_`` are for the program: they join symbolic arrays too."""

    def __init__(self, session: Session, original: Any, columns: bool) -> None:
        self._session, self._original, self._columns = session, original, columns

    def __getitem__(self, key: Any) -> Any:
        given = key if isinstance(key, tuple) else (key,)
        if not _has_terms(given):
            return self._original[key]
        parts = [np.r_[k] if isinstance(k, slice) else joining.symbolic(self._session, k) for k in given]
        wide = [joining.symbolic(self._session, p) for p in parts]
        wide = [p if p.ndim else p.reshape(1) for p in wide]
        if self._columns:
            return joining.concatenate(self._session, [p[:, None] if p.ndim == 1 else p for p in wide], -1)
        return joining.concatenate(self._session, wide, 0)


def _stand_in(value: Any, instead: dict[int, Any], has_dot: bool, buffers: Session | None = None) -> Any:
    """Return what stands for a global name or one of an enclosing function during the call; None for itself."""
    if id(value) in instead:
        return instead[id(value)]
    if buffers is not None and type(value) is np.ndarray and value.dtype == float and value.flags.writeable:
        return _buffer(buffers, value, instead)
    if has_dot and type(value) is np.ndarray and value.ndim == 2 and value.dtype.kind in "iuf":
        return value.view(_Matrix)
    # What Numba has compiled knows no symbols; the function that it was made of does.
    return getattr(value, "py_func", None) if type(value).__module__.startswith("numba") else None


def _buffer(session: Session, array: NDArray[Any], instead: dict[int, Any]) -> Any:
    """Return an array of numbers into which terms may be written; views of one array stay views of one."""
    whole = array
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    if whole.dtype != float or not whole.flags.c_contiguous or whole.base is not None:
        return None
    if id(whole) not in instead:
        memory = Memory(session, whole.shape, numbers=whole.copy())
        instead[id(whole)] = FieldArray(memory, memory.frame)
    memory = instead[id(whole)].memory
    start = (array.__array_interface__["data"][0] - whole.__array_interface__["data"][0]) // 8
    flat = memory.frame.reshape(-1)[start:]
    return FieldArray(memory, np.lib.stride_tricks.as_strided(flat, array.shape, array.strides))


def _owners(function: Any) -> list[dict[str, Any]]:
    """Return the attributes of the object whose method a program is, or that is called itself."""
    while isinstance(function, partial):
        function = function.func
    owners = [o for o in (getattr(function, "__self__", None), function) if hasattr(o, "__dict__")]
    return [vars(o) for o in owners if not isinstance(o, type | FunctionType | ModuleType)]


@contextmanager
def substituted(session: Session, function: Callable[..., Any], buffers: bool = False) -> Iterator[None]:
    """Let a function find functions that know symbolic arrays under NumPy's and SciPy's names.

    NumPy's makers of arrays are others in the modules of the function, and of those that it calls, alone. Everything
    is put back at the end. With `buffers`, arrays of floats that are there before the call can be written into.
    """
    own_arrays = session if buffers else None
    undo: list[Callable[[], None]] = []
    token = tracing_of_arrays.set(_Tracing(session))
    own = _own_functions(session)
    instead: dict[int, Any] = {id(getattr(np, name)): new for name, new in own.items()}
    instead[id(np)] = _Numpy(own)
    try:
        for owner, name, new in _replacements():
            old = getattr(owner, name)
            instead[id(old)] = new
            setattr(owner, name, new)
            undo.append(partial(setattr, owner, name, old))
        for one in _functions(function):
            names, has_dot = one.__globals__, "dot" in one.__code__.co_names
            for name, value in list(names.items()):
                is_named = name in one.__code__.co_names
                new = _stand_in(value, instead, has_dot and is_named, own_arrays if is_named else None)
                if new is not None:
                    undo.append(partial(names.__setitem__, name, value))
                    names[name] = new
            for cell in one.__closure__ or ():
                new = _stand_in(cell.cell_contents, instead, has_dot, own_arrays) if _is_filled(cell) else None
                if new is not None:
                    undo.append(partial(setattr, cell, "cell_contents", cell.cell_contents))
                    cell.cell_contents = new
        for attributes in _owners(function) if buffers else []:
            for name, value in list(attributes.items()):
                new = _stand_in(value, instead, False, own_arrays) if isinstance(value, np.ndarray) else None
                if new is not None:
                    undo.append(partial(attributes.__setitem__, name, value))
                    attributes[name] = new
        yield
    finally:
        tracing_of_arrays.reset(token)
        for step in reversed(undo):
            step()
