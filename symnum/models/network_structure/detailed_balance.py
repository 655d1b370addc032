"""Detailed balance: at steady state, every reaction runs as fast as its reverse.

Sources: R. Wegscheider, Monatsh. Chem. 22 (1901) 849; M. Feinberg, Chem. Eng. Sci. 44 (1989) 1819.
"""

from collections.abc import Mapping
from math import log
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

if TYPE_CHECKING:
    from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["detailed_balance", "detailed_balance_conditions"]


def detailed_balance(network: "ReactionNetwork", params: Mapping[Any, Any] | None = None) -> Balance:
    """Decide whether a network of mass action is detailed-balanced for given rate constants.

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
    >>> net = sn.reaction_network("(1, 2), A <--> B;  (3, 4), B <--> C;  (k, 3), C <--> A")
    >>> bool(net.detailed_balance(params={"k": 8})), bool(net.detailed_balance(params={"k": 7}))
    (True, False)
    """
    rates = edge_rates(network, numeric_rates(network, params))
    check_positive(rates)
    if not network.is_reversible:
        return Balance("detailed", False, "not every reaction has a reverse", float("inf"), None, network)
    pairs = [(i, j) for i, j in rates if i < j]
    rows = [network.complexes().difference(i, j) for i, j in pairs]
    right = [log(rates[i, j]) - log(rates[j, i]) for i, j in pairs]
    logarithms, mismatch = solve_logarithms(rows, right, len(network.species))
    if mismatch:
        reason = f"its rate constants miss the cycle conditions by {mismatch:.3g} in logarithms"
        return Balance("detailed", False, reason, mismatch, None, network)
    reason = "its rate constants meet the cycle conditions"
    return Balance("detailed", True, reason, 0.0, as_concentrations(network, logarithms), network)


def detailed_balance_conditions(network: "ReactionNetwork") -> list[Any] | None:
    """Return the cycle conditions: equations between rate constants that hold just where there is detailed balance.

    Returns
    -------
    list of equations, or None
        One for each independent relation between pairs of reactions (Wegscheider's conditions, those of cycles in
        the reaction graph and others); None where not every reaction has a reverse.

    Raises
    ------
    UnsupportedError
        If a rate is not mass action.

    Examples
    --------
    >>> import symnum as sn
    >>> net = sn.reaction_network("(a, b), A <--> B;  (c, d), B <--> C;  (e, f), C <--> A")
    >>> net.detailed_balance_conditions()
    [Eq(a*c*e, b*d*f)]
    """
    from symnum.terms.functions import Eq

    constants = rate_constants(network)
    require_mass_action(network, constants)
    if not network.is_reversible:
        return None
    rates = edge_rates(network, constants)
    pairs = [(i, j) for i, j in rates if i < j]
    rows = [network.complexes().difference(i, j) for i, j in pairs]
    out = []
    for relation in row_relations(rows, len(network.species)):
        factors = [((rates[pairs[k]], rates[pairs[k][::-1]]), n) for k, n in relation.items()]
        out.append(Eq(*sides_of(factors)))
    return out
