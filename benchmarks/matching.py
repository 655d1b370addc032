"""Matching: time of associative-commutative patterns, and of the first match among 400 rules.

``python benchmarks/matching.py [--json [PATH]] [--quick]``. CPU time of one core for each term that is looked at, in
rounds that take turns. What matches first is compared with the interpreted matcher, and among 400 rules with trying
them one after another, before any time counts.
"""

import harness

# isort: split
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from harness import Results, WrongAnswer

import symnum as sn
from rewriters.access import same
from rewriters.index import RuleIndex
from symnum.terms.interning import bulk

FUNCTIONS = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log abs sign floor ceil erf gamma".split()
LIMIT_PATTERN, LIMIT_FIRST = 10.0, 1.0


def each(work: Callable[[Any], Any], terms: list[Any]) -> None:
    """Do something with every term."""
    for term in terms:
        work(term)


# --- associative-commutative patterns: the same matches with a slot and with a new term on the right side

PATTERNS = {
    "common factor": ("~a*~b + ~a*~c", "~a*(~b + ~c)"),
    "common factor and rest": ("~a*~b + ~a*~c + ~~r", "~a*(~b + ~c) + +(~~r)"),
    "squares of sine and cosine": ("~!a*sin(~x)^2 + ~!a*cos(~x)^2", "~a"),
}


def sums(structure: str) -> dict[str, list[Any]]:
    """Sums of two products with a common factor, of three, and of three without one; sums with squares."""
    s = sn.symbols([f"s{i}" for i in range(43)], terms=structure)
    pairs = [(s[i], s[i + 1], s[i + 2], s[i + 3]) for i in range(40)]
    return {
        "two products": [a * b + a * c for a, b, c, _ in pairs],
        "three summands": [b**2 + a * b * c + 3 * a * d for a, b, c, d in pairs],
        "nothing in common": [a * b + c * d + sn.sin(a) for a, b, c, d in pairs],
        "squares": [3 * b * sn.sin(a) ** 2 + c + 3 * b * sn.cos(a) ** 2 for a, b, c, _ in pairs],
    }


def forgotten(work: Callable[[Any], Any], terms: list[Any]) -> None:
    """Do something with every term as if nobody had asked for its arguments before."""
    for term in terms:
        for part in (term, *getattr(term, "terms", ())):
            if hasattr(part, "_arguments"):
                del part._arguments
        work(term)


def check_first(rule: sn.Rule, terms: list[Any]) -> None:
    """The compiled matcher finds the first match of the interpreted one."""
    for term in terms:
        found, expected = rule(term), rule.interpret(term)
        if not same(found, expected):
            raise WrongAnswer(f"{rule} on {term}: {found} instead of {expected}")


def patterns(results: Results, quick: bool) -> None:
    """Time every pattern on every kind of sum."""
    for structure in ("canonical", "tree"):
        for name, terms in sums(structure).items():
            competitors: dict[str, Callable[[], Any]] = {}
            rules = {}
            for pattern in ("common factor", "squares of sine and cosine"):
                lhs, made = PATTERNS[pattern]
                rules[f"{pattern}, match"] = sn.rule(f"{lhs} => ~a")
                if made != "~a":
                    rules[f"{pattern}, match and make"] = sn.rule(f"{lhs} => {made}")
            for what, rule in rules.items():
                check_first(rule, terms)
                competitors[what] = partial(each, rule.function(structure), terms)
                if structure == "canonical":
                    competitors[f"{what}, first look"] = partial(forgotten, rule.function(structure), terms)
            competitors["forgetting"] = partial(forgotten, lambda term: None, terms)
            times = harness.per_call(competitors, quick=quick)
            forgetting = times.pop("forgetting")
            for what, (median, least) in times.items():
                if what.endswith("first look"):
                    median, least = median - forgetting[0], least - forgetting[1]
                stage = f"{name}, {structure}"
                results.add(stage, what, median / len(terms), "µs", least=least / len(terms), size=len(terms))


# --- the first match among 400 rules


def four_hundred() -> list[sn.Rule]:
    """280 rules on functions of functions, and 120 on powers, products and sums of them."""
    some = FUNCTIONS[:12]
    nested = [f"{f}({g}(~x)) => {g}(~x)" for f in FUNCTIONS[:14] for g in FUNCTIONS]
    powers = [f"{f}(~x)^{n} => ~x" for f in FUNCTIONS for n in (2, 3)]
    products = [f"{f}(~x)*{g}(~x) => {i}" for i, (f, g) in enumerate(zip(some * 4, FUNCTIONS * 2))]
    totals = [f"{f}(~x)^2 + {g}(~x)^2 => {i}" for i, (f, g) in enumerate(zip(some * 4, FUNCTIONS[1:] * 3))]
    texts = list(dict.fromkeys(nested + powers + products + totals))
    rules = list(sn.ruleset(texts))[:400]
    if len(rules) != 400:
        raise WrongAnswer(f"{len(rules)} rules instead of 400")
    return rules


def looked_at() -> dict[str, list[Any]]:
    """Terms by kind, such as a walk through expressions meets them."""
    s = sn.symbols([f"s{i}" for i in range(24)])
    functions = [getattr(sn, f) for f in FUNCTIONS if f != "abs"]
    return {
        "functions that match": [f(g(x)) for f in functions[:13] for g, x in zip(functions, s) if f is not g],
        "functions that do not": [f(x) for f in functions for x in s],
        "powers": [f(x) ** 2 for f in functions for x in s[:4]] + [x**n for x in s for n in (2, 3)],
        "products": [x * f(y) for f, x, y in zip(functions * 3, s * 3, s[5:] * 3)],
        "sums": [x + f(y) ** 2 for f, x, y in zip(functions * 3, s * 3, s[5:] * 3)],
        "symbols": list(s),
    }


def one_by_one(rules: list[sn.Rule], term: Any) -> Any:
    """What the first rule that changes a term makes of it, without an index."""
    for rule in rules:
        result = rule(term)
        if result is not None and not same(result, term):
            return rule.name, result
    return None


def first_match(results: Results, quick: bool) -> None:
    """Time the index on every kind of term and on all of them mixed."""
    rules = four_hundred()
    index = RuleIndex(rules)
    kinds = looked_at()
    kinds["mixed"] = [term for terms in kinds.values() for term in terms]
    matched = 0
    for term in kinds["mixed"]:
        fired = index.first(term)
        if one_by_one(rules, term) != (None if fired is None else (fired[1].name, fired[2])):
            raise WrongAnswer(f"another rule fires first on {term}")
        matched += fired is not None
    competitors = {name: partial(each, index.first, terms) for name, terms in kinds.items()}
    for name, (median, least) in harness.per_call(competitors, quick=quick).items():
        size = len(kinds[name])
        more = {"matched": matched} if name == "mixed" else {}
        results.add("first of 400 rules", name, median / size, "µs", least=least / size, size=size, **more)


def main() -> int:
    """Run the benchmark."""
    given = harness.parser("matching", __doc__ or "").parse_args()
    results = Results("matching", quick=given.quick)
    with bulk():
        patterns(results, given.quick)
        first_match(results, given.quick)
    for name in ("two products", "three summands", "nothing in common"):
        for look in ("match", "match, first look"):
            value = results.value(f"{name}, canonical", f"common factor, {look}")
            results.bar(f"pattern on {name}, {look}", value, LIMIT_PATTERN, "µs")
    results.bar("first of 400 rules, mixed", results.value("first of 400 rules", "mixed"), LIMIT_FIRST, "µs")
    return harness.finish(results, given)


if __name__ == "__main__":
    sys.exit(main())
