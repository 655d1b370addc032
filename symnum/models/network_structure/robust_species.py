"""Species whose concentration is the same in all positive steady states: absolute concentration robustness.

Sources: G. Shinar, M. Feinberg, Science 327 (2010) 1389 (networks of deficiency one); F. Horn, R. Jackson, Arch.
Rational Mech. Anal. 47 (1972) 81 (complex-balanced steady states of deficiency zero).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from symnum.display import html_table
from symnum.models.network_structure.complexes import Complex

if TYPE_CHECKING:
    from symnum.models.network_structure.structure import NetworkStructure

__all__ = ["RobustSpecies", "RobustSpeciesList", "robust_species"]


@dataclass(frozen=True)
class RobustSpecies:
    """A species that has the same amount in every positive steady state, whatever the totals are.

    Parameters
    ----------
    species : Symbol
    first, second : Complex
        Two complexes that differ in nothing else.
    """

    species: Any
    first: Complex
    second: Complex

    def __str__(self) -> str:
        return f"{self.species}: {self.first} and {self.second} differ in nothing else"


class RobustSpeciesList(Sequence[RobustSpecies]):
    """The species found robust, with the reason; empty where the theorems do not show any.

    Attributes
    ----------
    reason : str
        Which theorem applies, or why none does. Species that are not listed may be robust for other reasons.
    """

    def __init__(self, found: list[RobustSpecies], reason: str) -> None:
        self._found, self.reason = found, reason

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the species."""
        return tuple(entry.species.name for entry in self._found)

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> RobustSpecies: ...
    @overload
    def __getitem__(self, index: slice) -> list[RobustSpecies]: ...
    def __getitem__(self, index: int | slice) -> RobustSpecies | list[RobustSpecies]:
        return self._found[index]

    def __contains__(self, species: object) -> bool:
        """Whether a species, by symbol or name, is among them."""
        return getattr(species, "name", species) in self.names or species in self._found

    def __repr__(self) -> str:
        return "\n".join([f"<{len(self)} robust species: {self.reason}>", *(f"  {entry}" for entry in self)])

    def _repr_html_(self) -> str:
        rows = [[e.species.name, str(e.first), str(e.second)] for e in self]
        return html_table(["robust species", "complex", "complex"], rows) + f"<p>{self.reason}</p>"


def robust_species(structure: "NetworkStructure") -> RobustSpeciesList:
    """Find species whose concentration is the same in all positive steady states.

    Mass action is needed. With deficiency one, two non-terminal complexes that differ in one species only make it
    robust; with deficiency zero and weak reversibility, two complexes of one linkage class do.

    Examples
    --------
    >>> import symnum as sn
    >>> sn.reaction_network("a, A + B --> 2B;  b, B --> A").robust_species().names
    ('A',)
    """
    deficiency = structure.deficiency
    if not structure.is_mass_action:
        return RobustSpeciesList([], f"not every rate is mass action: {structure.mass_action_condition.detail}")
    if deficiency == 0 and structure.is_weakly_reversible:
        groups = structure.linkage_classes.members
        return RobustSpeciesList(
            _differing_in_one(structure, groups), "deficiency zero and weakly reversible, so complex-balanced"
        )
    if deficiency != 1:
        return RobustSpeciesList([], f"the theorem is about deficiency one, and the network has {deficiency}")
    if not structure.admits_positive_steady_state:
        return RobustSpeciesList([], "no rate constants have a positive steady state")
    terminal = {k for members in structure.terminal_linkage_classes.members for k in members}
    rest = [k for k in range(len(structure.complexes)) if k not in terminal]
    return RobustSpeciesList(
        _differing_in_one(structure, [rest]),
        "deficiency one, for all rate constants with a positive steady state (Shinar and Feinberg)",
    )


def _differing_in_one(structure: "NetworkStructure", groups: list[list[int]]) -> list[RobustSpecies]:
    """Return the species by which two complexes of one group differ, each once, in the order of the species.

    Complexes that differ in S alone are equal when S is left out: each complex is entered under what remains of it
    without each of its species, and as a whole.
    """
    complexes = structure.complexes
    found: dict[int, tuple[int, int]] = {}
    for members in groups:
        whole = {frozenset(complexes.side(k).items()): k for k in members}
        without: dict[tuple[int, frozenset[tuple[int, int]]], int] = {}
        for k in members:
            side = complexes.side(k)
            for i in side:
                rest = frozenset((j, n) for j, n in side.items() if j != i)
                other = whole.get(rest, without.setdefault((i, rest), k))
                if other != k and i not in found:
                    found[i] = (other, k)
    return [
        RobustSpecies(complexes.species[i], complexes[first], complexes[second])
        for i, (first, second) in sorted(found.items())
    ]
