"""Kuramoto and Sivashinsky's equation: chaos in space and time, as a kymograph.

python kuramoto_sivashinsky.py [cells]
"""

import sys

import numpy as np

import symnum as sn

cells = int(sys.argv[1]) if len(sys.argv) > 1 else 512

model = sn.reaction_diffusion(
    "D(u, t) = -D(u^2/2, x) - u_xx - u_xxxx",
    grid=sn.Grid(x=(0, 120, cells)),
    boundary="periodic",
    initial={"u": "cos(pi*x/30)*(1 + sin(pi*x/60))"},
    name="Kuramoto–Sivashinsky",
)
solution = sn.build_simulator(model).solve((0, 150), t_eval=np.linspace(0, 150, 301), rtol=1e-5)
solution.plot_kymograph("u").figure.savefig("kuramoto_sivashinsky.png", dpi=64)
