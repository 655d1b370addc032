"""What the e-graph knows of every class beside its terms: numbers that fold, signs, domains.

Constants fold exactly: the class of an operation on rational numbers gets the number as one more term. Division by
zero folds to nothing; where it turns up, or where two different numbers became equal, the run ends there, since
from then on anything could be derived (the table ``undefined`` says so).

The *kinds* of a class are the bits of `symnum.terms.domains`. A class has kinds only where it has a value at every
point at which its parts have one: so what is known of ``exp(log(x))`` never tells that ``x`` is not zero.
"""

from collections.abc import Sequence
from typing import Any

from rewriters.egraph.arithmetic import bounded, number_text
from rewriters.egraph.signature import Constructor
from symnum.errors import SymnumError
from symnum.terms import canonical, domains
from symnum.terms.domains import NEGATIVE, NOT_REAL, POSITIVE, REAL, ZERO, Facts
from symnum.terms.numbers import is_exact
from symnum.terms.operations import OPERATIONS

_ZERO, _ONE = number_text(0), number_text(1)
MOST_EXPONENT = 64


def folding() -> str:
    """Return the rules of constant folding, of neutral elements, and the guards."""
    rules = ["(ruleset fold)"]
    for name, symbol in (("Add", "+"), ("Mul", "*")):
        rules.append(
            f"(rule ((= e ({name} (N a) (N b))) (= r ({symbol} a b)) {bounded('r')}) ((union e (N r))) "
            ':ruleset fold :name "constant folding")'
        )
    power = f"(= e (Pow (N a) (N n))) (= (denom n) (bigint 1)) (< (abs n) {number_text(MOST_EXPONENT)})"
    for k, sign in enumerate((f"(>= n {_ZERO})", f"(< n {_ZERO}) (!= a {_ZERO})")):
        rules.append(
            f"(rule ({power} {sign} (= r (pow a n)) {bounded('r')}) ((union e (N r))) "
            f':ruleset fold :name "powers of constants {k}")'
        )
    rules[1] = rules[1].replace('"constant folding"', '"sums of constants"')
    rules[2] = rules[2].replace('"constant folding"', '"products of constants"')
    rules.append(
        f'(rule ((Pow (N {_ZERO}) (N n)) (< n {_ZERO})) ((undefined)) :ruleset fold :name "division by zero")'
    )
    rules.append(
        '(rule ((= (N a) (N b)) (!= a b)) ((undefined)) :ruleset fold :name "different numbers are equal")'
    )
    return "\n".join([*rules, *_neutral()])


def _neutral() -> list[str]:
    table = {
        "x + 0": (f"(Add x (N {_ZERO}))", "x"),
        "0 + x": (f"(Add (N {_ZERO}) x)", "x"),
        "x * 1": (f"(Mul x (N {_ONE}))", "x"),
        "1 * x": (f"(Mul (N {_ONE}) x)", "x"),
        "x * 0": (f"(Mul x (N {_ZERO}))", f"(N {_ZERO})"),
        "0 * x": (f"(Mul (N {_ZERO}) x)", f"(N {_ZERO})"),
        "x ^ 1": (f"(Pow x (N {_ONE}))", "x"),
        "x ^ 0": (f"(Pow x (N {_ZERO}))", f"(N {_ONE})"),
    }
    return [
        f'(rule ((= e {left})) ((union e {right}) (subsume {left})) :ruleset fold :name "{name}")'
        for name, (left, right) in table.items()
    ]


def settled(constructors: Sequence[Constructor]) -> str:
    """Return rules that take operations out of the classes of numbers: the number says it all.

    Without them the class of 1 fills with 1^2, 1*1, x^0, and rules go on for ever on these.
    """
    rules = []
    for c in constructors:
        if c.arity:
            node = f"({c.name} {' '.join(f'x{k}' for k in range(c.arity))})"
            rules.append(
                f'(rule ((= (N q) {node})) ((subsume {node})) :ruleset fold :name "numbers: {c.operation}/{c.arity}")'
            )
    return "\n".join(rules)


def exact_values(constructors: Sequence[Constructor]) -> str:
    """Return rules for exact values of functions, such as exp(0) = 1, as construction of terms has them."""
    rules = []
    for c in constructors:
        if c.arity != 1 or c.operation not in OPERATIONS:
            continue
        for value in (0, 1, -1):
            try:
                result = canonical.call(c.operation, (value,))
            except SymnumError:  # no value there
                continue
            if is_exact(result):
                rules.append(
                    f"(rule ((= e ({c.name} (N {number_text(value)})))) ((union e (N {number_text(result)}))) "
                    f':ruleset fold :name "{c.operation}({value})")'
                )
    return "\n".join(rules)


def shapes(constructors: Sequence[Constructor]) -> str:
    """Return rules that tell which classes have a term without a number as a factor: the table ``plain``."""
    rules = ["(relation plain (E))", "(ruleset shape)"]
    bodies = [f"(= e ({leaf} k))" for leaf in "FSK"]
    for c in constructors:
        if c.arity:
            node = f"(= e ({c.name} {' '.join(f'x{k}' for k in range(c.arity))}))"
            bodies.append(f"{node} (plain x0) (plain x1)" if c.name == "Mul" else node)
    rules += [f"(rule ({body}) ((plain e)) :ruleset shape)" for body in bodies]
    return "\n".join(rules)


# --- kinds -----------------------------------------------------------------------------------------------------


def kinds(constructors: Sequence[Constructor]) -> str:
    """Return the rules that propagate signs and domains."""
    lines = [
        "(function kinds (E) i64 :merge (& old new))",
        "(relation whole (E))",
        "(relation in_kinds (i64 i64))",
        "(relation in_whole (i64))",
        "(function sum_of_kinds (i64 i64) i64 :no-merge)",
        "(function product_of_kinds (i64 i64) i64 :no-merge)",
        "(function power_of_kinds (i64 i64) i64 :no-merge)",
        "(function function_of_kinds (String i64) i64 :no-merge)",
        "(ruleset infer)",
        "(rule ((in_kinds i k) (= x (node i))) ((set (kinds x) k)) :ruleset roots)",
        "(rule ((in_whole i) (= x (node i))) ((whole x)) :ruleset roots)",
    ]
    body = [
        (f"(= e (N a)) (< a {_ZERO})", f"(set (kinds e) {NEGATIVE})"),
        (f"(= e (N a)) (= a {_ZERO})", f"(set (kinds e) {ZERO})"),
        (f"(= e (N a)) (> a {_ZERO})", f"(set (kinds e) {POSITIVE})"),
        ("(= e (N a)) (= (denom a) (bigint 1))", "(whole e)"),
        ("(= e (Add a b)) (whole a) (whole b)", "(whole e)"),
        ("(= e (Mul a b)) (whole a) (whole b)", "(whole e)"),
        (f"(= e (Pow a (N n))) (whole a) (= (denom n) (bigint 1)) (>= n {_ZERO})", "(whole e)"),
        (_two("Add", "sum_of_kinds"), "(set (kinds e) k)"),
        (_two("Mul", "product_of_kinds"), "(set (kinds e) k)"),
        *[(facts, "(set (kinds e) k)") for facts in _powers()],
        *_functions(constructors),
    ]
    lines += [f"(rule ({facts}) ({action}) :ruleset infer)" for facts, action in body]
    return "\n".join(lines)


def _two(name: str, table: str) -> str:
    return f"(= e ({name} a b)) (= ka (kinds a)) (= kb (kinds b)) (= k ({table} ka kb))"


_WHOLE = "(= (denom n) (bigint 1))"
_HALF = "(bigrat (bigint 1) (bigint 2))"
_POWER_CLASSES: tuple[tuple[int, Any, str], ...] = (
    (0, 1, f"(= n {_ONE})"),
    (1, 3, f"(> n {_ONE}) (= (denom n) (bigint 1)) (= (denom (* n {_HALF})) (bigint 2))"),
    (2, 2, f"(> n {_ZERO}) (= (denom n) (bigint 1)) (= (denom (* n {_HALF})) (bigint 1))"),
    (3, -1, f"(= n {number_text(-1)}) (= (& ka {ZERO}) 0)"),
    (
        4,
        -3,
        f"(< n {number_text(-1)}) {_WHOLE} (= (denom (* n {_HALF})) (bigint 2)) (= (& ka {ZERO}) 0)",
    ),
    (5, -2, f"(< n {_ZERO}) (= (denom n) (bigint 1)) (= (denom (* n {_HALF})) (bigint 1)) (= (& ka {ZERO}) 0)"),
    (6, 0.5, f"(> n {_ZERO}) (< n {_ONE})"),
    (7, 1.5, f"(> n {_ONE}) (!= (denom n) (bigint 1))"),
    (8, -1.5, f"(< n {_ZERO}) (!= (denom n) (bigint 1)) (= (& ka {ZERO}) 0)"),
)
"""Classes of exponents for which the same holds: number, an exponent of the class, the facts that tell it."""


def _powers() -> list[str]:
    found = [
        f"(= e (Pow a (N n))) (= ka (kinds a)) {facts} (= k (power_of_kinds ka {number}))"
        for number, _, facts in _POWER_CLASSES
    ]
    found.append(
        f"(= e (Pow a b)) (= ka (kinds a)) (= ka {POSITIVE}) (= kb (kinds b)) (= (& kb {NOT_REAL}) 0) (= k {POSITIVE})"
    )
    return found


_TOTAL_ON: dict[str, int] = {
    **dict.fromkeys("sin cos exp sinh cosh asin acos acosh abs sign asinh".split(), 15),
    **dict.fromkeys("atan tanh floor ceil".split(), REAL),
    "log": 15 & ~ZERO,
}
"""For each function the kinds of arguments at all of which it has a value."""


def _functions(constructors: Sequence[Constructor]) -> list[tuple[str, str]]:
    found = []
    for c in constructors:
        if c.arity == 1 and c.operation in _TOTAL_ON:
            outside = 15 & ~_TOTAL_ON[c.operation]
            ask = f"(= e ({c.name} a)) (= ka (kinds a)) (= (& ka {outside}) 0)"
            found.append((f'{ask} (= k (function_of_kinds "{c.operation}" ka))', "(set (kinds e) k)"))
            if c.operation in ("floor", "ceil", "sign"):
                found.append((f"{ask} (= (& ka {NOT_REAL}) 0)", "(whole e)"))
            if c.operation == "abs":
                found.append((f"{ask} (whole a)", "(whole e)"))
    return found


def tables(constructors: Sequence[Constructor]) -> dict[str, str]:
    """Return the tables that the rules of kinds look things up in."""
    every = range(16)
    made: dict[str, list[tuple[Any, ...]]] = {
        "sum_of_kinds": [(a, b, domains._PLUS[a][b]) for a in every for b in every],
        "product_of_kinds": [(a, b, domains._TIMES[a][b]) for a in every for b in every],
        "power_of_kinds": [
            (a, number, _power(a, exponent)) for a in every for number, exponent, _ in _POWER_CLASSES
        ],
        "function_of_kinds": [
            (c.operation, a, domains._FUNCTIONS[c.operation]([Facts(a, None)]).kinds)
            for c in constructors
            if c.arity == 1 and c.operation in _TOTAL_ON
            for a in every
        ],
    }
    return {
        name: "".join("\t".join(map(str, row)) + "\n" for row in rows) for name, rows in made.items() if rows
    }


def _power(base: int, exponent: Any) -> int:
    return domains._power(Facts(base, None), exponent, Facts(POSITIVE, None)).kinds
