"""Arithmetic of PTX instructions on arrays, one element for each thread; fused operations round once."""

import ctypes
import functools
from typing import Any

import numpy as np

from codegen.native import LoadedObject, object_code

_WHOLE = (("u", "u"), ("s", "i"), ("b", "u"))

#: NumPy's types of PTX's.
TYPES: dict[str, Any] = {
    **{f"{kind}{bits}": np.dtype(f"<{letter}{bits // 8}") for bits in (16, 32, 64) for kind, letter in _WHOLE},
    "f32": np.dtype("<f4"), "f64": np.dtype("<f8"), "pred": np.dtype(bool),
}  # fmt: skip
_FUSED = """
define void @{name}(i64 %n, ptr %a, ptr %b, ptr %c, ptr %out) {{
  br label %head
head:
  %i = phi i64 [0, %0], [%j, %head]
  %pa = getelementptr {kind}, ptr %a, i64 %i
  %pb = getelementptr {kind}, ptr %b, i64 %i
  %pc = getelementptr {kind}, ptr %c, i64 %i
  %po = getelementptr {kind}, ptr %out, i64 %i
  %x = load {kind}, ptr %pa
  %y = load {kind}, ptr %pb
  %z = load {kind}, ptr %pc
  %v = call {kind} @llvm.fma.{end}({kind} %x, {kind} %y, {kind} %z)
  store {kind} %v, ptr %po
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %n
  br i1 %more, label %head, label %end
end:
  ret void
}}
declare {kind} @llvm.fma.{end}({kind}, {kind}, {kind})
"""
_COMPARE = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "lo": np.less, "ls": np.less_equal, "hi": np.greater, "hs": np.greater_equal,
}  # fmt: skip
_ROUND = {"rni": np.rint, "rzi": np.trunc, "rmi": np.floor, "rpi": np.ceil}


@functools.cache
def _fused_code() -> Any:
    text = _FUSED.format(name="fma64", kind="double", end="f64") + _FUSED.format(name="fma32", kind="float", end="f32")
    code = LoadedObject.load(object_code(text))
    kind = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * 4)
    return code, {8: kind(code.address("fma64")), 4: kind(code.address("fma32"))}


def fused(a: Any, b: Any, c: Any) -> Any:
    """Return a*b + c, rounded once."""
    kind = np.result_type(a, b, c)
    a, b, c = (np.ascontiguousarray(v, kind) for v in np.broadcast_arrays(a, b, c))
    out = np.empty_like(a)
    if a.size:
        _fused_code()[1][kind.itemsize](a.size, *(v.ctypes.data for v in (a, b, c, out)))
    return out


def _fused_down(a: Any, b: Any, c: Any) -> Any:
    """Return a*b + c of single precision, rounded down: the product is exact in double precision."""
    product, c = a.astype(np.float64) * b, np.asarray(c, np.float64)
    total = product + c
    back = total - product
    lost = (product - (total - back)) + (c - back)
    out = total.astype(np.float32)
    above = (out > total) | ((out == total) & (lost < 0.0))
    return np.where(above & np.isfinite(out), np.nextafter(out, np.float32(-np.inf)), out)


def binary(name: str, parts: list[str], a: Any, b: Any, kind: Any) -> Any:
    """Add, subtract, multiply, ... two arrays of one type."""
    if name == "div":
        return a / b if kind.kind == "f" else a // b
    if name in ("min", "max"):
        if kind.kind == "f":
            return np.fmin(a, b) if name == "min" else np.fmax(a, b)
        return np.minimum(a, b) if name == "min" else np.maximum(a, b)
    if name == "copysign":
        return np.copysign(b, a)
    if name == "rem":
        return a % b
    if name == "mul":
        return multiply(parts, a, b, kind)
    return {"add": np.add, "sub": np.subtract, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}[name](
        a, b
    )


def multiply(parts: list[str], a: Any, b: Any, kind: Any) -> Any:
    """Multiply; of whole numbers the low half, the high half or all of the product."""
    if kind.kind == "f" or "lo" in parts:
        return a * b
    wide = np.dtype(f"<{kind.kind}8")
    if "wide" in parts:
        return a.astype(wide) * b.astype(wide)
    if "hi" not in parts:
        raise NotImplementedError(f"mul.{'.'.join(parts)}")
    if kind.itemsize == 4:
        return (a.astype(wide) * b.astype(wide) >> wide.type(32)).astype(kind)
    return _high(a.astype("<u8"), b.astype("<u8"), a, b, kind)


def _high(x: Any, y: Any, a: Any, b: Any, kind: Any) -> Any:
    """High 64 bits of a product of 64-bit numbers."""
    half, mask = np.uint64(32), np.uint64(0xFFFFFFFF)
    xl, xh, yl, yh = x & mask, x >> half, y & mask, y >> half
    middle = (xl * yl >> half) + (xh * yl & mask) + (xl * yh & mask)
    high = xh * yh + (xh * yl >> half) + (xl * yh >> half) + (middle >> half)
    if kind.kind == "i":
        high = high - np.where(a < 0, y, np.uint64(0)) - np.where(b < 0, x, np.uint64(0))
    return high.view(kind)


def unary(name: str, parts: list[str], a: Any, kind: Any) -> Any:
    """Functions of one array."""
    if name == "neg":
        return -a if kind.kind != "u" else (0 - a)
    if name == "rcp":
        found = kind.type(1.0) / a
        # The approximation has the upper half of the digits.
        return (
            (found.view("<u8") & np.uint64(0xFFFFFFFF00000000)).view("<f8")
            if "approx" in parts and kind.itemsize == 8
            else found
        )
    if name == "rsqrt":
        return (1.0 / np.sqrt(a)).astype(kind)
    if name == "ex2":
        return np.exp2(a.astype(np.float64)).astype(kind)
    if name == "lg2":
        return np.log2(a.astype(np.float64)).astype(kind)
    if name == "not":
        return ~a
    if name == "clz":
        return np.array([8 * kind.itemsize - int(v).bit_length() for v in a.ravel()], "<u4")
    if name == "popc":
        return np.array([int(v).bit_count() for v in a.ravel()], "<u4")
    return {"abs": np.abs, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos}[name](a)


def combined(name: str, parts: list[str], a: Any, b: Any, c: Any, kind: Any) -> Any:
    """Functions of three arrays."""
    if name == "fma":
        if "rm" in parts:
            return _fused_down(a, b, c)
        if not {"rn", "f64", "f32"} & set(parts) or {"rp", "rz"} & set(parts):
            raise NotImplementedError(f"fma.{'.'.join(parts)}")
        return fused(a, b, c)
    if name == "mad":
        return multiply(parts, a, b, kind) + c
    if name == "bfe":
        length = np.minimum(c.astype(np.int64), 8 * kind.itemsize)
        mask = np.where(length >= 64, -1, (np.int64(1) << np.minimum(length, 62)) - 1).astype("<u8")
        return ((a.astype("<u8") >> b.astype("<u8")) & mask).astype(kind)
    if name == "shf":
        both = (b.astype("<u8") << np.uint64(32)) | a.astype("<u8")
        by = (c & np.uint32(31)).astype("<u8") if "wrap" in parts else np.minimum(c, 32).astype("<u8")
        return ((both << by) >> np.uint64(32) if "l" in parts else both >> by).astype("<u4")
    raise NotImplementedError(name)


def shift(name: str, a: Any, b: Any, kind: Any) -> Any:
    """Shift; by more than there are digits gives 0, or the sign."""
    bits = 8 * kind.itemsize
    many = b >= bits
    by = np.where(many, bits - 1, b).astype(kind)
    if name == "shl":
        return np.where(many, kind.type(0), a << by)
    found = a >> by
    return found if kind.kind == "i" else np.where(many, kind.type(0), found)


def compare(relation: str, a: Any, b: Any, kind: Any) -> Any:
    """Compare; relations that end in u hold where a number is NaN."""
    if kind.kind != "f":
        return _COMPARE[relation](a, b)
    if relation in ("num", "nan"):
        return (np.isnan(a) | np.isnan(b)) ^ (relation == "num")
    if relation in _COMPARE:
        return _COMPARE[relation](a, b) & ~(np.isnan(a) | np.isnan(b))
    return _COMPARE[relation.removesuffix("u")](a, b) | np.isnan(a) | np.isnan(b)


def convert(parts: list[str], a: Any, to: Any) -> Any:
    """Convert numbers."""
    source = a.dtype
    mode = next((p for p in parts if p in _ROUND), None)
    if source.kind == "f" and to.kind in "iu":
        whole = _ROUND[mode or "rzi"](a.astype(np.float64))
        limits = np.iinfo(to)
        low, high = float(limits.min), float(limits.max)
        inside = np.where(np.isnan(whole), 0.0, np.clip(whole, low, high))
        out = np.where(inside >= high, 0.0, inside).astype(to)
        return np.where(inside >= high, limits.max, out).astype(to)
    if to.kind == "f":
        found = _ROUND[mode](a) if mode else a
        found = found.astype(to)
        return (
            np.clip(np.where(np.isnan(found), to.type(0), found), to.type(0), to.type(1)) if "sat" in parts else found
        )
    return a.astype(to)
