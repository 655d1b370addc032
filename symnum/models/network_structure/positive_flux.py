"""Whether all reactions can run at once without changing anything: without that, no positive steady state exists."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["has_positive_flux"]


def has_positive_flux(network: "ReactionNetwork") -> bool:
    """Return whether there are positive rates of all reactions that leave every species as it is.

    With mass action this is so just where some rate constants have a positive steady state. Decided by a linear
    program; at once where the network is weakly reversible.
    """
    if network.is_weakly_reversible:
        return True
    import numpy as np
    from scipy.optimize import linprog

    matrix: Any = network.stoichiometry
    n = matrix.shape[1]
    found = linprog(np.zeros(n), A_eq=matrix.astype(float), b_eq=np.zeros(matrix.shape[0]), bounds=(1.0, None))
    return bool(found.status == 0)
