"""Terms without the places that they read and without their floats: what cells of one loop have in common."""

from fractions import Fraction
from typing import Any, NamedTuple

from symnum.models.stencil_trace.session import Element, Session, trimmed
from symnum.terms.canonical import Call, Constant, Sum, Symbol
from symnum.terms.canonical.calls import call
from symnum.terms.canonical.products import multiply, power
from symnum.terms.canonical.sums import add
from symnum.terms.traverse import subterms

__all__ = ["Skeleton", "Skeletons"]


class Skeleton(NamedTuple):
    """What a term is but for places and floats, and these in a fixed order."""

    key: int
    places: tuple[int, ...]
    values: tuple[float, ...]


class Skeletons:
    """Reads terms as skeletons, and makes terms of them again.

    Sums and products are read in an order that does not depend on how they were written: by skeleton, then by places.

    Parameters
    ----------
    session : Session
    exact : bool
        Whether whole numbers and fractions are part of a skeleton. Else they are floats, but for exponents.
    """

    def __init__(self, session: Session, exact: bool = True) -> None:
        self._session, self.exact = session, exact
        self._keys: dict[Any, int] = {}
        self._forms: list[Any] = []
        self._known: dict[Any, Skeleton] = {}

    def read(self, term: Any) -> Skeleton:
        """Return the skeleton of a term or number."""
        if not hasattr(term, "_order"):
            return self._number(term)
        known = self._known.get(term)
        if known is not None:
            return known
        for part in subterms([term]):
            if part not in self._known:
                self._known[part] = self._read(part)
        return self._known[term]

    def _key(self, form: Any) -> int:
        found = self._keys.get(form)
        if found is None:
            found = self._keys[form] = len(self._forms)
            self._forms.append(form)
        return found

    def _number(self, value: Any) -> Skeleton:
        if value.__class__ is float or (not self.exact and value.__class__ in (int, Fraction)):
            return Skeleton(self._key(("float",)), (), (float(value),))
        return Skeleton(self._key(("exact", value.__class__, value)), (), ())

    def _part(self, value: Any) -> Skeleton:
        return self._known[value] if hasattr(value, "_order") else self._number(value)

    def _read(self, term: Any) -> Skeleton:
        cls = term.__class__
        if cls is Symbol:
            element = self._session.element(term)
            if element is None:
                return Skeleton(self._key(("symbol", term)), (), ())
            return Skeleton(self._key(("element", element.source, element.strides)), (element.offset,), ())
        if cls is Constant:
            return Skeleton(self._key(("symbol", term)), (), ())
        if cls is Call:
            return self._joined(("call", term.function), [self._part(a) for a in term.args])
        if cls is Sum:
            parts = [self._joined("scaled", [self._part(c), self._part(t)]) for t, c in term.terms.items()]
            return self._joined("sum", [self._number(term.constant), *sorted(parts)])
        parts = [self._joined("power", [self._part(b), self._exponent(e)]) for b, e in term.factors.items()]
        return self._joined("product", [self._number(term.coefficient), *sorted(parts)])

    def _exponent(self, value: Any) -> Skeleton:
        if hasattr(value, "_order"):
            return self._known[value]
        return Skeleton(self._key(("exact", value.__class__, value)), (), ())

    def _joined(self, head: Any, parts: list[Skeleton]) -> Skeleton:
        key = self._key((head, *(p.key for p in parts)))
        return Skeleton(key, sum((p.places for p in parts), ()), sum((p.values for p in parts), ()))

    def strides_in(self, key: int) -> list[tuple[int, ...]]:
        """Return the strides of the elements of a skeleton, in their order."""
        head, *rest = self._forms[key]
        if head == "element":
            return [rest[1]]
        if head in ("float", "exact", "symbol"):
            return []
        return [strides for part in rest for strides in self.strides_in(part)]

    def rebuilt(self, key: int, elements: list[tuple[int, tuple[int, ...]]], numbers: list[Any]) -> Any:
        """Return the term of a skeleton with elements ``(offset, strides)`` and numbers in its places."""
        return self._rebuilt(key, iter(elements), iter(numbers))

    def _rebuilt(self, key: int, elements: Any, numbers: Any) -> Any:
        head, *rest = self._forms[key]
        if head == "float":
            return next(numbers)
        if head == "exact":
            return rest[1]
        if head == "symbol":
            return rest[0]
        if head == "element":
            offset, strides = next(elements)
            return self._session.symbol(Element(rest[0], offset, trimmed(strides)))
        parts = [self._rebuilt(part, elements, numbers) for part in rest]
        if head == "sum":
            return add(tuple(parts))
        if head in ("product", "scaled"):
            return multiply(tuple(parts))
        if head == "power":
            return power(parts[0], parts[1])
        return call(head[1], tuple(parts))
