"""Two genes that repress each other read a morphogen's gradient: a sharp border where the gradient is smooth.

python gene_circuit.py [cells]
"""

import sys

import numpy as np

import symnum as sn

cells = int(sys.argv[1]) if len(sys.argv) > 1 else 400

model = sn.reaction_diffusion(
    {
        "M": "D_M*laplacian(M) - M/tau",  # made at the left end
        "A": "D*laplacian(A) + M^2/(K^2 + M^2)/(1 + B^4) * beta - A",
        "B": "D*laplacian(B) + beta/4/(1 + A^4) - B",
    },
    grid=sn.Grid(x=(0, 500, cells), units={"x": "µm"}),
    parameters={"D_M": 400.0, "D": 5.0, "tau": 25.0, "K": 2.0, "beta": 8.0},
    boundary={("M", "left"): sn.neumann(0.2)},
    initial={"M": 0.0, "A": 0.0, "B": 0.0},
    units={"M": "nM", "A": "nM", "B": "nM"},
    name="A border between two genes",
)
solution = sn.build_simulator(model).solve((0, 200), t_eval=np.linspace(0, 200, 101), rtol=1e-5)
axes = solution.plot(t=200)
axes.figure.savefig("gene_circuit.png", dpi=64)
