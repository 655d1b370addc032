"""Rules: a pattern, what to make of it, and where that is right."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from rewriters.access import access_of
from rewriters.conditions import Condition, as_condition, by_name, read_domain, within
from rewriters.interpreted import LEFT_OVER, instantiate, match
from rewriters.matcher import Compiled, TooManyLoops, compile_rule
from rewriters.pattern_text import SOUNDNESS, read_pattern, read_rule
from rewriters.patterns import Pattern, Segment, as_pattern, to_text, variables
from rewriters.prepared import prepare
from symnum.display import elide
from symnum.errors import RewriteError, RuleError, TimeLimitError, suggest

__all__ = ["Rule", "rule"]


class Rule:
    """A rewrite rule: called with a term, it returns what it makes of it, or None.

    Parameters
    ----------
    lhs : str or pattern
        What is looked for, ``"~a*~b + ~a*~c"`` or made of `slots`.
    rhs : str, pattern, number, or callable
        What takes its place. A Python function gets the slots whose names its parameters have (segments as
        tuples) and returns a term, or None where the rule does not apply after all.
    name : str, optional
        Shown in reports; by default the text of the rule.
    where : str, pattern or callable, optional
        A condition; a Python function is called like `rhs` and returns True or False.
    soundness : {"exact", "extended", "real", "approximate"}
        "exact": both sides have the same values, and have them at the same points; "extended": the right side also
        has values where the left one has none, as in ``~x/~x => 1``; "real": equal on the stated domain;
        "approximate": equal up to some error.
    domain : str or mapping of slot name to str
        "complex" (any number), "real", "nonzero", "nonnegative", "positive" or "integer".
    both : bool
        Whether the rule also holds from right to left (`reversed`). Calling it applies it from left to right.

    Raises
    ------
    RuleError
        For text that cannot be read, with its column, and for sides that do not fit each other.

    Notes
    -----
    Called by hand a rule fires wherever it matches; `rewrite` makes sure that the stated domain holds.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> double = sn.Rule("sin(2*~x)", "2*sin(~x)*cos(~x)", name="double angle")
    >>> double(sn.sin(2*x)), double(sn.sin(x))
    (2*cos(x)*sin(x), None)
    """

    def __init__(
        self,
        lhs: Any,
        rhs: Any,
        *,
        name: str | None = None,
        where: Any = None,
        soundness: str = "exact",
        domain: str | Mapping[str, str] = "complex",
        both: bool = False,
    ) -> None:
        self.lhs = _side(lhs)
        self.rhs = rhs if _is_function(rhs) else _side(rhs)
        self.where = read_pattern(where) if isinstance(where, str) else where
        if soundness not in SOUNDNESS:
            raise RuleError(
                f'the soundness of a rule is one of {", ".join(SOUNDNESS)}, not "{soundness}".'
                f"{suggest(str(soundness), SOUNDNESS)}"
            )
        self.soundness = soundness
        self.both = both
        self.domain = read_domain(domain, self.lhs)
        self.prepared = prepare(self.lhs)
        self.names = tuple(variables(self.lhs))
        self._check()
        self._condition = as_condition(self.where, self.names)
        self._compiled: dict[str, Compiled] = {}
        self.name = name or _text(self)

    @classmethod
    def of(cls, lhs: Any, **options: Any) -> Callable[[Callable[..., Any]], "Rule"]:
        """Make a rule of a Python function, as a decorator; the function's name names the rule.

        Examples
        --------
        >>> import symnum as sn
        >>> @sn.Rule.of("~a::number * ~x")
        ... def halve(a, x):
        ...     return a * x / 2
        >>> halve(sn.symbols("y") * 6)
        3*y
        """
        return lambda function: cls(lhs, function, **{"name": function.__name__, **options})

    def _check(self) -> None:
        if _is_function(self.rhs):
            return
        if isinstance(self.rhs, Segment):
            raise RuleError(f"{self.rhs} stands for several terms; it cannot be the whole right side.")
        for name in variables(self.rhs):
            if name not in self.names:
                raise RuleError(
                    f"the right side has ~{name}, which the left side {self.lhs} does not bind."
                    f"{suggest(name, self.names)}"
                )
        kinds = _segment_names(self.lhs)
        if wrong := (_segment_names(self.rhs) ^ kinds) & set(variables(self.rhs)):
            raise RuleError(f'"{min(wrong)}" is a slot on one side and a segment on the other.')

    # --- applying -----------------------------------------------------------------------------------------

    def __call__(self, term: Any) -> Any:
        """Return what the rule makes of a term, or None where it does not match.

        Raises
        ------
        RewriteError
            If a predicate, the condition or the right side fails; names the rule and the term.
        """
        function = self.function(access_of(term).kind)
        try:
            return function(term)
        except Exception as error:
            raise self.failure(term, error) from error

    def failure(self, term: Any, error: Exception) -> RewriteError | TimeLimitError:
        """Return an error that names this rule and a term."""
        if isinstance(error, RewriteError | TimeLimitError):
            return error
        what = f"{type(error).__name__}: {error}"
        return RewriteError(f'rule "{self.name}" failed on {elide(str(term))}: {what}', self.name, term)

    def function(self, kind: str) -> Callable[[Any], Any]:
        """Return the compiled matcher for "canonical", "tree" or "generic" terms."""
        found = self._compiled.get(kind)
        if found is None:
            found = self._compiled[kind] = self._compile(kind)
        return found.function

    def source(self, kind: str = "canonical") -> str:
        """Return the generated source for one kind of terms; empty if the pattern is interpreted."""
        self.function(kind)
        return self._compiled[kind].source

    def _compile(self, kind: str) -> Compiled:
        try:
            return compile_rule(self.prepared, self._right, self._condition, self.lhs, kind)
        except TooManyLoops:
            return Compiled(self.interpret, "")

    @cached_property
    def _right(self) -> Any:
        return by_name(self.rhs, self.names, "right side") if _is_function(self.rhs) else self.rhs

    def matches(self, term: Any) -> Iterator[dict[str, Any]]:
        """Yield every way in which the left side matches and the condition holds, by the interpreted matcher.

        Examples
        --------
        >>> import symnum as sn
        >>> x, y = sn.symbols("x y")
        >>> list(sn.rule("~a*~b => ~b").matches(x * y))
        [{'a': x, 'b': y}, {'a': y, 'b': x}]
        """
        for bindings in self._bindings(term):
            bindings.pop(LEFT_OVER, None)
            yield bindings

    def _bindings(self, term: Any) -> Iterator[dict[str, Any]]:
        for found in match(self.prepared, term):
            values = tuple([found[name] for name in self.names])
            if self._condition is None or self._condition(values, term):
                yield dict(found)

    def results(self, term: Any) -> Iterator[Any]:
        """Yield what the rule makes of a term for every match, by the interpreted matcher."""
        access = access_of(term)
        for found in self._bindings(term):
            if _is_function(self.rhs):
                made = self._right(tuple([found[name] for name in self.names]), term)
                if made is None:
                    continue
            else:
                made = instantiate(self.rhs, found, access, term)
            left_over = found.get(LEFT_OVER)
            yield access.build(term, self.prepared.operation, (made, *left_over)) if left_over else made

    def interpret(self, term: Any) -> Any:
        """Return what calling the rule returns, by the interpreted matcher: the measure for compiled code."""
        return next(self.results(term), None)

    # --- variants -------------------------------------------------------------------------------------------

    def reversed(self) -> "Rule":
        """Return the rule from right to left.

        Raises
        ------
        RuleError
            If it was not stated to hold both ways (``<=>``), or its right side is a function.
        """
        if not self.both:
            raise RuleError(f'rule "{self.name}" holds in one direction. Write <=> if it holds in both.')
        if _is_function(self.rhs):
            raise RuleError(f'rule "{self.name}" computes its right side, so it cannot be reversed.')
        return Rule(
            self.rhs,
            self.lhs,
            name=f"{self.name} reversed",
            where=self.where,
            soundness=self.soundness,
            domain=self.domain,
            both=True,
        )

    def restricted(self) -> "Rule":
        """Return the rule limited to terms for which its stated domain is certain to hold."""
        condition: Condition | None = within(self.domain, self.names, self._condition)
        if condition is self._condition:
            return self
        limited = object.__new__(Rule)
        limited.__dict__.update(self.__dict__)
        limited._condition = condition
        limited._compiled = {}
        return limited

    # --- display --------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<Rule {self.name}>" if self.name == _text(self) else f"<Rule {self.name}: {_text(self)}>"

    def __str__(self) -> str:
        """Write the rule so that `rule` reads it back, if it has no Python function in it."""
        named = f"{self.name}: " if self.name.replace("_", "").replace("-", "").isalnum() else ""
        return named + _text(self)

    def _key(self) -> tuple[Any, ...]:
        domain = tuple(sorted(self.domain.items()))
        return (self.name, self.lhs, self.rhs, self.where, self.soundness, domain, self.both)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Rule) and self._key() == other._key())

    def __hash__(self) -> int:
        return hash((self.name, self.lhs))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as text."""
        if _is_function(self.rhs) or _is_function(self.where):
            raise RuleError(f'rule "{self.name}" has a Python function in it and cannot be pickled.')
        return (_from_text, (_text(self), self.name))


def _from_text(text: str, name: str) -> Rule:
    return rule(text, name=name)


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, Pattern)


def _side(value: Any) -> Any:
    return read_pattern(value) if isinstance(value, str) else as_pattern(value)


def _segment_names(pattern: Any) -> set[str]:
    from rewriters.patterns import walk_pattern

    return {part.name for part in walk_pattern(pattern) if isinstance(part, Segment)}


def _text(of: Rule) -> str:
    rhs = f"<{getattr(of.rhs, '__name__', 'function')}>" if _is_function(of.rhs) else to_text(of.rhs)
    text = f"{to_text(of.lhs)} {'<=>' if of.both else '=>'} {rhs}"
    if of.where is not None:
        text += f" where {'<function>' if _is_function(of.where) else to_text(of.where)}"
    if of.soundness != "exact" or of.domain:
        text += f" @ {of.soundness}"
        text += "".join(f"{',' * (i > 0)} {n}: {d}" for i, (n, d) in enumerate(of.domain.items()))
    return text


def rule(
    text: str,
    *,
    name: str | None = None,
    where: Any = None,
    soundness: str | None = None,
    domain: str | Mapping[str, str] | None = None,
    file: str | None = None,
    line: int | None = None,
) -> Rule:
    """Read a rule from text; nothing in it is ever executed.

    Parameters
    ----------
    text : str
        ``[name:] lhs => rhs [where condition] [@ soundness [domain]]``. In patterns, ``~x`` stands for one
        term, ``~~x`` for any number of arguments, ``~!x`` for one that may be missing (0 in a sum, 1 in a
        product or as an exponent), ``~x::integer`` for one that passes a test; all else is literal. Sums
        and products match in any order. ``<=>`` says that the rule holds both ways.
    name, where, soundness, domain
        As for `Rule`; instead of what the text says.
    file, line : optional
        Where the text stands, for messages.

    Raises
    ------
    RuleError
        With the column of the fault.

    Examples
    --------
    >>> import symnum as sn
    >>> x, y = sn.symbols("x y")
    >>> r = sn.rule("~a*~b + ~a*~c => ~a*(~b + ~c)")
    >>> r(x*y + x*2)
    x*(y + 2)
    """
    if not isinstance(text, str):
        raise RuleError(f"a rule is read from text, such as sn.rule('~x + 0 => ~x'), and {text!r} was given.")
    read = read_rule(text, file=file, line=line)
    options: dict[str, Any] = {
        "name": name or read.name,
        "where": read.where if where is None else where,
        "soundness": soundness or read.soundness or "exact",
        "domain": domain or read.domain or "complex",
        "both": read.both,
    }
    try:
        return Rule(read.lhs, read.rhs, **options)
    except RuleError as error:
        if error.text is not None:
            raise
        place = _place(error.reason, text)
        raise RuleError(error.reason, text=text, file=file, line=line, column=place) from error


def _place(reason: str, text: str) -> int | None:
    """Return the column of the slot, or else of the word in quotes, that a message is about."""
    about = re.search(r"~+!?\w+", reason)
    place = -1
    if about is not None:
        late = any(words in reason for words in ("right side", "more than once", "condition"))
        place = text.rfind(about[0]) if late else text.find(about[0])
    quoted = re.search(r'"(\w+)"', reason)
    if place < 0 and quoted is not None:
        place = text.rfind(quoted[1])
    return None if place < 0 else place
