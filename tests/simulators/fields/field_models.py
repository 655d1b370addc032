"""Small models of fields whose solutions are known, for the tests of this folder."""

import numpy as np

import symnum as sn

__all__ = ["cosine", "heat", "heat_rate", "logistic"]

CELLS = 16


def heat(dimensions=1, cells=CELLS, **more):
    """Diffusion of a cosine between walls; D is 0.1."""
    names = "xyz"[:dimensions]
    return sn.reaction_diffusion(
        {"u": "D*laplacian(u)"},
        grid=sn.Grid(**dict.fromkeys(names, (0.0, 1.0, cells)), units=dict.fromkeys(names, "mm")),
        parameters={"D": 0.1},
        boundary="no-flux",
        initial={"u": "2 + " + "*".join(f"cos(pi*{name})" for name in names)},
        units={"u": "mM"},
        observables={"total": "integral(u)"},
        name="heat",
        **more,
    )


def heat_rate(dimensions=1, cells=CELLS, diffusivity=0.1):
    """Rate at which the differences in space die out, of the equations on the grid: exact."""
    return diffusivity * dimensions * 2.0 * cells**2 * (1.0 - np.cos(np.pi / cells))


def cosine(t, dimensions=1, cells=CELLS):
    """The solution of `heat` at its cells."""
    x = (np.arange(cells) + 0.5) / cells
    wave = np.cos(np.pi * x)
    for _ in range(dimensions - 1):
        wave = np.multiply.outer(wave, np.cos(np.pi * x))
    return 2.0 + wave * np.exp(-heat_rate(dimensions, cells) * t)


def logistic():
    """Growth that is the same everywhere, with a second field that only looks on."""
    return sn.reaction_diffusion(
        {"u": "laplacian(u) + u*(1 - u)", "v": "laplacian(v)"},
        grid=sn.Grid(x=(0, 1, 8)),
        boundary="no-flux",
        initial={"u": 0.1, "v": "x"},
        name="growth",
    )
