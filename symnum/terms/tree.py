"""Plain trees: an operation and its arguments, exactly as written. The baseline structure.

Nothing is simplified or shared at construction; equality is structural, hashes are cached.
"""

import pickle
from collections.abc import Sequence
from typing import Any, cast

from symnum.errors import InputError
from symnum.terms import canonical, interface, operations
from symnum.terms.interning import bulk
from symnum.terms.numbers import NUMBER_TYPES, as_number, number_key
from symnum.terms.structures import Structure, register_structure
from symnum.terms.term_operators import TermOperators


class TreeTerm(TermOperators):
    """Base of `Tree` and `TreeLeaf`: operators that write down what was asked for."""

    __slots__ = ("__weakref__", "_hash")
    _hash: int

    def _write(self, operation: str, *arguments: Any) -> Any:
        return build(operation, *arguments)

    def __hash__(self) -> int:
        return self._hash

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self


class TreeLeaf(TreeTerm):
    """A symbol, or one of the constants pi and e, of a tree.

    Attributes
    ----------
    name : str
    value : float or None
        Value of a constant; None for symbols.
    domain : str
        Which values a symbol may take.
    """

    __slots__ = ("domain", "name", "value")
    name: str
    value: float | None
    domain: str

    def __init__(self, name: str, value: float | None = None, domain: str = "complex") -> None:
        if not isinstance(name, str) or not name:
            raise InputError(f"a symbol needs a name (text that is not empty), and was given {name!r}.")
        self.name = name
        self.value = value
        self.domain = domain
        self._hash = hash((name, value, domain))

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not TreeLeaf:
            return NotImplemented
        return (self.name, self.value, self.domain) == (other.name, other.value, other.domain)

    __hash__ = TreeTerm.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return (TreeLeaf, (self.name, self.value, self.domain))


class Tree(TreeTerm):
    """An operation applied to arguments.

    Attributes
    ----------
    operation : str
    arguments : tuple of Tree, TreeLeaf and numbers
    metadata : object
    """

    __slots__ = ("arguments", "metadata", "operation")
    operation: str
    arguments: tuple[Any, ...]
    metadata: Any

    def __init__(self, operation: str, arguments: Sequence[Any], metadata: Any = None) -> None:
        self.operation = operation
        self.metadata = metadata
        keys: list[Any] = [operation]
        for argument in arguments:
            cls = argument.__class__
            if cls is Tree or cls is TreeLeaf:
                keys.append(argument._hash)
            elif cls is int:
                keys.append(argument)
            else:
                self.arguments = tuple([_argument(a) for a in arguments])
                self._hash = hash((operation, *[_key(a) for a in self.arguments]))
                return
        self.arguments = tuple(arguments)
        self._hash = hash(tuple(keys))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if other.__class__ is not Tree:
            return NotImplemented
        return _same(self, other)

    __hash__ = TreeTerm.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        with bulk():
            records = _pack(self)
            if any(len(record) == 3 and record[2] is not None for record in records):
                return (_unpack, (records,))  # what is shared beside the term stays shared
            return (_unpack, (pickle.dumps(records, pickle.HIGHEST_PROTOCOL),))


def _argument(value: Any) -> Any:
    cls = value.__class__
    if cls is Tree or cls is TreeLeaf or cls in NUMBER_TYPES or cls is bool or isinstance(value, TreeTerm):
        return value
    number = as_number(value)
    if number is None:
        raise InputError(
            f"{value!r} of type {type(value).__name__} cannot be part of a tree. Convert it: convert(expr, 'tree')."
        )
    return number


def _key(value: Any) -> Any:
    if value.__class__ is Tree:
        return value._hash
    if value.__class__ is bool:
        return (bool, value)
    return number_key(value) if value.__class__ in NUMBER_TYPES else value._hash


def _same(a: Any, b: Any) -> bool:
    """Compare without recursion; pairs that were compared once are not compared again."""
    seen: set[tuple[int, int]] = set()
    stack = [(a, b)]
    while stack:
        left, right = stack.pop()
        if left is right or (id(left), id(right)) in seen:
            continue
        if left.__class__ is not right.__class__:
            return False
        if left.__class__ is not Tree:
            if not (left == right if isinstance(left, TreeLeaf) else _key(left) == _key(right)):
                return False
            continue
        seen.add((id(left), id(right)))
        if (
            left._hash != right._hash
            or left.operation != right.operation
            or len(left.arguments) != len(right.arguments)
        ):
            return False
        stack.extend(zip(left.arguments, right.arguments, strict=True))
    return True


def _pack(term: Tree) -> list[tuple[Any, ...]]:
    from symnum.terms.traverse import walk

    index: dict[int, int] = {}
    records: list[tuple[Any, ...]] = []
    for part, args in walk([term]):
        index[id(part)] = len(records)
        if part.__class__ is Tree:
            records.append((part.operation, [index[id(a)] for a in args], part.metadata))
        else:
            records.append((part,))
    return records


def _unpack(records: list[tuple[Any, ...]] | bytes) -> Any:
    built: list[Any] = []
    with bulk():
        if isinstance(records, bytes):
            records = cast(list[tuple[Any, ...]], pickle.loads(records))  # noqa: S301 # unpickling calls this alone
        for record in records:
            if len(record) == 1:
                built.append(record[0])
            else:
                built.append(Tree(record[0], [built[i] for i in record[1]], record[2]))
    return built[-1]


def build(operation: str, *arguments: Any) -> Any:
    """Write down an operation and its arguments; operations on numbers alone are computed."""
    found = operations.OPERATIONS.get(operation) or operations.get_operation(operation)
    if len(arguments) != found.maximum:
        operations.check_arity(found, len(arguments))
    if arguments and arguments[0].__class__ in NUMBER_TYPES and all(a.__class__ in NUMBER_TYPES for a in arguments):
        value = canonical.build(operation, *arguments)
        if value.__class__ in NUMBER_TYPES or value.__class__ is bool:
            return value
    if found.kind == "arithmetic" and operation != "^" and len(arguments) < 2:
        return arguments[0] if arguments else int(operation == "*")
    return Tree(operation, arguments)


def _constant(name: str) -> TreeLeaf:
    return TreeLeaf(name, canonical.CONSTANTS[name].value)


def _symbol(name: str, domain: str = "complex") -> TreeLeaf:
    canonical.check_domain(domain)
    return TreeLeaf(name, None, domain)


def _make_tree(_like: Any, operation: str, arguments: Sequence[Any], metadata: Any = None) -> Any:
    made = build(operation, *arguments)
    if metadata is not None and made.__class__ is Tree:
        made.metadata = metadata
    return made


interface.is_expr.register(Tree)(lambda _term: True)
interface.is_call.register(Tree)(lambda _term: True)
interface.is_symbol.register(TreeLeaf)(lambda term: term.value is None)
interface.is_constant.register(TreeLeaf)(lambda term: term.value is not None)
interface.name.register(TreeLeaf)(lambda term: term.name)
interface.domain.register(TreeLeaf)(lambda term: term.domain)
interface.operation.register(Tree)(lambda term: term.operation)
interface.arguments.register(Tree)(lambda term: term.arguments)
interface.metadata.register(Tree)(lambda term: term.metadata)
interface.make_term.register(TreeTerm)(_make_tree)
register_structure(Structure("tree", _symbol, _constant, build), TreeTerm)
