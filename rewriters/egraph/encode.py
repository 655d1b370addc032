"""From terms to the tables that the e-graph is loaded from.

Terms of every structure are read through the term interface, parts that are shared once. Sums and products become
binary, in an order that depends on the terms alone; long ones become balanced, so that loading them takes few rounds.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from rewriters.egraph.signature import LEAF_CONSTRUCTORS, Constructor, constructor, table
from symnum.terms import interface
from symnum.terms.canonical import Call, Product, Sum
from symnum.terms.numbers import NUMBER_TYPES, is_exact, number_key
from symnum.terms.order import order_key
from symnum.terms.traverse import LEAVES

_HALF = Fraction(1, 2)
_DONE = object()
_SHORT = 8


class LeafTable:
    """Symbols, constants and opaque numbers by place; those that rules mention come first."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}
        self.leaves: list[Any] = []

    def place(self, key: Any, leaf: Any) -> int:
        """Return the place of a leaf, a new one where it has none."""
        found = self.places.get(key)
        if found is None:
            found = self.places[key] = len(self.leaves)
            self.leaves.append(leaf)
        return found

    def copy(self) -> "LeafTable":
        """Return a table of the same content."""
        made = LeafTable()
        made.places, made.leaves = dict(self.places), list(self.leaves)
        return made


class Leaves:
    """The three tables of leaves of one e-graph."""

    def __init__(self) -> None:
        self.symbols, self.constants, self.opaque = LeafTable(), LeafTable(), LeafTable()

    def copy(self) -> "Leaves":
        """Return tables of the same content."""
        made = Leaves()
        made.symbols, made.constants, made.opaque = (
            self.symbols.copy(),
            self.constants.copy(),
            self.opaque.copy(),
        )
        return made

    def opaque_place(self, value: Any) -> int:
        """Return the place of a number that is never computed with, or of a truth value."""
        return self.opaque.place(number_key(value), value)


class Encoded:
    """Terms as rows of tables.

    Attributes
    ----------
    rows : dict of constructor to list of rows
        A row is the place of a node, then the places of its arguments (or what a leaf holds).
    roots : list of int
        Place of each term.
    leaves : Leaves
    size : int
        Number of nodes.
    """

    def __init__(self, leaves: Leaves) -> None:
        self.rows: dict[Constructor, list[tuple[Any, ...]]] = {c: [] for c in LEAF_CONSTRUCTORS}
        self.roots: list[int] = []
        self.leaves = leaves
        self.size = 0
        self._known: dict[tuple[Any, ...], int] = {}
        self._number, self._opaque, self._symbol, self._constant = LEAF_CONSTRUCTORS

    # --- nodes ----------------------------------------------------------------------------------------------

    def node(self, what: Constructor, *content: Any) -> int:
        """Return the place of a node, a new one where there is none."""
        key = (what.name, *content)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self.size
            self.size += 1
            rows = self.rows.get(what)
            if rows is None:
                rows = self.rows[what] = []
            rows.append((found, *content))
        return found

    def leaf(self, term: Any) -> int:
        """Return the place of a number, symbol or constant."""
        if is_exact(term):
            return self.node(self._number, term.numerator, term.denominator)
        if term.__class__ in NUMBER_TYPES or term.__class__ is bool:
            return self.node(self._opaque, self.leaves.opaque_place(term))
        name = interface.name(term)
        if interface.is_constant(term):
            return self.node(self._constant, self.leaves.constants.place(name, term))
        key = (name, interface.domain(term))
        return self.node(self._symbol, self.leaves.symbols.place(key, term))

    def operation(self, operation: str, places: Sequence[int]) -> int:
        """Return the place of an operation on nodes."""
        if operation == "sqrt":
            operation, places = "^", (places[0], self.leaf(_HALF))
        if operation in ("+", "*") and len(places) != 2:
            return self._balanced(constructor(operation, 2), list(places), operation)
        return self.node(constructor(operation, len(places)), *places)

    def _balanced(self, what: Constructor, places: list[int], operation: str) -> int:
        if not places:
            return self.leaf(0 if operation == "+" else 1)
        if len(places) <= _SHORT:
            made = places[-1]
            for place in reversed(places[:-1]):
                made = self.node(what, place, made)
            return made
        while len(places) > 1:
            pairs = [self.node(what, a, b) for a, b in zip(places[::2], places[1::2])]
            places = pairs + places[len(pairs) * 2 :]
        return places[0]

    # --- terms ----------------------------------------------------------------------------------------------

    def add_terms(self, roots: Sequence[Any]) -> None:
        """Enter terms; each becomes one more root."""
        places: dict[int, int] = {}
        for term, operation, arguments in _sorted_parts(roots):
            if operation:
                places[id(term)] = self.operation(operation, [places[id(a)] for a in arguments])
            else:
                places[id(term)] = self.leaf(term)
        self.roots += [places[id(root)] for root in roots]

    def facts(self) -> dict[str, str]:
        """Return the tables as text, one row on each line."""
        tables = {
            table(c.name): "".join(["\t".join(map(str, row)) + "\n" for row in rows])
            for c, rows in self.rows.items()
            if rows
        }
        tables["in_root"] = "".join(f"{i}\t{place}\n" for i, place in enumerate(self.roots))
        return tables

    @property
    def constructors(self) -> tuple[Constructor, ...]:
        """All constructors in use, leaves included."""
        return tuple(self.rows)


_Part = tuple[Any, str, Sequence[Any]]


def _sorted_parts(roots: Sequence[Any]) -> list[_Part]:
    """Return (term, operation, arguments) of all parts, children first; the operation of a leaf is empty.

    Canonical terms keep their arguments in the order in which somebody first wrote them; here sums and products
    have them in an order that depends on them alone, and so the parts come in such an order too.
    """
    seen: set[int] = set()
    order: list[_Part] = []  # keeps every part alive: no identity is used twice
    opened: list[_Part] = []
    for root in roots:
        if root.__class__ in (Sum, Product, Call):
            order_key(root)  # of all parts at once: asked for part by part it takes quadratic time
        stack: list[Any] = [root]
        while stack:
            term = stack.pop()
            if term is _DONE:
                order.append(opened.pop())
                continue
            key = id(term)
            if key in seen:
                continue
            seen.add(key)
            cls = term.__class__
            if cls in LEAVES or not interface.is_call(term):
                order.append((term, "", ()))
                continue
            operation, below = interface.operation(term), interface.arguments(term)
            if cls is Sum or (cls is Product and operation == "*"):
                below = sorted(below, key=order_key)
            opened.append((term, operation, below))
            stack.append(_DONE)
            stack += below[::-1]
    return order
