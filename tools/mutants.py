"""Mutants of Python source: every place where one small change would be a plausible mistake, and the change.

A mutant is an edit of the text, so that all other lines stay where they are. Never changed are docstrings,
annotations, decorators, text constants, f-strings, what a ``raise`` or an ``assert`` says (only the whole ``raise`` is
dropped), ``__repr__``, and module level: a mutant is always inside a function, a lambda or a default value.
"""

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.MatMult: ast.Mult,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
SILENT_FUNCTIONS = ("__repr__",)


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes
    ----------
    file, function : str
        Where it is: path below the root, and qualified name of the enclosing function.
    kind, mutation : str
        Sort of change, and the change itself as ``before → after``.
    ordinal : int
        Counts mutants of one function that read alike.
    line : int
        Line of the change.
    start, end : int
        Bytes of the file that are replaced.
    replacement : str
        What stands there then.
    places : tuple
        The node of the module's tree that is replaced, its replacement, and whether a switch between the two
        can stand there (`switched`).
    """

    file: str
    function: str
    kind: str
    mutation: str
    ordinal: int
    line: int = field(compare=False)
    start: int = field(compare=False)
    end: int = field(compare=False)
    replacement: str = field(compare=False)
    places: tuple[ast.AST, ast.AST, bool] = field(compare=False, repr=False)

    @property
    def identity(self) -> str:
        """What names the mutant as long as its function is not edited at this place."""
        return f"{self.file} | {self.function} | {self.mutation}" + (f" #{self.ordinal}" if self.ordinal else "")

    def rank(self, seed: int) -> str:
        """Return the mutant's place in the seed's random order, which edits elsewhere do not change."""
        return hashlib.sha256(f"{seed} {self.kind} {self.identity}".encode()).hexdigest()

    def apply(self, source: bytes) -> bytes:
        """Return the mutated text of the file."""
        return source[: self.start] + self.replacement.encode() + source[self.end :]


def mutants_of(root: Path, file: Path) -> list[Mutant]:
    """Return every mutant of a file, in the order of the text."""
    source = (root / file).read_bytes()
    collector = _Collector(str(file), source)
    collector.visit(ast.parse(source))
    return collector.found


def switched(source: bytes, mutants: dict[int, Mutant]) -> str:
    """Return a module's text with many mutants in it, each met only while ``_mutant(number)`` is true.

    Parameters
    ----------
    source : bytes
        The module's text.
    mutants : dict
        Mutants of it for which a switch can be written, by number.

    Notes
    -----
    One import then serves all mutants (Untch, Offutt and Harrold, Mutation analysis using mutant schemata, 1993).
    The function ``_mutant`` is looked for among the builtins; without it nothing is changed.
    """
    by_place: dict[tuple[str, int, int, int, int], list[tuple[int, ast.AST]]] = {}
    for number, mutant in mutants.items():
        place, changed, _ = mutant.places
        by_place.setdefault(_key(place), []).append((number, changed))
    tree = _Switcher(by_place).visit(ast.parse(source))
    head = ast.parse("import builtins as _builtins\n_mutant = getattr(_builtins, '_mutant', lambda number: False)").body
    documented = bool(tree.body) and isinstance(tree.body[0], ast.Expr)
    tree.body[documented:documented] = head
    return ast.unparse(ast.fix_missing_locations(tree))


def _key(node: ast.AST) -> tuple[str, int, int, int, int]:
    assert isinstance(node, ast.expr | ast.stmt)
    return type(node).__name__, node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


class _Switcher(ast.NodeTransformer):
    """Puts a switch around each place that has mutants."""

    def __init__(self, by_place: dict[tuple[str, int, int, int, int], list[tuple[int, ast.AST]]]) -> None:
        self.by_place = by_place

    def visit(self, node: ast.AST) -> Any:
        changes = self.by_place.get(_key(node), ()) if isinstance(node, ast.expr | ast.stmt) else ()
        result: Any = self.generic_visit(node)
        for number, changed in changes:
            met = ast.Call(ast.Name("_mutant", ast.Load()), [ast.Constant(number)], [])
            if isinstance(changed, ast.stmt):
                result = ast.If(met, [changed], [result])
            elif isinstance(changed, ast.Slice):
                result = ast.IfExp(met, _slice_object(changed), _slice_object(result))
            else:
                assert isinstance(changed, ast.expr)
                result = ast.IfExp(met, changed, result)
        return result


def _slice_object(node: Any) -> Any:
    if not isinstance(node, ast.Slice):
        return node
    parts = [part or ast.Constant(None) for part in (node.lower, node.upper, node.step)]
    return ast.Call(ast.Name("slice", ast.Load()), parts, [])


def variations(node: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    """Yield (kind, part that is replaced, replacement) for every change of one node itself."""
    match node:
        case ast.Compare(ops=[operation, *_]):
            operations = [COMPARISONS[type(operation)](), *node.ops[1:]]
            yield "comparison", node, ast.Compare(node.left, operations, node.comparators)
        case ast.BinOp(left=left, op=operation, right=right):
            if not any(isinstance(part, ast.Constant | ast.JoinedStr) and _is_text(part) for part in (left, right)):
                yield "arithmetic", node, ast.BinOp(left, ARITHMETIC[type(operation)](), right)
        case ast.AugAssign(target=target, op=operation, value=value):
            yield "arithmetic", node, ast.AugAssign(target, ARITHMETIC[type(operation)](), value)
            yield "statement", node, ast.Pass()
        case ast.BoolOp(op=operation, values=values):
            yield "and/or", node, ast.BoolOp(ast.Or() if isinstance(operation, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield "unary", node, operand
        case ast.Constant(value=value):
            yield from _constants(node, value)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "return", node, ast.Return(ast.Constant(None))
        case ast.Break() | ast.Continue():
            yield "loop", node, ast.Continue() if isinstance(node, ast.Break) else ast.Break()
        case ast.Slice():
            yield from _slices(node)
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            yield "name", node, ast.Name(NAMES[name], ast.Load())
        case ast.Call(args=[first, second, *_]) if ast.dump(first) != ast.dump(second) and not any(
            isinstance(part, ast.Starred) for part in node.args[:2]
        ):
            yield "arguments", node, ast.Call(node.func, [second, first, *node.args[2:]], node.keywords)
    yield from _dropped(node)
    yield from _negated(node)


def _negated(node: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    test = getattr(node, "test", None)
    for condition in (*([test] if isinstance(test, ast.expr) else ()), *getattr(node, "ifs", ())):
        match condition:
            case ast.UnaryOp(op=ast.Not()):
                continue  # the same as the `not` removed
            case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot() | ast.In() | ast.NotIn()]):
                continue  # the same as the comparison changed
        yield "condition", condition, ast.UnaryOp(ast.Not(), condition)


def _is_text(node: ast.Constant | ast.JoinedStr) -> bool:
    return isinstance(node, ast.JoinedStr) or isinstance(node.value, str)


def _constants(node: ast.Constant, value: Any) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    if isinstance(value, bool):
        yield "constant", node, ast.Constant(not value)
    elif isinstance(value, int | float):
        yield "constant", node, ast.Constant(value - 1 if value % 2 == 1 else value + 1)


def _slices(node: ast.Slice) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    for name in ("lower", "upper", "step"):
        if getattr(node, name) is not None:
            changed = copy.deepcopy(node)
            setattr(changed, name, None)
            yield "slice", node, changed


def _dropped(node: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    match node:
        case ast.Raise() | ast.Delete():
            yield "statement", node, ast.Pass()
        case ast.Expr(value=value) if not isinstance(value, ast.Constant | ast.Yield | ast.YieldFrom):
            yield "statement", node, ast.Pass()
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            yield "statement", node, ast.Pass()


def _short(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:157]}..."


class _Collector(ast.NodeVisitor):
    """Walks a module and notes the mutants inside its functions."""

    def __init__(self, file: str, source: bytes) -> None:
        self.file, self.source = file, source
        self.found: list[Mutant] = []
        self.scopes: list[str] = []
        self.inside = False
        self.switchable = True
        self.seen: dict[tuple[str, str], int] = {}
        self.begins = [0]
        for line in source.splitlines(keepends=True):
            self.begins.append(self.begins[-1] + len(line))

    def visit(self, node: ast.AST) -> None:
        if self.inside:
            for kind, place, changed in variations(node):
                self.note(kind, place, changed)
        super().visit(node)

    def note(self, kind: str, place: ast.AST, changed: ast.AST) -> None:
        assert isinstance(place, ast.expr | ast.stmt | ast.Slice)
        before, after = (" ".join(ast.unparse(ast.fix_missing_locations(part)).split()) for part in (place, changed))
        mutation = f"{_short(before)} → {_short(after)}"
        function = ".".join(self.scopes)
        ordinal = self.seen[function, mutation] = self.seen.get((function, mutation), -1) + 1
        enclosed = isinstance(changed, ast.expr) and not isinstance(changed, ast.Slice)
        text = ast.unparse(ast.fix_missing_locations(changed))
        self.found.append(
            Mutant(
                self.file, function, kind, mutation, ordinal, place.lineno,
                self.begins[place.lineno - 1] + place.col_offset,
                self.begins[(place.end_lineno or place.lineno) - 1] + (place.end_col_offset or 0),
                f"({text})" if enclosed else text, (place, changed, self.switchable),
            )
        )  # fmt: skip

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node.name in SILENT_FUNCTIONS:
            return
        self.scopes.append(node.name)
        outside, self.inside = self.inside, True
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        for statement in node.body:
            self.visit(statement)
        self.inside = outside
        self.scopes.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = function

    def visit_Lambda(self, node: ast.Lambda) -> None:
        outside, self.inside = self.inside, True
        self.scopes.append("<lambda>")
        self.visit(node.body)
        self.scopes.pop()
        self.inside = outside

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.scopes.append(node.name)
        outside, self.inside = self.inside, False
        for statement in node.body:
            self.visit(statement)
        self.inside = outside
        self.scopes.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_match_case(self, node: ast.match_case) -> None:
        outside, self.switchable = self.switchable, False  # a pattern holds no conditional expression
        self.visit(node.pattern)
        self.switchable = outside
        for part in (*([node.guard] if node.guard is not None else ()), *node.body):
            self.visit(part)
        if node.guard is not None:
            self.note("condition", node.guard, ast.UnaryOp(ast.Not(), node.guard))

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def silent(self, node: ast.AST) -> None:
        """Go no further: what is below is no behaviour."""

    visit_Raise = visit_Assert = visit_JoinedStr = silent
