"""Register tiles: C -= A B on a few rows and vectors of C that stay in registers over the whole inner sum.

Written as vector instructions because a compiler left to find them needs freedom to regroup sums (different bits from
call to call) and proofs that rows do not overlap (slow to compile). The order of the sum is fixed: k ascending.
"""

from typing import Any

from symnum.integrators.addresses import offset
from symnum.integrators.compiled import compiled_callback, compiled_intrinsic

__all__ = [
    "add_expanded",
    "columns_machine",
    "product_machine",
    "rows_machine",
    "subtract_columns",
    "subtract_product",
    "subtract_rows",
    "vector_lanes",
]

#: Rows and vectors of the large tile, vectors of the one at the right edge, vectors of the single row.
TILE_ROWS, TILE_VECTORS, EDGE_VECTORS, ROW_VECTORS = 4, 4, 2, 8


def _lanes() -> int:
    """Return the float64 numbers in one vector register of this processor."""
    import llvmlite.binding as llvm

    return 8 if llvm.get_host_cpu_features().get("avx512f") else 4


class _Vectors:
    """Vector loads, stores and multiply-adds in one block of code; with a mask where columns end early."""

    def __init__(self, builder: Any, valid: Any, count: int) -> None:
        from llvmlite import ir

        self.ir, self.builder, self.lanes = ir, builder, _lanes()
        self.type = ir.VectorType(ir.DoubleType(), self.lanes)
        self.masks = [self._mask(valid, v) if valid is not None else None for v in range(count)]

    def _mask(self, valid: Any, v: int) -> Any:
        ir, lanes = self.ir, self.lanes
        numbers = ir.Constant(ir.VectorType(ir.IntType(64), lanes), list(range(v * lanes, (v + 1) * lanes)))
        return self.builder.icmp_signed("<", numbers, self.splat(valid))

    def splat(self, value: Any) -> Any:
        ir = self.ir
        vector = ir.VectorType(value.type, self.lanes)
        one = self.builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)

    def _place(self, pointer: Any, v: int) -> Any:
        moved = self.builder.gep(pointer, [self.ir.IntType(64)(v * self.lanes)])
        return self.builder.bitcast(moved, self.type.as_pointer())

    def _masked(self, name: str, result: Any, *arguments: Any) -> Any:
        kind = self.ir.FunctionType(result, [a.type for a in arguments])
        module = self.builder.module
        function = module.globals.get(name) or self.ir.Function(module, kind, name)
        return self.builder.call(function, arguments)

    def load(self, pointer: Any, v: int) -> Any:
        place = self._place(pointer, v)
        if self.masks[v] is None:
            value = self.builder.load(place)
            value.align = 8
            return value
        name = f"llvm.masked.load.v{self.lanes}f64.p0"
        return self._masked(name, self.type, place, self.ir.IntType(32)(8), self.masks[v], self.zeros())

    def store(self, value: Any, pointer: Any, v: int) -> None:
        place = self._place(pointer, v)
        if self.masks[v] is None:
            self.builder.store(value, place).align = 8
            return
        name = f"llvm.masked.store.v{self.lanes}f64.p0"
        self._masked(name, self.ir.VoidType(), value, place, self.ir.IntType(32)(8), self.masks[v])

    def prefetch(self, pointers: list[Any], count: int) -> None:
        """Ask for what the next tile is going to load."""
        ir = self.ir
        integer = ir.IntType(32)
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, integer, integer, integer])
        name = "llvm.prefetch.p0"
        function = self.builder.module.globals.get(name) or ir.Function(self.builder.module, kind, name)
        for pointer in pointers:
            for v in range(count):
                moved = self.builder.gep(pointer, [ir.IntType(64)(v * self.lanes)])
                self.builder.call(
                    function, [self.builder.bitcast(moved, byte), integer(1), integer(3), integer(1)]
                )

    def zeros(self) -> Any:
        return self.ir.Constant(self.type, [0.0] * self.lanes)

    def total(self, value: Any) -> Any:
        """Sum of the lanes, by halves."""
        ir = self.ir
        nothing = ir.Constant(self.type, ir.Undefined)
        half = self.lanes // 2
        while half:
            places = [(i + half) % self.lanes for i in range(self.lanes)]
            turned = self.builder.shuffle_vector(
                value, nothing, ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), places)
            )
            value = self.builder.fadd(value, turned)
            half //= 2
        return self.builder.extract_element(value, ir.IntType(32)(0))

    def add_product(self, c: Any, a: Any, b: Any) -> Any:
        """c + a*b, fused where the processor can."""
        kind = self.ir.FunctionType(self.type, [self.type] * 3)
        name = f"llvm.fmuladd.v{self.lanes}f64"
        function = self.builder.module.globals.get(name) or self.ir.Function(self.builder.module, kind, name)
        return self.builder.call(function, [a, b, c])


def _tile(rows: int, vectors: int, masked: bool) -> Any:
    """Return the definition of an intrinsic that updates `rows` rows of `vectors` vectors."""

    def definition(
        typing: Any, k: Any, here: Any, valid: Any, c: Any, ldc: Any, a: Any, down: Any, lda: Any, b: Any,
        ldb: Any,
    ) -> Any:  # fmt: skip
        """C[:here, :valid] -= A B: C and B by rows, A[i, q] at a[i*down + q*lda].

        Rows that are missing repeat the last one: they write the same numbers twice.
        """
        from llvmlite import ir
        from numba import types

        pointer = types.CPointer(types.float64)
        integer = types.int64
        signature = types.void(*[integer] * 3, pointer, integer, pointer, integer, integer, pointer, integer)

        def generate(ctx: Any, builder: Any, _: Any, values: Any) -> Any:
            k, here, valid, c, ldc, a, down, lda, b, ldb = values
            word = ir.IntType(64)
            vector = _Vectors(builder, valid if masked else None, vectors)
            last = builder.sub(here, word(1))
            row = [
                builder.select(builder.icmp_signed("<", word(i), last), word(i), last) if i else word(0)
                for i in range(rows)
            ]
            outs = [builder.gep(c, [builder.mul(r, ldc)]) for r in row]
            downs = [builder.mul(r, down) for r in row]
            sums = [[vector.load(outs[i], v) for v in range(vectors)] for i in range(rows)]
            if rows > 1:
                vector.prefetch([builder.gep(out, [builder.mul(ldc, word(rows))]) for out in outs], vectors)
            before = builder.block
            loop = builder.append_basic_block("tile")
            after = builder.append_basic_block("tile.end")
            builder.cbranch(builder.icmp_signed(">", k, word(0)), loop, after)
            builder.position_at_end(loop)
            q = builder.phi(word)
            running = [[builder.phi(vector.type) for _ in range(vectors)] for _ in range(rows)]
            line = builder.gep(b, [builder.mul(q, ldb)])
            column = builder.gep(a, [builder.mul(q, lda)])
            loaded = [vector.load(line, v) for v in range(vectors)]
            made = []
            for i in range(rows):
                factor = vector.splat(builder.fneg(builder.load(builder.gep(column, [downs[i]]))))
                made.append([vector.add_product(running[i][v], factor, loaded[v]) for v in range(vectors)])
            following = builder.add(q, word(1))
            q.add_incoming(word(0), before)
            q.add_incoming(following, loop)
            builder.cbranch(builder.icmp_signed("<", following, k), loop, after)
            builder.position_at_end(after)
            for i in range(rows):
                for v in range(vectors):
                    running[i][v].add_incoming(sums[i][v], before)
                    running[i][v].add_incoming(made[i][v], loop)
                    total = builder.phi(vector.type)
                    total.add_incoming(sums[i][v], before)
                    total.add_incoming(made[i][v], loop)
                    made[i][v] = total
            for i in range(rows):
                for v in range(vectors):
                    vector.store(made[i][v], outs[i], v)
            return ctx.get_dummy_value()

        return signature, generate

    return definition


@compiled_intrinsic
def add_expanded(typing: Any, target: Any, source: Any, bits: Any) -> Any:
    """Add consecutive numbers of `source` to those of up to eight numbers of `target` whose bit is set."""
    from llvmlite import ir
    from numba import types

    pointer = types.CPointer(types.float64)

    def generate(ctx: Any, builder: Any, _: Any, values: Any) -> Any:
        target, source, bits = values
        kind = ir.VectorType(ir.DoubleType(), 8)
        masks = ir.VectorType(ir.IntType(1), 8)
        mask = builder.bitcast(builder.trunc(bits, ir.IntType(8)), masks)
        zeros = ir.Constant(kind, [0.0] * 8)
        align = ir.IntType(32)(8)

        def call(name: str, result: Any, *arguments: Any) -> Any:
            signature = ir.FunctionType(result, [a.type for a in arguments])
            module = builder.module
            return builder.call(module.globals.get(name) or ir.Function(module, signature, name), arguments)

        place = builder.bitcast(target, kind.as_pointer())
        new = call("llvm.masked.expandload.v8f64", kind, source, mask, zeros)
        old = call("llvm.masked.load.v8f64.p0", kind, place, align, mask, zeros)
        call("llvm.masked.store.v8f64.p0", ir.VoidType(), builder.fadd(old, new), place, align, mask)
        return ctx.get_dummy_value()

    return types.void(pointer, pointer, types.int64), generate


@compiled_intrinsic
def vector_lanes(typing: Any) -> Any:
    """Float64 numbers in one vector register, as a constant."""
    from numba import types

    return types.int64(), lambda ctx, builder, signature, values: ctx.get_constant(types.int64, _lanes())


_large_tile = compiled_intrinsic(_tile(TILE_ROWS, TILE_VECTORS, False))
_edge_tile = compiled_intrinsic(_tile(TILE_ROWS, EDGE_VECTORS, True))
_row_tile = compiled_intrinsic(_tile(1, ROW_VECTORS, False))
_row_edge = compiled_intrinsic(_tile(1, EDGE_VECTORS, True))


def _dots(rows: int) -> Any:
    """Return the definition of an intrinsic that takes `rows` inner products with one vector."""

    def definition(typing: Any, n: Any, here: Any, c: Any, a: Any, lda: Any, b: Any) -> Any:
        """c[i] -= sum over j < n of a[i*lda + j] * b[j] for i < here; missing rows repeat the last one."""
        from llvmlite import ir
        from numba import types

        pointer = types.CPointer(types.float64)
        signature = types.void(types.int64, types.int64, pointer, pointer, types.int64, pointer)

        def generate(ctx: Any, builder: Any, _: Any, values: Any) -> Any:
            n, here, c, a, lda, b = values
            word = ir.IntType(64)
            last = builder.sub(here, word(1))
            row = [
                builder.select(builder.icmp_signed("<", word(i), last), word(i), last) for i in range(rows)
            ]
            lines = [builder.gep(a, [builder.mul(r, lda)]) for r in row]
            begin = builder.block
            loop = builder.append_basic_block("dots")
            body = builder.append_basic_block("dots.body")
            edge = builder.append_basic_block("dots.edge")
            builder.branch(loop)
            builder.position_at_end(loop)
            vector = _Vectors(builder, None, 1)
            j = builder.phi(word)
            sums = [builder.phi(vector.type) for _ in range(rows)]
            following = builder.add(j, word(vector.lanes))
            builder.cbranch(builder.icmp_signed("<=", following, n), body, edge)
            builder.position_at_end(body)
            loaded = vector.load(builder.gep(b, [j]), 0)
            made = [
                vector.add_product(sums[i], vector.load(builder.gep(lines[i], [j]), 0), loaded)
                for i in range(rows)
            ]
            builder.branch(loop)
            j.add_incoming(word(0), begin)
            j.add_incoming(following, body)
            for i in range(rows):
                sums[i].add_incoming(vector.zeros(), begin)
                sums[i].add_incoming(made[i], body)
            builder.position_at_end(edge)
            masked = _Vectors(builder, builder.sub(n, j), 1)
            loaded = masked.load(builder.gep(b, [j]), 0)
            totals = [
                masked.total(masked.add_product(sums[i], masked.load(builder.gep(lines[i], [j]), 0), loaded))
                for i in range(rows)
            ]
            places = [builder.gep(c, [r]) for r in row]
            olds = [builder.load(place) for place in places]
            for i in range(rows):
                builder.store(builder.fsub(olds[i], totals[i]), places[i])
            return ctx.get_dummy_value()

        return signature, generate

    return definition


_eight_dots = compiled_intrinsic(_dots(8))
_one_dot = compiled_intrinsic(_dots(1))


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

    known = {"i": types.int64, "p": types.CPointer(types.float64)}

    def generate(ctx: Any, builder: Any, _: Any, values: Any) -> Any:
        function = ir.FunctionType(ir.IntType(32), [v.type for v in values[1:]])
        return builder.call(builder.inttoptr(values[0], function.as_pointer()), values[1:])

    return types.int32(types.int64, *[known[kind] for kind in kinds]), generate


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
