"""Cahn and Hilliard's equation: a mixture falls apart, and nothing of it gets lost.

python cahn_hilliard.py [cells per axis]
"""

import sys

import symnum as sn

cells = int(sys.argv[1]) if len(sys.argv) > 1 else 128

model = sn.reaction_diffusion(
    """
    mu = c^3 - c - laplacian(c)
    D(c, t) = laplacian(mu)
    """,
    grid=sn.Grid(x=(0, 128, cells), y=(0, 128, cells)),
    boundary="periodic",
    initial={"c": sn.normal_noise(0.0, 0.1, seed=3)},
    name="Cahn–Hilliard",
)
mass = sn.track.conservation("c", rtol=1e-8, every=10)
times = [10, 100, 1000]
solution = sn.build_simulator(model).solve((0, 1000), t_eval=times, rtol=1e-4, trackers=[mass])
solution.plot("c", t=times)[0].figure.savefig("cahn_hilliard.png", dpi=64)
print(f"change of the mean: {mass.deviation:.1e} of the size of c")
