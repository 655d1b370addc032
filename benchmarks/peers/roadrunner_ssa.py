"""libroadrunner's ``gillespie`` integrator on a network written as SBML."""

import importlib.util
from typing import Any

import numpy as np

from peers.populations import Floats, Peer, Populations, Side

NAME = "libroadrunner"
# It compiles each reaction's law by LLVM and takes minutes beyond this.
LARGEST = 1_000


def missing() -> str | None:
    """Why it cannot take part, or None."""
    return "not installed" if importlib.util.find_spec("roadrunner") is None else None


def too_large(network: Populations) -> str | None:
    """Why this network is not for it, or None."""
    reactions = network.size[1]
    return None if reactions <= LARGEST else f"takes minutes to load {reactions} reactions"


def _reference(name: str, count: int) -> str:
    return f'<speciesReference species="{name}" stoichiometry="{count}" constant="true"/>'


def _law(constant: float, reactants: Side) -> str:
    factors = [f"<cn>{constant!r}</cn>"]
    for species, count in reactants:
        factors.append(f"<ci>S{species}</ci>")
        factors += [f"<apply><minus/><ci>S{species}</ci><cn>{i}</cn></apply>" for i in range(1, count)]
    return factors[0] if len(factors) == 1 else f"<apply><times/>{''.join(factors)}</apply>"


def sbml(network: Populations, counter: bool) -> str:
    """Write a network as SBML Level 3, on request with a species that counts reactions."""
    initial = {f"S{i}": n for i, n in enumerate(network.initial)} | ({"events": 0} if counter else {})
    species = "".join(
        f'<species id="{name}" compartment="c" initialAmount="{n}" hasOnlySubstanceUnits="true" '
        'boundaryCondition="false" constant="false"/>'
        for name, n in initial.items()
    )
    extra = _reference("events", 1) if counter else ""
    reactions = []
    for r, (before, after) in enumerate(zip(network.reactants, network.products, strict=True)):
        left = "".join(_reference(f"S{s}", n) for s, n in before)
        right = "".join(_reference(f"S{s}", n) for s, n in after) + extra
        reactions.append(
            f'<reaction id="r{r}" reversible="false" fast="false">'
            + (f"<listOfReactants>{left}</listOfReactants>" if left else "")
            + (f"<listOfProducts>{right}</listOfProducts>" if right else "")
            + '<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">'
            + _law(float(network.constants[r]), before)
            + "</math></kineticLaw></reaction>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model id="network">'
        '<listOfCompartments><compartment id="c" spatialDimensions="3" size="1" constant="true"/>'
        f"</listOfCompartments><listOfSpecies>{species}</listOfSpecies>"
        f"<listOfReactions>{''.join(reactions)}</listOfReactions></model></sbml>"
    )


def make(network: Populations, end: float, points: int) -> Peer:
    """Load a network, times 0 to `end` in `points` equal steps."""
    import harness
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)

    def loaded(counter: bool) -> Any:
        runner = roadrunner.RoadRunner(sbml(network, counter))
        runner.setIntegrator("gillespie")
        runner.integrator.variable_step_size = False
        runner.timeCourseSelections = (
            ["events"] if counter else [f"S{i}" for i in range(len(network.initial))]
        )
        return runner

    preparation, runner = harness.cpu_seconds(lambda: loaded(counter=False))

    def simulate(simulator: Any, n: int, seed: int) -> Floats:
        simulator.integrator.seed = seed
        out = []
        for _ in range(n):
            simulator.reset()
            out.append(np.array(simulator.simulate(0, end, points)))
        return np.array(out)

    counting: list[Any] = []

    def events(n: int, seed: int) -> int:
        if not counting:
            counting.append(loaded(counter=True))
        return int(simulate(counting[0], n, seed)[:, -1, 0].sum())

    return Peer(lambda n, seed: simulate(runner, n, seed), events, preparation)
