"""Gray and Scott's model in py-pde, by its Euler solver on its Numba backend, on one thread."""

import logging

from reaction_diffusion_peers.gray_scott import DU, DV, FEED, KILL, Array, initial

PACKAGE = "pde"
DISTRIBUTION = "py-pde"


class Tool:
    """A compiled stepper on a collection of two fields."""

    def __init__(self, n: int, dtype: str = "float64") -> None:
        import pde

        logging.getLogger("pde").setLevel(logging.ERROR)
        pde.config["backend.numba.multithreading"] = "never"
        grid = pde.CartesianGrid([[0, n], [0, n]], n, periodic=True)
        equation = pde.PDE(
            {
                "u": f"{DU} * laplace(u) - u * v**2 + {FEED} * (1 - u)",
                "v": f"{DV} * laplace(v) + u * v**2 - {FEED + KILL} * v",
            }
        )
        self.fields = pde.FieldCollection([pde.ScalarField(grid, f.astype(dtype)) for f in initial(n)])
        solver = pde.EulerSolver(equation, backend="numba", adaptive=False)
        self.stepper = solver.make_stepper(self.fields, dt=1.0)

    def run(self, steps: int) -> None:
        """Advance by so many steps."""
        self.stepper(self.fields, 0.0, float(steps))

    def state(self) -> tuple[Array, Array]:
        """Both fields now."""
        return self.fields[0].data, self.fields[1].data
