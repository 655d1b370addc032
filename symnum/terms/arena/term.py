"""`ArenaTerm`: a node of an arena, seen through the term interface."""

from collections.abc import Sequence
from typing import Any

from symnum.errors import ConditionError, InputError
from symnum.terms import canonical, interface, operations
from symnum.terms.arena.exchange import from_canonical, is_small, to_canonical, top_of
from symnum.terms.arena.growing import Growing
from symnum.terms.arena.layout import (
    BOOLEAN,
    CALL,
    CONSTANT,
    HASH,
    LIMIT,
    OFFSET,
    ONE,
    OPERATION,
    POWER,
    PRODUCT,
    SUM,
    SYMBOL,
    ZERO,
)  # fmt: skip
from symnum.terms.arena.store import PLAIN, Arena, NeedsCanonical
from symnum.terms.arena.transfer import Packed, pack, transfer, unpack
from symnum.terms.canonical import renderers
from symnum.terms.convert import whole_conversions
from symnum.terms.numbers import NUMBER_TYPES, as_number, plus, times
from symnum.terms.structures import Structure, register_structure

_default: Arena | None = None


def default_arena() -> Arena:
    """Return the arena in which ``symbols(..., terms="arena")`` and `convert` make their terms."""
    global _default
    if _default is None:
        _default = Arena()
    return _default


_new = object.__new__
_SHOWN_LEVELS = 40_000  # twice as many as characters are shown


class ArenaTerm:
    """A term that lives in an arena; made by `Arena.term` and operators.

    Sums and multiples that operators make get their row when something asks for it.

    Attributes
    ----------
    arena : Arena
    node : int
        Its row there. Equal terms of one arena are the same row.
    base, code : int
        The term is ``code * base``, if the code is not 0; the base is no sum.
    log : Growing or None
        If the code is 0 and there is a log, the term is the sum of its first `length` entries.
    length : int
    """

    __slots__ = ("__weakref__", "arena", "base", "code", "length", "log", "node")
    arena: Arena
    node: int
    base: int
    code: int
    log: Growing | None
    length: int

    def __init__(self, arena: Arena, node: int) -> None:
        self.arena = arena
        self.node = self.base = node
        self.code = int(arena.kind(node) != SUM)
        self.log = None

    def __getattr__(self, name: str) -> Any:
        """Make the row of a term that has none yet."""
        if name != "node":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if self.code:
            node = self.arena.sum_of((self.base,), (self.code,))
        else:
            assert self.log is not None
            node = self.arena.sum_of(self.log.bases[: self.length], self.log.codes[: self.length])
        self.node = node
        self.arena.noted(node, self)
        return node

    def canonical(self) -> Any:
        """Return the same term in the canonical structure."""
        return to_canonical(self.arena, [self.node])[0]

    def __add__(self, other: Any) -> Any:
        cls = other.__class__
        if cls is ArenaTerm:
            if other.code and other.arena is self.arena:
                return _grown(self, other.base, other.code)
        elif cls is int and -LIMIT <= other <= LIMIT:
            return _grown(self, ONE, other) if other else self
        return _binary("+", self, other)

    def __radd__(self, other: Any) -> Any:
        if other.__class__ is int and -LIMIT <= other <= LIMIT:
            return _grown(self, ONE, other) if other else self
        return _binary("+", other, self)

    def __sub__(self, other: Any) -> Any:
        cls = other.__class__
        if cls is ArenaTerm:
            if other.code >= -LIMIT and other.code and other.arena is self.arena:
                return _grown(self, other.base, -other.code)
        elif cls is int and -LIMIT <= other <= LIMIT:
            return _grown(self, ONE, -other) if other else self
        return _binary("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return _binary("+", other, -self)

    def __mul__(self, other: Any) -> Any:
        cls = other.__class__
        if cls is ArenaTerm:
            if other.arena is self.arena:
                return _product(self, other)
        elif cls is int and other and self.code:
            return _multiple(self, other)
        return _binary("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        if other.__class__ is int and other and self.code:
            if self.code == 1 and -LIMIT <= other <= LIMIT:
                return _scaled(self.arena, self.base, other)
            return _multiple(self, other)
        return _binary("*", other, self)

    def __truediv__(self, other: Any) -> Any:
        return _binary("/", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _binary("*", other, build("^", self, -1))

    def __pow__(self, other: Any) -> Any:
        if other.__class__ is int and other and -LIMIT <= other <= LIMIT:
            try:
                return wrap(self.arena, self.arena.product_of((self.node,), (other,)))
            except NeedsCanonical:
                pass
        return _binary("^", self, other)

    def __rpow__(self, other: Any) -> Any:
        return _binary("^", other, self)

    def __mod__(self, other: Any) -> Any:
        return _binary("mod", self, other)

    def __rmod__(self, other: Any) -> Any:
        return _binary("mod", other, self)

    def __neg__(self) -> Any:
        return _multiple(self, -1) if self.code else build("*", -1, self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return build("abs", self)

    def __lt__(self, other: Any) -> Any:
        return _binary("<", self, other)

    def __le__(self, other: Any) -> Any:
        return _binary("<=", self, other)

    def __gt__(self, other: Any) -> Any:
        return _binary(">", self, other)

    def __ge__(self, other: Any) -> Any:
        return _binary(">=", self, other)

    def __and__(self, other: Any) -> Any:
        return build("and", self, other)

    def __rand__(self, other: Any) -> Any:
        return build("and", other, self)

    def __or__(self, other: Any) -> Any:
        return build("or", self, other)

    def __ror__(self, other: Any) -> Any:
        return build("or", other, self)

    def __invert__(self) -> Any:
        return build("not", self)

    def __bool__(self) -> bool:
        kind = self.arena.kind(self.node)
        if kind < CALL or not operations.get_operation(self.arena.functions[kind - CALL]).is_condition:
            return True
        raise ConditionError(
            f"whether {self} holds is not known before its symbols have values. Write piecewise(value, condition, "
            "otherwise) for a choice, and (a < b) & (b < c) to combine conditions."
        )

    def __float__(self) -> float:
        raise InputError(
            f"{self} is symbolic and has no float value. Give its symbols values: evaluate(expr, {{symbol: value}})."
        )

    def __hash__(self) -> int:
        return self.arena.rows[self.node, HASH]

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if other.__class__ is not ArenaTerm:
            return NotImplemented
        if self.arena is other.arena:
            return self.node == other.node
        if hash(self) != hash(other):
            return False
        return transfer(other.arena, [other.node], self.arena)[0] == self.node

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restored, (pack(self.arena, [self.node]),))

    def __repr__(self) -> str:
        return renderers["plain"](self._shown())

    def _repr_latex_(self) -> str:
        return renderers["latex"](self._shown())

    def _repr_html_(self) -> str:
        return renderers["html"](self._shown())

    def _shown(self) -> Any:
        return top_of(self.arena, self.node, _SHOWN_LEVELS)


def _restored(packed: Packed) -> Any:
    arena = default_arena()
    return wrap(arena, unpack(arena, packed)[0])


def _multiple(term: ArenaTerm, number: int) -> Any:
    """Return number * term for a term that is code * base, and an int that is not zero."""
    arena, code = term.arena, term.code
    if code >= -LIMIT:
        code *= number
        if not -LIMIT <= code <= LIMIT:
            code = arena.code_of(code)
    else:
        code = arena.code_of(times(arena.number_of(code), number))
    return _scaled(arena, term.base, code)


def _product(left: ArenaTerm, right: ArenaTerm) -> Any:
    """Return the product of two terms of one arena."""
    try:
        return wrap(left.arena, left.arena.product_of((left.node, right.node), (1, 1)))
    except NeedsCanonical:
        return _binary("*", left, right)


def _scaled(arena: Arena, base: int, code: int) -> Any:
    """Return code * base as a term that has no row yet."""
    if code == 1:
        return wrap(arena, base)
    made = _new(ArenaTerm)
    made.arena = arena
    made.base = base
    made.code = code
    return made


def _grown(term: ArenaTerm, base: int, code: int) -> Any:
    """Return term + code * base as the end of a growing sum."""
    arena = term.arena
    with arena.lock:
        log = None if term.code else term.log
        if log is None or len(log.bases) != term.length:
            log = _log_of(term)
        if log.append(arena, base, code):
            left = len(log.totals) - (ONE in log.totals)
            if not left:
                return arena.number_of(log.totals.get(ONE, 0))
            if len(log.totals) == 1:
                return _scaled(arena, *next(iter(log.totals.items())))
        made = _new(ArenaTerm)
        made.arena = arena
        made.code = 0
        made.log = log
        made.length = len(log.bases)
        return made


def _log_of(term: ArenaTerm) -> Growing:
    """Return a new log that adds up to a term."""
    arena = term.arena
    log = Growing()
    if term.code:
        log.append(arena, term.base, term.code)
    elif term.log is not None:
        return term.log.beginning(arena, term.length)
    else:
        for base, code in arena.pairs(term.node):
            log.append(arena, base, code)
    return log


def wrap(arena: Arena, node: int) -> Any:
    """Return the term of a node: a plain number, a truth value or an `ArenaTerm`, one object per node."""
    reference = arena.objects.get(node)
    if reference is not None:
        found = reference()
        if found is not None:
            return found
    kind = arena.rows[node, OPERATION]
    if kind == BOOLEAN:
        return arena.labels[arena.rows[node, OFFSET]]
    if kind in (SUM, PRODUCT) and arena.is_number(node):
        return number_in(arena, node)
    made = _new(ArenaTerm)
    made.arena = arena
    made.node = made.base = node
    made.code = 0 if kind == SUM else 1
    made.log = None
    return arena.noted(node, made)


def number_in(arena: Arena, node: int) -> Any:
    """Return the plain number that a number's node stands for."""
    if node in (ONE, ZERO):
        return int(node == ONE)
    return arena.number_of(arena.pairs(node)[0][1])


def enter(arena: Arena, term: Any) -> Any:
    """Return a canonical term as a term of an arena; numbers stay what they are."""
    if term.__class__ in NUMBER_TYPES or term.__class__ is bool:
        return term
    return wrap(arena, from_canonical(arena, [term])[0])


def node_of(arena: Arena, value: Any) -> int:
    """Return the node of a term (of this or another arena, or canonical), number or truth value."""
    if value.__class__ is ArenaTerm:
        if value.arena is arena:
            return value.node
        return transfer(value.arena, [value.node], arena)[0]
    if value.__class__ is canonical.Symbol:
        return arena.symbol_node(value)
    if isinstance(value, canonical.Term) or value.__class__ is bool:
        return from_canonical(arena, [value])[0]
    number = as_number(value)
    if number is None:
        raise InputError(
            f"{value!r} of type {type(value).__name__} cannot be part of an arena. Convert it: "
            "convert(expr, 'arena')."
        )
    return arena.number(number)


def _binary(operation: str, left: Any, right: Any) -> Any:
    for value in (left, right):
        if value.__class__ is not ArenaTerm and (hasattr(value, "__len__") or as_number(value) is None):
            return NotImplemented
    if operation == "-":
        return build("+", left, build("*", -1, right))
    if operation == "/":
        return build("*", left, build("^", right, -1))
    return build(operation, left, right)


def build(operation: str, *arguments: Any) -> Any:
    """Build a term in the arena of the first argument that has one (else the default arena)."""
    for argument in arguments:
        if argument.__class__ is ArenaTerm:
            return _built(argument.arena, operation, arguments)
    return enter(default_arena(), canonical.build(operation, *arguments))


def _built(arena: Arena, operation: str, arguments: Sequence[Any]) -> Any:
    try:
        make = _MAKERS.get(operation)
        if make is None:
            return _call(arena, operation, arguments)
        return make(arena, [int(a) if a.__class__ is bool else a for a in arguments])
    except NeedsCanonical:
        return enter(arena, canonical.build(operation, *map(_canonical_of, arguments)))


def _plain(value: Any) -> Any:
    """Return numbers of other libraries as Python's, and anything else as it is."""
    if value.__class__ is ArenaTerm or isinstance(value, canonical.Term) or value.__class__ is bool:
        return value
    return as_number(value)


def _canonical_of(value: Any) -> Any:
    return value.canonical() if value.__class__ is ArenaTerm else value


def _add(arena: Arena, arguments: Sequence[Any]) -> Any:
    nodes, codes = [], []
    for argument in arguments:
        if argument.__class__ is ArenaTerm and argument.arena is arena:
            nodes.append(argument.node)
            codes.append(1)
        elif argument.__class__ in NUMBER_TYPES:
            nodes.append(ONE)
            codes.append(arena.code_of(plus(argument, 0)))
        else:
            nodes.append(node_of(arena, argument))
            codes.append(1)
    return wrap(arena, arena.sum_of(nodes, codes))


def _multiply(arena: Arena, arguments: Sequence[Any]) -> Any:
    coefficient: Any = 1
    nodes = []
    for argument in arguments:
        if argument.__class__ in NUMBER_TYPES:
            coefficient = times(coefficient, argument)
        else:
            nodes.append(node_of(arena, argument))
    node = nodes[0] if len(nodes) == 1 else arena.product_of(nodes, [1] * len(nodes))
    if coefficient.__class__ is not int or coefficient != 1:
        node = arena.sum_of((node,), (arena.code_of(coefficient),))
    return wrap(arena, node)


def _power(arena: Arena, arguments: Sequence[Any]) -> Any:
    base, exponent = arguments
    if base.__class__ in NUMBER_TYPES:
        raise NeedsCanonical
    if not is_small(exponent):
        return _general_power(arena, base, exponent)
    return wrap(arena, arena.product_of((node_of(arena, base),), (exponent,)) if exponent else ONE)


def _general_power(arena: Arena, base: Any, exponent: Any) -> Any:
    """Return a power of a symbol or call whose exponent is a term: it stays as it is."""
    if base.__class__ is not ArenaTerm or exponent.__class__ is not ArenaTerm or exponent.arena is not base.arena:
        raise NeedsCanonical
    kind = base.arena.kind(base.node)
    if kind != SYMBOL and kind < CALL:
        raise NeedsCanonical
    return wrap(arena, arena.call_of(POWER, (node_of(arena, base), node_of(arena, exponent))))


def _call(arena: Arena, name: str, arguments: Sequence[Any]) -> Any:
    found = operations.OPERATIONS.get(name) or operations.get_operation(name)
    if len(arguments) != found.maximum:
        operations.check_arity(found, len(arguments))
    if name not in PLAIN:
        raise NeedsCanonical
    nodes = [node_of(arena, a) for a in arguments]
    for node in nodes:
        kind = arena.rows[node, OPERATION]
        if kind >= CALL or kind == SYMBOL or (kind != CONSTANT and not arena.is_number(node)):
            return wrap(arena, arena.call_of(arena.function(name), nodes))
    raise NeedsCanonical


_MAKERS: dict[str, Any] = {"+": _add, "*": _multiply, "^": _power}


# --- the term interface --------------------------------------------------------------------------------------


def _is_call(term: ArenaTerm) -> bool:
    return term.arena.kind(term.node) >= SUM


def _operation(term: ArenaTerm) -> str:
    kind = term.arena.kind(term.node)
    if kind >= CALL:
        return term.arena.functions[kind - CALL]
    if kind == SUM:
        return "+" if len(term.arena.pairs(term.node)) > 1 else "*"
    if kind == POWER or (kind == PRODUCT and len(term.arena.pairs(term.node)) == 1):
        return "^"
    if kind == PRODUCT:
        return "*"
    raise interface._no_arguments(term, "operation")


def _factors(arena: Arena, node: int) -> list[Any]:
    if arena.kind(node) != PRODUCT:
        return [wrap(arena, node)]
    powers = []
    for base, code in arena.pairs(node):
        powers.append(wrap(arena, base if code == 1 else arena.power_of(base, code)))
    return powers


def _arguments(term: ArenaTerm) -> tuple[Any, ...]:
    arena, node = term.arena, term.node
    kind, pairs = arena.kind(node), arena.pairs(node)
    if kind < SUM:
        raise interface._no_arguments(term, "arguments")
    if kind == PRODUCT:
        if len(pairs) == 1:
            return wrap(arena, pairs[0][0]), arena.number_of(pairs[0][1])
        return tuple(_factors(arena, node))
    if kind != SUM:
        return tuple([wrap(arena, child) for child, _ in pairs])
    if len(pairs) == 1:
        return arena.number_of(pairs[0][1]), *_factors(arena, pairs[0][0])
    summands = [wrap(arena, c if code == 1 else arena.sum_of((c,), (code,))) for c, code in pairs if c != ONE]
    if pairs[0][0] == ONE:  # the number comes last
        summands.append(arena.number_of(pairs[0][1]))
    return tuple(summands)


def _sorted_arguments(term: ArenaTerm) -> tuple[Any, ...]:
    return tuple([enter(term.arena, a) for a in interface.sorted_arguments(term.canonical())])


def _name(term: ArenaTerm) -> str:
    label = term.arena.labels[term.arena.rows[term.node, OFFSET]]
    return str(label.name)


def _domain(term: ArenaTerm) -> str:
    return str(interface.domain(term.arena.labels[term.arena.rows[term.node, OFFSET]]))


def _symbol(name: str, *domain: str, **domains: str) -> Any:
    return default_arena().symbol(canonical.Symbol(name, *domain, **domains))


def _constant(name: str) -> Any:
    arena = default_arena()
    return wrap(arena, arena.constant_node(canonical.CONSTANTS[name]))


def _make_arena(like: ArenaTerm, operation: str, arguments: Sequence[Any], metadata: Any = None) -> Any:
    for argument in arguments:
        if argument.__class__ is ArenaTerm:
            return _built(argument.arena, operation, arguments)
    return enter(like.arena, canonical.build(operation, *arguments))


interface.is_expr.register(ArenaTerm)(_is_call)
interface.is_call.register(ArenaTerm)(_is_call)
interface.is_symbol.register(ArenaTerm)(lambda term: term.arena.kind(term.node) == SYMBOL)
interface.is_constant.register(ArenaTerm)(lambda term: term.arena.kind(term.node) == CONSTANT)
interface.name.register(ArenaTerm)(_name)
interface.domain.register(ArenaTerm)(_domain)
interface.operation.register(ArenaTerm)(_operation)
interface.arguments.register(ArenaTerm)(_arguments)
interface.sorted_arguments.register(ArenaTerm)(_sorted_arguments)
interface.make_term.register(ArenaTerm)(_make_arena)
whole_conversions["arena", "canonical"] = lambda roots: [_canonical_of(_plain(r)) for r in roots]
whole_conversions["canonical", "arena"] = lambda roots: [
    r if r.__class__ is ArenaTerm else enter(default_arena(), _plain(r)) for r in roots
]
register_structure(Structure("arena", _symbol, _constant, build), ArenaTerm)
