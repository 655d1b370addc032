"""The structure of a network: what can be said of it before any number is known, each fact computed when asked for."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from symnum.display import html_table, plain_table
from symnum.models.network_structure.complexes import Complexes, reaction_complexes
from symnum.models.network_structure.deficiency import class_deficiencies, network_rank, tree_vectors
from symnum.models.network_structure.deficiency_one import deficiency_one_theorem
from symnum.models.network_structure.deficiency_zero import deficiency_zero_theorem
from symnum.models.network_structure.elementary_cycles import ElementaryCycles, elementary_cycles
from symnum.models.network_structure.linkage_classes import (
    LinkageClasses,
    linkage_classes,
    strong_linkage_classes,
    terminal_linkage_classes,
)
from symnum.models.network_structure.mass_action import rate_constants
from symnum.models.network_structure.positive_flux import has_positive_flux
from symnum.models.network_structure.reversibility import is_reversible, is_weakly_reversible
from symnum.models.network_structure.robust_species import RobustSpeciesList, robust_species
from symnum.models.network_structure.theorem import Condition, TheoremCheck
from symnum.systems.modular_rank import Rank

if TYPE_CHECKING:
    from symnum.models.reaction_network.network import ReactionNetwork
    from symnum.systems.conservation import ConservationLaws

__all__ = ["NetworkStructure"]

_SHORT = 6


class NetworkStructure:
    """Structural facts about a reaction network; made by ``net.structure()``.

    Parameters
    ----------
    network : ReactionNetwork
        The network.

    Examples
    --------
    >>> import symnum as sn
    >>> s = sn.reaction_network("(k1, k2), S + E <--> C;  k3, C --> E + P").structure()
    >>> s.deficiency, len(s.complexes), s.is_weakly_reversible
    (0, 3, False)
    """

    def __init__(self, network: "ReactionNetwork") -> None:
        self.network = network

    @cached_property
    def complexes(self) -> Complexes:
        """The distinct sides of reactions."""
        return reaction_complexes(self.network)

    @cached_property
    def linkage_classes(self) -> LinkageClasses:
        """The connected parts of the reaction graph."""
        return linkage_classes(self.complexes)

    @cached_property
    def strong_linkage_classes(self) -> LinkageClasses:
        """The greatest sets of complexes that can all be reached from one another."""
        return strong_linkage_classes(self.complexes)

    @cached_property
    def terminal_linkage_classes(self) -> LinkageClasses:
        """The strong linkage classes that no reaction leaves."""
        return terminal_linkage_classes(self.complexes)

    @cached_property
    def _tree_vectors(self) -> list[list[list[tuple[int, int]]]]:
        neighbours: list[list[int]] = [[] for _ in range(len(self.complexes))]
        for i, j in self.complexes.edges:
            neighbours[i].append(j)
            neighbours[j].append(i)
        return [tree_vectors(self.complexes, members, neighbours) for members in self.linkage_classes.members]

    @property
    def conservation_laws(self) -> "ConservationLaws":
        """The conservation laws, exact."""
        return self.network.conservation_laws()

    @cached_property
    def rank(self) -> Rank:
        """The rank of the stoichiometric matrix: modulo a random large prime, and proved by the conservation laws."""
        return network_rank(self._tree_vectors, len(self.network.species) - len(self.conservation_laws))

    @cached_property
    def deficiency(self) -> int:
        """Complexes less linkage classes less rank."""
        return len(self.complexes) - len(self.linkage_classes) - self.rank.value

    @cached_property
    def linkage_class_deficiencies(self) -> tuple[int, ...]:
        """The deficiency of each linkage class taken by itself; their sum is at most `deficiency`."""
        return class_deficiencies(self.linkage_classes, self._tree_vectors)

    @cached_property
    def is_reversible(self) -> bool:
        """Whether for every reaction there is one the other way round."""
        return is_reversible(self.complexes)

    @cached_property
    def is_weakly_reversible(self) -> bool:
        """Whether every reaction lies on a cycle of reactions."""
        return is_weakly_reversible(self.linkage_classes, self.strong_linkage_classes)

    @cached_property
    def is_mass_action(self) -> bool:
        """Whether every rate is a constant times the reactants."""
        return self.mass_action_condition.holds

    @cached_property
    def mass_action_condition(self) -> Condition:
        """The condition that all rates are mass action, with the number of those that are not."""
        others = sum(constant is None for constant in rate_constants(self.network))
        detail = "all are" if others == 0 else f"{others} of {self.network.n_reactions} are not"
        return Condition("all rates are mass action", others == 0, detail)

    @cached_property
    def admits_positive_steady_state(self) -> bool:
        """Whether all species can be balanced with all reactions running; with mass action, for some rate constants."""
        return has_positive_flux(self.network)

    @cached_property
    def robust_species(self) -> RobustSpeciesList:
        """Species whose concentration is the same in all positive steady states, as far as theorems show it."""
        return robust_species(self)

    def elementary_cycles(self, limit: int = 10_000) -> ElementaryCycles:
        """Return the elementary cycles of the reaction graph, at most `limit` of them."""
        return elementary_cycles(self.complexes, self.strong_linkage_classes, limit)

    @cached_property
    def deficiency_zero(self) -> TheoremCheck:
        """The deficiency zero theorem: its conditions and what follows."""
        return deficiency_zero_theorem(self)

    @cached_property
    def deficiency_one(self) -> TheoremCheck:
        """The deficiency one theorem: its conditions and what follows."""
        return deficiency_one_theorem(self)

    # Display ------------------------------------------------------------------------------------------

    def _rows(self) -> list[tuple[str, Any]]:
        single = self.linkage_class_deficiencies
        sure = "" if self.rank.certain else f" (larger with probability below {self.rank.error_probability:.0e})"
        per_class = f"{', '.join(map(str, single))}" if len(single) <= _SHORT else f"{sum(single):,} in all"
        reversible = "reversible" if self.is_reversible else "weakly reversible" if self.is_weakly_reversible else "no"
        return [
            ("species", f"{len(self.network.species):,}"),
            ("reactions", f"{self.network.n_reactions:,}"),
            ("complexes", f"{len(self.complexes):,}"),
            ("linkage classes", f"{len(self.linkage_classes):,}"),
            (
                "strong linkage classes",
                f"{len(self.strong_linkage_classes):,}, {len(self.terminal_linkage_classes):,} terminal",
            ),
            ("rank", f"{self.rank.value:,}{sure}"),
            ("conservation laws", f"{len(self.conservation_laws):,}"),
            ("deficiency", f"{self.deficiency:,} (linkage classes: {per_class})"),
            ("reversibility", reversible),
            ("mass action", self.mass_action_condition.detail),
            ("deficiency zero theorem", self._verdict(self.deficiency_zero)),
            ("deficiency one theorem", self._verdict(self.deficiency_one)),
            ("robust species", ", ".join(self.robust_species.names) or f"none shown: {self.robust_species.reason}"),
        ]

    def _verdict(self, check: TheoremCheck) -> str:
        if not check:
            return f"does not apply: {check.failed[0].detail or check.failed[0].statement}"
        stable = ", stable" if check.stable else ""
        return f"applies: positive steady states in each class: {check.steady_states}{stable}"

    def __repr__(self) -> str:
        return f"<structure of {self.network.name}>\n" + plain_table(self._rows(), indent="  ")

    def _repr_html_(self) -> str:
        return html_table([f"structure of {self.network.name}", ""], self._rows())
