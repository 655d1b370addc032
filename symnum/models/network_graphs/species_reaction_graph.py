"""The species-reaction graph of a network: which species take part in which reactions, and how."""

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from symnum.models.network_graphs.graph import Edge, NetworkGraph, Node

if TYPE_CHECKING:
    from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["species_reaction_graph"]


def species_reaction_graph(network: "ReactionNetwork", merge_reversible: bool = True) -> NetworkGraph:
    """Return the graph of species and reactions.

    Arrows lead from what a reaction uses up to the reaction, and on to what it makes, with coefficients other than
    one. A species that a reaction needs and does not use up, a catalyst or one that its rate names, has an arrow of
    kind "regulates".

    Parameters
    ----------
    network : ReactionNetwork
    merge_reversible : bool
        Whether a reaction and its reverse are one node.

    Examples
    --------
    >>> import symnum as sn
    >>> sn.reaction_network("bind: k, A + B --> C").species_reaction_graph().adjacency
    {'A': ['bind'], 'B': ['bind'], 'C': [], 'bind': ['C']}
    """
    arrays = network.arrays
    sides = [(Counter(arrays.reactants_of(r)), Counter(arrays.products_of(r))) for r in range(network.n_reactions)]
    place = {s: i for i, s in enumerate(network.species)}
    read = [_named_in_rate(network, r, place) for r in range(network.n_reactions)]
    simple = [bool(arrays.mass_action[r]) and not read[r] for r in range(network.n_reactions)]
    reverse = _reverses(sides, simple) if merge_reversible else {}
    nodes = [Node(s.name, "species", 0, i + 1) for i, s in enumerate(network.species)]
    edges: list[Edge] = []
    skipped = set(reverse.values())
    for r, (left, right) in enumerate(sides):
        if r in skipped:
            continue
        both = r in reverse
        here = len(nodes)
        nodes.append(Node(_label(network, r, reverse.get(r)), "reaction", 0, r + 1))
        edges += _edges(left, right, read[r], here, both)
    return NetworkGraph(tuple(nodes), tuple(edges), f"species and reactions of {network.name}")


def _edges(left: Counter[int], right: Counter[int], read: list[int], here: int, both: bool) -> list[Edge]:
    """Return the arrows of one reaction, whose node is `here`."""

    def edge(source: int, target: int, count: int, kind: Literal["consumed", "produced"]) -> Edge:
        return Edge(source, target, "" if count == 1 else str(count), kind, both)

    out = [edge(i, here, left[i] - right[i], "consumed") for i in left if left[i] > right[i]]
    out += [edge(here, i, right[i] - left[i], "produced") for i in right if right[i] > left[i]]
    needed = [i for i in left if left[i] <= right[i]] + read
    used = {i for i in left if left[i] > right[i]} | {i for i in right if right[i] > left[i] and both}
    out += [Edge(i, here, "", "regulates") for i in dict.fromkeys(needed) if i not in used]
    return out


def _reverses(sides: list[tuple[Counter[int], Counter[int]]], simple: list[bool]) -> dict[int, int]:
    """Return for reactions of mass action the number of a later one that is the reverse, each used once."""
    waiting: dict[Any, list[int]] = {}
    out: dict[int, int] = {}
    for r, (left, right) in enumerate(sides):
        if not simple[r]:
            continue
        key = (frozenset(left.items()), frozenset(right.items()))
        before = waiting.get((key[1], key[0]))
        if before and key[0] != key[1]:
            out[before.pop(0)] = r
        else:
            waiting.setdefault(key, []).append(r)
    return out


def _label(network: "ReactionNetwork", reaction: int, reverse: int | None) -> str:
    """Return the name of a reaction, or its number counted from one."""
    names = network.arrays.names
    first = names.get(reaction) or f"r{reaction + 1}"
    if reverse is None or reaction in names:
        return first
    return f"{first}, {names.get(reverse) or f'r{reverse + 1}'}"


def _named_in_rate(network: "ReactionNetwork", reaction: int, place: dict[Any, int]) -> list[int]:
    from symnum.terms.traverse import free_symbols

    rate = network.arrays.rates[network.arrays.rate_index[reaction]]
    return [] if isinstance(rate, int | float) else sorted(place[s] for s in free_symbols(rate) if s in place)
