"""FitzHugh and Nagumo's excitable medium: a wave that is cut off at one end winds up to a spiral.

python fitzhugh_nagumo.py [cells per axis]
"""

import sys

import numpy as np

import symnum as sn

cells = int(sys.argv[1]) if len(sys.argv) > 1 else 240

model = sn.reaction_diffusion(
    {"u": "laplacian(u) + (u - u^3/3 - v)/epsilon", "v": "epsilon*(u + beta - gamma*v)"},
    grid=sn.Grid(x=(0, 60, cells), y=(0, 60, cells)),
    parameters={"epsilon": 0.2, "beta": 0.7, "gamma": 0.5},
    boundary="no-flux",
    initial={  # half a wave, and behind it the part that has not recovered yet; elsewhere rest
        "u": lambda x, y: np.where((x > 25) & (x < 28) & (y < 30), 2.0, -1.033),
        "v": lambda x, y: np.where((x < 25) & (y < 30), 1.0, -0.666),
    },
    name="FitzHugh–Nagumo",
)
times = [2, 15, 60]
solution = sn.build_simulator(model).solve((0, 60), t_eval=times, rtol=1e-4)
solution.plot("u", t=times)[0].figure.savefig("fitzhugh_nagumo.png", dpi=64)
