"""Which rules can fire on a term: looked up by its operation and by those of its arguments.

A rule for ``sin(cos(~x))`` is tried only on terms with "sin" over "cos"; one for a sum with a ``sin(~x)^2`` in it
only on sums of which one argument is a power of a sine, or a product. The lists are made when first needed.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from rewriters.access import KINDS, Access, access_of, canonical_head
from rewriters.prepared import Application, Gathering, is_optional, possible_heads
from rewriters.rules import Rule
from symnum.terms.canonical import Call, Product, Sum, Symbol

FEW = 4
"""Up to so many rules for sums (or for products) are all tried on every one."""
MOST_KEYS = 20_000
"""How many looks of terms are remembered; beyond, looking begins anew."""


class Candidate(NamedTuple):
    """A rule that may fire, with its place among all of them."""

    position: int
    rule: Rule
    function: Callable[[Any], Any]


Fired = tuple[int, Rule, Any]
"""Position of a rule, the rule, and what it made of a term; a plain tuple, since one is made for every change."""


class RuleIndex:
    """Rules in order, found by what they can match.

    Parameters
    ----------
    rules : iterable of Rule
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._heads = [possible_heads(rule.prepared) for rule in self.rules]
        self._needs = [_needs(rule.prepared) for rule in self.rules]
        self._found: dict[str, dict[Any, tuple[Candidate, ...]]] = {kind: {} for kind in KINDS}
        self._canonical = self._found["canonical"]
        # Looking at all summands or factors pays where many rules want them.
        self._few_sums = sum(_allows(heads, "+") for heads in self._heads) <= FEW
        self._few_products = sum(_allows(heads, "*") for heads in self._heads) <= FEW

    def candidates(self, term: Any) -> tuple[Candidate, ...]:
        """Return the rules that may fire on a term, in order."""
        if term.__class__ in _CANONICAL:
            key: Any
            if self._few_sums and term.__class__ is Sum:
                key = _ANY_SUM
            elif self._few_products and term.__class__ is Product and canonical_head(term) == "*":
                key = _ANY_PRODUCT
            else:
                key = _canonical_key(term)
            found = self._canonical.get(key)
            return self._select("canonical", key) if found is None else found
        access = access_of(term)
        key = _key(term, access)
        found = self._found[access.kind].get(key)
        return self._select(access.kind, key) if found is None else found

    def _select(self, kind: str, key: Any) -> tuple[Candidate, ...]:
        operation, below = ("", ()) if key == "" else key
        if len(self._found[kind]) >= MOST_KEYS:
            self._found[kind].clear()
        found = self._found[kind][key] = tuple(
            Candidate(i, rule, rule.function(kind))
            for i, rule in enumerate(self.rules)
            if _allows(self._heads[i], operation) and _meets(rule.prepared, self._needs[i], operation, below)
        )
        return found

    def first(self, term: Any, start: int = 0) -> Fired | None:
        """Return what the first rule that changes a term makes of it, or None.

        Parameters
        ----------
        term : term or number
        start : int
            Rules before this position are left out.

        Raises
        ------
        RewriteError
            If a rule fails; names the rule and the term.
        """
        cls = term.__class__
        found: Any = None
        inner: Any = 0
        if cls is Call:  # the way of `candidates` for the most frequent terms, without its calls
            if term.args:
                inner = term.args[0]
            cls = inner.__class__
            below = inner.function if cls is Call else "" if cls is Symbol else canonical_head(inner)
            found = self._canonical.get((term.function, below))
        elif cls is Symbol:
            found = self._canonical.get("")
        elif cls is Product and term.monic is None and len(term.factors) == 1:
            for inner in term.factors:
                cls = inner.__class__
            below = inner.function if cls is Call else "" if cls is Symbol else canonical_head(inner)
            found = self._canonical.get(("^", below))
        if found is None:
            found = self.candidates(term)
        for position, rule, function in found:
            if position < start:
                continue
            try:
                result = function(term)
            except Exception as error:
                raise rule.failure(term, error) from error
            if (
                result is not None
                and result is not term
                and (result.__class__ is not term.__class__ or result.__class__ in _UNIQUE or result != term)
            ):
                return position, rule, result
        return None


_ANY_SUM, _ANY_PRODUCT = ("+", None), ("*", None)
_CANONICAL = frozenset({Sum, Product, Call, Symbol})
_UNIQUE = frozenset({Symbol, Product, Call})
"""Terms that are equal only to themselves."""


Need = dict[str, frozenset[str] | None]
"""Operations that an argument can have, each with those that its own first argument can have (None: any)."""


def _needs(prepared: Any) -> tuple[Need, ...]:
    """Return what arguments that must be there have to look like."""
    if prepared.__class__ is Application:
        first = possible_heads(prepared.arguments[0]) if prepared.arguments else None
        return () if first is None else (dict.fromkeys(first),)
    if prepared.__class__ is Gathering:
        needs = [_need(part) for part in prepared.fixed if not is_optional(part)]
        return tuple([need for need in needs if need is not None])
    return ()


def _need(part: Any) -> Need | None:
    heads = possible_heads(part)
    if heads is None:
        return None
    need: Need = dict.fromkeys(heads)
    if part.__class__ is Application and part.arguments and not part.collapses:
        need.update(dict.fromkeys(heads, possible_heads(part.arguments[0])))
    return need


def _allows(heads: frozenset[str] | None, operation: str) -> bool:
    return heads is None or operation in heads


def _meets(prepared: Any, needs: tuple[Need, ...], operation: str, below: Any) -> bool:
    if not needs or below is None or operation != getattr(prepared, "operation", None):
        return True
    if operation in ("+", "*"):
        return all(any(_fits(need, look) for look in below) for need in needs)
    return below in needs[0]


def _fits(need: Need, look: Any) -> bool:
    operation, first = look if look.__class__ is tuple else (look, None)
    if operation not in need:
        return False
    wanted = need[operation]
    return wanted is None or first is None or first in wanted


def _key(term: Any, access: Access) -> Any:
    operation = access.head(term)
    if not operation:
        return ""
    arguments = access.arguments(term)
    if operation in ("+", "*"):
        return (operation, frozenset([_look(a, access) for a in arguments]))
    return (operation, access.head(arguments[0]) if arguments else "")


def _look(term: Any, access: Access) -> Any:
    operation = access.head(term)
    if not operation or operation in ("+", "*"):
        return operation
    arguments = access.arguments(term)
    return (operation, access.head(arguments[0]) if arguments else "")


def _canonical_key(term: Any) -> Any:
    """Do the same for canonical terms, without making the arguments."""
    cls = term.__class__
    if cls is Sum:
        looks = [_canonical_look(t) if c.__class__ is int and c == 1 else "*" for t, c in term.terms.items()]
        if term.constant or term.constant.__class__ is not int:
            looks.append("")
        return ("+", frozenset(looks))
    if cls is Product and (term.monic is not None or len(term.factors) > 1):
        looks = [
            _canonical_look(b) if e.__class__ is int and e == 1 else ("^", canonical_head(b))
            for b, e in term.factors.items()
        ]
        if term.monic is not None:
            looks.append("")
        return ("*", frozenset(looks))
    return _canonical_look(term)


def _canonical_look(term: Any) -> Any:
    cls = term.__class__
    if cls is Symbol:
        return ""
    if cls is Call:
        args = term.args
        return (term.function, canonical_head(args[0]) if args else "")
    if cls is Product and term.monic is None and len(term.factors) == 1:
        (base,) = term.factors
        return ("^", canonical_head(base))
    return canonical_head(term)
