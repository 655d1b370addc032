"""The classes of canonical terms: what they hold, how they compare, hash and pickle.

Nothing is folded here; the functions of the neighbouring modules make terms.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from symnum.errors import ConditionError, InputError, suggest
from symnum.terms import interface, operations
from symnum.terms.canonical.operators import Operators
from symnum.terms.interning import lookup, register
from symnum.terms.numbers import NUMBER_TYPES, Number, as_number, number_key

_new = object.__new__
_identity_hash = object.__hash__

reducers: dict[str, Callable[[Any], tuple[Any, ...]]] = {}
"""How terms pickle; filled by `symnum.terms.pack`."""


class Term(Operators):
    """Base of the canonical terms."""

    __slots__ = ("__weakref__", "_order")
    _order: Any


class Symbol(Term):
    """A named quantity. Two symbols of the same name and domain are the same object.

    Parameters
    ----------
    name : str
        Any text that is not empty; ``"EGFR(Y1~U)"`` and ``"lambda"`` are as good as ``"x"``.
    domain : str
        Which values it may take, one of `DOMAINS`; "complex", the default, is any number.

    Examples
    --------
    >>> from symnum.terms import Symbol
    >>> Symbol("x") + 2 * Symbol("x")
    3*x
    >>> Symbol("x") == Symbol("x", "positive")
    False
    """

    __slots__ = ("domain", "name")
    name: str
    domain: str

    def __new__(cls, name: str, domain: str = "complex") -> "Symbol":
        """Return the symbol of that name and domain."""
        if domain != "complex":
            return _symbol_of_domain(name, domain)
        found = lookup(name) if name.__class__ is str else None
        if found is not None:
            return found  # type: ignore[no-any-return]
        return _new_symbol(name, domain, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Symbol, (self.name,) if self.domain == "complex" else (self.name, self.domain))


DOMAINS = ("complex", "real", "nonzero", "nonnegative", "positive", "integer")
"""Domains of symbols; all but "complex" and "nonzero" (any number but zero) are real."""


def check_domain(domain: str) -> None:
    """Raise `InputError` for text that names no domain of symbols."""
    if domain not in DOMAINS:
        raise InputError(
            f'there is no domain "{domain}" for symbols.{suggest(str(domain), DOMAINS)} '
            f"Choose one of {', '.join(DOMAINS)}."
        )


def _symbol_of_domain(name: str, domain: str) -> Symbol:
    check_domain(domain)
    key = ("symbol", name, domain)  # no call has this key: arguments are never plain text
    found = lookup(key) if name.__class__ is str else None
    return found if found is not None else _new_symbol(name, domain, key)


def _new_symbol(name: str, domain: str, key: Any) -> Symbol:
    if not isinstance(name, str) or not name:
        raise InputError(
            f'a symbol needs a name (text that is not empty), and was given {name!r}: Symbol("x").'
        )
    symbol = _new(Symbol)
    symbol.name, symbol.domain, symbol._order = str(name), domain, None
    return register(symbol.name if domain == "complex" else key, symbol)  # type: ignore[no-any-return]


class Constant(Term):
    """An exact mathematical constant: `PI` or `EULER`. Never equal to a symbol of that name."""

    __slots__ = ("latex", "name", "value")
    name: str
    value: float
    latex: str

    def __new__(cls, name: str) -> "Constant":
        """Return the constant of that name."""
        if name not in CONSTANTS:
            raise InputError(f'there is no constant "{name}"; the constants are {", ".join(CONSTANTS)}.')
        return CONSTANTS[name]

    def __reduce__(self) -> tuple[Any, ...]:
        return (Constant, (self.name,))


def _constant(name: str, value: float, latex: str) -> Constant:
    constant = _new(Constant)
    constant.name, constant.value, constant.latex, constant._order = name, value, latex, None
    return constant


PI = _constant("pi", 3.141592653589793, r"\pi")
EULER = _constant("e", 2.718281828459045, r"e")
CONSTANTS: dict[str, Constant] = {"pi": PI, "e": EULER}


class Sum(Term):
    """``constant + sum(coefficient * term)``; made by `make_sum`, `add` or ``+``.

    Attributes
    ----------
    terms : dict of term to number
        Coefficient-free terms with their coefficients, none of which is an exact zero.
    constant : number
        The number among the summands; an exact 0 if there is none.
    """

    __slots__ = ("_arguments", "_canonical", "_open", "_shared", "_size", "constant")
    _arguments: tuple[Any, ...]  # as the term interface shows them; set when somebody asks
    _shared: dict[Any, Number]  # dictionary of this sum or of a longer one that begins with it
    _size: int  # how many of its entries belong to this sum
    _open: bool  # nobody has seen the dictionary: the next summand may be appended in place
    _canonical: Any  # None: not interned; True: this one is in the table; else the one that is
    constant: Number

    @property
    def terms(self) -> dict[Any, Number]:
        """Coefficient-free terms with their coefficients."""
        self._open = False
        shared = self._shared
        if len(shared) != self._size:
            shared = self._shared = dict(islice(shared.items(), self._size))
        return shared

    def canonical(self) -> "Sum":
        """Return the one object that stands for this sum in all terms that contain it."""
        found = self._canonical
        if found is True:
            return self
        if found is not None:
            return found  # type: ignore[no-any-return]
        terms, constant = self.terms, self.constant
        items: Iterable[Any] = terms.items()
        for coefficient in terms.values():
            if coefficient.__class__ is not int:
                items = [(t, number_key(c)) for t, c in items]
                break
        key = (constant if constant.__class__ is int else number_key(constant), frozenset(items))
        kept: Sum = register(key, self)
        self._canonical = True if kept is self else kept
        return kept

    def __hash__(self) -> int:
        return _identity_hash(self if self._canonical is True else self.canonical())

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if other.__class__ is not Sum:
            return NotImplemented
        if self._size != other._size:
            return False
        return self.canonical() is other.canonical()

    def __add__(self, other: Any) -> Any:
        cls = other.__class__
        if self._open and (cls is Symbol or cls is Call or (cls is Product and other.monic is None)):
            shared, size = self._shared, self._size
            # A dictionary keeps the order of insertion, so shorter sums stay valid prefixes of it. If another
            # thread appended first, the length tells, and the general way below makes a copy.
            if len(shared) == size and other not in shared:
                shared[other] = 1
                if len(shared) == size + 1:
                    return new_sum(shared, self.constant, True)
        return Term.__add__(self, other)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reduce(self)


class Product(Term):
    """``coefficient * prod(base ** exponent)``; made by `make_product`, `multiply`, `power` or operators.

    Attributes
    ----------
    factors : dict of term to number or term
        Bases with their exponents, none of which is an exact zero.
    coefficient : number
        The number among the factors; an exact 1 if there is none.
    monic : term or None
        The same product with coefficient 1; None if this is it.
    """

    __slots__ = ("_arguments", "coefficient", "factors", "monic")
    _arguments: tuple[Any, ...]  # as the term interface shows them; set when somebody asks
    factors: dict[Any, Any]
    coefficient: Number
    monic: Any

    def __reduce__(self) -> tuple[Any, ...]:
        return _reduce(self)


class Call(Term):
    """A function, comparison, logical operation or choice applied to arguments; made by `call`.

    Attributes
    ----------
    function : str
        Name of the operation.
    args : tuple of terms and numbers
    """

    __slots__ = ("args", "function")
    function: str
    args: tuple[Any, ...]

    def __bool__(self) -> bool:
        if not operations.OPERATIONS[self.function].is_condition:
            return True
        raise ConditionError(
            f"whether {self} holds is not known before its symbols have values, so it cannot steer `if`, `and`, "
            "`or`, `not` or a chained comparison. Write piecewise(value, condition, otherwise) for a choice, and "
            "(a < b) & (b < c) to combine conditions; == and != compare structure and do give True or False."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _reduce(self)


ATOMS: frozenset[Any] = frozenset({Symbol, Constant, Call})
TERMS: frozenset[Any] = frozenset({Symbol, Constant, Sum, Product, Call})
OPERANDS = TERMS | NUMBER_TYPES


def _reduce(term: Any) -> tuple[Any, ...]:
    """Pickle as one flat list: the default way would recurse as deep as the term is."""
    return reducers["flat"](term)


def operand(value: Any) -> Any:
    """Return a canonical term or plain number, or NotImplemented for anything else."""
    if value.__class__ in OPERANDS:
        return value
    number = None if hasattr(value, "__len__") else as_number(value)
    return NotImplemented if number is None else number


def new_sum(terms: dict[Any, Number], constant: Number, is_open: bool = False) -> Sum:
    """Return a sum as it stands; `is_open` says that nobody else holds the dictionary."""
    made = _new(Sum)
    made._shared = terms
    made._size = len(terms)
    made._open = is_open
    made._canonical = None
    made._order = None
    made.constant = constant
    return made


def require_number(value: Any) -> Number:
    """Return a plain number, or say why something is no part of a canonical term."""
    number = as_number(value)
    if number is None:
        convertible = interface.is_expr(value) or interface.is_symbol(value)
        fix = "convert it first: sn.convert(expr, 'canonical')" if convertible else "pass a term or a number"
        raise InputError(
            f"{value!r} of type {type(value).__name__} cannot be part of a canonical term; {fix}."
        )
    return number
