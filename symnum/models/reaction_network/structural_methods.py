"""The methods of a reaction network that tell its structure; each is computed at its first use and kept."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symnum.models.network_graphs.graph import NetworkGraph
    from symnum.models.network_structure.balance import Balance
    from symnum.models.network_structure.complexes import Complexes
    from symnum.models.network_structure.elementary_cycles import ElementaryCycles
    from symnum.models.network_structure.elementary_modes import ElementaryModes
    from symnum.models.network_structure.linkage_classes import LinkageClasses
    from symnum.models.network_structure.robust_species import RobustSpeciesList
    from symnum.models.network_structure.structure import NetworkStructure
    from symnum.models.network_structure.theorem import TheoremCheck
    from symnum.models.reaction_network.reduce import ReducedNetwork

__all__ = ["StructuralMethods"]


class StructuralMethods:
    """What `ReactionNetwork` can say of its structure."""

    def structure(self) -> "NetworkStructure":
        """Return all structural facts, each computed when first looked at.

        Examples
        --------
        >>> import symnum as sn
        >>> sn.reaction_network("(k1, k2), A <--> B").structure().deficiency
        0
        """
        from symnum.models.network_structure.structure import NetworkStructure

        known: NetworkStructure | None = self.__dict__.get("_structure")
        if known is None:
            known = self.__dict__["_structure"] = NetworkStructure(self)  # type: ignore[arg-type]
        return known

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is computed on demand."""
        state: dict[str, Any] = super().__getstate__()  # type: ignore[assignment]
        state.pop("_structure", None)
        return state

    def complexes(self) -> "Complexes":
        """Return the complexes, the distinct sides of reactions, with `.composition` and `.incidence` matrices."""
        return self.structure().complexes

    def linkage_classes(self) -> "LinkageClasses":
        """Return the connected parts of the reaction graph, a sequence of lists of complexes."""
        return self.structure().linkage_classes

    def strong_linkage_classes(self) -> "LinkageClasses":
        """Return the greatest sets of complexes that can all be reached from one another along reactions."""
        return self.structure().strong_linkage_classes

    def terminal_linkage_classes(self) -> "LinkageClasses":
        """Return the strong linkage classes that no reaction leaves."""
        return self.structure().terminal_linkage_classes

    @property
    def deficiency(self) -> int:
        """Complexes less linkage classes less the rank of the stoichiometric matrix."""
        return self.structure().deficiency

    @property
    def linkage_class_deficiencies(self) -> tuple[int, ...]:
        """The deficiency of each linkage class taken by itself."""
        return self.structure().linkage_class_deficiencies

    @property
    def is_reversible(self) -> bool:
        """Whether for every reaction there is one the other way round."""
        return self.structure().is_reversible

    @property
    def is_weakly_reversible(self) -> bool:
        """Whether every reaction lies on a cycle of reactions."""
        return self.structure().is_weakly_reversible

    def deficiency_zero_theorem(self) -> "TheoremCheck":
        """Return the conditions of the deficiency zero theorem, and what follows; true where they hold."""
        return self.structure().deficiency_zero

    def deficiency_one_theorem(self) -> "TheoremCheck":
        """Return the conditions of the deficiency one theorem, and what follows; true where they hold."""
        return self.structure().deficiency_one

    def complex_balance(self, params: Mapping[Any, Any] | None = None) -> "Balance":
        """Decide whether the network is complex-balanced; see `symnum.models.network_structure.complex_balance`."""
        from symnum.models.network_structure.complex_balance import complex_balance

        return complex_balance(self, params)  # type: ignore[arg-type]

    def complex_balance_conditions(self) -> list[Any] | None:
        """Return equations between rate constants for complex balance; None where it is impossible."""
        from symnum.models.network_structure.complex_balance import complex_balance_conditions

        return complex_balance_conditions(self)  # type: ignore[arg-type]

    def detailed_balance(self, params: Mapping[Any, Any] | None = None) -> "Balance":
        """Decide whether the network is detailed-balanced; see `symnum.models.network_structure.detailed_balance`."""
        from symnum.models.network_structure.detailed_balance import detailed_balance

        return detailed_balance(self, params)  # type: ignore[arg-type]

    def detailed_balance_conditions(self) -> list[Any] | None:
        """Return the cycle conditions on rate constants for detailed balance; None where it is impossible."""
        from symnum.models.network_structure.detailed_balance import detailed_balance_conditions

        return detailed_balance_conditions(self)  # type: ignore[arg-type]

    def is_complex_balanced(self, params: Mapping[Any, Any] | None = None) -> bool:
        """Return whether at steady state as much flows into every complex as out of it, for given rate constants."""
        return self.complex_balance(params).holds

    def is_detailed_balanced(self, params: Mapping[Any, Any] | None = None) -> bool:
        """Return whether at steady state every reaction runs as fast as its reverse, for given rate constants."""
        return self.detailed_balance(params).holds

    def elementary_cycles(self, limit: int = 10_000) -> "ElementaryCycles":
        """Return the elementary cycles of the reaction graph, reversible reactions included; at most `limit`."""
        return self.structure().elementary_cycles(limit)

    def elementary_modes(self, limit: int = 20_000) -> "ElementaryModes":
        """Return the smallest sets of reactions that together change nothing, for small networks.

        Raises
        ------
        UnsupportedError
            If there are more than `limit`.
        """
        from symnum.models.network_structure.elementary_modes import elementary_modes

        return elementary_modes(self, limit)  # type: ignore[arg-type]

    def robust_species(self) -> "RobustSpeciesList":
        """Return the species whose concentration is the same in all positive steady states (Shinar and Feinberg)."""
        return self.structure().robust_species

    def complex_graph(self) -> "NetworkGraph":
        """Return the graph of complexes and reactions, with `.plot()`, `.to_dot()` and `.to_mermaid()`."""
        from symnum.models.network_graphs.complex_graph import complex_graph

        return complex_graph(self)  # type: ignore[arg-type]

    def species_reaction_graph(self, merge_reversible: bool = True) -> "NetworkGraph":
        """Return the graph of species and reactions, with `.plot()`, `.to_dot()` and `.to_mermaid()`.

        Parameters
        ----------
        merge_reversible : bool
            Whether a reaction and its reverse are one node.
        """
        from symnum.models.network_graphs.species_reaction_graph import species_reaction_graph

        return species_reaction_graph(self, merge_reversible)  # type: ignore[arg-type]

    def reduce(self, *, constant: bool = True, unused: bool = False, only: Any = None) -> "ReducedNetwork":
        """Make constant species parameters, and drop what is not needed on request.

        See `symnum.models.reaction_network.reduce.reduce_network`.

        Parameters
        ----------
        constant : bool
            Whether species that nothing changes become parameters.
        unused : bool
            Whether species that nothing depends on are dropped.
        only : str, Symbol, or iterable of them, optional
            Species and observables that matter: what these do not depend on is dropped.

        Returns
        -------
        ReducedNetwork
            With `.network`, and the names of what is gone.
        """
        from symnum.models.reaction_network.reduce import reduce_network

        return reduce_network(self, constant=constant, unused=unused, only=only)  # type: ignore[arg-type]
