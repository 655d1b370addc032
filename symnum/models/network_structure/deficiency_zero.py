"""The deficiency zero theorem.

Sources: F. Horn, R. Jackson, Arch. Rational Mech. Anal. 47 (1972) 81; M. Feinberg, Chem. Eng. Sci. 42 (1987) 2229.
"""

from typing import TYPE_CHECKING

from symnum.models.network_structure.theorem import Condition, TheoremCheck

if TYPE_CHECKING:
    from symnum.models.network_structure.structure import NetworkStructure

__all__ = ["deficiency_zero_theorem"]

_NAME = "deficiency zero theorem"
_SOURCE = "Feinberg, Chem. Eng. Sci. 42 (1987) 2229"


def deficiency_zero_theorem(structure: "NetworkStructure") -> TheoremCheck:
    """Check the conditions of the deficiency zero theorem, and say what follows.

    Examples
    --------
    >>> import symnum as sn
    >>> net = sn.reaction_network("(a, b), A <--> 2B;  (c, d), A + C <--> D")
    >>> net.deficiency_zero_theorem().steady_states
    'exactly one'
    """
    deficiency = structure.deficiency
    zero = Condition("the deficiency is zero", deficiency == 0, f"it is {deficiency}")
    if not zero:
        return TheoremCheck(_NAME, (zero,), "Nothing follows.", source=_SOURCE)
    if not structure.is_weakly_reversible:
        text = (
            "The network is not weakly reversible: whatever the rate laws, as long as rates are positive where all "
            "species are, there is neither a positive steady state nor a positive periodic solution."
        )
        return TheoremCheck(_NAME, (zero,), text, "none", source=_SOURCE)
    kinetics = structure.mass_action_condition
    if not kinetics:
        return TheoremCheck(_NAME, (zero, kinetics), "Nothing follows.", source=_SOURCE)
    text = (
        "The network is weakly reversible: for all positive rate constants, each positive stoichiometric "
        "compatibility class has exactly one positive steady state. It is complex-balanced and locally asymptotically "
        "stable within its class, and there is no positive periodic solution."
    )
    return TheoremCheck(_NAME, (zero, kinetics), text, "exactly one", True, _SOURCE)
