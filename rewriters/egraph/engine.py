"""The e-graph engine: all terms that the rules make of the given ones, and the cheapest of them.

Every rule applies wherever it matches, no term is thrown away, and the choice is made at the end: so the order of
rules does not matter, and rules that only pay off together are found.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rewriters.egraph import worker
from rewriters.egraph.check import Checked, check
from rewriters.egraph.costs import CostModel
from rewriters.egraph.decode import decode
from rewriters.egraph.encode import Encoded
from rewriters.egraph.extraction.extract import check_extractor, choices
from rewriters.egraph.graph import read_graph
from rewriters.egraph.program import GOAL, Program, program_for
from rewriters.egraph.signature import LEAF_CONSTRUCTORS, loader
from rewriters.ruleset import Ruleset
from symnum.errors import InputError, SymnumError
from symnum.terms.domains import facts as facts_of

TIMEOUT_S = 10.0
NODE_LIMIT = 60_000
NODES_PER_NODE = 6
MEMORY_LIMIT = 2 * 2**30
ITERATIONS = 40
MATCH_LIMIT = 20_000
_GRACE_S = 0.5


class Limits(NamedTuple):
    """When a run of the e-graph ends.

    Attributes
    ----------
    timeout_s : float
        Seconds for loading and running; extraction comes on top.
    node_limit : int, optional
        E-nodes; by default `NODE_LIMIT`, or `NODES_PER_NODE` times the number in the input if that is more.
    memory_limit : int
        Bytes of memory of the worker process.
    iterations : int
        How often all rules are applied.
    """

    timeout_s: float = TIMEOUT_S
    node_limit: int | None = None
    memory_limit: int = MEMORY_LIMIT
    iterations: int = ITERATIONS


class Found(NamedTuple):
    """What the engine found.

    Attributes
    ----------
    results : list of terms
    stop : str
        "saturated", "node limit", "iteration limit", "timeout", "memory limit", "division by zero", or what went
        wrong with the worker.
    iterations, e_nodes, e_classes : int
    matches : dict of str to int
        How often each rule matched.
    seconds_per_rule : dict of str to float
    extractor : str
        Which extractor gave the result; "input" where nothing was cheaper.
    inexpressible : dict of str to str
        Rules that have no form in the e-graph, with the reason.
    checked : Checked
    """

    results: list[Any]
    stop: str
    iterations: int
    e_nodes: int
    e_classes: int
    matches: dict[str, int]
    seconds_per_rule: dict[str, float]
    extractor: str
    inexpressible: dict[str, str]
    checked: Checked


def optimise(
    expressions: Sequence[Any],
    rules: Ruleset,
    model: CostModel,
    extractor: str = "best",
    limits: Limits | None = None,
) -> Found:
    """Return the cheapest terms that the rules make of some terms, all of them in one e-graph.

    Parameters
    ----------
    expressions : sequence of terms
        Of any structure.
    rules : Ruleset
    model : CostModel
    extractor : {"best", "tree", "dag", "ilp"}
    limits : Limits, optional

    Raises
    ------
    MissingDependencyError
        If egglog is not installed.
    UnknownNameError
        For an extractor that does not exist.
    InputError
        For limits that are no positive numbers.
    """
    terms = list(expressions)
    explored = explore(terms, rules, model, extractor, limits)
    best, cost, by, points, largest = terms, model.total(terms), "input", 0, 0.0
    wrong: dict[int, None] = {}
    for name, made in explored.candidates:
        if model.total(made) >= cost:
            continue
        made, found = _mended(terms, made)
        wrong.update(dict.fromkeys(found.wrong))
        if model.total(made) < cost:
            best, cost, by, points, largest = made, model.total(made), name, found.points, found.largest
    return Found(
        best,
        explored.stop,
        explored.iterations,
        explored.e_nodes,
        explored.e_classes,
        explored.matches,
        explored.seconds_per_rule,
        by,
        explored.inexpressible,
        Checked(tuple(wrong), points, largest),
    )


class Explored(NamedTuple):
    """What saturation and extraction gave, before anything is chosen or checked.

    Attributes
    ----------
    candidates : list of (str, list of terms)
        The extractors, and the terms that they chose. Made only when asked for, one after another.
    stop, iterations, e_nodes, e_classes, matches, seconds_per_rule, inexpressible
        As in `Found`.
    """

    candidates: Iterator[tuple[str, list[Any]]]
    stop: str
    iterations: int
    e_nodes: int
    e_classes: int
    matches: dict[str, int]
    seconds_per_rule: dict[str, float]
    inexpressible: dict[str, str]


def explore(
    expressions: Sequence[Any],
    rules: Ruleset,
    model: CostModel,
    extractor: str = "best",
    limits: Limits | None = None,
) -> Explored:
    """Return the terms that every extractor chooses; parameters and errors as for `optimise`."""
    check_extractor(extractor)
    limits = _checked_limits(limits or Limits())
    if not expressions:
        return Explored(iter(()), "saturated", 0, 0, 0, {}, {}, {})
    worker.warm()
    encoded, program = prepare(expressions, rules)
    answer, failure = worker.ask(request(encoded, program, limits), limits.timeout_s + _GRACE_S)
    if answer is None:
        return Explored(iter(()), failure, 0, 0, 0, {}, {}, program.inexpressible)
    header, body = answer
    graph = read_graph(header, body, program.constructors, encoded.leaves)
    likes = list(expressions)
    decoded = ((name, _decoded(graph, choice, likes)) for name, choice in choices(graph, model, extractor))
    return Explored(
        ((name, made) for name, made in decoded if made is not None),
        failure or header["stop"],
        header["iterations"],
        header["nodes"],
        header["classes"],
        named(header["matches"], program, int),
        named(header["seconds"], program, float),
        program.inexpressible,
    )


def _decoded(graph: Any, choice: Any, likes: list[Any]) -> list[Any] | None:
    try:
        return decode(graph, choice, likes)
    except SymnumError:  # such as a number beyond all bounds
        return None


def _mended(before: list[Any], after: list[Any]) -> tuple[list[Any], Checked]:
    """Check a result; expressions that are not equal to the input stay as they were."""
    try:
        found = check(before, after)
    except SymnumError:  # cannot be evaluated: functions without numerical meaning
        found = Checked((), 0, 0.0)
    return [b if i in found.wrong else a for i, (b, a) in enumerate(zip(before, after))], found


def _checked_limits(limits: Limits) -> Limits:
    for name, value in zip(Limits._fields, limits):
        if value is None and name == "node_limit":
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise InputError(f"{name} is a positive number, not {value!r}.")
    return limits


# --- requests --------------------------------------------------------------------------------------------------


def prepare(expressions: Sequence[Any], rules: Ruleset) -> tuple[Encoded, Program]:
    """Return terms and rules made ready for the worker."""
    from rewriters.egraph.encode import Leaves

    encoded = Encoded(Leaves())
    encoded.add_terms(expressions)
    program = program_for(rules, encoded.constructors, bool(encoded.leaves.opaque.leaves))
    if program.leaves.symbols.leaves or program.leaves.opaque.leaves or program.leaves.constants.leaves:
        encoded = Encoded(program.leaves.copy())  # those that the rules mention have the first places
        encoded.add_terms(expressions)
    return encoded, program


def request(
    encoded: Encoded, program: Program, limits: Limits, goal: bool = False, want_graph: bool = True
) -> dict[str, Any]:
    """Return what the worker is sent."""
    facts = encoded.facts()
    if program.has_kinds:
        facts |= _leaf_facts(encoded)
    return {
        "program": f"{program.text}\n{GOAL}" if goal else program.text,
        "tables": program.tables,
        "facts": facts,
        "operations": [c.name for c in program.constructors],
        "loaders": [loader(c.name) for c, rows in encoded.rows.items() if c.arity and rows],
        "groups": list(program.groups),
        "group_of": program.group_of,
        "settle": program.settle + (" (run goal)" if goal else ""),
        "timeout_s": limits.timeout_s,
        "node_limit": int(limits.node_limit or max(NODE_LIMIT, NODES_PER_NODE * encoded.size)),
        "memory_bytes": int(limits.memory_limit),
        "iterations": int(limits.iterations),
        "match_limit": MATCH_LIMIT,
        "want_graph": want_graph,
    }


def _leaf_facts(encoded: Encoded) -> dict[str, str]:
    """Return what is known of symbols, constants and floats."""
    kinds, whole = [], []
    held = {"S": encoded.leaves.symbols, "K": encoded.leaves.constants, "F": encoded.leaves.opaque}
    for c in LEAF_CONSTRUCTORS:
        if c.name == "N":
            continue
        for place, at in encoded.rows[c]:
            leaf = held[c.name].leaves[at]
            if leaf.__class__ is bool:
                continue
            found = facts_of(leaf)
            kinds.append(f"{place}\t{found.kinds}\n")
            if found.whole:
                whole.append(f"{place}\n")
    made = {"in_kinds": "".join(kinds), "in_whole": "".join(whole)}
    return {name: text for name, text in made.items() if text}


def named(by_rule: dict[str, Any], program: Program, kind: type) -> dict[str, Any]:
    """Return figures of egglog's rules under the names of ours, the largest first."""
    total: dict[str, Any] = {}
    for name, value in by_rule.items():
        said = program.names.get(program.group_of.get(name, ""), None)
        said = said or ("constant folding and analyses" if kind is float else "")
        if said and value:
            total[said] = total.get(said, kind()) + value
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


__all__ = ["Explored", "Found", "Limits", "explore", "optimise"]
