"""Strategies: rewriters made of rewriters. The words are those of SymbolicUtils.

A rewriter is anything that is called with a term and returns another term, or None where it has nothing to say:
a rule, a ruleset, a Python function, or one of these. `Empty`, `If` and `IfElse` can return None; the others
always return a term. All go through terms without recursion.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from rewriters.access import access_of, same
from rewriters.cost import operation_count
from rewriters.index import RuleIndex
from rewriters.rules import Rule
from rewriters.ruleset import Ruleset
from symnum.display import elide
from symnum.errors import DivisionByZeroError, InputError, RewriteError, TimeLimitError
from symnum.terms import interface
from symnum.terms.timing import check_time, time_limit
from symnum.terms.traverse import walk

__all__ = [
    "Chain",
    "Empty",
    "Fixpoint",
    "If",
    "IfElse",
    "PassThrough",
    "Postwalk",
    "Prewalk",
    "RestartedChain",
]

Rewriter = Callable[[Any], Any]
MOST_STEPS = 1_000_000
MOST_ROUNDS = 10_000


class Empty:
    """Does nothing: returns None for every term."""

    def __call__(self, term: Any) -> None:
        """Return None."""

    def __repr__(self) -> str:
        return "Empty()"


class PassThrough:
    """Returns the term itself where a rewriter returns None."""

    def __init__(self, rewriter: Rewriter) -> None:
        self.rewriter = _checked(rewriter)

    def __call__(self, term: Any) -> Any:
        """Return the rewritten term, or the term."""
        result = self.rewriter(term)
        return term if result is None else result

    def __repr__(self) -> str:
        return f"PassThrough({self.rewriter!r})"


class If:
    """Applies a rewriter where a condition on the term holds; else returns None."""

    def __init__(self, condition: Callable[[Any], bool], rewriter: Rewriter) -> None:
        self.condition, self.rewriter = _checked(condition), _checked(rewriter)

    def __call__(self, term: Any) -> Any:
        """Return the rewritten term, or None."""
        return self.rewriter(term) if self.condition(term) else None

    def __repr__(self) -> str:
        return f"If({_name(self.condition)}, {self.rewriter!r})"


class IfElse:
    """Applies one rewriter where a condition on the term holds, and another one where not."""

    def __init__(self, condition: Callable[[Any], bool], then: Rewriter, otherwise: Rewriter) -> None:
        self.condition, self.then, self.otherwise = _checked(condition), _checked(then), _checked(otherwise)

    def __call__(self, term: Any) -> Any:
        """Return what the chosen rewriter returns."""
        return self.then(term) if self.condition(term) else self.otherwise(term)

    def __repr__(self) -> str:
        return f"IfElse({_name(self.condition)}, {self.then!r}, {self.otherwise!r})"


class Chain:
    """Applies rewriters one after another, each to what the ones before it made.

    Rules are looked up by what they can match, so long chains of rules are cheap.

    Parameters
    ----------
    rewriters : iterable of rewriters

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> r = sn.rule("~a*~b + ~a*~c => ~a*(~b + ~c)")
    >>> sn.Fixpoint(sn.Postwalk(sn.Chain([r])))(x*y + x*2)
    x*(y + 2)
    """

    def __init__(self, rewriters: Iterable[Rewriter]) -> None:
        self.rewriters = tuple([_checked(r) for r in _several(rewriters)])
        only_rules = all(isinstance(r, Rule) for r in self.rewriters)
        self._index = RuleIndex(self.rewriters) if only_rules else None

    def __call__(self, term: Any) -> Any:
        """Return the rewritten term, the same one if nothing applied."""
        if self._index is not None:
            fired = self._index.first(term)
            while fired is not None:
                position, _, term = fired
                fired = self._index.first(term, position + 1)
            return term
        for rewriter in self.rewriters:
            result = rewriter(term)
            term = term if result is None else result
        return term

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.rewriters)!r})"


class RestartedChain(Chain):
    """Applies rewriters one after another, and begins again with the first whenever one changed the term."""

    def __call__(self, term: Any) -> Any:
        """Return the rewritten term, the same one if nothing applied.

        Raises
        ------
        RewriteError
            If it goes round in circles, or does not come to an end.
        """
        seen: set[Any] = set()
        while True:
            result = self._first(term)
            if result is None:
                return term
            seen.add(term)
            if result in seen or len(seen) > MOST_ROUNDS:
                raise RewriteError(
                    f"RestartedChain does not come to an end on {elide(str(term))}: its rules undo each other or "
                    "go on for ever. Use Chain in a Fixpoint, which sees cycles, or take one of the rules out.",
                    term=term,
                )
            term = result

    def _first(self, term: Any) -> Any:
        if self._index is not None:
            fired = self._index.first(term)
            return None if fired is None else fired[2]
        for rewriter in self.rewriters:
            result = rewriter(term)
            if result is not None and not same(result, term):
                return result
        return None


class Postwalk:
    """Applies a rewriter to every part of a term, arguments before what contains them.

    Equal parts that are one object are rewritten once. What the rewriter makes is not looked into; `Fixpoint`
    around it does that.

    Parameters
    ----------
    rewriter : rewriter
    """

    def __init__(self, rewriter: Rewriter) -> None:
        self.rewriter = _checked(rewriter)

    def __call__(self, term: Any) -> Any:
        """Return the rewritten term."""
        results: dict[int, Any] = {}
        parts = walk([term])
        for part, arguments in parts:
            check_time()
            new = rebuilt(part, arguments, [results[id(a)] for a in arguments])
            made = self.rewriter(new)
            results[id(part)] = new if made is None else made
        return results[id(term)]

    def __repr__(self) -> str:
        return f"Postwalk({self.rewriter!r})"


class Prewalk:
    """Applies a rewriter to a term, then to the arguments of what it made of it, and so on.

    Parameters
    ----------
    rewriter : rewriter
    limit : int
        Number of parts after which it gives up.
    """

    def __init__(self, rewriter: Rewriter, limit: int = MOST_STEPS) -> None:
        self.rewriter = _checked(rewriter)
        self.limit = limit

    def __call__(self, term: Any) -> Any:
        """Return the rewritten term.

        Raises
        ------
        RewriteError
            If the rewriter puts terms into what it makes of them for ever.
        """
        results: dict[int, Any] = {}
        kept: list[Any] = []  # no identity is used twice while these live
        stack: list[tuple[Any, Any, Any]] = [(term, None, None)]
        while stack:
            part, new, arguments = stack.pop()
            if arguments is not None:
                results[id(part)] = rebuilt(new, arguments, [results[id(a)] for a in arguments])
                continue
            if id(part) in results:
                continue
            kept.append(part)
            check_time()
            if len(kept) > self.limit:
                raise RewriteError(
                    f"Prewalk has gone through {self.limit:,} parts: the rewriter may put each term into what it "
                    "makes of it. Use Postwalk, or raise limit=.",
                    term=term,
                )
            made = self.rewriter(part)
            new = part if made is None else made
            arguments = interface.arguments(new) if interface.is_call(new) else ()
            kept.append((new, arguments))
            stack.append((part, new, arguments))
            stack.extend([(a, None, None) for a in reversed(arguments)])
        return results[id(term)]

    def __repr__(self) -> str:
        return f"Prewalk({self.rewriter!r})"


class Fixpoint:
    """Applies a rewriter again and again until nothing changes.

    Where the same term comes round again, it stops and returns the cheapest term of the cycle (fewest
    operations; the first of several), so the result does not depend on where the cycle was entered.

    Parameters
    ----------
    rewriter : rewriter
    limit : int
        Number of rounds after which it gives up.
    timeout_s : float, optional
        Seconds after which it returns what the last whole round made.

    Attributes
    ----------
    stop : str
        Why the last call ended: "fixed point", "cycle" or "timeout".
    """

    def __init__(self, rewriter: Rewriter, limit: int = MOST_ROUNDS, timeout_s: float | None = None) -> None:
        self.rewriter = _checked(rewriter)
        self.limit = limit
        self.timeout_s = timeout_s
        self.stop = ""

    def __call__(self, term: Any) -> Any:
        """Return the last term.

        Raises
        ------
        RewriteError
            If the term goes on changing for `limit` rounds.
        """
        end = None if self.timeout_s is None else time.monotonic() + self.timeout_s
        with time_limit(self.timeout_s):
            return self._repeat(term, end)

    def _repeat(self, term: Any, end: float | None) -> Any:
        seen: dict[Any, None] = {}
        self.stop = "fixed point"
        while True:
            try:
                result = self.rewriter(term)
            except TimeLimitError:
                if end is None or time.monotonic() < end:
                    raise  # the limit of somebody else
                self.stop = "timeout"
                return term
            if result is None or same(result, term):
                return term
            seen[term] = None
            if result in seen:
                self.stop = "cycle"
                return cheapest(list(seen), result)
            term = result
            if end is not None and time.monotonic() > end:
                self.stop = "timeout"
                return term
            if len(seen) >= self.limit:
                raise RewriteError(
                    f"Fixpoint has made {self.limit:,} rounds and the term still changes; it is now "
                    f"{elide(str(term))}. A rule may grow what it matches; take it out, or raise limit=.",
                    term=term,
                )

    def __repr__(self) -> str:
        return f"Fixpoint({self.rewriter!r})"


def cheapest(seen: list[Any], again: Any) -> Any:
    """Return the cheapest term of a cycle: of those since the one that came round again."""
    return min(seen[seen.index(again) :], key=operation_count)


def rebuilt(term: Any, old: Any, new: list[Any]) -> Any:
    """Return a term with other arguments, the same object if they are the same.

    Where a denominator has become an exact zero the term has no value, and stays as it was written.
    """
    if all(a is b for a, b in zip(old, new)):
        return term
    try:
        return access_of(term).build(term, interface.operation(term), new)
    except DivisionByZeroError:
        return term


def _several(rewriters: Any) -> Iterable[Rewriter]:
    if isinstance(rewriters, Ruleset):
        return rewriters.rules
    if callable(rewriters):
        raise InputError(f"a chain takes a list of rewriters: Chain([{rewriters!r}]).")
    return rewriters  # type: ignore[no-any-return]


def _checked(rewriter: Any) -> Any:
    if not callable(rewriter):
        raise InputError(
            f"{rewriter!r} is no rewriter: give a rule, a ruleset, a function of a term, or a combinator."
        )
    return rewriter


def _name(function: Any) -> str:
    return getattr(function, "__name__", repr(function))
