"""The three kernels of dense linear algebra that fronts are eliminated and solved with, compiled once each.

`..._machine` are the entry points; `subtract_...` call them by address from other compiled code.
"""

from typing import Any

from symnum.integrators.addresses import offset
from symnum.integrators.compiled import compiled_callback, compiled_intrinsic
from symnum.integrators.linear.tiles import dots, tile
from symnum.integrators.linear.vectors import argument_types, vector_lanes

__all__ = [
    "columns_machine",
    "product_machine",
    "rows_machine",
    "subtract_columns",
    "subtract_product",
    "subtract_rows",
]

#: Rows and vectors of the large tile, vectors of the one at the right edge, vectors of the single row.
TILE_ROWS, TILE_VECTORS, EDGE_VECTORS, ROW_VECTORS = 4, 4, 2, 8

_large_tile = compiled_intrinsic(tile(TILE_ROWS, TILE_VECTORS, False))
_edge_tile = compiled_intrinsic(tile(TILE_ROWS, EDGE_VECTORS, True))
_row_tile = compiled_intrinsic(tile(1, ROW_VECTORS, False))
_row_edge = compiled_intrinsic(tile(1, EDGE_VECTORS, True))
_eight_dots = compiled_intrinsic(dots(8))
_one_dot = compiled_intrinsic(dots(1))


@compiled_callback("int32(int64, int64, CPointer(float64), CPointer(float64), int64, CPointer(float64))")
def rows_machine(m, n, c, a, lda, b):  # type: ignore[no-untyped-def]
    """c[i] -= sum over j < n of a[i*lda + j] * b[j], for i < m."""
    if m == 1:
        _one_dot(n, 1, c, a, lda, b)
    else:
        for i in range(0, m, 8):
            _eight_dots(n, min(8, m - i), offset(c, i), offset(a, i * lda), lda, b)
    return 0


@compiled_callback(
    "int32(int64, int64, int64, CPointer(float64), int64, CPointer(float64), int64, int64, CPointer(float64), int64)"
)
def product_machine(m, n, k, c, ldc, a, down, lda, b, ldb):  # type: ignore[no-untyped-def]
    """C -= A B with C (m, n) and B (k, n) by rows, ldc and ldb apart, and A[i, q] at a[i*down + q*lda]."""
    wide = TILE_VECTORS * vector_lanes()
    narrow = EDGE_VECTORS * vector_lanes()
    j = 0
    while j < n:
        large = n - j >= wide
        step = wide if large else min(narrow, n - j)
        for i in range(0, m, TILE_ROWS):
            here = min(TILE_ROWS, m - i)
            if large:
                _large_tile(
                    k,
                    here,
                    step,
                    offset(c, i * ldc + j),
                    ldc,
                    offset(a, i * down),
                    down,
                    lda,
                    offset(b, j),
                    ldb,
                )
            else:
                _edge_tile(
                    k,
                    here,
                    step,
                    offset(c, i * ldc + j),
                    ldc,
                    offset(a, i * down),
                    down,
                    lda,
                    offset(b, j),
                    ldb,
                )
        j += step
    return 0


@compiled_callback(
    "int32(int64, int64, CPointer(float64), CPointer(float64), int64, CPointer(float64), int64)"
)
def columns_machine(n, k, c, a, lda, b, ldb):  # type: ignore[no-untyped-def]
    """c[:n] -= sum over q < k of a[q*lda] * b[q*ldb : q*ldb + n]."""
    wide = ROW_VECTORS * vector_lanes()
    narrow = EDGE_VECTORS * vector_lanes()
    j = 0
    while n - j >= wide:
        _row_tile(k, 1, wide, offset(c, j), 0, a, 0, lda, offset(b, j), ldb)
        j += wide
    while j < n:
        step = min(narrow, n - j)
        _row_edge(k, 1, step, offset(c, j), 0, a, 0, lda, offset(b, j), ldb)
        j += step
    return 0


def _call_of(kinds: str) -> Any:
    """Return the generator of a call: `kinds` spells the arguments, i for int64 and p for a pointer to float64."""
    from llvmlite import ir
    from numba import types

    def generate(ctx: Any, builder: Any, _: Any, values: Any) -> Any:
        function = ir.FunctionType(ir.IntType(32), [v.type for v in values[1:]])
        return builder.call(builder.inttoptr(values[0], function.as_pointer()), values[1:])

    return types.int32(types.int64, *argument_types(kinds)), generate


@compiled_intrinsic
def subtract_product(
    typing: Any, address: Any, m: Any, n: Any, k: Any, c: Any, ldc: Any, a: Any, down: Any, lda: Any, b: Any,
    ldb: Any,
) -> Any:  # fmt: skip
    """Call `product_machine` at its address."""
    return _call_of("iiipipiipi")


@compiled_intrinsic
def subtract_columns(
    typing: Any, address: Any, n: Any, k: Any, c: Any, a: Any, lda: Any, b: Any, ldb: Any
) -> Any:
    """Call `columns_machine` at its address."""
    return _call_of("iippipi")


@compiled_intrinsic
def subtract_rows(typing: Any, address: Any, m: Any, n: Any, c: Any, a: Any, lda: Any, b: Any) -> Any:
    """Call `rows_machine` at its address."""
    return _call_of("iippip")
