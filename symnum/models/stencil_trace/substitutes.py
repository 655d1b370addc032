"""During one call, NumPy's and SciPy's functions that know no symbolic arrays are replaced by ones that do."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from symnum.models.stencil_trace import filters, joining, products
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.dispatch import zeros
from symnum.models.stencil_trace.elementwise import as_field_array, session_of
from symnum.models.stencil_trace.session import Session
from symnum.terms import interface

__all__ = ["substituted"]

_INSIDE = ("numpy", "scipy", "symnum", "rewriters", "codegen")
"""Packages whose own calls are left alone."""


def _is_users_call(depth: int = 2) -> bool:
    name = sys._getframe(depth).f_globals.get("__name__", "")
    return name.partition(".")[0] not in _INSIDE or name.startswith("symnum.models.library")


def _maker(session: Session, original: Any, value: Any) -> Callable[..., Any]:
    """Return zeros, ones, empty or full, whose results terms can be written into."""
    thread = threading.get_ident()

    def made(shape: Any, *args: Any, **keywords: Any) -> Any:
        dtype = keywords.get("dtype", args[1 if value is None else 0] if len(args) > (value is None) else None)
        if not _is_users_call() or threading.get_ident() != thread or not _is_real(dtype) or "like" in keywords:
            return original(shape, *args, **keywords)
        return zeros(session, shape, (args[0] if args else keywords["fill_value"]) if value is None else value)

    return made


def _is_real(dtype: Any) -> bool:
    return dtype is None or dtype is object or np.dtype(dtype).kind == "f"


def _maker_like(session: Session, original: Any, value: Any) -> Callable[..., Any]:
    thread = threading.get_ident()

    def made(a: Any, *args: Any, **keywords: Any) -> Any:
        is_plain = isinstance(a, np.ndarray) and _is_real(keywords.get("dtype", a.dtype))
        if not is_plain or not _is_users_call() or threading.get_ident() != thread:
            return original(a, *args, **keywords)
        fill = (args[0] if args else keywords["fill_value"]) if value is None else value
        return zeros(session, keywords.get("shape") or a.shape, fill)

    return made


def _reader(session: Session, original: Any, copies: bool) -> Callable[..., Any]:
    """Return array and asarray, which leave symbolic arrays what they are and join lists of them."""

    def made(value: Any, *args: Any, **keywords: Any) -> Any:
        if not _is_users_call():
            return original(value, *args, **keywords)
        if isinstance(value, FieldArray):
            return joining.copy(value) if copies else value
        if isinstance(value, list | tuple) and _has_terms(value):
            return as_field_array(session, value) if session_of(value) else joining.symbolic(session, list(value))
        return original(value, *args, **keywords)

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


def _replacements(session: Session) -> list[tuple[Any, str, Any]]:
    """Return namespaces, names and what stands there during the call."""
    found: list[tuple[Any, str, Any]] = []
    for name, value in (("zeros", 0.0), ("empty", 0.0), ("ones", 1.0), ("full", None)):
        found.append((np, name, _maker(session, getattr(np, name), value)))
        like = f"{name}_like"
        found.append((np, like, _maker_like(session, getattr(np, like), value)))
    names = "array asarray asanyarray ascontiguousarray asfortranarray".split()
    found += [(np, n, _reader(session, getattr(np, n), n == "array")) for n in names]
    ndimage, signal = sys.modules.get("scipy.ndimage"), sys.modules.get("scipy.signal")
    if ndimage is not None:
        names = "laplace convolve correlate convolve1d correlate1d uniform_filter".split()
        found += [(ndimage, n, _for_symbolic(getattr(ndimage, n), getattr(filters, n))) for n in names]
    if signal is not None:
        found.append((signal, "convolve2d", _for_symbolic(signal.convolve2d, filters.convolve2d)))
    base = sys.modules.get("scipy.sparse._base")
    if base is not None:
        for name in ("_matmul_dispatch", "dot"):
            cls = base._spbase
            found.append((cls, name, _for_symbolic(getattr(cls, name), products.multiply_matrices)))
    return found


def _namespaces(function: Callable[..., Any]) -> list[dict[str, Any]]:
    """Return the global names of a function and of the functions that it calls."""
    found: list[dict[str, Any]] = []
    waiting: list[Any] = [function]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        one = getattr(one, "__func__", getattr(one, "func", one))
        if not isinstance(one, FunctionType) or id(one) in seen:
            continue
        seen.add(id(one))
        name = one.__globals__.get("__name__", "")
        if name.partition(".")[0] in _INSIDE:
            continue
        if all(one.__globals__ is not other for other in found):
            found.append(one.__globals__)
        waiting += [one.__globals__[n] for n in one.__code__.co_names if n in one.__globals__]
        waiting += [c.cell_contents for c in one.__closure__ or () if _is_filled(c)]
    return found


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


@contextmanager
def substituted(session: Session, function: Callable[..., Any]) -> Iterator[None]:
    """Let a function find functions that know symbolic arrays under NumPy's and SciPy's names.

    Only calls from outside NumPy, SciPy and this package see a difference, and everything is put back at the end.
    """
    undo: list[Callable[[], None]] = []
    by_identity = {}
    try:
        for owner, name, new in _replacements(session):
            old = getattr(owner, name)
            by_identity[id(old)] = new
            setattr(owner, name, new)
            undo.append(partial(setattr, owner, name, old))
        for names in _namespaces(function):
            for name, value in list(names.items()):
                if id(value) in by_identity and not isinstance(value, ModuleType):
                    names[name] = by_identity[id(value)]
                    undo.append(partial(names.__setitem__, name, value))
        yield
    finally:
        for step in reversed(undo):
            step()
