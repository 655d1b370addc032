"""Sparse Jacobian of the first N equations of the BCR network (1,122 species, 24,388 reactions)."""

from typing import Any

import harness
from harness import WrongAnswer
from peers.symengine_terms import sparse_jacobian

import symnum as sn
from symnum.terms.arena import Arena, arena_jacobian_of_fluxes, equations_of_fluxes, gradients
from workloads import tree_rules
from workloads.workload import Workload

_WHOLE = 1122


def network() -> Any:
    """The network's equations, or None where the reference data is absent."""
    path = harness.data_folder() / "networks" / "bcr.net"
    return sn.read_model(path).system() if path.exists() else None


def by_entries(rows: list[Any], states: list[Any], finish: Any) -> list[tuple[int, int, Any]]:
    """Each row by the states in it, every derivative simplified."""
    columns = {state: j for j, state in enumerate(states)}
    entries = []
    for i, row in enumerate(rows):
        for symbol in sn.free_symbols(row):
            if symbol in columns:
                entry = finish(sn.differentiate(row, symbol))
                if entry.__class__ is not int or entry != 0:
                    entries.append((i, columns[symbol], entry))
    return sorted(entries, key=lambda e: e[:2])


def by_sympy(rows: list[Any], states: list[Any]) -> list[tuple[int, int, Any]]:
    """SymPy's `diff` of each row by the states in it."""
    columns = {state: j for j, state in enumerate(states)}
    found = [(i, columns[s], row.diff(s)) for i, row in enumerate(rows) for s in row.free_symbols if s in columns]
    return sorted((e for e in found if e[2] != 0), key=lambda e: e[:2])


def by_symengine(rows: list[Any], states: list[Any]) -> list[tuple[int, int, Any]]:
    """SymEngine's `diff` of each row by the states in it."""
    found = zip(*sparse_jacobian(states, rows), strict=True)
    return sorted(found, key=lambda e: e[:2])


def triples(matrix: Any) -> list[tuple[int, int, Any]]:
    """The entries of one of our Jacobians."""
    return list(zip(matrix.rows.tolist(), matrix.columns.tolist(), matrix.entries, strict=True))


def jacobian(system: Any, n: int, with_slow: bool) -> Workload:
    """The job for the first n equations; `with_slow` is SymPy."""
    rows, states = list(system.rhs[:n]), list(system.states)
    known = {s: (sn.convert(rows, s), sn.convert(states, s)) for s in ("tree", "symengine")}
    tools: dict[str, Any] = {
        "tree": lambda: by_entries(*known["tree"], tree_rules.by_rewrite),
        "tree, gathering rules": lambda: by_entries(*known["tree"], tree_rules.by_gathering),
        "canonical": lambda: sn.jacobian(rows, states),
        "arena": (lambda: entered(rows, states), lambda given: sn.jacobian(*given)),
        "symengine adapter": lambda: sn.jacobian(*known["symengine"]),
        "symengine": lambda: by_symengine(*known["symengine"]),
    }
    if n != 300:  # each takes minutes
        del tools["tree, gathering rules"]
    if n > 300:
        del tools["tree"], tools["symengine adapter"]
    if with_slow:
        known["sympy"] = sn.convert(rows, "sympy"), sn.convert(states, "sympy")
        tools["sympy"] = lambda: by_sympy(*known["sympy"])
    if n == _WHOLE:
        tools["arena, from arrays"] = (lambda: as_arrays(system), lambda given: gradients(*given))
        tools["arena, made from reactions"] = lambda: arena_jacobian_of_fluxes(system.fluxes, system.states)
    stage = f"BCR Jacobian, {n} equations"
    expected = [(i, j, sn.convert(e, "tree")) for i, j, e in triples(sn.jacobian(rows, states))]
    said = {
        "tree": f"sn.differentiate by each state in a row, then {tree_rules.REWRITE}",
        "tree, gathering rules": f"sn.differentiate by each state in a row, then {tree_rules.GATHER}",
        "sympy": "diff of each row by the states in it",
        "symengine": "diff of each row by the states in it",
        "arena, from arrays": "all derivatives of equations that are in the arena; entries become terms when looked at",
    }

    def check(tool: str, answer: Any) -> None:
        if tool == "arena, from arrays":
            if [(i, j) for i, j, _ in answer.tolist()] != [e[:2] for e in expected]:
                raise WrongAnswer(f"{stage}: {tool} finds {len(answer)} entries instead of {len(expected)}")
            return  # what they say is checked with the tool below, which makes the same sweep
        found = answer if isinstance(answer, list) else triples(answer)
        places_agree = [e[:2] for e in found] == [e[:2] for e in expected]
        if not places_agree or sn.convert([e[2] for e in found], "canonical") != sn.convert(
            [e[2] for e in expected], "canonical"
        ):
            raise WrongAnswer(f"{stage}: {tool} gives another answer")

    return Workload(stage, n, tools, check, said)


def entered(rows: list[Any], states: list[Any]) -> Any:
    """Equations and states in a fresh arena."""
    from symnum.terms.arena.term import enter

    arena = Arena()
    return [enter(arena, row) for row in rows], [arena.symbol(s) for s in states]


def as_arrays(system: Any) -> Any:
    """The whole network in a fresh arena, made from its arrays."""
    arena = Arena()
    equations = equations_of_fluxes(arena, system.fluxes, system.states)
    return arena, equations, [arena.symbol_node(s) for s in system.states]
