"""From the syntax tree of a function and the kinds of its arguments to intermediate code.

A variable has one kind in the whole function, the widest of what it is given; where a later line makes it wider, the
function is translated again.  Not everything of Python is known: numbers, pointers with ``[]``, tuples as results,
``for`` over ``range``, ``while``, ``if``, calls of compiled functions and of a few functions of numbers.
"""

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from symnum.compiling.plain.code import Block, Code, Value
from symnum.compiling.plain.kinds import NOTHING, Kind, common_kind, machine_type
from symnum.compiling.plain.source_trees import function_tree
from symnum.errors import CompilationError

if TYPE_CHECKING:
    from symnum.compiling.plain.functions import Functions, Translated

__all__ = ["Translator"]


class _Wider(Exception):
    """A variable or the result turned out to be of a wider kind than was thought."""


class Translator:
    """Writes the code of one function for one list of argument kinds.

    Attributes
    ----------
    code : Code
        What is written.
    variables : dict
        Kind of each variable that has a place in memory.
    result : kind or None
        Kind of the result, as far as it is known.
    callees : dict
        The functions called, by name.
    loops : list of (Block, Block)
        Where ``continue`` and ``break`` lead, for each loop around the present place.
    """

    def __init__(
        self, function: Callable[..., Any], kinds: tuple[Kind, ...], functions: "Functions", result: Kind = None
    ) -> None:
        self.function = function
        self.functions = functions
        self.tree = function_tree(function)
        self.variables: dict[str, Kind] = {}
        self.result = result
        self._fixed_result = result is not None
        names = [a.arg for a in self.tree.args.args]
        if len(names) != len(kinds):
            raise CompilationError(f"{function.__qualname__} takes {len(names)} arguments, not {len(kinds)}")
        self.arguments = dict(zip(names, kinds, strict=True))
        self.known: dict[str, Any] = {n: k for n, k in self.arguments.items() if callable(k)}
        self._outside = _names_outside(function)

    def translate(self) -> str:
        """Return the text of the body."""
        while True:
            try:
                return self._attempt()
            except _Wider:
                continue

    def _attempt(self) -> str:
        from symnum.compiling.plain.statements import translate_statements

        self.code = Code()
        self.callees: dict[str, Translated] = {}
        self.loops: list[tuple[Block, Block]] = []
        for name, kind in self.arguments.items():
            if name not in self.known:
                self.store(name, Value(kind, f'%"{name}.given"'))
        if isinstance(self.tree, ast.Lambda):
            translate_statements(self, [ast.Return(self.tree.body, lineno=self.tree.lineno)])
        else:
            translate_statements(self, self.tree.body)
        if self.code.running:
            self.give_back(None)
        places = "\n".join(f'  %"{n}.place" = alloca {machine_type(k)}' for n, k in self.variables.items())
        return f"{{\nplaces:\n{places}\n  br label %begin\n{self.code.text()}\n}}\n"

    @property
    def header(self) -> str:
        """Arguments as in a definition."""
        given = [f'{machine_type(k)} %"{n}.given"' for n, k in self.arguments.items() if n not in self.known]
        return ", ".join(given)

    def store(self, name: str, value: Value) -> None:
        """Give a variable a value."""
        if value.kind == NOTHING:
            raise CompilationError(f"{name} would be the result of a function that has none")
        kind = common_kind(self.variables.setdefault(name, value.kind), value.kind)
        if kind is None:
            raise CompilationError(f"{name} cannot be both {self.variables[name]} and {value.kind}")
        if kind != self.variables[name]:
            self.variables[name] = kind
            raise _Wider
        value = self.code.cast(value, kind)
        self.code.line(f'store {value.typed}, ptr %"{name}.place"')

    def load(self, name: str) -> Value | None:
        """Return the value of a variable, or None if there is none of this name."""
        kind = self.variables.get(name)
        if kind is None:
            return None
        return self.code.value(kind, f'load {machine_type(kind)}, ptr %"{name}.place"')

    def give_back(self, value: Value | None) -> None:
        """Return from the function."""
        kind = NOTHING if value is None else value.kind
        if self.result is None:
            self.result = kind
        wider = common_kind(self.result, kind)
        if wider is None or (self._fixed_result and wider != self.result and not isinstance(wider, str)):
            raise CompilationError(f"the result cannot be both {self.result} and {kind}")
        if wider != self.result and not self._fixed_result:
            self.result = wider
            raise _Wider
        if value is None:
            self.code.end("ret void")
        else:
            self.code.end(f"ret {self.code.cast(value, self.result).typed}")

    def outside(self, name: str) -> Any:
        """Return the object that a name stands for outside the function."""
        try:
            return self.known[name] if name in self.known else self._outside[name]
        except KeyError:
            raise CompilationError(f"{name} has no value here") from None


def _names_outside(function: Callable[..., Any]) -> dict[str, Any]:
    """Return what a function sees around it: built-in names, its module, the function it was made in."""
    import builtins

    names = {**vars(builtins), **function.__globals__}
    cells = function.__closure__ or ()
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
        try:
            names[name] = cell.cell_contents
        except ValueError:
            continue
    return names
