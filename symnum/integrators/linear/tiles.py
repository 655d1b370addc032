"""Register tiles: C -= A B on a few rows and vectors of C that stay in registers over the whole inner sum.

Written as vector instructions because a compiler left to find them needs freedom to regroup sums (different
bits from call to call) and proofs that rows do not overlap (slow to compile). The order of each sum is fixed.
"""

from itertools import product
from typing import Any

from symnum.compiling.compiled import CompiledIntrinsic, compiled_intrinsic
from symnum.integrators.linear.vectors import Vectors, kinds_of

__all__ = ["dots", "tile"]


def _rows(builder: Any, rows: int, here: Any) -> list[Any]:
    """Return the numbers of the rows of a tile; those that are not there repeat the last one."""
    from llvmlite import ir

    word = ir.IntType(64)
    last = builder.sub(here, word(1))
    return [builder.select(builder.icmp_signed("<", word(i), last), word(i), last) for i in range(rows)]


def tile(rows: int, vectors: int, masked: bool) -> CompiledIntrinsic:
    """Return an intrinsic that updates `rows` rows of `vectors` vectors."""

    @compiled_intrinsic("void", *kinds_of("iiipipiipi"))
    def definition(
        builder: Any, k: Any, here: Any, valid: Any, c: Any, ldc: Any, a: Any, down: Any, lda: Any, b: Any,
        ldb: Any,
    ) -> None:  # fmt: skip
        """C[:here, :valid] -= A B: C and B by rows, A[i, q] at a[i*down + q*lda].

        Rows that are missing repeat the last one: they write the same numbers twice.
        """
        from llvmlite import ir


        word = ir.IntType(64)
        vector = Vectors(builder, valid if masked else None, vectors)
        row = _rows(builder, rows, here)
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
        everything = list(product(range(rows), range(vectors)))
        for i, v in everything:
            running[i][v].add_incoming(sums[i][v], before)
            running[i][v].add_incoming(made[i][v], loop)
            total = builder.phi(vector.type)
            total.add_incoming(sums[i][v], before)
            total.add_incoming(made[i][v], loop)
            sums[i][v] = total
        for i, v in everything:
            vector.store(sums[i][v], outs[i], v)


    made: CompiledIntrinsic = definition
    return made


def dots(rows: int) -> CompiledIntrinsic:
    """Return an intrinsic that takes `rows` inner products with one vector."""

    @compiled_intrinsic("void", *kinds_of("iippip"))
    def definition(builder: Any, n: Any, here: Any, c: Any, a: Any, lda: Any, b: Any) -> None:
        """c[i] -= sum over j < n of a[i*lda + j] * b[j] for i < here; missing rows repeat the last one."""
        from llvmlite import ir


        word = ir.IntType(64)
        row = _rows(builder, rows, here)
        lines = [builder.gep(a, [builder.mul(r, lda)]) for r in row]
        begin = builder.block
        loop = builder.append_basic_block("dots")
        body = builder.append_basic_block("dots.body")
        edge = builder.append_basic_block("dots.edge")
        builder.branch(loop)
        builder.position_at_end(loop)
        vector = Vectors(builder, None, 1)
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
        masked = Vectors(builder, builder.sub(n, j), 1)
        loaded = masked.load(builder.gep(b, [j]), 0)
        totals = [
            masked.total(masked.add_product(sums[i], masked.load(builder.gep(lines[i], [j]), 0), loaded))
            for i in range(rows)
        ]
        places = [builder.gep(c, [r]) for r in row]
        olds = [builder.load(place) for place in places]
        for i in range(rows):
            builder.store(builder.fsub(olds[i], totals[i]), places[i])


    made: CompiledIntrinsic = definition
    return made
