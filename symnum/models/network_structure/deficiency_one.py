"""The deficiency one theorem.

Source: M. Feinberg, Chem. Eng. Sci. 42 (1987) 2229; Arch. Rational Mech. Anal. 132 (1995) 311.
"""

from typing import TYPE_CHECKING

from symnum.models.network_structure.theorem import Condition, TheoremCheck

if TYPE_CHECKING:
    from symnum.models.network_structure.structure import NetworkStructure

__all__ = ["deficiency_one_theorem"]

_NAME = "deficiency one theorem"
_SOURCE = "Feinberg, Arch. Rational Mech. Anal. 132 (1995) 311"


def deficiency_one_theorem(structure: "NetworkStructure") -> TheoremCheck:
    """Check the conditions of the deficiency one theorem, and say what follows.

    Examples
    --------
    >>> import symnum as sn
    >>> net = sn.reaction_network("(a, b), 0 <--> X;  (c, d), 2X <--> 3X")
    >>> print(net.deficiency_one_theorem().conditions[1])
    [ ] the deficiencies of the linkage classes add up to that of the network: they add up to 0, the network has 1
    """
    single = structure.linkage_class_deficiencies
    largest, total = max(single, default=0), sum(single)
    many = _classes_with_many_ends(structure)
    conditions = (
        structure.mass_action_condition,
        Condition(
            "the deficiencies of the linkage classes add up to that of the network",
            total == structure.deficiency,
            f"they add up to {total}, the network has {structure.deficiency}",
        ),
        Condition("no linkage class has a deficiency above one", largest <= 1, f"the largest is {largest}"),
        Condition(
            "each linkage class has one terminal strong linkage class only",
            many == 0,
            "all do" if many == 0 else f"{many} of {len(single)} have more",
        ),
    )
    if not all(conditions):
        return TheoremCheck(_NAME, conditions, "Nothing follows.", source=_SOURCE)
    if structure.is_weakly_reversible:
        text = (
            "The network is weakly reversible: for all positive rate constants, each positive stoichiometric "
            "compatibility class has exactly one positive steady state."
        )
        return TheoremCheck(_NAME, conditions, text, "exactly one", None, _SOURCE)
    text = (
        "If there is a positive steady state for some rate constants, then with these each positive stoichiometric "
        "compatibility class has exactly one."
    )
    return TheoremCheck(_NAME, conditions, text, "at most one", None, _SOURCE)


def _classes_with_many_ends(structure: "NetworkStructure") -> int:
    class_of = structure.linkage_classes.class_of()
    ends = [int(class_of[members[0]]) for members in structure.terminal_linkage_classes.members]
    return sum(ends.count(number) > 1 for number in set(ends)) if len(ends) > len(structure.linkage_classes) else 0
