"""Complex balance: at steady state, as much flows into every complex as out of it.

Sources: F. Horn, R. Jackson, Arch. Rational Mech. Anal. 47 (1972) 81; G. Craciun, A. Dickenstein, A. Shiu,
B. Sturmfels, J. Symb. Comp. 44 (2009) 1551: with tree constants K and complexes y, the network is complex-balanced
if some x has ``x^y_i / K_i`` equal within each linkage class.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from symnum.models.network_structure.balance import (
    Balance,
    as_concentrations,
    check_positive,
    edge_rates,
    sides_of,
    solve_logarithms,
)
from symnum.models.network_structure.left_null_space import row_relations
from symnum.models.network_structure.mass_action import numeric_rates, rate_constants, require_mass_action
from symnum.models.network_structure.tree_constants import log_tree_constants, symbolic_tree_constants

if TYPE_CHECKING:
    from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["complex_balance", "complex_balance_conditions"]


def complex_balance(network: "ReactionNetwork", params: Mapping[Any, Any] | None = None) -> Balance:
    """Decide whether a network of mass action is complex-balanced for given rate constants.

    Parameters
    ----------
    network : ReactionNetwork
    params : mapping, optional
        Parameters by name or symbol, for those that differ from the network's own.

    Raises
    ------
    UnsupportedError
        If a rate is not mass action.
    MissingValueError, InputError
        If a rate constant has no value, or is not positive.

    Examples
    --------
    >>> import symnum as sn
    >>> net = sn.reaction_network("k, A --> B; k, B --> C; m, C --> A", parameters={"k": 1, "m": 2})
    >>> bool(net.complex_balance()), bool(net.detailed_balance())
    (True, False)
    """
    rates = edge_rates(network, numeric_rates(network, params))
    check_positive(rates)
    if not network.is_weakly_reversible:
        return Balance("complex", False, "the network is not weakly reversible", float("inf"), None, network)
    rows: list[dict[int, int]] = []
    right: list[float] = []
    for members in network.linkage_classes().members:
        constants = log_tree_constants(rates, members)
        rows += [network.complexes().difference(members[0], k) for k in members[1:]]
        right += (constants[1:] - constants[0]).tolist()
    logarithms, mismatch = solve_logarithms(rows, right, len(network.species))
    if mismatch:
        reason = f"its rate constants miss the conditions by {mismatch:.3g} in logarithms"
        return Balance("complex", False, reason, mismatch, None, network)
    reason = "its rate constants meet the conditions" if network.deficiency else "its deficiency is zero"
    return Balance("complex", True, reason, 0.0, as_concentrations(network, logarithms), network)


def complex_balance_conditions(network: "ReactionNetwork") -> list[Any] | None:
    """Return equations between rate constants that hold just where the network is complex-balanced.

    Returns
    -------
    list of equations, or None
        As many as the deficiency; None where the network is not weakly reversible, and so never complex-balanced.

    Raises
    ------
    UnsupportedError
        If a rate is not mass action, or a linkage class is too large to write its trees out.

    Examples
    --------
    >>> import symnum as sn
    >>> net = sn.reaction_network("(a, b), 0 <--> X;  (c, d), 2X <--> 3X")
    >>> net.complex_balance_conditions()
    [Eq(a*d, 3*b*c)]
    """
    from symnum.terms.functions import Eq

    constants = rate_constants(network)
    require_mass_action(network, constants)
    if not network.is_weakly_reversible:
        return None
    rates = edge_rates(network, constants)
    rows: list[dict[int, int]] = []
    ratios: list[tuple[Any, Any]] = []
    for members in network.linkage_classes().members if network.deficiency else ():
        trees = symbolic_tree_constants(rates, members)
        rows += [network.complexes().difference(members[0], k) for k in members[1:]]
        ratios += [(tree, trees[0]) for tree in trees[1:]]
    return [
        Eq(*sides_of([(ratios[k], n) for k, n in relation.items()]))
        for relation in row_relations(rows, len(network.species))
    ]
