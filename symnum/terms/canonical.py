"""The canonical term structure: `Sum` and `Product` as dictionaries, interned, made by fast constructors.

A `Sum` is ``constant + sum(coefficient * term)``, a `Product` is ``coefficient * prod(base ** exponent)``.
Equal symbols, products and calls are the same object, so hashing and comparing them costs what it
costs for any Python object. Sums are entered in the table only when they are hashed or become part of
another term; chains such as ``a + b + c + ...`` stay linear that way.

Construction applies only what always holds: equal terms and equal bases merge, whole powers of products
and of powers multiply out, numbers fold (exact ones exactly). Floats never count as exact 0 or 1:
``0.0*x`` and ``1.0*x`` stay. A number times a sum multiplies into the sum.

Never change a dictionary that you passed in or read from a term.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any

from symnum.errors import ConditionError, InputError, suggest
from symnum.terms import interface, operations
from symnum.terms.array_operand import ArrayOperand
from symnum.terms.interning import lookup, register, table
from symnum.terms.numbers import (
    NUMBER_TYPES,
    Number,
    as_number,
    integer_power,
    normal,
    number_key,
    plus,
    split_power,
    times,
)

_ONE = 1
_ZERO = 0
_new = object.__new__
_identity_hash = object.__hash__
renderers: dict[str, Callable[[Any], str]] = {}
"""How terms show themselves ("plain", "latex", "html"); filled by `symnum.terms.printing`."""


foldings: dict[str, Callable[[tuple[Any, ...]], Any]] = {}
"""Functions with rules of their own: arguments to new arguments (a tuple) or to the result; see `folding`."""

reducers: dict[str, Callable[[Any], tuple[Any, ...]]] = {}
"""How terms pickle; filled by `symnum.terms.pack`."""


class Term(ArrayOperand):
    """Base of the canonical terms: the operators of Python, and display."""

    __slots__ = ("__weakref__", "_order")

    _order: Any

    def __add__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else add((self, other))

    def __radd__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else add((other, self))

    def __sub__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else add((self, negate(other)))

    def __rsub__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else add((other, negate(self)))

    def __mul__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else multiply((self, other))

    def __rmul__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else multiply((other, self))

    def __truediv__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else multiply((self, power(other, -1)))

    def __rtruediv__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else multiply((other, power(self, -1)))

    def __pow__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else power(self, other)

    def __rpow__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else power(other, self)

    def __mod__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else call("mod", (self, other))

    def __rmod__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else call("mod", (other, self))

    def __neg__(self) -> Any:
        return negate(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return call("abs", (self,))

    def __lt__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else call("<", (self, other))

    def __le__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else call("<=", (self, other))

    def __gt__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else call(">", (self, other))

    def __ge__(self, other: Any) -> Any:
        other = _operand(other)
        return other if other is NotImplemented else call(">=", (self, other))

    def __and__(self, other: Any) -> Any:
        return call("and", (self, other))

    def __rand__(self, other: Any) -> Any:
        return call("and", (other, self))

    def __or__(self, other: Any) -> Any:
        return call("or", (self, other))

    def __ror__(self, other: Any) -> Any:
        return call("or", (other, self))

    def __invert__(self) -> Any:
        return call("not", (self,))

    def __float__(self) -> float:
        raise InputError(
            f"{self} is symbolic and has no float value. Give its symbols values: evaluate(expr, {{symbol: value}})."
        )

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self

    def __repr__(self) -> str:
        return renderers["short"](self)

    def __str__(self) -> str:
        return renderers["plain"](self)

    def _repr_latex_(self) -> str:
        return renderers["latex"](self)

    def _repr_html_(self) -> str:
        return renderers["html"](self)


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
                    return _new_sum(shared, self.constant, True)
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
_TERMS: frozenset[Any] = frozenset({Symbol, Constant, Sum, Product, Call})
_OPERANDS = _TERMS | NUMBER_TYPES


def _reduce(term: Any) -> tuple[Any, ...]:
    """Pickle as one flat list: the default way would recurse as deep as the term is."""
    return reducers["flat"](term)


def _operand(value: Any) -> Any:
    """Return a canonical term or plain number, or NotImplemented for anything else."""
    if value.__class__ in _OPERANDS:
        return value
    number = None if hasattr(value, "__len__") else as_number(value)
    return NotImplemented if number is None else number


# --- sums ----------------------------------------------------------------------------------------------


def _new_sum(terms: dict[Any, Number], constant: Number, is_open: bool = False) -> Sum:
    made = _new(Sum)
    made._shared = terms
    made._size = len(terms)
    made._open = is_open
    made._canonical = None
    made._order = None
    made.constant = constant
    return made


def make_sum(terms: dict[Any, Number], constant: Number = 0) -> Any:
    """Return ``constant + sum(coefficient * term)`` and take ownership of the dictionary.

    Parameters
    ----------
    terms : dict of term to number
        Symbols, calls and products without coefficient (never sums), with plain numbers
        (int, Fraction, float, complex; whole numbers as int). Exact zeros are dropped here.
    constant : number

    Returns
    -------
    term or number
        A `Sum`, or what is left of it: a product, a symbol, a number.
    """
    if 0 in terms.values():
        terms = {t: c for t, c in terms.items() if c or c.__class__ is not int}
    if len(terms) > 1:
        return _new_sum(terms, constant, True)
    if not terms:
        return constant
    if constant or constant.__class__ is not int:
        return _new_sum(terms, constant, True)
    ((term, coefficient),) = terms.items()
    return term if coefficient is _ONE else scale(term, coefficient)


def add(arguments: Iterable[Any]) -> Any:
    """Return the sum of any number of terms and numbers, in linear time.

    Examples
    --------
    >>> from symnum.terms import Symbol, add
    >>> x = Symbol("x")
    >>> add([x, 1, x, 2])
    2*x + 3
    """
    terms: dict[Any, Number] = {}
    constant: Number = 0
    for argument in arguments:
        cls = argument.__class__
        coefficient: Number = _ONE
        if cls is Product:
            if argument.monic is not None:
                coefficient = argument.coefficient
                argument = argument.monic
        elif cls is Sum:
            if argument.constant is not _ZERO:
                constant = plus(constant, argument.constant)
            if terms:
                _merge(terms, argument.terms)
            else:
                terms = argument.terms.copy()
            continue
        elif cls not in ATOMS:
            constant = plus(constant, _require_number(argument))
            continue
        old = terms.get(argument)
        terms[argument] = coefficient if old is None else plus(old, coefficient)
    return make_sum(terms, constant)


def _merge(into: dict[Any, Number], terms: dict[Any, Number]) -> None:
    get = into.get
    for term, coefficient in terms.items():
        old = get(term)
        into[term] = coefficient if old is None else plus(old, coefficient)


def _require_number(value: Any) -> Number:
    number = as_number(value)
    if number is None:
        convertible = interface.is_expr(value) or interface.is_symbol(value)
        fix = "convert it first: sn.convert(expr, 'canonical')" if convertible else "pass a term or a number"
        raise InputError(
            f"{value!r} of type {type(value).__name__} cannot be part of a canonical term; {fix}."
        )
    return number


def scale(term: Any, coefficient: Number) -> Any:
    """Return coefficient * term for a term or a number; a sum is multiplied out."""
    cls = term.__class__
    if cls is Sum:
        if coefficient.__class__ is int:
            if coefficient == 0:
                return 0
            if coefficient == 1:
                return term
        scaled = {t: times(c, coefficient) for t, c in term.terms.items()}
        return make_sum(scaled, times(term.constant, coefficient))
    if cls is Product:
        if term.monic is not None:
            coefficient = times(term.coefficient, coefficient)
            term = term.monic
    elif cls not in ATOMS:
        return times(_require_number(term), coefficient)
    key = coefficient
    if coefficient.__class__ is int:
        if coefficient == 1:
            return term
        if coefficient == 0:
            return 0
    elif coefficient.__class__ is Fraction and coefficient.denominator == 1:
        return scale(term, coefficient.numerator)
    else:
        key = number_key(coefficient)  # type: ignore[assignment]
    if term.__class__ is Sum:  # the monic part of a former product can be a sum only by misuse
        return scale(term, coefficient)
    pair = (key, term)
    found = lookup(pair)
    if found is not None:
        return found
    made = _new(Product)
    made.factors = term.factors if term.__class__ is Product else {term: 1}
    made.coefficient = coefficient
    made.monic = term
    made._order = None
    return register(pair, made)


def negate(term: Any) -> Any:
    """Return -term (for the float 0.0, -0.0)."""
    if term.__class__ in NUMBER_TYPES:
        return -term
    return scale(term, -1)


# --- products and powers ---------------------------------------------------------------------------------


def make_product(factors: dict[Any, Any], coefficient: Number = 1) -> Any:
    """Return ``coefficient * prod(base ** exponent)`` and take ownership of the dictionary.

    Parameters
    ----------
    factors : dict of term to number or term
        Bases with exponents. Exact zero exponents are dropped here, and whatever can be folded is.
    coefficient : number
        A plain int, Fraction, float or complex.

    Returns
    -------
    term or number
        A `Product`, or what is left of it. Products of symbols cost about one microsecond when new.
    """
    plain = True
    for base, exponent in factors.items():
        if exponent is not _ONE:
            if exponent.__class__ is not int or not exponent:
                return _general_product(factors, coefficient)
            plain = False
        cls = base.__class__
        if cls is not Symbol and cls is not Call and (cls is not Sum or base._canonical is not True):
            return _general_product(factors, coefficient)
    if plain:
        if len(factors) < 2:
            return scale(next(iter(factors)), coefficient) if factors else coefficient
        made = _intern_product(frozenset(factors), factors)
    else:
        made = _intern_product(frozenset(factors.items()), factors)
    return made if coefficient is _ONE else scale(made, coefficient)


def _intern_product(key: Any, factors: dict[Any, Any]) -> Product:
    reference = table.get(key)
    if reference is not None:
        found = reference()
        if found is not None:
            return found  # type: ignore[no-any-return]
    made = _new(Product)
    made.factors = factors
    made.coefficient = 1
    made.monic = None
    made._order = None
    return register(key, made)  # type: ignore[no-any-return]


def _general_product(factors: dict[Any, Any], coefficient: Number) -> Any:
    """Fold numbers, flatten products within products, multiply a lone sum out, intern the rest."""
    clean: dict[Any, Any] = {}
    pending = list(factors.items())
    pending.reverse()
    while pending:
        base, exponent = pending.pop()
        if exponent.__class__ is int and exponent == 0:
            continue
        if base in clean:
            pending.append((base, _exponent_sum(clean.pop(base), exponent)))
            continue
        cls = base.__class__
        if cls in NUMBER_TYPES:
            if exponent.__class__ in NUMBER_TYPES:
                part, base, exponent = split_power(base, exponent)
                coefficient = times(coefficient, part)
                if base is None:
                    continue
            elif base == 1 and base.__class__ is int:
                continue
        elif cls is Sum:
            base = base.canonical()
        elif cls is Product and exponent.__class__ is int:
            coefficient = times(coefficient, integer_power(base.coefficient, exponent))
            pending.extend((b, _exponent_product(e, exponent)) for b, e in base.factors.items())
            continue
        clean[base] = exponent.canonical() if exponent.__class__ is Sum else exponent
    return _finish_product(clean, coefficient)


def _finish_product(clean: dict[Any, Any], coefficient: Number) -> Any:
    if coefficient.__class__ is int and coefficient == 0:
        return 0
    if len(clean) < 2:
        if not clean:
            return coefficient
        ((base, exponent),) = clean.items()
        if exponent.__class__ is int and exponent == 1 and base.__class__ not in NUMBER_TYPES:
            return scale(base, coefficient)
    if all(e is _ONE for e in clean.values()):
        return scale(_intern_product(frozenset(clean), clean), coefficient)
    items = [(_factor_key(b), _factor_key(e)) for b, e in clean.items()]
    return scale(_intern_product(frozenset(items), clean), coefficient)


def _factor_key(value: Any) -> Any:
    return number_key(value) if value.__class__ in NUMBER_TYPES else value


def _exponent_sum(a: Any, b: Any) -> Any:
    if a.__class__ in NUMBER_TYPES and b.__class__ in NUMBER_TYPES:
        return plus(a, b)
    return add((a, b))


def _exponent_product(a: Any, b: Any) -> Any:
    if a.__class__ in NUMBER_TYPES and b.__class__ in NUMBER_TYPES:
        return times(a, b)
    return multiply((a, b))


def multiply(arguments: Iterable[Any]) -> Any:
    """Return the product of any number of terms and numbers, in linear time.

    Examples
    --------
    >>> from symnum.terms import Symbol, multiply
    >>> x, y = Symbol("x"), Symbol("y")
    >>> multiply([2, x, y, x])
    2*x^2*y
    """
    factors: dict[Any, Any] = {}
    coefficient: Number = 1
    for argument in arguments:
        cls = argument.__class__
        if cls is Product:
            if argument.monic is not None:
                coefficient = times(coefficient, argument.coefficient)
            if factors:
                for base, exponent in argument.factors.items():
                    old = factors.get(base)
                    factors[base] = exponent if old is None else _exponent_sum(old, exponent)
            else:
                factors = argument.factors.copy()
        elif cls in _TERMS:
            if cls is Sum and argument._canonical is not True:
                argument = argument.canonical()
            old = factors.get(argument)
            factors[argument] = 1 if old is None else _exponent_sum(old, 1)
        else:
            coefficient = times(coefficient, _require_number(argument))
    if coefficient.__class__ is int and coefficient == 0:
        return 0
    return make_product(factors, coefficient)


def power(base: Any, exponent: Any) -> Any:
    """Return base ** exponent.

    ``(x^a)^b`` becomes ``x^(a*b)`` where that always holds: for whole b, and for -1 < a <= 1 with exact b.
    Exact numbers fold exactly (``4^(1/2)`` is 2, ``2^(1/2)`` stays), never beyond the limit on digits.

    Raises
    ------
    DivisionByZeroError
        For an exact zero to a negative power.
    BudgetError
        Where an exact number would get too many digits.
    """
    if base.__class__ not in _TERMS:
        base = _require_number(base)
    if exponent.__class__ is int:
        if exponent == 1:
            return base
        if exponent == 0:
            return 1
        if base.__class__ in NUMBER_TYPES:
            return integer_power(base, exponent)
        if base.__class__ is Sum:
            base = base.canonical()
            return _intern_product(frozenset(((base, exponent),)), {base: exponent})
        return make_product({base: exponent})
    if exponent.__class__ not in _TERMS:
        number = _require_number(exponent)
        if number.__class__ is int:
            return power(base, number)
        return _fractional_power(base, number)
    if base is EULER:
        return call("exp", (exponent,))
    return make_product({base: exponent})


def _fractional_power(base: Any, exponent: Number) -> Any:
    if base is EULER and exponent.__class__ is float:
        return call("exp", (exponent,))
    if base.__class__ is not Product or exponent.__class__ is not Fraction:
        return make_product({base: exponent})
    if base.monic is not None:
        c = base.coefficient
        if c.__class__ in (int, Fraction) and c > 0:  # (c x)^q = c^q x^q for positive c
            return multiply((power(c, exponent), power(base.monic, exponent)))
    elif len(base.factors) == 1:
        ((inner, old),) = base.factors.items()
        if old.__class__ is Fraction and -1 < old <= 1:
            return make_product({inner: times(old, exponent)})
    return make_product({base: exponent})


# --- calls ---------------------------------------------------------------------------------------------------


def call(function: str, arguments: Sequence[Any]) -> Any:
    """Return a function, comparison, logical operation or choice applied to arguments.

    Parameters
    ----------
    function : str
        A name in `symnum.terms.operations.OPERATIONS`.
    arguments : sequence of terms, numbers, True and False

    Raises
    ------
    UnknownNameError, InputError
        For an unknown function or a wrong number of arguments.
    """
    found = operations.OPERATIONS.get(function) or operations.get_operation(function)
    if len(arguments) != found.maximum:
        operations.check_arity(found, len(arguments))
    if found.kind == "arithmetic":
        return build(function, *arguments)
    special = foldings.get(function)
    if special is None and len(arguments) == 1 and arguments[0].__class__ in _TERMS:
        (argument,) = arguments
        if argument.__class__ is Sum:
            argument = argument.canonical()
        return _intern_call((function, argument), function, (argument,))
    args = tuple([_argument(a) for a in arguments])
    if special is not None:
        result = special(args)
        if result.__class__ is not tuple:
            return result
        args = result
    elif all(a.__class__ in NUMBER_TYPES for a in args):
        value = operations.fold(found, args)
        if value is not None:
            return value
    return make_call(function, args)


def make_call(function: str, args: tuple[Any, ...]) -> Call:
    """Return a call as it stands, without folding; for arguments that were checked before."""
    key = (function, *[a if a.__class__ in _TERMS else _argument_key(a) for a in args])
    return _intern_call(key, function, args)


def _intern_call(key: tuple[Any, ...], function: str, args: tuple[Any, ...]) -> Call:
    reference = table.get(key)
    if reference is not None:
        existing = reference()
        if existing is not None:
            return existing  # type: ignore[no-any-return]
    made = _new(Call)
    made.function = function
    made.args = args
    made._order = None
    return register(key, made)  # type: ignore[no-any-return]


def _argument(value: Any) -> Any:
    cls = value.__class__
    if cls is Sum:
        return value.canonical()
    if cls is Fraction:
        return normal(value)
    if cls in _OPERANDS or cls is bool:
        return value
    if cls.__name__ == "bool_" or cls.__name__ == "bool":  # NumPy's
        return bool(value)
    return _require_number(value)


def _argument_key(value: Any) -> Any:
    return (bool, value) if value.__class__ is bool else number_key(value)


def build(operation: str, *arguments: Any) -> Any:
    """Build a canonical term from an operation and its arguments."""
    if operation == "+":
        return add(arguments)
    if operation == "*":
        return multiply(arguments)
    if operation == "^":
        return power(*arguments)
    return call(operation, arguments)
