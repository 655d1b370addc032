"""Fisher's fronts run at the speed 2*sqrt(r*D), as Kolmogorov, Petrovsky and Piskunov proved.

python fisher_front.py [cells]
"""

import sys

import numpy as np

import symnum as sn

cells = int(sys.argv[1]) if len(sys.argv) > 1 else 2000

u, t = sn.fields("u"), sn.symbols("t")
r, diffusivity = sn.parameters("r diffusivity")
model = sn.reaction_diffusion(
    sn.Eq(sn.D(u, t), diffusivity * sn.laplacian(u) + r * u * (1 - u)),
    grid=sn.Grid(x=(0, 400, cells), units={"x": "km"}),
    parameters={"r": 1.0, "diffusivity": 1.0},
    initial={"u": lambda x: np.where(x < 5, 1.0, 0.0)},
    name="Fisher",
)
times = np.linspace(0, 180, 10)
solution = sn.build_simulator(model).solve((0, 180), t_eval=times, rtol=1e-5)
solution.plot("u", t=times).figure.savefig("fisher_front.png", dpi=64)

covered = solution.integral("u")  # the length behind the front
print(f"speed {np.diff(covered)[-1] / np.diff(times)[-1]:.3f}; it comes up to 2 slowly, by 3/(2 t)")
