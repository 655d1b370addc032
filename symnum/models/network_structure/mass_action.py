"""Rate constants of mass action: which reactions have them, in symbols and in numbers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from symnum.errors import MissingValueError, UnknownNameError, UnsupportedError, suggest

if TYPE_CHECKING:
    from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["numeric_rates", "rate_constants"]


def rate_constants(network: "ReactionNetwork") -> list[Any]:
    """Return the rate constant of each reaction, or None where the rate is not mass action.

    Amounts of fixed species and the divisors of combinatoric rates are part of the constants. A complete rate
    (``=>``) counts as mass action where it is a constant times the reactants.

    Returns
    -------
    list of term, number or None
        One for each reaction.
    """
    from symnum.terms.canonical import multiply

    fluxes, arrays = network.fluxes, network.arrays
    out: list[Any] = []
    for r, index in enumerate(fluxes.constant_index.tolist()):
        if index >= 0 and arrays.mass_action[r]:
            constant = fluxes.constants[index]
            fixed = [network.species[i] for i in arrays.reactants_of(r) if i in network.fixed]
            out.append(multiply((constant, *fixed)) if fixed else constant)
        else:
            out.append(_constant_of_complete_rate(network, r))
    return out


def _constant_of_complete_rate(network: "ReactionNetwork", reaction: int) -> Any:
    from symnum.terms.canonical import multiply, power
    from symnum.terms.traverse import free_symbols

    fluxes = network.fluxes
    index = int(fluxes.constant_index[reaction])
    rate = fluxes.rates[reaction] if index < 0 else fluxes.constants[index]
    free = [network.species[i] for i in network.arrays.reactants_of(reaction) if i not in network.fixed]
    constant = multiply((rate, *(power(s, -1) for s in free)))
    varying = {s for i, s in enumerate(network.species) if i not in network.fixed} | {network.independent}
    return constant if varying.isdisjoint(free_symbols(constant)) else None


def numeric_rates(network: "ReactionNetwork", params: Mapping[Any, Any] | None = None) -> list[float]:
    """Return the rate constants as numbers.

    Parameters
    ----------
    network : ReactionNetwork
    params : mapping, optional
        Values by name or symbol, for those that differ from the network's own; amounts of fixed species too.

    Raises
    ------
    UnsupportedError
        If a rate is not mass action; it names the reaction.
    MissingValueError
        If a parameter has no value.
    UnknownNameError
        If a value is given for a name that the network does not have.
    """
    from symnum.terms.evaluate import evaluate

    constants = rate_constants(network)
    require_mass_action(network, constants)
    known = known_values(network, params)
    missing = sorted({s.name for s in _symbols(constants) if s not in known})
    if missing:
        error = MissingValueError(
            f"The rate constants need values for {', '.join(missing[:8])}. Pass params={{\"{missing[0]}\": …}}."
        )
        error.names = tuple(missing)
        raise error
    return [float(v) for v in evaluate(constants, known)]


def require_mass_action(network: "ReactionNetwork", constants: list[Any]) -> None:
    """Raise `UnsupportedError` where a reaction has no rate constant."""
    for r, constant in enumerate(constants):
        if constant is None:
            raise UnsupportedError(
                f"This needs mass action, and the rate of reaction {r} ({network.reactions[r]}) is none. Write its "
                'rate as a constant with "-->", or ask for what depends on the reactions alone: net.structure().'
            )


def known_values(network: "ReactionNetwork", params: Mapping[Any, Any] | None) -> dict[Any, float]:
    """Return the values of parameters and fixed species that are known, by symbol.

    Values that are terms are evaluated in the order in which they need one another.
    """
    from symnum.terms.evaluate import evaluate
    from symnum.terms.traverse import free_symbols

    values = dict(zip(network.parameters, network.parameter_values, strict=True))
    values |= {network.species[i]: network.initial_values[i] for i in sorted(network.fixed)}
    names = {s.name: s for s in values}
    for key, value in (params or {}).items():
        name = getattr(key, "name", key)
        if name not in names:
            raise UnknownNameError(f'The network has no parameter "{name}".{suggest(str(name), list(names))}')
        values[names[name]] = value
    known: dict[Any, float] = {}
    waiting = {s: v for s, v in values.items() if v is not None}
    while waiting:
        ready = [s for s, v in waiting.items() if all(n in known for n in free_symbols(v))]
        if not ready:
            break
        for s in ready:
            known[s] = float(evaluate(waiting.pop(s), known))
    return known


def _symbols(constants: list[Any]) -> set[Any]:
    from symnum.terms.traverse import free_symbols

    return {s for constant in constants for s in free_symbols(constant)}
