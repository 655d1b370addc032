"""How matchers look into terms of each data structure, and build new ones.

Canonical terms and trees are read directly; any other structure goes through the term interface, so that a type
registered there works with every rule. Nested sums and nested products are seen as flat, and square roots as
powers with exponent 1/2, whatever the structure.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from rewriters.patterns import NEUTRAL, Leaf
from symnum.terms import canonical, interface
from symnum.terms.canonical import Call, Product, Sum, Symbol, Term
from symnum.terms.numbers import NUMBER_TYPES
from symnum.terms.structures import structure, structure_of_class
from symnum.terms.tree import Tree, TreeTerm
from symnum.terms.tree import build as tree_build

HALF = Fraction(1, 2)


class Access(NamedTuple):
    """The four things that matching and rewriting need of a term structure.

    Attributes
    ----------
    kind : str
        "canonical", "tree" or "generic": which code is generated for it.
    head : callable
        ``head(term)`` is its operation, "" for leaves.
    arguments : callable
        ``arguments(term)``, flat.
    build : callable
        ``build(like, operation, arguments)``.
    leaf : callable
        ``leaf(like, Leaf(...))`` is the symbol or constant.
    """

    kind: str
    head: Callable[[Any], str]
    arguments: Callable[[Any], Sequence[Any]]
    build: Callable[[Any, str, Sequence[Any]], Any]
    leaf: Callable[[Any, Leaf], Any]


sum_arguments: Callable[[Any], Sequence[Any]] = interface.arguments.dispatch(Sum)
product_arguments: Callable[[Any], Sequence[Any]] = interface.arguments.dispatch(Product)


def canonical_head(term: Any) -> str:
    """Return the operation of a canonical term, "" for a leaf."""
    cls = term.__class__
    if cls is Call:
        return term.function  # type: ignore[no-any-return]
    if cls is Sum:
        return "+"
    if cls is Product:
        return "^" if term.monic is None and len(term.factors) == 1 else "*"
    return ""


def canonical_build(_like: Any, operation: str, arguments: Sequence[Any]) -> Any:
    """Make a canonical term."""
    return canonical.build(operation, *arguments)


def canonical_leaf(_like: Any, leaf: Leaf) -> Any:
    """Make a canonical symbol or constant."""
    return _leaf("canonical", leaf)


def _leaf(structure_name: str, leaf: Leaf) -> Any:
    found = structure(structure_name)
    if leaf.constant:
        return found.constant(leaf.name)
    return found.symbol(leaf.name) if leaf.domain == "complex" else found.symbol(leaf.name, leaf.domain)


def flat(operation: str, arguments: Sequence[Any], head: Callable[[Any], str], below: Any) -> Sequence[Any]:
    """Return arguments with nested ones of the same operation opened, without recursion."""
    if operation not in NEUTRAL or operation == "^" or not any(head(a) == operation for a in arguments):
        return arguments
    opened: list[Any] = []
    stack = list(reversed(arguments))
    while stack:
        term = stack.pop()
        if head(term) == operation:
            stack.extend(reversed(below(term)))
        else:
            opened.append(term)
    return opened


def folded(operation: str, arguments: Sequence[Any]) -> Sequence[Any]:
    """Return arguments of a sum or product with their numbers made one, which goes first.

    Without this, rules that compute with numbers would not come to an end on trees.
    """
    if operation not in ("+", "*"):
        return arguments
    numbers = [a for a in arguments if a.__class__ in NUMBER_TYPES]
    if not numbers:
        return arguments
    number = canonical.build(operation, *numbers)
    others = [a for a in arguments if a.__class__ not in NUMBER_TYPES]
    if number.__class__ is int and number == 0 and operation == "*":
        return (0,)
    return others if number.__class__ is int and number == NEUTRAL[operation] else (number, *others)


def tree_head(term: Any) -> str:
    """Return the operation of a tree, "" for a leaf; a square root counts as a power."""
    if term.__class__ is not Tree:
        return ""
    return "^" if term.operation == "sqrt" else term.operation


def tree_arguments(term: Tree) -> Sequence[Any]:
    """Return the arguments of a tree, flat."""
    operation, arguments = term.operation, term.arguments
    if operation == "+" or operation == "*":
        for argument in arguments:
            if argument.__class__ is Tree and argument.operation == operation:
                return flat(operation, arguments, tree_head, lambda t: t.arguments)
    elif operation == "sqrt":
        return (arguments[0], HALF)
    return arguments


def tree_make(_like: Any, operation: str, arguments: Sequence[Any]) -> Any:
    """Make a tree; sums within sums and products within products are opened, their numbers folded."""
    together = flat(operation, arguments, tree_head, lambda t: t.arguments)
    return tree_build(operation, *folded(operation, together))


def tree_leaf(_like: Any, leaf: Leaf) -> Any:
    """Make a symbol or constant of a tree."""
    return _leaf("tree", leaf)


def generic_head(term: Any) -> str:
    """Return the operation of any term, "" for a leaf."""
    if term.__class__ in NUMBER_TYPES or not interface.is_call(term):
        return ""
    operation = interface.operation(term)
    return "^" if operation == "sqrt" else operation


def generic_arguments(term: Any) -> Sequence[Any]:
    """Return the arguments of any term, flat."""
    operation = interface.operation(term)
    if operation == "sqrt":
        return (interface.arguments(term)[0], HALF)
    return flat(operation, interface.arguments(term), generic_head, interface.arguments)


def generic_build(like: Any, operation: str, arguments: Sequence[Any]) -> Any:
    """Make a term of the same structure as another one."""
    if operation in ("+", "*"):
        arguments = folded(operation, arguments)
        if len(arguments) < 2:
            return arguments[0] if arguments else NEUTRAL[operation]
    return interface.make_term(like, operation, arguments)


def generic_leaf(like: Any, leaf: Leaf) -> Any:
    """Make a symbol or constant of the same structure as another term."""
    return _leaf(structure_of_class(like.__class__), leaf)


CANONICAL = Access(
    "canonical",
    canonical_head,
    interface.arguments,
    canonical_build,
    canonical_leaf,
)
TREE = Access("tree", tree_head, tree_arguments, tree_make, tree_leaf)
GENERIC = Access("generic", generic_head, generic_arguments, generic_build, generic_leaf)
KINDS = {"canonical": CANONICAL, "tree": TREE, "generic": GENERIC}

_known: dict[type, Access] = dict.fromkeys((*NUMBER_TYPES, bool, Sum, Product, Call, Symbol), CANONICAL)


def access_of(term: Any) -> Access:
    """Return how terms of this class are read."""
    cls = term.__class__
    found = _known.get(cls)
    if found is None:
        interface.is_expr(term)  # loads the adapter of a foreign type
        found = CANONICAL if isinstance(term, Term) else TREE if isinstance(term, TreeTerm) else GENERIC
        _known[cls] = found
    return found


def same(a: Any, b: Any) -> bool:
    """Tell whether two terms are equal, numbers also in kind (1 and 1.0 differ)."""
    return a is b or (a.__class__ is b.__class__ and bool(a == b))


def same_arguments(a: Sequence[Any], b: Sequence[Any]) -> bool:
    """Tell whether two lists hold the same terms in any order."""
    if len(a) != len(b):
        return False
    rest = list(b)
    for term in a:
        for i, other in enumerate(rest):
            if same(term, other):
                del rest[i]
                break
        else:
            return False
    return True


def gathered(access: Access, like: Any, operation: str, rest: Sequence[Any]) -> Any:
    """Return what a collector stands for: the sum or product of the arguments that are left over."""
    if len(rest) == 1:
        return rest[0]
    return access.build(like, operation, rest) if rest else NEUTRAL[operation]


def is_gathered(access: Access, operation: str, bound: Any, rest: Sequence[Any]) -> bool:
    """Tell whether arguments that are left over are what a collector stands for already."""
    if not rest:
        return same(bound, NEUTRAL[operation])
    if len(rest) == 1:
        return same(bound, rest[0])
    return access.head(bound) == operation and same_arguments(access.arguments(bound), rest)
