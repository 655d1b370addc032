"""Loops and branches around sweeps: variables in memory, since none of this is in a hot loop."""

from collections.abc import Iterator
from contextlib import contextmanager

from codegen.stencils.arithmetic import Text

__all__ = ["Control"]


class Control(Text):
    """A function with structured control flow on 64-bit integers and addresses.

    Parameters
    ----------
    declared : dict
        Receives the functions of elsewhere.
    head : str
        ``define ... {``.
    """

    def __init__(self, declared: dict[str, str], head: str) -> None:
        super().__init__(declared)
        self.lines += [head, "entry:"]
        self.variables: list[str] = []
        self.labels = 0

    def finish(self, result: str = "void") -> list[str]:
        """Return the lines of the function; room for variables is made once, at its beginning."""
        self.do(f"ret {result}\n}}")
        return [*self.lines[:2], *self.variables, *self.lines[2:]]

    def room(self, size: str) -> str:
        """Return the address of memory of a type, alive as long as the function."""
        self.count += 1
        name = f"%m{self.count}"
        self.variables.append(f"  {name} = alloca {size}, align 64")
        return name

    def variable(self, value: str, kind: str = "i64") -> str:
        """Return the address of a new variable."""
        name = self.room(kind)
        self.set(name, value, kind)
        return name

    def get(self, place: str, kind: str = "i64") -> str:
        """Return what is at an address."""
        return self.put(f"load {kind}, ptr {place}")

    def set(self, place: str, value: str, kind: str = "i64") -> None:
        """Write to an address."""
        self.do(f"store {kind} {value}, ptr {place}")

    def op(self, name: str, a: str | int, b: str | int) -> str:
        """Return add, sub, mul, sdiv, srem, smin or smax of two integers."""
        if name in ("smin", "smax"):
            self.declare(f"llvm.{name}.i64", "declare i64 @(i64, i64)")
            return self.put(f"call i64 @llvm.{name}.i64(i64 {a}, i64 {b})")
        return self.put(f"{name} i64 {a}, {b}")

    def at(self, base: str, index: str | int, element: str = "i64") -> str:
        """Return the address of an element."""
        return self.put(f"getelementptr {element}, ptr {base}, i64 {index}")

    def _label(self, word: str) -> str:
        self.labels += 1
        return f"{word}.{self.labels}"

    @contextmanager
    def loop(self, start: str | int, stop: str | int, step: str | int = 1) -> Iterator[str]:
        """Loop over ``range(start, stop, step)``; gives the index."""
        variable = self.variable(str(start))
        head, body, done = self._label("head"), self._label("body"), self._label("done")
        self.do(f"br label %{head}")
        self.label(head)
        index = self.get(variable)
        more = self.put(f"icmp slt i64 {index}, {stop}")
        self.do(f"br i1 {more}, label %{body}, label %{done}")
        self.label(body)
        yield index
        self.set(variable, self.op("add", index, step))
        self.do(f"br label %{head}")
        self.label(done)

    @contextmanager
    def when(self, relation: str, a: str | int, b: str | int) -> Iterator[None]:
        """Do something where ``a relation b``: slt, sle, eq, ne."""
        body, done = self._label("then"), self._label("after")
        condition = self.put(f"icmp {relation} i64 {a}, {b}")
        self.do(f"br i1 {condition}, label %{body}, label %{done}")
        self.label(body)
        yield
        self.do(f"br label %{done}")
        self.label(done)

    def choose(self, relation: str, a: str | int, b: str | int, values: tuple[str, str], kind: str = "ptr") -> str:
        """Return one of two values, the first where ``a relation b``."""
        condition = self.put(f"icmp {relation} i64 {a}, {b}")
        return self.put(f"select i1 {condition}, {kind} {values[0]}, {kind} {values[1]}")
