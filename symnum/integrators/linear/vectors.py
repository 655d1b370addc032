"""Vector instructions for the generators of register tiles."""

from typing import Any

from symnum.integrators.compiled import compiled_intrinsic

__all__ = ["Vectors", "add_expanded", "kinds_of", "lanes", "vector_lanes"]


def kinds_of(letters: str) -> list[str]:
    """Return the kinds of arguments spelt as i for int64 and p for a pointer to float64."""
    known = {"i": "int64", "p": "float64*"}
    return [known[letter] for letter in letters]


def lanes() -> int:
    """Return the float64 numbers in one vector register of this processor."""
    import llvmlite.binding as llvm

    return 8 if llvm.get_host_cpu_features().get("avx512f") else 4


class Vectors:
    """Vector loads, stores and multiply-adds in one block of code; with a mask where columns end early."""

    def __init__(self, builder: Any, valid: Any, count: int) -> None:
        from llvmlite import ir

        self.ir, self.builder, self.lanes = ir, builder, lanes()
        self.type = ir.VectorType(ir.DoubleType(), self.lanes)
        self.masks = [self._mask(valid, v) if valid is not None else None for v in range(count)]

    def _mask(self, valid: Any, v: int) -> Any:
        ir, lanes = self.ir, self.lanes
        numbers = ir.Constant(ir.VectorType(ir.IntType(64), lanes), list(range(v * lanes, (v + 1) * lanes)))
        return self.builder.icmp_signed("<", numbers, self.splat(valid))

    def splat(self, value: Any) -> Any:
        """Return a vector of one number repeated."""
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
        """Load the v-th vector from a pointer on; lanes masked off are zero."""
        place = self._place(pointer, v)
        if self.masks[v] is None:
            value = self.builder.load(place)
            value.align = 8
            return value
        name = f"llvm.masked.load.v{self.lanes}f64.p0"
        return self._masked(name, self.type, place, self.ir.IntType(32)(8), self.masks[v], self.zeros())

    def store(self, value: Any, pointer: Any, v: int) -> None:
        """Store the v-th vector from a pointer on, but for lanes masked off."""
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
        """Return a vector of zeros."""
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


@compiled_intrinsic("void", "float64*", "float64*", "int64")
def add_expanded(builder: Any, target: Any, source: Any, bits: Any) -> None:
    """Add consecutive numbers of `source` to those of up to eight numbers of `target` whose bit is set."""
    from llvmlite import ir

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


@compiled_intrinsic("int64")
def vector_lanes(builder: Any) -> Any:
    """Float64 numbers in one vector register, as a constant."""
    from llvmlite import ir

    return ir.IntType(64)(lanes())
