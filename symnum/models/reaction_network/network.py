"""The class of reaction networks."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum.models.model import LONGEST_ENTRY, Model
from symnum.models.reaction_network.arrays import ReactionArrays, to_fluxes
from symnum.models.reaction_network.structural_methods import StructuralMethods
from symnum.systems.fluxes import Fluxes
from symnum.systems.ode import ODESystem

if TYPE_CHECKING:  # displays, laws and propensities are imported when asked for
    from symnum.models.equations import Equations
    from symnum.models.reaction_network.reactions import Reactions
    from symnum.systems.conservation import ConservationLaws
    from symnum.systems.jump import JumpSystem
    from symnum.systems.sde import SDESystem

__all__ = ["ReactionNetwork"]


class ReactionNetwork(StructuralMethods, Model):
    """Species, parameters and reactions: an immutable model.

    Made by `symnum.reaction_network`, `symnum.read_model` and the functions of `symnum.models.library`.
    Reactions are kept as arrays; terms, equations and `Reaction` objects are made when looked at.

    Parameters
    ----------
    species, parameters : sequence of Symbol
        In declaration order, which is the order of every array made from them.
    arrays : ReactionArrays
        The reactions.
    independent : Symbol
        Time.
    parameter_values, initial_values : sequence, optional
        A number, a term in parameters, or None, for each parameter and species.
    observables : mapping of str to term, optional
        Named quantities computed from species, parameters and time. Kept as it is, so that it may make
        its terms on demand.
    fixed : frozenset of int
        Indices of species whose amount no reaction changes.
    combinatoric : bool
        Whether mass-action rates are divided by n! for each reactant taken n times.
    name : str
        Shown in reports.
    """

    def __init__(
        self,
        *,
        species: Sequence[Any],
        parameters: Sequence[Any],
        arrays: ReactionArrays,
        independent: Any,
        parameter_values: Sequence[Any] | None = None,
        initial_values: Sequence[Any] | None = None,
        observables: Mapping[str, Any] | None = None,
        fixed: frozenset[int] = frozenset(),
        combinatoric: bool = True,
        name: str = "network",
    ) -> None:
        self._set(
            species=tuple(species),
            parameters=tuple(parameters),
            arrays=arrays,
            independent=independent,
            parameter_values=tuple(parameter_values or [None] * len(parameters)),
            initial_values=tuple(initial_values or [None] * len(species)),
            observables={} if observables is None else observables,
            fixed=frozenset(fixed),
            combinatoric=bool(combinatoric),
            name=name,
        )

    species: tuple[Any, ...]
    parameters: tuple[Any, ...]
    parameter_values: tuple[Any, ...]
    initial_values: tuple[Any, ...]
    independent: Any
    observables: Mapping[str, Any]
    fixed: frozenset[int]
    combinatoric: bool
    name: str
    arrays: ReactionArrays

    @property
    def states(self) -> tuple[Any, ...]:
        """The species: what a solver calls states."""
        return self.species

    @property
    def n_reactions(self) -> int:
        """Number of reactions; a reversible one counts twice."""
        return self.arrays.n_reactions

    @cached_property
    def reactions(self) -> "Reactions":
        """The reactions, a sequence whose members are made when looked at."""
        from symnum.models.reaction_network.reactions import Reactions

        return Reactions(self.arrays, self.species)

    @cached_property
    def fluxes(self) -> Fluxes:
        """The right-hand side as arrays: rate constants, monomials, net changes."""
        varying = {*self.species, self.independent}
        constant = [_is_free_of(rate, varying) for rate in self.arrays.rates]
        return to_fluxes(self.arrays, self.species, constant, self.fixed, self.combinatoric)

    @cached_property
    def _system(self) -> ODESystem:
        return ODESystem(
            states=self.species,
            parameters=self.parameters,
            independent=self.independent,
            fluxes=self.fluxes,
            parameter_values=self.parameter_values,
            initial_values=self.initial_values,
            observables=self.observables,
            name=self.name,
            events=self.events,
        )

    def system(self) -> ODESystem:
        """Return the deterministic rate equations as a system of symbols.

        Raises
        ------
        DuplicateNameError
            If a name is both a species and a parameter.
        """
        return self._system

    def jump_system(self) -> "JumpSystem":
        """Return the reactions as a Markov chain on populations, for stochastic simulation.

        Propensities of mass action are ``k*A*B`` and, of reactants taken several times, ``k*A*(A - 1)/2``; with
        ``combinatoric=False`` they are not divided. A complete rate (``=>``) is the propensity itself.
        """
        from symnum.models.reaction_network.jumps import jump_system_of

        return jump_system_of(self)

    def sde_system(self) -> "SDESystem":
        """Return the chemical Langevin equation: each reaction has its drift and a noise of its own.

        Propensities are those of `jump_system`.
        """
        from symnum.systems.sde import SDESystem

        return SDESystem.from_jump_system(self.jump_system())

    @property
    def equations(self) -> "Equations":
        """The rate equations, a sequence of ``D(S) = ...``; each is made when looked at."""
        from symnum.models.equations import Equations

        return Equations(self.system())

    @cached_property
    def stoichiometry(self) -> Any:
        """Net stoichiometric matrix: scipy.sparse CSC array of int64, shape (n_species, n_reactions).

        Rows of fixed species are empty.
        """
        from scipy.sparse import csc_array

        f = self.fluxes
        shape = (len(self.species), self.n_reactions)
        return csc_array((f.change_values, f.change_states, f.change_offsets), shape=shape)

    @cached_property
    def _laws(self) -> "ConservationLaws":
        from symnum.systems.conservation import conservation_laws

        return conservation_laws(self.system())

    def conservation_laws(self) -> "ConservationLaws":
        """Return a basis of the integer combinations of species that no reaction changes.

        Returns
        -------
        ConservationLaws
            A sequence with `.matrix`. Laws without negative coefficients are preferred; there are as
            many as species minus the rank of `stoichiometry`, so a fixed species is a law by itself.
        """
        return self._laws

    def to_text(self, *, limit: int | None = None, width: int = LONGEST_ENTRY) -> str:
        """Write the network in the text form that `sn.reaction_network` and `sn.read_model` read.

        Parameters
        ----------
        limit : int, optional
            Greatest number of entries in each section; a comment says what was left out.
        width : int
            Greatest length of an entry where `limit` is given; longer ones are cut.
        """
        from symnum.models.reaction_network.write_text import write_text

        return write_text(self, limit=limit, width=width)

    _what_rows_are = "reactions"

    def _summary(self) -> str:
        return f"{len(self.species):,} species, {len(self.parameters):,} parameters, {self.n_reactions:,} reactions"

    def _rows(self) -> Any:
        return self.reactions

    def _content(self) -> tuple[Any, ...]:
        return (*super()._content(), sorted(self.fixed), self.combinatoric)

    def __eq__(self, other: object) -> bool:
        """Whether two networks are written alike; the name does not count."""
        if not isinstance(other, ReactionNetwork):
            return NotImplemented
        return self is other or (self._content() == other._content() and self.arrays.same_as(other.arrays))

    def __hash__(self) -> int:
        return hash((self.species, self.parameters, self.n_reactions))


def _is_free_of(rate: Any, varying: set[Any]) -> bool:
    from symnum.terms.traverse import free_symbols

    if isinstance(rate, int | float | np.number):
        return True
    return varying.isdisjoint(free_symbols(rate))
