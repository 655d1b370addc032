"""What names mean in a BioNetGen file: parameters, functions, observables, built-in constants."""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from symnum.errors import InputError, UnknownNameError, UnsupportedError, suggest
from symnum.models.importers.bionetgen_sections import Lines, Section
from symnum.models.importers.numbers import read_number
from symnum.models.names import first_cycle, parse_located

__all__ = ["Names"]

_NAME = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_NO_ARGUMENTS = re.compile(r"\(\s*\)")
_TIME_NAMES = ("t", "time", "time_", "t_")


class _Pending(BaseException):
    """A function is needed that has not been read yet."""


class Names:
    """The names of one file, and how expressions in them are read.

    Parameters
    ----------
    lines : Lines
        The file, for messages.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._line_of: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        """Parameter name -> its symbol."""
        self.functions: dict[str, Any] = {}
        """Function name -> its term, observables and other functions put in."""
        self._observables: Mapping[str, Any] = {}
        self._function_texts: dict[str, str] = {}
        self.independent: Any = None

    @property
    def parameters(self) -> tuple[Any, ...]:
        """The parameters, in order."""
        return tuple(self.values.values())

    def choose_time(self, taken: Mapping[str, Any]) -> None:
        """Choose a name for time that is neither a parameter nor a species."""
        from symnum.terms.canonical import Symbol

        name = next((n for n in _TIME_NAMES if n not in taken and n not in self.values), None)
        if name is None:
            raise InputError(f"All of {', '.join(_TIME_NAMES)} are taken, so time has no name. Rename one.")
        self.independent = Symbol(name)

    # ------------------------------------------------------------------------------------------ sections

    def read_parameters(self, section: Section) -> None:
        """Read names and value texts; the values themselves may use parameters that come later."""
        from symnum.terms.canonical import Symbol

        for name, text, i in self._definitions(section, "parameter"):
            if name in self.values:
                raise self._lines.duplicate("the parameter", name, i, self._line_of[name])
            self.values[name] = Symbol(name)
            self._texts[name] = text
            self._line_of[name] = i

    def _definitions(self, section: Section, what: str) -> list[tuple[str, str, int]]:
        out = []
        numbers: dict[str, int] = {}
        for i in section.lines:
            pieces = self._lines.raw[i].split("#", 1)[0].split(None, 1)
            if pieces and pieces[0].isdecimal():
                if pieces[0] in numbers:
                    raise self._lines.duplicate(f"the {what} number", pieces[0], i, numbers[pieces[0]])
                numbers[pieces[0]] = i
                pieces = pieces[1].split(None, 1) if len(pieces) > 1 else []
            if len(pieces) < 2:
                raise self._lines.error(f'A {what} needs a name and a value, such as "1 kf 0.1".', i)
            name = pieces[0].removesuffix("()")
            if not _NAME.match(name):
                raise self._lines.error(f'"{pieces[0]}" is not a name for a {what}.', i)
            out.append((name, pieces[1].strip().removeprefix("=").strip(), i))
        return out

    def parameter_values(self) -> list[Any]:
        """Return the value of each parameter: a number, or a term in other parameters.

        Raises
        ------
        InputError
            If parameters define each other in a circle.
        """
        values = {name: self.constant(text, self._line_of[name]) for name, text in self._texts.items()}
        cycle = first_cycle(self.values, values)
        if cycle is not None:
            raise InputError(
                f"{self._place(self._line_of[cycle[0]])}the values of parameters go round in a circle: "
                + " needs ".join(f'"{n}"' for n in cycle)
                + ". Give one of them a number."
            )
        return list(values.values())

    def read_functions(
        self, section: Section, observables: Mapping[str, Any], species: tuple[Any, ...]
    ) -> None:
        """Read all functions, which may use observables, parameters, time and each other, in any order."""
        self._observables = observables
        for name, text, i in self._definitions(section, "function"):
            for known in (self.values, self._function_texts, observables):
                if name in known:
                    raise self._lines.duplicate("the function", name, i, self._line_of.get(name, i))
            self._function_texts[name] = text
            self._line_of[name] = i
        for name in self._function_texts:
            self._read_function(name)

    def _read_function(self, name: str) -> None:
        stack = [name]
        while stack:
            current = stack[-1]
            if current in self.functions:
                stack.pop()
                continue
            try:
                term = self._parse(self._function_texts[current], self._line_of[current], self._resolve)
            except _Pending as pending:
                needed = str(pending.args[0])
                if needed in stack:
                    cycle = [*stack[stack.index(needed) :], needed]
                    raise InputError(
                        f"{self._place(self._line_of[needed])}functions call each other in a circle: "
                        + " needs ".join(f'"{n}"' for n in cycle)
                        + "."
                    ) from None
                stack.append(needed)
                continue
            self.functions[current] = term
            stack.pop()

    # --------------------------------------------------------------------------------------- expressions

    def constant(self, text: str, line: int) -> Any:
        """Read a number, or an expression in parameters."""
        number = read_number(text)
        if number is not None:
            return number
        symbol = self.values.get(text)
        return symbol if symbol is not None else self._parse(text, line, self._resolve_constant)

    def rate(self, text: str, line: int) -> Any:
        """Read a rate: an expression in parameters, functions, observables and time."""
        symbol = self.values.get(text)
        return symbol if symbol is not None else self._parse(text, line, self._resolve)

    def _parse(self, text: str, line: int, resolve: Callable[[str], Any]) -> Any:
        column = max(self._lines.raw[line].find(text), 0)
        # "f()" is how the format writes a function without arguments; blanks keep the columns.
        text = _NO_ARGUMENTS.sub(lambda m: " " * len(m[0]), text)
        where = {"file": self._lines.file, "line": line + 1, "column": column}
        try:
            return parse_located(text, resolve, functions=_functions(), **where)
        except UnsupportedError as error:
            raise UnsupportedError(self._place(line) + str(error)) from None

    def _resolve_constant(self, name: str) -> Any:
        symbol = self.values.get(name)
        if symbol is not None:
            return symbol
        constant = _constants().get(name)
        if constant is not None:
            return constant
        raise UnknownNameError(f'"{name}" is not a parameter of this file.{suggest(name, list(self.values))}')

    def _resolve(self, name: str) -> Any:
        for known in (self.values, self.functions, self._observables):
            if name in known:
                return known[name]
        if name in self._function_texts:
            raise _Pending(name)
        if name == "time":
            return self.independent
        constant = _constants().get(name)
        if constant is not None:
            return constant
        known_names = [*self.values, *self._function_texts, *self._observables]
        raise UnknownNameError(
            f'"{name}" is neither a parameter nor a function nor an observable of this file.'
            f"{suggest(name, known_names)}"
        )

    def _place(self, line: int) -> str:
        return f"{self._lines.file}, line {line + 1}: " if self._lines.file else f"line {line + 1}: "


def _constants() -> dict[str, Any]:
    from symnum.terms.canonical import Constant

    return {"_pi": Constant("pi"), "_e": Constant("e")}


def _functions() -> dict[str, Callable[..., Any]]:
    """Functions that BioNetGen has beside the usual ones."""
    from symnum.terms.canonical import add, call, multiply, power

    def logarithm(base: int) -> Callable[[Any], Any]:
        return lambda x: multiply((call("log", (x,)), power(call("log", (base,)), -1)))

    def mratio(*_: Any) -> Any:
        raise UnsupportedError(
            'The function "mratio" (a ratio of Kummer functions) is not supported: '
            "rewrite the model without it, and generate the network again."
        )

    return {
        "ln": lambda x: call("log", (x,)),
        "log10": logarithm(10),
        "log2": logarithm(2),
        "rint": lambda x: call("floor", (add((x, Fraction(1, 2))),)),
        "sum": lambda *xs: add(xs),
        "avg": lambda *xs: multiply((Fraction(1, len(xs)), add(xs))),
        "mratio": mratio,
    }
