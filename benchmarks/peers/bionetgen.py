"""A minimal reader of BioNetGen ``.net`` files, for the peers only.

The peers must not depend on symnum's importer (a shared mistake would go unseen), so this small reader knows
just what the benchmarks' networks use: arithmetic parameters, mass-action reactions with a statistical
factor, fixed species and groups. Functions and functional rate laws are refused.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}


@dataclass(frozen=True)
class Network:
    """A mass-action reaction network as flat tuples.

    Attributes
    ----------
    parameters : dict
        Parameter name -> value, in the file's order.
    species : list of str
        Species names in the file's order; their index is the state's index.
    initial : ndarray, shape (n_species,)
        Initial amounts.
    fixed : frozenset of int
        Species whose amount never changes (``$`` in the file).
    reactions : list of (reactants, products, rate)
        Zero-based species indices and the text of the rate constant.
    groups : dict
        Observable name -> list of (weight, species index).
    """

    parameters: dict[str, float]
    species: list[str]
    initial: NDArray[np.float64]
    fixed: frozenset[int]
    reactions: list[tuple[tuple[int, ...], tuple[int, ...], str]]
    groups: dict[str, list[tuple[float, int]]]

    def observable(self, name: str, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weighted sum of one group; `y` has shape (n_species,) or (n_species, n_times)."""
        weights = np.zeros(len(self.species))
        for weight, index in self.groups[name]:
            weights[index] += weight
        return np.asarray(weights @ y)


def evaluate_arithmetic(text: str, names: Mapping[str, float]) -> float:
    """Value of a plain arithmetic expression: numbers, known names and ``+ - * / ^``, nothing else.

    Raises
    ------
    ValueError
        If the text holds anything but arithmetic on known names.
    """

    def value(node: ast.AST) -> float:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in names:
                return names[name]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return _BINARY[type(op)](value(left), value(right))
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
                return _UNARY[type(op)](value(operand))
        raise ValueError(f"{text!r} is not plain arithmetic on known parameters")

    try:
        return float(text)
    except ValueError:
        return value(ast.parse(text.replace("^", "**"), mode="eval").body)


def _sections(path: Path) -> dict[str, list[list[str]]]:
    """The file's ``begin NAME`` ... ``end NAME`` blocks, lines split at blanks, without comments."""
    sections: dict[str, list[list[str]]] = {}
    current: list[list[str]] | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if words[0] == "begin":
            current = sections.setdefault(" ".join(words[1:]), [])
        elif words[0] == "end":
            current = None
        elif current is not None:
            current.append(words)
    return sections


def _indices(text: str) -> tuple[int, ...]:
    return tuple(int(word) - 1 for word in text.split(",") if word != "0")


def _group(text: str) -> list[tuple[float, int]]:
    members: list[tuple[float, int]] = []
    for word in text.split(","):
        weight, star, index = word.rpartition("*")
        members.append((float(weight) if star else 1.0, int(index) - 1))
    return members


def read_network(path: str | Path) -> Network:
    """Read a mass-action ``.net`` file.

    Raises
    ------
    ValueError
        If the file has functions, or parameters that are not plain arithmetic.
    """
    sections = _sections(Path(path))
    if sections.get("functions"):
        raise ValueError(f"{path} has functions, which the peers' reader leaves out")
    parameters: dict[str, float] = {}
    for words in sections["parameters"]:
        parameters[words[1]] = evaluate_arithmetic(" ".join(words[2:]), parameters)
    species = [words[1] for words in sections["species"]]
    return Network(
        parameters=parameters,
        species=[name.removeprefix("$") for name in species],
        initial=np.array([evaluate_arithmetic(words[2], parameters) for words in sections["species"]]),
        fixed=frozenset(index for index, name in enumerate(species) if name.startswith("$")),
        reactions=[(_indices(words[1]), _indices(words[2]), words[3]) for words in sections["reactions"]],
        groups={words[1]: _group(words[2]) for words in sections.get("groups", []) if len(words) > 2},
    )


def split_rate(text: str, names: Mapping[str, float]) -> tuple[float, str]:
    """Split a rate such as ``2*kp`` into its statistical factor and its parameter name.

    Raises
    ------
    ValueError
        If the rate is not a number times one parameter.
    """
    found = re.fullmatch(r"(?:([0-9.eE+-]+)\*)?([A-Za-z_]\w*)", text)
    if found is None or found[2] not in names:
        raise ValueError(f"rate {text!r} is not a number times one parameter")
    return float(found[1] or 1), found[2]
