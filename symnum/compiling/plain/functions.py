"""All functions translated so far, and the modules made of them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from symnum.compiling.compiled import CompiledFunction, CompiledIntrinsic
from symnum.compiling.plain.intrinsics import intrinsic_text
from symnum.compiling.plain.kinds import Kind, machine_type
from symnum.compiling.plain.operations import DECLARATIONS, PRELUDE
from symnum.compiling.plain.translator import Translator
from symnum.errors import CompilationError

__all__ = ["Functions", "Translated", "functions"]


@dataclass
class Translated:
    """Intermediate code of a function for one list of argument kinds."""

    name: str
    kinds: tuple[Kind, ...]
    result: Kind
    text: str = ""
    callees: dict[str, "Translated"] = field(default_factory=dict)
    declarations: dict[str, str] = field(default_factory=dict)


class Functions:
    """Translates functions, each once for the same kinds; engines share what they call."""

    def __init__(self) -> None:
        self._done: dict[tuple[Any, tuple[Kind, ...]], Translated] = {}
        self._running: dict[tuple[Any, tuple[Kind, ...]], tuple[str, Translator]] = {}
        self._names: dict[str, int] = {}
        self.lock = threading.RLock()

    def callee(self, function: Any, kinds: tuple[Kind, ...]) -> Translated:
        """Return the translation of a compiled function or intrinsic that other code calls."""
        key = function, kinds
        if key in self._done:
            return self._done[key]
        if isinstance(function, CompiledIntrinsic):
            self._done[key] = self._intrinsic(function, kinds)
            return self._done[key]
        if not isinstance(function, CompiledFunction):
            name = getattr(function, "__name__", repr(function))
            raise CompilationError(f"{name} is not a compiled function, so plain code cannot call it")
        if key in self._running:
            name, translator = self._running[key]
            return self._unfinished(translator, name, kinds)
        name, translator = f'@"{self._name(function, kinds)}"', Translator(function.py_func, kinds, self)
        self._running[key] = name, translator
        try:
            body = translator.translate()
        finally:
            del self._running[key]
        start = f"define internal {machine_type(translator.result)} {name}({translator.header}) nounwind "
        self._done[key] = Translated(name, kinds, translator.result, start + body, translator.callees)
        return self._done[key]

    @staticmethod
    def _unfinished(translator: Translator, name: str, kinds: tuple[Kind, ...]) -> Translated:
        if translator.result is None:
            raise CompilationError(f"{name} calls itself before its first return, which tells what it returns")
        return Translated(name, kinds, translator.result)

    def _name(self, function: Any, kinds: tuple[Kind, ...]) -> str:
        """Return a name that no other function has; functions made inside others may be spelt alike."""
        name = f"{function.__module__}.{function.__qualname__}({', '.join(map(_spelt, kinds))})"
        number = self._names[name] = self._names.get(name, 0) + 1
        return name if number == 1 else f"{name} {number}"

    def _intrinsic(self, function: CompiledIntrinsic, kinds: tuple[Kind, ...]) -> Translated:
        result, expected = function.signature(kinds)
        name = self._name(function, expected)
        text, declarations = intrinsic_text(function.definition, name, result, expected)
        return Translated(f'@"{name}"', expected, result, text, declarations=declarations)

    def module_text(self, function: Callable[..., Any], symbol: str, result: Kind, kinds: tuple[Kind, ...]) -> str:
        """Return the text of a module with one entry point of the plain C convention."""
        with self.lock:
            translator = Translator(function, kinds, self, result)
            body = translator.translate()
        needed = _all_callees(translator.callees)
        declarations = dict(DECLARATIONS)
        for callee in needed.values():
            declarations |= callee.declarations
        texts = [callee.text for callee in needed.values()]
        entry = f"define {machine_type(result)} @{symbol}({translator.header}) nounwind {body}"
        return "\n".join([*declarations.values(), PRELUDE, *texts, entry])


def _all_callees(callees: dict[str, Translated]) -> dict[str, Translated]:
    found: dict[str, Translated] = {}
    waiting = list(callees.values())
    while waiting:
        callee = waiting.pop()
        if callee.name not in found and callee.text:
            found[callee.name] = callee
            waiting += callee.callees.values()
    return found


def _spelt(kind: Kind) -> str:
    return kind if isinstance(kind, str) else getattr(kind, "__qualname__", str(kind))


functions = Functions()
