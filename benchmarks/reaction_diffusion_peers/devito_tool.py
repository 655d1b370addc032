"""Gray and Scott's model in Devito, which generates C and compiles it with the machine's own compiler."""

import os
from typing import Any

import numpy as np

from reaction_diffusion_peers.gray_scott import DU, DV, FEED, KILL, Array, initial

PACKAGE = "devito"
DISTRIBUTION = "devito"


class Tool:
    """One operator with two time levels; the frame is filled by equations of its own in the same operator."""

    def __init__(self, n: int, dtype: str = "float64") -> None:
        os.environ |= {"DEVITO_ARCH": "gcc", "DEVITO_LANGUAGE": "C", "DEVITO_LOGGING": "ERROR"}
        from devito import Eq, Grid, Operator, TimeFunction

        grid = Grid(shape=(n, n), extent=(n - 1.0, n - 1.0), dtype=np.dtype(dtype).type)
        self.n, self.now = n, 0
        self.fields: list[Any] = [TimeFunction(name=s, grid=grid, time_order=1, space_order=2) for s in "uv"]
        u, v = self.fields
        (x, y), t = grid.dimensions, grid.stepping_dim
        reaction, dt = u * v * v, t.spacing
        equations = [
            Eq(u.forward, u + dt * (DU * u.laplace - reaction + FEED * (1 - u))),
            Eq(v.forward, v + dt * (DV * v.laplace + reaction - (FEED + KILL) * v)),
        ]
        columns = [Eq(f[t + 1, x, to], f[t + 1, x, of]) for f in self.fields for to, of in ((-1, n - 1), (n, 0))]
        rows = [Eq(f[t + 1, to, y], f[t + 1, of, y]) for f in self.fields for to, of in ((-1, n - 1), (n, 0))]
        self.operator = Operator([*equations, *columns, *rows], opt=("advanced", {"openmp": False}))
        for field, values in zip(self.fields, initial(n), strict=True):
            whole = field.data_with_halo
            frame = (whole.shape[1] - n) // 2
            whole[:, frame - 1 : frame + n + 1, frame - 1 : frame + n + 1] = np.pad(values, 1, mode="wrap")
        self.operator.cfunction  # noqa: B018 - compiles

    def run(self, steps: int) -> None:
        """Advance by an even number of steps."""
        self.operator.apply(time_m=0, time_M=steps - 1, dt=1.0)

    def state(self) -> tuple[Array, Array]:
        """Both fields now; after an even number of steps they are on the first time level again."""
        u, v = (np.array(f.data[0]) for f in self.fields)
        return u, v
