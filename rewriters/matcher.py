"""The compiled matcher: a rule becomes Python source for each data structure, nested loops and tests.

The function takes a term and returns what the rule makes of it, or None. It tries the same possibilities in the same
order as `rewriters.interpreted`, so it gives the first result of that one.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from rewriters import access as look
from rewriters.generated import make_function
from rewriters.interpreted import is_leaf
from rewriters.patterns import NEUTRAL, Leaf, Node, Segment, Slot, variables
from rewriters.prepared import Application, Gathering, is_optional
from symnum.terms import interface
from symnum.terms.canonical import Call, Product, Sum, add, call, multiply, power
from symnum.terms.timing import check_time
from symnum.terms.tree import Tree

MOST_LOOPS = 17
"""Python allows 20 nested loops; patterns that need more are matched by the interpreted matcher."""


_TIMED, _FEW = 3, 60
"""Outer loops over more arguments than a few look at the time limit: long sums have many pairs of summands."""


class Compiled(NamedTuple):
    """A compiled rule."""

    function: Callable[[Any], Any]
    source: str


class TooManyLoops(Exception):
    """The pattern needs more nested loops than Python allows."""


def optional(arguments: Sequence[Any], absent: int, neutral: int) -> list[tuple[int, Any]]:
    """Return what a default slot can be: each argument, or (with a negative number) none."""
    trials: list[tuple[int, Any]] = list(enumerate(arguments))
    trials.append((absent, neutral))
    return trials


def add_rest(rest: Sequence[Any]) -> Any:
    """Return the sum of canonical terms; one alone is what it is."""
    return rest[0] if len(rest) == 1 else add(rest)


def multiply_rest(rest: Sequence[Any]) -> Any:
    """Return the product of canonical terms; one alone is what it is."""
    return rest[0] if len(rest) == 1 else multiply(rest)


_HELPERS: dict[str, Any] = {
    "tick": check_time,
    "add_rest": add_rest,
    "multiply_rest": multiply_rest,
    "Sum": Sum,
    "Product": Product,
    "Call": Call,
    "Tree": Tree,
    "add": add,
    "multiply": multiply,
    "power": power,
    "call": call,
    "sum_arguments": look.sum_arguments,
    "product_arguments": look.product_arguments,
    "tree_arguments": look.tree_arguments,
    "tree_make": look.tree_make,
    "is_call": interface.is_call,
    "operation_of": look.generic_head,
    "arguments_of": look.generic_arguments,
    "make": look.generic_build,
    "optional": optional,
    "is_leaf": is_leaf,
    "leaf": look.generic_leaf,
    "same": look.same,
}


class _Writer:
    """Writes the source of one rule, line by line; every test and loop indents what follows it."""

    def __init__(self, kind: str, names: Sequence[str], counts: dict[str, int]) -> None:
        self.kind = kind
        self.access = look.KINDS[kind]
        self.names, self.counts = names, counts
        self.lines = ["def rule(t):"]
        self.indent = 1
        self.loops = 0
        self.serial = 0
        self.constants: dict[str, Any] = {}
        self.bound: dict[str, str] = {}
        self.left_over: tuple[str, str] | None = None
        self.matched: dict[Any, str] = {}
        self.later: list[tuple[str, Gathering, str]] = []

    # -- pieces of source

    def fresh(self, letter: str) -> str:
        self.serial += 1
        return f"{letter}{self.serial}"

    def constant(self, value: Any) -> str:
        for name, known in self.constants.items():
            if known is value:
                return name
        name = self.fresh("k")
        self.constants[name] = value
        return name

    def line(self, text: str) -> None:
        self.lines.append(" " * self.indent + text)

    def test(self, condition: str) -> None:
        self.line(f"if {condition}:")
        self.indent += 1

    def loop(self, variables: str, iterable: str) -> None:
        self.loops += 1
        if self.loops > MOST_LOOPS or self.indent > 80:
            raise TooManyLoops
        self.line(f"for {variables} in {iterable}:")
        self.indent += 1

    # -- looking into terms

    def has_head(self, v: str, operation: str) -> str:
        if self.kind == "generic":
            return f"operation_of({v}) == {self.constant(operation)}"
        if self.kind == "tree":
            k = self.constant(operation)
            if operation == "^":
                root = self.constant("sqrt")
                return f"{v}.__class__ is Tree and ({v}.operation == {k} or {v}.operation == {root})"
            return f"{v}.__class__ is Tree and {v}.operation == {k}"
        if operation == "+":
            return f"{v}.__class__ is Sum"
        if operation == "*":
            return f"{v}.__class__ is Product and ({v}.monic is not None or len({v}.factors) > 1)"
        if operation == "^":
            return f"{v}.__class__ is Product and {v}.monic is None and len({v}.factors) == 1"
        return f"{v}.__class__ is Call and {v}.function == {self.constant(operation)}"

    def arguments(self, v: str, operation: str) -> str:
        if self.kind == "generic":
            return f"arguments_of({v})"
        if self.kind == "tree":
            return f"tree_arguments({v})" if operation in ("+", "*", "^") else f"{v}.arguments"
        if operation == "+":
            return f"sum_arguments({v})"
        if operation == "^":
            return f"next(iter({v}.factors.items()))"
        return f"product_arguments({v})" if operation == "*" else f"{v}.args"

    def open_arguments(self, v: str, operation: str, otherwise: str | None) -> str:
        """Write the test on the operation; return the name of the arguments."""
        c = self.fresh("c")
        test, arguments = self.has_head(v, operation), self.arguments(v, operation)
        if otherwise is None:
            self.test(test)
            self.line(f"{c} = {arguments}")
        else:
            self.line(f"{c} = {arguments} if {test} else {otherwise}")
        return c

    # -- matching

    def match(self, p: Any, v: str) -> None:
        cls = p.__class__
        if cls is Slot:
            self.slot(p, v)
        elif cls is Gathering:
            self.inside(p, self.open_arguments(v, p.operation, f"({v},)" if p.least <= 1 else None))
        elif cls is Application:
            self.inside(p, self.open_arguments(v, p.operation, f"({v}, 1)" if p.collapses else None))
            key = None if p.operation == "^" else _reusable(p)
            if key is not None:
                self.matched.setdefault(key, v)
        elif cls is Leaf:
            self.leaf(p, v)
        else:
            k = self.constant(p)
            self.test(f"{v}.__class__ is {k}.__class__ and {v} == {k}")

    def inside(self, p: Any, c: str) -> None:
        """Match the arguments of an operation whose name is known to be right."""
        if p.__class__ is Gathering:
            self.gather(p, c)
        else:
            self.sequence(p.arguments, c)

    def leaf(self, p: Leaf, v: str) -> None:
        if self.kind == "generic":
            self.test(f"is_leaf({self.constant(p)}, {v})")
        else:
            k = self.constant(self.access.leaf(None, p))
            self.test(f"{v}.__class__ is {k}.__class__ and {v} == {k}")

    def slot(self, p: Slot, v: str) -> None:
        known = self.bound.get(p.name)
        if known is not None:
            self.test(f"{v} is {known} or ({v}.__class__ is {known}.__class__ and {v} == {known})")
            return
        for predicate in p.predicates:
            self.test(f"{self.constant(predicate.test)}({v})")
        self.bound[p.name] = v

    def gather(self, p: Gathering, c: str) -> None:
        if p.open or p.rest is not None:
            if p.least > (2 if self.kind == "canonical" else 1):  # sums and products there have two or more
                self.test(f"len({c}) >= {p.least}")
        elif p.least == len(p.fixed):
            self.test(f"len({c}) == {p.least}")
        else:
            self.test(f"{p.least} <= len({c}) <= {len(p.fixed)}")
        lists = self.filtered(p, c)
        used: list[str] = []
        for number, part in enumerate(p.fixed):
            i, v = self.fresh("i"), self.fresh("v")
            found = lists.get(_firm_operation(part))
            if found is not None:
                inner = self.fresh("c")
                self.loop(f"{i}, {inner}", found)
            elif is_optional(part):
                self.loop(f"{i}, {v}", f"optional({c}, {-1 - number}, {p.neutral})")
            else:
                known = self.bound.get(part.name) if part.__class__ is Slot else None
                if known is not None and self.kind == "canonical":
                    self.test(f"{known} in {c}")  # much faster than the loop, and rarely true
                self.loop(f"{i}, {v}", f"enumerate({c})")
            if self.loops <= _TIMED:
                self.line(f"if {i} > {_FEW}: tick()")
            if used:
                self.line(f"if {' or '.join(f'{i} == {u}' for u in used)}: continue")
            if found is not None:
                self.inside(part, inner)
            else:
                self.match(part, v)
            used.append(i)
        self.rest(p, c, used)

    def filtered(self, p: Gathering, c: str) -> dict[str, str]:
        """Look up the arguments of all arguments of an operation once, where parts of the pattern need that one."""
        firm = [_firm_operation(part) for part in p.fixed]
        lists: dict[str, str] = {}
        for operation in dict.fromkeys(o for o in firm if o):
            i, v, a = self.fresh("i"), self.fresh("v"), self.fresh("a")
            inner, test = self.arguments(v, operation), self.has_head(v, operation)
            self.line(f"{a} = [({i}, {inner}) for {i}, {v} in enumerate({c}) if {test}]")
            self.test(f"len({a}) >= {firm.count(operation)}" if firm.count(operation) > 1 else a)
            lists[operation] = a
        return lists

    def rest(self, p: Gathering, c: str, used: list[str]) -> None:
        a = self.fresh("a")
        j = self.fresh("i")
        free = " and ".join(f"{j} != {u}" for u in used)
        firm = not any(is_optional(part) for part in p.fixed)
        if len(used) == 1 and firm:
            left = f"{c}[:{used[0]}] + {c}[{used[0]} + 1:]"
        else:
            left = f"[{c}[{j}] for {j} in range(len({c})) if {free}]" if used else f"list({c})"
        if p.open and firm:
            left = f"{left} if len({c}) > {len(used)} else ()"
        if p.open:
            self.left_over = (p.operation, left)
        elif p.rest is None:
            if any(is_optional(part) for part in p.fixed):
                self.test(f"{' + '.join(f'({u} >= 0)' for u in used)} == len({c})")
        elif p.rest.__class__ is Segment:
            self.line(f"{a} = tuple({left})")
            self.segment_tests(p.rest, a)
            self.bound[p.rest.name] = a
        else:
            self.collector(p, left, a)

    def collector(self, p: Gathering, left: str, a: str) -> None:
        name = p.rest.name
        fresh = name not in self.bound
        may_be_empty = not p.rest.optional and any(is_optional(part) for part in p.fixed)
        if not fresh or self.counts[name] > 1 or may_be_empty:
            self.line(f"{a} = {left}")
            left = a
        if may_be_empty:
            self.test(a)
        if not fresh and self.kind == "canonical":  # equal products are one object, equal sums compare fast
            self.test(f"same({self.left_over_gathered(p.operation, a)}, {self.bound[name]})")
        elif not fresh:
            test = self.constant(self._is_gathered)
            self.test(f"{test}({self.constant(p.operation)}, {self.bound[name]}, {a})")
        elif self.counts[name] > 1:
            v = self.fresh("v")
            self.line(f"{v} = {self.left_over_gathered(p.operation, left)}")
            self.bound[name] = v
        else:  # nothing else looks at it: made only when the rule fires
            v = self.bound[name] = self.fresh("v")
            self.later.append((v, p, left))

    def _is_gathered(self, operation: str, bound: Any, rest: Sequence[Any]) -> bool:
        return look.is_gathered(self.access, operation, bound, rest)

    def left_over_gathered(self, operation: str, rest: str) -> str:
        """Gather the arguments in a list that is not empty; one alone is what it is."""
        if self.kind != "canonical":
            return self.gathered(operation, rest)
        return f"{'add_rest' if operation == '+' else 'multiply_rest'}({rest})"

    def gathered(self, operation: str, rest: str) -> str:
        if self.kind == "canonical":
            return f"{'add' if operation == '+' else 'multiply'}({rest})"
        make = "tree_make" if self.kind == "tree" else "make"
        return f"{make}(t, {self.constant(operation)}, {rest})"

    def segment_tests(self, segment: Segment, a: str) -> None:
        for predicate in segment.predicates:
            v = self.fresh("v")
            self.test(f"all([{self.constant(predicate.test)}({v}) for {v} in {a}])")

    def sequence(self, patterns: Sequence[Any], c: str) -> None:
        free = sum(p.__class__ is Segment for p in patterns)
        needed = len(patterns) - free
        self.test(f"len({c}) {'>=' if free else '=='} {needed}")
        offset, start = 0, ""  # the next argument stands at start + offset
        for p in patterns:
            position = f"{start} + {offset}" if start else str(offset)
            if p.__class__ is not Segment:
                v = self.fresh("v")
                self.line(f"{v} = {c}[{position}]")
                self.match(p, v)
                offset, needed = offset + 1, needed - 1
                continue
            free -= 1
            stop = self.fresh("i")
            if free:
                self.loop(stop, f"range({position}, len({c}) - {needed} + 1)")
            else:
                self.line(f"{stop} = len({c}) - {needed}")
            a = self.fresh("a")
            self.line(f"{a} = tuple({c}[{position}:{stop}])")
            self.segment_tests(p, a)
            self.bound[p.name] = a
            offset, start = 0, stop

    # -- the result

    def finish(self, rhs: Any, where: Any) -> None:
        needed = None if callable(rhs) or where is not None else variables(rhs)
        for v, p, left in self.later:
            if needed is not None and p.rest.name not in needed:
                continue
            self.line(f"{v} = {self.left_over_gathered(p.operation, left)}")
        values = "" if needed is not None else f"({''.join(self.bound[name] + ', ' for name in self.names)})"
        if where is not None:
            self.test(f"{self.constant(where)}({values}, t)")
        if callable(rhs):
            self.line(f"r = {self.constant(rhs)}({values}, t)")
            self.test("r is not None")
        else:
            self.line(f"r = {self.build(rhs)}")
        if self.left_over is not None:
            operation, left = self.left_over
            self.line(f"s = {left}")
            self.line(f"return {self.gathered(operation, '[r, *s]')} if s else r")
        else:
            self.line("return r")

    def build(self, pattern: Any) -> str:
        if pattern.__class__ is Slot:
            return self.bound[pattern.name]
        if pattern.__class__ is Leaf:
            if self.kind == "generic":
                return f"leaf(t, {self.constant(pattern)})"
            return self.constant(self.access.leaf(None, pattern))
        if pattern.__class__ is not Node:
            return self.constant(pattern)
        known = self.matched.get(_reusable(pattern)) if self.matched else None
        if known is not None:
            return known
        parts = [
            f"*{self.bound[a.name]}" if a.__class__ is Segment else self.build(a) for a in pattern.arguments
        ]
        together = f"({', '.join(parts)},)" if parts else "()"
        if pattern.operation in ("+", "*"):
            return self.gathered(pattern.operation, together)
        k = self.constant(pattern.operation)
        if self.kind == "canonical":
            return f"power({', '.join(parts)})" if pattern.operation == "^" else f"call({k}, {together})"
        return f"{'tree_make' if self.kind == 'tree' else 'make'}(t, {k}, {together})"


def _reusable(pattern: Any) -> Any:
    """Return a key for what stands for one term once its slots are bound; None where the order may be another.

    What stands on both sides of a rule is the term that was matched, and need not be made again.
    """
    cls = pattern.__class__
    if cls is Slot:
        return None if pattern.optional else (Slot, pattern.name)
    if cls is Node or cls is Application:
        if pattern.operation in NEUTRAL:
            return None
        keys = tuple([_reusable(a) for a in pattern.arguments])
        return None if None in keys else (Node, pattern.operation, keys)
    if cls is Gathering or cls is Segment:
        return None
    return (cls, pattern)


def _firm_operation(part: Any) -> str:
    """Return the operation that a term must have to match; "" where there is more than one possibility."""
    if part.__class__ is Gathering:
        return part.operation if part.least > 1 else ""
    return part.operation if part.__class__ is Application and not part.collapses else ""


def compile_rule(prepared: Any, rhs: Any, where: Any, lhs: Any, kind: str) -> Compiled:
    """Compile a rule for one data structure.

    Parameters
    ----------
    prepared : prepared pattern
    rhs : pattern, or callable
        ``rhs(values, term)`` gets the values of the variables in order, and returns a term or None.
    where : callable or None
        ``where(values, term)`` returns whether the rule may fire.
    lhs : pattern
        As written; its variables in order are those of `values`.
    kind : {"canonical", "tree", "generic"}

    Raises
    ------
    TooManyLoops
        If the pattern needs more nested loops than Python allows.
    """
    counts = variables(lhs)
    writer = _Writer(kind, list(counts), counts)
    writer.match(prepared, "t")
    writer.finish(rhs, where)
    source = "\n".join(writer.lines) + "\n"
    return Compiled(make_function(source, {**_HELPERS, **writer.constants}), source)
