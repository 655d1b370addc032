"""Noise in initial values: numbers from a seeded generator, another one in each cell."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError
from symnum.terms.canonical import Call, call

__all__ = ["NOISES", "noise_calls", "noise_values", "normal_noise", "uniform_noise"]

#: Operations of terms, with the distributions that they stand for.
NOISES = ("normal_noise", "uniform_noise")


def _register() -> None:
    from symnum.terms.operations import OPERATIONS, Operation, register_operation

    for name in NOISES:
        if name not in OPERATIONS:
            register_operation(Operation(name, 3, 3, kind="field"))


def normal_noise(mean: Any = 0, deviation: Any = 1, seed: int = 0) -> Any:
    """Return normally distributed noise for initial values, another number in each cell.

    Parameters
    ----------
    mean, deviation : number or term
    seed : int
        The same seed gives the same numbers on every machine; different fields get different numbers.

    Examples
    --------
    >>> import symnum as sn
    >>> u = sn.symbols("u")
    >>> model = sn.reaction_diffusion(
    ...     {"u": "laplacian(u)"}, grid=sn.Grid(x=4), initial={"u": sn.normal_noise(1.0, 0.01, seed=3)})
    >>> model.initial_state()["u"].shape
    (4,)
    """
    return mean + deviation * _noise("normal_noise", seed)


def uniform_noise(low: Any = 0, high: Any = 1, seed: int = 0) -> Any:
    """Return uniformly distributed noise for initial values, another number in each cell.

    Parameters
    ----------
    low, high : number or term
    seed : int
        The same seed gives the same numbers on every machine; different fields get different numbers.
    """
    return low + (high - low) * _noise("uniform_noise", seed)


def _noise(name: str, seed: Any) -> Any:
    _register()
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"The seed of noise is a whole number, 0 at least, and was given as {seed!r}.")
    return call(name, (0, 1, int(seed)))


def noise_calls(term: Any) -> list[Call]:
    """Return the calls in a term that stand for noise."""
    from symnum.terms.traverse import subterms

    return [part for part in subterms([term]) if isinstance(part, Call) and part.function in NOISES]


def noise_values(part: Call, field: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the numbers that noise stands for in a field, given by its number."""
    generator = np.random.default_rng([int(part.args[2]), field, NOISES.index(part.function)])
    return generator.standard_normal(shape) if part.function == NOISES[0] else generator.random(shape)
