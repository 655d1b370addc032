"""`sn.register_function`: functions of the user's own, with derivative, numerical values and a compiled form."""

from collections.abc import Callable, Sequence
from typing import Any

from symnum.errors import InputError, UnsupportedError
from symnum.terms import interface
from symnum.terms.canonical import Symbol
from symnum.terms.names import RESERVED_NAMES, written
from symnum.terms.operations import OPERATIONS, Build, Operation, register_operation
from symnum.terms.symbols import apply

_registered: set[str] = set()


class UserFunction:
    """A registered function: applied to terms it gives a term.

    Attributes
    ----------
    name : str
    arity : int
    """

    __slots__ = ("arity", "name")

    def __init__(self, name: str, arity: int) -> None:
        self.name = name
        self.arity = arity

    def __call__(self, *arguments: Any) -> Any:
        """Return the function of some terms and numbers."""
        return apply(self.name, *arguments)

    def __repr__(self) -> str:
        return f"<function {self.name} of {self.arity} argument{'s' * (self.arity != 1)}>"


def register_function(
    name: str,
    arity: int = 1,
    *,
    derivative: Callable[..., Any] | Sequence[Callable[..., Any]] | None = None,
    numeric: Callable[..., Any] | None = None,
    expression: Callable[..., Any] | None = None,
    latex: str = "",
    replace: bool = False,
) -> UserFunction:
    """Make a function known to terms, text, derivatives, evaluation and, given an expression, compilation.

    Parameters
    ----------
    name : str
        An identifier that no function has yet.
    arity : int
        Number of arguments.
    derivative : callable, or sequence of `arity` callables, optional
        ``derivative(*arguments)`` returns the derivative as a term (a sequence of `arity` terms for
        several arguments); or one callable for each argument. If left out it is taken from `expression`;
        without that, a term that holds the function cannot be differentiated by what the function depends on.
    numeric : callable, optional
        Takes float64 (or complex128) numbers or arrays and returns such. If left out, `expression` is computed.
    expression : callable, optional
        ``expression(*arguments)`` returns the same function as a term in other functions. It is what is
        compiled; a term of the function stays as it is.
    latex : str, optional
        LaTeX of the name.
    replace : bool
        Whether to take the place of a function of the user's that has this name.

    Returns
    -------
    UserFunction
        Call it on terms.

    Raises
    ------
    InputError
        If the name is taken or no identifier, or nothing says what the function is.

    Examples
    --------
    >>> import symnum as sn
    >>> softplus = sn.register_function("softplus", expression=lambda x: sn.log(1 + sn.exp(x)))
    >>> x = sn.symbols("x")
    >>> sn.differentiate(softplus(x) ** 2, x)
    2*exp(x)*softplus(x)/(exp(x) + 1)
    """
    _check(name, arity, replace)
    given = (derivative, numeric, expression)
    if all(part is None for part in given):
        raise InputError(
            f'"{name}" needs a meaning: give numeric=, expression= or derivative= to register_function.'
        )
    operation = Operation(
        name,
        arity,
        arity,
        numeric=_numeric(name, arity, numeric, expression),
        partial=_partial(name, arity, derivative, expression),
        latex=latex or rf"\operatorname{{{name}}}".replace("_", r"\_"),
        definition=None if expression is None else lambda _build, args: expression(*args),
    )
    register_operation(operation, replace=replace)
    _registered.add(name)
    from symnum.terms.parsing.functions import register_spelling

    register_spelling(name)
    return UserFunction(name, arity)


def _check(name: str, arity: int, replace: bool) -> None:
    if (
        not isinstance(name, str)
        or not name.isidentifier()
        or name in RESERVED_NAMES
        or written(name) != name
    ):
        raise InputError(f'{name!r} cannot name a function; use an identifier such as "response".')
    if not isinstance(arity, int) or arity < 1:
        raise InputError(
            f"arity is the number of arguments of {name}, at least 1, and was given as {arity!r}."
        )
    from symnum.terms.parsing.functions import SPELLINGS

    if name in _registered:
        if not replace:
            raise InputError(
                f'the function "{name}" is registered already; register_function("{name}", ..., replace=True) '
                "puts another in its place."
            )
    elif name in OPERATIONS or name in SPELLINGS:
        raise InputError(f'"{name}" is a function of symnum; give yours another name.')


def _numeric(
    name: str, arity: int, numeric: Callable[..., Any] | None, expression: Callable[..., Any] | None
) -> Callable[..., Any] | None:
    if numeric is not None:
        return lambda _np, *values: _array(numeric(*values))
    if expression is None:
        return None

    def compute(_np: Any, *values: Any) -> Any:
        from symnum.terms.evaluate import evaluate

        slots = [Symbol(f"{name}.{i}") for i in range(arity)]
        return evaluate(expression(*slots), dict(zip(slots, values, strict=True)))

    return compute


def _array(value: Any) -> Any:
    import numpy

    return numpy.asarray(value)[()]


def _partial(
    name: str,
    arity: int,
    derivative: Callable[..., Any] | Sequence[Callable[..., Any]] | None,
    expression: Callable[..., Any] | None,
) -> Callable[[Build, tuple[Any, ...], int], Any] | None:
    if derivative is None:
        return None if expression is None else _partial_of_expression(name, arity, expression)
    if not callable(derivative):
        rules = list(derivative)
        if len(rules) != arity or not all(callable(rule) for rule in rules):
            raise InputError(
                f"derivative= of {name} holds {len(rules)} entries for {arity} arguments; give one callable each."
            )
        return lambda _build, args, i: rules[i](*args)
    whole = derivative

    def partial(_build: Build, args: tuple[Any, ...], i: int) -> Any:
        value = whole(*args)
        if not isinstance(value, list | tuple):
            value = (value,)
        if len(value) != arity:
            raise InputError(
                f"derivative of {name} returned {len(value)} terms for {arity} arguments; return one for each."
            )
        return value[i]

    return partial


def _partial_of_expression(
    name: str, arity: int, expression: Callable[..., Any]
) -> Callable[[Build, tuple[Any, ...], int], Any]:
    def partial(build: Build, args: tuple[Any, ...], i: int) -> Any:
        from symnum.terms.differentiate import differentiate
        from symnum.terms.substitute import substitute
        from symnum.terms.symbols import like_of

        like = like_of(args)
        slots = [_slot(like, f"{name}.{k}") for k in range(arity)]
        slope = differentiate(expression(*slots), slots[i])
        return substitute(slope, dict(zip(slots, args, strict=True)))

    return partial


def _slot(like: Any, name: str) -> Any:
    """Return a symbol of the structure of `like`, under a name that no text can spell."""
    from symnum.terms.convert import structure_of
    from symnum.terms.structures import structure

    return structure(structure_of(like)).symbol(name)


def definition_of(term: Any) -> Any:
    """Return what a call stands for in other operations, or None where it has no such definition.

    Raises
    ------
    UnsupportedError
        If a definition gives back the very call that it should define.
    """
    found = OPERATIONS.get(interface.operation(term))
    if found is None or found.definition is None:
        return None
    from symnum.terms.canonical import build

    value = found.definition(build, tuple(interface.arguments(term)))
    if value is not None and value == term:
        raise UnsupportedError(f"the expression of {interface.operation(term)} is that function itself.")
    return value
