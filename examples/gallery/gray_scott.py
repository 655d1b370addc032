"""Gray and Scott's model: a food u is eaten by v, which makes corals out of a few drops.

python gray_scott.py [cells per axis]
"""

import sys

import numpy as np

import symnum as sn

cells = int(sys.argv[1]) if len(sys.argv) > 1 else 256


def drops(x, y):
    """Return v: a tenth of the area covered by drops of radius 5, at places that are the same in every run."""
    places = np.random.default_rng(1).uniform(0, cells, (max(1, cells**2 // 800), 2))
    return sum(0.25 * ((x - a) ** 2 + (y - b) ** 2 < 25) for a, b in places)


model = sn.reaction_diffusion(
    {"u": "Du*laplacian(u) - u*v^2 + F*(1 - u)", "v": "Dv*laplacian(v) + u*v^2 - (F + k)*v"},
    grid=sn.Grid(x=cells, y=cells),
    parameters={"Du": 0.16, "Dv": 0.08, "F": 0.0545, "k": 0.062},
    boundary="periodic",
    initial={"u": 1.0, "v": drops},
    name="Gray–Scott",
)
simulator = sn.build_simulator(model)
solution = simulator.solve((0, 5000), t_eval=[0, 500, 5000], method="ssprk33", step=1.0)
solution.plot("v", t=[500, 5000])[0].figure.savefig("gray_scott.png", dpi=64)
