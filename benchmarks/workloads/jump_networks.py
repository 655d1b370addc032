"""Networks for the stochastic benchmark, with whole populations, a grid and what is known of their means."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from peers.populations import network_values

import symnum as sn

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class JumpNetwork:
    """A network, the time it is simulated for, and how many trajectories make up one measurement."""

    name: str
    make: Callable[[], Any]
    end: float
    trajectories: int
    bar: float | None = None
    """By how much it should be faster than GillesPy2's C++ solver, if a bar is set."""

    points = 3

    @cached_property
    def network(self) -> Any:
        """The reaction network."""
        return self.make()

    @cached_property
    def rates(self) -> Any:
        """The deterministic simulator."""
        return sn.build_simulator(self.network)

    @cached_property
    def initial(self) -> Floats:
        """Populations at the beginning: the network's own amounts, rounded to whole numbers."""
        net = self.network
        values = dict(zip(net.parameters, network_values(net), strict=True))
        return np.round([float(sn.evaluate(value, values)) for value in net.initial_values])

    @property
    def times(self) -> Floats:
        """The grid."""
        return np.linspace(0.0, self.end, self.points)

    @cached_property
    def means(self) -> Floats:
        """Deterministic populations at the end; exact means where all reactions are of first order."""
        sol = self.rates.solve((0.0, self.end), y0=self.initial, t_eval=[self.end], rtol=1e-8, method="auto")
        if not sol.success:
            raise RuntimeError(sol.message)
        return np.asarray(sol.y[:, -1])


def birth_death() -> Any:
    """Births at a constant rate and deaths, at the stationary mean of 1000."""
    return sn.reaction_network(
        "a, 0 --> X; b, X --> 0", parameters={"a": 1000, "b": 1}, initial={"X": 1000}, name="birth-death"
    )


def dimerisation() -> Any:
    """Reversible dimerisation near its balance."""
    return sn.reaction_network(
        "(kf, kr), 2P <--> D",
        parameters={"kf": 0.002, "kr": 1},
        initial={"P": 1000, "D": 500},
        name="dimerisation",
    )


def diffusion_chain(sites: int = 256) -> Any:
    """Hopping between neighbouring sites of a chain, 100 particles at each one."""
    hops = [f"(d, d), X{i} <--> X{i + 1}" for i in range(sites - 1)]
    initial = {f"X{i}": 100 for i in range(sites)}
    return sn.reaction_network(
        "\n".join(hops), parameters={"d": 1}, initial=initial, name=f"chain of {sites} sites"
    )


def networks(data: Path) -> list[JumpNetwork]:
    """All of them, from small to large; those of the reference data only where it is there."""
    own = [
        JumpNetwork("birth-death", birth_death, 400.0, 4, bar=2.0),
        JumpNetwork("dimerisation", dimerisation, 1000.0, 4, bar=2.0),
    ]
    folder = data / "networks"
    files = {
        "multistate": (50.0, 20, 2.0),
        "multisite2": (2.0, 10, None),
        "egfr_net": (5.0, 1, None),
        "bcr": (0.2, 1, None),
    }
    stored = [
        JumpNetwork(name, lambda name=name: sn.read_model(folder / f"{name}.net"), end, trajectories, bar)  # type: ignore[misc]
        for name, (end, trajectories, bar) in files.items()
        if (folder / f"{name}.net").is_file()
    ]
    return [*own, *stored[:2], JumpNetwork("chain of 256 sites", diffusion_chain, 10.0, 1), *stored[2:]]
