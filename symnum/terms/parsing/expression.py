"""Reading one expression: operator precedence on explicit stacks, without recursion.

Grammar, from the loosest to the tightest: ``c ? a : b``; ``||`` or; ``&&`` and; not; comparisons;
``+ -``; ``* /``; unary ``- + ! √``; ``^ **`` (from the right); calls, names, numbers, parentheses.
Superscripts are powers (``x²``), and ``· × − ≤ ≥ ≠ ∧ ∨ ¬`` other spellings of operators.
Chains of ``+`` and of ``*`` become one n-ary operation, so long sums are read in linear time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symnum.errors import BudgetError, InputError, ParseError, UnknownNameError, suggest
from symnum.terms import interface
from symnum.terms.names import RESERVED_NAMES
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.parsing.functions import SPELLINGS, apply_spelling
from symnum.terms.parsing.tokenize import MAXIMUM_CHARACTERS, SUPERSCRIPT_POWER, Token, tokenize
from symnum.terms.structures import Structure, structure

if TYPE_CHECKING:
    from pathlib import Path

MAXIMUM_DEPTH = 10_000
_VARIADIC = 0x04  # flag of code that takes *arguments
_TERNARY, _OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _UNARY, _POWER = range(1, 10)
_BINARY = {
    "||": (_OR, "or"),
    "or": (_OR, "or"),
    "&&": (_AND, "and"),
    "and": (_AND, "and"),
    **{name: (_COMPARE, name) for name in ("<", "<=", ">", ">=", "==", "!=")},
    "+": (_ADD, "+"),
    "-": (_ADD, "-"),
    "*": (_MULTIPLY, "*"),
    "/": (_MULTIPLY, "/"),
    "^": (_POWER, "^"),
    "**": (_POWER, "^"),
    SUPERSCRIPT_POWER: (_POWER + 1, "^"),
}
_PREFIX = {
    "-": (_UNARY, "negative"),
    "+": (_UNARY, "positive"),
    "!": (_UNARY, "not"),
    "not": (_NOT, "not"),
    "√": (_UNARY, "root"),
}
Resolve = Callable[[str], Any]


class _Chain:
    """A sum or product that is still being read."""

    __slots__ = ("items", "operation")

    def __init__(self, operation: str, items: list[Any]) -> None:
        self.operation = operation
        self.items = items


class _Entry:
    """What waits on the operator stack: an operator, or an open bracket, call or choice."""

    __slots__ = ("arguments", "name", "precedence", "token")

    def __init__(self, name: str, precedence: int, token: Token, arguments: list[Any] | None = None) -> None:
        self.name = name
        self.precedence = precedence  # 0 for what is open
        self.token = token
        self.arguments = arguments  # of a call


class _Parser:
    def __init__(
        self,
        tokens: Sequence[Token],
        position: int,
        resolve: Resolve,
        target: Structure,
        functions: Mapping[str, Callable[..., Any]],
        constants: Mapping[str, Any],
        file: "str | Path | None",
        source: list[str] | None,
    ) -> None:
        self.tokens = tokens
        self.position = position
        self.resolve = resolve
        self.build = target.build
        self.functions = functions
        self.constants = constants
        self.file = file
        self.source = source
        self.operands: list[Any] = []
        self.operators: list[_Entry] = []
        self.open = 0

    # -- errors

    def fail(self, token: Token, reason: str, kind: type[ParseError] = ParseError) -> ParseError:
        text = None
        if self.source is not None:
            first = self.tokens[0].line
            text = self.source[min(token.line - first, len(self.source) - 1)]
        return kind(reason, text=text, file=self.file, line=token.line, column=token.column)

    def guarded(self, token: Token, action: Callable[..., Any], *arguments: Any) -> Any:
        """Run an action and give its errors a place in the text."""
        try:
            return action(*arguments)
        except ParseError as error:
            if error.column is not None:
                raise
            raise self.fail(token, error.reason, type(error)) from error
        except InputError as error:
            raise self.fail(token, str(error)) from error

    # -- the two states

    def run(self) -> tuple[Any, int]:
        want_operand = True
        while True:
            token = self.tokens[self.position]
            if token.kind == "newline" and (self.open or want_operand):
                self.position += 1
                continue
            if want_operand:
                want_operand = self.read_operand(token)
            else:
                after = self.read_operator(token)
                if after is None:
                    break
                want_operand = after
            self.position += 1
            if len(self.operators) > MAXIMUM_DEPTH:
                raise self.fail(
                    token, f"nested deeper than the limit of {MAXIMUM_DEPTH} levels.", BudgetError
                )
        self.reduce_above(0, self.tokens[self.position])
        if self.operators:
            opened = self.operators[-1]
            raise self.fail(opened.token, f'"{opened.token.text}" is opened and never closed.')
        return self.finish(self.operands.pop()), self.position

    def read_operand(self, token: Token) -> bool:
        """Read what begins an operand; return whether an operand is still wanted."""
        kind, text = token.kind, token.text
        if kind == "number":
            self.operands.append(self.number(token))
            return False
        if kind == "name" and (token.quoted or text not in RESERVED_NAMES):
            return self.read_name(token)
        if text in _PREFIX and kind in ("operator", "name"):
            precedence, name = _PREFIX[text]
            self.operators.append(_Entry(name, precedence, token))
            return True
        if kind == "operator" and text == "(":
            self.open_bracket(_Entry("(", 0, token))
            return True
        if kind == "name" and text in ("True", "False"):
            self.operands.append(text == "True")
            return False
        if kind == "operator" and text == ")" and self.is_empty_call():
            self.close_bracket(token, empty=True)
            return False
        raise self.fail(token, self.missing_operand(token))

    def read_name(self, token: Token) -> bool:
        following = self.tokens[self.position + 1]
        if following.text == "(" and following.kind == "operator" and not token.quoted:
            name = token.text
            if name not in self.functions and name not in SPELLINGS:
                known = sorted({*self.functions, *SPELLINGS})
                hint = suggest(name, known) or f" Write {name}*(...) if a product is meant."
                raise self.fail(token, f'"{name}" is not a known function.{hint}')
            self.position += 1
            self.open_bracket(_Entry("call", 0, token, []))
            return True
        if not token.quoted and token.text in self.constants:
            self.operands.append(self.constants[token.text])
        else:
            self.operands.append(self.guarded(token, self.resolve, token.text))
        return False

    def read_operator(self, token: Token) -> bool | None:
        """Read what follows an operand; return whether an operand comes next, None at the end."""
        text = token.text
        if token.kind == "name":
            if text not in ("and", "or") or token.quoted:
                return None
        elif token.kind != "operator":
            return None
        found = _BINARY.get(text)
        if found is not None:
            precedence, name = found
            self.reduce_above(precedence if precedence == _POWER else precedence - 1, token)
            self.operators.append(_Entry(name, precedence, token))
            return True
        if text == ")":
            if not self.open:
                return None
            self.close_bracket(token)
            return False
        if text == ",":
            if not self.open:
                return None
            self.next_argument(token)
            return True
        if text == "?":
            self.reduce_above(_TERNARY, token)
            self.operators.append(_Entry("?", 0, token))
            return True
        if text == ":":
            return self.middle_of_choice(token)
        return None

    # -- brackets and choices

    def open_bracket(self, entry: _Entry) -> None:
        self.operators.append(entry)
        self.open += 1

    def is_empty_call(self) -> bool:
        top = self.operators[-1] if self.operators else None
        return top is not None and top.arguments == [] and self.tokens[self.position - 1].text == "("

    def close_bracket(self, token: Token, empty: bool = False) -> None:
        self.reduce_above(0, token)
        entry = self.operators.pop()
        if entry.name == "?":
            raise self.fail(entry.token, 'a choice needs a ":" part: condition ? value : otherwise.')
        self.open -= 1
        if entry.arguments is None:
            self.operands[-1] = self.finish(self.operands[-1])
            return
        if not empty:
            entry.arguments.append(self.finish(self.operands.pop()))
        self.operands.append(self.guarded(entry.token, self.apply, entry.token.text, entry.arguments))

    def next_argument(self, token: Token) -> None:
        self.reduce_above(0, token)
        entry = self.operators[-1]
        if entry.arguments is None:
            raise self.fail(
                token, 'a comma is possible only between the arguments of a function: "max(a, b)".'
            )
        entry.arguments.append(self.finish(self.operands.pop()))

    def middle_of_choice(self, token: Token) -> bool | None:
        self.reduce_above(0, token)
        if not self.operators or self.operators[-1].name != "?":
            return None
        self.operators[-1] = _Entry("choice", _TERNARY, token)
        self.operands[-1] = self.finish(self.operands[-1])
        return True

    def apply(self, name: str, arguments: list[Any]) -> Any:
        special = self.functions.get(name)
        if special is None:
            return apply_spelling(name, self.build, arguments)
        code: Any = getattr(special, "__code__", None)
        fixed = (
            code is not None and not code.co_flags & _VARIADIC and not getattr(special, "__defaults__", None)
        )
        if fixed and len(arguments) != code.co_argcount:
            wanted = ", ".join(code.co_varnames[: code.co_argcount])
            raise InputError(
                f'"{name}" takes {code.co_argcount} arguments, {name}({wanted}); {len(arguments)} were given.'
            )
        return special(*arguments)

    # -- reductions

    def reduce_above(self, precedence: int, token: Token) -> None:
        """Apply the waiting operators that bind tighter than a precedence."""
        while self.operators:
            entry = self.operators[-1]
            if entry.precedence == 0 or entry.precedence <= precedence:
                return
            if entry.precedence == _COMPARE == precedence + 1 and token.text in _BINARY:
                raise self.fail(token, "comparisons cannot be chained. Write a < b and b < c.")
            self.operators.pop()
            self.guarded(entry.token, self.reduce, entry)

    def reduce(self, entry: _Entry) -> None:
        right = self.operands.pop()
        name = entry.name
        if name == "negative":
            self.operands.append(self.negative(right))
        elif name == "root":
            self.operands.append(self.build("^", self.finish(right), Fraction(1, 2)))
        elif name == "positive":
            self.operands.append(right)
        elif name == "not":
            self.operands.append(self.build("not", self.finish(right)))
        elif name == "choice":
            value, condition = self.operands.pop(), self.finish(self.operands.pop())
            self.operands.append(self.build("piecewise", value, condition, self.finish(right)))
        else:
            self.operands.append(self.binary(name, self.operands.pop(), right))

    def binary(self, name: str, left: Any, right: Any) -> Any:
        if name == "-":
            name, right = "+", self.finish(self.negative(right))
        elif name == "/":
            name, right = "*", self.build("^", self.finish(right), -1)
        else:
            right = self.finish(right)
        if name not in ("+", "*"):
            return self.build(name, self.finish(left), right)
        if left.__class__ is _Chain and left.operation == name:
            left.items.append(right)
            return left
        return _Chain(name, [self.finish(left), right])

    def negative(self, operand: Any) -> Any:
        if operand.__class__ in NUMBER_TYPES:
            return -operand
        if operand.__class__ is _Chain and operand.operation == "*":
            if operand.items[0].__class__ in NUMBER_TYPES:
                operand.items[0] = -operand.items[0]
                return operand
            return _Chain("*", [-1, *operand.items])
        return _Chain("*", [-1, self.finish(operand)])

    def finish(self, operand: Any) -> Any:
        return self.build(operand.operation, *operand.items) if operand.__class__ is _Chain else operand

    def number(self, token: Token) -> Any:
        text = token.text
        if text.isdigit():
            return int(text)
        value = complex(text) if text[-1] == "j" else float(text)
        if abs(value) == float("inf"):
            raise self.fail(token, f"{text} is beyond the range of floating point.", BudgetError)
        return value

    def missing_operand(self, token: Token) -> str:
        what = {"end": "the end of the text", "newline": "the end of the line"}.get(
            token.kind, f'"{token.text}"'
        )
        if self.operators:
            return (
                f'a number, a name or "(" is missing after "{self.operators[-1].token.text}", before {what}.'
            )
        return f"an expression was expected, and {what} was found."


def parse_tokens(
    tokens: Sequence[Token],
    position: int,
    resolve: Resolve,
    *,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    constants: Mapping[str, Any] | None = None,
    terms: str | Structure | None = None,
    file: "str | Path | None" = None,
    source: str | None = None,
) -> tuple[Any, int]:
    """Read one expression from tokens, up to the first token that cannot belong to it.

    Parameters
    ----------
    tokens : sequence of Token
        From `tokenize`, ending with an "end" token.
    position : int
        Where to begin.
    resolve : callable
        ``resolve(name)`` returns the term that a name means, or raises an `InputError`.
    functions : mapping, optional
        More functions: ``function(*arguments)`` returns a term.
    constants : mapping, optional
        Names that mean a constant unless they stand in backticks.
    terms : str or Structure, optional
        Term structure, by name or as it is.
    file, source : optional
        File and full text, for messages.

    Returns
    -------
    term, int
        The expression, and the position of the token after it.
    """
    lines = None if source is None else source.split("\n")
    target = terms if isinstance(terms, Structure) else structure(terms)
    parser = _Parser(tokens, position, resolve, target, functions or {}, constants or {}, file, lines)
    return parser.run()


def parse_expression(
    text: str,
    resolve: Resolve,
    *,
    file: "str | Path | None" = None,
    line: int | None = None,
    column: int = 0,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    constants: Mapping[str, Any] | None = None,
    terms: str | None = None,
    maximum_characters: int = MAXIMUM_CHARACTERS,
) -> Any:
    """Read a whole text as one expression; `resolve` decides what each name means.

    Parameters
    ----------
    text : str
    resolve : callable
        ``resolve(name)`` returns a term or number, or raises an `InputError`.
    file, line, column : optional
        Where the text stands, for messages.
    functions, constants, terms
        As for `parse_tokens`.
    maximum_characters : int

    Raises
    ------
    ParseError
        With file, line and column; `BudgetError` where a limit is exceeded.
    """
    tokens = tokenize(text, file=file, line=line, column=column, maximum_characters=maximum_characters)
    if any(t.kind == "newline" for t in tokens):
        tokens = [t for t in tokens if t.kind != "newline"]
    source = " " * column + text
    term, position = parse_tokens(
        tokens, 0, resolve, functions=functions, constants=constants, terms=terms, file=file, source=source
    )
    rest = tokens[position]
    if rest.kind != "end":
        lines = source.split("\n")
        first = 1 if line is None else line
        raise ParseError(
            _unexpected(rest), text=lines[rest.line - first], file=file, line=rest.line, column=rest.column
        )
    return term


def _unexpected(token: Token) -> str:
    if token.text == "=":
        return "an equals sign is not part of an expression. Write == for a condition, or Eq(lhs, rhs)."
    if token.text == ")":
        return 'this ")" closes nothing.'
    if token.kind in ("name", "number"):
        return f'an operator is missing before "{token.text}". Write a product with *.'
    return f'"{token.text}" was not expected here.'


def parse(
    text: str,
    symbols: Mapping[str, Any] | Iterable[Any] | None = None,
    terms: str | None = None,
) -> Any:
    """Read an expression from text, safely: nothing is ever executed.

    Parameters
    ----------
    text : str
        Such as ``"k*x^2 + sin(2*pi*t)"``. Integers are exact, decimals are floats.
    symbols : mapping of name to term, or iterable of symbols, optional
        What names mean; other names are then errors. By default every name becomes a symbol,
        but for ``pi``, ``π``, ``inf`` and ``nan`` (in backticks, these are symbols too).
    terms : str, optional
        Term structure: "canonical" (default), "tree", "arena", "sympy", "symengine".

    Raises
    ------
    ParseError, BudgetError
        With the place of the fault.

    Examples
    --------
    >>> from symnum.terms import parse
    >>> parse("2*x + x/2 - lambda")
    -lambda + 5*x/2
    """
    target = structure(terms)
    constants = {"pi": target.constant("pi"), "π": target.constant("pi"), "inf": float("inf"), "nan": float("nan")}
    if symbols is None:
        return parse_expression(text, target.symbol, constants=constants, terms=target.name)
    if not isinstance(symbols, Mapping):
        if not isinstance(symbols, Iterable) or isinstance(symbols, str):
            raise InputError(f"symbols= takes symbols, as in parse(text, [x, y]), and {symbols!r} was given.")
        symbols = {interface.name(s): s for s in symbols}
    known = dict(symbols)

    def resolve(name: str) -> Any:
        if name not in known:
            raise UnknownNameError(
                f'"{name}" is not among the given symbols.{suggest(name, list(known))} '
                "Add it to symbols=, or leave symbols= out."
            )
        return known[name]

    constants = {name: value for name, value in constants.items() if name not in known}
    return parse_expression(text, resolve, constants=constants, terms=target.name)
