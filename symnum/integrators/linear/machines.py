"""The three kernels of dense linear algebra that fronts are eliminated and solved with, compiled once each.

`..._machine` are the entry points; `subtract_...` call them by address from other compiled code.
"""

from typing import Any

from symnum.compiling.pointers import called
from symnum.integrators.addresses import offset
from symnum.integrators.compiled import compiled_callback, compiled_intrinsic
from symnum.integrators.linear.tiles import dots, tile
from symnum.integrators.linear.vectors import kinds_of, vector_lanes

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

_large_tile = tile(TILE_ROWS, TILE_VECTORS, False)
_edge_tile = tile(TILE_ROWS, EDGE_VECTORS, True)
_row_tile = tile(1, ROW_VECTORS, False)
_row_edge = tile(1, EDGE_VECTORS, True)
_eight_dots = dots(8)
_one_dot = dots(1)


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


@compiled_intrinsic("int32", "int64", *kinds_of("iiipipiipi"))
def subtract_product(
    builder: Any, address: Any, m: Any, n: Any, k: Any, c: Any, ldc: Any, a: Any, down: Any, lda: Any, b: Any,
    ldb: Any,
) -> Any:  # fmt: skip
    """Call `product_machine` at its address."""
    return called(builder, address, m, n, k, c, ldc, a, down, lda, b, ldb)


@compiled_intrinsic("int32", "int64", *kinds_of("iippipi"))
def subtract_columns(
    builder: Any, address: Any, n: Any, k: Any, c: Any, a: Any, lda: Any, b: Any, ldb: Any
) -> Any:
    """Call `columns_machine` at its address."""
    return called(builder, address, n, k, c, a, lda, b, ldb)


@compiled_intrinsic("int32", "int64", *kinds_of("iippip"))
def subtract_rows(builder: Any, address: Any, m: Any, n: Any, c: Any, a: Any, lda: Any, b: Any) -> Any:
    """Call `rows_machine` at its address."""
    return called(builder, address, m, n, c, a, lda, b)
