"""Names in models: symbols from what a user passed, scopes for expressions in text, circles in values."""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from symnum.errors import InputError, ParseError, UnknownNameError, suggest

__all__ = [
    "Scope",
    "as_expression",
    "as_symbol",
    "check_name",
    "first_cycle",
    "parse_located",
    "parse_open",
    "split_names",
]


def as_symbol(value: Any) -> Any:
    """Return the symbol of a name; a symbol is returned as it is.

    Raises
    ------
    InputError
        If the value is neither a symbol nor a name.
    """
    from symnum.terms.canonical import Symbol
    from symnum.terms.interface import is_symbol
    from symnum.terms.interface import name as symbol_name

    if isinstance(value, Symbol):
        check_name(value.name)
        return value
    if isinstance(value, str):
        return Symbol(check_name(value.strip()))
    if is_symbol(value):
        return Symbol(check_name(symbol_name(value)))
    raise InputError(f'{value!r} is not a name. Give a symbol or a text such as "S".')


def check_name(name: str) -> str:
    """Return a name that symbols may have, or raise.

    Raises
    ------
    InputError
        If it is empty, or holds a backquote, a line break or another control character, which the text
        form could not write.
    """
    if not name or not name.isprintable() or "`" in name or len(name) > 10_000:
        raise InputError(f"{name[:60]!r} cannot be a name: use printable characters, and no backquote.")
    return name


def split_names(value: str | Iterable[Any] | None) -> list[Any]:
    """Return symbols from ``"S E C"``, ``"S, E, C"``, or an iterable of names or symbols."""
    if value is None:
        return []
    if isinstance(value, str):
        return [as_symbol(name) for name in value.replace(",", " ").split()]
    if hasattr(value, "name"):
        return [as_symbol(value)]
    return [as_symbol(name) for name in value]


class Scope:
    """What the names in an expression mean.

    Parameters
    ----------
    known : mapping of str to term
        Names that may be used.
    what : str
        What the model calls them, for messages: "a parameter".
    is_open : bool
        Whether any other name is a symbol of that name; otherwise it is an error.
    fix : str
        What to do about an unknown name, for messages; ``{name}`` stands for it.
    functions : mapping of str to callable, optional
        Functions beside those of mathematics and the named rate laws.
    """

    def __init__(
        self,
        known: Mapping[str, Any],
        what: str,
        *,
        is_open: bool = False,
        fix: str = "",
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self.known = known
        self.functions = functions or {}
        self.what = what
        self.is_open = is_open
        self.fix = fix
        self.found: dict[str, Any] = {}
        """Names beyond the known ones, with their symbols, in the order in which text used them."""

    def __call__(self, name: str) -> Any:
        """Return what a name means.

        Raises
        ------
        UnknownNameError
            If it means nothing here.
        """
        from symnum.terms.canonical import Symbol

        found = self.known.get(name)
        if found is not None:
            return found
        if self.is_open:
            return self.found.setdefault(name, Symbol(name))
        raise UnknownNameError(
            f'"{name}" is not {self.what}.{suggest(name, list(self.known))} {self.fix.format(name=name)}'.rstrip()
        )

    def parse(self, text: str, *, file: str | None = None, line: int | None = None, column: int = 0) -> Any:
        """Read an expression in these names.

        Parameters
        ----------
        text : str
            The expression. A name between backquotes may hold any characters.
        file, line, column : optional
            Where it stands, for messages.
        """
        from symnum.terms.canonical import PI

        # Names that are inf or nan stand in backquotes always; without them these are the numbers.
        constants: dict[str, Any] = {"inf": float("inf"), "nan": float("nan")}
        constants |= {name: PI for name in ("pi", "π") if name not in self.known}
        return parse_located(
            text,
            self,
            file=file,
            line=line,
            column=column,
            functions={**_functions(), **self.functions} if self.functions else _functions(),
            constants=constants,
        )

    def read(self, value: Any) -> Any:
        """Return a term from text, a term or a number; unknown names are errors, or noted if the scope is open."""
        if isinstance(value, str):
            return self.parse(value)
        from symnum.terms.traverse import free_symbols

        value = as_expression(value)
        # Sorted, since the order inside a term may depend on terms that were made before it.
        for symbol in sorted(free_symbols(value), key=lambda s: s.name):
            self(symbol.name)
        return value


@functools.cache
def _functions() -> dict[str, Any]:
    """Return rate laws, and what is easily said by mistake: terms at large may be so, in a model it is wrong."""
    from symnum.models.rate_laws import RATE_LAWS
    from symnum.terms.choices import check_extreme
    from symnum.terms.functions import piecewise
    from symnum.terms.symbols import apply

    def extreme(name: str) -> Any:
        def call(*terms: Any) -> Any:
            check_extreme(name, terms)
            return apply(name[:3], *terms)

        return call

    return {"piecewise": piecewise, **{n: extreme(n) for n in ("min", "max", "minimum", "maximum")}, **RATE_LAWS}


def as_expression(value: Any) -> Any:
    """Return a term or plain number as it is, any other number as a plain one.

    Raises
    ------
    InputError
        If the value is neither.
    """
    from symnum.terms.canonical import Constant, Term
    from symnum.terms.interface import is_expr
    from symnum.terms.numbers import as_number

    if isinstance(value, Term | Constant):
        return value
    if not hasattr(value, "__len__"):
        number = as_number(value)
        if number is not None:
            return number
    if is_expr(value) or hasattr(value, "name"):
        from symnum.terms.convert import convert

        return convert(value, "canonical")
    raise InputError(f"{value!r} is neither a number nor a term nor text.")


def parse_open(text: str) -> Any:
    """Read an expression in which every name is a symbol; ``pi`` is the number."""
    return Scope({}, "known", is_open=True).parse(text)


def parse_located(text: str, resolve: Callable[[str], Any], **where: Any) -> Any:
    """Read an expression; an unknown name stays an `UnknownNameError`, with its place in the message.

    Parameters
    ----------
    text : str
        The expression.
    resolve : callable
        Says what a name means.
    **where
        Further arguments of `symnum.terms.parsing.parse_expression`.
    """
    from symnum.terms.parsing import parse_expression

    try:
        return parse_expression(text, resolve, terms="canonical", **where)
    except ParseError as error:
        if isinstance(error.__cause__, UnknownNameError):
            raise UnknownNameError(str(error)) from None
        raise


def first_cycle(symbols: Mapping[str, Any], values: Mapping[str, Any]) -> list[str] | None:
    """Return names whose values need each other in a circle (first one repeated at the end), or None.

    Parameters
    ----------
    symbols : mapping of str to Symbol
        The names that can be part of a circle.
    values : mapping of str to term, number or None
        Their values.
    """
    from symnum.terms.traverse import free_symbols

    needs = {
        name: [s.name for s in free_symbols(value) if s.name in symbols]
        for name, value in values.items()
        if value is not None and not isinstance(value, int | float)
    }
    state: dict[str, int] = {}
    for root, first in needs.items():
        path = [root] if root not in state else []
        iterators = [iter(first)] if path else []
        if path:
            state[root] = 1
        while path:
            following = next(iterators[-1], None)
            if following is None:
                state[path.pop()] = 2
                iterators.pop()
            elif state.get(following) == 1:
                return [*path[path.index(following) :], following]
            elif following not in state:
                state[following] = 1
                path.append(following)
                iterators.append(iter(needs.get(following, ())))
    return None
