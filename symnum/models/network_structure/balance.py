"""What complex balance and detailed balance share: the answer, its steady states, and how these are found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.display import html_table, plain_table
from symnum.errors import InputError, MissingValueError, UnknownNameError, suggest

if TYPE_CHECKING:
    from symnum.models.reaction_network.network import ReactionNetwork

__all__ = ["Balance", "edge_rates", "sides_of", "solve_logarithms"]

_TOLERANCE = 1e-9
_MOST_ITERATIONS = 200


@dataclass(frozen=True, eq=False)
class Balance:
    """Whether a network is balanced for given rate constants. True where it is.

    Attributes
    ----------
    kind : {"complex", "detailed"}
        What is balanced: every complex, or every reaction with its reverse.
    holds : bool
    reason : str
        Why, in a sentence.
    mismatch : float
        By what factor, as a logarithm, the rate constants fail the conditions; infinite where the graph does.
    concentrations : dict of Symbol to float, or None
        A positive steady state that is balanced. Then every positive steady state is balanced.
    """

    kind: str
    holds: bool
    reason: str
    mismatch: float
    concentrations: dict[Any, float] | None
    network: "ReactionNetwork" = field(repr=False)

    def __bool__(self) -> bool:
        return self.holds

    def steady_state(self, initial: Mapping[Any, Any] | None = None) -> dict[Any, float]:
        """Return the one balanced steady state that has the conserved totals of an initial state.

        Parameters
        ----------
        initial : mapping, optional
            Amounts by name or symbol, for those that differ from the network's own; species without any start at
            zero.

        Raises
        ------
        InputError
            If the network is not balanced, or no positive state has these totals.

        Examples
        --------
        >>> import symnum as sn
        >>> net = sn.reaction_network("(a, b), A <--> B", parameters={"a": 2, "b": 1}, initial={"A": 3})
        >>> {s.name: round(x, 6) for s, x in net.detailed_balance().steady_state().items()}
        {'A': 1.0, 'B': 2.0}
        """
        if self.concentrations is None:
            raise InputError(f"There is no balanced steady state: {self.reason}.")
        species = list(self.concentrations)
        start = _initial(self.network, initial)
        point = np.array(list(self.concentrations.values()))
        weights = np.array(
            [[law.coefficients.get(s, 0) for s in species] for law in self.network.conservation_laws()],
            dtype=float,
        ).reshape(-1, len(species))
        weights = weights[np.abs(weights).sum(axis=1) > 0]
        found = _with_totals(point, weights, np.array([start[s] for s in species]))
        return dict(zip(species, found.tolist(), strict=True))

    def __repr__(self) -> str:
        lines = [f"{self.kind}-balanced: {'yes' if self.holds else 'no'}, {self.reason}"]
        if self.concentrations is not None and len(self.concentrations) <= 12:
            lines.append(plain_table([(s, f"{x:.6g}") for s, x in self.concentrations.items()], indent="  "))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [[f"{self.kind}-balanced", f"{'yes' if self.holds else 'no'}: {self.reason}"]]
        rows += [[s.name, f"{x:.6g}"] for s, x in (self.concentrations or {}).items()]
        return html_table(["", "balance"], rows, limit=20)


def edge_rates(network: "ReactionNetwork", constants: Sequence[Any]) -> dict[tuple[int, int], Any]:
    """Return the sum of the rate constants between each two complexes, by source and target."""
    complexes = network.complexes()
    rates: dict[tuple[int, int], Any] = {}
    for i, j, constant in zip(complexes.sources.tolist(), complexes.targets.tolist(), constants, strict=True):
        if i != j:
            rates[i, j] = rates[i, j] + constant if (i, j) in rates else constant
    return rates


def check_positive(rates: Mapping[tuple[int, int], float]) -> None:
    """Raise `InputError` unless all rate constants are positive."""
    bad = next((value for value in rates.values() if not 0.0 < value < float("inf")), None)
    if bad is not None:
        raise InputError(f"A rate constant is {bad}; balance is defined for positive, finite ones.")


def solve_logarithms(
    rows: Sequence[dict[int, int]], right: Sequence[float], n_species: int
) -> tuple[NDArray[np.float64], float]:
    """Solve ``rows @ log(x) = right`` in the sense of least squares; return log(x) and the greatest residual."""
    matrix = np.zeros((len(rows), n_species))
    for k, row in enumerate(rows):
        for i, value in row.items():
            matrix[k, i] = value
    wanted = np.asarray(right, dtype=float)
    if not len(rows):
        return np.zeros(n_species), 0.0
    logarithms = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    residual = float(np.abs(matrix @ logarithms - wanted).max())
    scale = 1.0 + float(np.abs(wanted).max())
    return logarithms, 0.0 if residual <= _TOLERANCE * scale else residual


def as_concentrations(network: "ReactionNetwork", logarithms: NDArray[np.float64]) -> dict[Any, float]:
    """Return amounts of the species that are not fixed."""
    with np.errstate(over="ignore"):
        amounts = np.exp(logarithms).tolist()
    return {s: amounts[i] for i, s in enumerate(network.species) if i not in network.fixed}


def _initial(network: "ReactionNetwork", given: Mapping[Any, Any] | None) -> dict[Any, float]:
    from symnum.models.network_structure.mass_action import known_values
    from symnum.terms.evaluate import evaluate

    values = dict(zip(network.species, network.initial_values, strict=True))
    names = {s.name: s for s in values}
    for key, value in (given or {}).items():
        name = str(getattr(key, "name", key))
        if name not in names:
            raise UnknownNameError(f'The network has no species "{name}".{suggest(name, list(names))}')
        values[names[name]] = value
    if all(v is None for v in values.values()):
        raise MissingValueError('No species has an initial amount. Pass steady_state({"A": 1.0, ...}).')
    known = known_values(network, None)
    return {s: 0.0 if v is None else float(evaluate(v, known)) for s, v in values.items()}


def _with_totals(
    point: NDArray[np.float64], weights: NDArray[np.float64], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Move along the toric set of balanced states to the one with the totals of `start`.

    Balanced states are ``point * exp(weights.T @ m)``; the m wanted minimises the convex function
    ``sum(point * exp(weights.T @ m)) - m @ totals`` (Horn and Jackson, 1972), here by a damped Newton method.
    """
    totals = weights @ start
    scale = np.abs(weights) @ start
    m = np.zeros(len(weights))
    if np.any(start < 0.0):
        raise InputError("Initial amounts are negative; balance is about positive states.")

    def value(at: NDArray[np.float64]) -> float:
        with np.errstate(over="ignore"):
            return float((point * np.exp(weights.T @ at)).sum() - at @ totals)

    for _ in range(_MOST_ITERATIONS):
        x = point * np.exp(weights.T @ m)
        gradient = weights @ x - totals
        if np.all(np.abs(gradient) <= 1e-13 * (scale + np.abs(weights) @ x)):
            return x
        step = np.linalg.lstsq((weights * x) @ weights.T, -gradient, rcond=None)[0]
        damping, here, slope = 1.0, value(m), float(gradient @ step)
        while damping > 1e-12 and not value(m + damping * step) <= here + 1e-4 * damping * slope + 1e-15 * abs(here):
            damping /= 2.0
        m = m + damping * step
    if len(weights) and np.any(np.abs(weights @ x - totals) > 1e-9 * scale):
        raise InputError("No positive state has these initial totals: give some of every conserved part.")
    return x


def sides_of(factors: list[tuple[tuple[Any, Any], int]]) -> tuple[Any, Any]:
    """Return numerator and denominator of a product of powers of quotients, common factors cancelled."""
    from symnum.terms.canonical import multiply, power

    exponents: dict[Any, int] = {}
    for (above, below), n in factors:
        exponents[above] = exponents.get(above, 0) + n
        exponents[below] = exponents.get(below, 0) - n
    quotient = multiply([power(base, n) for base, n in exponents.items() if n])
    return _numerator_and_denominator(quotient)


def _numerator_and_denominator(quotient: Any) -> tuple[Any, Any]:
    from symnum.terms.canonical import Product, multiply, power

    if not isinstance(quotient, Product):
        return quotient, 1
    scale = quotient.coefficient
    top, bottom = (scale.numerator, scale.denominator) if isinstance(scale, int | Fraction) else (scale, 1)
    above = [power(b, n) for b, n in quotient.factors.items() if not (isinstance(n, int) and n < 0)]
    below = [power(b, -n) for b, n in quotient.factors.items() if isinstance(n, int) and n < 0]
    return multiply([top, *above]), multiply([bottom, *below])
