"""`sn.reaction_network`: from text or reactions to a network."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symnum.errors import DuplicateNameError, InputError, ParseError
from symnum.models.names import Scope, as_expression, as_symbol, split_names
from symnum.models.reaction_network.arrays import ReactionArrays
from symnum.models.reaction_network.make_reaction import SECTIONS, Reaction
from symnum.models.reaction_network.network import ReactionNetwork
from symnum.models.reaction_network.read_text import finish, read_statement
from symnum.models.text import Fragment, Source, read_definitions, read_names, split_sections
from symnum.models.values import (
    check_observables,
    merge_definitions,
    read_initial,
    read_observables,
    read_values,
    with_observables,
)
from symnum.systems.events import as_events, names_in

__all__ = ["make_arrays", "reaction_network"]


def reaction_network(
    reactions: str | Iterable[Reaction],
    *,
    parameters: Mapping[Any, Any] | str | Iterable[Any] | None = None,
    initial: Mapping[Any, Any] | None = None,
    initial_values: Mapping[Any, Any] | None = None,
    observables: Mapping[str, Any] | None = None,
    species: str | Iterable[Any] | None = None,
    fixed: str | Iterable[Any] | None = None,
    independent: Any = None,
    combinatoric: bool | None = None,
    events: Any = None,
    name: str = "network",
    file: str | None = None,
) -> ReactionNetwork:
    """Make a reaction network from text in Catalyst's form, or from reactions.

    Parameters
    ----------
    reactions : str or iterable of Reaction
        Text: one reaction on each line, or several separated by semicolons; see Notes.
    parameters : mapping, str or iterable, optional
        Default values by name (a number, or text or a term in other parameters), or names alone. These
        come first in the order of parameters.
    initial, initial_values : mapping, optional
        Initial amounts by species: a number, or text or a term in parameters. Two names for the same.
    observables : mapping of str to term or text, optional
        Named quantities computed from species, parameters, time and other observables. A rate that names
        one has its expression.
    species : str or iterable, optional
        Species that come first in the order, and those that only occur in rates.
    fixed : str or iterable, optional
        Species whose amount no reaction changes.
    independent : Symbol or str, optional
        The name of time; "t" if not given.
    combinatoric : bool, optional
        Divide mass-action rates by n! for each reactant taken n times (``k, 2A --> B`` runs at
        ``k*A^2/2``). On, unless the text or this says otherwise.
    events : iterable of Event, optional
        What happens on the way; see `symnum.event`. Names that are nothing else are parameters here too.
    name : str
        Shown in reports.
    file : str, optional
        Where a text came from, for messages.

    Returns
    -------
    ReactionNetwork
        Species are the names in reactants and products, in order of appearance; all other names in
        rates are parameters.

    Raises
    ------
    ParseError
        If the text cannot be read, with line and column.
    UnknownNameError, DuplicateNameError
        If a value is given for a name that the network does not have, or a name has two meanings.

    Notes
    -----
    ``k, A + 2B --> C`` is mass action: the rate is ``k`` times the reactants, whatever ``k`` is made of.
    ``v, A => B`` has the complete rate ``v``. ``(kf, kr), A <--> B`` is two reactions, ``<--`` one that
    runs leftward; 0 or ∅ is a source or sink. Bundles stand for several reactions:
    ``k, (A, B) --> 0``. A name before a colon names the reaction: ``binding: kf, S + E --> C``; of a
    reversible one the second is ``binding_reverse``. ``mm, mmr, hill, hillr, hillar`` are named rate
    laws, ``t`` is time, ``pi`` the number unless it is declared. Names with other characters stand
    between backquotes. A text may have sections, each begun by its name and a colon: ``species``,
    ``fixed``, ``parameters``, ``initial``, ``observables``, ``reactions``, ``independent``,
    ``combinatoric``; what comes first is reactions.

    Examples
    --------
    >>> import symnum as sn
    >>> net = sn.reaction_network("(k1, k2), S + E <--> C;  k3, C --> E + P")
    >>> net.reactions
    k1, S + E --> C
    k2, C --> S + E
    k3, C --> E + P
    >>> print(net.conservation_laws())
    S + C + P = constant
    E + C = constant
    """
    if initial is not None and initial_values is not None:
        raise InputError("initial= and initial_values= are two names for the same; give one of them.")
    if isinstance(reactions, Reaction):
        reactions = [reactions]
    if not isinstance(reactions, Iterable):
        raise InputError(
            f'{reactions!r} holds no reactions. Give text such as "k, A --> B", or a list of sn.reaction(...); '
            "sn.read_model(path) reads a file."
        )
    text = _Text(reactions, file) if isinstance(reactions, str) else None
    given = initial if initial is not None else initial_values
    happens = as_events(events)
    network = _build(
        text,
        () if isinstance(reactions, str) else tuple(reactions),
        parameters=parameters,
        initial=given or {},
        observables=observables or {},
        declared=split_names(species),
        fixed=split_names(fixed),
        independent=independent,
        combinatoric=combinatoric,
        names_in_events=names_in(happens),
        name=name,
    )
    return network.with_events(happens)


class _Text:
    """A text cut into sections."""

    def __init__(self, text: str, file: str | None) -> None:
        self.file = file
        self.sections = split_sections(Source(text, file), SECTIONS, "reactions")

    def names(self, section: str, what: str) -> list[Any]:
        return [as_symbol(n) for n in read_names(self.sections.get(section, ()), what)]

    def definitions(self, section: str, what: str) -> dict[str, Fragment | None]:
        return read_definitions(self.sections.get(section, ()), what)

    def independent(self) -> Any:
        names = self.names("independent", "variable")
        return names[-1] if names else None

    def combinatoric(self) -> bool | None:
        entries = self.sections.get("combinatoric", ())
        for entry in entries:
            if entry.text not in ("true", "false"):
                raise entry.error('Write "combinatoric: true" or "combinatoric: false".')
        return entries[-1].text == "true" if entries else None


def _build(
    text: _Text | None,
    reactions: Sequence[Reaction],
    *,
    parameters: Any,
    initial: Mapping[Any, Any],
    observables: Mapping[str, Any],
    declared: list[Any],
    fixed: list[Any],
    independent: Any,
    combinatoric: bool | None,
    names_in_events: Iterable[str],
    name: str,
) -> ReactionNetwork:
    parameter_text = text.definitions("parameters", "parameter") if text else {}
    if text is not None:
        declared = declared + text.names("species", "species")
        fixed = fixed + text.names("fixed", "species")
        independent = text.independent() if independent is None else independent
        combinatoric = text.combinatoric() if combinatoric is None else combinatoric
    time = as_symbol("t" if independent is None else independent)
    parameter_given = merge_definitions(parameters, parameter_text, "parameter")
    statements = [read_statement(s) for s in text.sections.get("reactions", ())] if text else []
    _check_reactions(reactions)
    species = _all_species([*declared, *fixed], statements, reactions, text)
    _check_species(species, time, parameter_given, text)
    observable_given = merge_definitions(
        observables, text.definitions("observables", "observable") if text else {}, "observable"
    )
    taken = dict.fromkeys(parameter_given, "a parameter") | {s.name: "a species" for s in species}
    check_observables(observable_given, {time.name: "time"} | taken)
    symbols = {s.name: s for s in species} | {n: as_symbol(n) for n in parameter_given} | {time.name: time}
    scope = Scope({n: as_symbol(n) for n in observable_given} | symbols, "known", is_open=True)
    if text is not None:
        reactions = finish(statements, symbols, scope)
    else:
        for rate in dict.fromkeys(r.rate for r in reactions):
            scope.read(rate)
    _use(scope, names_in_events)
    names = tuple(dict.fromkeys([*map(as_symbol, parameter_given), *scope.found.values()]))
    terms = read_observables({s.name: s for s in (*species, *names, time)}, observable_given)
    return ReactionNetwork(
        species=tuple(species),
        parameters=names,
        arrays=make_arrays(_without_observables(reactions, terms), tuple(species)),
        independent=time,
        parameter_values=read_values(names, parameter_given),
        initial_values=read_initial(
            tuple(species),
            names,
            merge_definitions(
                initial, text.definitions("initial", "initial value") if text else {}, "initial value"
            ),
            "a species",
        ),
        observables=terms,
        fixed=frozenset(i for i, s in enumerate(species) if s in set(fixed)),
        combinatoric=True if combinatoric is None else combinatoric,
        name=name,
    )


def _use(scope: Scope, names: Iterable[str]) -> None:
    """Make parameters of names that are nothing else."""
    for name in names:
        scope(name)


def _all_species(
    declared: list[Any], statements: list[Any], reactions: Sequence[Reaction], text: _Text | None
) -> dict[Any, None]:
    """Return every species once, those declared first, then in order of appearance."""
    named = [as_symbol(n) for s in statements for _, left, right, _ in s.reactions for n in (*left, *right)]
    named += [s for r in reactions for s in (*r.reactants, *r.products)]
    species = dict.fromkeys([*declared, *named])
    if not species:
        raise ParseError(
            'There are no reactions and no species. Give at least one reaction, as in "k, A --> B".',
            file=text.file if text is not None else None,
        )
    return species


def _without_observables(reactions: Sequence[Reaction], observables: Mapping[str, Any]) -> list[Reaction]:
    """Put the expressions of observables into the rates that name them."""
    terms = {r.rate for r in reactions if not isinstance(r.rate, int | float)} if observables else set()
    rates = {rate: with_observables(rate, observables) for rate in terms}
    return [replace(r, rate=rates[r.rate]) if r.rate in rates else r for r in reactions]


def _check_species(species: Iterable[Any], time: Any, parameters: Iterable[str], text: _Text | None) -> None:
    names = {s.name for s in species}
    if time.name in names:
        raise ParseError(
            f'"{time.name}" is time and cannot be a species. Rename the species, or give independent="time".',
            file=text.file if text is not None else None,
        )
    for name in parameters:
        if name in names:
            raise DuplicateNameError(
                f'"{name}" occurs in reactants or products, so it is a species; it cannot be a parameter as well. '
                "Rename one of them."
            )
        if name == time.name:
            raise DuplicateNameError(f'"{name}" is time and cannot be a parameter. Rename it.')


def _check_reactions(reactions: Iterable[Reaction]) -> None:
    names: set[str] = set()
    for reaction in reactions:
        if not isinstance(reaction, Reaction):
            raise InputError(
                f"{reaction!r} is no reaction. Make one with sn.reaction(rate, reactants, products)."
            )
        if reaction.name in names:
            raise DuplicateNameError(f'Two reactions are named "{reaction.name}". Rename one of them.')
        if reaction.name is not None:
            names.add(reaction.name)


def make_arrays(reactions: Sequence[Reaction], species: Sequence[Any]) -> ReactionArrays:
    """Turn `Reaction` objects into arrays."""
    index = {s: i for i, s in enumerate(species)}
    rates: dict[Any, int] = {}
    expressions: list[Any] = []
    rate_index = []
    sides: tuple[list[list[int]], list[list[int]]] = ([], [])
    for reaction in reactions:
        rate = as_expression(reaction.rate)
        key = (type(rate), rate)
        if key not in rates:
            rates[key] = len(expressions)
            expressions.append(rate)
        rate_index.append(rates[key])
        for side, out in zip((reaction.reactants, reaction.products), sides):
            out.append([index[s] for s, n in side.items() for _ in range(n)])
    reactant_offsets, reactants = _flatten(sides[0])
    product_offsets, products = _flatten(sides[1])
    return ReactionArrays(
        reactant_offsets=reactant_offsets,
        reactants=reactants,
        product_offsets=product_offsets,
        products=products,
        rates=tuple(expressions),
        rate_index=np.array(rate_index, dtype=np.int32),
        mass_action=np.array([r.mass_action for r in reactions], dtype=bool),
        names={i: r.name for i, r in enumerate(reactions) if r.name},
    )


def _flatten(lists: list[list[int]]) -> tuple[Any, Any]:
    offsets = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum([len(x) for x in lists], out=offsets[1:])
    return offsets, np.array([i for x in lists for i in x], dtype=np.int32)
