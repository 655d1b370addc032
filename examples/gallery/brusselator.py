"""The Brusselator beyond Turing's instability: from noise to a labyrinth.

python brusselator.py [cells per axis]
"""

import sys

import symnum as sn

cells = int(sys.argv[1]) if len(sys.argv) > 1 else 192

model = sn.reaction_diffusion(
    """
    D(u, t) = 2*laplacian(u) + A - (B + 1)*u + u^2*v
    D(v, t) = 16*laplacian(v) + B*u - u^2*v
    """,
    grid=sn.Grid(x=(0, 64, cells), y=(0, 64, cells), units={"x": "mm", "y": "mm"}),
    parameters={"A": 4.5, "B": 7.5},
    boundary="periodic",
    initial={"u": sn.normal_noise(4.5, 0.1, seed=1), "v": "B/A"},
    units={"u": "mM", "v": "mM"},
    name="Brusselator",
)
simulator = sn.build_simulator(model)
solution = simulator.solve((0, 60), t_eval=[0, 8, 60], rtol=1e-4, trackers=[sn.track.steady_state(1e-5)])
solution.plot("u", t=[8, 60])[0].figure.savefig("brusselator.png", dpi=64)
