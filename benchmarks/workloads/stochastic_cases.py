"""The stochastic cases of the SBML Test Suite as reaction networks of our own form, and the suite's statistics.

This reads just the SBML that those cases use which need nothing beyond networks: reactions, parameters, constant
compartments, boundary species, observables written as assignment rules, and events whose new values are no random
numbers. `needs` says what a case asks for beyond that. It is no importer.
"""

import csv
import io
import math
import tarfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import symnum as sn

Floats = np.ndarray[Any, np.dtype[np.float64]]

INFIX = {"times": "*", "plus": "+", "divide": "/", "minus": "-", "power": "^"}
COMPARISONS = {"geq": ">=", "gt": ">", "leq": "<=", "lt": "<"}
# The suite's own bound for means; that of deviations stands in the settings of each case.
MEAN_RANGE = (-3.0, 3.0)
# Cases whose populations are far from normal, so that Y takes its deviation from the sample; said before any run.
SKEWED = (3,)


class NotANetwork(ValueError):
    """A case that asks for more than a network; the message says for what."""


# --- what is in the archive


@dataclass(frozen=True)
class Case:
    """One case: model, settings and expected means and deviations.

    `expected` holds, by variable, the means and the deviations at `times`, or None where the case has no deviations.
    """

    name: str
    model: ElementTree.Element
    settings: Mapping[str, str]
    times: Floats
    expected: Mapping[str, tuple[Floats, Floats | None]]

    @property
    def number(self) -> int:
        """The number of the case, which is the seed of its run too."""
        return int(self.name)

    @property
    def deviation_range(self) -> tuple[float, float]:
        """The bounds of Y that the case's settings give."""
        low, high = self.settings["sdRange"].strip("() ").split(",")
        return float(low), float(high)


def read_cases(archive: Path) -> Iterator[Case]:
    """Every case of the archive in order."""
    with tarfile.open(archive) as tar:
        members = {Path(m.name).name: m for m in tar.getmembers() if m.isfile()}

        def text(name: str) -> str:
            stream = tar.extractfile(members[name])
            assert stream is not None
            return stream.read().decode()

        for name in sorted(n.partition("-")[0] for n in members if n.endswith("-settings.txt")):
            file = max(n for n in members if n.startswith(f"{name}-sbml-l"))
            yield _case(name, text(file), text(f"{name}-settings.txt"), text(f"{name}-results.csv"))


def _case(name: str, model: str, settings: str, results: str) -> Case:
    lines = (line.partition(":") for line in settings.splitlines() if ":" in line)
    header, *rows = [row for row in csv.reader(io.StringIO(results)) if row]
    columns = {c.strip(): np.array([float(row[i]) for row in rows]) for i, c in enumerate(header)}
    variables = [c.removesuffix("-mean") for c in columns if c.endswith("-mean")]
    return Case(
        name,
        _plain(ElementTree.fromstring(model)),
        {key.strip(): value.strip() for key, _, value in lines},
        columns[next(c for c in columns if c.lower() == "time")],
        {v: (columns[f"{v}-mean"], columns.get(f"{v}-sd")) for v in variables},
    )


def _plain(root: ElementTree.Element) -> ElementTree.Element:
    """Tags without their name spaces."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


# --- from SBML to a network


@dataclass
class _Reader:
    """Text of formulas; `concentrations` are species that a formula means per volume, `local` renames parameters."""

    concentrations: Mapping[str, str] = field(default_factory=dict)
    local: Mapping[str, str] = field(default_factory=dict)

    def text(self, element: ElementTree.Element) -> str:
        word = (element.text or "").strip()
        match element.tag:
            case "cn":
                return f"({Fraction(word)})"  # exact, so that laws can be compared
            case "ci":
                name = self.local.get(word, word)
                return f"({name}/{self.concentrations[name]})" if name in self.concentrations else name
            case "csymbol" if element.get("definitionURL", "").endswith("/time"):
                return "t"
            case "apply":
                return self._apply(*element)
        raise NotANetwork(f"{element.tag} {element.get('definitionURL', '').rpartition('/')[2]}".strip())

    def _apply(self, head: ElementTree.Element, *arguments: ElementTree.Element) -> str:
        if head.tag == "csymbol":
            raise NotANetwork(f"random numbers ({(head.text or '').strip()})")
        words = [self.text(a) for a in arguments]
        if head.tag == "minus" and len(words) == 1:
            return f"(-{words[0]})"
        sign = {**INFIX, **COMPARISONS}.get(head.tag)
        if sign is None:
            raise NotANetwork(f"the function {head.tag}")
        return f"({f' {sign} '.join(words)})"


def needs(case: Case) -> str | None:
    """What a case asks for beyond a network, or None."""
    try:
        network(case)
    except NotANetwork as error:
        return str(error)
    return None


def network(case: Case, *, mass_action: bool = True) -> Any:
    """The case's model as a reaction network.

    Parameters
    ----------
    case : Case
    mass_action : bool
        Write reactions whose law is a constant times the number of combinations of their reactants as mass action;
        otherwise every reaction has its law as it stands.

    Raises
    ------
    NotANetwork
        If the model has what a network has not.
    """
    model = next(case.model.iter("model"))
    _refuse(model)
    sizes = {c.get("id", ""): c.get("size") or "1" for c in model.iter("compartment")}
    ruled = {rule.get("variable"): rule for rule in model.iter("assignmentRule")}
    species = [s for s in model.iter("species") if s.get("id") not in ruled]
    reader = _Reader({s.get("id", ""): s.get("compartment", "") for s in species if _per_volume(s)})
    values = {p.get("id", ""): p.get("value") or "0" for p in model.findall("listOfParameters/parameter")}
    varying = [sn.symbols(s.get("id", "")) for s in species] if mass_action else None
    lines = [_reaction(r, reader, values, varying) for r in model.iter("reaction")]
    return sn.reaction_network(
        "\n".join(lines),
        species=[s.get("id", "") for s in species],
        fixed=[s.get("id", "") for s in species if _true(s, "boundaryCondition") or _true(s, "constant")],
        parameters={name: float(value) for name, value in (values | sizes).items()},
        initial={s.get("id", ""): _initial(s, sizes) for s in species},
        observables={str(v): reader.text(_math(rule)) for v, rule in ruled.items()},
        events=[_event(e, reader) for e in model.iter("event")],
        name=f"case {case.name}",
    )


def _refuse(model: ElementTree.Element) -> None:
    for tag, what in (
        ("rateRule", "rate rules"),
        ("algebraicRule", "algebraic rules"),
        ("initialAssignment", "initial assignments"),
        ("functionDefinition", "function definitions"),
        ("delay", "delays"),
        ("stoichiometryMath", "changing stoichiometry"),
    ):
        if model.find(f".//{tag}") is not None:
            raise NotANetwork(what)


def _true(element: ElementTree.Element, attribute: str) -> bool:
    return element.get(attribute) == "true"


def _per_volume(species: ElementTree.Element) -> bool:
    return not _true(species, "hasOnlySubstanceUnits")


def _initial(species: ElementTree.Element, sizes: Mapping[str, str]) -> float:
    amount = species.get("initialAmount")
    if amount is not None:
        return float(amount)
    return float(species.get("initialConcentration") or 0) * float(sizes[species.get("compartment", "")])


def _math(element: ElementTree.Element) -> ElementTree.Element:
    return next(element.iter("math"))[0]


def _side(reaction: ElementTree.Element, tag: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for reference in reaction.findall(f"{tag}/speciesReference"):
        name = reference.get("species", "")
        found[name] = found.get(name, 0) + int(float(reference.get("stoichiometry") or 1))
    return found


def _reaction(
    reaction: ElementTree.Element, reader: _Reader, values: dict[str, str], species: Iterable[Any] | None
) -> str:
    """One line of the network's text; `species` are those that a mass-action constant must not have."""
    name = reaction.get("id", "")
    local = {p.get("id", ""): p.get("value") or "0" for p in reaction.iter("localParameter")}
    names = {p: f"{name}_{p}" for p in local}
    values.update({names[p]: value for p, value in local.items()})
    law = _Reader(reader.concentrations, names).text(_math(reaction))
    before, after = _side(reaction, "listOfReactants"), _side(reaction, "listOfProducts")
    constant = None if species is None else _mass_action_constant(law, before, species)
    arrow = "=>" if constant is None else "-->"
    left, right = (" + ".join(f"{n} {s}" for s, n in side.items()) or "0" for side in (before, after))
    return f"{name}: {law if constant is None else constant}, {left} {arrow} {right}"


def _mass_action_constant(law: str, reactants: Mapping[str, int], species: Iterable[Any]) -> str | None:
    """The rate constant c with law = c * product of binomial(X, n), or None where there is none."""
    term = sn.parse(law)
    combinations = sn.parse("1")
    for name, count in reactants.items():
        x = sn.symbols(name)
        for i in range(count):
            combinations = combinations * (x - i)
        combinations = combinations / math.factorial(count)
    constant = sn.substitute(term, {sn.symbols(name): count for name, count in reactants.items()})
    same = sn.expand(term - constant * combinations) == 0 and not {*sn.free_symbols(constant)} & {*species}
    return f"({constant})" if same else None


def _event(event: ElementTree.Element, reader: _Reader) -> Any:
    trigger = event.find("trigger")
    assert trigger is not None
    return sn.event(
        reader.text(_math(trigger)),
        {a.get("variable", ""): reader.text(_math(a)) for a in event.iter("eventAssignment")},
        initial=_true(trigger, "initialValue"),
        persistent=_true(trigger, "persistent"),
        values="trigger" if _true(event, "useValuesFromTriggerTime") else "execution",
        name=event.get("id"),
    )


# --- the suite's statistics


@dataclass(frozen=True)
class Verdict:
    """Z and Y of one variable at all times where it is random, and how many of them lie outside."""

    z: Floats
    y: Floats
    outside: int


def judge(
    n: int,
    mean: Floats,
    variance: Floats,
    expected: tuple[Floats, Floats | None],
    deviation_range: tuple[float, float],
    *,
    squares_deviation: Floats | None = None,
) -> Verdict:
    """The suite's Z and Y.

    With exact mean m and deviation s, Z = sqrt(n) (mean - m)/s and Y = sqrt(n/2) (S/s^2 - 1), S being the mean square
    deviation from m. That Y has unit deviation for normal populations; `squares_deviation`, the deviation of the
    squares of the sample itself, takes the place of sqrt(2) s^2 for others, which is what a bootstrap of S gives.
    Where s = 0 nothing is random: a mean that is not m, or any variance, is outside.
    """
    m, s = expected
    if s is None:  # only the mean is given: its deviation is the sample's
        s = np.sqrt(variance)
    random = s > 0
    fixed_wrong = int(np.sum((mean[~random] != m[~random]) | (variance[~random] != 0)))
    square = (variance * (n - 1) / n + (mean - m) ** 2)[random]
    m, s, mean = m[random], s[random], mean[random]
    spread = math.sqrt(2) * s**2 if squares_deviation is None else squares_deviation[random]
    z = math.sqrt(n) * (mean - m) / s
    y = math.sqrt(n) * (square - s**2) / spread if expected[1] is not None else np.empty(0)
    low, high = deviation_range
    outside = np.sum((z < MEAN_RANGE[0]) | (z > MEAN_RANGE[1])) + np.sum((y < low) | (y > high))
    return Verdict(z, y, int(outside) + fixed_wrong)


# --- running a case


@dataclass(frozen=True)
class Outcome:
    """What a run of a case gave: verdicts by variable, and what it cost."""

    case: Case
    n: int
    seed: int
    method: str
    verdicts: Mapping[str, Verdict]
    seconds: float

    @property
    def outside(self) -> int:
        """How many points lie outside."""
        return sum(v.outside for v in self.verdicts.values())

    @property
    def passed(self) -> bool:
        """Whether at most one point lies outside, as the suite allows."""
        return self.outside <= 1

    @property
    def z(self) -> Floats:
        """Z of all variables."""
        return np.concatenate([v.z for v in self.verdicts.values()])


def run_case(
    case: Case, n: int, *, seed: int | None = None, method: str = "auto", mass_action: bool = True
) -> Outcome:
    """Simulate a case n times and judge it; the seed is the case's number unless another one is given.

    Raises
    ------
    RuntimeError
        If a simulation did not reach the end.
    """
    seed = case.number if seed is None else seed
    simulator = sn.build_simulator(network(case, mass_action=mass_action), kind="ssa")
    start = time.process_time()
    span = (float(case.times[0]), float(case.times[-1]))
    skewed = case.number in SKEWED
    ensemble = simulator.ensemble(
        n, t_span=span, t_eval=case.times, seed=seed, method=method, threads=1, keep=skewed or "auto"
    )
    if not ensemble.success:
        raise RuntimeError(f"case {case.name}: {ensemble.message}")
    verdicts = {}
    for name, expected in case.expected.items():
        spread = None
        if skewed:
            spread = np.std((ensemble.trajectories[name] - expected[0]) ** 2, axis=0)
        verdicts[name] = judge(
            n,
            ensemble.mean(name),
            ensemble.var(name),
            expected,
            case.deviation_range,
            squares_deviation=spread,
        )
    return Outcome(case, n, seed, method, verdicts, time.process_time() - start)
