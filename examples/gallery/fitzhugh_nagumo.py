"""FitzHugh and Nagumo's excitable medium: a wave that is cut open winds up to a spiral.

python fitzhugh_nagumo.py [cells per axis]
"""

import sys

import numpy as np

import symnum as sn

cells = int(sys.argv[1]) if len(sys.argv) > 1 else 256

model = sn.reaction_diffusion(
    {"u": "laplacian(u) + u*(1 - u)*(u - a) - v", "v": "epsilon*(u - gamma*v)"},
    grid=sn.Grid(x=(0, 250, cells), y=(0, 250, cells)),
    parameters={"a": 0.1, "epsilon": 0.01, "gamma": 0.5},
    boundary="no-flux",
    initial={  # half a wave, with the part behind it that has not recovered yet
        "u": lambda x, y: np.where((x > 100) & (x < 110) & (y < 125), 1.0, 0.0),
        "v": lambda x, y: np.where((x < 100) & (y < 125), 0.1, 0.0),
    },
    name="FitzHugh–Nagumo",
)
times = [50, 300, 1000]
solution = sn.build_simulator(model).solve((0, 1000), t_eval=times, rtol=1e-4)
solution.plot("u", t=times)[0].figure.savefig("fitzhugh_nagumo.png", dpi=80)
