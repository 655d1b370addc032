"""Which rules can fire on a term: looked up by its operation and by those of its arguments.

A rule for ``sin(cos(~x))`` is tried only on terms with "sin" over "cos"; one for a sum with a ``sin(~x)^2`` in it
only on sums of which one argument is a power or a product. The lists are made when first needed.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from rewriters.access import KINDS, Access, access_of, canonical_head, same, sum_arguments
from rewriters.prepared import Application, Gathering, is_optional, possible_heads
from rewriters.rules import Rule
from symnum.terms.canonical import Call, Product, Sum

FEW = 4
"""Up to so many rules for sums are all tried on every sum."""


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
        # Looking at all summands pays where many rules want sums.
        self._few_sums = sum(_allows(heads, "+") for heads in self._heads) <= FEW

    def candidates(self, term: Any) -> tuple[Candidate, ...]:
        """Return the rules that may fire on a term, in order."""
        if term.__class__ in _CANONICAL:
            key = _ANY_SUM if self._few_sums and term.__class__ is Sum else _canonical_key(term)
            found = self._canonical.get(key)
            return self._select("canonical", key) if found is None else found
        access = access_of(term)
        key = _key(term, access)
        found = self._found[access.kind].get(key)
        return self._select(access.kind, key) if found is None else found

    def _select(self, kind: str, key: Any) -> tuple[Candidate, ...]:
        operation, below = ("", ()) if key == "" else key
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
        for position, rule, function in self.candidates(term):
            if position < start:
                continue
            try:
                result = function(term)
            except Exception as error:
                raise rule.failure(term, error) from error
            if result is not None and result is not term and not same(result, term):
                return position, rule, result
        return None


_ANY_SUM = ("+", None)
_CANONICAL = frozenset({Sum, Product, Call})


def _needs(prepared: Any) -> tuple[frozenset[str], ...]:
    """Return, for arguments that must be there, the operations that each can have."""
    if prepared.__class__ is Application:
        first = possible_heads(prepared.arguments[0]) if prepared.arguments else None
        return () if first is None else (first,)
    if prepared.__class__ is Gathering:
        firm = [possible_heads(part) for part in prepared.fixed if not is_optional(part)]
        return tuple(heads for heads in firm if heads is not None)
    return ()


def _allows(heads: frozenset[str] | None, operation: str) -> bool:
    return heads is None or operation in heads


def _meets(prepared: Any, needs: tuple[frozenset[str], ...], operation: str, below: Any) -> bool:
    if not needs or operation != getattr(prepared, "operation", None):
        return True
    if below is None:
        return True
    if operation in ("+", "*"):
        return all(not heads.isdisjoint(below) for heads in needs)
    return below in needs[0]


def _key(term: Any, access: Access) -> Any:
    operation = access.head(term)
    if not operation:
        return ""
    arguments = access.arguments(term)
    if operation in ("+", "*"):
        return (operation, frozenset([access.head(a) for a in arguments]))
    return (operation, access.head(arguments[0]) if arguments else "")


def _canonical_key(term: Any) -> Any:
    """Do the same for canonical terms, without making the arguments."""
    cls = term.__class__
    if cls is Call:
        args = term.args
        first = args[0] if args else 0
        return (term.function, first.function if first.__class__ is Call else canonical_head(first))
    if cls is Product:
        if term.monic is None and len(term.factors) == 1:
            return ("^", canonical_head(next(iter(term.factors))))
        heads = [canonical_head(b) if e.__class__ is int and e == 1 else "^" for b, e in term.factors.items()]
        if term.monic is not None:
            heads.append("")
        return ("*", frozenset(heads))
    if cls is Sum:
        return ("+", frozenset([canonical_head(a) for a in sum_arguments(term)]))
    return ""
