"""Schnakenberg's reactions, written as reactions, with a substrate that spreads forty times as fast.

python schnakenberg.py [cells along x]
"""

import sys

import symnum as sn

cells = int(sys.argv[1]) if len(sys.argv) > 1 else 256

reactions = sn.reaction_network(
    """
    a, 0 --> u
    1, u --> 0
    2, 2*u + v --> 3*u
    b, 0 --> v
    """,
    parameters={"a": 0.1, "b": 0.9},
)
model = sn.reaction_diffusion(
    reactions,
    grid=sn.Grid(x=(0, 60, cells), y=(0, 30, cells // 2)),
    diffusion={"u": 1, "v": 40},
    boundary="no-flux",
    initial={"u": sn.normal_noise(1.0, 0.05, seed=2), "v": 0.9},
    name="Schnakenberg",
)
solution = sn.build_simulator(model).solve((0, 200), t_eval=[0, 25, 200], rtol=1e-4)
solution.plot("u", t=[25, 200])[0].figure.savefig("schnakenberg.png", dpi=64)
