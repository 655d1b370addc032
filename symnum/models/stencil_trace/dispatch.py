"""Calls of NumPy's functions with symbolic arrays: which form they take, what is refused."""

from typing import Any

import numpy as np

from symnum.errors import UnsupportedError
from symnum.models.stencil_trace.arrays import FieldArray
from symnum.models.stencil_trace.elementwise import is_symbolic, session_of
from symnum.models.stencil_trace.function_table import FUNCTIONS, written_into
from symnum.models.stencil_trace.session import Session

__all__ = ["apply_array_function"]

_LIKE = frozenset({np.zeros_like, np.empty_like, np.ones_like, np.full_like})
_AS_WRITTEN = frozenset({np.cross, np.ix_})
"""What NumPy's own code does with symbolic arrays."""


def apply_array_function(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], session: Session | None = None
) -> Any:
    """Return a function of NumPy applied to arrays of which one is symbolic.

    Raises
    ------
    UnsupportedError
        If it is not known for symbolic arrays.
    """
    session = session_of(*args, *kwargs.values()) or session
    assert session is not None
    own = FUNCTIONS.get(function)
    if own is not None:
        return _called(session, function, own, args, kwargs)
    if all_numeric([*args, *kwargs.values()]):
        return function(*[_numbers(a) for a in args], **{k: _numbers(v) for k, v in kwargs.items()})
    if function in _AS_WRITTEN and hasattr(function, "_implementation"):
        return function._implementation(*args, **kwargs)
    name = f"{getattr(function, '__module__', 'numpy')}.{function.__name__}"
    session.refusal = UnsupportedError(
        f"{name} has no form for symbolic arrays; write it with slices, sums and np.where"
    )
    raise session.refusal


_WITHOUT_EFFECT = frozenset("casting subok optimize dtype".split())
"""Keywords of NumPy's functions that change no value of real numbers; dtype is looked at first."""


def _called(session: Session, function: Any, own: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Call a function for symbolic arrays; what it does not take is refused, never passed over."""
    name = getattr(function, "__name__", "function")
    if function in _LIKE and kwargs.get("dtype") is not None and np.dtype(kwargs["dtype"]).kind in "biu":
        return function(np.empty(np.shape(args[0])), *args[1:], **kwargs)  # a mask, or whole numbers
    dtype = kwargs.get("dtype")
    if dtype is not None and np.dtype(dtype).kind not in "fb":
        raise UnsupportedError(f"np.{name} of symbolic arrays gives floats, not {np.dtype(dtype)}")
    if isinstance(kwargs.get("out"), np.ndarray):
        session.wanted_numbers = True
        raise UnsupportedError(f"np.{name} writes into an array of numbers; make out= with np.zeros_like(u)")
    kept = {k: v for k, v in kwargs.items() if k not in _WITHOUT_EFFECT and v is not np._NoValue}
    out = kept.pop("out", None)
    try:
        result = own(session, *args, **kept)
    except TypeError as error:
        if "unexpected keyword" not in str(error) and "positional argument" not in str(error):
            raise
        told = str(error).partition("()")[2].strip()
        raise UnsupportedError(
            f"np.{name} of symbolic arrays does not take all of this ({told}); write it with slices, sums and np.where"
        ) from error
    return written_into(out, result)


def all_numeric(values: Any) -> bool:
    """Tell whether no symbolic array is among values and within lists."""
    return all(all_numeric(v) if isinstance(v, list | tuple) else not is_symbolic(v) for v in values)


def _numbers(value: Any) -> Any:
    if isinstance(value, FieldArray):
        return value.geometry
    return type(value)(_numbers(v) for v in value) if type(value) in (list, tuple) else value
