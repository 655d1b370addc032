"""Conservation laws: integer combinations of states that no reaction changes.

The laws are the left null space of the net stoichiometric matrix, found by exact elimination on the
reaction vectors: no floating point, so the number of laws is a fact and not a matter of tolerance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from symnum.display import elide, html_table
from symnum.errors import UnsupportedError
from symnum.systems.cone import nonnegative_basis
from symnum.systems.fluxes import Fluxes
from symnum.systems.ode import ODESystem

__all__ = ["ConservationLaw", "ConservationLaws", "conservation_laws", "integer_laws"]

_Row = dict[int, Any]
_SHOWN_TERMS = 12
_SHOWN_LAWS = 20


@dataclass(frozen=True)
class ConservationLaw:
    """One conserved quantity: the sum of `coefficients[s] * s` stays constant in time.

    Parameters
    ----------
    coefficients : dict of Symbol to int
        Nonzero coefficients without a common factor, in the order of the states.
    """

    coefficients: dict[Any, int]

    def __hash__(self) -> int:
        """Hash by content, as equality compares it."""
        return hash(tuple(self.coefficients.items()))

    @property
    def expression(self) -> Any:
        """The conserved quantity as a term."""
        from symnum.terms.canonical import make_sum

        return make_sum(dict(self.coefficients), 0)

    def __str__(self) -> str:
        """Show the law, shortened in the middle when it has many terms."""
        return _write_law([(s.name, c) for s, c in self.coefficients.items()], " ", str) + " = constant"

    def _repr_latex_(self) -> str:
        from symnum.terms.printing.latex import latex

        body = _write_law([(latex(s), c) for s, c in self.coefficients.items()], r"\,", str)
        return f"$\\displaystyle {body} = \\mathrm{{constant}}$"


def _write_law(pairs: Sequence[tuple[str, int]], times: str, number: Any) -> str:
    shown = list(pairs) if len(pairs) <= _SHOWN_TERMS else [*pairs[: _SHOWN_TERMS - 2], ("…", 1), pairs[-1]]
    out = ""
    for name, coefficient in shown:
        sign = "-" if coefficient < 0 else "+" if out else ""
        size = "" if abs(coefficient) == 1 else f"{number(abs(coefficient))}{times}"
        out += f" {sign} {size}{name}" if out else f"{sign}{size}{name}"
    return out


class ConservationLaws(Sequence[ConservationLaw]):
    """The conservation laws of a system: a basis of all integer laws, as a sequence.

    Parameters
    ----------
    states : tuple of Symbol
        The states, in order.
    laws : sequence of dict of int to int
        Coefficients by index of the state.
    """

    def __init__(self, states: Sequence[Any], laws: Sequence[dict[int, int]]) -> None:
        self.states = tuple(states)
        self._laws = [dict(law) for law in laws]

    def __len__(self) -> int:
        return len(self._laws)

    @overload
    def __getitem__(self, index: int) -> ConservationLaw: ...
    @overload
    def __getitem__(self, index: slice) -> list[ConservationLaw]: ...
    def __getitem__(self, index: int | slice) -> ConservationLaw | list[ConservationLaw]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return ConservationLaw({self.states[i]: c for i, c in self._laws[index].items()})

    def __iter__(self) -> Iterator[ConservationLaw]:
        return (self[i] for i in range(len(self)))

    @property
    def matrix(self) -> Any:
        """The laws as a scipy.sparse CSR array of integers, shape (n_laws, n_states)."""
        from scipy.sparse import csr_array

        rows = np.repeat(np.arange(len(self)), [len(law) for law in self._laws])
        columns = np.array([i for law in self._laws for i in law], dtype=np.int64)
        values = np.array([c for law in self._laws for c in law.values()], dtype=np.int64)
        return csr_array((values, (rows, columns)), shape=(len(self), len(self.states)))

    def __str__(self) -> str:
        """Show the laws, one on each line; long lists are cut."""
        lines = [elide(str(law), 400) for law in self[:_SHOWN_LAWS]]
        if len(self) > _SHOWN_LAWS:
            lines.append(f"… and {len(self) - _SHOWN_LAWS:,} more")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<{len(self)} conservation laws of {len(self.states)} states>\n{self}".rstrip()

    def _repr_html_(self) -> str:
        rows = ([str(i), elide(str(self[i]), 400)] for i in range(len(self)))
        return html_table(["", "conserved"], rows, limit=_SHOWN_LAWS)


def conservation_laws(system: ODESystem) -> ConservationLaws:
    """Find the conservation laws of a system of reactions.

    Parameters
    ----------
    system : ODESystem
        A system with `fluxes`.

    Returns
    -------
    ConservationLaws
        As many laws as states minus the rank of the stoichiometric matrix; a fixed state, or one that
        no reaction changes, is a law by itself. Laws without negative coefficients are preferred.

    Raises
    ------
    UnsupportedError
        If the system was written as equations: then there are no reactions to look at.
    """
    if system.fluxes is None:
        raise UnsupportedError(
            f'"{system.name}" is written as equations. Conservation laws are read off reactions: '
            "write the model with sn.reaction_network(...)."
        )
    return ConservationLaws(system.states, integer_laws(system.fluxes))


def integer_laws(fluxes: Fluxes) -> list[dict[int, int]]:
    """Return a basis of the integer vectors w with ``w @ N == 0``, as dictionaries by state.

    Parameters
    ----------
    fluxes : Fluxes
        The reactions; N is their net stoichiometry.

    Notes
    -----
    Every reaction says that a combination of weights vanishes. Taken in the order of their latest
    state, reactions define the weight of late states by those of early ones with hardly any fill-in,
    since complexes are made of parts that were named before them.
    """
    solved: dict[int, _Row] = {}
    users: dict[int, set[int]] = {}
    for vector in _distinct_vectors(fluxes):
        row = _reduce(vector, solved)
        if row:
            _eliminate(row, solved, users)
    free = [i for i in range(fluxes.n_states) if i not in solved]
    laws: dict[int, _Row] = {i: {i: 1} for i in free}
    for pivot, expression in solved.items():
        for i, c in expression.items():
            laws[i][pivot] = c
    basis = nonnegative_basis([_primitive(laws[i]) for i in free])
    return sorted((dict(sorted(law.items())) for law in basis), key=lambda law: tuple(law.items()))


def _distinct_vectors(fluxes: Fluxes) -> list[tuple[tuple[int, Any], ...]]:
    """Return the reaction vectors up to sign, each once, sorted by latest state first, then as a whole."""
    states = fluxes.change_states.tolist()
    values = fluxes.change_values.tolist()
    offsets = fluxes.change_offsets.tolist()
    exact = _is_integral(fluxes.change_values)
    seen = set()
    for start, stop in pairwise(offsets):
        pairs = sorted(zip(states[start:stop], values[start:stop]))
        if pairs and pairs[-1][1] < 0:
            pairs = [(i, -c) for i, c in pairs]
        seen.add(tuple(pairs))
    seen.discard(())
    ordered = sorted(seen, key=lambda pairs: (pairs[-1][0], len(pairs), pairs))
    if exact:
        return ordered
    return [tuple((i, Fraction(c)) for i, c in pairs) for pairs in ordered]


def _is_integral(values: NDArray[Any]) -> bool:
    return bool(np.issubdtype(values.dtype, np.integer))


def _reduce(vector: tuple[tuple[int, Any], ...], solved: dict[int, _Row]) -> _Row:
    """Rewrite an equation between weights in the weights that are still free."""
    row: _Row = {}
    for i, c in vector:
        expression = solved.get(i)
        if expression is None:
            row[i] = row.get(i, 0) + c
            continue
        for j, k in expression.items():
            row[j] = row.get(j, 0) + c * k
    return {i: c for i, c in row.items() if c}


def _eliminate(row: _Row, solved: dict[int, _Row], users: dict[int, set[int]]) -> None:
    """Solve an equation for one weight and put it into everything solved before."""
    pivot = max(row, key=lambda i: (abs(row[i]) == 1, i))
    scale = row.pop(pivot)
    expression = {i: _divide(-c, scale) for i, c in row.items()}
    for user in users.pop(pivot, ()):
        target = solved[user]
        factor = target.pop(pivot)
        for i, c in expression.items():
            value = target.get(i, 0) + factor * c
            if value:
                target[i] = value
                users.setdefault(i, set()).add(user)
            else:
                del target[i]
                users[i].discard(user)
    solved[pivot] = expression
    for i in expression:
        users.setdefault(i, set()).add(pivot)


def _divide(a: Any, b: Any) -> Any:
    if b == 1:
        return a
    quotient = Fraction(a) / b
    return quotient.numerator if quotient.denominator == 1 else quotient


def _primitive(row: _Row) -> dict[int, int]:
    """Scale a rational row to integers without a common factor."""
    common = lcm(*(c.denominator for c in row.values()))
    scaled = {i: int(c * common) for i, c in row.items()}
    divisor = gcd(*scaled.values())
    return {i: c // divisor for i, c in scaled.items()}
