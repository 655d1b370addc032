"""The methods of a reaction network that tell its structure; each is computed at its first use and kept."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symnum.models.network_structure.complexes import Complexes
    from symnum.models.network_structure.linkage_classes import LinkageClasses
    from symnum.models.network_structure.structure import NetworkStructure
    from symnum.models.network_structure.theorem import TheoremCheck

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
